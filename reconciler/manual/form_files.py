"""The form of an inventory as a CSV, a spreadsheet with drop-downs, and a page to print; and back.

One row a person: as the tenant lists them, then the boxes of the licensing page, the levels of
Skill Levels, e-mail, recording, and who saw it when. The last column binds the row to its form.
"""

import csv as _csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile

from reconciler import kinds, regular_files
from reconciler.diagnostics import Diagnostic, Position, Severity
from reconciler.errors import SetupError
from reconciler.manual import csv_cells, csv_reader
from reconciler.manual.console import LICENSES
from reconciler.manual.inventory import Filled, Form, Person
from reconciler.model import NO_LEVEL, FieldValue
from reconciler.render import escape
from reconciler.render.html import page

WHO: Final = ("Name", "Extension", "Phone")
LEVEL: Final = "Level: "
FORM: Final = "Form"
BYTE_ORDER_MARK: Final = "\ufeff"
LARGEST: Final = 10_000_000
ROWS: Final = 20_000
COLUMNS_ON_PAPER: Final = 8
"""So many skills stand side by side on a printed page."""

_OLE: Final = b"\xd0\xcf\x11\xe0"
_YES: Final = frozenset({"yes", "y", "x", "true", "1", "on", "ticked"})
_NO: Final = frozenset({"no", "n", "-", "–", "false", "0", "off", "none", "not ticked", "blank"})
_EMAIL: Final = re.compile(r"[^\s@;,]+@[^\s@;,]+")
_TEXT: Final = re.compile(r'="(.*)"')
_DAYS: Final = ("%Y-%m-%d", "%d.%m.%Y", "%d.%m.%y", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S")
RECORDING: Final = {
    word.casefold(): mode for mode, label in kinds.RECORDING_MODES.items() for word in (mode, label)
}


def columns(form: Form) -> tuple[str, ...]:
    """The header of a form."""
    return (
        *WHO,
        *(LICENSES[name] for name in form.licenses),
        *(f"{LEVEL}{name}" for name in form.skills),
        *("Email Address", "Recording Mode", "Date", "By", FORM),
    )


# --- out -----------------------------------------------------------------------------------------


def csv(form: Form) -> str:
    """Lines end with CRLF: write it with `newline=""`."""
    file = io.StringIO(newline="")
    writer = _csv.DictWriter(file, columns(form), restval="", lineterminator="\r\n")
    writer.writerow({name: csv_cells.for_people(escape.visible(name)) for name in columns(form)})
    for person in form.people:
        writer.writerow(_cells(person, csv_cells.for_people))
    return BYTE_ORDER_MARK + file.getvalue()


def html(form: Form) -> str:
    """A page to print: the boxes, then the levels, a row for everybody on each."""
    names = form.skills
    parts = [names[n : n + COLUMNS_ON_PAPER] for n in range(0, len(names), COLUMNS_ON_PAPER)]
    return page.render("inventory.html", form=form, licenses=LICENSES, parts=parts)


def workbook(form: Form) -> bytes:
    """With drop-downs for boxes, levels and recording. Raises `SetupError` without the library."""
    openpyxl = _openpyxl()
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Inventory"
    header = columns(form)
    sheet.append(list(header))
    for person in form.people:
        cells = _cells(person, str)
        sheet.append([cells.get(name, "") for name in header])
    sheet.freeze_panes = "D2"
    _shape(openpyxl, sheet, form, header)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _shape(openpyxl: Any, sheet: Any, form: Form, header: Sequence[str]) -> None:
    """Widths, text cells that keep their zeros, and drop-downs."""
    letter = openpyxl.utils.get_column_letter
    last = max(2, len(form.people) + 1)
    choices = {
        **{LICENSES[name]: "yes,no" for name in form.licenses},
        **{f"{LEVEL}{name}": "1,2,3,4,5,6,7,8,9,10,-" for name in form.skills},
        "Recording Mode": ",".join(kinds.RECORDING_MODES.values()),
    }
    for number, name in enumerate(header, 1):
        column = letter(number)
        sheet.column_dimensions[column].width = 24 if name in ("Name", "Email Address") else 14
        sheet.cell(1, number).font = openpyxl.styles.Font(bold=True)
        for row in range(2, last + 1):
            cell = sheet.cell(row, number)
            cell.number_format = "@"
            cell.data_type = "s" if cell.value is not None else cell.data_type
        if name in choices:
            rule = openpyxl.worksheet.datavalidation.DataValidation(
                type="list", formula1=f'"{choices[name]}"', allow_blank=True
            )
            sheet.add_data_validation(rule)
            rule.add(f"{column}2:{column}{last}")


def _cells(person: Person, plain: Callable[[str], str]) -> dict[str, str]:
    name, number = plain(escape.visible(person.name)), plain(person.extension)
    return {"Name": name, "Extension": number, "Phone": person.phone, FORM: person.seal}


def _openpyxl() -> Any:
    try:
        import openpyxl
        import openpyxl.styles
        import openpyxl.utils
        import openpyxl.worksheet.datavalidation
    except ImportError as error:
        raise SetupError(
            "spreadsheets need the package openpyxl",
            hint="pip install 'ccaas-reconciler[spreadsheet]', or write a .csv",
        ) from error
    return openpyxl


# --- and back ------------------------------------------------------------------------------------

Cell = tuple[Position, Any]
Line = list[Cell]


def read(file: Path) -> tuple[list[Filled], list[Diagnostic]]:
    """The rows of a form, and what is wrong with its cells. Raises `SetupError`."""
    content = _bytes(file)
    start = Position(str(file), 1, 1)
    if content.startswith(_OLE):
        return [], [_error(start, "this workbook is protected by a password", UNPROTECTED)]
    try:
        lines, problems = (
            _workbook_lines(content, str(file))
            if content.startswith(b"PK")
            else _csv_lines(content, str(file))
        )
    except _UnreadableError as error:
        return [], [_error(start, str(error), "save it as CSV, UTF-8, or as .xlsx")]
    return _rows(lines, problems, start)


UNPROTECTED: Final = "save it without a password, and hand it in again"


class _UnreadableError(Exception):
    """Neither a form nor a part of one; never leaves this module."""


class _UnfitError(Exception):
    """A cell that does not fit; the text says what would."""


def _rows(
    lines: Sequence[Line], problems: Sequence[Diagnostic], start: Position
) -> tuple[list[Filled], list[Diagnostic]]:
    if not lines:
        return [], [*problems, _error(start, "the file is empty", FILL)]
    header = [str(value or "").strip().removeprefix("'") for _, value in lines[0]]
    diagnostics = [*problems, *_header_problems(header, lines, start)]
    if diagnostics:
        return [], diagnostics
    rows: list[Filled] = []
    for line in lines[1 : ROWS + 1]:
        cells = {name: line[n] for n, name in enumerate(header) if name and n < len(line)}
        if any(_text(value) for _, value in cells.values()):
            row, wrong = _row(cells, line[0][0])
            rows.append(row)
            diagnostics += wrong
    return rows, diagnostics


FILL: Final = "fill in the file that `reconciler inventory -o FILE` writes, and keep its header"


def _header_problems(
    header: Sequence[str], lines: Sequence[Line], start: Position
) -> Iterator[Diagnostic]:
    missing = [name for name in ("Name", "Extension", FORM) if name not in header]
    if missing:
        yield _error(start, f"there is no column {', '.join(missing)}", FILL)
        return
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        yield _error(start, f"more than one column {', '.join(twice)}", FILL)
    known = {*WHO, FORM, *READERS, *LICENSES.values()}
    for number, name in enumerate(header):
        if name in known or name.startswith(LEVEL) or not name:
            continue
        if any(number < len(line) and _text(line[number][1]) for line in lines[1:]):
            yield _error(lines[0][number][0], f"column `{name[:40]}` is not of the form", FILL)


def _row(cells: Mapping[str, Cell], place: Position) -> tuple[Filled, list[Diagnostic]]:
    found: dict[str, Any] = {}
    diagnostics: list[Diagnostic] = []
    for name, (position, value) in cells.items():
        try:
            if text := _text(value):
                found[name] = _reader(name)(text)
        except _UnfitError as unfit:
            diagnostics.append(
                _error(position, f"`{name}` cannot be `{_text(value)[:40]}`", str(unfit))
            )
    person = Person(found.get("Name", ""), found.get("Extension", ""), "", found.get(FORM, ""))
    values = dict(_values(found))
    return Filled(person, values, place, found.get("Date"), found.get("By", "")), diagnostics


def _values(found: Mapping[str, Any]) -> Iterator[tuple[str, FieldValue]]:
    boxes = {name: found[label] for name, label in LICENSES.items() if label in found}
    if boxes:
        yield "licenses", frozenset(name for name, is_ticked in boxes.items() if is_ticked)
    levels = {n.removeprefix(LEVEL): v for n, v in found.items() if n.startswith(LEVEL)}
    if levels:
        yield "levels", {name: level for name, level in levels.items() if level is not None}
    for label, name in (("Email Address", "email"), ("Recording Mode", "recording_mode")):
        if label in found:
            yield name, found[label]


def _box(text: str) -> bool:
    word = text.casefold()
    if word in _YES or word in _NO:
        return word in _YES
    raise _UnfitError("write yes or no")


def _level(text: str) -> int | None:
    word = text.casefold()
    if re.fullmatch(r"(10|[1-9])(\.0)?", word):
        return int(float(word))
    if word in _NO:
        return None
    if word in _YES:
        return NO_LEVEL
    raise _UnfitError("write a level from 1 to 10, or - for none")


def _email(text: str) -> str:
    if not _EMAIL.fullmatch(text):
        raise _UnfitError("one address without spaces, such as ana.diaz@acme.example")
    return text.lower()


def _recording(text: str) -> str:
    if text.casefold() not in RECORDING:
        raise _UnfitError(", ".join(kinds.RECORDING_MODES.values()))
    return RECORDING[text.casefold()]


def _day(text: str) -> date:
    for form in _DAYS:
        try:
            return datetime.strptime(text, form).date()
        except ValueError:
            continue
    raise _UnfitError("a day as 2026-11-24 or 24.11.2026")


def _plain(text: str) -> str:
    return text


READERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "Email Address": _email,
    "Recording Mode": _recording,
    "Date": _day,
    "By": _plain,
}


