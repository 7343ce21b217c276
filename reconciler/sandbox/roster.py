"""Reading agents: by id, e-mail, extension or page, and counted for the wallboard.

Look-ups go by an index, never by a scan.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, func, or_, select

from reconciler.sandbox.database import Transaction
from reconciler.sandbox.facts import (
    AGENT_SETTINGS,
    OFFLINE,
    QUEUE,
    READY,
    Agent,
    AgentSettings,
    folded,
)
from reconciler.sandbox.tables import AGENT, ASSIGNMENT, MEMBERSHIP, TARGET

_CHUNK = 500


def get(transaction: Transaction, id_: str) -> Agent | None:
    return _first(transaction, AGENT.c.id == id_)


def by_email(transaction: Transaction, email: str) -> Agent | None:
    return _first(transaction, AGENT.c.email_key == folded(email))


def by_extension(transaction: Transaction, extension: str) -> Agent | None:
    return _first(transaction, AGENT.c.extension == extension)


def count(transaction: Transaction, *conditions: ColumnElement[bool]) -> int:
    query = select(func.count()).select_from(AGENT).where(*conditions)
    return int(transaction.connection.execute(query).scalar_one())


def page(
    transaction: Transaction,
    *conditions: ColumnElement[bool],
    offset: int = 0,
    limit: int | None = None,
    order: Sequence[ColumnElement[Any]] = (),
) -> list[Agent]:
    """Agents in the order in which they were added, or in another one if given."""
    query = select(AGENT).where(*conditions).order_by(*order, AGENT.c.seq)
    query = query.offset(offset).limit(limit)
    rows = transaction.connection.execute(query).all()
    return _agents(transaction, rows)


def matching(text: str) -> ColumnElement[bool]:
    """A condition for `page` and `count`: name, e-mail or extension holds the text, any case."""
    sought = folded(text)
    return or_(
        func.folded(AGENT.c.name).contains(sought, autoescape=True),
        AGENT.c.email_key.contains(sought, autoescape=True),
        AGENT.c.extension.contains(sought, autoescape=True),
    )


def holding(license_: str) -> ColumnElement[bool]:
    """A condition for `page` and `count`: the agent has this license."""
    held = select(ASSIGNMENT.c.agent).where(ASSIGNMENT.c.license == license_)
    return AGENT.c.seq.in_(held)


def licensed() -> ColumnElement[bool]:
    """A condition for `page` and `count`: the agent has any license."""
    return AGENT.c.seq.in_(select(ASSIGNMENT.c.agent))


def wallboard(transaction: Transaction) -> list[Mapping[str, Any]]:
    """One row for each queue and skill, empty ones too. Suspended agents are not counted."""
    licensed = AGENT.c.seq.in_(select(ASSIGNMENT.c.agent)) & AGENT.c.active.is_not(False)
    query = (
        select(
            TARGET.c.kind,
            TARGET.c.name,
            func.count(AGENT.c.seq).label("licensed"),
            func.count(AGENT.c.seq).filter(AGENT.c.presence != OFFLINE).label("signed_in"),
            func.count(AGENT.c.seq).filter(AGENT.c.presence == READY).label("available"),
        )
        .select_from(TARGET)
        .outerjoin(MEMBERSHIP, MEMBERSHIP.c.target == TARGET.c.seq)
        .outerjoin(AGENT, (AGENT.c.seq == MEMBERSHIP.c.agent) & licensed)
        .group_by(TARGET.c.seq)
        .order_by(TARGET.c.kind, TARGET.c.seq)
    )
    return [dict(row._mapping) for row in transaction.connection.execute(query)]


def rest_text(rest: Mapping[str, Any]) -> str:
    return json.dumps(rest, ensure_ascii=False, sort_keys=True) if rest else "{}"


def _first(transaction: Transaction, condition: ColumnElement[bool]) -> Agent | None:
    rows = transaction.connection.execute(select(AGENT).where(condition)).all()
    return next(iter(_agents(transaction, rows)), None)


def _agents(transaction: Transaction, rows: Sequence[Row[Any]]) -> list[Agent]:
    seqs = [row.seq for row in rows]
    licenses: dict[int, set[str]] = {seq: set() for seq in seqs}
    levels: dict[int, tuple[dict[str, int | None], dict[str, int | None]]] = {
        seq: ({}, {}) for seq in seqs
    }
    for chunk in _chunks(seqs):
        held = select(ASSIGNMENT).where(ASSIGNMENT.c.agent.in_(chunk))
        for agent, license_ in transaction.connection.execute(held):
            licenses[agent].add(license_)
        for agent, kind, name, level in transaction.connection.execute(_memberships(chunk)):
            levels[agent][kind != QUEUE][name] = level
    return [_agent(row, licenses[row.seq], *levels[row.seq]) for row in rows]


def _memberships(seqs: Sequence[int]) -> Any:
    return (
        select(MEMBERSHIP.c.agent, TARGET.c.kind, TARGET.c.name, MEMBERSHIP.c.level)
        .join(TARGET, TARGET.c.seq == MEMBERSHIP.c.target)
        .where(MEMBERSHIP.c.agent.in_(seqs))
        .order_by(MEMBERSHIP.c.agent, MEMBERSHIP.c.target)
    )


def _agent(
    row: Row[Any],
    licenses: Iterable[str],
    queues: dict[str, int | None],
    skills: dict[str, int | None],
) -> Agent:
    settings = AgentSettings(
        **{setting.name: getattr(row, setting.name) for setting in AGENT_SETTINGS},
        licenses=frozenset(licenses),
        queues=queues,
        skills=skills,
        rest=json.loads(row.rest),
    )
    return Agent(
        id=row.id,
        settings=settings,
        presence=row.presence,
        version=row.version,
        created=row.created,
        modified=row.modified,
        entry=row.entry,
        seq=row.seq,
    )


def _chunks(seqs: Sequence[int]) -> Iterable[Sequence[int]]:
    return (seqs[start : start + _CHUNK] for start in range(0, len(seqs), _CHUNK))
