"""Serialize a plan to its JSON document."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from reconciler.diagnostics import Diagnostic, Position
from reconciler.evidence import grades
from reconciler.model import (
    Allowance,
    Attestation,
    Change,
    Dated,
    DriftItem,
    DueWork,
    FieldChange,
    Grade,
    Graded,
    Operation,
    Plan,
    Policy,
    RangeUse,
    Value,
)

FORMAT_VERSION: Final = "1.1"
"""1.1: the digest covers everything that `apply` believes, and a checksum covers the document."""


def text(plan: Plan) -> str:
    """Return the document as text with a final newline; lone surrogates are escaped."""
    content = document(plan)
    written = json.dumps(content, indent=2, ensure_ascii=False)
    if not _fits_utf8(written):
        written = json.dumps(content, indent=2)
    return written + "\n"


def _fits_utf8(written: str) -> bool:
    try:
        written.encode()
    except UnicodeEncodeError:
        return False
    return True


def document(plan: Plan) -> dict[str, Any]:
    content = _content(plan)
    content["checksum"] = checksum(content)
    return content


def checksum(content: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the document without its checksum."""
    rest = {key: value for key, value in content.items() if key != "checksum"}
    canonical = json.dumps(rest, sort_keys=True, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(canonical.encode()).hexdigest()


def covered_parts(plan: Plan) -> dict[str, Any]:
    """Return the parts of the document that the digest covers in whole or in part."""
    return {
        "as_of": plan.as_of.isoformat(),
        "expires_at": moment(plan.expires_at),
        "tenant": _named(plan.tenant, "name", "provider", "url"),
        "selection": {"select": list(plan.select), "exclude": list(plan.exclude)},
        "changes": [_change(change) for change in plan.changes],
        "acknowledged": [_allowance(item) for item in plan.acknowledged],
    }


def _content(plan: Plan) -> dict[str, Any]:
    covered = covered_parts(plan)
    return {
        "format_version": FORMAT_VERSION,
        "tool_version": plan.tool_version,
        "plan_id": plan.plan_id,
        "digest": plan.digest,
        "checksum": "",
        "created_at": moment(plan.created_at),
        "as_of": covered["as_of"],
        "expires_at": covered["expires_at"],
        "tenant": covered["tenant"],
        "config": _named(plan.config, "commit", "dirty", "files", "hash", "folder"),
        "live": _named(plan.live, "complete", "resources", "requests"),
        "applyable": plan.applyable,
        "complete": plan.complete,
        "summary": {kind: dict(counts) for kind, counts in plan.summary.items()},
        "selection": covered["selection"],
        **_due(plan.due),
        "changes": covered["changes"],
        "operations": [_operation(operation) for operation in plan.operations],
        "drift": [_drift(item) for item in plan.drift],
        "unmanaged": [_named(item, *UNMANAGED) for item in plan.unmanaged],
        "unobserved": [_named(item, "kind", "field", "count") for item in plan.unobserved],
        **grade_fields(plan.grades),
        "seats": [_named(item, *SEATS) for item in plan.seats],
        **({"costs": [_named(item, *COSTS) for item in plan.costs]} if plan.costs else {}),
        "coverage": [_named(item, *COVERAGE) for item in plan.coverage],
        "access": {"gain": list(plan.access.gain), "lose": list(plan.access.lose)},
        "extensions": [_range(item) for item in plan.extensions],
        "forecast": _named(plan.forecast, "requests", "seconds"),
        "diagnostics": [_diagnostic(item) for item in plan.diagnostics],
        "blockers": [_named(item, *BLOCKER) for item in plan.blockers],
        "acknowledged": covered["acknowledged"],
        "policy": _policy(plan.policy),
        "gone_files": list(plan.gone_files),
        "upcoming": [dated(item) for item in plan.upcoming],
        "overdue": [dated(item) for item in plan.overdue],
    }


UNMANAGED = ("address", "label", "unlisted", "declared", "file", "active")
SEATS = ("license", "purchased", "assigned", "after", "peak", "free", "over", "requires")
COSTS = ("license", "more", "at_most", "amount", "idle", "idle_amount", "currency")
RANGE = ("used", "after", "free", "foreign", "purpose", "unlisted")
COVERAGE = ("address", "before", "lowest", "after", "minimum", "join", "leave")
GRADED = ("kind", "field", "observed", "attested", "unobserved", "by")
BLOCKER = ("guard", "planned", "limit", "acknowledge", "address", "summary", "hint")


def moment(value: datetime) -> str:
    return value.isoformat().replace("+00:00", "Z")


def _named(of: object, *names: str) -> dict[str, Any]:
    values = {name: getattr(of, name) for name in names}
    return {name: list(v) if isinstance(v, tuple) else v for name, v in values.items()}


def _due(work: DueWork | None) -> dict[str, Any]:
    """Return the key `due`; empty for a plan of everything that differs."""
    if work is None:
        return {}
    others = [_drift(item) for item in work.others]
    return {"due": {**_named(work, "addresses"), "since": _day(work.since), "others": others}}


def _change(change: Change) -> dict[str, Any]:
    return {
        "address": change.address,
        "kind": change.kind,
        "label": change.label,
        "action": change.action.value,
        "reason": change.reason,
        "source": _source(change.source),
        "live_id": change.live_id,
        "precondition": change.precondition,
        "execution": change.execution.value,
        "fields": [{**field(item), **word_fields(item.word)} for item in change.fields],
    }


def field(item: FieldChange) -> dict[str, Value]:
    """Return a field of a change, with the evidence for its `before`."""
    return {"path": item.path, "before": item.before, "after": item.after}


def word_fields(word: Attestation | None) -> dict[str, Any]:
    """Return the key `word` of a field or drift item; empty where the tenant shows the value.

    A value that the files stated has no time.
    """
    if word is None:
        return {}
    grade = grades.grade(word)
    at = moment(word.at) if grade is Grade.ATTESTED else None
    return {"word": {"grade": grade.value, "by": word.by, "at": at, "source": word.source}}


def grade_fields(grades: Sequence[Graded]) -> dict[str, Any]:
    """Return the key `grades`; empty for a tenant that is not maintained by hand."""
    if not grades:
        return {}
    return {
        "grades": [
            {**_named(each, *GRADED), "oldest": moment(each.oldest) if each.oldest else None}
            for each in grades
        ]
    }


def dated(item: Dated) -> dict[str, Any]:
    """Return a day of the files with what it is about."""
    return {
        "day": item.day.isoformat(),
        "event": item.event.value,
        "address": item.address or None,
        **_named(item, "label", "path"),
        "source": _source(item.source),
    }


def _operation(operation: Operation) -> dict[str, Any]:
    return {
        "id": operation.id,
        "address": operation.address,
        "verb": operation.verb.value,
        "set": dict(operation.set),
        "why": operation.why,
        "after": list(operation.after),
    }


def _drift(item: DriftItem) -> dict[str, Any]:
    return {
        **_named(item, "address", "kind", "label"),
        "class": item.drift.value,
        **_named(item, "path", "base", "desired", "live"),
        "source": _source(item.source),
        "first_seen": moment(item.first_seen) if item.first_seen else None,
        "actor": item.actor,
        "changed_at": moment(item.changed_at) if item.changed_at else None,
        "edit": item.edit,
        **word_fields(item.word),
    }


def _source(source: Position | None) -> dict[str, Any] | None:
    return {"file": source.file, "line": source.line} if source else None


def _range(item: RangeUse) -> dict[str, Any]:
    return {
        "range": item.range,
        "from": item.first,
        "to": item.last,
        **_named(item, *RANGE),
    }


def _diagnostic(item: Diagnostic) -> dict[str, Any]:
    place = item.position
    return {
        "rule": item.rule,
        "severity": item.severity.value,
        "address": item.address,
        "file": place.file if place else None,
        "line": place.line if place else None,
        "column": place.column if place else None,
        "summary": item.summary,
        "hint": item.hint,
    }


def _allowance(item: Allowance) -> dict[str, Any]:
    return {**_named(item, "what", "count", "reason"), "until": _day(item.until)}


def _day(value: date | None) -> str | None:
    return value.isoformat() if value else None


def _policy(policy: Policy) -> dict[str, Any]:
    return {
        "limits": {
            guard: limit.count if limit.count is not None else f"{limit.percent}%"
            for guard, limit in sorted(policy.limits.items())
        },
        "protect": sorted(policy.protect),
        "protect_fields": {
            address: sorted(fields) for address, fields in sorted(policy.protect_fields.items())
        },
        "waivers": [
            {**_named(w, "rule", "address", "reason"), "until": _day(w.until)}
            for w in policy.waivers
        ],
        "ignore": sorted(policy.ignore),
        "live_calls": policy.live_calls,
        **{
            name: getattr(policy, name)
            for name in ("attestation_days", "absent_percent")
            if getattr(policy, name) != getattr(Policy(), name)
        },
    }
