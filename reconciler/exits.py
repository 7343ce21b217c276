"""Exit codes. Of several, the first of 1, 7, 5, 4, 2 counts; for `apply` 1, 6, 5, 7, 4, then 3."""

from collections.abc import Iterable
from enum import IntEnum

from reconciler import errors


class Exit(IntEnum):
    DONE = 0
    INVALID = 1
    CHANGES = 2
    UNFINISHED = 3
    BLOCKED = 4
    STALE = 5
    LEASED = 6
    CANNOT_TELL = 7
    USAGE = 64
    INTERRUPTED = 130
    TERMINATED = 143


MEANING: dict[int, str] = {
    Exit.DONE: "done",
    Exit.INVALID: "invalid input; nothing was written",
    Exit.CHANGES: "changes or drift",
    Exit.UNFINISHED: "not finished",
    Exit.BLOCKED: "blocked by a rule or a guard",
    Exit.STALE: "the plan does not fit",
    Exit.LEASED: "lease held by someone else",
    Exit.CANNOT_TELL: "cannot tell",
    Exit.INTERRUPTED: "interrupted",
    Exit.TERMINATED: "terminated",
}

BY_ERROR: tuple[tuple[type[errors.ReconcilerError], Exit], ...] = (
    (errors.LeaseHeldError, Exit.LEASED),
    (errors.StalePlanError, Exit.STALE),
    (errors.CannotTellError, Exit.CANNOT_TELL),
    (errors.RequestError, Exit.CANNOT_TELL),
    (errors.ReconcilerError, Exit.INVALID),
)


READING = (
    *(Exit.INVALID, Exit.CANNOT_TELL, Exit.STALE, Exit.BLOCKED, Exit.CHANGES),
    *(Exit.UNFINISHED, Exit.INTERRUPTED),
)
APPLYING = (
    *(Exit.INVALID, Exit.LEASED, Exit.STALE, Exit.CANNOT_TELL, Exit.BLOCKED),
    *(Exit.UNFINISHED, Exit.INTERRUPTED),
)


def worst(codes: Iterable[int], *, is_apply: bool) -> Exit:
    """The code of several tenants: the first of these orders that one of them has."""
    present = set(codes)
    order = APPLYING if is_apply else READING
    return next((code for code in order if code in present), Exit.DONE)


def of_error(error: errors.ReconcilerError) -> Exit:
    return next(code for kind, code in BY_ERROR if isinstance(error, kind))
