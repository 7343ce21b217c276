"""A proxy on loopback between the provider and the stand-in: records requests, injects faults."""

import http.client
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import urlsplit

READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
HOP_BY_HOP: Final = frozenset(
    {"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"}
)
SECONDS: Final = 20

Headers = dict[str, str]
Rewrite = Callable[[Headers, Any], Any]
"""Gets headers, which it may change, and the parsed body; returns the body to send."""


@dataclass(slots=True)
class Fault:
    """What goes wrong: `times` requests after the first `after`, of those that fit.

    `on` is `read` or `write`, `path` a listing. With a `status` the request is answered so and not
    passed on; without one it is passed on if `passes`, and its answer is rewritten, or withheld.
    """

    on: str = "read"
    path: str = ""
    after: int = 0
    times: int = 10**9
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    passes: bool = False
    rewrite: Rewrite | None = None
    count: int = 0

    def hits(self, method: str, path: str, *, is_write: bool) -> bool:
        """Whether it is this request's turn. To be called once for each request."""
        if is_write is not (self.on == "write") or (self.path and path != self.path):
            return False
        self.count += 1
        return self.after < self.count <= self.after + self.times


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came, whether it writes, and when it came by the clock of the trial."""

    method: str
    path: str
    is_write: bool
    at: float


class Proxy:
    """`requests` are in the order in which they came; `fault` may be set at any time."""

    def __init__(
        self,
        upstream: str,
        clock: Callable[[], float],
        reads_by_post: frozenset[str],
        token_paths: frozenset[str],
    ) -> None:
        self._upstream, self._clock = urlsplit(upstream), clock
        self._reads_by_post, self._token_paths = reads_by_post | token_paths, token_paths
        self._lock = threading.Lock()
        self.requests: list[Request] = []
        self.fault: Fault | None = None
        self.url = ""

    @property
    def writes(self) -> list[Request]:
        return [request for request in self.requests if request.is_write]

    def answer(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Headers, bytes] | None:
        """The answer to send; None to close the connection without one."""
        path = urlsplit(target).path
        is_write = method not in READS and path not in self._reads_by_post
        with self._lock:
            self.requests.append(Request(method, path, is_write, self._clock()))
            fault = self.fault if path not in self._token_paths else None
            hit = fault and fault.hits(method, path, is_write=is_write)
        if not fault or not hit:
            return self._passed_on(method, target, headers, body)
        if fault.status:
            return fault.status, dict(fault.headers), fault.body
        answer = self._passed_on(method, target, headers, body) if fault.passes else None
        return _rewritten(answer, fault.rewrite) if answer and fault.rewrite else None

    def _passed_on(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Headers, bytes]:
        host = self._upstream.hostname or ""
        connection = http.client.HTTPConnection(host, self._upstream.port, timeout=SECONDS)
        try:
            kept = {n: v for n, v in headers.items() if n.lower() not in HOP_BY_HOP}
            connection.request(method, target, body or None, kept)
            response = connection.getresponse()
            content = response.read()
            names = response.headers.items()
            shown = {name: value for name, value in names if name.lower() not in HOP_BY_HOP}
            return response.status, shown, content
        finally:
            connection.close()


def _rewritten(answer: tuple[int, Headers, bytes], rewrite: Rewrite) -> tuple[int, Headers, bytes]:
    status, headers, content = answer
    if status != 200:
        return answer
    try:
        body = json.loads(content)
    except ValueError:
        return answer
    return status, headers, json.dumps(rewrite(headers, body)).encode()


@contextmanager
def started(
    upstream: str,
    clock: Callable[[], float],
    reads_by_post: frozenset[str] = frozenset(),
    token_paths: frozenset[str] = frozenset(),
) -> Iterator[Proxy]:
    """A proxy on a free port. Below `upstream`, paths stay as they are."""
    proxy = Proxy(upstream, clock, reads_by_post, token_paths)

    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(proxy))
    server.daemon_threads = True
    path = urlsplit(upstream).path.rstrip("/")
    proxy.url = f"http://127.0.0.1:{server.server_address[1]}{path}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(proxy: Proxy) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one packet: the second would wait for its acknowledgement

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except ConnectionError:
                self.close_connection = True

        def _serve(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(size)
            answer = proxy.answer(self.command, self.path, dict(self.headers), body)
            if answer is None:
                self.close_connection = True
                return
            status, headers, content = answer
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        do_GET = do_HEAD = do_OPTIONS = do_POST = _serve  # noqa: N815  # names of the base class
        do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815

        def log_message(self, format: str, *values: object) -> None:
            """Nobody reads it."""

    return Handler
