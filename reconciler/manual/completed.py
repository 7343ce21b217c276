"""A finished CSV taken back: what a person says was done, and which rows cannot be believed.

Any bytes give an answer. Spreadsheets save with other separators, encodings and line ends, move
columns and add their own: none of that matters as long as a row still fits its seal.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Final

from reconciler.diagnostics import Diagnostic, Position, Severity, in_order
from reconciler.evidence.newest import SLACK
from reconciler.manual import csv_cells, csv_reader
from reconciler.model import Address, Value

SEALED: Final = ("tenant", "plan", "id", "address", "listed", "seal")
HEADER: Final = "keep the header row as it was written"
RESULT: Final = "write done, skipped or failed, or leave it empty until it is done"
WHEN: Final = "write it as 2026-11-24 or 2026-11-24 10:30, in a column formatted as text"
CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
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
    """One step that somebody answered. `when` is None where the cell is empty; of a day alone it is
    its beginning, or the moment when the sheet was written. `name` and `extension` are how the
    console listed the person before.
    """

    line: int
    plan_id: str
    step: str
    address: Address
    values: Mapping[str, Value]
    result: Answer
    by: str
    when: datetime | None
    name: str = ""
    extension: str = ""


@dataclass(frozen=True, slots=True)
class Returned:
    """`rows` holds only what is believed; `diagnostics` say why the others are not."""

    rows: tuple[Reported, ...]
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class Moment:
    """What times are judged by: a time without an offset is of `zone`."""

    now: datetime
    zone: tzinfo


def read(content: bytes, tenant: str, moment: Moment, *, file: str = "sheet.csv") -> Returned:
    """A row without a result is not done yet: it is neither reported nor judged."""
    grid = csv_reader.read(content, csv_cells.COLUMNS)
    found = list(_reports(grid, tenant, moment, file))
    rows = [one for one in found if isinstance(one, Reported)]
    answers = Counter(_key(row) for row in rows)
    diagnostics = [
        *(one for one in found if isinstance(one, Diagnostic)),
        *(_twice(row, file) for row in rows if answers[_key(row)] > 1),
    ]
    believed = tuple(row for row in rows if answers[_key(row)] == 1)
    return Returned(believed, tuple(in_order(diagnostics)))


def _reports(
    grid: csv_reader.Grid, tenant: str, moment: Moment, file: str
) -> Iterator[Reported | Diagnostic]:
    missing = [name for name in csv_cells.NEEDED if name not in grid.header]
    doubled = [name for name in csv_cells.NEEDED if grid.header.count(name) > 1]
    if missing or doubled:
        said = "no column" if missing else "more than one column"
        summary = f"{said} {', '.join(missing or doubled)}"
        yield _error("sheet-columns", summary, HEADER, Position(file, 1, 1))
        return
    for line, cells in grid.rows:
        if _bare(cells["result"]):
            yield _report_of_row(cells, tenant, moment, Position(file, line, 1))
    if grid.broken is not None:
        place = Position(file, grid.broken, 1)
        yield _error("sheet-format", "from here on it is no CSV", "save it as CSV again", place)


def _report_of_row(
    cells: Mapping[str, str], tenant: str, moment: Moment, place: Position
) -> Reported | Diagnostic:
    try:
        of, plan_id, step, address, listed, seal = map(
            csv_cells.text_of, map(cells.__getitem__, SEALED)
        )
        values = csv_cells.values_of(cells["values"])
    except ValueError:
        return _edited(place)
    if of != tenant:
        summary = f"the row is of tenant {_quoted(of)}, not {_quoted(tenant)}"
        return _error("sheet-foreign", summary, "hand it in for its own tenant", place)
    sealed = csv_cells.Sealed(tenant, plan_id, step, address, listed, values)
    if not csv_cells.fits(seal, sealed, cells):
        return _edited(place)
    result, when = _bare(cells["result"]).casefold(), _bare(cells["when"])
    if result not in set(Answer):
        summary = f"result {_quoted(result)} is not done, skipped or failed"
        return _error("sheet-result", summary, RESULT, place, address)
    try:
        at = _at(when, moment, _written(plan_id)) if when else None
    except ValueError as error:
        return _error("sheet-when", f"when {_quoted(when)} {error}", WHEN, place, address)
    by = _bare(cells["by"])
    name, _, number = listed.rpartition("\t")
    return Reported(
        place.line, plan_id, step, address, values, Answer(result), by, at, name, number
    )


def _at(text: str, moment: Moment, written: datetime | None) -> datetime:
    """When it was done. Raises ValueError with what is wrong: no date, one that lies ahead, one
    before the step was asked for.
    """
    try:
        at = _moment(text)
    except ValueError:
        raise ValueError("is no date") from None
    at = at if at.tzinfo else at.replace(tzinfo=moment.zone)
    is_day = at.timetz().replace(tzinfo=None) == time()
    if at > moment.now + SLACK:
        raise ValueError("lies ahead")
    if is_day and at.date() == moment.now.astimezone(moment.zone).date():
        return moment.now
    if written and at < written - SLACK:
        if not is_day or at + timedelta(days=1) <= written:
            raise ValueError(f"is before the sheet was written, on {written:%Y-%m-%d %H:%M} UTC")
        return written
    return at


def _written(plan_id: str) -> datetime | None:
    """When the plan of a sheet was made: its id begins with the milliseconds."""
    if len(plan_id) != 26 or not set(plan_id) <= set(CROCKFORD):
        return None
    milliseconds = 0
    for letter in plan_id[:10]:
        milliseconds = milliseconds * 32 + CROCKFORD.index(letter)
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return None


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
