"""Messages for tables that cannot be imported: rule, summary and hint."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final, NamedTuple

from reconciler.diagnostics import Diagnostic, Position, Severity

LARGEST: Final = 25_000_000
MOST_LINES: Final = 120_000


class Wording(NamedTuple):
    """A rule, what is wrong, and what to do about it."""

    rule: str
    summary: str
    hint: str


TOO_LARGE: Final = Wording(
    "file-too-large", "the file is larger than 25 MB", "split it, and repeat the header in each"
)
TOO_LONG: Final = Wording(
    "file-too-large",
    f"the file has more than {MOST_LINES} lines",
    "split it, and repeat the header in each",
)
WORKBOOK: Final = Wording(
    "csv-not-text", "this is a workbook, not a CSV file", "save the sheet as CSV, UTF-8"
)
CUT_OFF: Final = Wording(
    "csv-not-text", "this begins as UTF-16 and is none", "save the file as CSV, UTF-8"
)
WINDOWS: Final = Wording(
    "csv-encoding",
    "this is not UTF-8 and is read as Windows-1252",
    "look at the names with accents; save the file as UTF-8 if they are wrong",
)
NO_HEADER: Final = Wording(
    "csv-column", "the file is empty", "begin with a header, such as `name,email,extension`"
)
OPEN_QUOTE: Final = Wording(
    "csv-syntax",
    "a quote that opens in this row is not closed",
    'close it; inside a quoted cell write a quote as `""`',
)
BEHIND_QUOTE: Final = Wording(
    "csv-syntax",
    "something stands between a closing quote and the end of its cell",
    'inside a quoted cell write a quote as `""`',
)


def error(message: Wording, where: Position, address: str | None = None) -> Diagnostic:
    """Return an error at a place."""
    return Diagnostic(message.rule, Severity.ERROR, message.summary, message.hint, address, where)


def warning(message: Wording, where: Position, address: str | None = None) -> Diagnostic:
    """Return a warning at a place."""
    return Diagnostic(message.rule, Severity.WARNING, message.summary, message.hint, address, where)


def last_name_first(name: str) -> Wording:
    """Word a name with a comma that is taken as it stands."""
    return Wording(
        "name-order",
        f"the name `{name}` is taken as it stands: not every name has its last name first",
        "write all names in one order, or correct the entry",
    )


def control_character(character: str) -> Wording:
    """Word an invisible character."""
    return Wording(
        "control-character",
        f"there is an invisible character here (U+{ord(character):04X})",
        "remove it",
    )


def wrong_value(field: str, value: str, expected: str) -> Wording:
    """Word a cell that holds no value of its field."""
    return Wording("wrong-value", f"`{field}` cannot be `{value}`", f"write {expected}")


def missing_value(field: str, why: str) -> Wording:
    """Word a cell that has to be filled in."""
    return Wording("missing-value", f"there is no `{field}`, and {why}", f"fill in `{field}`")


def offer(name: str, known: Iterable[str]) -> str:
    """The nearest known name as the beginning of a hint; nothing where none is near."""
    close = get_close_matches(name, list(known), n=1, cutoff=0.75)
    return f"did you mean `{close[0]}`? Otherwise " if close else ""
