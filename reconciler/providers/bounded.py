"""A session whose answers end: a bound on the whole of an answer, drop by drop.

The time-out of requests starts anew with every byte; a tenant that sends one byte a minute would
hold us for ever. Here every look at the socket, for headers and body alike, gets what is left of
the whole.
"""

import io
import socket
import time
from http.client import HTTPResponse
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


class Bearer(AuthBase):
    """An auth object of our own: with one, requests never looks into `~/.netrc`.

    A service may want the token alone in a header of its own.
    """

    def __init__(self, token: str, header: str = "Authorization") -> None:
        self._value = f"Bearer {token}" if header == "Authorization" else token
        self._header = header

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers[self._header] = self._value
        return request


class BoundedAdapter(HTTPAdapter):
    """Connections whose answers take at most `whole` seconds."""

    def __init__(self, whole: float, connections: int) -> None:
        self._pools = _pools(whole)
        super().__init__(pool_connections=2, pool_maxsize=connections, max_retries=0)

    def init_poolmanager(self, *arguments: Any, **keywords: Any) -> None:
        super().init_poolmanager(*arguments, **keywords)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: str, **keywords: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **keywords)
        manager.pool_classes_by_scheme = self._pools
        return manager


def _pools(whole: float) -> dict[str, Any]:
    def respond(_connection: object, sock: socket.socket, **how: Any) -> HTTPResponse:
        return _BoundedResponse(sock, whole, **how)

    def bounded(pool: Any) -> Any:
        connection = type("Connection", (pool.ConnectionCls,), {"response_class": respond})
        return type("Pool", (pool,), {"ConnectionCls": connection})

    return {"http": bounded(HTTPConnectionPool), "https": bounded(HTTPSConnectionPool)}


class _BoundedResponse(HTTPResponse):
    def __init__(self, sock: socket.socket, whole: float, **how: Any) -> None:
        super().__init__(sock, **how)
        raw: Any = self.fp
        self.fp = io.BufferedReader(_Drops(raw.detach(), sock, whole))


class _Drops(io.RawIOBase):
    """The socket as a file, each read of which waits no longer than what is left."""

    def __init__(self, inner: Any, sock: socket.socket, whole: float) -> None:
        self._inner, self._sock = inner, sock
        self._pause = sock.gettimeout() or whole
        self._deadline = time.monotonic() + whole

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer as a whole took too long")
        self._sock.settimeout(min(self._pause, left))
        count: int | None = self._inner.readinto(buffer)
        return count

    def close(self) -> None:
        if not self.closed and self._sock.fileno() >= 0:
            self._sock.settimeout(self._pause)
        self._inner.close()
        super().close()
