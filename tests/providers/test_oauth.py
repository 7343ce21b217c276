"""Client credentials against a login host that behaves as real ones do, and a tenant behind it."""

import base64
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from reconciler import errors
from reconciler.providers import oauth
from reconciler.providers.rate_limiter import RateLimiter
from reconciler.providers.transport import Transport
from tests.providers import servers
from tests.running import Run

ID, SECRET = "client-7", "not/a+real=secret"
ID_ENV, SECRET_ENV = "RECONCILER_CLIENT_ID_ACME", "RECONCILER_CLIENT_SECRET_ACME"
ENVIRON = {ID_ENV: ID, SECRET_ENV: SECRET}
LIMITED = (400, {"error": "invalid_request", "error_description": "Rate limit exceeded"}, {})
DENIED = (400, {"error": "invalid_client", "error_description": f"{SECRET} is wrong"}, {})
Answer = tuple[int, Any, dict[str, str]]


@dataclass
class Login:
    """A login host and the API behind it, on one port. `answers` come before tokens are minted;
    `good` says which tokens the API takes.
    """

    answers: list[Answer] = field(default_factory=list)
    good: Callable[[str], bool] = lambda token: True
    minted: int = 0
    forms: list[str] = field(default_factory=list)
    seen: list[tuple[str, str]] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    url: str = ""

    def answer(self, path: str, authorization: str, body: str) -> Answer:
        self.seen.append((path, authorization))
        if not path.startswith("/oauth"):
            is_good = self.good(authorization.removeprefix("Bearer "))
            return (200, {"totalResults": 0}, {}) if is_good else (401, {"detail": "expired"}, {})
        self.forms.append(body)
        if self.answers:
            return self.answers.pop(0)
        self.minted += 1
        token = {"access_token": f"minted-{self.minted}", "token_type": "Bearer"}
        return 200, {**token, "expires_in": 86400}, {}

    def credentials(self) -> oauth.ClientCredentials:
        client = oauth.Client(f"{self.url}/oauth/token", ID, SECRET)
        return oauth.ClientCredentials(client, sleep=self.slept.append, clock=self.clock)

    def clock(self) -> float:
        return sum(self.slept)

    def transport(self, *, read_only: bool = False) -> Transport:
        credentials = self.credentials()
        limiter = RateLimiter(clock=self.clock, sleep=self.slept.append)
        return Transport(self.url, credentials, read_only=read_only, limiter=limiter)


@contextmanager
def login(*answers: Answer, good: Callable[[str], bool] = lambda _: True) -> Iterator[Login]:
    host = Login(list(answers), good)
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answered(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            with lock:
                authorization = self.headers.get("Authorization", "")
                status, content, headers = host.answer(self.path, authorization, body)
            sent = content.encode() if isinstance(content, str) else json.dumps(content).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(sent))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(sent)

        do_GET = do_POST = do_PATCH = answered  # noqa: N815  # http.server's names

        def log_message(self, *_arguments: object) -> None:
            """Quiet."""

    with servers.serving(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as url:
        host.url = url
        yield host


def test_a_token_is_minted_once_for_a_run_whatever_the_number_of_threads() -> None:
    with login() as host:
        transport = host.transport()
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: transport.get("/Users"), range(40)))
        assert host.minted == 1
        assert host.forms == ["grant_type=client_credentials"]
        transport.close()


def test_id_and_secret_go_to_the_login_host_alone() -> None:
    basic = f"Basic {base64.b64encode(f'{ID}:{SECRET}'.encode()).decode()}"
    with login() as host:
        transport = host.transport()
        transport.get("/Users")
        transport.send("PATCH", "/Users/1", {})
        assert host.seen == [
            ("/oauth/token", basic),
            ("/Users", "Bearer minted-1"),
            ("/Users/1", "Bearer minted-1"),
        ]
        transport.close()


@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_a_refused_token_is_replaced_once(method: str) -> None:
    with login(good=lambda token: token == "minted-2") as host:
        transport = host.transport()
        got = transport.get("/Users") if method == "GET" else transport.send(method, "/Users/1", {})
        assert (got.status, host.minted) == (200, 2)
        transport.close()


