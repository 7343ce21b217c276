"""The wallboard: per queue and skill, who is licensed, signed in and available at this moment."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select

from reconciler.sandbox.database import Transaction
from reconciler.sandbox.facts import OFFLINE, READY
from reconciler.sandbox.tables import AGENT, ASSIGNMENT, MEMBERSHIP, TARGET


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
