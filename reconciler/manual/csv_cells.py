"""The CSV form of a sheet: its columns, and cells that survive a spreadsheet.

Some columns are for people, some for us, and three are filled in by whoever does the steps. Ours
are ASCII, whatever encoding a spreadsheet saves in, and are bound together by a seal.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from reconciler.model import Address, Value

COLUMNS: Final = (
    *("step", "page", "open", "do", "fields", "check", "why"),
    *("address", "listed", "id", "tenant", "plan", "values", "seal"),
    *("result", "by", "when"),
)
NEEDED: Final = COLUMNS[COLUMNS.index("address") :]
"""Without these a row cannot be taken back."""

READ: Final = ("page", "do", "fields", "check")
"""Cells for people that may not be edited."""
_PLAIN: Final = re.compile(r"[A-Za-z0-9]")
_FORMULA: Final = re.compile(r"((?:^|[;,\t]) *)([=+\-@\t\r])")
"""At the start of a cell, or of one that a spreadsheet with another separator would make."""
_OURS: Final = re.compile(r"((?:^|[;,\t]) *)([=+\-@'])")
_NUMBER: Final = re.compile(r"[0-9][0-9.,:/eE+-]*")
_APOSTROPHE: Final = "'"


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a row is about; `listed` is the name and the number before, with a tab between them."""

    tenant: str
    plan_id: str
    step: str
    address: Address
    listed: str
    set: Mapping[str, Value]


def seal(of: Sealed, cells: Mapping[str, str]) -> str:
    """What binds a row: it finds mistakes, it does not stop forgers. `cells` are those for people.

    Of their text only letters and digits count, since spreadsheets change encodings and quotes.
    """
    return _seal(of, [_digest(_plain(cells.get(name, "")), 4) for name in READ])


def fits(written: str, of: Sealed, cells: Mapping[str, str]) -> bool:
    """Whether a row still says what was written. A cell for people may be empty, or be gone."""
    digests = [written[at : at + 4] for at in range(16, 16 + 4 * len(READ), 4)]
    if written != _seal(of, digests):
        return False
    texts = zip((_plain(cells.get(name, "")) for name in READ), digests, strict=True)
    return all(not text or _digest(text, 4) == digest for text, digest in texts)


def _seal(of: Sealed, digests: Sequence[str]) -> str:
    bound = [of.tenant, of.plan_id, of.step, of.address, of.listed, dict(of.set), *digests]
    return _digest(json.dumps(bound, sort_keys=True), 16) + "".join(digests)


def _digest(text: str, length: int) -> str:
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:length]


def _plain(text: str) -> str:
    return "".join(_PLAIN.findall(text))


def for_people(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return _FORMULA.sub(rf"\1{_APOSTROPHE}\2", text)


def text_cell(text: str) -> str:
    """The inside of a JSON string, with an apostrophe before what looks like a number or date."""
    inside = _without_formulas(json.dumps(text)[1:-1])
    return f"{_APOSTROPHE}{inside}" if _NUMBER.fullmatch(inside) else inside


def text_of(cell: str) -> str:
    """The text of a cell of ours; ValueError where `text_cell` wrote no such cell."""
    text: str = json.loads(f'"{_bare(cell)}"')
    return text


def values_cell(set_: Mapping[str, Value]) -> str:
    return _without_formulas(json.dumps(dict(set_), sort_keys=True))


def values_of(cell: str) -> dict[str, Value]:
    """ValueError where the cell is no JSON object of plain values."""
    try:
        found = json.loads(_bare(cell))
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if not isinstance(found, dict) or not all(map(_is_plain, found.values())):
        raise ValueError("no object of plain values")
    return found


def _is_plain(of: object) -> bool:
    return of is None or isinstance(of, str | int)


def _bare(cell: str) -> str:
    """Spreadsheets keep the apostrophe before a text or take it for their own."""
    return cell.removeprefix(_APOSTROPHE)


def _without_formulas(written: str) -> str:
    return _OURS.sub(lambda match: f"{match[1]}\\u{ord(match[2]):04x}", written)
