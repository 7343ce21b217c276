"""HTTP to one tenant: one session, one token, one pace; reads retried, writes sent once.

A transport for reading refuses every method that writes, before anything is sent. Redirects are
not followed. An answer is bounded in size and time. Proxies and certificate bundles come from the
environment as everywhere, except for loopback, whose token never takes a detour; `~/.netrc` is
never read. What an answer means stands in `answers`.
"""

import contextlib
import json
import ssl
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import urlsplit

import requests
from requests.exceptions import (
    ChunkedEncodingError,
    ConnectTimeout,
    ContentDecodingError,
    ProxyError,
    RequestException,
    SSLError,
)
from urllib3.exceptions import NewConnectionError

from reconciler import __version__, errors
from reconciler.providers import address, answers
from reconciler.providers.answers import Answer, Silence, Unparsed
from reconciler.providers.bounded import Bearer, BoundedAdapter
from reconciler.providers.oauth import ClientCredentials, StaticToken
from reconciler.providers.pace import Pace
from reconciler.providers.told import told

READS = frozenset({"GET", "HEAD", "OPTIONS"})
MEDIA = "application/scim+json"
LARGEST = 128 * 1024 * 1024
TRIES = 3
TRIES_WHEN_BUSY = 8
CONNECTIONS = 64

Query = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds to connect, between two bytes, for a whole answer, and to be told to wait."""

    connect: float = 10.0
    read: float = 30.0
    whole: float = 120.0
    wait: float = 60.0


class Transport:
    """Sends requests below one root URL. Safe to share by threads.

    `judge` tells what the answer of a read means, where a tenant has statuses of its own.
    """

    def __init__(
        self,
        root: str,
        token: str | ClientCredentials,
        *,
        read_only: bool,
        ca_file: str | None = None,
        pace: Pace | None = None,
        limits: Limits = Limits(),  # a frozen value
        sleep: Callable[[float], None] = time.sleep,
        media: str = MEDIA,
        judge: Callable[[Answer, str], Answer] = answers.of_read,
    ) -> None:
        self.root, self.read_only = root, read_only
        self.pace = pace or Pace(sleep=sleep)
        self.requests = 0
        self._limits, self._sleep, self._media, self._judge = limits, sleep, media, judge
        self._credentials = StaticToken(token) if isinstance(token, str) else token
        self._verify = _bundle(ca_file)
        self._lock = threading.Lock()
        self._session = _session(root, media, limits.whole)

    def close(self) -> None:
        self._session.close()

    def pause(self, seconds: float) -> None:
        """Gives the tenant time before something is read again."""
        self._sleep(seconds)

    def get(
        self, path: str, params: Query | None = None, *, accept: Collection[int] = ()
    ) -> Answer:
        """Reads, retrying what is worth it. Raises `CannotTellError`.

        A status in `accept` is an answer like any other: neither judged nor tried again.
        """
        tries = 0
        while True:
            got = self._once("GET", path, params=params, accept=accept)
            tries += 1
            if isinstance(got, Answer):
                if got.status in accept:
                    return got
                allowed = TRIES_WHEN_BUSY if got.status in answers.BUSY else TRIES
                if got.status not in answers.PASSING or tries >= allowed:
                    return self._judge(got, path)
            elif got.is_final or tries >= TRIES:
                answers.of_silent_read(got)
            if not (isinstance(got, Answer) and got.status in answers.BUSY):
                self._sleep(0.2 * 2**tries)

    def send(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Writes, once. Raises `RequestError`, or `WriteForbiddenError` before sending."""
        got = self._once(method, path, body=body, headers=headers)
        if isinstance(got, Silence):
            answers.of_silent_write(got)
        return answers.of_write(got)

    def _once(
        self,
        method: str,
        path: str,
        *,
        params: Query | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        accept: Collection[int] = (),
    ) -> Answer | Silence:
        """One request, and once more with another token where the first is refused (401)."""
        if self.read_only and method not in READS:
            raise errors.WriteForbiddenError(f"{method} refused: this run only reads")
        token = self._credentials.token()
        how: dict[str, Any] = {"params": params, "body": body, "headers": headers, "accept": accept}
        got = self._in_turn(method, path, token, **how)
        if isinstance(got, Answer) and got.status == 401 and self._credentials.renew(token):
            return self._in_turn(method, path, self._credentials.token(), **how)
        return got

    def _in_turn(
        self,
        method: str,
        path: str,
        token: str,
        *,
        params: Query | None,
        body: object,
        headers: Mapping[str, str] | None,
        accept: Collection[int],
    ) -> Answer | Silence:
        """One request in its turn, whatever comes of it."""
        content = None if body is None else json.dumps(body).encode()
        url = f"{self.root}/{path.lstrip('/')}"
        ticket = self.pace.take(self._limits.wait)
        if ticket is None:
            return _told_to_wait(self.pace.held)
        with self._lock:
            self.requests += 1
        got = self._exchange(method, url, token, params, content, dict(headers or {}))
        if isinstance(got, Answer):
            is_busy = got.status in answers.BUSY
            if got.status in accept and got.told.wait is None:
                is_busy = False
            learned = self.pace.refused if is_busy else self.pace.accepted
            learned(ticket, got.told)
        return got

    def _exchange(
        self,
        method: str,
        url: str,
        token: str,
        params: Query | None,
        content: bytes | None,
        headers: dict[str, str],
    ) -> Answer | Silence:
        if content is not None:
            headers["Content-Type"] = self._media
        try:
            response = self._session.request(
                method,
                url,
                params=params,
                data=content,
                headers=headers,
                auth=Bearer(token),
                timeout=(self._limits.connect, self._limits.read),
                allow_redirects=False,
                stream=True,
                verify=self._verify,
            )
        except RequestException as error:
            return _unanswered(urlsplit(self.root).netloc, error)
        with contextlib.closing(response):
            return self._received(response)

    def _received(self, response: requests.Response) -> Answer | Silence:
        """The answer to its end. The token is taken out, should the tenant have repeated it."""
        headers = {name: self._hushed(value) for name, value in response.headers.items()}
        host = urlsplit(self.root).netloc
        try:
            content = b"".join(_parts(response))
        except _EndlessError:
            return _cut(response, headers, f"{host} answers without end")
        except RequestException as error:
            return _cut(response, headers, _broke_off(host, error), error)
        body = _parsed(content)
        if isinstance(body, dict) and response.status_code >= 400:
            body = {n: self._hushed(v) if isinstance(v, str) else v for n, v in body.items()}
        return Answer(response.status_code, body, headers, told(headers))

    def _hushed(self, text: str) -> str:
        for secret in self._credentials.secrets:
            text = text.replace(secret, "(token)")
        return text


