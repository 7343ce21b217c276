"""One apply at a time: a lease with a heartbeat.

A holder that is a dead process of this machine is taken over at once, any other one after a minute
without a beat. Taking and taking over are single statements, so two at once cannot both win.
"""

import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from reconciler.errors import LeaseHeldError
from reconciler.ledger import holder
from reconciler.ledger.facts import Lease
from reconciler.ledger.tables import LEASES

EXPIRES = 60.0
BEATS = 10.0


@contextmanager
def held(engine: Engine, tenant: str, reason: str, who: str) -> Iterator[None]:
    """Holds a tenant while the block runs. Raises `LeaseHeldError`."""
    token = f"{who} {secrets.token_hex(4)}"
    take(engine, tenant, reason, token)
    stop = threading.Event()
    beat = threading.Thread(target=_beat, args=(engine, tenant, token, stop), daemon=True)
    beat.start()
    try:
        yield
    finally:
        stop.set()
        beat.join()
        release(engine, tenant, token)


def take(engine: Engine, tenant: str, reason: str, token: str) -> None:
    now = time.time()
    mine = {
        "tenant": tenant,
        "holder": token,
        "process": holder.me(),
        "reason": reason,
        "since": now,
        "beat": now,
    }
    try:
        with engine.begin() as connection:
            connection.execute(insert(LEASES).values(mine))
            return
    except IntegrityError:
        pass
    current = status(engine, tenant)
    if current is None:
        raise LeaseHeldError(f"{tenant} was being applied to until a moment ago", hint="try again")
    if not current.is_dead or not _take_over(engine, current, mine):
        raise LeaseHeldError(
            f"{tenant} is held by {current.holder.rpartition(' ')[0]} since "
            f"{current.since:%Y-%m-%d %H:%M:%S} UTC: {current.reason}",
            hint="wait for it; `reconciler lock status` shows it, `lock release` takes it away",
        )


def _take_over(engine: Engine, old: Lease, mine: dict[str, object]) -> bool:
    with engine.begin() as connection:
        same = (LEASES.c.tenant == old.tenant) & (LEASES.c.holder == old.holder)
        unmoved = LEASES.c.beat <= old.beat.timestamp() + 0.001
        taken = connection.execute(update(LEASES).where(same & unmoved).values(mine))
        return taken.rowcount == 1


def _beat(engine: Engine, tenant: str, token: str, stop: threading.Event) -> None:
    while not stop.wait(BEATS):
        try:
            with engine.begin() as connection:
                mine = (LEASES.c.tenant == tenant) & (LEASES.c.holder == token)
                connection.execute(update(LEASES).where(mine).values(beat=time.time()))
        except SQLAlchemyError:
            continue  # the next beat may get through; after a minute another one takes over


def release(engine: Engine, tenant: str, token: str | None = None) -> bool:
    """Gives the tenant back; without a token whoever holds it."""
    wanted = LEASES.c.tenant == tenant
    if token is not None:
        wanted &= LEASES.c.holder == token
    with engine.begin() as connection:
        return connection.execute(delete(LEASES).where(wanted)).rowcount > 0


def status(engine: Engine, tenant: str) -> Lease | None:
    with engine.begin() as connection:
        row = connection.execute(select(LEASES).where(LEASES.c.tenant == tenant)).first()
    if row is None:
        return None
    dead = holder.is_dead(row.process) or time.time() - row.beat > EXPIRES
    return Lease(row.tenant, row.holder, row.reason, moment(row.since), moment(row.beat), dead)


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
