"""Three sides: base (what was last applied, or what the files said at a revision), desired, live.

`drift`: live moved away from base. `pending`: the files did. `conflict`: both, and to different
values. `due`: the files did not change, and a date in them was reached. Without a base there are
only two sides, and every difference is a `difference`. What the base does not state nobody can have
moved away from: that the files now do is `pending`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from reconciler import __version__, kinds, regular_files
from reconciler.diagnostics import Position, Severity
from reconciler.drift import edits
from reconciler.errors import SetupError
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

FirstSeen = Mapping[str, datetime]


@dataclass(frozen=True, slots=True)
class Earlier:
    """What the files say of earlier days: `days` from the day of the base on, each on which a date
    in them was reached; `base` what the base's own files say of the day of the report, where the
    base is a revision.
    """

    days: Sequence[Desired] = ()
    base: Desired | None = None

    def explains(self, address: Address, path: str | None, sides: "Sides") -> bool:
        """Whether the tenant has what the files said on an earlier day, and they did not change."""
        base, desired, live = sides
        if not self.days or not self.is_unmoved(address, path, base, desired):
            return False
        return any(_same(live, _stated(day, address, path)) for day in self.days)

    def is_unmoved(self, address: Address, path: str | None, base: Value, desired: Value) -> bool:
        """Whether files and base said the same on the day of the base, and do so today."""
        if not self.days or not _same(base, _stated(self.days[0], address, path)):
            return False
        return self.base is None or _same(desired, _stated(self.base, address, path))


Sides = tuple[Value, Value, Value]
"""Base, desired, live."""


@dataclass(frozen=True, slots=True)
class _Ground:
    """What the items of a report are made from. `audit` is by live address and path; `passed_on`
    are addresses that somebody gives up to somebody else.
    """

    desired: Desired
    matches: Mapping[Address, Resource]
    declared: Declared | None
    seen: FirstSeen
    now: datetime
    audit: Mapping[tuple[Address, str | None], AuditEntry]
    earlier: Earlier
    passed_on: frozenset[Address] = frozenset()

    def live_address(self, change: Change) -> Address:
        live = self.matches.get(change.address)
        return live.address if live else change.address

    def base(self, change: Change) -> Mapping[str, Value] | None:
        """What the base states of it, under the address that it has live or the declared one."""
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
    earlier: Earlier = Earlier(),  # a frozen value
) -> DriftReport:
    """Every field on which the sides disagree. `first_seen` is keyed as `key` makes it."""
    ground = _Ground(
        desired,
        comparison.matches,
        declared,
        first_seen or {},
        now,
        _newest(audit),
        earlier,
        frozenset(_passed_on(comparison)),
    )
    tenant = desired.tenant
    return DriftReport(
        tenant=TenantRef(tenant.name, tenant.provider, tenant.url),
        config=desired.config,
        as_of=desired.as_of,
        created_at=now,
        base=declared.source if declared else None,
        complete=True,
        items=tuple(item for change in comparison.changes for item in _items(change, ground)),
        unmanaged=tuple(_added_by(item, ground) for item in comparison.unmanaged),
        unobserved=comparison.unobserved,
        grades=comparison.grades,
        diagnostics=(*reading.notes, *comparison.diagnostics),
        tool_version=__version__,
    )


def key(address: str, path: str | None) -> str:
    """One item from one report to the next."""
    return f"{address} {path or ''}".rstrip()


def keys(found: DriftReport) -> list[str]:
    return [key(item.address, item.path) for item in found.items]


def has_drifted(found: DriftReport) -> bool:
    """Whether somebody has to look: drift, a conflict, or an agent whom nobody can identify."""
    is_unsure = any(finding.severity is Severity.ERROR for finding in found.diagnostics)
    return is_unsure or any(item.drift in COUNTS for item in found.items)


def previous(path: Path) -> FirstSeen:
    """When each item of an earlier report was first seen. Raises `SetupError`."""
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


def _added_by(item: Unmanaged, ground: _Ground) -> Unmanaged:
    who = ground.audit.get((item.address, None))
    return replace(item, actor=who.actor) if who else item


def _items(change: Change, ground: _Ground) -> Iterator[DriftItem]:
    base = ground.base(change)
    if change.action in (Action.CREATE, Action.DELETE):
        yield _whole(change, base, ground)
        return
    for field in change.fields:
        yield _field(change, field, base, ground)


def _whole(change: Change, base: Mapping[str, Value] | None, ground: _Ground) -> DriftItem:
    """An object that is not on all sides: `True` where it is."""
    is_created = change.action is Action.CREATE
    was_there = base is not None and base.get("active") is not False
    if ground.declared is None:
        drift = DriftClass.DIFFERENCE
    else:
        drift = DriftClass.DRIFT if is_created and was_there else DriftClass.PENDING
    sides = (_there(base is not None), _there(is_created), _there(not is_created))
    if is_created and drift is DriftClass.PENDING:
        drift = _dated(drift, change.address, None, sides, ground)
    return _item(change, None, drift, sides, ground)


def _there(there: bool) -> Value:
    return True if there else None


def _field(
    change: Change, field: FieldChange, base: Mapping[str, Value] | None, ground: _Ground
) -> DriftItem:
    before = (base or {}).get(field.path)
    if ground.declared is None:
        drift = DriftClass.DIFFERENCE
    elif base is None or not _is_stated(field.path, base):
        drift = DriftClass.PENDING
    else:
        drift = _moved(before, field.after, field.before)
    sides = (before, field.after, field.before)
    drift = _dated(drift, change.address, field.path, sides, ground)
    return replace(_item(change, field.path, drift, sides, ground), word=field.word)


def _is_stated(path: str, base: Mapping[str, Value]) -> bool:
    """Whether the base says anything of it; of a member, whether it states the collection."""
    name, member = kinds.split_path(path)
    if member is None:
        return path in base
    return any(kinds.split_path(one)[0] == name for one in base)


def _moved(base: Value, desired: Value, live: Value) -> DriftClass:
    """Who moved away from the base; desired and live differ."""
    if _same(live, base):
        return DriftClass.PENDING
    return DriftClass.DRIFT if _same(desired, base) else DriftClass.CONFLICT


def _dated(
    drift: DriftClass, address: Address, path: str | None, sides: Sides, ground: _Ground
) -> DriftClass:
    """The class, where dates in the files may be what moved."""
    if ground.declared is None:
        return drift
    if ground.earlier.explains(address, path, sides):
        return DriftClass.DUE
    is_unmoved = ground.earlier.is_unmoved(address, path, sides[0], sides[1])
    return DriftClass.DRIFT if drift is DriftClass.CONFLICT and is_unmoved else drift


def _stated(desired: Desired, address: Address, path: str | None) -> Value:
    """What the files say of a path on a day; of a whole object, whether it is there."""
    resource = desired.resources.get(address)
    if resource is None:
        return None
    if path is None:
        return _there(resource.fields.get("active") is not False)
    name, member = kinds.split_path(path)
    value = resource.fields.get(name)
    if member is None:
        return value if isinstance(value, str | int) else None
    return dict(kinds.flat({name: value})).get(path) if value is not None else None


def _same(one: Value, other: Value) -> bool:
    """A membership without a level (`True`) is the same as one with any."""
    if isinstance(one, bool) and isinstance(other, bool):
        return one is other
    if one is True or other is True:
        return None not in (one, other)
    return one == other


def _item(
    change: Change,
    path: str | None,
    drift: DriftClass,
    sides: tuple[Value, Value, Value],
    ground: _Ground,
) -> DriftItem:
    base, desired, live = sides
    who = ground.audit.get((ground.live_address(change), path))
    takes_over = drift not in WAITING
    return DriftItem(
        address=change.address,
        kind=change.kind,
        label=change.label,
        drift=drift,
        path=path,
        base=base,
        desired=desired,
        live=live,
        source=_source(change, path, ground.desired),
        first_seen=ground.seen.get(key(change.address, path), ground.now),
        actor=who.actor if who else None,
        changed_at=who.at if who else None,
        edit=edits.edit(change, path, live, ground.desired) if takes_over else None,
    )


def _source(change: Change, path: str | None, desired: Desired) -> Position | None:
    """The line of the field where the entry states it, else the line of the entry."""
    resource = desired.resources.get(change.address)
    if path is None or resource is None or resource.origin is None:
        return change.source
    name, member = kinds.split_path(path)
    return resource.origin.at(name, member) if member else resource.origin.at(name)