def _reader(name: str) -> Callable[[str], Any]:
    if name in LICENSES.values():
        return _box
    return _level if name.startswith(LEVEL) else READERS.get(name, _plain)


def _text(value: Any) -> str:
    """A cell as text: whole numbers and days as they are written."""
    if isinstance(value, datetime | date):
        return value.strftime("%Y-%m-%d")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = "" if value is None else str(value).strip()
    kept = _TEXT.fullmatch(text)
    return kept[1] if kept else text.removeprefix("'").strip()


def _csv_lines(content: bytes, file: str) -> tuple[list[Line], list[Diagnostic]]:
    lines: list[Line] = []
    diagnostics: list[Diagnostic] = []
    for number, cells in csv_reader.records(content, (*WHO, FORM)):
        if cells is None:
            diagnostics.append(_error(Position(file, number, 1), "from here on it is no CSV", FILL))
            break
        line = [(Position(file, number, n), cell) for n, cell in enumerate(cells, 1)]
        diagnostics += (_formula(place) for place, cell in line if _is_formula(cell))
        lines.append(line)
    return lines, diagnostics


def _is_formula(cell: str) -> bool:
    return cell.startswith("=") and not _TEXT.fullmatch(cell.strip())


def _workbook_lines(content: bytes, file: str) -> tuple[list[Line], list[Diagnostic]]:
    """The first sheet. What is merged or computed says nothing of single people."""
    openpyxl = _openpyxl()
    try:
        sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    except (BadZipFile, OSError, ValueError, KeyError, IndexError, SyntaxError) as error:
        raise _UnreadableError("this is no workbook that can be read") from error
    diagnostics = [
        _error(
            Position(file, area.min_row, area.min_col),
            f"cells {area.coord} are merged",
            "take the merge apart: each cell is about one person",
        )
        for area in sheet.merged_cells.ranges
    ]
    lines: list[Line] = []
    for row in sheet.iter_rows(max_row=ROWS + 1):
        line = [(Position(file, cell.row, cell.column), cell.value) for cell in row]
        diagnostics += (
            _formula(Position(file, cell.row, cell.column)) for cell in row if cell.data_type == "f"
        )
        lines.append(line)
    return lines, diagnostics


def _formula(place: Position) -> Diagnostic:
    return _error(place, "this is a formula, and no value", "write what it comes to")


def _error(place: Position, summary: str, hint: str) -> Diagnostic:
    return Diagnostic("inventory-form", Severity.ERROR, summary, hint, None, place)


def _bytes(file: Path) -> bytes:
    return regular_files.content(file, largest=LARGEST, hint="name the filled-in form")
