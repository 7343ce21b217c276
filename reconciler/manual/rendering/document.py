"""JSON: the sheet for a machine, with the seals of its rows."""

from typing import Any, Final

from reconciler.manual.rendering import csv_rows
from reconciler.manual.sheet import Entry, Sheet, Step, Visit
from reconciler.model import Unobserved
from reconciler.planfile.document import moment

FORMAT_VERSION: Final = "1.0"


def document(sheet: Sheet) -> dict[str, Any]:
    """`schemas/worksheet.schema.json`."""
    return {
        "format_version": FORMAT_VERSION,
        "plan_id": sheet.plan_id,
        "digest": sheet.digest,
        "created_at": moment(sheet.created_at),
        "as_of": sheet.as_of.isoformat(),
        "tenant": {
            "name": sheet.tenant.name,
            "provider": sheet.tenant.provider,
            "url": sheet.tenant.url,
        },
        "visits": [_visit(sheet, visit) for visit in sheet.visits],
        "unobserved": [_unobserved(item) for item in sheet.unobserved],
    }


def _visit(sheet: Sheet, visit: Visit) -> dict[str, Any]:
    return {
        "page": visit.page,
        "open": list(visit.clicks),
        "note": visit.note,
        "steps": [_step(sheet, visit, step) for step in visit.steps],
        "save": visit.save,
    }


def _step(sheet: Sheet, visit: Visit, step: Step) -> dict[str, Any]:
    return {
        "number": step.number,
        "id": step.id,
        "address": step.address,
        "listed": {"name": step.name, "extension": step.extension} if step.extension else None,
        "label": step.label,
        "title": step.title,
        "clicks": list(step.clicks),
        "fields": [_entry(entry) for entry in step.entries],
        "check": step.check,
        "why": step.why,
        "set": dict(sorted(step.set.items())),
        "operations": list(step.operations),
        "proof": str(step.proof),
        "seal": csv_rows.seal(sheet, visit, step),
    }


def _entry(entry: Entry) -> dict[str, Any]:
    return {"label": entry.label, "before": entry.before, "value": entry.value}


def _unobserved(item: Unobserved) -> dict[str, Any]:
    return {"kind": item.kind, "field": item.field, "count": item.count}
