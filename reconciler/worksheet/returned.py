"""A finished CSV taken back: what a person says was done, and which rows cannot be believed.

Any bytes give an answer. Spreadsheets save with other separators, encodings and line ends, move
columns and add their own: none of that matters as long as a row still fits its seal.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from reconciler.diagnostics import Diagnostic, Position, Severity, in_order
from reconciler.model import Address, Value
from reconciler.worksheet import spreadsheet, table

SEALED: Final = ("tenant", "plan", "id", "address", "seal")
HEADER: Final = "keep the header row as it was written"
RESULT: Final = "write done, skipped or failed, or leave it empty until it is done"
WHEN: Final = "write it as 2026-11-24 or 2026-11-24 10:30, in a column formatted as text"
SHOWN: Final = 80
"""So much of a cell that is not understood is quoted."""
_DAY_FIRST: Final = ("%d.%m.%Y", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S")
"""What spreadsheets make of a date where dots are used. With strokes nobody can tell the month."""


class Answer(StrEnum):
    """What a person can say about a step."""

    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Reported:
    """One step that somebody answered. `when` is naive where no offset was written (the tenant's
    timezone is meant), midnight where only a day was, and None where the cell is empty.
    """

    line: int
    plan_id: str
    step: str
    address: Address
    values: Mapping[str, Value]
    result: Answer
    by: str
    when: datetime | None


@dataclass(frozen=True, slots=True)
class Returned:
    """`rows` holds only what is believed; `diagnostics` say why the others are not."""

    rows: tuple[Reported, ...]
    diagnostics: tuple[Diagnostic, ...]


def read(content: bytes, tenant: str, *, file: str = "sheet.csv") -> Returned:
    """A row without a result is not done yet: it is neither reported nor judged."""
    grid = spreadsheet.read(content, table.COLUMNS)
    found = list(_found(grid, tenant, file))
    rows = [one for one in found if isinstance(one, Reported)]
    answers = Counter(_key(row) for row in rows)
    diagnostics = [
        *(one for one in found if isinstance(one, Diagnostic)),
        *(_twice(row, file) for row in rows if answers[_key(row)] > 1),
    ]
    believed = tuple(row for row in rows if answers[_key(row)] == 1)
    return Returned(believed, tuple(in_order(diagnostics)))


def _found(grid: spreadsheet.Grid, tenant: str, file: str) -> Iterator[Reported | Diagnostic]:
    missing = [name for name in table.NEEDED if name not in grid.header]
    doubled = [name for name in table.NEEDED if grid.header.count(name) > 1]
    if missing or doubled:
        said = "no column" if missing else "more than one column"
        summary = f"{said} {', '.join(missing or doubled)}"
        yield _error("sheet-columns", summary, HEADER, Position(file, 1, 1))
        return
    for line, cells in grid.rows:
        if _bare(cells["result"]):
            yield _judged(cells, tenant, Position(file, line, 1))
    if grid.broken is not None:
        place = Position(file, grid.broken, 1)
        yield _error("sheet-format", "from here on it is no CSV", "save it as CSV again", place)


def _judged(cells: Mapping[str, str], tenant: str, place: Position) -> Reported | Diagnostic:
    try:
        of, plan_id, step, address, seal = map(table.text_of, map(cells.__getitem__, SEALED))
        values = table.values_of(cells["values"])
    except ValueError:
        return _edited(place)
    if of != tenant:
        summary = f"the row is of tenant {_quoted(of)}, not {_quoted(tenant)}"
        return _error("sheet-foreign", summary, "hand it in for its own tenant", place)
    if seal != table.seal(tenant, plan_id, step, address, values):
        return _edited(place)
    said, when = _bare(cells["result"]).casefold(), _bare(cells["when"])
    if said not in set(Answer):
        summary = f"result {_quoted(said)} is not done, skipped or failed"
        return _error("sheet-result", summary, RESULT, place, address)
    try:
        moment = _moment(when) if when else None
    except ValueError:
        summary = f"when {_quoted(when)} is no date"
        return _error("sheet-when", summary, WHEN, place, address)
    by = _bare(cells["by"])
    return Reported(place.line, plan_id, step, address, values, Answer(said), by, moment)


def _moment(text: str) -> datetime:
    """ISO 8601, with a space before the offset too; ValueError for anything else."""
    for form in _DAY_FIRST:
        with suppress(ValueError):
            return datetime.strptime(text, form)
    return datetime.fromisoformat(re.sub(r" +(?=[+-]|Z$)", "", text))


def _edited(place: Position) -> Diagnostic:
    summary = "the row is not as it was written"
    hint = "take the row from the sheet again and fill in only result, by and when"
    return _error("sheet-edited", summary, hint, place)


def _twice(row: Reported, file: str) -> Diagnostic:
    summary = f"step {_quoted(row.step)} is answered in more than one row"
    place = Position(file, row.line, 1)
    return _error("sheet-twice", summary, "leave one of its rows", place, row.address)


def _error(
    rule: str, summary: str, hint: str, place: Position, address: Address | None = None
) -> Diagnostic:
    return Diagnostic(rule, Severity.ERROR, summary, hint, address, place)


def _key(row: Reported) -> tuple[str, str]:
    return row.plan_id, row.step


def _bare(cell: str) -> str:
    return cell.strip().removeprefix("'").strip()


def _quoted(text: str) -> str:
    return f'"{text[:SHOWN]}…"' if len(text) > SHOWN else f'"{text}"'
