// SCIMMY with its Express routers over two maps in memory; run by node as a script.

import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";

const token = process.argv[2];
let counter = 0;

function declare(type, table, key) {
    const listed = (resource) => {
        const all = [...table.values()];
        if (resource.id) {
            const found = table.get(resource.id);
            if (!found) throw new SCIMMY.Types.Error(404, null, `no ${resource.id}`);
            return found;
        }
        return resource.filter ? resource.filter.match(all) : all;
    };
    SCIMMY.Resources.declare(type, {
        egress: listed,
        ingress: (resource, data) => {
            const id = resource.id ?? `${type.name.toLowerCase()}-${++counter}`;
            const name = String(data[key] ?? "").toLowerCase();
            for (const [other, record] of table) {
                if (other !== id && String(record[key]).toLowerCase() === name)
                    throw new SCIMMY.Types.Error(409, "uniqueness", `${name} is taken`);
            }
            const record = {...JSON.parse(JSON.stringify(data)), id};
            table.set(id, record);
            return record;
        },
        degress: (resource) => {
            if (!table.delete(resource.id)) throw new SCIMMY.Types.Error(404, null, "not there");
        },
    });
}

declare(SCIMMY.Resources.User, new Map(), "userName");
declare(SCIMMY.Resources.Group, new Map(), "displayName");

const app = express();
app.use("/scim/v2", new SCIMMYRouters({
    type: "bearer",
    handler: (request) => {
        if (request.header("Authorization") !== `Bearer ${token}`) throw new Error("no token");
        return "reconciler";
    },
}));
const server = app.listen(0, "127.0.0.1", () => {
    console.log(`url=http://127.0.0.1:${server.address().port}/scim/v2`);
});
