"""Bytes that a spreadsheet saved, to rows by the name of their column."""

import csv
import io
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

_SEPARATORS: Final = (",", ";", "\t")


@dataclass(frozen=True, slots=True)
class Grid:
    """`header` is in lower case; a row has its first line. What follows the line `broken` is no
    CSV and was not read.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[int, Mapping[str, str]], ...]
    broken: int | None


def read(content: bytes, columns: Collection[str]) -> Grid:
    """The separator is the one that finds the most of the columns. Empty rows are left out, short
    ones end with empty cells, and what stands beyond the header is nobody's.
    """
    text = _decoded(content)
    headers = {separator: _header(text, separator) for separator in _SEPARATORS}
    separator = max(headers, key=lambda one: len(set(columns) & set(headers[one])))
    header = headers[separator]
    found = list(_parsed(text, separator))
    rows = [
        (line, dict.fromkeys(header, "") | dict(zip(header, row, strict=False)))
        for line, row in found[1:]
        if row
    ]
    broken = next((line for line, row in found if row is None), None)
    return Grid(header, tuple(rows), broken)


def records(content: bytes, columns: Collection[str]) -> Iterator[tuple[int, list[str] | None]]:
    """Every row that is not empty with its first line, as it stands there; None, at the end, where
    it is no CSV. The separator is the one that finds the most of the columns.
    """
    text, wanted = _decoded(content), {name.casefold() for name in columns}
    separator = max(_SEPARATORS, key=lambda one: len(wanted & set(_header(text, one))))
    for line, row in _parsed(text, separator):
        if row is None or any(cell.strip() for cell in row):
            yield line, row


def _decoded(content: bytes) -> str:
    """UTF-8, UTF-16 where its mark says so, else what Windows writes in Western Europe."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _header(text: str, separator: str) -> tuple[str, ...]:
    _, row = next(_parsed(text, separator), (1, None))
    return tuple(cell.removeprefix("'").strip().casefold() for cell in row or ())


def _parsed(text: str, separator: str) -> Iterator[tuple[int, list[str] | None]]:
    """The line where each row begins, and its cells; None, at the end, where it is no CSV."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    line = 1
    try:
        for row in reader:
            yield line, row
            line = reader.line_num + 1
    except csv.Error:
        yield line, None
