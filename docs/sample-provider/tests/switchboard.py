"""Switchboard in memory, over HTTP: the behaviour that its documentation describes."""

import json
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from reconciler.providers.api import Resource

KEY = "key-of-a-test"
PAGE = 10


class Store:
    """What the service keeps, and its endpoints."""

    def __init__(self) -> None:
        self.people: dict[str, dict[str, Any]] = {}
        self.skills: dict[str, dict[str, Any]] = {}
        self.url = ""
        self._numbers = 0
        self._lock = threading.Lock()

    def seed(self, resources: Sequence[Resource]) -> None:
        for resource in resources:
            if resource.kind == "skill":
                self._add(self.skills, {"name": resource.address.partition("/")[2]})
            elif resource.kind == "agent":
                values = resource.fields
                person = {
                    "mail": values["email"],
                    "full_name": values["name"],
                    "nickname": values["preferred_name"],
                    "number": values["extension"],
                    "enabled": values["active"],
                    "grades": dict(values["skills"]),
                }
                self._add(self.people, person)

    def snapshot(self) -> list[Resource]:
        resources = []
        for person in self.people.values():
            fields = {
                "email": person["mail"],
                "name": person["full_name"],
                "preferred_name": person["nickname"],
                "extension": person["number"],
                "active": person["enabled"],
                "skills": dict(person["grades"]),
            }
            resources.append(Resource(f"agent/{person['mail']}", "agent", fields))
        for skill in self.skills.values():
            resources.append(Resource(f"skill/{skill['name']}", "skill", {}))
        return resources

    def answer(
        self, method: str, target: str, headers: Mapping[str, str], body: Any
    ) -> tuple[int, Any]:
        parts = urlsplit(target)
        place = re.fullmatch(r"/sites/main/(people|skills)(?:/(\w+))?", parts.path)
        if headers.get("X-Api-Key") != KEY:
            return 401, {"message": "no such key"}
        if place is None:
            return 404, {"message": "no such endpoint"}
        table = self.people if place[1] == "people" else self.skills
        with self._lock:
            if place[2] is None and method == "GET":
                number = int(parse_qs(parts.query)["page"][0])
                entries = list(table.values())
                items = entries[(number - 1) * PAGE : number * PAGE]
                return 200, {"items": items, "total": len(entries)}
            if place[2] is None and method == "POST":
                return self._create(table, body)
            return self._one(table, method, place[2], body)

    def _create(self, table: dict[str, dict[str, Any]], body: dict[str, Any]) -> tuple[int, Any]:
        key = "mail" if table is self.people else "name"
        if any(entry[key] == body[key] for entry in table.values()):
            return 409, {"message": f"{body[key]} is taken"}
        empty = {"nickname": None, "enabled": True, "grades": {}} if key == "mail" else {}
        return 201, self._add(table, {**empty, **body})

    def _one(
        self, table: dict[str, dict[str, Any]], method: str, name: str | None, body: Any
    ) -> tuple[int, Any]:
        if name not in table:
            return 404, {"message": "gone"}
        if method == "PATCH":
            table[name].update(body)
        elif method == "DELETE":
            return 200, table.pop(name)
        return 200, table[name]

    def _add(self, table: dict[str, dict[str, Any]], entry: dict[str, Any]) -> dict[str, Any]:
        self._numbers += 1
        table[str(self._numbers)] = {**entry, "id": str(self._numbers)}
        return table[str(self._numbers)]


@contextmanager
def running() -> Iterator[Store]:
    """The service with an empty store, on a free port."""
    store = Store()

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(size)) if size else None
            status, content = store.answer(self.command, self.path, dict(self.headers), body)
            text = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PATCH = do_DELETE = _serve  # noqa: N815  # names of the base class

        def log_message(self, format: str, *values: object) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    store.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield store
    finally:
        server.shutdown()
        server.server_close()
