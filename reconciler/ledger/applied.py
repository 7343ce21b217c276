"""Last-applied values: the base of drift, and the proof that an object was declared.

A value stays after the files stop stating it; only a deletion is forgotten.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import Connection, delete, select

from reconciler import kinds
from reconciler.ledger.database import Database
from reconciler.ledger.leases import moment
from reconciler.ledger.records import damaged
from reconciler.ledger.tables import APPLIED, RUNS
from reconciler.model import Address, ConfigRef, Declared, Operation, Policy, Value, Verb

Values = Mapping[str, Value]
Known = dict[Address, dict[str, Value]]

MANY = 500
"""Addresses asked for by name in one statement; for more the whole tenant is read."""


def follow(
    database: Database, connection: Connection, tenant: str, done: Sequence[Operation]
) -> None:
    """Update the last-applied values with the operations that were applied."""
    values_by_address = _load_applied(connection, tenant, {operation.address for operation in done})
    gone = set()
    for operation in done:
        if operation.verb is Verb.DELETE:
            gone.add(operation.address)
            values_by_address.pop(operation.address, None)
        else:
            gone.discard(operation.address)
            values_by_address.setdefault(operation.address, {}).update(operation.set)
    _forget(connection, tenant, gone)
    _keep(database, connection, tenant, values_by_address)


def remember(database: Database, tenant: str, stated: Mapping[Address, Values]) -> None:
    """Remember values that the tenant has because the files state them.

    A collection is stated as a whole.
    """
    with database.transaction() as connection:
        before = _load_applied(connection, tenant, stated)
        after = {address: _merged(before.get(address), v) for address, v in stated.items()}
        changed = {a: values for a, values in after.items() if before.get(a) != values}
        _keep(database, connection, tenant, changed)


def forget(database: Database, tenant: str, addresses: Iterable[Address]) -> None:
    with database.transaction() as connection:
        _forget(connection, tenant, addresses)


def declared(database: Database, tenant: str) -> Declared | None:
    with database.transaction() as connection:
        fields = _load_applied(connection, tenant)
        newest = (
            select(RUNS.c.protect, RUNS.c.finished_at)
            .where((RUNS.c.tenant == tenant) & RUNS.c.finished_at.is_not(None))
            .order_by(RUNS.c.finished_at.desc())
        )
        last = connection.execute(newest).first()
        protect = last.protect if last else ()
        config = _newest_config(connection, tenant)
        times = {} if config else _times(connection, tenant)
    if not fields:
        return None
    numbers = {values.get("extension") for values in fields.values()}
    return Declared(
        source="last apply",
        is_applied=True,
        addresses=frozenset(fields),
        extensions=frozenset(number for number in numbers if isinstance(number, str)),
        fields=fields,
        protect=frozenset(e if isinstance(e, str) else e["address"] for e in protect),
        protect_fields={
            e["address"]: frozenset(e["fields"]) for e in protect if not isinstance(e, str)
        },
        at=moment(last.finished_at) if last else None,
        as_of=config[0] if config else None,
        config=config[1] if config else None,
        times=times,
    )


def applied_as_of(database: Database, tenant: str, config_hash: str) -> date | None:
    """Return the day of the newest run that left the tenant as these files say, if any did."""
    with database.transaction() as connection:
        config = _newest_config(connection, tenant, config_hash)
    return config[0] if config else None


def _newest_config(
    connection: Connection, tenant: str, config_hash: str | None = None
) -> tuple[date, ConfigRef] | None:
    """Return day and files of the newest converged run that was of all files, or of these."""
    done = (RUNS.c.tenant == tenant) & RUNS.c.converged.is_(True)
    newest = select(RUNS.c.config).where(done).order_by(RUNS.c.finished_at.desc())
    try:
        for (config,) in connection.execute(newest):
            if config and config_hash in (None, config["hash"]):
                files = ConfigRef(config["commit"], False, 0, config["hash"])
                return date.fromisoformat(config["as_of"]), files
    except (TypeError, ValueError, KeyError) as error:  # no JSON, or not ours
        raise damaged("the files of a run") from error
    return None


def _times(connection: Connection, tenant: str) -> dict[Address, datetime]:
    rows = select(APPLIED.c.address, APPLIED.c.at).where(APPLIED.c.tenant == tenant)
    return {address: moment(at) for address, at in connection.execute(rows)}


def protection(policy: Policy) -> list[object]:
    """Return what a policy protects, as it is recorded with a run."""
    return [
        {"address": address, "fields": sorted(policy.protect_fields[address])}
        if address in policy.protect_fields
        else address
        for address in sorted(policy.protect)
    ]


def _merged(before: Values | None, stated: Values) -> dict[str, Value]:
    names = {kinds.split_path(path)[0] for path in stated}
    kept = {p: v for p, v in (before or {}).items() if kinds.split_path(p)[0] not in names}
    return {**kept, **stated}


def _load_applied(
    connection: Connection, tenant: str, addresses: Iterable[Address] | None = None
) -> Known:
    wanted = select(APPLIED.c.address, APPLIED.c.fields).where(APPLIED.c.tenant == tenant)
    named = None if addresses is None else set(addresses)
    if named is not None and len(named) <= MANY:
        wanted = wanted.where(APPLIED.c.address.in_(named))
    try:
        rows = connection.execute(wanted).all()
        return {address: {**v} for address, v in rows if named is None or address in named}
    except (TypeError, ValueError) as error:  # no JSON, or no object
        raise damaged("what was last applied") from error


def _keep(database: Database, connection: Connection, tenant: str, fields: Known) -> None:
    if not fields:
        return
    now = time.time()
    rows = [{"tenant": tenant, "address": a, "fields": v, "at": now} for a, v in fields.items()]
    connection.execute(database.upsert(APPLIED, "fields", "at"), rows)


def _forget(connection: Connection, tenant: str, addresses: Iterable[Address]) -> None:
    for address in addresses:
        mine = (APPLIED.c.tenant == tenant) & (APPLIED.c.address == address)
        connection.execute(delete(APPLIED).where(mine))