class _EndlessError(Exception):
    """More than any honest answer holds."""


def _cut(
    response: requests.Response,
    headers: Mapping[str, str],
    text: str,
    cause: Exception | None = None,
) -> Silence:
    return Silence(
        text,
        is_final=cause is None,
        status=response.status_code,
        request_id=answers.request_id(headers),
        cause=cause,
    )


def _parts(response: requests.Response) -> Iterator[bytes]:
    size = 0
    for part in response.iter_content(256 * 1024):
        size += len(part)
        if size > LARGEST:
            raise _EndlessError
        yield part


def _parsed(content: bytes) -> Any:
    if not content.strip():
        return None
    try:
        return json.loads(content, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return Unparsed(content.lstrip()[:1] == b"<")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _session(root: str, media: str, whole: float) -> requests.Session:
    session = requests.Session()
    session.headers.update(
        {"Accept": f"{media}, application/json", "User-Agent": f"ccaas-reconciler/{__version__}"}
    )
    session.trust_env = not address.is_loopback(urlsplit(root))
    for scheme in ("http://", "https://"):
        session.mount(scheme, BoundedAdapter(whole, CONNECTIONS))
    return session


def _bundle(ca_file: str | None) -> str | None:
    """Given with each request: set on the session, a variable of the environment would win."""
    if ca_file is None:
        return None
    try:
        ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise errors.SetupError(
            f"ca_file {ca_file} cannot be used: {error.strerror or error}",
            hint="it holds certificates as PEM; the path is seen from the current directory",
        ) from error
    return ca_file


def _told_to_wait(seconds: float) -> Silence:
    return Silence(
        f"the tenant wants nothing sent for {seconds:.0f} seconds",
        "try again then",
        was_sent=False,
        is_final=True,
        wait=seconds,
    )


def _unanswered(host: str, error: RequestException) -> Silence:
    reason = _reason(error)
    untrusted = isinstance(error, SSLError)
    never_left = (
        isinstance(error, ConnectTimeout | ProxyError | ValueError)
        or isinstance(reason, NewConnectionError)
        or _is_about_the_certificate(reason)
    )
    text, hint = f"{host} cannot be reached or broke off", answers.TRY_AGAIN
    if untrusted:
        text = f"the certificate of {host} is not trusted, or it does not speak TLS"
        hint = "set `ca_file:` in the tenant block if the tenant has a certificate of your own"
    elif isinstance(error, requests.Timeout):
        text = f"{host} did not answer in time"
    return Silence(text, hint, was_sent=not never_left, is_final=untrusted, cause=error)


def _reason(error: RequestException) -> object:
    """What urllib3 says of a connection that came to nothing."""
    inner = error.args[0] if error.args else None
    return getattr(inner, "reason", inner)


def _is_about_the_certificate(reason: object) -> bool:
    inner = reason.args[0] if isinstance(reason, Exception) and reason.args else None
    return isinstance(inner, ssl.SSLCertVerificationError)


def _broke_off(host: str, error: RequestException) -> str:
    if isinstance(error, ChunkedEncodingError | ContentDecodingError):
        return f"{host} broke off in the middle of its answer"
    return f"{host} did not finish its answer in time"
