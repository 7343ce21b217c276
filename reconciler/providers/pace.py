"""One pace for all workers: a token bucket that the tenant's answers steer.

It starts without a limit. The first 429 or 503 sets the rate to half of what was being sent; every
further one halves it, at most once a second; each answered request gives a little back. While the
tenant said "wait", nobody sends. Pure arithmetic over an injected clock; safe to share by threads.
"""

import threading
import time
from collections import deque
from collections.abc import Callable

SLOWEST = 0.2
"""Requests a second below which the pace never falls."""
WINDOW = 5.0
"""Seconds over which the present rate is measured."""


class Pace:
    """`take()` waits until the next request may be sent; `slow()` and `ease()` take the answers."""

    def __init__(
        self,
        rate: float | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._rate, self._ceiling = rate, rate
        self._clock, self._sleep = clock, sleep
        self._lock = threading.Lock()
        self._next = self._slowed = clock()
        self._sent: deque[float] = deque(maxlen=4096)

    @property
    def rate(self) -> float | None:
        """Requests a second; None while there is no limit."""
        return self._rate

    def take(self) -> None:
        """Returns when the next request may be sent."""
        while True:
            with self._lock:
                now = self._clock()
                wait = self._next - now
                if wait <= 0:
                    self._sent.append(now)
                    if self._rate:
                        self._next = max(self._next, now - 1 / self._rate) + 1 / self._rate
                    return
            self._sleep(wait)

    def slow(self, retry_after: float | None) -> None:
        """The tenant said 429 or 503: nobody sends for `retry_after` seconds, then more slowly."""
        with self._lock:
            now = self._clock()
            if self._rate is None or now - self._slowed >= 1:
                self._ceiling = self._measured(now)
                self._rate = max(SLOWEST, (self._rate or self._ceiling) / 2)
                self._rate = max(self._rate, min(self._ceiling, self._rate * 2) * 0.5)
                self._slowed = now
            self._next = max(self._next, now + (retry_after or 1 / self._rate))

    def ease(self) -> None:
        """A request was answered: up by a hundredth, more slowly near the last refusal."""
        with self._lock:
            if self._rate is None:
                return
            near = self._ceiling is not None and self._rate >= self._ceiling * 0.9
            self._rate *= 1.0005 if near else 1.01

    def _measured(self, now: float) -> float:
        recent = [moment for moment in self._sent if now - moment <= WINDOW]
        span = now - recent[0] if len(recent) > 1 else 0
        return max(SLOWEST, (len(recent) - 1) / span) if span > 0 else self._rate or 10.0
