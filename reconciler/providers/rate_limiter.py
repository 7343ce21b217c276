"""One rate limiter for all workers, reads and writes alike: a token bucket steered by the answers.

It starts without a limit. The first 429 or 503 shows what the tenant allows: as many requests as it
took in the second before. The rate halves, is back at 95 % of that a second later, stays there for
four minutes, and only then grows: a refusal costs more than a second, and what there is to win is
the rest of the limit. A limit that the tenant names is kept to from the start. While the tenant
asks to wait, nobody sends.

A tenant that refuses at random is told from one with a limit by what it took since the refusal
before: the rate does not fall below that.

Pure arithmetic over an injected clock; safe to share by threads.
"""

import math
import threading
import time
from collections import deque
from collections.abc import Callable

from reconciler.providers.rate_limit_headers import NOTHING, RateLimitHeaders
from reconciler.providers.retry import Waiting, delay

SLOWEST = 5.0
"""Requests a second that refusals alone never prove too many: a slower tenant says how long to
wait, and the backoff waits where it does not. Below, a tenant that refuses at random would be
taken for one with an ever lower limit.
"""
UNPROVEN = 20.0
"""What the first refusal is taken to allow at least. Fewer requests than that in the second before
say little: others may have used the tenant up, so the rate then doubles until the next refusal.
"""
DOUBLING = 2.0
"""Seconds in which a rate that proves nothing doubles."""
SHARE = 0.95
RAMP = 1.0
"""Seconds from half of the limit to 95 % of it."""
STAY = 240.0
"""Seconds at 95 % of the limit before more is tried."""
BURST = 0.03
"""Seconds' worth of requests, besides one, that may follow each other at once: threads wake late,
and what they were late for is made up. Never so many that a second could hold more than the limit.
"""
SLACK = 0.12
"""The same for a limit so low that a whole request would be too much."""
NEARLY_ONE = 1 - 1e-9
"""Short of one token by what rounding takes."""