def test_a_token_that_was_accepted_and_expired_is_replaced_again() -> None:
    good = {"minted-2", "minted-3"}
    with login(good=lambda token: token in good) as host:
        transport = host.transport()
        assert transport.get("/Users").status == 200
        good.discard("minted-2")
        assert (transport.get("/Users").status, host.minted) == (200, 3)
        transport.close()


def test_threads_that_are_refused_together_share_the_new_token() -> None:
    with login(good=lambda token: token == "minted-2") as host:
        transport = host.transport()
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda _: transport.get("/Users").status, range(16)))
        assert (found, host.minted) == ([200] * 16, 2)
        transport.close()


def test_a_second_refusal_means_that_nobody_can_tell() -> None:
    with login(good=lambda _: False) as host:
        transport = host.transport()
        with pytest.raises(errors.RefusedError, match="the token is not accepted"):
            transport.get("/Users")
        assert host.minted == 2
        transport.close()


def test_a_write_is_refused_before_any_token_is_minted_where_a_run_only_reads() -> None:
    with login() as host:
        transport = host.transport(read_only=True)
        with pytest.raises(errors.WriteForbiddenError):
            transport.send("PATCH", "/Users/1", {})
        assert host.seen == []
        transport.close()


@pytest.mark.parametrize(
    ("answers", "waits"),
    [
        ([LIMITED], [2.0]),
        ([LIMITED, LIMITED, LIMITED], [2.0, 4.0, 8.0]),
        ([(429, {}, {"Retry-After": "7"})], [7.0]),
        ([(503, {}, {})], [2.0]),
        ([(400, {"error": "invalid_request", "message": "rate limit exceeded"}, {})], [2.0]),
    ],
)
def test_the_login_hosts_own_limit_is_waited_for(
    answers: Sequence[Answer], waits: Sequence[float]
) -> None:
    with login(*answers) as host:
        assert host.credentials().token() == "minted-1"
        assert host.slept == waits


def test_a_limit_that_never_ends_is_not_waited_for_for_ever() -> None:
    with login(*[LIMITED] * 60) as host:
        with pytest.raises(errors.UnreachableError, match="mints no token"):
            host.credentials().token()
        assert sum(host.slept) <= oauth.PATIENCE


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (DENIED, errors.RefusedError, "refuses the client: 400"),
        ((401, {"error": "invalid_client"}, {}), errors.RefusedError, "refuses the client: 401"),
        ((302, {}, {"Location": "http://127.0.0.1:1/"}), errors.ImplausibleError, "redirects"),
        ((200, "<html>", {}), errors.ImplausibleError, "gives no bearer token"),
        ((200, {"access_token": ["x"]}, {}), errors.ImplausibleError, "gives no bearer token"),
        (
            (200, {"access_token": "a", "token_type": "mac"}, {}),
            errors.ImplausibleError,
            "no bearer",
        ),
        ((200, {"access_token": "a b"}, {}), errors.ImplausibleError, "spaces or odd letters"),
        ((500, {}, {}), errors.ImplausibleError, "gives no bearer token: 500"),
    ],
)
def test_what_is_no_token_is_told_in_one_line(
    answer: Answer, kind: type[Exception], words: str
) -> None:
    with login(answer) as host, pytest.raises(kind, match=words) as raised:
        host.credentials().token()
    assert SECRET not in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_login_host_that_is_not_there_is_told() -> None:
    client = oauth.Client("http://127.0.0.1:1/token", ID, SECRET)
    credentials = oauth.ClientCredentials(client, sleep=lambda _: None)
    with pytest.raises(errors.UnreachableError, match="cannot be reached"):
        credentials.token()
    assert SECRET not in repr(client)


