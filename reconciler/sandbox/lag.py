"""Reads that lag behind: the tenant as it was some seconds ago, exactly.

Before each write a snapshot is taken. The state of `seconds` ago is then the oldest snapshot that
is younger than that, or the present if there is none. Snapshots closer together than a 32nd part
of the lag are taken as one, so there are never many of them.
"""

import threading
import time
from collections import deque
from collections.abc import Callable

from reconciler.sandbox.database import Database, Snapshot

_PARTS = 32


class Lag:
    """The snapshots of one lag. Closing it forgets them."""

    def __init__(
        self, database: Database, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._taken: deque[tuple[float, Snapshot]] = deque()

    def before_write(self) -> None:
        """To be told of every write before it is done."""
        if not self._seconds:
            return
        with self._lock:
            now = self._clock()
            self._forget(now)
            if not self._taken or now - self._taken[-1][0] >= self._seconds / _PARTS:
                self._taken.append((now, self._database.snapshot()))

    def seen(self) -> Snapshot | None:
        """What a read sees now; None for the present."""
        with self._lock:
            self._forget(self._clock())
            return self._taken[0][1] if self._taken else None

    def close(self) -> None:
        with self._lock:
            while self._taken:
                self._taken.popleft()[1].close()

    def _forget(self, now: float) -> None:
        while self._taken and now - self._taken[0][0] >= self._seconds:
            self._taken.popleft()[1].close()
