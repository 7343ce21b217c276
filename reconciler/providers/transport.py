"""HTTP to one tenant: one session, one token, one pace; reads retried, writes sent once.

A transport for reading refuses every method that writes, before anything is sent. Redirects are not
followed. An answer is bounded in size and time. Read failures raise `CannotTellError`, write
failures `RequestError` (see `errors`).
"""

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NoReturn
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from requests.exceptions import ConnectTimeout, RequestException, SSLError

from reconciler import errors
from reconciler.providers import address
from reconciler.providers.pace import Pace

READS = frozenset({"GET", "HEAD", "OPTIONS"})
MEDIA = "application/scim+json"
LARGEST = 64 * 1024 * 1024
TRIES = 5
RETRIED = frozenset({429, 500, 502, 503, 504})
LONGEST_WAIT = 60.0


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def request_id(self) -> str | None:
        for name in ("X-Request-Id", "X-Correlation-Id", "Request-Id"):
            if value := self.headers.get(name):
                return value[:100]
        return None


class Bearer(AuthBase):
    """An auth object of our own: with one, requests never looks into `~/.netrc`."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds to connect, between two bytes, and for a whole answer."""

    connect: float = 10.0
    read: float = 30.0
    whole: float = 120.0


class Transport:
    """Sends requests below one root URL. Safe to share by threads."""

    def __init__(
        self,
        root: str,
        token: str,
        *,
        read_only: bool,
        ca_file: str | None = None,
        pace: Pace | None = None,
        limits: Limits = Limits(),  # a frozen value
        sleep: Callable[[float], None] = time.sleep,
        media: str = MEDIA,
    ) -> None:
        self.root, self.read_only = root, read_only
        self.pace = pace or Pace(sleep=sleep)
        self.requests = 0
        self._limits, self._sleep, self._media = limits, sleep, media
        self._lock = threading.Lock()
        self._session = _session(root, token, ca_file)

    def close(self) -> None:
        self._session.close()

    def url(self, path: str) -> str:
        """An absolute URL; a location of another host is not ours to follow."""
        if "://" not in path:
            return f"{self.root}/{path.lstrip('/')}"
        if urlsplit(path)[:2] != urlsplit(self.root)[:2]:
            raise errors.ImplausibleError("the tenant points to another host")
        return path

    def get(self, path: str, params: Mapping[str, str | int] | None = None) -> Answer:
        """Reads, retrying what is worth it. Raises `CannotTellError`."""
        for attempt in range(1, TRIES + 1):
            try:
                answer = self._once("GET", path, params=params)
            except errors.UnreachableError:
                if attempt == TRIES:
                    raise
                self._sleep(0.2 * attempt)
                continue
            if answer.status not in RETRIED or attempt == TRIES:
                return _read(answer, path)
            self._hold(answer, attempt)
        raise AssertionError("unreachable")

    def send(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Writes, once. Raises `RequestError`, or `WriteForbiddenError` before sending."""
        if self.read_only and method not in READS:
            raise errors.WriteForbiddenError(f"{method} refused: this run only reads")
        try:
            answer = self._once(method, path, body=body, headers=headers)
        except errors.UnreachableError as error:
            if isinstance(error.__cause__, ConnectTimeout) or _never_left(error.__cause__):
                raise errors.RequestError(str(error)) from error
            raise errors.LostAnswerError(str(error)) from error
        except errors.ImplausibleError as error:
            raise errors.LostAnswerError(str(error)) from error
        return self._written(answer)

    def _once(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        if self.read_only and method not in READS:
            raise errors.WriteForbiddenError(f"{method} refused: this run only reads")
        self.pace.take()
        with self._lock:
            self.requests += 1
        content = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        typed = {"Content-Type": self._media} if content is not None else {}
        try:
            with self._session.request(
                method,
                self.url(path),
                params=params,
                data=content,
                headers={**typed, **(headers or {})},
                timeout=(self._limits.connect, self._limits.read),
                allow_redirects=False,
                stream=True,
            ) as response:
                return Answer(
                    response.status_code, self._body(response), dict(response.headers.items())
                )
        except RequestException as error:
            raise errors.UnreachableError(
                _said(self.root, error), hint=_what_to_do(error)
            ) from error

    def _body(self, response: requests.Response) -> Any:
        """The parsed body, None where there is none, `Unparsed` where it is no JSON."""
        deadline = time.monotonic() + self._limits.whole
        parts, size = [], 0
        for part in response.iter_content(64 * 1024):
            size += len(part)
            if size > LARGEST or time.monotonic() > deadline:
                raise errors.ImplausibleError(
                    f"{self.root} answers without end", hint="ask the tenant's vendor"
                )
            parts.append(part)
        content = b"".join(parts)
        if not content.strip():
            return None
        try:
            return json.loads(content, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            return Unparsed(content[:200].decode("utf-8", "replace"))

    def _hold(self, answer: Answer, attempt: int) -> None:
        """Waits before a read is tried again; the whole pace slows where the tenant says so."""
        told = retry_after(answer.headers)
        if answer.status in (429, 503):
            self.pace.slow(min(told, LONGEST_WAIT) if told is not None else None)
        else:
            self._sleep(0.2 * attempt)

    def _written(self, answer: Answer) -> Answer:
        status = answer.status
        if status in (200, 201, 202, 204) and not isinstance(answer.body, Unparsed):
            self.pace.ease()
            return answer
        known = {"status": status, "request_id": answer.request_id}
        text = f"{status}: {detail(answer)}" + _with_id(answer)
        if status in (429, 503):
            told = retry_after(answer.headers)
            self.pace.slow(min(told, LONGEST_WAIT) if told is not None else None)
            raise errors.RateLimitedError(text, retry_after=told, status=status)
        if status == 409:
            raise errors.ConflictError(text, status=status, request_id=answer.request_id)
        if status == 412:
            raise errors.PreconditionFailedError(text, status=status, request_id=answer.request_id)
        if status >= 500 or 200 <= status < 300:
            raise errors.LostAnswerError(text, status=status, request_id=answer.request_id)
        raise errors.RequestError(text, status=known["status"], request_id=answer.request_id)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Unparsed:
    """The beginning of a body that is not JSON."""

    start: str

    @property
    def is_html(self) -> bool:
        return self.start.lstrip().lower().startswith(("<!doctype", "<html", "<"))


def _session(root: str, token: str, ca_file: str | None) -> requests.Session:
    session = requests.Session()
    session.auth = Bearer(token)
    session.headers.update({"Accept": f"{MEDIA}, application/json"})
    session.trust_env = not address.is_loopback(urlsplit(root))
    if ca_file:
        session.verify = ca_file
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(pool_connections=2, pool_maxsize=64, max_retries=0))
    return session


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _read(answer: Answer, path: str) -> Answer:
    """The answer of a read, or why it tells us nothing."""
    status = answer.status
    text = f"{status} from {path}{_with_id(answer)}"
    if status in (401, 403):
        why = "the token is not accepted" if status == 401 else "the token may not read this"
        raise errors.RefusedError(f"{why}: {text}", hint="check the token and what it may see")
    if 300 <= status < 400:
        raise errors.ImplausibleError(
            f"the tenant redirects: {text}", hint="correct `url:`; a redirect is not followed"
        )
    if status in RETRIED or status >= 500:
        raise errors.UnreachableError(f"the tenant does not answer: {text}", hint="try again later")
    if isinstance(answer.body, Unparsed):
        what = "HTML" if answer.body.is_html else "something that is not JSON"
        raise errors.ImplausibleError(f"the tenant answers {what}: {text}", hint="check `url:`")
    return answer


def detail(answer: Answer) -> str:
    """The tenant's own words (RFC 7644 section 3.12), bounded."""
    if isinstance(answer.body, Mapping):
        words = [answer.body.get("scimType"), answer.body.get("detail")]
        return ", ".join(str(word) for word in words if word)[:500] or "no detail"
    if isinstance(answer.body, Unparsed):
        return "HTML" if answer.body.is_html else "not JSON"
    return "no detail"


def _with_id(answer: Answer) -> str:
    return f" (request {answer.request_id})" if answer.request_id else ""


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait: `Retry-After` (RFC 9110 section 10.2.3) or a rate limit's reset."""
    lower = {name.lower(): value for name, value in headers.items()}
    value = lower.get("retry-after") or lower.get("ratelimit-reset")
    if value is None:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (moment - datetime.now(moment.tzinfo or UTC)).total_seconds())


def _never_left(cause: BaseException | None) -> bool:
    """Whether the connection itself was refused, so that nothing can have taken effect."""
    text = str(cause)
    return "NewConnectionError" in text or "Connection refused" in text


def _said(root: str, error: RequestException) -> str:
    host = urlsplit(root).netloc
    if isinstance(error, SSLError):
        return f"the certificate of {host} is not trusted"
    if isinstance(error, requests.Timeout):
        return f"{host} did not answer in time"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return f"{host} broke off in the middle of its answer"
    return f"{host} cannot be reached or broke off"


def _what_to_do(error: RequestException) -> str:
    if isinstance(error, SSLError):
        return "set `ca_file:` in the tenant block if the tenant has a certificate of your own"
    return "check `url:` and the network, then try again"
