"""Waitress with bounds on slow clients: seconds for headers and body, connections per address.

Waitress reads requests without a thread for each, so that a slow client costs a socket and no
more. It bounds how long a connection may be idle, not how long a request may take to arrive, and
at its limit it stops accepting anybody. Here the oldest connection that has no whole request gives
way instead. What this cannot do (many addresses, TLS, requests that are only costly) belongs to a
server in front; see docs/sandbox.md.
"""

import time
from typing import Any

from waitress.channel import HTTPChannel  # type: ignore[import-untyped]  # waitress has no types
from waitress.server import TcpWSGIServer  # type: ignore[import-untyped]  # the same

HEADER_SECONDS = 10
"""From connecting, or from the first byte of a request, to the end of its headers."""
BODY_SECONDS = 30
"""To the end of its body."""
IDLE_SECONDS = 60
"""Between two requests, and for a client that does not read its answer."""
MOST = 400
"""Connections at once. Each may need two files, of 1,024 that a process usually may open."""
MOST_OF_ADDRESS = 200
SETTINGS = {
    "channel_timeout": IDLE_SECONDS,
    "cleanup_interval": 1,
    "connection_limit": 2 * MOST,  # never reached: the oldest gives way before
    "clear_untrusted_proxy_headers": True,
}


class Channel(HTTPChannel):  # type: ignore[misc]  # waitress has no types
    """A connection that knows since when its present request is arriving."""

    begun_at: float | None = None

    def received(self, data: bytes) -> Any:
        if self.request is None:
            self.begun_at = time.time()
        result = super().received(data)
        if self.request is None:
            self.begun_at = None
        return result

    @property
    def is_waiting(self) -> bool:
        """Whether no whole request is here or being answered."""
        return not self.requests and not self.total_outbufs_len

    def is_late(self, now: float) -> bool:
        if not self.is_waiting:
            return False
        if self.request is not None:
            seconds = BODY_SECONDS if self.request.headers_finished else HEADER_SECONDS
            return bool(now - (self.begun_at or now) > seconds)
        has_never_asked = self.last_activity == self.creation_time
        return bool(has_never_asked and now - self.creation_time > HEADER_SECONDS)


class Server(TcpWSGIServer):  # type: ignore[misc]  # waitress has no types
    """Closes what is late, and makes room for a new connection where there is none."""

    channel_class = Channel

    def accept(self) -> Any:
        accepted = super().accept()
        if accepted is not None:
            address = accepted[1][0]
            channels = list(self.active_channels.values())
            if len(channels) >= MOST:
                _close_oldest(channels)
            elif sum(channel.addr[0] == address for channel in channels) >= MOST_OF_ADDRESS:
                _close_oldest([channel for channel in channels if channel.addr[0] == address])
        return accepted

    def maintenance(self, now: float) -> None:
        super().maintenance(now)
        for channel in self.active_channels.values():
            if channel.is_late(now):
                channel.will_close = True


def _close_oldest(channels: list[Channel]) -> None:
    """The one that has kept us waiting longest; nobody whose request is being answered."""
    waiting = [channel for channel in channels if channel.is_waiting]
    if waiting:
        min(waiting, key=lambda channel: channel.begun_at or channel.creation_time).handle_close()
