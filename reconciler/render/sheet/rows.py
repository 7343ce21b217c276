"""CSV: one row a step, for a spreadsheet, to be filled in and handed back."""

import csv as _csv
import io
from collections.abc import Iterator
from typing import Final

from reconciler.render import escape
from reconciler.render.sheet import said
from reconciler.worksheet import Entry, Sheet, Step, Visit, table

BYTE_ORDER_MARK: Final = "\ufeff"
"""Without it Excel takes UTF-8 for something else."""


def csv(sheet: Sheet) -> str:
    """Lines end with CRLF: write it with `newline=""`. `worksheet.returned` reads it back."""
    file = io.StringIO(newline="")
    writer = _csv.DictWriter(file, table.COLUMNS, restval="", lineterminator="\r\n")
    writer.writeheader()
    for visit, step in sheet.steps():
        writer.writerow({**_for_people(visit, step), **_ours(sheet, step)})
    return BYTE_ORDER_MARK + file.getvalue()


def _for_people(visit: Visit, step: Step) -> dict[str, str]:
    texts = {
        "step": str(step.number),
        "page": _short(visit.page),
        "open": said.path(visit.clicks),
        "do": " ".join(_deed(visit, step)),
        "fields": "; ".join(_field(entry) for entry in step.entries),
        "check": _short(step.check),
        "why": _short(step.why),
    }
    return {name: _cell(text) for name, text in texts.items()}


def _deed(visit: Visit, step: Step) -> Iterator[str]:
    """With what concerns the page as a whole: its notes at its first step, its save at its last."""
    if step is visit.steps[0]:
        yield from (f"[{_short(note)}]" for note in said.notes(visit))
    title = _short(step.title)
    yield f"{title}: {said.path(step.clicks)}" if step.clicks else title
    if visit.save and step is visit.steps[-1]:
        yield f"[{_short(said.save(visit))}]"


def _field(entry: Entry) -> str:
    value = said.quoted(_short(entry.value)) or f"({said.CLEAR})"
    label = _short(entry.label)
    if entry.before is None:
        return f"{label}: {value}"
    return f"{label}: {value} (now {said.quoted(_short(entry.before)) or said.EMPTY})"


def _short(text: str) -> str:
    return escape.clipped(text, said.LONGEST)


def _cell(text: str) -> str:
    return table.for_people(escape.visible(text))


def _ours(sheet: Sheet, step: Step) -> dict[str, str]:
    name = sheet.tenant.name
    seal = table.seal(name, sheet.plan_id, step.id, step.address, step.set)
    return {
        "address": table.text_cell(step.address),
        "id": table.text_cell(step.id),
        "tenant": table.text_cell(name),
        "plan": table.text_cell(sheet.plan_id),
        "values": table.values_cell(step.set),
        "seal": table.text_cell(seal),
    }
