"""Drift reports: a three-way comparison of base, desired and live.

The base is what was last applied, or what the files stated at a revision. `drift`: live moved away
from the base. `pending`: the files did. `conflict`: both did, to different values. `due`: the files
did not change, and a date in them was reached. Without a base every difference is a `difference`.
A field that the base does not state and the files now do is `pending`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from reconciler import __version__, claims, kinds, regular_files, scalars
from reconciler.diagnostics import Position, Severity
from reconciler.drift.earlier import EarlierFiles, Sides, same, there
from reconciler.errors import SetupError
from reconciler.evidence import grades
from reconciler.model import (
    Action,
    Address,
    AuditEntry,
    Change,
    Comparison,
    Declared,
    Desired,
    DriftClass,
    DriftItem,
    DriftReport,
    Execution,
    FieldChange,
    Reading,
    Resource,
    TenantRef,
    Unmanaged,
    Value,
)

LARGEST: Final = 256 * 1024 * 1024
HINT: Final = "make one: drift -o FILE"
COUNTS: Final = frozenset({DriftClass.DRIFT, DriftClass.CONFLICT, DriftClass.DIFFERENCE})
"""What makes `drift` leave with 2."""

WAITING: Final = frozenset({DriftClass.PENDING, DriftClass.DUE})
"""What the next apply does: there the tenant did not move."""

NO_EARLIER_FILES: Final = EarlierFiles()

FirstSeen = Mapping[str, datetime]


@dataclass(frozen=True, slots=True)
class _ReportContext:
    """What the items of a report are made from.

    `audit` is by live address and path; `passed_on` are addresses that one agent releases to
    another; `replaced` maps the address of a live agent to that of the successor.
    """

    desired: Desired
    matches: Mapping[Address, Resource]
    declared: Declared | None
    seen: FirstSeen
    now: datetime
    audit: Mapping[tuple[Address, str | None], AuditEntry]
    earlier: EarlierFiles
    passed_on: frozenset[Address]
    replaced: Mapping[Address, Address]

    def live_address(self, change: Change) -> Address:
        live = self.matches.get(change.address)
        return live.address if live else change.address

    def base(self, change: Change) -> Mapping[str, Value] | None:
        """Return what the base states of a resource, under its live or its declared address."""
        if self.declared is None:
            return None
        if change.action is Action.CREATE and change.address in self.passed_on:
            return None
        for address in (self.live_address(change), change.address):
            if address in self.declared.addresses - self.declared.waiting:
                return self.declared.fields.get(address, {})
        return None


def report(
    desired: Desired,
    reading: Reading,
    comparison: Comparison,
    declared: Declared | None,
    *,
    now: datetime,
    first_seen: FirstSeen | None = None,
    audit: Iterable[AuditEntry] = (),
    earlier: EarlierFiles = NO_EARLIER_FILES,
) -> DriftReport:
    """Report every field on which the sides disagree.

    `first_seen` is keyed as `key` makes it.
    """
    context = _ReportContext(
        desired,
        comparison.matches,
        declared,
        first_seen or {},
        now,
        _newest(audit),
        earlier,
        frozenset(_passed_on(comparison)),
        comparison.replaced,
    )
    tenant = desired.tenant
    return DriftReport(
        tenant=TenantRef(tenant.name, tenant.provider, tenant.url),
        config=desired.config,
        as_of=desired.as_of,
        created_at=now,
        base=declared.source if declared else None,
        complete=True,
        items=tuple(item for change in comparison.changes for item in _items(change, context)),
        unmanaged=tuple(_added_by(item, context) for item in comparison.unmanaged),
        unobserved=comparison.unobserved,
        grades=comparison.grades,
        diagnostics=(*reading.notes, *comparison.diagnostics),
        tool_version=__version__,
    )


def key(address: str, path: str | None) -> str:
    """Return what identifies an item from one report to the next."""
    return f"{address} {path or ''}".rstrip()


def keys(report: DriftReport) -> list[str]:
    return [key(item.address, item.path) for item in report.items]


def has_drifted(report: DriftReport) -> bool:
    """Return whether somebody has to look: drift, a conflict, or an agent nobody can identify."""
    is_unsure = any(finding.severity is Severity.ERROR for finding in report.diagnostics)
    return is_unsure or any(item.drift in COUNTS for item in report.items)


def previous(path: Path) -> FirstSeen:
    """Read when each item of an earlier report was first seen. Raises `SetupError`."""
    text = regular_files.text(path, largest=LARGEST, hint=HINT)
    try:
        raw = json.loads(text)
        seen = {
            key(item["address"], item["path"]): datetime.fromisoformat(item["first_seen"])
            for item in raw["items"]
            if item["first_seen"]
        }
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise SetupError(f"{path} is not a drift report", hint=HINT) from error
    if any(moment.tzinfo is None for moment in seen.values()):
        raise SetupError(f"{path} has a time without a zone", hint=HINT)
    return seen


def _passed_on(comparison: Comparison) -> Iterator[Address]:
    for change in comparison.changes:
        for item in change.fields:
            if item.path == "email" and isinstance(item.before, str):
                yield kinds.agent_address(item.before, None)


def _newest(audit: Iterable[AuditEntry]) -> dict[tuple[Address, str | None], AuditEntry]:
    return {(entry.address, entry.path): entry for entry in sorted(audit, key=lambda e: e.at)}


def _added_by(item: Unmanaged, context: _ReportContext) -> Unmanaged:
    who = context.audit.get((item.address, None))
    return replace(item, actor=who.actor) if who else item


def _items(change: Change, context: _ReportContext) -> Iterator[DriftItem]:
    base = context.base(change)
    if change.action in (Action.CREATE, Action.DELETE):
        yield _whole(change, base, context)
        return
    for field in change.fields:
        is_unseen = field.word is not None and field.word.source == grades.BASE
        is_automatic = change.execution is Execution.AUTOMATIC
        if context.declared is not None or not (is_unseen and is_automatic):
            yield _field(change, field, base, context)


def _whole(change: Change, base: Mapping[str, Value] | None, context: _ReportContext) -> DriftItem:
    """Return the item of an object that is missing on a side; a side that has it is `True`."""
    is_created = change.action is Action.CREATE
    was_there = base is not None and base.get("active") is not False
    if context.declared is None:
        drift = DriftClass.DIFFERENCE
    else:
        drift = DriftClass.DRIFT if is_created and was_there else DriftClass.PENDING
    sides = (there(base is not None), there(is_created), there(not is_created))
    if is_created:
        drift = _dated(drift, change.address, None, sides, context)
    return _item(change, None, drift, sides, context)


def _field(
    change: Change, field: FieldChange, base: Mapping[str, Value] | None, context: _ReportContext
) -> DriftItem:
    before = (base or {}).get(field.path)
    if context.declared is None:
        drift = DriftClass.DIFFERENCE
    elif base is None or not _is_stated(field.path, base):
        drift = DriftClass.PENDING
    else:
        drift = _moved(before, field.after, field.before)
    sides = (before, field.after, field.before)
    drift = _dated(drift, change.address, field.path, sides, context)
    return replace(_item(change, field.path, drift, sides, context), word=field.word)


def _is_stated(path: str, base: Mapping[str, Value]) -> bool:
    """Return whether the base states the field; for a member, whether it states the collection."""
    name, member = kinds.split_path(path)
    if member is None:
        return path in base
    return any(kinds.split_path(stated_path)[0] == name for stated_path in base)


def _moved(base: Value, desired: Value, live: Value) -> DriftClass:
    """Classify a difference by the side that moved away from the base; desired and live differ."""
    if same(live, base):
        return DriftClass.PENDING
    return DriftClass.DRIFT if same(desired, base) else DriftClass.CONFLICT


def _dated(
    drift: DriftClass, address: Address, path: str | None, sides: Sides, context: _ReportContext
) -> DriftClass:
    """Correct the class where dates in the files may be what moved."""
    if context.declared is None:
        return drift
    if context.earlier.explains(address, path, sides):
        return DriftClass.DUE
    successor = context.replaced.get(address)
    if drift is DriftClass.PENDING and successor and context.earlier.begins(successor):
        return DriftClass.DUE
    if context.declared.is_of_now and drift in (DriftClass.DRIFT, DriftClass.CONFLICT):
        return DriftClass.DIFFERENCE
    is_unmoved = context.earlier.is_unmoved(address, path, sides[0], sides[1])
    return DriftClass.DRIFT if drift is DriftClass.CONFLICT and is_unmoved else drift


def _item(
    change: Change,
    path: str | None,
    drift: DriftClass,
    sides: tuple[Value, Value, Value],
    context: _ReportContext,
) -> DriftItem:
    base, desired, live = sides
    takes_over = drift not in WAITING
    who = context.audit.get((context.live_address(change), path)) if takes_over else None
    return DriftItem(
        address=change.address,
        kind=change.kind,
        label=change.label,
        drift=drift,
        path=path,
        base=base,
        desired=desired,
        live=live,
        source=_source(change, path, context.desired),
        first_seen=context.seen.get(key(change.address, path), context.now),
        actor=who.actor if who else None,
        changed_at=who.at if who else None,
        edit=_edit(change, path, live, context.desired) if takes_over else None,
    )


def _source(change: Change, path: str | None, desired: Desired) -> Position | None:
    """Return the line of the field where the entry states it, else the line of the entry."""
    resource = desired.resources.get(change.address)
    if path is None or resource is None or resource.origin is None:
        return change.source
    name, member = kinds.split_path(path)
    return resource.origin.at(name, member) if member else resource.origin.at(name)


# --- edits that take a live value over ------------------------------------------------------------


def _edit(change: Change, path: str | None, live: Value, desired: Desired) -> str | None:
    """Return the YAML edit that takes a live value over; None where no edit of the entry can.

    That is so for a queue that is gone, and for an unknown level.
    """
    if path is None or path == "active":
        return _presence_edit(change, live, desired)
    name, member = kinds.split_path(path)
    if member is not None:
        return _member_edit(name, member, live, desired)
    if live is None and not _is_clearable(change.kind, name):
        return f"# remove {name}: {claims.HAS_NONE}"
    return f"{name}: {scalars.text(live)}"


def _presence_edit(change: Change, live: Value, desired: Desired) -> str | None:
    """Return the edit for an agent who is gone, suspended, or back."""
    if change.kind != kinds.AGENT:
        return None
    if live:
        return "# remove until: it is past, and the agent is active"
    return f"until: {(desired.as_of - timedelta(days=1)).isoformat()}"


def _member_edit(name: str, member: str, live: Value, desired: Desired) -> str | None:
    word = scalars.text(member)
    if live is None:
        return f"{name}: {{{word}: none}}"
    if name == "licenses":
        return f"{name}: [{word}]"
    if live is not True:
        return f"{name}: {{{word}: {scalars.text(live)}}}"
    target = desired.resources.get(kinds.address(kinds.MEMBERSHIPS[name], member))
    if target and target.fields.get("default_level") is not None:
        return None
    return f"{name}: {{{word}: default}}"


def _is_clearable(kind: str, name: str) -> bool:
    row = kinds.KINDS[kind].field(name)
    return row is not None and row.clearable
