"""HTTP to one tenant: one session, one token, one rate limiter; reads retried, writes sent once.

A transport for reading refuses every method that writes, before anything is sent. Redirects are
not followed. An answer is bounded in size and time. Proxies and certificate bundles come from the
environment as everywhere, except for loopback, whose token never takes a detour; `~/.netrc` is
never read. What an answer means stands in `answers`.
"""

import contextlib
import json
import os
import ssl
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
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
from urllib3.exceptions import LocationParseError, NewConnectionError

from reconciler import __version__, errors, regular_files, scrubber
from reconciler.providers import address, answers
from reconciler.providers.answers import Answer, Silence
from reconciler.providers.bounded import Bearer, BoundedAdapter
from reconciler.providers.oauth import ClientCredentials, StaticToken
from reconciler.providers.rate_limit_headers import RateLimitHeaders
from reconciler.providers.rate_limiter import RateLimiter
from reconciler.providers.retry import backoff

READS = frozenset({"GET", "HEAD", "OPTIONS"})
MEDIA = "application/scim+json"
LARGEST = 128 * 1024 * 1024
TRIES = 3
RENEWALS = 5
CONNECTIONS = 64
LARGEST_BUNDLE = 16 * 1024 * 1024

Query = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds to connect, between two bytes, for a whole answer, and for how long one read stays
    with a tenant that answers nothing but 429 or 503.
    """

    connect: float = 10.0
    read: float = 30.0
    whole: float = 120.0
    wait: float = 60.0


class Transport:
    """Sends requests below one root URL. Safe to share by threads.

    `judge` tells what the answer of a read means, where a tenant has statuses of its own.
    `reads_by_post` are the exact paths that read although they are sent by POST: a transport for
    reading lets these through, and no other one. No answer repeats a token or one of the `secrets`.
    """

    def __init__(
        self,
        root: str,
        token: str | ClientCredentials,
        *,
        read_only: bool,
        ca_file: str | None = None,
        limiter: RateLimiter | None = None,
        limits: Limits = Limits(),  # a frozen value
        media: str = MEDIA,
        token_header: str = "Authorization",
        judge: Callable[[Answer, str], Answer] = answers.of_read,
        reads_by_post: frozenset[str] = frozenset(),
        secrets: Iterable[str] = (),
    ) -> None:
        self.root, self.read_only = root, read_only
        self.limiter = limiter or RateLimiter()
        self.requests = 0
        self._limits, self._media, self._judge = limits, media, judge
        self._reads_by_post, self._token_header = reads_by_post, token_header
        self._credentials = StaticToken(token) if isinstance(token, str) else token
        self._secrets, self._verify = frozenset(secrets), _bundle(ca_file)
        self._lock = threading.Lock()
        self._session = _session(root, media, limits.whole)

    def close(self) -> None:
        self._session.close()

    def pause(self, attempt: int) -> None:
        """Give the tenant time before something is read again."""
        self.limiter.pause(backoff(attempt))

    def get(
        self, path: str, params: Query | None = None, *, accept: Collection[int] = ()
    ) -> Answer:
        """Read, retrying what is worth it. Raises `CannotTellError`.

        A status in `accept` is an answer like any other: neither judged nor tried again. The next
        request waits after 429 and 503 all the same.
        """
        return self._read("GET", path, params=params, accept=accept)

    def ask(self, path: str, body: object) -> Answer:
        """Read by POST one of the paths that were named for it. Raises `CannotTellError`."""
        if path not in self._reads_by_post:
            raise errors.WriteForbiddenError(f"POST {path} is no read")
        return self._read("POST", path, body=body)

    def _read(
        self,
        method: str,
        path: str,
        *,
        params: Query | None = None,
        body: object = None,
        accept: Collection[int] = (),
    ) -> Answer:
        failures = refusals = 0
        begun = self.limiter.clock()
        patience = self._limits.wait
        while True:
            result = self._once(method, path, params=params, body=body, patience=patience)
            if isinstance(result, Answer) and result.status in accept:
                return result
            if isinstance(result, Answer) and result.status in answers.BUSY:
                refusals += 1
                waited = self.limiter.clock() - begun
                patience = self._limits.wait - waited
                if self.limiter.held > patience:
                    refused = replace(result, refusals=refusals, waited=waited)
                    return self._judge(refused, path)
                continue  # the limiter waits
            failures += 1
            if isinstance(result, Answer):
                if result.status not in answers.PASSING or failures >= TRIES:
                    return self._judge(result, path)
            elif result.is_final or failures >= TRIES:
                answers.of_silent_read(result)
            self.pause(failures)

    def send(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Write, once. Raises `RequestError`, or `WriteForbiddenError` before sending.

        While the tenant asks to wait nothing is sent: whoever writes waits, and can be interrupted.
        """
        result = self._once(method, path, body=body, headers=headers)
        if isinstance(result, Silence):
            answers.of_silent_write(result)
        if result.status in answers.BUSY:
            answers.of_busy_write(result, self.limiter.held)
        return answers.of_write(result)

    def _once(
        self,
        method: str,
        path: str,
        *,
        params: Query | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        patience: float = 0.0,
    ) -> Answer | Silence:
        """One request, and again with another token where the first is refused (401). A new token
        that the tenant never took ends it; other threads may use one up meanwhile.

        `patience` is how many seconds it may wait where the tenant asks for a pause.
        """
        is_read = method in READS or (method == "POST" and path in self._reads_by_post)
        if self.read_only and not is_read:
            raise errors.WriteForbiddenError(f"{method} refused: this run only reads")
        token = self._credentials.token()
        how: dict[str, Any] = {
            "params": params,
            "body": body,
            "headers": headers,
            "patience": patience,
        }
        result = self._in_turn(method, path, token, **how)
        for _ in range(RENEWALS):
            if not isinstance(result, Answer) or result.status != 401:
                break
            if not self._credentials.renew(token):
                return result
            token = self._credentials.token()
            result = self._in_turn(method, path, token, **how)
        if isinstance(result, Answer) and result.status != 401:
            self._credentials.accept(token)
        return result

    def _in_turn(
        self,
        method: str,
        path: str,
        token: str,
        *,
        params: Query | None,
        body: object,
        headers: Mapping[str, str] | None,
        patience: float,
    ) -> Answer | Silence:
        """One request in its turn, whatever comes of it."""
        content = None if body is None else json.dumps(body).encode()
        url = f"{self.root}/{path.lstrip('/')}"
        ticket = self.limiter.take(patience)
        if ticket is None:
            return answers.paused(self.limiter.held, is_stated=self.limiter.is_stated)
        with self._lock:
            self.requests += 1
        result = self._exchange(method, url, token, params, content, dict(headers or {}))
        if isinstance(result, Answer):
            if result.status in answers.BUSY:
                self.limiter.refused(ticket, result.rate_limit, result.status)
            else:
                self.limiter.accepted(ticket, result.rate_limit)
        return result

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
                auth=Bearer(token, self._token_header),
                timeout=(self._limits.connect, self._limits.read),
                allow_redirects=False,
                stream=True,
                verify=self._verify,
            )
        except RequestException as error:
            return _unanswered(urlsplit(self.root).netloc, error)
        except (LocationParseError, UnicodeError) as error:
            return _unaddressed(urlsplit(self.root).netloc, error)
        with contextlib.closing(response):
            return self._received(response)

    def _received(self, response: requests.Response) -> Answer | Silence:
        """The answer to its end, without any secret that the tenant may have repeated."""
        scrub = self._scrub
        headers = scrub.value(dict(response.headers))
        host = urlsplit(self.root).netloc
        try:
            content = b"".join(_parts(response))
        except _EndlessError:
            return _cut(response, headers, f"{host} answers without end")
        except RequestException as error:
            return _cut(response, headers, _broke_off(host, error), error)
        body = answers.parsed(content)
        if response.status_code >= 400:
            body = scrub.error_body(body)
        elif scrub.may_be_in(content):
            body = scrub.value(body)
        return Answer(response.status_code, body, headers, RateLimitHeaders.parse(headers))

    @property
    def _scrub(self) -> scrubber.Scrubber:
        """Knows the tokens that were minted meanwhile."""
        return scrubber.of({}, *self._secrets, *self._credentials.secrets)


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
        _expect_regular_bundles()
        return None
    try:
        regular_files.content(Path(ca_file), largest=LARGEST_BUNDLE)
        ssl.create_default_context(cafile=ca_file)
    except (OSError, regular_files.UnreadableError) as error:
        reason = (
            error.reason
            if isinstance(error, regular_files.UnreadableError)
            else error.strerror or error
        )
        raise errors.SetupError(
            f"ca_file {ca_file} cannot be used: {reason}",
            hint="it holds certificates as PEM; the path is seen from the current directory",
        ) from error
    return ca_file


def _expect_regular_bundles() -> None:
    """The variables from which requests takes certificates; a folder of them is fine."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        path = Path(os.environ.get(name) or ".")
        if not path.is_dir():
            regular_files.content(path, largest=LARGEST_BUNDLE, shown=f"{name} ({path})")


def _unaddressed(host: str, error: Exception) -> Silence:
    """The library does not take the URL, or that of a proxy."""
    return Silence(
        f"{host} cannot be reached: its address, or that of a proxy, is none",
        "check `url:` and the variables HTTPS_PROXY and HTTP_PROXY",
        was_sent=False,
        is_final=True,
        cause=error,
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
