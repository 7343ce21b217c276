"""A SCIM service with the full mapping over tenants in memory; small, quick, and strict.

One process serves many tenants, each below a path of its own: `http://127.0.0.1:PORT/NAME/scim/v2`.
A write that breaks a law is refused with 409 and kept in `breaches`. Mishaps are by number of the
write, from 1: `refuse` (422, not carried out), `drop` (carried out, and the connection is closed
without an answer).
"""

import json
import re
import socket
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.oracle.tenant import Flat, Tenant, breaches, with_values

CORE = "urn:ietf:params:scim:schemas:core:2.0"
AGENT = "urn:ietf:params:scim:schemas:extension:ccaas:2.0:Agent"
OURS = "urn:ietf:params:scim:schemas:ccaas:2.0"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"

USER = {"email": "userName", "name": "displayName", "preferred_name": "nickName"}
OF_AGENT = {
    "extension": "extension",
    "phone": "phone",
    "no_answer_destination": "noAnswerDestination",
    "recording_mode": "recordingMode",
    "review_own_recordings": "reviewOwnRecordings",
}
TARGET = {
    "extension": "extension",
    "priority": "priority",
    "routing": "routing",
    "default_level": "defaultLevel",
}
ENDPOINTS = {
    "User": "Users",
    "Queue": "Queues",
    "Skill": "Skills",
    "LicensePool": "LicensePools",
    "DirectoryEntry": "DirectoryEntries",
}
STEP = re.compile(r'(?P<path>[^\[]+)\[value eq (?P<member>"(?:[^"\\]|\\.)*")\](?P<rest>\.level)?\Z')


@dataclass
class Site:
    """One tenant behind the service, and what happened to it. `history` is every write that took
    effect: the id of the object and the values that changed.
    """

    tenant: Tenant
    mishaps: dict[int, str] = field(default_factory=dict)
    writes: int = 0
    reads: int = 0
    breaches: list[str] = field(default_factory=list)
    history: list[tuple[str, str, Flat]] = field(default_factory=list)
    versions: dict[str, int] = field(default_factory=dict)
    newest: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


