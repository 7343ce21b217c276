"""Evidence (attestations) and since when an item of drift is known."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, delete, select, update

from reconciler.ledger.database import Database
from reconciler.ledger.leases import moment
from reconciler.ledger.tables import EVIDENCE, SEEN
from reconciler.model import Attestation

KEPT: Final = ("value", "name", "extension", "step", "refuted")


def attest(database: Database, tenant: str, attestations: Sequence[Attestation]) -> None:
    """Adds evidence; which of it counts is decided when it is read."""
    rows = [
        {**_key(tenant, item), **{name: getattr(item, name) for name in KEPT}}
        for item in attestations
    ]
    if rows:
        with database.transaction() as connection:
            connection.execute(database.upsert(EVIDENCE, *KEPT), rows)


def retract(database: Database, tenant: str, attestations: Sequence[Attestation]) -> None:
    """Takes words back that were given too early; another word about the field stays."""
    with database.transaction() as connection:
        for item in attestations:
            connection.execute(delete(EVIDENCE).where(_is(_key(tenant, item))))


def refute(database: Database, tenant: str, attestations: Sequence[Attestation]) -> None:
    """Keeps what contradicts each of them. What was not kept stays out."""
    with database.transaction() as connection:
        for item in attestations:
            row = update(EVIDENCE).where(_is(_key(tenant, item)))
            connection.execute(row.values(refuted=item.refuted))


def attestations(database: Database, tenant: str) -> Iterator[Attestation]:
    """All evidence of a tenant, the oldest first, refuted or not."""
    wanted = select(EVIDENCE).where(EVIDENCE.c.tenant == tenant)
    order = (EVIDENCE.c.at, EVIDENCE.c.address, EVIDENCE.c.path)
    with database.transaction() as connection:
        rows = connection.execute(wanted.order_by(*order)).all()
    for row in rows:
        kept = {name: getattr(row, name) for name in KEPT}
        yield Attestation(
            row.address, row.path, by=row.by, at=moment(row.at), source=row.source, **kept
        )


def _key(tenant: str, item: Attestation) -> dict[str, Any]:
    return {
        "tenant": tenant,
        "address": item.address,
        "path": item.path,
        "at": item.at.timestamp(),
        "by": item.by,
        "source": item.source,
    }


def _is(key: Mapping[str, Any]) -> ColumnElement[bool]:
    return and_(*(EVIDENCE.c[name] == value for name, value in key.items()))


def seen(
    database: Database, tenant: str, items: Sequence[str], now: datetime, *, remember: bool = True
) -> Mapping[str, datetime]:
    """Since when each item is known; new ones from now, and what is gone is forgotten.

    Without `remember` nothing is written.
    """
    mine = SEEN.c.tenant == tenant
    with database.transaction() as connection:
        first_seen = {row.item: row.first for row in connection.execute(select(SEEN).where(mine))}
        first = {item: first_seen.get(item, now.timestamp()) for item in items}
        if not remember:
            return {item: moment(since) for item, since in first.items()}
        for gone in first_seen.keys() - first.keys():
            connection.execute(delete(SEEN).where(mine & (SEEN.c.item == gone)))
        new = [
            {"tenant": tenant, "item": item, "first": since}
            for item, since in first.items()
            if item not in first_seen
        ]
        if new:
            connection.execute(database.upsert(SEEN, "first"), new)
    return {item: moment(since) for item, since in first.items()}
