"""A scripted person with the tenant's console, and a listener between us and the tenant.

The console is the sandbox's own API: whatever a step of the sheet says, the person does, and
nothing else. `Listener` passes on what we ask of the tenant and keeps a list of it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests

from reconciler import kinds
from reconciler.model import Resource, Value, Verb
from reconciler.sandbox import Running
from tests.providers import doors, servers


@dataclass
class Person:
    """Does steps as the JSON of a sheet has them."""

    console: doors.Doors
    done: list[str] = field(default_factory=list)

    def do(self, step: Mapping[str, Any]) -> None:
        self.done.append(step["title"])
        values, address = dict(step["set"]), step["address"]
        if kinds.kind_of(address) != kinds.AGENT:
            self.console.write(address, Verb.CREATE, values)
            return
        if not values:
            return  # the sandbox's directory is always in sync
        live = self._live(values.get("extension"), address)
        if live is None:
            made = {path: value for path, value in values.items() if value is not None}
            self.console.write(address, Verb.CREATE, {**made, "active": True})
        else:
            self.console.write(live.address, Verb.UPDATE, dict(_changed(live, values)))

    def _live(self, number: Value, address: str) -> Resource | None:
        resources = self.console.read().resources
        numbered = [r for r in resources.values() if r.fields.get("extension") == number]
        return resources.get(address) or (numbered[0] if number and numbered else None)


def _changed(live: Resource, values: Mapping[str, Value]) -> Iterator[tuple[str, Value]]:
    """A collection by its name means: nothing stays in it but what stands beside it."""
    for path, value in values.items():
        if path in kinds.COLLECTIONS:
            members = live.fields.get(path) or frozenset()
            assert isinstance(members, frozenset | Mapping)
            yield from ((f"{path}.{m}", None) for m in members if f"{path}.{m}" not in values)
        elif path.partition(".")[2] or (path != "active" and value != live.fields.get(path)):
            yield path, value


@contextmanager
def console(running: Running) -> Iterator[Person]:
    with doors.opened(running.url, running.tokens["admin"]) as opened:
        yield Person(opened)


@dataclass
class Listener:
    url: str = ""
    heard: list[str] = field(default_factory=list)


@contextmanager
def listener(running: Running) -> Iterator[Listener]:
    """A server in front of a tenant: every request is noted and passed on."""
    found = Listener()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def passed_on(self) -> None:
            found.heard.append(f"{self.command} {self.path}")
            length = int(self.headers.get("Content-Length") or 0)
            answer = requests.request(
                self.command,
                running.root + self.path,
                data=self.rfile.read(length),
                headers={"Authorization": self.headers["Authorization"]},
                timeout=30,
            )
            self.send_response(answer.status_code)
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = passed_on  # noqa: N815  # http.server's names

        def log_message(self, *_arguments: object) -> None:
            """Quiet."""

    with servers.serving(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as url:
        found.url = url
        yield found
