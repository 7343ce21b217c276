"""A door in front of a tenant that lets so many writes pass and then does something else."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import requests

from tests.apply import survival

Answer = tuple[int, bytes]
Break = Callable[[], Answer | None]
"""Called for each request after the last write that passes; None lets the request pass."""


@dataclass(slots=True)
class Door:
    """`writes` are those that reached the tenant."""

    target: str
    passing: int
    spoil: Break
    writes: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def broken(self, method: str) -> Answer | None:
        with self.lock:
            if self.writes >= self.passing and (answer := self.spoil()):
                return answer
            self.writes += method != "GET"
            return None


@contextmanager
def before(case: survival.Case, passing: int, spoil: Break) -> Iterator[Door]:
    """The case's files name the door instead of the tenant."""
    door = Door(case.running.url, passing, spoil)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(door))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.server_address[1]}"
    for file in Path(case.files).rglob("*.yaml"):
        file.write_text(file.read_text().replace(case.running.url, url))
    try:
        yield door
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(door: Door) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            answer = door.broken(self.command) or self._passed(content)
            self.send_response(answer[0])
            self.send_header("Content-Type", "application/scim+json")
            self.send_header("Content-Length", str(len(answer[1])))
            self.end_headers()
            self.wfile.write(answer[1])

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any  # noqa: N815  # its names

        def _passed(self, content: bytes) -> Answer:
            headers = {k: v for k, v in self.headers.items() if k.lower() not in ("host",)}
            url = door.target + self.path
            found = requests.request(
                self.command, url, data=content or None, headers=headers, timeout=30
            )
            return found.status_code, found.content

        def log_message(self, format: str, *arguments: object) -> None:
            """Not in the output of the tests."""

    return Handler
