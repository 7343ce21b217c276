"""HTTP as it goes wrong: what is retried, what is bounded, what is lost, and what is never sent."""

import gzip
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from reconciler import errors
from reconciler.providers import transport as transports
from reconciler.providers.rate_limiter import RateLimiter
from reconciler.providers.retry import Waiting
from reconciler.providers.transport import Limits, Transport
from tests.providers import servers
from tests.providers.clock import Clock
from tests.providers.doors import transport

Answer = tuple[int, dict[str, str], bytes]
OK: Answer = (200, {}, b'{"id": "1"}')


@contextmanager
def answering(*answers: Answer, **how: Any) -> Iterator[tuple[Transport, list[tuple[str, Any]]]]:
    """A tenant that gives these answers, the last one for ever; and the requests it got."""
    seen: list[tuple[str, Any]] = []
    left = list(answers)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answered(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            seen.append((self.command, dict(self.headers)))
            status, headers, body = left.pop(0) if len(left) > 1 else left[0]
            self.send_response(status)
            usual = {"Content-Length": str(len(body)), "Connection": "close"}
            for name, value in {**usual, **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
            self.close_connection = True

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answered  # noqa: N815  # http.server's names

        def log_message(self, *_arguments: object) -> None:
            """Quiet."""

    with servers.serving(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as url:
        door = transport(url, **how)
        try:
            yield door, seen
        finally:
            door.close()


@contextmanager
def speaking(speak: Callable[[socket.socket], None]) -> Iterator[str]:
    """A socket that says what it likes to whoever has sent a request."""
    listening = socket.create_server(("127.0.0.1", 0))
    threads: list[threading.Thread] = []

    def talk(client: socket.socket) -> None:
        with client:
            try:
                client.recv(65536)
                speak(client)
            except OSError:
                return

    def accept() -> None:
        while True:
            try:
                client, _ = listening.accept()
            except OSError:
                return
            threads.append(threading.Thread(target=talk, args=(client,)))
            threads[-1].start()

    accepting = threading.Thread(target=accept)
    accepting.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        for thread in (accepting, *threads):
            thread.join()


def unused_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


# --- never sent ----------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "post"])
def test_a_transport_for_reading_sends_no_write(method: str) -> None:
    with answering(OK, read_only=True) as (door, seen):
        with pytest.raises(errors.WriteForbiddenError):
            door.send(method, "/Users", {"userName": "x"})
        assert seen == []
        assert door.requests == 0
        assert door.get("/Users").status == 200


@pytest.mark.parametrize("path", ["/users", "/users/search/", "/users/search?x=1", "/Users/Search"])
def test_a_read_by_post_is_let_through_by_its_exact_path_alone(path: str) -> None:
    with answering(OK, read_only=True, reads_by_post=frozenset({"/users/search"})) as (door, seen):
        for send in (door.ask, lambda path, body: door.send("POST", path, body)):
            with pytest.raises(errors.WriteForbiddenError):
                send(path, {})
        assert seen == []
        assert door.ask("/users/search", {}).status == 200
        with pytest.raises(errors.WriteForbiddenError):
            door.send("PUT", "/users/search", {})


def test_a_token_is_in_no_word_that_we_say() -> None:
    echo = json.dumps({"detail": f"unknown token {servers.TOKEN}"}).encode()
    refused: Answer = (403, {"X-Request-Id": f"id-{servers.TOKEN}"}, echo)
    with answering(refused) as (door, _):
        with pytest.raises(errors.RefusedError) as read:
            door.get("/Users")
        with pytest.raises(errors.RequestError) as written:
            door.send("DELETE", "/Users/1")
        for said in (read.value, written.value):
            assert "unknown token (secret)" in str(said)
            assert servers.TOKEN not in f"{said!r} {said} {said.hint} {said.__cause__!r}"
        assert servers.TOKEN not in repr(door) + repr(vars(door)["_session"].auth)


# --- reads ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [429, 503, 500, 502, 504])
def test_a_read_is_tried_again(status: int) -> None:
    clock = Clock()
    limiter = RateLimiter(clock=clock, sleep=clock.sleep)
    with answering((status, {}, b""), OK, limiter=limiter) as (door, seen):
        assert door.get("/Users").body == {"id": "1"}
        assert len(seen) == door.requests == 2
        assert sum(clock.slept) > 0


def test_a_read_waits_as_long_as_it_is_told() -> None:
    clock = Clock()
    busy: Answer = (429, {"Retry-After": "7"}, b"")
    with answering(busy, OK, limiter=RateLimiter(clock=clock, sleep=clock.sleep)) as (door, _):
        door.get("/Users")
        assert 7 <= clock.now - 100 < 7.5


def test_a_read_that_is_told_to_wait_for_an_hour_gives_up_at_once() -> None:
    clock = Clock()
    busy: Answer = (429, {"Retry-After": "3600"}, b"")
    with answering(busy, limiter=RateLimiter(clock=clock, sleep=clock.sleep)) as (door, seen):
        with pytest.raises(errors.UnreachableError, match="wait 3600 seconds"):
            door.get("/Users")
        assert len(seen) == 1


@pytest.mark.parametrize(("status", "tries"), [(500, 3), (429, 12)])
def test_the_tries_of_a_read_are_bounded(status: int, tries: int) -> None:
    clock = Clock()
    limiter = RateLimiter(clock=clock, sleep=clock.sleep)
    with answering((status, {"Retry-After": "0"}, b""), limiter=limiter) as (door, seen):
        with pytest.raises(errors.UnreachableError, match=f"{status} from /Users"):
            door.get("/Users")
        assert len(seen) == tries


@pytest.mark.parametrize(
    ("status", "meaning"), [(429, "too many requests"), (503, "not available")]
)
@pytest.mark.parametrize("wait", ["0", "-5", "inf", "1", "40", "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_a_tenant_that_only_refuses_is_given_up_within_a_minute(
    status: int, meaning: str, wait: str
) -> None:
    clock = Clock()
    announced: list[Waiting] = []
    limiter = RateLimiter(clock=clock, sleep=clock.sleep, on_wait=announced.append)
    with answering((status, {"Retry-After": wait}, b""), limiter=limiter, limits=Limits()) as (
        door,
        seen,
    ):
        text = rf"nothing but {status} \({meaning}\), \d+ tries in \d+ seconds"
        with pytest.raises(errors.BusyError, match=text):
            door.get("/Users")
    assert clock.now - 100 <= Limits().wait
    assert len(seen) == len(announced) <= 12


@pytest.mark.parametrize("status", [400, 404, 405, 501])
def test_a_clear_no_is_an_answer(status: int) -> None:
    with answering((status, {}, b"<html>")) as (door, seen):
        assert door.get("/Schemas").status == status
        assert len(seen) == 1


def test_an_answer_that_broke_off_names_status_and_request() -> None:
    cut: Answer = (200, {"Content-Length": "500", "X-Request-Id": "abc-1"}, b'{"id"')
    with (
        answering(cut) as (door, seen),
        pytest.raises(errors.ImplausibleError, match=r"request abc-1.*status 200"),
    ):
        door.get("/Users")
    assert len(seen) == 3


def test_an_answer_without_end_is_bounded() -> None:
    bomb = gzip.compress(b" " * (transports.LARGEST + 1), 9)
    assert len(bomb) < 200_000
    with (
        answering((200, {"Content-Encoding": "gzip"}, bomb)) as (door, seen),
        pytest.raises(errors.ImplausibleError, match="without end"),
    ):
        door.get("/Users")
    assert len(seen) == 1


DROPS: dict[str, Callable[[socket.socket], None]] = {
    "headers": lambda client: drip(client, b"HTTP/1.1 200 OK\r\nX-Slow: "),
    "body": lambda client: drip(client, b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"),
    "chunks": lambda client: drip(client, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
}


def drip(client: socket.socket, start: bytes) -> None:
    client.sendall(start)
    while True:
        client.sendall(b"1")
        client.settimeout(0.02)
        try:
            if not client.recv(1):
                return
        except TimeoutError:
            continue


@pytest.mark.parametrize("name", DROPS)
def test_a_tenant_that_drips_ends(name: str) -> None:
    limits = Limits(connect=1, read=0.2, whole=0.3)
    with speaking(DROPS[name]) as url:
        door = transport(url, limits=limits)
        started = time.monotonic()
        with pytest.raises(errors.CannotTellError, match="time"):
            door.get("/Users")
        door.close()
    assert time.monotonic() - started < 5


def test_after_a_slow_answer_the_connection_is_as_patient_as_before() -> None:
    with servers.plain() as tenant:
        door = transport(tenant.url)
        for _ in range(3):
            assert door.get("/Users").status == 200
        pools = door._session.get_adapter(tenant.url).poolmanager.pools  # type: ignore[attr-defined]  # the adapter's
        (key,) = pools.keys()
        connection = pools[key].pool.get()
        assert connection.sock.gettimeout() == 10
        connection.close()
        door.close()


# --- writes --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, errors.RequestError),
        (401, errors.RequestError),
        (404, errors.RequestError),
        (409, errors.ConflictError),
        (412, errors.PreconditionFailedError),
        (429, errors.RateLimitedError),
        (503, errors.RateLimitedError),
        (501, errors.RequestError),
        (307, errors.RequestError),
        (408, errors.LostAnswerError),
        (500, errors.LostAnswerError),
        (502, errors.LostAnswerError),
        (504, errors.LostAnswerError),
    ],
)
def test_a_write_is_sent_once_and_says_what_became_of_it(
    status: int, kind: type[errors.RequestError]
) -> None:
    body = json.dumps({"scimType": "uniqueness", "detail": "4001 is\x1b[31m taken"}).encode()
    headers = {"X-Request-Id": "abc-1", "Location": "http://127.0.0.1:1/"}
    with answering((status, headers, body)) as (door, seen):
        with pytest.raises(errors.RequestError) as raised:
            door.send("PATCH", "/Users/1", {})
        assert type(raised.value) is kind
        assert raised.value.status == status
        assert raised.value.request_id == "abc-1"
        assert "uniqueness, 4001 is [31m taken" in str(raised.value)
        assert len(seen) == 1


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [({"Retry-After": "7"}, 7), ({"X-RateLimit-Reset": "9"}, 9), ({}, 0.25)],
)
def test_a_busy_tenant_says_how_long_to_wait(headers: dict[str, str], seconds: float) -> None:
    with answering((429, headers, b"<html>busy</html>")) as (door, _):
        with pytest.raises(errors.RateLimitedError) as raised:
            door.send("DELETE", "/Users/1")
        assert raised.value.retry_after == pytest.approx(seconds)
        assert raised.value.is_stated is bool(headers)
        assert door.limiter.held > 0


def test_a_write_is_not_sent_while_the_tenant_wants_nothing() -> None:
    clock = Clock()
    limiter = RateLimiter(clock=clock, sleep=clock.sleep)
    busy: Answer = (429, {"Retry-After": "3600"}, b"")
    with answering(busy, OK, limiter=limiter) as (door, seen):
        for _ in range(2):
            with pytest.raises(errors.RateLimitedError) as raised:
                door.send("DELETE", "/Users/1")
            assert raised.value.retry_after == pytest.approx(3600)
        assert len(seen) == 1


@pytest.mark.parametrize(
    "answer",
    [
        (200, {}, b"<html>"),
        (201, {"Content-Length": "500"}, b'{"id"'),
        (200, {}, b'{"id": NaN}'),
        (200, {}, b"[" * 100_000),
    ],
)
def test_a_write_without_a_usable_answer_may_have_been_done(answer: Answer) -> None:
    with answering(answer) as (door, seen), pytest.raises(errors.LostAnswerError) as raised:
        door.send("PATCH", "/Users/1", {})
    assert raised.value.status == answer[0]
    assert len(seen) == 1


def test_a_write_whose_connection_is_dropped_may_have_been_done() -> None:
    with speaking(lambda _: None) as url:
        door = transport(url)
        with pytest.raises(errors.LostAnswerError):
            door.send("PATCH", "/Users/1", {})
        door.close()


def test_a_write_that_is_not_answered_in_time_may_have_been_done() -> None:
    done = threading.Event()
    with speaking(lambda _: bool(done.wait(5)) or None) as url:  # type: ignore[func-returns-value]  # waits
        door = transport(url, limits=Limits(connect=1, read=0.1, whole=1))
        with pytest.raises(errors.LostAnswerError, match="in time"):
            door.send("PATCH", "/Users/1", {})
        done.set()
        door.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "no-such-host.invalid"])
def test_a_write_that_never_left_was_not_done(host: str) -> None:
    door = transport(f"http://{host}:{unused_port()}")
    with pytest.raises(errors.RequestError) as raised:
        door.send("PATCH", "/Users/1", {})
    assert not isinstance(raised.value, errors.LostAnswerError)
    assert raised.value.status is None
    door.close()


def test_odd_letters_and_content_types_travel() -> None:
    with answering(OK) as (door, seen):
        door.send("POST", "/Users", {"userName": "Zoë \ud800 😀"})
        _, headers = seen[0]
        assert headers["Content-Type"] == "application/scim+json"
        assert headers["Accept"] == "application/scim+json, application/json"
        assert headers["User-Agent"].startswith("ccaas-reconciler/")


# --- environment ---------------------------------------------------------------------------------


def test_a_ca_file_that_cannot_be_used_is_our_own_fault(tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("no certificate\n")
    for place in (tmp_path / "none.pem", empty):
        with pytest.raises(errors.SetupError, match="ca_file"):
            transport("https://127.0.0.1:1", ca_file=str(place))


def test_a_bundle_of_the_environment_does_not_replace_the_ca_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = Path(ssl.get_default_verify_paths().cafile or "")
    if not bundle.is_file():
        pytest.skip("this machine has no bundle of certificates to take for one")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "none.pem"))
    monkeypatch.setenv("NO_PROXY", "*")
    door = transport(f"https://tenant.invalid:{unused_port()}", ca_file=str(bundle))
    with pytest.raises(errors.UnreachableError, match="cannot be reached"):
        door.get("/Users")
    door.close()
