"""Faults as WSGI middleware: in front of SCIM and the vendors' APIs, not of the page or `/faults`.

Flask's own hooks do not see the requests of an application mounted beside it; a middleware does.
"""

import json
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl, urlencode

from waitress.channel import ClientDisconnected  # type: ignore[import-untyped]  # has no types

from reconciler.sandbox.database import Database
from reconciler.sandbox.faults import NONE, Faults
from reconciler.sandbox.lag import Lag
from reconciler.sandbox.scim.application import is_write

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

SCIM, XIMA, GENESYS = "/scim/", "/rest/", "/api/v2/"
GENESYS_READS = ("/search", "/license/users", "/license/infer")
HTML = "<!doctype html><title>503</title><h1>Service Unavailable</h1><p>Please try again later.</p>"


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole response, so that it can be changed or withheld."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes

    def send(self, start_response: StartResponse) -> Iterable[bytes]:
        named = [item for item in self.headers if item[0].lower() != "content-length"]
        start_response(self.status, [*named, ("Content-Length", str(len(self.body)))])
        return [self.body]


@dataclass
class _FaultRun:
    """The faults in force, and how far the requests have come since they were set."""

    faults: Faults
    lag: Lag
    lock: threading.Lock = field(default_factory=threading.Lock)
    writes: int = 0
    lists: int = 0
    recent: deque[float] = field(default_factory=deque)

    def next_write(self) -> int:
        with self.lock:
            self.writes += 1
            return self.writes

    def next_list(self) -> int:
        with self.lock:
            self.lists += 1
            return self.lists

    def seconds_to_wait(self, now: float) -> float:
        """0 when the rate limit lets this request pass."""
        rate = self.faults.rate_per_second
        if rate is None:
            return 0
        allowed = max(1, math.floor(rate))
        window = allowed / rate
        with self.lock:
            while self.recent and now - self.recent[0] >= window:
                self.recent.popleft()
            if len(self.recent) >= allowed:
                return window - (now - self.recent[0])
            self.recent.append(now)
            return 0


class Misbehavior:
    """The middleware. `set` changes the faults while requests go on, and starts counting anew."""

    def __init__(self, application: Application, database: Database, faults: Faults) -> None:
        self._application = application
        self._database = database
        self._stopping = threading.Event()
        self._course = _FaultRun(faults, Lag(database, faults.stale_seconds))

    @property
    def faults(self) -> Faults:
        return self._course.faults

    @property
    def writes(self) -> int:
        """How many writes there were since the faults were set."""
        return self._course.writes

    def set(self, faults: Faults) -> None:
        before = self._course
        self._course = _FaultRun(faults, Lag(self._database, faults.stale_seconds))
        before.lag.close()

    def hurry(self) -> None:
        """Nobody waits any longer: the server is about to stop."""
        self._stopping.set()

    def close(self) -> None:
        """Forgets what the faults kept. To be called when no request is under way."""
        self._course.lag.close()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        course = self._course
        if course.faults == NONE or not path.startswith((SCIM, XIMA, GENESYS)):
            return self._application(environ, start_response)
        return self._answer(course, environ, path).send(start_response)

    def _answer(self, course: _FaultRun, environ: Environ, path: str) -> Answer:
        wait = course.seconds_to_wait(time.monotonic())
        if wait:
            return _too_many(wait if course.faults.retry_after else None)
        self._stopping.wait(course.faults.latency_ms / 1000)
        if _writes(environ["REQUEST_METHOD"], path):
            return self._write(course, environ)
        return self._read(course, environ)

    def _write(self, course: _FaultRun, environ: Environ) -> Answer:
        number = course.next_write()
        hits = course.faults.hits
        if hits("html_503", number):
            return Answer("503 Service Unavailable", [("Content-Type", "text/html")], HTML.encode())
        if hits("fail_before", number):
            return _failed("the tenant failed before the change was made")
        if environ["PATH_INFO"].startswith(GENESYS):
            if hits("stale_409", number):
                return _error("409 Conflict", "version conflict", code="general.conflict")
            if hits("stale_400", number):
                return _error("400 Bad Request", "it does not match the current version")
        course.lag.before_write()
        answer = _captured(self._application, environ)
        if hits("drop_after", number):
            raise ClientDisconnected
        if hits("fail_after", number):
            return _failed("the tenant failed")
        return answer

    def _read(self, course: _FaultRun, environ: Environ) -> Answer:
        clamp = course.faults.page_clamp
        if clamp is not None:
            _clamp(environ, clamp)
        with self._database.seeing(course.lag.seen()):
            answer = _captured(self._application, environ)
        return _moved(answer, course) if course.faults.moving_total else answer


def _writes(method: str, path: str) -> bool:
    if path.startswith(GENESYS):
        return method.upper() != "GET" and not path.endswith(GENESYS_READS)
    return path.startswith(SCIM) and is_write(method, path)


def _captured(application: Application, environ: Environ) -> Answer:
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], *_: object) -> None:
        started.append((status, headers))

    parts = application(environ, start_response)
    try:
        body = b"".join(parts)
    finally:
        close = getattr(parts, "close", None)
        if close is not None:
            close()
    status, headers = started[-1]
    return Answer(status, headers, body)


def _too_many(wait: float | None) -> Answer:
    answer = _error(
        "429 Too Many Requests", "too many requests", code="too.many.requests.retry.after"
    )
    if wait is not None:
        answer.headers.append(("Retry-After", str(math.ceil(wait))))
    return answer


def _failed(detail: str) -> Answer:
    return _error("500 Internal Server Error", detail)


def _error(status: str, detail: str, *, code: str = "") -> Answer:
    """In the words of SCIM and, beside them, of Genesys Cloud."""
    document = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
        "status": status.partition(" ")[0],
        "detail": detail,
        "message": detail,
        "code": code,
    }
    content_type = ("Content-Type", "application/scim+json")
    return Answer(status, [content_type], json.dumps(document).encode())


def _clamp(environ: Environ, most: int) -> None:
    """Makes the request ask for less; the answer is then truthful about what it holds."""
    if environ["REQUEST_METHOD"] == "GET":
        query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
        environ["QUERY_STRING"] = urlencode({**query, "count": _less(query.get("count"), most)})
        return
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    asked = _json(body)
    if isinstance(asked, dict):
        body = json.dumps({**asked, "count": _less(asked.get("count"), most)}).encode()
    environ["CONTENT_LENGTH"] = str(len(body))
    environ["wsgi.input"] = BytesIO(body)


def _less(count: object, most: int) -> object:
    """What is no number is left for the service to refuse."""
    try:
        return most if count is None else min(int(str(count)), most)
    except ValueError:
        return count


def _moved(answer: Answer, course: _FaultRun) -> Answer:
    document = _json(answer.body)
    total = "total" if isinstance(document, dict) and "entities" in document else "totalResults"
    if not isinstance(document, dict) or total not in document:
        return answer
    document[total] += (course.next_list() - 1) % 2
    return Answer(answer.status, answer.headers, json.dumps(document).encode())


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None
