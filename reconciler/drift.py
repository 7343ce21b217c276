"""Where the tenant is not as it should be, and whose doing that is.

Three sides: base (what was last applied, or what the files said at a revision), desired, live.
`drift`: live moved away from base. `pending`: the files did. `conflict`: both. Without a base
there are only two sides, and every difference is a `difference`.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from reconciler import kinds
from reconciler.errors import SetupError
from reconciler.model import (
    Action,
    Change,
    Comparison,
    Declared,
    Desired,
    DriftClass,
    DriftItem,
    DriftReport,
    Reading,
    TenantRef,
    Value,
)

COUNTS = frozenset({DriftClass.DRIFT, DriftClass.CONFLICT, DriftClass.DIFFERENCE})
"""What makes `drift` leave with 2."""


@dataclass(frozen=True, slots=True)
class Audited:
    """Who changed a field last, where the tenant keeps an audit trail."""

    actor: str
    at: datetime


FirstSeen = Mapping[str, datetime]
Audit = Mapping[tuple[str, str], Audited]


def report(
    desired: Desired,
    reading: Reading,
    comparison: Comparison,
    declared: Declared | None,
    *,
    now: datetime,
    first_seen: FirstSeen | None = None,
    audit: Callable[[Change], Mapping[str, Audited]] | None = None,
) -> DriftReport:
    """Every field on which the sides disagree. `first_seen` is keyed as `key` makes it."""
    seen = first_seen or {}
    items = tuple(
        item
        for change in comparison.changes
        for item in _items(change, declared, seen, now, audit(change) if audit else {})
    )
    tenant = desired.tenant
    return DriftReport(
        tenant=TenantRef(tenant.name, tenant.provider, tenant.url),
        config=desired.config,
        as_of=desired.as_of,
        created_at=now,
        base=declared.source if declared else None,
        complete=True,
        items=items,
        unmanaged=comparison.unmanaged,
        unobserved=comparison.unobserved,
        diagnostics=comparison.diagnostics,
    )


def key(address: str, path: str | None) -> str:
    """One item from one report to the next."""
    return f"{address} {path or ''}".rstrip()


def keys(found: DriftReport) -> list[str]:
    return [key(item.address, item.path) for item in found.items]


def has_drifted(found: DriftReport) -> bool:
    return any(item.drift in COUNTS for item in found.items)


def previous(path: Path) -> FirstSeen:
    """When each item of an earlier report was first seen. Raises `SetupError`."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        return {
            key(item["address"], item["path"]): datetime.fromisoformat(item["first_seen"])
            for item in raw["items"]
            if item["first_seen"]
        }
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise SetupError(f"{path} is not a drift report", hint="make one: drift -o FILE") from error


def _items(
    change: Change,
    declared: Declared | None,
    seen: FirstSeen,
    now: datetime,
    audit: Mapping[str, Audited],
) -> Iterator[DriftItem]:
    if change.action in (Action.CREATE, Action.DELETE):
        yield _item(change, None, declared, seen, now, audit)
        return
    for number in range(len(change.fields)):
        yield _item(change, number, declared, seen, now, audit)


def _item(
    change: Change,
    number: int | None,
    declared: Declared | None,
    seen: FirstSeen,
    now: datetime,
    audit: Mapping[str, Audited],
) -> DriftItem:
    """One field of a change, or the whole object (`True`) where it is not on both sides."""
    field = None if number is None else change.fields[number]
    path = field.path if field else None
    base = _base(change, path, declared)
    who = audit.get(path or "")
    return DriftItem(
        address=change.address,
        kind=change.kind,
        label=change.label,
        drift=_class(change, path, base, declared),
        path=path,
        base=base,
        desired=field.after if field else _is(change.action is Action.CREATE),
        live=field.before if field else _is(change.action is Action.DELETE),
        source=change.source,
        first_seen=seen.get(key(change.address, path), now),
        actor=who.actor if who else None,
        changed_at=who.at if who else None,
        edit=edit(change, path),
    )


def _is(there: bool) -> Value:
    """A whole object as a side: there, or not."""
    return True if there else None


def _base(change: Change, path: str | None, declared: Declared | None) -> Value:
    if declared is None:
        return None
    if path is None:
        return _is(change.address in declared.addresses)
    return declared.fields.get(change.address, {}).get(path)


def _class(change: Change, path: str | None, base: Value, declared: Declared | None) -> DriftClass:
    if declared is None:
        return DriftClass.DIFFERENCE
    known = change.address in declared.addresses
    if path is None:
        gone = change.action is Action.CREATE and known
        return DriftClass.DRIFT if gone else DriftClass.PENDING
    if not known or not _was_stated(change, path, declared):
        return DriftClass.PENDING
    field = next(item for item in change.fields if item.path == path)
    if _same(field.before, base):
        return DriftClass.PENDING
    return DriftClass.DRIFT if _same(field.after, base) else DriftClass.CONFLICT


def _was_stated(change: Change, path: str, declared: Declared) -> bool:
    """Whether the base says anything of a field; of a collection, of any member."""
    stated = declared.fields.get(change.address, {})
    name, member = kinds.split_path(path)
    if member is None:
        return path in stated
    return name in stated or any(p.startswith(f"{name}.") for p in stated)


def _same(one: Value, other: Value) -> bool:
    """A membership without a level is the same as one with any."""
    if one is True or other is True:
        return (one is None) == (other is None) and False not in (one, other)
    return one == other


def edit(change: Change, path: str | None) -> str | None:
    """The YAML that takes the live value over, as one would type it."""
    if path is None:
        return None
    field = next(item for item in change.fields if item.path == path)
    name, member = kinds.split_path(path)
    if name == "active":
        return "until: the last working day" if field.after else None
    if member is None:
        return f"{name}: {_yaml(field.before)}"
    if name == "licenses":
        return f"licenses: {'add' if field.before else 'remove'} {_yaml(member)}"
    level = "none" if field.before is None else _yaml(field.before)
    return f"{name}: {{{_yaml(member)}: {'default' if field.before is True else level}}}"


def _yaml(value: Any) -> str:
    if value is None:
        return "null"
    return json.dumps(value, ensure_ascii=False)
