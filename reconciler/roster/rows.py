"""Read a table of people into rows of typed agent fields, each with its position.

The table may be a roster that is imported, or what somebody saw where a tenant shows nothing.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

from reconciler import kinds
from reconciler.diagnostics import Diagnostic, Position, has_errors
from reconciler.model import FieldValue
from reconciler.roster import headers, sheet, values, wording
from reconciler.roster.headers import Columns
from reconciler.roster.mapping import ColumnMap
from reconciler.roster.sheet import Record
from reconciler.roster.wording import Wording

NEEDED: Final = (("email", "extension"),)
"""Of each group a table must have one column."""

Words = Mapping[int, Mapping[str, str]]
"""By the number of a column, a word of the table to ours."""

_LAST_FIRST: Final = re.compile(r"[^,]*\w[^,]*, *\w[^,]*")
_KNOWN: Final = frozenset(
    {*(scalar.name for scalar in kinds.KINDS[kinds.AGENT].scalars), *kinds.COLLECTIONS}
)


@dataclass(frozen=True, slots=True)
class Row:
    """One person. `fields` are those of a `Resource`; what the table leaves open is missing.

    `start` and `end` are the first and the last working day, `day` and `source` are of whoever saw
    it, `range` is where a new extension is to come from.
    """

    record: Record = field(repr=False, compare=False)
    columns: Columns = field(repr=False, compare=False)
    fields: Mapping[str, FieldValue]
    profiles: tuple[str, ...] = ()
    range: str | None = None
    start: date | None = None
    end: date | None = None
    day: date | None = None
    source: str | None = None

    @property
    def line(self) -> int:
        """Return the line of the table that the row begins on."""
        return self.record.line

    def at(self, *path: str | int) -> Position:
        """The place of a field, or of the row: a row is an `Origin`."""
        return self.record.at(self._cell(path[0]) if path else 0)

    def places(self) -> dict[str, Position]:
        """The places of all fields at once; "" is the row itself."""
        cells = self.record.places()
        positions = {name: cells[cell] for name, cell in self.columns.items() if cell < len(cells)}
        return {"": cells[0], **positions}

    def _cell(self, name: str | int) -> int:
        """Return the number of the column of a field, the first where there is none."""
        return self.columns.get(str(name), 0)


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows that can be read. `left_out` are the lines of those that cannot, and `partial` what
    the cells that fit say of them.

    `fields` are those that have a column. None of it is there where the header is of no use.
    """

    rows: tuple[Row, ...] = ()
    partial: tuple[Row, ...] = ()
    fields: frozenset[str] = frozenset()
    left_out: frozenset[int] = frozenset()
    diagnostics: tuple[Diagnostic, ...] = ()


def read(
    content: bytes,
    file: str,
    *,
    mapping: ColumnMap | None = None,
    needed: tuple[tuple[str, ...], ...] = NEEDED,
) -> Rows:
    """Read one file; every problem in it is a diagnostic, and nothing is raised.

    `mapping` says what headers and the words below them mean; it is None where nobody can say so.
    Where every name is written "Last, First" it is turned around.
    """
    text, diagnostics = sheet.decode(content, file)
    if text is None:
        return Rows(diagnostics=tuple(diagnostics))
    records = sheet.records(text, file)
    header = next(records, wording.error(wording.NO_HEADER, Position(file, 1, 1)))
    if isinstance(header, Diagnostic):
        return Rows(diagnostics=(*diagnostics, header))
    stated = None if mapping is None else mapping.columns
    columns, problems = headers.columns(header, stated, needed)
    diagnostics += problems
    if has_errors(problems):
        return Rows(diagnostics=tuple(diagnostics))
    words = _words(header, mapping.values if mapping else {})
    return _first_name_first(_read(records, header, columns, diagnostics, words))


def _words(header: Record, values_: Mapping[str, Mapping[str, str]]) -> Words:
    """By the number of the column, what its words mean; without case."""
    by_header = {headers.plain(name): words for name, words in values_.items()}
    return {
        number: {word.casefold().strip(): ours for word, ours in words.items()}
        for number, name in enumerate(header.cells)
        if (words := by_header.get(headers.plain(name)))
    }


