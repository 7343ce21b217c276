"""What a tenant can be told to get wrong, and on which requests. JSON; every key is optional.

    latency_ms         every request waits this long
    rate_per_second    more requests than this get a 429
    retry_after        whether the 429 says how long to wait (true unless told otherwise)
    page_clamp         no page holds more resources than this, whatever was asked
    moving_total       every second list says one resource more than there is
    stale_seconds      reads show the tenant as it was this long ago
    fail_before        writes that get a 500 and are not done
    fail_after         writes that are done and get a 500 all the same
    drop_after         writes that are done, and whose connection is closed without an answer
    html_503           writes that get an HTML page with a 503 and are not done
    stale_409          writes of Genesys Cloud that are refused as stale, with a 409
    stale_400          the same with a 400 whose message speaks of the current version
    seed               which writes a share stands for; the same seed, the same writes
    token_refusals     so many first requests for a token get a 400 about the rate limit
    token_requests     an access token is good for so many requests
    listing_delay      a new object is missing from so many listings
    short_members      a queue lists one member less than it counts
    roles_decide       licenses that are written spring back
    extension_pools    the pools of Genesys Cloud, a list of [first, last]

`html_503`, `fail_before`, `fail_after`, `drop_after` and the two `stale` faults take a share of the
writes (0 to 1) or a list of write numbers. Writes are the POST, PUT, PATCH and DELETE requests on
SCIM and on Genesys Cloud's API that the rate limit lets pass, numbered from 1 since the faults were
set; a bulk request is one, a search is none.
"""

import difflib
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from reconciler.sandbox import regular_files
from reconciler.sandbox.errors import FaultsError

Share = float | frozenset[int]


@dataclass(frozen=True, slots=True)
class Faults:
    latency_ms: int = 0
    rate_per_second: float | None = None
    retry_after: bool = True
    seed: int = 0
    page_clamp: int | None = None
    moving_total: bool = False
    stale_seconds: float = 0
    fail_before: Share = frozenset()
    fail_after: Share = frozenset()
    drop_after: Share = frozenset()
    html_503: Share = frozenset()
    stale_409: Share = frozenset()
    stale_400: Share = frozenset()
    token_refusals: int = 0
    token_requests: int | None = None
    listing_delay: int = 0
    short_members: bool = False
    roles_decide: bool = False
    extension_pools: tuple[tuple[str, str], ...] = (("1000", "9999"),)

    def hits(self, fault: str, write: int) -> bool:
        """Whether this fault befalls the write of this number."""
        share: Share = getattr(self, fault)
        if isinstance(share, frozenset):
            return write in share
        mark = hashlib.sha256(f"{self.seed}/{fault}/{write}".encode()).digest()
        return int.from_bytes(mark[:8]) < share * 2**64


NONE = Faults()


def load(path: Path) -> Faults:
    try:
        text = regular_files.text(path)
    except (OSError, ValueError) as error:
        raise FaultsError(f"cannot read the faults file {path}: {error}") from error
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FaultsError(f"the faults file {path} is not JSON: {error}") from error
    return parse(content)


def parse(content: object) -> Faults:
    """Faults from a JSON object; what is unknown or out of range is refused."""
    if not isinstance(content, dict):
        raise FaultsError("faults are a JSON object")
    for key in content:
        if key not in _READERS:
            close = difflib.get_close_matches(str(key), _READERS, n=1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise FaultsError(f"there is no fault {key}{hint}")
    return Faults(**{key: _READERS[key](key, value) for key, value in content.items()})


def as_json(faults: Faults) -> dict[str, Any]:
    """What `parse` reads back to the same, without what is not set."""
    values = {field.name: getattr(faults, field.name) for field in fields(faults)}
    return {
        name: sorted(value) if isinstance(value, frozenset) else value
        for name, value in values.items()
        if value != getattr(NONE, name)
    }


def _number(key: str, value: object, *, least: float, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise FaultsError(f"{key} is a number from {least:g} to {most:g}")
    return value


def _whole(key: str, value: object, *, least: int, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise FaultsError(f"{key} is a whole number from {least} to {most}")
    return value


def _flag(key: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise FaultsError(f"{key} is true or false")
    return value


def _share(key: str, value: object) -> Share:
    if isinstance(value, list):
        return frozenset(_whole(key, number, least=1, most=2**53) for number in value)
    try:
        return float(_number(key, value, least=0, most=1))
    except FaultsError:
        raise FaultsError(f"{key} is a share from 0 to 1, or a list of write numbers") from None


def _ranges(key: str, value: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, list) or not all(_is_range(pair) for pair in value):
        raise FaultsError(f"{key} is a list of [first, last], numbers as text of equal length")
    return tuple((first, last) for first, last in value)


def _is_range(pair: object) -> bool:
    if not isinstance(pair, list) or len(pair) != 2:
        return False
    first, last = pair
    are_numbers = all(isinstance(end, str) and end.isdecimal() for end in pair)
    return are_numbers and len(first) == len(last) and first <= last


_READERS: Mapping[str, Callable[[str, object], Any]] = {
    "latency_ms": lambda key, value: _whole(key, value, least=0, most=60_000),
    "rate_per_second": lambda key, value: _number(key, value, least=0.01, most=100_000),
    "retry_after": _flag,
    "seed": lambda key, value: _whole(key, value, least=0, most=2**53),
    "page_clamp": lambda key, value: _whole(key, value, least=1, most=100_000),
    "moving_total": _flag,
    "stale_seconds": lambda key, value: _number(key, value, least=0, most=3600),
    "fail_before": _share,
    "fail_after": _share,
    "drop_after": _share,
    "html_503": _share,
    "stale_409": _share,
    "stale_400": _share,
    "token_refusals": lambda key, value: _whole(key, value, least=0, most=100),
    "token_requests": lambda key, value: _whole(key, value, least=1, most=2**31),
    "listing_delay": lambda key, value: _whole(key, value, least=0, most=100),
    "short_members": _flag,
    "roles_decide": _flag,
    "extension_pools": _ranges,
}
