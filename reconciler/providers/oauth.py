"""OAuth 2.0 client credentials (RFC 6749 section 4.4): one access token for a run, in memory only.

    credentials = oauth.credentials(token_url, id_env, secret_env, environ)
    Transport(root, credentials, read_only=True)

The client's id and secret go to the login host alone, as HTTP Basic. A token is minted on first use
and shared by all threads; one that the tenant refuses (401) is replaced once, and only by one
thread. The login host's own limit is waited for, also where it answers 400 instead of 429.
"""

import base64
import json
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

import requests

from reconciler import __version__, errors, scrubber
from reconciler.errors import SetupError
from reconciler.providers import address
from reconciler.providers.answers import printable
from reconciler.providers.bounded import BoundedAdapter

CLIENT_ID = re.compile(r"RECONCILER_CLIENT_ID[A-Za-z0-9_]*\Z")
CLIENT_SECRET = re.compile(r"RECONCILER_CLIENT_SECRET[A-Za-z0-9_]*\Z")
LARGEST = 1024 * 1024
TIMEOUT = (10.0, 30.0)
WHOLE = 60.0
"""Seconds for one answer of the login host."""
PATIENCE = 180.0
"""Seconds that the login host's limit is waited for, all waits together."""
LONGEST_GUESS = 30.0
TRIES = 3
"""For a login host that does not answer."""


@dataclass(frozen=True, slots=True)
class Client:
    """An OAuth client. `repr` shows neither the id nor the secret."""

    token_url: str
    id: str = field(repr=False)
    secret: str = field(repr=False)
    key: str = "token_url"
    """The key of the tenant block that names the login host, for hints."""


class StaticToken:
    """A bearer token that the environment holds: it cannot be renewed."""

    def __init__(self, token: str) -> None:
        self._token = token

    def token(self) -> str:
        return self._token

    def renew(self, refused: str) -> bool:
        return False

    def accept(self, token: str) -> None:
        """Nothing follows from it."""

    @property
    def secrets(self) -> tuple[str, ...]:
        return (self._token,)


