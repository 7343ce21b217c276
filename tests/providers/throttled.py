"""A tenant that allows R requests a second, and workers sharing a limiter, in virtual time."""

import heapq
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from reconciler.providers.rate_limit_headers import RateLimitHeaders
from reconciler.providers.rate_limiter import RateLimiter

Limiter = Callable[[float], float]
"""Seconds to wait at a moment; 0 lets the request pass."""


def sliding(rate: float) -> Limiter:
    """At most `rate` requests in any second."""
    passed: deque[float] = deque()

    def wait(now: float) -> float:
        while passed and now - passed[0] >= 1:
            passed.popleft()
        if len(passed) >= rate:
            return 1 - (now - passed[0])
        passed.append(now)
        return 0

    return wait


def fixed(rate: float) -> Limiter:
    """At most `rate` requests in each second of the clock."""
    counted: dict[int, int] = {}

    def wait(now: float) -> float:
        second = math.floor(now)
        if counted.get(second, 0) >= rate:
            return second + 1 - now
        counted[second] = counted.get(second, 0) + 1
        return 0

    return wait


def bucket(rate: float) -> Limiter:
    """A bucket of one second's worth of tokens."""
    level, filled = rate, 0.0

    def wait(now: float) -> float:
        nonlocal level, filled
        level, filled = min(rate, level + (now - filled) * rate), now
        if level < 1:
            return (1 - level) / rate
        level -= 1
        return 0

    return wait


class LaterError(Exception):
    """Raised instead of sleeping, so that the simulation can turn the clock."""


def later(seconds: float) -> None:
    raise LaterError(seconds)


@dataclass
class Run:
    accepted: int = 0
    refused: int = 0
    times: list[float] = field(default_factory=list)

    def share(self, rate: float, start: float = 0.0) -> float:
        """What was got through of what the tenant would have allowed, from a moment on."""
        later_times = [moment for moment in self.times if moment >= start]
        return len(later_times) / rate / (later_times[-1] - start)


def run(
    tenant: Limiter,
    requests: int,
    *,
    tell: Callable[[float], float | None] = math.ceil,
    workers: int = 8,
    latency: float = 0.005,
) -> Run:
    """Sends until so many were accepted. `tell` is what becomes of the wait on its way to us."""
    now = 0.0
    limiter = RateLimiter(clock=lambda: now, sleep=later)
    ran = Run()
    todo: list[tuple[float, int, float | None]] = [(0.0, worker, None) for worker in range(workers)]
    while ran.accepted < requests:
        now, worker, ticket = heapq.heappop(todo)
        if ticket is None:
            try:
                taken = limiter.take()
            except LaterError as wait:
                heapq.heappush(todo, (now + wait.args[0], worker, None))
                continue
            heapq.heappush(todo, (now + latency, worker, taken))
            continue
        seconds = tenant(now)
        if seconds:
            ran.refused += 1
            limiter.refused(ticket, RateLimitHeaders(retry_after=tell(seconds)))
        else:
            ran.accepted += 1
            ran.times.append(now)
            limiter.accepted(ticket)
        heapq.heappush(todo, (now, worker, None))
    return ran
