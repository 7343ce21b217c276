"""The audit trail: who, when, what, before and after, for every change by every door.

Only what changed is kept, by the flat path under which an administrator would look for it
(`recording_mode`, `licenses.voice`, `queues.support`); a membership without a level is `true`.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, insert, select

from reconciler.sandbox.database import Transaction
from reconciler.sandbox.facts import (
    AGENT_SETTINGS,
    TARGET_SETTINGS,
    AgentSettings,
    GroupSettings,
    TargetSettings,
)
from reconciler.sandbox.tables import AUDIT

Flat = dict[str, Any]

PAGE = 500

_INSERT = insert(AUDIT)


@dataclass(frozen=True, slots=True)
class Subject:
    """What was changed: its kind, its address as people write it, and its id."""

    kind: str
    name: str
    id: str

    @property
    def address(self) -> str:
        return f"{self.kind}/{self.name}"


def record(transaction: Transaction, subject: Subject, before: Flat, after: Flat) -> None:
    """One entry for one change; nothing when before and after are the same."""
    changed = sorted(key for key in before | after if before.get(key) != after.get(key))
    if not changed:
        return
    entry = {
        "at": transaction.now,
        "actor": transaction.actor.name,
        "role": transaction.actor.role,
        "door": transaction.actor.door,
        "action": _action(before, after),
        "kind": subject.kind,
        "address": subject.address,
        "id": subject.id,
        "before": _json({key: before.get(key) for key in changed} if before else {}),
        "after": _json({key: after.get(key) for key in changed} if after else {}),
    }
    transaction.connection.execute(_INSERT, entry)


def entries(
    transaction: Transaction,
    *,
    since: int = 0,
    before: int | None = None,
    address: str | None = None,
    newest_first: bool = False,
    limit: int = PAGE,
) -> list[dict[str, Any]]:
    """Entries after the sequence number `since`, before `before`, of one address if given."""
    query = select(AUDIT).where(AUDIT.c.seq > since).limit(limit)
    if before is not None:
        query = query.where(AUDIT.c.seq < before)
    if address is not None:
        query = query.where(AUDIT.c.address == address)
    query = query.order_by(AUDIT.c.seq.desc() if newest_first else AUDIT.c.seq)
    return [_entry(row) for row in transaction.connection.execute(query)]


def agent_fields(settings: AgentSettings) -> Flat:
    """The flat paths of an agent, as the trail shows them."""
    flat: Flat = {setting.name: getattr(settings, setting.name) for setting in AGENT_SETTINGS}
    flat |= {f"licenses.{name}": True for name in settings.licenses}
    flat |= dict(_levels("queues", settings.queues))
    flat |= dict(_levels("skills", settings.skills))
    return flat | dict(settings.rest)


def target_fields(settings: TargetSettings) -> Flat:
    flat = {setting.name: getattr(settings, setting.name) for setting in TARGET_SETTINGS}
    return {**flat, **settings.rest}


def group_fields(settings: GroupSettings) -> Flat:
    members = {f"members.{member.id}": True for member in settings.members}
    return {"name": settings.name, **members, **settings.rest}


def _levels(path: str, levels: Mapping[str, int | None]) -> Iterator[tuple[str, Any]]:
    for name, level in levels.items():
        yield f"{path}.{name}", True if level is None else level


def _action(before: Flat, after: Flat) -> str:
    if not before:
        return "create"
    return "update" if after else "delete"


def _json(value: Flat) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _entry(row: Row[Any]) -> dict[str, Any]:
    entry = dict(row._mapping)
    entry["before"] = json.loads(entry["before"])
    entry["after"] = json.loads(entry["after"])
    return entry
