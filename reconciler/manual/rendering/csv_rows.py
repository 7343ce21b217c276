"""CSV: one row a step, for a spreadsheet, to be filled in and handed back."""

import csv as _csv
import io
from collections.abc import Iterator
from typing import Final

from reconciler.manual import csv_cells
from reconciler.manual.rendering import common
from reconciler.manual.sheet import Entry, Sheet, Step, Visit
from reconciler.render import escape

BYTE_ORDER_MARK: Final = "\ufeff"
"""Without it Excel takes UTF-8 for something else."""


def csv(sheet: Sheet) -> str:
    """Lines end with CRLF: write it with `newline=""`. `manual.completed` reads it back."""
    file = io.StringIO(newline="")
    writer = _csv.DictWriter(file, csv_cells.COLUMNS, restval="", lineterminator="\r\n")
    writer.writeheader()
    for visit, step in sheet.steps():
        writer.writerow({**_for_people(visit, step), **_ours(sheet, visit, step)})
    return BYTE_ORDER_MARK + file.getvalue()


def _for_people(visit: Visit, step: Step) -> dict[str, str]:
    texts = {
        "step": str(step.number),
        "page": _short(visit.page),
        "open": common.path(visit.clicks),
        "do": " ".join(_deed(visit, step)),
        "fields": "; ".join(_field(entry) for entry in step.entries),
        "check": _short(step.check),
        "why": _short(step.why),
    }
    return {name: _cell(text) for name, text in texts.items()}


def _deed(visit: Visit, step: Step) -> Iterator[str]:
    """With what concerns the page as a whole: its notes at its first step, its save at its last."""
    if step is visit.steps[0]:
        yield from (f"[{_short(note)}]" for note in common.notes(visit))
    title = _short(step.title)
    yield f"{title}: {common.path(step.clicks)}" if step.clicks else title
    if visit.save and step is visit.before_save[-1]:
        yield f"[{_short(common.save(visit))}]"


def _field(entry: Entry) -> str:
    value = common.quoted(_short(entry.value)) or f"({common.CLEAR})"
    label = _short(entry.label)
    if entry.before is None:
        return f"{label}: {value}"
    return f"{label}: {value} (now {common.quoted(_short(entry.before)) or common.EMPTY})"


def _short(text: str) -> str:
    return escape.clipped(text, common.LONGEST)


def _cell(text: str) -> str:
    return csv_cells.for_people(escape.visible(text))


def seal(sheet: Sheet, visit: Visit, step: Step) -> str:
    """What binds the cells of a row together."""
    of = csv_cells.Sealed(
        sheet.tenant.name, sheet.plan_id, step.id, step.address, _listed(step), step.set
    )
    return csv_cells.seal(of, _for_people(visit, step))


def _ours(sheet: Sheet, visit: Visit, step: Step) -> dict[str, str]:
    return {
        "address": csv_cells.text_cell(step.address),
        "listed": csv_cells.text_cell(_listed(step)),
        "id": csv_cells.text_cell(step.id),
        "tenant": csv_cells.text_cell(sheet.tenant.name),
        "plan": csv_cells.text_cell(sheet.plan_id),
        "values": csv_cells.values_cell(step.set),
        "seal": csv_cells.text_cell(seal(sheet, visit, step)),
    }


def _listed(step: Step) -> str:
    return f"{step.name}\t{step.extension}" if step.extension else ""
