"""Text to records with the place of every cell. Nothing is known here of what a cell means."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import StringIO
from itertools import islice
from typing import Final

from reconciler.diagnostics import Diagnostic, Position
from reconciler.roster import wording

_DELIMITERS: Final = (",", ";", "\t")
_STATED: Final = re.compile(r"sep=([,;\t])\s*", re.IGNORECASE)
_LINE_END: Final = re.compile(r"\r\n|\n|\r")
_TALLEST: Final = 50
"""So many lines are looked at for the end of a header."""


@dataclass(frozen=True, slots=True)
class Record:
    """One row, the header included. `line` is where it begins, counted from one."""

    line: int
    cells: tuple[str, ...]
    file: str
    raw: str = field(repr=False)
    delimiter: str

    def places(self) -> list[Position]:
        """The place of each cell; a cell behind a quoted line break lies on a later line."""
        ends = [found.end() for found in _LINE_END.finditer(self.raw)]
        found, passed = [], 0
        for offset in offsets(self.raw, self.delimiter):
            while passed < len(ends) and ends[passed] <= offset:
                passed += 1
            start = ends[passed - 1] if passed else 0
            found.append(Position(self.file, self.line + passed, offset - start + 1))
        return found

    def at(self, cell: int) -> Position:
        """The place of one cell, or of the row where it is too short to have it."""
        places = self.places()
        return places[cell if cell < len(places) else 0]

    @property
    def is_blank(self) -> bool:
        return not any(cell.strip() for cell in self.cells)


def records(text: str, file: str) -> Iterator[Record | Diagnostic]:
    """Every row that is not blank, or what is wrong with it, in the order of the file."""
    lines = list(islice(StringIO(text, newline=""), wording.MOST_LINES + 1))
    if len(lines) > wording.MOST_LINES:
        yield wording.error(wording.TOO_LONG, Position(file, wording.MOST_LINES + 1, 1))
        return
    delimiter, skipped = _delimiter(lines)
    reader = csv.reader(lines[skipped:], delimiter=delimiter, strict=True)
    while True:
        first = skipped + reader.line_num
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield wording.error(_syntax(error), Position(file, first + 1, 1))
            continue
        raw = "".join(lines[first : skipped + reader.line_num])
        record = Record(first + 1, tuple(cells), file, raw, delimiter)
        if not record.is_blank:
            yield record


def offsets(raw: str, delimiter: str) -> Iterator[int]:
    """Where each cell of a row begins."""
    yield 0
    start, is_quoted, is_open = 0, False, False
    for offset, character in enumerate(raw):
        if character == '"' and (offset == start or is_quoted):
            is_quoted, is_open = True, not is_open
        elif character == delimiter and not is_open:
            start, is_quoted = offset + 1, False
            yield start


def _delimiter(lines: list[str]) -> tuple[str, int]:
    """What separates the cells, and how many lines only say so: most often in the header."""
    if lines and (stated := _STATED.fullmatch(lines[0])):
        return stated.group(1), 1
    header = _header(lines)
    return max(_DELIMITERS, key=lambda one: sum(1 for _ in offsets(header, one))), 0


def _header(lines: list[str]) -> str:
    """The first line that says something, with what its quotes hold."""
    header, quotes = "", 0
    for line in lines[:_TALLEST]:
        if header or line.strip():
            header, quotes = header + line, quotes + line.count('"')
            if quotes % 2 == 0:
                break
    return header


def _syntax(error: csv.Error) -> wording.Wording:
    """The library's three complaints: two of them come of a quote that is not closed."""
    return wording.BEHIND_QUOTE if "expected after" in str(error) else wording.OPEN_QUOTE
