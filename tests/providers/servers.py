"""Small SCIM servers that behave as real services do, each odd in its own way; on loopback only.

`Plain` keeps users and groups in memory, with the core schemas of RFC 7643. What a test wants odd
about it is a keyword of `Oddities`.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from wsgiref.simple_server import WSGIRequestHandler, make_server

TOKEN = "token-of-a-test"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
AGENT = "urn:ietf:params:scim:schemas:extension:ccaas:2.0:Agent"
OURS = "urn:ietf:params:scim:schemas:ccaas:2.0:"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"


@dataclass(slots=True)
class Oddities:
    """What is odd about a server. `clamp` is the largest page it gives, `full` announces our
    extension and types, `described` is what it answers at `/Schemas`, `prefix` stands before its
    endpoints, `lies` announces a PATCH that is not there, `touching` gives a user another version
    when a group takes it in or lets it go, and a group one when a user is deleted.
    """

    patch: bool = True
    etag: bool = True
    filter: bool = True
    schemas: bool = True
    clamp: int = 1000
    shouting: bool = False
    no_content: bool = False
    total_off: int = 0
    ignores_start: bool = False
    ignores_filter: bool = False
    moving_total: bool = False
    by_cursor: bool = False
    location_only: bool = False
    lies: bool = False
    touching: bool = False
    full: bool = False
    prefix: str = ""
    described: list[dict[str, Any]] | None = None
    extra: dict[str, Any] = field(default_factory=dict)


class Plain:
    """One tenant in memory, and every request it got."""

    def __init__(self, oddities: Oddities) -> None:
        self.odd = oddities
        names = ("Users", "Queues", "Skills") if oddities.full else ("Users", "Groups")
        self.tables: dict[str, dict[str, dict[str, Any]]] = {name: {} for name in names}
        self.lists = 0
        self.requests: list[tuple[str, str]] = []
        self.lock = threading.RLock()
        self.conditions: list[str | None] = []
        self.bodies: list[tuple[str, Any]] = []
        self.counter = self.newest = 0
        self.url = ""

    @property
    def writes(self) -> list[tuple[str, str]]:
        return [request for request in self.requests if request[0] != "GET"]

    def add(self, table: str, record: dict[str, Any]) -> dict[str, Any]:
        self.counter += 1
        record["id"] = f"id-{self.counter}"
        self.newest = self.counter
        self.tables[table][record["id"]] = record
        return self.touch(table, record)

    def touch(self, table: str, record: dict[str, Any]) -> dict[str, Any]:
        self.counter += 1
        meta = {"resourceType": table[:-1], "location": f"/{table}/{record['id']}"}
        record["meta"] = meta | ({"version": f'W/"{self.counter}"'} if self.odd.etag else {})
        return record

    # -- requests ---------------------------------------------------------------------------------

    def answer(self, method: str, path: str, headers: Any, body: Any) -> tuple[int, Any]:
        parts = urlsplit(path)
        names = [unquote(name) for name in parts.path.strip("/").split("/")]
        with self.lock:
            self.requests.append((method, path))
            self.conditions.append(headers.get("If-Match"))
            if headers.get("Authorization") != f"Bearer {TOKEN}":
                return 401, {"detail": "no", "status": "401"}
            if names[0] in self.tables:
                return self._resource(method, names, parse_qs(parts.query), headers, body)
            return self._discovery(names[0])

    def _discovery(self, name: str) -> tuple[int, Any]:
        if name == "ServiceProviderConfig":
            said = {n: {"supported": getattr(self.odd, n)} for n in ("patch", "filter", "etag")}
            paged = {"index": not self.odd.by_cursor, "cursor": self.odd.by_cursor}
            return 200, said | {"pagination": paged}
        if name == "ResourceTypes" and self.odd.schemas:
            return 200, listing(self._types())
        if name == "Schemas" and self.odd.described is not None:
            return 200, listing(self.odd.described)
        return 404, {"detail": "no such endpoint", "status": "404"}

    def _types(self) -> list[dict[str, Any]]:
        known = {"User": USER, "Group": GROUP, "Queue": f"{OURS}Queue", "Skill": f"{OURS}Skill"}
        types: list[dict[str, Any]] = [
            {"id": n, "name": n, "endpoint": f"{self.odd.prefix}/{n}s", "schema": schema}
            for n, schema in known.items()
            if f"{n}s" in self.tables
        ]
        if self.odd.full:
            types[0]["schemaExtensions"] = [{"schema": AGENT, "required": False}]
        return types

    def _resource(
        self, method: str, names: list[str], query: dict[str, list[str]], headers: Any, body: Any
    ) -> tuple[int, Any]:
        table = self.tables[names[0]]
        if len(names) == 1:
            if method == "POST":
                return self._create(names[0], body)
            return 200, self._page(list(table.values()), query)
        record = table.get(names[1])
        if record is None:
            return 404, {"detail": "not found", "status": "404"}
        if method == "GET":
            return 200, self._shown(record)
        if headers.get("If-Match") not in (None, record["meta"].get("version")):
            return 412, {"detail": "another version", "status": "412"}
        return self._write(method, names, record, body)

    def _write(
        self, method: str, names: list[str], record: dict[str, Any], body: Any
    ) -> tuple[int, Any]:
        if method == "DELETE":
            del self.tables[names[0]][names[1]]
            self._touched("Groups", set(self.tables.get("Groups", ())))
            return 204, None
        before = members(record)
        if method == "PATCH":
            if not self.odd.patch or self.odd.lies:
                return 501, {"detail": "PATCH is not supported", "status": "501"}
            changed = deepcopy(record)
            try:
                for operation in body["Operations"]:
                    patched(changed, operation)
            except NoTargetError as error:
                return 400, {"scimType": "noTarget", "detail": str(error), "status": "400"}
            record.clear()
            record.update(changed)
        else:
            kept, known = record["id"], {name.upper(): name for name in record}
            record.clear()
            record.update({known.get(name.upper(), name): value for name, value in body.items()})
            record["id"] = kept
        self.touch(names[0], record)
        self._touched("Users", before ^ members(record))
        return (204, None) if self.odd.no_content else (200, self._shown(record))

    def _touched(self, table: str, others: set[str]) -> None:
        """Objects that get another version by a write to something else."""
        for identifier in others if self.odd.touching else ():
            self.touch(table, self.tables[table][identifier])

    def _create(self, table: str, body: Any) -> tuple[int, Any]:
        key = {"Users": "userName", "Groups": "displayName"}.get(table, "name")
        if any(r[key].lower() == body[key].lower() for r in self.tables[table].values()):
            return 409, {"scimType": "uniqueness", "detail": f"{key} is taken", "status": "409"}
        made = self._shown(self.add(table, {**self.odd.extra, **body}))
        return 201, None if self.odd.location_only else made

    def _page(self, records: list[dict[str, Any]], query: dict[str, list[str]]) -> dict[str, Any]:
        if self.odd.filter and not self.odd.ignores_filter and "filter" in query:
            name, _, value = query["filter"][0].partition(" eq ")
            records = [r for r in records if r.get(name) == json.loads(value)]
        self.lists += 1
        start = 1 if self.odd.ignores_start else int(query.get("startIndex", ["1"])[0])
        if self.odd.by_cursor:
            start = int(query.get("cursor", ["1"])[0] or 1)
        count = min(int(query.get("count", ["100"])[0]), self.odd.clamp)
        moved = self.odd.moving_total and self.lists % 2 == 0
        total = len(records) + self.odd.total_off + moved
        page = listing([self._shown(r) for r in records[start - 1 : start - 1 + count]], total)
        if self.odd.by_cursor and start - 1 + count < len(records):
            page["nextCursor"] = str(start + count)
        return page

    def _shown(self, record: dict[str, Any]) -> dict[str, Any]:
        if not self.odd.shouting:
            return record
        return {(n if n in ("id", "meta") else n.upper()): v for n, v in record.items()}


def members(record: dict[str, Any]) -> set[str]:
    return {member["value"] for member in record.get("members", [])}


def listing(resources: list[dict[str, Any]], total: int | None = None) -> dict[str, Any]:
    """A list response; an empty one has no `Resources`, as is allowed."""
    count = len(resources) if total is None else total
    body: dict[str, Any] = {"schemas": [LIST], "totalResults": count}
    return body | ({"Resources": resources} if resources else {})


def patched(record: dict[str, Any], operation: dict[str, Any]) -> None:
    """The patch steps that a client of the core schemas needs (RFC 7644 section 3.5.2)."""
    path, _, condition = operation["path"].partition("[")
    verb, value = operation["op"].lower(), operation.get("value")
    if path.startswith(AGENT):
        record, path = record.setdefault(AGENT, {}), path.removeprefix(f"{AGENT}:")
    if condition:
        name, _, attribute = condition.partition(" eq ")[2].rpartition("]")
        ours = [e for e in record.get(path, []) if e["value"] == json.loads(name)]
        if not ours:
            raise NoTargetError(path)
        if attribute:
            ours[0][attribute.removeprefix(".")] = value
        else:
            record[path] = [e for e in record[path] if e not in ours]
    elif verb == "add" and isinstance(value, list):
        there = {entry["value"] for entry in record.get(path, [])}
        record.setdefault(path, []).extend(e for e in value if e["value"] not in there)
    elif verb == "remove":
        record.pop(path, None)
    else:
        record[path] = value


class NoTargetError(Exception):
    """A filter that selects nothing (RFC 7644 section 3.5.2.2)."""


@contextmanager
def plain(**odd: Any) -> Iterator[Plain]:
    """A server of this file, running."""
    tenant = Plain(Oddities(**odd))
    with answering(tenant):
        yield tenant


@contextmanager
def answering(tenant: Plain) -> Iterator[None]:
    """Any tenant in memory, on a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def answered(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            status, content = tenant.answer(self.command, self.path, self.headers, body)
            tenant.bodies.append((self.command, body))
            sent = b"" if content is None else json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/scim+json")
            if status == 201:
                self.send_header("Location", f"{self.path}/id-{tenant.newest}")
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answered  # noqa: N815  # http.server's names

        def log_message(self, *_arguments: object) -> None:
            """Quiet."""

    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as url:
        tenant.url = url
        yield


@contextmanager
def serving(server: ThreadingHTTPServer) -> Iterator[str]:
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def core() -> Iterator[str]:
    """scim2-server's own in-memory server with the core schemas."""
    from scim2_models import ScimProvider
    from scim2_server.memory import InMemoryStorage
    from scim2_server.testserver.application import BearerTokenApplication
    from scim2_server.utils import (
        load_default_resource_types,
        load_default_schemas,
        load_default_service_provider_config,
    )

    provider = ScimProvider.from_discovery(
        load_default_schemas().values(),
        load_default_resource_types().values(),
        config=load_default_service_provider_config(),
    )
    application = BearerTokenApplication(InMemoryStorage(), provider, bearer_tokens=[TOKEN])

    class Quiet(WSGIRequestHandler):
        def log_message(self, *_arguments: object) -> None:
            """Quiet."""

    server = make_server("127.0.0.1", 0, application, handler_class=Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
