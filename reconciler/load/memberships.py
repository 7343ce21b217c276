"""Collections (licenses, queues, skills) as files state them, and how layers merge.

A *stated* collection maps names to a level, to `NO_LEVEL`, to `TAKEN` (the files say `none`, or the
membership has ended) or to `NOT_YET` (it begins later). Profiles and the agent are overlaid in that
form, so that the last word on a name wins; `current_members` then leaves those that hold today.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from reconciler.load import entries
from reconciler.model import NO_LEVEL

TAKEN: Final = -(2**62)
NOT_YET: Final = TAKEN + 1
LEVELS: Final = range(1, 11)
_ONLY_LEVELS: Final = {int}

Stated = Mapping[str, int]


def stated(value: Any, defaults: Mapping[str, int], as_of: date) -> Stated:
    """`[support]`, `{support: 8}` or `{support: {level: 8, until: …}}` on a day."""
    if isinstance(value, list):
        return {name: defaults.get(name, NO_LEVEL) for name in value if type(name) is str}
    if not isinstance(value, dict):
        return {}
    if set(map(type, value.values())) == _ONLY_LEVELS:
        return value
    return {
        name: level if type(level) is int else _level(level, defaults.get(name, NO_LEVEL), as_of)
        for name, level in value.items()
    }


def overlaid(below: Stated | None, above: Stated) -> Stated:
    """A later statement over an earlier one."""
    return {**below, **above} if below else above


def current_members(collection: Stated) -> tuple[Stated, Sequence[str]]:
    """The members that hold, and the names of those that begin later."""
    if not collection or min(collection.values()) > NOT_YET:
        return collection, ()
    holds = {name: level for name, level in collection.items() if level > NOT_YET}
    return holds, [name for name, level in collection.items() if level == NOT_YET]


def licenses(value: Any) -> dict[str, int]:
    """`[voice]` or `{web_chat: none}` in the same form."""
    if isinstance(value, list):
        return {name: NO_LEVEL for name in value if type(name) is str}
    if not isinstance(value, dict):
        return {}
    return {name: TAKEN if given == "none" else NO_LEVEL for name, given in value.items()}


def has_odd_levels(collection: Stated) -> bool:
    """Whether `odd_levels` may find something: most agents are done with after two comparisons."""
    levels = collection.values()
    return bool(collection) and not (min(levels) in LEVELS and max(levels) in LEVELS)


def odd_levels(value: Any) -> Iterator[tuple[tuple[str, ...], int]]:
    """Stated levels outside 1 to 10, with the path of each in the collection."""
    for name, level in value.items() if isinstance(value, dict) else ():
        if type(level) is int:
            if level not in LEVELS:
                yield (name,), level
        elif isinstance(level, dict):
            yield from (
                ((name, *path), odd) for path, odd in odd_levels({"level": level.get("level")})
            )


def _level(value: Any, default: int, as_of: date) -> int:
    """Return the level on a day; `TAKEN` after its end, `NOT_YET` before its start."""
    if value == "none":
        return TAKEN
    if not isinstance(value, dict):
        return default
    start, end = entries.day(value, "from"), entries.day(value, "until")
    if end and end < as_of:
        return TAKEN
    if start and as_of < start:
        return NOT_YET
    level = value.get("level")
    return level if type(level) is int else default
