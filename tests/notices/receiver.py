"""A webhook on loopback: what it received, and how it answers."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Receiver:
    """`status` is its answer, `location` where it redirects; `silent` says nothing until the end,
    and `dribbling` sends a byte of a header again and again.
    """

    status: int = 200
    location: str = ""
    silent: bool = False
    dribbling: bool = False
    received: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    @property
    def url(self) -> str:
        return f"json://127.0.0.1:{self.port}/hook/a-secret-of-the-webhook"

    @property
    def texts(self) -> list[str]:
        return [f"{body['title']}\n{body['message']}" for _path, body in self.received]


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        receiver: Receiver = self.server.receiver  # type: ignore[attr-defined]  # ours
        length = int(self.headers.get("Content-Length") or 0)
        receiver.received.append((self.path, json.loads(self.rfile.read(length))))
        if receiver.silent:
            receiver.closing.wait(60)
            return
        while receiver.dribbling and not receiver.closing.wait(0.05):
            self.wfile.write(b"H")
        self.send_response(receiver.status)
        if receiver.location:
            self.send_header("Location", receiver.location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Quiet."""


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_arguments: object) -> None:
        """Whoever we talk to may leave in the middle."""


@contextmanager
def receiving(receiver: Receiver) -> Iterator[Receiver]:
    server = Server(("127.0.0.1", 0), Handler)
    server.receiver = receiver  # type: ignore[attr-defined]  # ours
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield receiver
    finally:
        receiver.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()
