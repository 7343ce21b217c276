"""Split the bytes of a CSV file into records, with the position of every cell."""

import codecs
import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import StringIO
from itertools import islice
from typing import Final

from reconciler.diagnostics import Diagnostic, Position
from reconciler.roster import wording

_WORKBOOKS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
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
        ends = [positions.end() for positions in _LINE_END.finditer(self.raw)]
        positions, passed = [], 0
        for offset in offsets(self.raw, self.delimiter):
            while passed < len(ends) and ends[passed] <= offset:
                passed += 1
            start = ends[passed - 1] if passed else 0
            positions.append(Position(self.file, self.line + passed, offset - start + 1))
        return positions

    def at(self, cell: int) -> Position:
        """The place of one cell, or of the row where it is too short to have it."""
        places = self.places()
        return places[cell if cell < len(places) else 0]

    @property
    def is_blank(self) -> bool:
        """Tell whether no cell holds anything."""
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


def decode(content: bytes, file: str) -> tuple[str | None, list[Diagnostic]]:
    """Decode a table, without its byte order mark; None where it cannot be read.

    UTF-8 and UTF-16 as their marks say, everything else as Windows-1252 with a warning.
    """
    start = Position(file, 1, 1)
    if len(content) > wording.LARGEST:
        return None, [wording.error(wording.TOO_LARGE, start)]
    if content.startswith(_WORKBOOKS):
        return None, [wording.error(wording.WORKBOOK, start)]
    if content.startswith(_UTF_16):
        try:
            return content.decode("utf-16"), []
        except UnicodeDecodeError:
            return None, [wording.error(wording.CUT_OFF, start)]
    try:
        return content.decode("utf-8-sig"), []
    except UnicodeDecodeError as error:
        warning = wording.warning(wording.WINDOWS, _position_after(file, content[: error.start]))
    return _windows(content.removeprefix(codecs.BOM_UTF8)), [warning]


def _windows(content: bytes) -> str:
    """Five bytes are no character of Windows-1252: they stay visible as control characters."""
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _position_after(file: str, before: bytes) -> Position:
    """Return the position behind these bytes."""
    text = before.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")
    return Position(file, text.count("\n") + 1, len(text) - text.rfind("\n"))
