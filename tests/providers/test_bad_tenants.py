"""A tenant that does not answer as it should: one clear line, exit 7 or 1, and no write."""

import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from reconciler import errors
from reconciler.providers.rate_limiter import RateLimiter
from reconciler.providers.transport import Limits, Transport
from tests.providers import servers
from tests.running import Run

TEAM = """
tenant: {{name: bad, provider: scim, url: "{url}", token_env: {variable}{more}}}
agents: [{{name: Ana Diaz, email: ana@acme.example, extension: 4001}}]
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RECONCILER_TOKEN_BAD", servers.TOKEN)
    monkeypatch.delenv("RECONCILER_HOSTS", raising=False)
    (tmp_path / "desired-state").mkdir()
    return tmp_path


def team(here: Path, url: str, *, variable: str = "RECONCILER_TOKEN_BAD", more: str = "") -> None:
    text = TEAM.format(url=url, variable=variable, more=more)
    (here / "desired-state/team.yaml").write_text(text)


Answer = tuple[int, dict[str, str], bytes]


@contextmanager
def answering(answer: Callable[[str], Answer]) -> Iterator[tuple[str, list[str]]]:
    """A server that answers every request alike, and the requests it got."""
    seen: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def answered(self) -> None:
            seen.append(f"{self.command} {self.path} {self.headers.get('Authorization')}")
            status, headers, body = answer(self.path)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answered  # noqa: N815  # http.server's names

        def log_message(self, *_arguments: object) -> None:
            """Quiet."""

    with servers.serving(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as url:
        yield url, seen


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((401, {}, b'{"detail": "no"}'), "token is not accepted"),
        ((403, {}, b"{}"), "may not read"),
        ((200, {"Content-Type": "text/html"}, b"<html>Sign in</html>"), "HTML"),
        ((302, {"Location": "https://elsewhere.example/"}, b""), "redirects"),
        ((200, {"Content-Length": "5000"}, b'{"Resources": ['), "broke off"),
        ((200, {}, b'{"totalResults": NaN}'), "not JSON"),
        ((200, {}, b"[" * 100_000), "not JSON"),
    ],
)
def test_an_answer_that_tells_nothing_is_exit_7(
    answer: Answer, said: str, here: Path, run: Run
) -> None:
    with answering(lambda _path: answer) as (url, seen):
        team(here, url)
        ran = run("plan")
    assert ran.code == 7
    assert said in ran.err
    assert len(ran.err.splitlines()) == 1
    assert servers.TOKEN not in ran.err
    assert all(request.startswith("GET ") for request in seen)


def test_a_redirect_is_not_followed(here: Path, run: Run) -> None:
    with answering(lambda _path: (200, {}, b"{}")) as (elsewhere, got):
        moved = (307, {"Location": f"{elsewhere}/scim"}, b"")
        with answering(lambda _path: moved) as (url, _):
            team(here, url)
            assert run("plan").code == 7
        assert got == []


def test_a_tenant_that_is_down_is_exit_7(here: Path, run: Run) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        team(here, f"http://127.0.0.1:{unused.getsockname()[1]}")
        ran = run("plan")
    assert ran.code == 7
    assert "cannot be reached" in ran.err


def test_a_tenant_that_never_answers_ends_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        transport = Transport(
            f"http://127.0.0.1:{port}",
            "token",
            read_only=True,
            limits=Limits(connect=0.2, read=0.05, whole=0.5),
            limiter=RateLimiter(sleep=lambda _seconds: None),
        )
        with pytest.raises(errors.UnreachableError, match="did not answer in time"):
            transport.get("Users")
        transport.close()


@pytest.mark.parametrize(
    ("url", "variable", "said"),
    [
        ("http://tenant.example/scim", "RECONCILER_TOKEN_BAD", "is not https"),
        ("https://u:p@tenant.example", "RECONCILER_TOKEN_BAD", "user name"),
        ("https://tenant.example", "RECONCILER_TOKEN_NONE", "is not set"),
        ("https://tenant.example", "AWS_SECRET_ACCESS_KEY", "RECONCILER_TOKEN"),
    ],
)
def test_what_is_wrong_on_this_side_is_exit_1(
    url: str, variable: str, said: str, here: Path, run: Run
) -> None:
    team(here, url, variable=variable)
    ran = run("plan")
    assert ran.code == 1
    assert said in ran.err
    assert "Traceback" not in ran.err


def test_a_host_that_is_not_listed_gets_nothing(
    here: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECONCILER_HOSTS", "tenant.example, other.example:8443")
    with answering(lambda _path: (200, {}, b"{}")) as (url, seen):
        team(here, url)
        ran = run("plan")
        assert ran.code == 1
        assert "RECONCILER_HOSTS" in ran.err
        assert seen == []


def test_netrc_does_not_replace_the_token(
    here: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = here / ".netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("HOME", str(here))
    monkeypatch.setenv("NETRC", str(netrc))
    with answering(lambda _path: (403, {}, b"{}")) as (url, seen):
        team(here, url)
        run("plan")
    assert seen
    assert all(request.endswith(f"Bearer {servers.TOKEN}") for request in seen)


def test_a_proxy_variable_does_not_get_a_loopback_token(
    here: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with answering(lambda _path: (200, {}, b"{}")) as (proxy, got):
        monkeypatch.setenv("http_proxy", proxy)
        monkeypatch.setenv("no_proxy", "")
        with answering(lambda _path: (403, {}, b"{}")) as (url, seen):
            team(here, url)
            run("plan")
        assert seen
        assert got == []


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1, made for this run; key and certificate in one."""
    place = tmp_path_factory.mktemp("tls") / "both.pem"
    key = place.with_name("key.pem")
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", str(key), "-out", str(place)),
        ],
        check=True,
        capture_output=True,
    )
    place.write_text(place.read_text() + key.read_text())
    return place


@contextmanager
def over_tls(certificate: Path) -> Iterator[str]:
    with servers.plain() as tenant:
        port = int(tenant.url.rpartition(":")[2])
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        with socket.create_server(("127.0.0.1", 0)) as listening:
            stop = threading.Event()
            listening.settimeout(0.05)
            thread = threading.Thread(target=_relay, args=(listening, context, port, stop))
            thread.start()
            try:
                yield f"https://127.0.0.1:{listening.getsockname()[1]}"
            finally:
                stop.set()
                thread.join()


def _relay(
    listening: socket.socket, context: ssl.SSLContext, port: int, stop: threading.Event
) -> None:
    """Takes TLS off and hands each connection on; one thread a direction."""
    threads = []
    while not stop.is_set():
        try:
            raw, _ = listening.accept()
            raw.settimeout(5)
            client = context.wrap_socket(raw, server_side=True)
        except OSError:
            continue
        behind = socket.create_connection(("127.0.0.1", port))
        for one, other in ((client, behind), (behind, client)):
            threads.append(threading.Thread(target=_copy, args=(one, other)))
            threads[-1].start()
    for thread in threads:
        thread.join()


def _copy(one: socket.socket, other: socket.socket) -> None:
    try:
        while part := one.recv(65536):
            other.sendall(part)
    except OSError:
        pass
    finally:
        for end in (one, other):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
        one.close()


def test_a_certificate_nobody_trusts_is_exit_7(here: Path, run: Run, certificate: Path) -> None:
    with over_tls(certificate) as url:
        team(here, url)
        ran = run("plan")
        assert ran.code == 7
        assert "certificate" in ran.err
        team(here, url, more=f", ca_file: {certificate}")
        assert run("plan").code == 0