@pytest.mark.parametrize(
    ("url", "names", "environ", "words"),
    [
        ("http://login.acme.example/t", (ID_ENV, SECRET_ENV), ENVIRON, "is not https"),
        ("https://u:p@login.acme.example/t", (ID_ENV, SECRET_ENV), ENVIRON, "holds a user name"),
        ("https://login.acme.example/t", ("PATH", SECRET_ENV), ENVIRON, "does not begin with"),
        ("https://login.acme.example/t", (ID_ENV, "HOME"), ENVIRON, "RECONCILER_CLIENT_SECRET"),
        ("https://login.acme.example/t", (ID_ENV, None), ENVIRON, "RECONCILER_CLIENT_SECRET"),
        ("https://login.acme.example/t", (ID_ENV, SECRET_ENV), {ID_ENV: "x"}, "is not set"),
        (
            "https://login.acme.example/t",
            (ID_ENV, SECRET_ENV),
            {**ENVIRON, SECRET_ENV: "a b"},
            "cannot be used",
        ),
        (
            "https://login.acme.example/t",
            (ID_ENV, SECRET_ENV),
            {**ENVIRON, ID_ENV: "a:b"},
            "does not hold a client's id",
        ),
        (
            "https://login.acme.example/t",
            (ID_ENV, SECRET_ENV),
            {**ENVIRON, "RECONCILER_HOSTS": "api.acme.example"},
            "is not in RECONCILER_HOSTS",
        ),
    ],
)
def test_what_the_files_name_is_judged_before_a_secret_is_sent(
    url: str, names: tuple[str, str | None], environ: dict[str, str], words: str
) -> None:
    with pytest.raises(errors.SetupError, match=words) as raised:
        oauth.credentials(url, *names, environ)
    assert SECRET not in str(raised.value)


# --- whole runs ----------------------------------------------------------------------------------

TENANT = """
tenant:
  name: odd
  provider: scim
  url: "{url}"
  token_url: "{url}/oauth/token"
  client_id_env: RECONCILER_CLIENT_ID_ACME
  client_secret_env: RECONCILER_CLIENT_SECRET_ACME
{more}"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "desired-state").mkdir()
    return tmp_path / "desired-state"


def test_a_plan_mints_one_token(folder: Path, run: Run) -> None:
    with login() as host:
        (folder / "tenant.yaml").write_text(TENANT.format(url=host.url, more=""))
        ran = run("plan")
    assert (ran.code, host.minted) == (0, 1), ran.err


def test_both_hosts_must_be_allowed(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with login() as host, login() as other:
        text = TENANT.format(url=host.url, more="").replace(
            f"{host.url}/oauth", f"{other.url}/oauth"
        )
        (folder / "tenant.yaml").write_text(text)
        monkeypatch.setenv("RECONCILER_HOSTS", host.url.removeprefix("http://"))
        assert run("plan").code == 1
        assert host.seen + other.seen == []


def test_a_tenant_that_accepts_no_token_is_exit_7(folder: Path, run: Run) -> None:
    with login(good=lambda _: False) as host:
        (folder / "tenant.yaml").write_text(TENANT.format(url=host.url, more=""))
        ran = run("plan")
    assert (ran.code, host.minted) == (7, 2)
    assert SECRET not in ran.out + ran.err


def test_two_ways_to_get_a_token_are_one_too_many(folder: Path, run: Run) -> None:
    more = "  token_env: RECONCILER_TOKEN_ACME\n"
    (folder / "tenant.yaml").write_text(TENANT.format(url="https://acme.example", more=more))
    ran = run("plan")
    assert ran.code == 1
    assert "token_env and a token_url" in ran.err


@pytest.mark.parametrize(
    ("left_out", "words"),
    [("token_url", "`token_env` or `token_url` is missing"), ("client_id_env", "is missing")],
)
def test_what_is_missing_is_told_at_its_line(
    left_out: str, words: str, folder: Path, run: Run
) -> None:
    lines = TENANT.format(url="https://acme.example", more="").splitlines()
    (folder / "tenant.yaml").write_text("\n".join(x for x in lines if left_out not in x))
    ran = run("validate")
    assert ran.code == 1
    assert words in ran.out + ran.err
