"""What people said (attestations) and since when an item of drift is known."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, select

from reconciler.ledger.database import Database
from reconciler.ledger.leases import moment
from reconciler.ledger.tables import ATTESTATIONS, SEEN
from reconciler.model import Attestation


def attest(database: Database, tenant: str, attestations: Sequence[Attestation]) -> None:
    """The newest word about a field stands."""
    rows = [
        {
            "tenant": tenant,
            "address": item.address,
            "path": item.path,
            "value": item.value,
            "by": item.by,
            "at": item.at.timestamp(),
            "source": item.source,
        }
        for item in attestations
    ]
    if rows:
        with database.transaction() as connection:
            newest = database.upsert(ATTESTATIONS, "value", "by", "at", "source")
            connection.execute(newest, rows)


def retract(database: Database, tenant: str, attestations: Sequence[Attestation]) -> None:
    """Takes words back that were given too early; another word about the field stays."""
    table = ATTESTATIONS.c
    with database.transaction() as connection:
        for item in attestations:
            is_it = (table.tenant == tenant) & (table.address == item.address)
            is_it &= (table.path == item.path) & (table.by == item.by)
            connection.execute(
                delete(ATTESTATIONS).where(is_it & (table.at == item.at.timestamp()))
            )


def attestations(database: Database, tenant: str) -> Iterator[Attestation]:
    wanted = select(ATTESTATIONS).where(ATTESTATIONS.c.tenant == tenant)
    with database.transaction() as connection:
        rows = connection.execute(
            wanted.order_by(ATTESTATIONS.c.address, ATTESTATIONS.c.path)
        ).all()
    for row in rows:
        yield Attestation(row.address, row.path, row.value, row.by, moment(row.at), row.source)


def seen(
    database: Database, tenant: str, items: Sequence[str], now: datetime
) -> Mapping[str, datetime]:
    """Since when each item is known; new ones from now, and what is gone is forgotten."""
    mine = SEEN.c.tenant == tenant
    with database.transaction() as connection:
        known = {row.item: row.first for row in connection.execute(select(SEEN).where(mine))}
        first = {item: known.get(item, now.timestamp()) for item in items}
        for gone in known.keys() - first.keys():
            connection.execute(delete(SEEN).where(mine & (SEEN.c.item == gone)))
        new = [
            {"tenant": tenant, "item": item, "first": since}
            for item, since in first.items()
            if item not in known
        ]
        if new:
            connection.execute(database.upsert(SEEN, "first"), new)
    return {item: moment(since) for item, since in first.items()}
