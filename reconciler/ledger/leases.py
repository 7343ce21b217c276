"""One apply at a time: a lease with a heartbeat.

A holder that is a dead process of this machine is taken over at once, any other one after a minute
without a beat. Taking and taking over are one transaction, so two at once cannot both win.
"""

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from reconciler.errors import LeaseHeldError, ReconcilerError
from reconciler.ledger import process
from reconciler.ledger.database import Database
from reconciler.ledger.records import Lease, damaged
from reconciler.ledger.tables import LEASES

EXPIRES = 60.0
BEATS = 10.0


@contextmanager
def held(
    database: Database, tenant: str, reason: str, lost: threading.Event, beats: float = BEATS
) -> Iterator[None]:
    """Hold a tenant while the block runs; `lost` is set when somebody takes it away."""
    token = take(database, tenant, reason)
    stop = threading.Event()
    beat = threading.Thread(
        target=_beat, args=(database, tenant, token, stop, lost, beats), daemon=True
    )
    beat.start()
    try:
        yield
    finally:
        stop.set()
        beat.join(timeout=EXPIRES)
        give_back(database, tenant, token)


def take(database: Database, tenant: str, reason: str) -> str:
    """Take the lease, and return its token. Raises `LeaseHeldError`."""
    token = secrets.token_hex(8)
    is_ours = False
    while not is_ours:
        with database.transaction() as connection:
            is_ours = _try(database, connection, tenant, reason, token)
    return token


def status(database: Database, tenant: str) -> Lease | None:
    with database.transaction() as connection:
        row = _row(connection, tenant)
        now = database.now(connection)
    if row is None:
        return None
    return Lease(
        row.tenant,
        row.holder,
        row.host,
        row.pid,
        row.reason,
        moment(row.since),
        moment(row.beat),
        moment(row.expires),
        _is_dead(row, now),
        database.is_local,
    )


def live_process(database: Database, connection: Connection, tenant: str) -> str | None:
    """Return the process that holds a tenant now."""
    row = connection.execute(select(LEASES).where(LEASES.c.tenant == tenant)).first()
    return None if row is None or _is_dead(row, database.now(connection)) else str(row.process)


def release(database: Database, tenant: str) -> bool:
    """Take the tenant away from its holder; False where nobody held it."""
    with database.transaction() as connection:
        return connection.execute(delete(LEASES).where(LEASES.c.tenant == tenant)).rowcount > 0


def give_back(database: Database, tenant: str, token: str) -> None:
    """Release our own lease; if the ledger fails, it ends with this process or in a minute."""
    try:
        with database.transaction() as connection:
            connection.execute(delete(LEASES).where(_is_mine(tenant, token)))
    except ReconcilerError:
        return


def moment(seconds: float) -> datetime:
    """Convert a time of the ledger. Raises `SetupError` for one out of range."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (TypeError, ValueError, OverflowError, OSError) as error:
        raise damaged("a moment") from error


def _try(database: Database, connection: Connection, tenant: str, reason: str, token: str) -> bool:
    """Try to take the lease once; False where it changed between two statements."""
    me, now = process.me(), database.now(connection)
    mine = {
        "token": token,
        "holder": process.holder(),
        "host": me.host,
        "pid": me.pid,
        "process": me.name,
        "reason": reason,
        "since": now,
        "beat": now,
        "expires": now + EXPIRES,
    }
    if database.is_new(connection, LEASES, {"tenant": tenant, **mine}):
        return True
    row = _row(connection, tenant)
    if row is not None and not _is_dead(row, now):
        raise _refusal(row)
    taken_over = update(LEASES).where(LEASES.c.tenant == tenant).values(mine)
    return connection.execute(taken_over).rowcount == 1


def _beat(
    database: Database,
    tenant: str,
    token: str,
    stop: threading.Event,
    lost: threading.Event,
    beats: float,
) -> None:
    while not stop.wait(beats):
        try:
            with database.transaction() as connection:
                now = database.now(connection)
                alive = update(LEASES).values(beat=now, expires=now + EXPIRES)
                is_held = connection.execute(alive.where(_is_mine(tenant, token))).rowcount == 1
        except ReconcilerError:
            continue  # the next beat may get through; after a minute another one takes over
        if not is_held:
            lost.set()
            return


def _is_mine(tenant: str, token: str) -> Any:
    return (LEASES.c.tenant == tenant) & (LEASES.c.token == token)


def _row(connection: Connection, tenant: str) -> Row[Any] | None:
    """Select the lease for update; SQLite has locked the whole database already."""
    return connection.execute(
        select(LEASES).where(LEASES.c.tenant == tenant).with_for_update()
    ).first()


def _is_dead(row: Row[Any], now: float) -> bool:
    return now > row.expires or process.is_gone(row.process)


def _refusal(row: Row[Any]) -> LeaseHeldError:
    return LeaseHeldError(
        f"{row.tenant} is held by {row.holder} since {moment(row.since):%Y-%m-%d %H:%M:%S} UTC: "
        f"{row.reason}",
        hint="wait for it; `reconciler lock status` shows it, `lock release` takes it away",
    )
