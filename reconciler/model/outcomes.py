"""What became of an apply."""

from dataclasses import dataclass
from enum import StrEnum

from reconciler.model.comparison import Change, Graded, Unobserved
from reconciler.model.plan import Operation


class Result(StrEnum):
    APPLIED = "applied"
    FAILED = "failed"
    SKIPPED = "skipped"
    NOT_STARTED = "not started"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one operation; `because` is the reason in words, empty when applied."""

    operation: Operation
    result: Result
    because: str = ""
    live_id: str | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The end of an apply: what happened, what is left to do, and why that cannot be told."""

    outcomes: tuple[Outcome, ...]
    converged: bool
    left: tuple[Change, ...] = ()
    unobserved: tuple[Unobserved, ...] = ()
    grades: tuple[Graded, ...] = ()
    cannot_tell: tuple[str, ...] = ()
