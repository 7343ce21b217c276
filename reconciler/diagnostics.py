"""A problem in the input, as a value: what is wrong, where, and what to do about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Position(NamedTuple):
    """A place in a file; line and column count from one."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding. `summary` says what is wrong in the words of the YAML, `hint` what to do.

    `size` is how large the breach is, where a rule counts: a plan may not make it larger.
    """

    rule: str
    severity: Severity
    summary: str
    hint: str = ""
    address: str | None = None
    position: Position | None = None
    size: int = 0


def in_order(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Sorted for people: by file, line, column, then rule; findings without a place come last."""
    return sorted(diagnostics, key=_place)


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    return any(diagnostic.severity is Severity.ERROR for diagnostic in diagnostics)


def _place(diagnostic: Diagnostic) -> tuple[bool, Position, str, str, str]:
    position = diagnostic.position
    return (
        position is None,
        position or Position("", 0, 0),
        diagnostic.rule,
        diagnostic.address or "",
        diagnostic.summary,
    )
