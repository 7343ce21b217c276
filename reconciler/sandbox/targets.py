"""Queues and skills: added, changed, removed and read here, through every door.

Both are one kind of thing to the tenant (a skill group), with one namespace. A new name reaches the
members too, so their versions move with it. What still has members is not removed.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Row, delete, func, insert, select, update

from reconciler.sandbox import audit, claims, limits
from reconciler.sandbox.database import Transaction
from reconciler.sandbox.facts import TARGET_SETTINGS, Target, TargetSettings
from reconciler.sandbox.refusals import ConflictError, MissingError, StaleError, TakenError
from reconciler.sandbox.roster import rest_text
from reconciler.sandbox.tables import AGENT, MEMBERSHIP, TARGET


def add(transaction: Transaction, kind: str, settings: TargetSettings) -> Target:
    limits.check_target(settings)
    _check_name(transaction, settings.name, None)
    target = Target(
        id=uuid4().hex,
        kind=kind,
        settings=settings,
        version=1,
        created=transaction.now,
        modified=transaction.now,
    )
    claims.hold(transaction, _owner(target), claims.extension(settings.extension))
    result = transaction.connection.execute(
        insert(TARGET).values(id=target.id, kind=kind, created=target.created, **_columns(target))
    )
    _record(transaction, target, {}, audit.target_fields(settings))
    return replace(target, seq=result.lastrowid)


def change(
    transaction: Transaction,
    kind: str,
    id_: str,
    settings: TargetSettings,
    *,
    expected: int | None = None,
) -> Target:
    before = _present(transaction, kind, id_, expected)
    if settings == before.settings:
        return before
    limits.check_target(settings)
    _check_name(transaction, settings.name, id_)
    after = replace(before, settings=settings, version=before.version + 1, modified=transaction.now)
    claims.hold(transaction, _owner(after), claims.extension(settings.extension))
    transaction.connection.execute(
        update(TARGET).where(TARGET.c.seq == after.seq).values(**_columns(after))
    )
    if settings.name != before.settings.name:
        _touch_members(transaction, after)
    _record(transaction, after, audit.target_fields(before.settings), audit.target_fields(settings))
    return after


def remove(transaction: Transaction, kind: str, id_: str, *, expected: int | None = None) -> None:
    target = _present(transaction, kind, id_, expected)
    members = _members(target)
    count = transaction.connection.execute(
        select(func.count()).select_from(members.subquery())
    ).scalar_one()
    if count:
        raise ConflictError(f"{kind} {target.settings.name} still has {count} members", "name")
    claims.release(transaction, _owner(target))
    transaction.connection.execute(delete(TARGET).where(TARGET.c.seq == target.seq))
    _record(transaction, target, audit.target_fields(target.settings), {})


def get(transaction: Transaction, kind: str, id_: str) -> Target | None:
    return next(iter(page(transaction, kind, TARGET.c.id == id_)), None)


def by_name(transaction: Transaction, kind: str, name: str) -> Target | None:
    return next(iter(page(transaction, kind, TARGET.c.name == name)), None)


def count(transaction: Transaction, kind: str, *conditions: ColumnElement[bool]) -> int:
    query = select(func.count()).select_from(TARGET).where(TARGET.c.kind == kind, *conditions)
    return int(transaction.connection.execute(query).scalar_one())


def page(
    transaction: Transaction,
    kind: str,
    *conditions: ColumnElement[bool],
    offset: int = 0,
    limit: int | None = None,
) -> list[Target]:
    """Targets of one kind in the order in which they were added."""
    query = select(TARGET).where(TARGET.c.kind == kind, *conditions).order_by(TARGET.c.seq)
    rows = transaction.connection.execute(query.offset(offset).limit(limit))
    return [_target(row) for row in rows]


def names(transaction: Transaction) -> Sequence[str]:
    """Queues and skills together, as Xima's skill groups, by name."""
    return (
        transaction.connection.execute(select(TARGET.c.name).order_by(TARGET.c.name))
        .scalars()
        .all()
    )


def _present(transaction: Transaction, kind: str, id_: str, expected: int | None) -> Target:
    target = get(transaction, kind, id_)
    if target is None:
        raise MissingError(f"there is no {kind} {id_}")
    if expected is not None and target.version != expected:
        raise StaleError(f"{kind} {target.settings.name} was changed by somebody else")
    return target


def _check_name(transaction: Transaction, name: str, own: str | None) -> None:
    query = select(TARGET.c.id, TARGET.c.kind).where(TARGET.c.name == name)
    row = transaction.connection.execute(query).one_or_none()
    if row is not None and row.id != own:
        raise TakenError(f"the name {name} is already in use by another {row.kind}", "name")


def _members(target: Target) -> Any:
    return select(MEMBERSHIP.c.agent).where(MEMBERSHIP.c.target == target.seq)


def _touch_members(transaction: Transaction, target: Target) -> None:
    transaction.connection.execute(
        update(AGENT)
        .where(AGENT.c.seq.in_(_members(target)))
        .values(version=AGENT.c.version + 1, modified=transaction.now)
    )


def _owner(target: Target) -> str:
    return f"{target.kind}/{target.id}"


def _columns(target: Target) -> dict[str, Any]:
    settings = target.settings
    return {
        **{setting.name: getattr(settings, setting.name) for setting in TARGET_SETTINGS},
        "version": target.version,
        "modified": target.modified,
        "rest": rest_text(settings.rest),
    }


def _target(row: Row[Any]) -> Target:
    settings = TargetSettings(
        **{setting.name: getattr(row, setting.name) for setting in TARGET_SETTINGS},
        rest=json.loads(row.rest),
    )
    return Target(row.id, row.kind, settings, row.version, row.created, row.modified, row.seq)


def _record(
    transaction: Transaction, target: Target, before: audit.Flat, after: audit.Flat
) -> None:
    subject = audit.Subject(target.kind, target.settings.name, target.id)
    audit.record(transaction, subject, before, after)