def _first_name_first(rows: Rows) -> Rows:
    """`Diaz, Ana` as `Ana Diaz`, if all names of the table, two at least, are written so.

    Where only some are, they stay as they are, with a warning for each.
    """
    named = [row for row in rows.rows if "name" in row.fields]
    reversed_ = [row for row in named if _LAST_FIRST.fullmatch(str(row.fields["name"]))]
    if len(named) > 1 and len(reversed_) == len(named):
        return replace(rows, rows=tuple(map(_turned, rows.rows)))
    kept = (
        wording.warning(wording.last_name_first(str(row.fields["name"])), row.at("name"))
        for row in (reversed_ if len(named) > 1 else ())
    )
    return replace(rows, diagnostics=(*rows.diagnostics, *kept))


def _turned(row: Row) -> Row:
    """Return the row with a name "Last, First" turned around."""
    last, comma, first = str(row.fields.get("name", "")).partition(",")
    if not comma:
        return row
    return replace(row, fields={**row.fields, "name": f"{first.strip()} {last.strip()}"})


def _read(
    records: Iterator[Record | Diagnostic],
    header: Record,
    columns: Columns,
    diagnostics: list[Diagnostic],
    words: Words,
) -> Rows:
    """Yield the rows that can be read, and report the others."""
    rows: list[Row] = []
    partial: list[Row] = []
    left_out: set[int] = set()
    for record in records:
        if isinstance(record, Diagnostic):
            problems, line = [record], record.position.line if record.position else 0
        else:
            row, problems = _row(record, columns, len(header.cells), words)
            (partial if problems else rows).append(row)
            line = record.line
        diagnostics += problems
        left_out |= {line} if problems else set()
    return Rows(
        tuple(rows), tuple(partial), frozenset(columns), frozenset(left_out), tuple(diagnostics)
    )


def _row(
    record: Record, columns: Columns, width: int, words: Words
) -> tuple[Row, list[Diagnostic]]:
    """Convert the cells of a record, with what is wrong in them."""
    problems = list(_too_wide(record, width))
    values_by_field: dict[str, Any] = {}
    for name, number in columns.items():
        cell = record.cells[number] if number < len(record.cells) else ""
        cell = words.get(number, {}).get(cell.casefold().strip(), cell)
        if odd := values.INVISIBLE.search(cell):
            message = wording.control_character(odd.group())
            problems.append(wording.error(message, record.at(number)))
        elif cell.strip():
            try:
                values_by_field[name] = values.READERS[name](cell)
            except values.UnfitError as unfit:
                message = wording.wrong_value(name, values.bare(cell), str(unfit))
                problems.append(wording.error(message, record.at(number)))
    return _typed(record, columns, values_by_field), problems


def _typed(record: Record, columns: Columns, values_by_field: dict[str, Any]) -> Row:
    """Return the row, its name joined from first and last name where they are apart."""
    parts = [
        values_by_field[part] for part in ("first_name", "last_name") if values_by_field.get(part)
    ]
    if parts and not values_by_field.get("name"):
        values_by_field["name"] = " ".join(parts)
    return Row(
        record,
        columns,
        {name: value for name, value in values_by_field.items() if name in _KNOWN and value != ""},
        profiles=values_by_field.get("profile", ()),
        range=values_by_field.get("range") or None,
        start=values_by_field.get("from"),
        end=values_by_field.get("until"),
        day=values_by_field.get("date"),
        source=values_by_field.get("source") or None,
    )


def _too_wide(record: Record, width: int) -> Iterator[Diagnostic]:
    """Yield an error where a record has more filled cells than the header."""
    further = [
        number for number, cell in enumerate(record.cells) if number >= width and cell.strip()
    ]
    if further:
        message = Wording(
            "csv-cells",
            f"this row has {further[-1] + 1} cells, and the header has {width}",
            "put a cell that holds the delimiter in double quotes",
        )
        yield wording.error(message, record.at(further[0]))