class RateLimiter:
    """`take` gives leave to send; `accepted` or `refused` record what came of it.

    `interval`: at least so many seconds from one request to the next, whatever the answers allow.
    `on_wait` is called whenever the tenant begins to refuse, by the thread that was refused.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        interval: float = 0.0,
        on_wait: Callable[[Waiting], None] | None = None,
    ) -> None:
        self.clock, self._sleep, self._on_wait = clock, sleep, on_wait
        self._most = 1 / interval if interval else math.inf
        self._lock = threading.Lock()
        self._limit: float | None = None
        self._event = self._event_before = self._held_until = -math.inf
        self._resumed = self._filled = clock()
        self._tokens = 1.0
        self._in_a_row = self._pauses = 0
        self._counted: float | None = None
        self._refused = -math.inf
        self._is_stated = False
        self._taken: deque[float] = deque(maxlen=4096)

    @property
    def rate(self) -> float | None:
        """Requests a second just now; None while no limit is known."""
        with self._lock:
            return self._rate(self.clock())

    @property
    def held(self) -> float:
        """Seconds for which the tenant still wants nobody to send."""
        with self._lock:
            return max(0.0, self._held_until - self.clock())

    @property
    def is_stated(self) -> bool:
        """Whether the tenant itself said how long the present pause lasts."""
        return self._is_stated

    def pause(self, seconds: float) -> None:
        """Sleep before another try; the only other sleep is in `take`."""
        self._sleep(seconds)

    def take(self, patience: float = math.inf) -> float | None:
        """Wait for the next request's turn and return its ticket.

        None at once where the tenant asks to wait longer than `patience` seconds.
        """
        while True:
            with self._lock:
                now = self.clock()
                if self._held_until - now > patience:
                    return None
                wait = self._wait(now)
                if wait <= 0:
                    return now
            self._sleep(wait)

    def accepted(self, ticket: float, headers: RateLimitHeaders = NOTHING) -> None:
        """The request was answered, and not with "too many"."""
        with self._lock:
            self._taken.append(ticket)
            if ticket > self._event:
                self._in_a_row = 0
            elif self._counted is not None and self._refused - ticket <= 1:
                self._count(self._counted + 1)
            if headers.allowed and self._limit is None:
                self._limit, self._resumed = headers.allowed, self.clock() - RAMP
            if headers.remaining == 0 and headers.reset:
                self._is_stated = True
                self._hold(self.clock() + headers.reset)

    def refused(
        self, ticket: float, headers: RateLimitHeaders = NOTHING, status: int = 429
    ) -> None:
        """429 or 503. Requests that were on their way together count as one refusal."""
        with self._lock:
            now = self.clock()
            is_first = ticket > self._event
            if is_first:
                self._judge(ticket, now, headers)
                self._in_a_row += 1
                self._pauses += 1
                self._event_before, self._event = self._event, now
            wait = delay(self._in_a_row, headers.wait)
            self._is_stated = headers.wait is not None
            self._hold(now + wait)
            self._resumed = max(self._resumed, self._held_until)
            waiting = Waiting(wait, self._pauses, status, self._is_stated)
        if is_first and self._on_wait:
            self._on_wait(waiting)

    def _wait(self, now: float) -> float:
        """Seconds until the next request may go; 0 takes a token for it."""
        if now < self._held_until:
            return self._held_until - now
        rate = self._rate(now)
        if rate is None:
            return 0.0
        self._tokens += max(0.0, now - self._filled) * rate
        self._tokens = min(self._tokens, 1 if rate >= self._most else 1 + _late(rate))
        self._filled = now
        if self._tokens < NEARLY_ONE:
            return (1 - self._tokens) / rate
        self._tokens = max(0.0, self._tokens - 1)
        return 0.0

    def _rate(self, now: float) -> float | None:
        """What the tenant seems to allow just now, and never more than the interval does."""
        if self._limit is None:
            return None if math.isinf(self._most) else self._most
        return min(self._most, self._limit * self._share(now - self._resumed))

    def _share(self, since: float) -> float:
        """Half of the limit, in a second up to 95 %, and after a long while on and on."""
        if since < RAMP:
            return 0.5 + (SHARE - 0.5) * max(0.0, since / RAMP)
        if self._counted is not None and self._counted < UNPROVEN:
            return SHARE * math.pow(2, min(10.0, (since - RAMP) / DOUBLING))
        return SHARE * math.exp(min(10.0, max(0.0, since - RAMP - STAY) / 10))

    def _judge(self, ticket: float, now: float, headers: RateLimitHeaders) -> None:
        """What the tenant seems to allow: what it says, or what it took in the second before. A
        refusal at nearly the limit proves it rather than a lower one.
        """
        rate = None if self._limit is None else self._rate(now)
        self._counted, self._refused = None, ticket
        counted = float(sum(1 for taken in self._taken if ticket - taken <= 1))
        if headers.allowed:
            self._limit = headers.allowed
        elif rate is None:
            self._count(counted)
        elif counted >= 0.9 * rate:
            self._limit = max(rate, min(counted, self._limit or counted))
        else:
            self._limit = max(SLOWEST, self._most_taken(), rate / 2)

    def _most_taken(self) -> float:
        """The most requests taken within one second since the refusal before the last."""
        taken = sorted(moment for moment in self._taken if moment > self._event_before)
        first = most = 0
        for last, moment in enumerate(taken):
            while moment - taken[first] > 1:
                first += 1
            most = max(most, last - first + 1)
        return float(most)

    def _count(self, counted: float) -> None:
        """The first limit is a count; what was under way then is counted when it is answered."""
        self._counted = counted
        self._limit = max(counted, UNPROVEN)

    def _hold(self, until: float) -> None:
        if until > self._held_until:
            self._held_until = self._filled = until
            self._tokens = 0.0


def _late(rate: float) -> float:
    """How many requests may be made up for at once."""
    room = rate / SHARE * (1 - SHARE) * 0.9 - 1
    return max(SLACK, min(rate * BURST, room))
