"""What an answer says about when to come back: `Retry-After` and the headers of rate limits.

Three spellings are in use: `X-RateLimit-*` (also `X-Rate-Limit-*`; the reset is a delay or a
moment), `RateLimit-*`, and `RateLimit` with `RateLimit-Policy` of the IETF drafts. What cannot be
read, or cannot be meant, is left out.
"""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from reconciler.providers.retry import plausible

NUMBER = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,6})?")
EPOCH = 1_000_000_000
"""A reset above this is a moment in seconds since 1970, below it a delay."""
EPOCH_IN_MILLISECONDS = 1_000_000_000_000
NAMES = frozenset(
    {"retry-after", "x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-reset"}
)


@dataclass(frozen=True, slots=True)
class RateLimitHeaders:
    """`retry_after` and `reset` are in seconds from now, more than 0 and at most a day; `allowed`
    is in requests a second.
    """

    retry_after: float | None = None
    remaining: int | None = None
    reset: float | None = None
    allowed: float | None = None

    @property
    def wait(self) -> float | None:
        """Seconds for which nothing should be sent after a refusal."""
        return self.reset if self.retry_after is None else self.retry_after

    @classmethod
    def parse(cls, headers: Mapping[str, str]) -> "RateLimitHeaders":
        lower = {name.lower(): value for name, value in headers.items()}
        if not any("ratelimit" in name or name in NAMES for name in lower):
            return NOTHING
        now = _moment(lower.get("date")) or time.time()
        remaining = _first(lower, "remaining", "r")
        return cls(
            plausible(_delay(lower.get("retry-after"), now)),
            None if remaining is None else int(remaining),
            plausible(_reset(lower, now)),
            _allowed(lower),
        )


NOTHING = RateLimitHeaders()


def _delay(value: str | None, now: float) -> float | None:
    """`Retry-After` as a delay or as a date, measured by the tenant's own clock."""
    if value is None:
        return None
    if NUMBER.fullmatch(value.strip()):
        return float(value)
    moment = _moment(value)
    return None if moment is None else moment - now


def _moment(value: str | None) -> float | None:
    if value is None:
        return None
    try:
        return parsedate_to_datetime(value).timestamp()
    except (ValueError, OverflowError):
        return None


def _reset(lower: Mapping[str, str], now: float) -> float | None:
    reset = _first(lower, "reset", "t")
    if reset is None or reset <= EPOCH:
        return reset
    return (reset / 1000 if reset > EPOCH_IN_MILLISECONDS else reset) - now


def _first(lower: Mapping[str, str], name: str, key: str) -> float | None:
    """A number from a header of its own, else from a key of the combined header."""
    for header in (f"x-ratelimit-{name}", f"x-rate-limit-{name}", f"ratelimit-{name}"):
        if number := NUMBER.match(lower.get(header, "").strip()):
            return float(number[0])
    number = re.search(rf"\b(?:{name}|{key})=({NUMBER.pattern})", lower.get("ratelimit", ""))
    return float(number[1]) if number else None


def _allowed(lower: Mapping[str, str]) -> float | None:
    """Requests a second, where a policy names both the quota and its window."""
    for header in ("ratelimit-policy", "ratelimit-limit", "x-ratelimit-limit"):
        text = lower.get(header, "")
        window = re.search(rf"\bw=({NUMBER.pattern})", text)
        quota = re.search(rf"\bq=({NUMBER.pattern})", text) or re.match(
            rf"\s*({NUMBER.pattern})", text
        )
        if window and quota and float(window[1]) > 0 and float(quota[1]) > 0:
            return float(quota[1]) / float(window[1])
    return None
