"""JSON: the only form that a machine should read. Every document carries a `format_version`.

The plan document is `planfile`'s; the others are written here.
"""

import json as _json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from reconciler import planfile
from reconciler.diagnostics import Diagnostic, Position, in_order
from reconciler.model import (
    Change,
    Dated,
    DriftItem,
    DriftReport,
    DueWork,
    FieldChange,
    FleetReport,
    Outcome,
    Plan,
    SideComparison,
    Verdict,
)
from reconciler.render import escape, facts, sides
from reconciler.roster import ImportResult

FORMAT_VERSION: Final = "1.0"


def plan(plan: Plan) -> str:
    return escape.json(planfile.text(plan))


def diagnostics(diagnostics: Iterable[Diagnostic], upcoming: Iterable[Dated] = ()) -> str:
    return _text(
        {
            "diagnostics": [_diagnostic(diagnostic) for diagnostic in in_order(diagnostics)],
            "upcoming": [planfile.dated(item) for item in upcoming],
        }
    )


def drift(report: DriftReport) -> str:
    """`schemas/drift.schema.json`; `--previous` reads it back."""
    return _text(
        {
            "tool_version": report.tool_version,
            "created_at": _moment(report.created_at),
            "as_of": report.as_of.isoformat(),
            "tenant": _fields(report.tenant, "name", "provider", "url"),
            "config": _fields(report.config, "commit", "dirty", "files", "hash"),
            "base": report.base,
            "complete": report.complete,
            "summary": {str(name): count for name, count in facts.drift_counts(report).items()},
            "items": [_item(item) for item in report.items],
            "unmanaged": [
                _fields(item, "address", "label", "unlisted", "actor") for item in report.unmanaged
            ],
            "unobserved": [_fields(item, "kind", "field", "count") for item in report.unobserved],
            **planfile.grade_fields(report.grades),
            "diagnostics": [_diagnostic(item) for item in in_order(report.diagnostics)],
        }
    )


def compared(made: SideComparison) -> str:
    """`schemas/compare.schema.json`."""
    return _text(
        {
            "tool_version": made.tool_version,
            "created_at": _moment(made.created_at),
            "as_of": made.as_of.isoformat(),
            **{
                name: {
                    "name": side.name,
                    "live": side.is_live,
                    "tenant": _fields(side.tenant, "name", "provider", "url"),
                }
                for name, side in (("a", made.left), ("b", made.right))
            },
            "summary": {**sides.parts(made).counts, "same": made.same},
            "items": [
                {
                    **_fields(item, "address", "kind", "label", "path"),
                    "a": item.desired,
                    "b": item.live,
                    "only_in": sides.only_in(item, made),
                    "source": _source(item.source),
                }
                for item in made.items
            ],
            "unobserved": [_fields(item, "kind", "field", "count") for item in made.unobserved],
            "diagnostics": [_diagnostic(item) for item in in_order(made.diagnostics)],
        }
    )


def nothing_due(tenant: str, work: DueWork) -> str:
    """How much differs for another reason is only counted."""
    due = {"addresses": [], "since": work.since.isoformat(), "others": len(work.others)}
    return _text({"tenant": tenant, "due": due, "changes": []})


def imported(result: ImportResult, *, folder: str) -> str:
    """What was written into a folder."""
    return _text(
        {
            "folder": folder,
            "files": list(result.files),
            "agents": list(result.agents),
            "declared": list(result.declared),
            "left_out": list(result.left_out),
            "diagnostics": [_diagnostic(item) for item in in_order(result.diagnostics)],
        }
    )


def verdict(verdict: Verdict) -> str:
    return _text(
        {
            "converged": verdict.converged,
            "summary": {str(result): count for result, count in facts.results(verdict).items()},
            "outcomes": [_outcome(outcome) for outcome in verdict.outcomes],
            "left": [_change(change) for change in verdict.left],
            "cannot_tell": list(verdict.cannot_tell),
            "unobserved": [_fields(item, "kind", "field", "count") for item in verdict.unobserved],
            **planfile.grade_fields(verdict.grades),
        }
    )


def fleet(report: FleetReport) -> str:
    """`schemas/fleet.schema.json`."""
    names = ("tenant", "folder", "provider", "labels", "wave", "exit_code", "reason", "cause")
    more = ("hint", "digest", "plan", "seconds", "requests", "attempts", "changes", "seats")
    return _text(
        {
            "tool_version": report.tool_version,
            "run": _fields(report, "command", "engine", "root", "started_at", "finished_at")
            | {"id": report.run, "cancelled": report.is_cancelled, "settings": report.settings},
            "exit_code": report.exit_code,
            "totals": {
                "tenants": len(report.rows),
                "outcomes": report.counts,
                "requests": report.requests,
                "seconds": report.seconds,
            },
            "notes": list(report.notes),
            "tenants": [
                {
                    **_fields(row, *names, *more, "coverage"),
                    "state": str(row.state),
                    "outcome": str(row.outcome) if row.outcome else None,
                }
                for row in report.rows
            ],
        }
    )


def _text(content: Mapping[str, Any]) -> str:
    versioned = {"format_version": FORMAT_VERSION, **content}
    return escape.json(_json.dumps(versioned, indent=2, ensure_ascii=False))


def _fields(of: object, *names: str) -> dict[str, Any]:
    return {name: getattr(of, name) for name in names}


def _diagnostic(diagnostic: Diagnostic) -> dict[str, Any]:
    place = diagnostic.position
    return {
        "rule": diagnostic.rule,
        "severity": str(diagnostic.severity),
        "address": diagnostic.address,
        "file": place.file if place else None,
        "line": place.line if place else None,
        "column": place.column if place else None,
        "summary": diagnostic.summary,
        "hint": diagnostic.hint,
    }


def _item(item: DriftItem) -> dict[str, Any]:
    return {
        **_fields(item, "address", "kind", "label"),
        "class": str(item.drift),
        **_fields(item, "path", "base", "desired", "live"),
        "source": _source(item.source),
        "first_seen": _moment(item.first_seen),
        "actor": item.actor,
        "changed_at": _moment(item.changed_at),
        "edit": item.edit,
        **planfile.word_fields(item.word),
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    operation = outcome.operation
    return {
        "operation": operation.id,
        "address": operation.address,
        "verb": str(operation.verb),
        "set": dict(sorted(operation.set.items())),
        "result": str(outcome.result),
        "because": outcome.because,
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        **_fields(change, "address", "kind", "label"),
        "action": str(change.action),
        "fields": [_field(field) for field in change.fields],
    }


def _field(field: FieldChange) -> dict[str, Any]:
    return {**_fields(field, "path", "before", "after"), **planfile.word_fields(field.word)}


def _moment(of: datetime | None) -> str | None:
    return of.isoformat().replace("+00:00", "Z") if of else None


def _source(source: Position | None) -> dict[str, Any] | None:
    return {"file": source.file, "line": source.line} if source else None
