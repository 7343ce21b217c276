"""How long to wait before another try: one formula for reads, writes and the rate limiter.

A wait that the tenant states is kept to. Where it states none, or one that no honest answer holds
(zero, negative, a date in the past, more than a day, no number), waits double from a quarter of a
second to eight seconds. A stated wait that proved too short is lengthened in the same way.
"""

from dataclasses import dataclass

FIRST = 0.25
LONGEST = 8.0
DAY = 86_400.0
"""Seconds. No rate limit is longer; what is stated beyond it is taken for a mistake."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The tenant refuses requests for now. `times` counts such pauses since the run began;
    `is_stated` is False where the tenant does not say how long, and the backoff decides.
    """

    seconds: float
    times: int
    status: int
    is_stated: bool


def backoff(attempt: int) -> float:
    """Seconds to wait after so many failed tries in a row (from 1)."""
    return min(LONGEST, FIRST * 2.0 ** min(attempt - 1, 20))


def delay(attempt: int, stated: float | None) -> float:
    """Seconds to wait after so many refusals in a row, with what the tenant states."""
    stated = plausible(stated)
    if stated is None:
        return backoff(attempt)
    return stated if attempt == 1 else max(stated, backoff(attempt))


def plausible(seconds: float | None) -> float | None:
    """A stated wait that an honest tenant could mean, else None."""
    return seconds if seconds is not None and 0 < seconds <= DAY else None
