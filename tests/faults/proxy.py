"""A loopback HTTP server between the reconciler and a tenant, which misbehaves once, on request.

Everything passes through unchanged until the moment comes; then one named fault of `catalogue` has
the exchange in its hands: it may forward the request or not, and answer with whatever bytes it
likes, or with none.
"""

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "host"})
DISCOVERY = ("ServiceProviderConfig", "ResourceTypes", "Schemas")


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        return json.loads(self.body) if self.body else None

    def with_document(self, document: Any) -> "Answer":
        return replace(self, body=json.dumps(document).encode())


@dataclass(slots=True)
class Exchange:
    """One request, in the hands of a fault."""

    handler: "Handler"
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def endpoint(self) -> str:
        return urlsplit(self.path).path.removeprefix("/scim/v2/")

    @property
    def kind(self) -> str:
        """`discovery`, `list`, `look` (one object) or `write`."""
        if self.method != "GET":
            return "write"
        if self.endpoint.startswith(DISCOVERY):
            return "discovery"
        return "look" if "/" in self.endpoint else "list"

    def forward(self) -> Answer:
        """What the tenant answers; from here on, the write took effect."""
        host, port = self.handler.server.upstream  # type: ignore[attr-defined]  # ours
        connection = HTTPConnection(host, port, timeout=30)
        headers = {n: v for n, v in self.headers.items() if n.lower() not in HOP}
        connection.request(self.method, self.path, self.body or None, headers)
        response = connection.getresponse()
        body = response.read()
        kept = {n: v for n, v in response.getheaders() if n.lower() not in HOP}
        connection.close()
        return Answer(response.status, kept, body)

    def reply(self, answer: Answer, *, length: int | None = None) -> None:
        """An answer as it should be; `length` is what it claims instead of the truth."""
        handler = self.handler
        handler.send_response(answer.status)
        for name, value in answer.headers.items():
            handler.send_header(name, value)
        if answer.status != 204 or length is not None:
            handler.send_header(
                "Content-Length", str(len(answer.body) if length is None else length)
            )
        handler.end_headers()
        handler.wfile.write(answer.body)
        if length is not None:
            handler.close_connection = True

    def error(self, status: int, headers: Mapping[str, str] | None = None) -> None:
        document = {"status": str(status), "detail": f"a fault says {status}"}
        usual = {"Content-Type": "application/scim+json", **(headers or {})}
        self.reply(Answer(status, usual, json.dumps(document).encode()))

    def raw(self, data: bytes) -> None:
        """These bytes and nothing else, then the end of the connection."""
        self.handler.wfile.write(data)
        self.handler.close_connection = True

    def drop(self, *, reset: bool = False) -> None:
        """No answer, or no more of it."""
        if reset:
            linger = struct.pack("ii", 1, 0)
            self.handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.handler.connection.close()
        self.handler.close_connection = True


Fault = Callable[[Exchange], None]


@dataclass(slots=True)
class Moment:
    """The `number`th request of a kind, or to an endpoint (`Schemas`), from 1.

    `after_write`: counted from the first write on. `always`: from then on, every one.
    """

    kind: str
    number: int = 1
    after_write: bool = False
    always: bool = False

    def __str__(self) -> str:
        return f"{self.kind}{'-after-write' if self.after_write else ''}-{self.number}"


@dataclass(slots=True)
class Course:
    """Which fault comes when, and how far the requests have come."""

    fault: Fault
    moment: Moment
    seen: int = 0
    hits: int = 0
    has_written: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def is_due(self, exchange: Exchange) -> bool:
        with self.lock:
            self.has_written |= exchange.kind == "write"
            if self.moment.kind not in (exchange.kind, exchange.endpoint.partition("?")[0]):
                return False
            if self.moment.after_write and not self.has_written:
                return False
            self.seen += 1
            is_late = self.moment.always and self.seen > self.moment.number
            if self.seen != self.moment.number and not is_late:
                return False
            self.hits += 1
            return True


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60

    def handle_request(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        exchange = Exchange(self, self.command, self.path, dict(self.headers.items()), body)
        course: Course | None = self.server.course  # type: ignore[attr-defined]  # ours
        if course is not None and course.is_due(exchange):
            course.fault(exchange)
        else:
            exchange.reply(exchange.forward())

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_request  # noqa: N815  # http.server's names

    def log_message(self, *_arguments: object) -> None:
        """Quiet."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, upstream: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        parts = urlsplit(upstream)
        self.upstream = (parts.hostname or "", parts.port or 0)
        self.course: Course | None = None

    def handle_error(self, *_arguments: object) -> None:
        """Whoever we talk to may leave in the middle."""


@dataclass(slots=True)
class Proxy:
    server: Server

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/scim/v2"

    def misbehave(self, fault: Fault, moment: Moment) -> Course:
        self.server.course = Course(fault, moment)
        return self.server.course

    def behave(self) -> None:
        self.server.course = None

    def lead_to(self, upstream: str) -> None:
        parts = urlsplit(upstream)
        self.server.upstream = (parts.hostname or "", parts.port or 0)


@contextmanager
def proxy(upstream: str) -> Iterator[Proxy]:
    server = Server(upstream)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield Proxy(server)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
