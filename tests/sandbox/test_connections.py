"""Slow clients: bounded in time and number, and nobody else waits for them."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.task import ThreadedTaskDispatcher

from reconciler import sandbox
from reconciler.sandbox import connections
from reconciler.sandbox.connections import BODY_SECONDS, HEADER_SECONDS, IDLE_SECONDS, Server
from tests.sandbox.tenant import Client

HALF = b"GET /scim/v2/Users HTTP/1.1\r\nHost: slow\r\nX-Slow: "
BODY = b"POST / HTTP/1.1\r\nHost: slow\r\nContent-Length: 10\r\n\r\nabc"
WHOLE = b"GET / HTTP/1.1\r\nHost: slow\r\n\r\n"


@contextmanager
def quiet() -> Iterator[Server]:
    """A server whose loop turns only when it is told to; no thread answers."""
    bound = socket.create_server(("127.0.0.1", 0))
    with bound:
        server = Server(
            lambda _environ, _start: [b""],
            _sock=bound,
            dispatcher=ThreadedTaskDispatcher(),
            adj=Adjustments(sockets=[bound], **connections.SETTINGS),
            sockinfo=(bound.family, bound.type, bound.proto, bound.getsockname()),
            bind_socket=False,
        )
        try:
            yield server
        finally:
            wasyncore.close_all(server._map, ignore_all=True)


def turn(server: Server) -> None:
    wasyncore.loop(0.2, use_poll=True, map=server._map, count=1)


@contextmanager
def connected(server: Server, sent: bytes) -> Iterator[socket.socket]:
    """A client that has sent this, and the server has read it."""
    port = int(server.effective_port)
    with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        client.sendall(sent)
        for _ in range(4 if sent else 2):
            turn(server)
        yield client


@pytest.mark.parametrize(
    ("sent", "seconds"), [(b"", HEADER_SECONDS), (HALF, HEADER_SECONDS), (BODY, BODY_SECONDS)]
)
def test_a_request_has_so_many_seconds_to_arrive(sent: bytes, seconds: int) -> None:
    with quiet() as server, connected(server, sent) as client:
        now = time.time()
        server.maintenance(now + seconds - 2)
        turn(server)
        assert len(server.active_channels) == 1
        server.maintenance(now + seconds + 2)
        turn(server)
        assert server.active_channels == {}
        assert client.recv(1) == b""


def test_dripping_wins_no_time() -> None:
    with quiet() as server, connected(server, HALF) as client:
        (channel,) = server.active_channels.values()
        channel.begun_at -= HEADER_SECONDS + 2
        client.sendall(b"x")
        turn(server)
        server.maintenance(time.time())
        turn(server)
        assert server.active_channels == {}


def test_who_is_being_answered_is_not_late() -> None:
    with quiet() as server, connected(server, WHOLE):
        server.maintenance(time.time() + IDLE_SECONDS + BODY_SECONDS)
        turn(server)
        assert len(server.active_channels) == 1


def test_one_address_with_too_many_loses_its_oldest() -> None:
    most = connections.MOST_OF_ADDRESS
    with ExitStack() as opened, sandbox.start() as running:
        slow = []
        for _ in range(most + 30):
            client = socket.create_connection(("127.0.0.1", running.port), timeout=5)
            slow.append(opened.enter_context(client))
            client.sendall(HALF)
        assert Client(running).get("/Users")["totalResults"] == 0
        assert slow[0].recv(1) == b""
