"""How many lines a collection takes in block style."""

from collections.abc import Iterable

from reconciler.model import NO_LEVEL


def member_lines(levels: Iterable[object]) -> int:
    """A list of names is one line; a mapping has one for its key and one for each member.

    `levels` has one item a member: `NO_LEVEL` where the bare name says it, None where it is taken
    away.
    """
    held = list(levels)
    if not held:
        return 0
    return 1 if all(level == NO_LEVEL and level is not None for level in held) else 1 + len(held)