class RefusedError(Exception):
    """An answer other than success."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail


class Service:
    """The server. `sites` by name; use as a context manager."""

    def __init__(self) -> None:
        self.sites: dict[str, Site] = {}
        service = self

        class Handler(_Handler):
            sites = service.sites

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> "Service":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/{name}/scim/v2"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    sites: dict[str, Site]

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def answer(self) -> None:
        """Any request; `do_GET` and so on are this."""
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        parts = urlsplit(self.path)
        name, _, _, *path = [unquote(part) for part in parts.path.strip("/").split("/")]
        site = self.sites[name]
        with site.lock:
            try:
                status, answer = _handle(
                    site,
                    self.command,
                    path,
                    parse_qs(parts.query),
                    body,
                    self.headers.get("If-Match"),
                )
            except RefusedError as error:
                status = error.status
                answer = {"schemas": [ERROR], "status": str(status), "detail": error.detail}
        if answer is DROPPED:
            self.close_connection = True
            return
        content = json.dumps(answer).encode() if answer is not None else b""
        self.send_response(status)
        self.send_header("Content-Type", "application/scim+json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments: object) -> None:
        """Nothing is logged."""


for verb in ("GET", "POST", "PATCH", "PUT", "DELETE"):
    setattr(_Handler, f"do_{verb}", _Handler.answer)

DROPPED = object()


def _handle(
    site: Site, method: str, path: list[str], query: dict[str, list[str]], body: Any, match: Any
) -> tuple[int, Any]:
    if method == "GET":
        site.reads += 1
        return 200, _read(site, path, query)
    site.writes += 1
    mishap = site.mishaps.get(site.writes)
    if mishap == "refuse":
        raise RefusedError(422, "the service would rather not")
    status, answer = _write(site, method, path, body, match)
    return status, DROPPED if mishap == "drop" else answer


def _read(site: Site, path: list[str], query: dict[str, list[str]]) -> Any:
    if path[0] == "ServiceProviderConfig":
        return {
            "schemas": [f"{CORE}:ServiceProviderConfig"],
            "patch": {"supported": True},
            "filter": {"supported": False, "maxResults": 1000},
            "etag": {"supported": True},
            "bulk": {"supported": False},
        }
    if path[0] == "ResourceTypes":
        return _listing(_types(), 1, 100)
    if path[0] == "Schemas":
        return _listing([], 1, 100)
    records = _records(site, path[0])
    if len(path) > 1:
        if path[1] not in records:
            raise RefusedError(404, f"{path[1]} is not there")
        return records[path[1]]
    start = int(query.get("startIndex", ["1"])[0])
    return _listing(list(records.values()), start, int(query.get("count", ["200"])[0]))


def _types() -> list[Flat]:
    listed: list[Flat] = [
        {"id": name, "name": name, "endpoint": f"/{end}", "schema": f"{OURS}:{name}"}
        for name, end in ENDPOINTS.items()
    ]
    listed[0] |= {"schema": f"{CORE}:User", "schemaExtensions": [{"schema": AGENT}]}
    return listed


def _listing(records: list[Flat], start: int, count: int) -> Flat:
    page = records[start - 1 : start - 1 + count]
    return {
        "schemas": [LIST],
        "totalResults": len(records),
        "startIndex": start,
        "itemsPerPage": len(page),
        "Resources": page,
    }


def _records(site: Site, endpoint: str) -> dict[str, Flat]:
    tenant = site.tenant
    if endpoint == "Users":
        return {key: _user(site, key, agent) for key, agent in tenant.agents.items()}
    if endpoint in ("Queues", "Skills"):
        table = tenant.queues if endpoint == "Queues" else tenant.skills
        prefix = endpoint[:-1].lower()
        return {f"{prefix}-{n}": _target(site, f"{prefix}-{n}", n, t) for n, t in table.items()}
    if endpoint == "LicensePools":
        return {
            f"pool-{name}": {
                "id": f"pool-{name}",
                "name": name,
                "purchased": pool["purchased"],
                "assigned": tenant.assigned(name),
                **({"requires": pool["requires"]} if pool.get("requires") else {}),
            }
            for name, pool in tenant.pools.items()
        }
    if endpoint == "DirectoryEntries":
        return {f"entry-{i}": {"id": f"entry-{i}", **e} for i, e in enumerate(tenant.directory)}
    raise RefusedError(404, f"no endpoint {endpoint}")


def _user(site: Site, key: str, agent: Flat) -> Flat:
    extension: Flat = {theirs: agent[o] for o, theirs in OF_AGENT.items() if o in agent}
    for kind in ("queues", "skills"):
        entries = [
            {"value": path[7:]} | ({"level": level} if level is not True else {})
            for path, level in agent.items()
            if path.startswith(f"{kind}.")
        ]
        if entries:
            extension[kind] = entries
    return {
        "schemas": [f"{CORE}:User", AGENT],
        "id": key,
        "meta": _meta(site, key),
        **{theirs: agent[ours] for ours, theirs in USER.items() if ours in agent},
        **({} if "email" in agent else {"userName": f"user-{key}"}),
        "active": agent.get("active", True),
        "entitlements": [{"value": path[9:]} for path in agent if path.startswith("licenses.")],
        AGENT: extension,
    }


def _target(site: Site, key: str, name: str, target: Flat) -> Flat:
    values = {theirs: target[ours] for ours, theirs in TARGET.items() if ours in target}
    return {"id": key, "name": name, "meta": _meta(site, key), **values}


def _meta(site: Site, key: str) -> Flat:
    return {"version": f'W/"{site.versions.get(key, 1)}"'}


# -- writes ---------------------------------------------------------------------------------------


def _write(site: Site, method: str, path: list[str], body: Any, match: Any) -> tuple[int, Any]:
    if method == "POST":
        return 201, _create(site, path[0], body)
    key = path[1]
    records = _records(site, path[0])
    if key not in records:
        raise RefusedError(404, f"{key} is not there")
    if match and match != records[key]["meta"]["version"]:
        raise RefusedError(412, "another version")
    if method == "DELETE":
        return _delete(site, path[0], key)
    if method == "PUT":
        raise RefusedError(501, "PUT is not supported here")
    if path[0] == "Users":
        _change_agent(site, key, _patched(site.tenant.agents[key], body["Operations"]))
    else:
        kind, _, name = key.partition("-")
        table = site.tenant.queues if kind == "queue" else site.tenant.skills
        _change_target(site, key, table, name, _patched_target(body["Operations"]))
    site.versions[key] = site.versions.get(key, 1) + 1
    return 200, _records(site, path[0])[key]


def _create(site: Site, endpoint: str, body: Flat) -> Flat:
    site.newest += 1
    if endpoint == "Users":
        key = f"new-{site.newest}"
        values = _of_user(body)
        _check(site, key, values, new=True)
        site.tenant.agents[key] = with_values({}, values)
    else:
        prefix, name = endpoint[:-1].lower(), body["name"]
        table = site.tenant.queues if prefix == "queue" else site.tenant.skills
        key = f"{prefix}-{name}"
        if name in site.tenant.queues or name in site.tenant.skills:
            _refuse(site, f"{key} exists")
        values = {ours: body[theirs] for ours, theirs in TARGET.items() if theirs in body}
        _change_target(site, key, table, name, values)
    site.history.append(("create", key, values))
    return _records(site, endpoint)[key]


def _delete(site: Site, endpoint: str, key: str) -> tuple[int, Any]:
    if endpoint != "Users":
        _refuse(site, f"{key} is deleted; queues and skills never are")
    if site.tenant.agents[key].get("phone") == "uc":
        _refuse(site, f"{key} is deleted and belongs to the UC directory")
    del site.tenant.agents[key]
    site.history.append(("delete", key, {}))
    return 204, None


def _change_agent(site: Site, key: str, values: Flat) -> None:
    _check(site, key, values, new=False)
    site.tenant.agents[key] = with_values(site.tenant.agents[key], values)
    site.history.append(("update", key, values))


def _change_target(site: Site, key: str, table: dict[str, Flat], name: str, values: Flat) -> None:
    number = values.get("extension")
    if number and number != table.get(name, {}).get("extension"):
        holders = site.tenant.holders(number, "extension", "")
        if holders:
            _refuse(site, f"I1: extension {number} is held by {', '.join(holders)}")
    table[name] = with_values(table.get(name, {}), values)


def _check(site: Site, key: str, values: Flat, *, new: bool) -> None:
    broken = breaches(site.tenant, key, values, new=new)
    if broken:
        _refuse(site, "; ".join(broken))


def _refuse(site: Site, detail: str) -> None:
    site.breaches.append(detail)
    raise RefusedError(409, detail)


def _of_user(body: Flat) -> Flat:
    extension = body.get(AGENT, {})
    values = {ours: body[theirs] for ours, theirs in USER.items() if theirs in body}
    values |= {ours: extension[theirs] for ours, theirs in OF_AGENT.items() if theirs in extension}
    values["active"] = body.get("active", True)
    for entry in body.get("entitlements", []):
        values[f"licenses.{entry['value']}"] = True
    for kind in ("queues", "skills"):
        for entry in extension.get(kind, []):
            values[f"{kind}.{entry['value']}"] = entry.get("level", True)
    return values


def _patched(agent: Flat, steps: list[Flat]) -> Flat:
    values: Flat = {}
    for step in steps:
        path = step["path"].removeprefix(f"{AGENT}:")
        matched = STEP.match(path)
        if matched:
            kind = matched["path"].replace("entitlements", "licenses")
            member = f"{kind}.{json.loads(matched['member'])}"
            values[member] = step["value"] if matched["rest"] else None
        elif path in ("entitlements", "queues", "skills"):
            values |= _several(path, step, agent)
        elif path != "emails":
            names = {theirs: ours for ours, theirs in (USER | OF_AGENT).items()}
            values[names.get(path, path)] = step.get("value")
    return values


def _several(path: str, step: Flat, agent: Flat) -> Flat:
    kind = path.replace("entitlements", "licenses")
    values: Flat = {}
    if step["op"].lower() != "add":
        values = {member: None for member in agent if member.startswith(f"{kind}.")}
    for entry in step.get("value") or []:
        values[f"{kind}.{entry['value']}"] = entry.get("level", True)
    return values


def _patched_target(steps: list[Flat]) -> Flat:
    names = {theirs: ours for ours, theirs in TARGET.items()}
    return {names[step["path"]]: step.get("value") for step in steps}