class ClientCredentials:
    """Mints access tokens. Safe to share by threads.

    `sleep` and `clock` are those of the standard library unless a test injects its own.
    """

    def __init__(
        self,
        client: Client,
        *,
        ca_file: str | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client, self._verify = client, ca_file
        self._sleep, self._clock = sleep, clock
        self._lock = threading.Lock()
        self._token: str | None = None
        self._minted: list[str] = []
        self._is_renewed = False

    def token(self) -> str:
        """The access token, minted on first use. Raises `CannotTellError`."""
        with self._lock:
            if self._token is None:
                self._token = self._mint()
            return self._token

    def renew(self, refused: str) -> bool:
        """Replace a token that the tenant answered with 401.

        True where another token is there to try with; False where the tenant has accepted none
        since the last one was minted.
        """
        with self._lock:
            if self._token != refused:
                return True
            if self._is_renewed:
                return False
            self._is_renewed = True
            self._token = self._mint()
            return True

    def accept(self, token: str) -> None:
        """Note that the tenant took a token: once it expires, it may be replaced again."""
        with self._lock:
            if self._token == token:
                self._is_renewed = False

    @property
    def secrets(self) -> tuple[str, ...]:
        """Everything that no message may repeat, as it is and as HTTP Basic sends it."""
        secret = self._client.secret
        return (_basic(self._client), quote(secret, safe=""), secret, *self._minted)

    # -- the login host ---------------------------------------------------------------------------

    def _mint(self) -> str:
        """Ask until there is a token, a clear no, or no patience left."""
        deadline, waits, losses = self._clock() + PATIENCE, 0, 0
        while True:
            answer = self._request()
            if isinstance(answer, requests.RequestException):
                losses += 1
                if losses >= TRIES:
                    raise errors.UnreachableError(
                        f"the login host {self._host} cannot be reached or broke off",
                        hint=f"check `{self._client.key}:` and the network, then try again",
                    ) from answer
                self._sleep(0.2 * 2**losses)
            elif answer.is_busy:
                waits += 1
                wait = min(LONGEST_GUESS, 2.0**waits) if answer.wait is None else answer.wait
                if self._clock() + wait > deadline:
                    raise errors.UnreachableError(
                        f"the login host {self._host} mints no token: {self._hushed(answer.text)}",
                        hint="its rate limit is used up; try again in some minutes",
                    )
                self._sleep(wait)
            else:
                token = self._token_of(answer)
                self._minted.append(token)
                return token

    def _request(self) -> "_Answer | requests.RequestException":
        """One request: no redirect, no detour over a proxy for loopback, nothing of `~/.netrc`."""
        session = requests.Session()
        session.trust_env = not address.is_loopback(urlsplit(self._client.token_url))
        for scheme in ("http://", "https://"):
            session.mount(scheme, BoundedAdapter(WHOLE, 1))
        try:
            with session.post(
                self._client.token_url,
                data={"grant_type": "client_credentials"},
                headers={
                    "Accept": "application/json",
                    "User-Agent": f"ccaas-reconciler/{__version__}",
                },
                auth=_Basic(self._client),
                timeout=TIMEOUT,
                allow_redirects=False,
                stream=True,
                verify=self._verify,
            ) as response:
                content = response.raw.read(LARGEST, decode_content=True)
                body = _parsed(content)
                if response.status_code != 200:
                    body = scrubber.of({}, *self.secrets).error_body(body)
                return _Answer(response.status_code, body, dict(response.headers))
        except requests.RequestException as error:
            return error
        except Exception as error:
            if type(error).__module__.partition(".")[0] != "urllib3":
                raise
            return requests.ConnectionError(str(error))
        finally:
            session.close()

    def _token_of(self, answer: "_Answer") -> str:
        text = self._hushed(f"{answer.status} from {self._host}: {answer.text}")
        if 300 <= answer.status < 400:
            raise errors.ImplausibleError(
                f"the login host redirects: {text}", hint=f"correct `{self._client.key}:`"
            )
        if answer.status in (400, 401, 403):
            raise errors.RefusedError(
                f"the login host refuses the client: {text}",
                hint="check the values of the two variables and that the client may use the grant "
                "client_credentials",
            )
        token = answer.body.get("access_token")
        kind = str(answer.body.get("token_type") or "bearer").lower()
        if answer.status != 200 or not isinstance(token, str) or kind != "bearer":
            raise errors.ImplausibleError(
                f"the login host gives no bearer token: {text}",
                hint=f"check `{self._client.key}:`",
            )
        if not address.is_token(token):
            raise errors.ImplausibleError(f"{self._host} gives a token with spaces or odd letters")
        return token

    @property
    def _host(self) -> str:
        return urlsplit(self._client.token_url).netloc

    def _hushed(self, text: str) -> str:
        return scrubber.of({}, *self.secrets).text(text)


class _Basic(requests.auth.AuthBase):
    """An auth object of our own: with one, requests never looks into `~/.netrc`."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Basic {_basic(self._client)}"
        return request


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str]

    @property
    def text(self) -> str:
        """The login host's own words (RFC 6749 section 5.2), bounded."""
        words = [self.body.get(name) for name in ("error", "error_description", "message")]
        return printable(", ".join(str(word) for word in words if word))[:300] or "no detail"

    @property
    def is_busy(self) -> bool:
        """429 and 503, and a 400 that speaks of a rate limit (Genesys Cloud answers so)."""
        if self.status in (429, 503):
            return True
        return self.status == 400 and "rate limit" in self.text.lower()

    @property
    def wait(self) -> float | None:
        lower = {name.lower(): value for name, value in self.headers.items()}
        value = lower.get("retry-after", "").strip()
        return max(0.1, float(value)) if re.fullmatch(r"\d{1,6}", value) else None


def _parsed(content: bytes) -> Mapping[str, Any]:
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _basic(client: Client) -> str:
    return base64.b64encode(f"{client.id}:{client.secret}".encode()).decode()


# --- the environment -----------------------------------------------------------------------------


def credentials(
    token_url: str,
    id_env: str | None,
    secret_env: str | None,
    environ: Mapping[str, str],
    *,
    ca_file: str | None = None,
    key: str = "token_url",
) -> ClientCredentials:
    """The credentials that two variables hold. Raises `SetupError`, before anything is sent."""
    url = address.checked(token_url, key, environ)
    client_id = _value(id_env, "client_id_env", CLIENT_ID, environ)
    if ":" in client_id:
        raise SetupError(f"{id_env} does not hold a client's id", hint="it has a colon")
    secret = _value(secret_env, "client_secret_env", CLIENT_SECRET, environ)
    return ClientCredentials(Client(url, client_id, secret, key), ca_file=ca_file)


def _value(name: str | None, key: str, named: re.Pattern[str], environ: Mapping[str, str]) -> str:
    """The content of a variable whose name is allowed."""
    if not named.match(name or ""):
        shown = f" {name}" if address.SAYABLE.match(name or "") else ""
        prefix = named.pattern.partition("[")[0]
        raise SetupError(
            f"{key}{shown} does not begin with {prefix}",
            hint="it holds the name of a variable; no other one is ever read",
        )
    value = environ.get(name or "", "").strip()
    if not value:
        raise SetupError(f"{name} is not set", hint="export it; the files hold its name only")
    if not address.is_token(value):
        raise SetupError(f"{name} cannot be used", hint="it has spaces or odd characters")
    if named is CLIENT_SECRET:
        address.expect_long(name or "", value)
    return value
