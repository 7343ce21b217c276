"""The ledger itself, over one engine. Every method is one transaction."""

import getpass
import os
import secrets
import socket
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from reconciler.ledger import leases
from reconciler.ledger.facts import KeptOperation, Lease, Run
from reconciler.ledger.leases import moment
from reconciler.ledger.tables import APPLIED, ATTESTATIONS, OPERATIONS, PLAN_USES, RUNS, SEEN
from reconciler.model import (
    Address,
    Attestation,
    Declared,
    Operation,
    Outcome,
    Plan,
    Result,
    Value,
    Verdict,
)

Values = Mapping[str, Value]


class SqlLedger:
    """See `model.Ledger`. `is_local`: leases hold for this machine only."""

    def __init__(self, engine: Engine, *, is_local: bool) -> None:
        self._engine, self.is_local = engine, is_local

    def close(self) -> None:
        self._engine.dispose()

    # -- leases -----------------------------------------------------------------------------------

    def lease(self, tenant: str, reason: str) -> AbstractContextManager[None]:
        return leases.held(self._engine, tenant, reason, who())

    def lease_status(self, tenant: str) -> Lease | None:
        return leases.status(self._engine, tenant)

    def release(self, tenant: str) -> bool:
        """Takes a lease away from whoever holds it."""
        return leases.release(self._engine, tenant)

    # -- plans and runs ---------------------------------------------------------------------------

    def use_plan(self, plan_id: str, tenant: str) -> bool:
        try:
            with self._engine.begin() as connection:
                values = {"plan_id": plan_id, "tenant": tenant, "at": time.time()}
                connection.execute(insert(PLAN_USES).values(values))
        except IntegrityError:
            return False
        return True

    def was_used(self, plan_id: str) -> bool:
        with self._engine.begin() as connection:
            found = select(PLAN_USES.c.plan_id).where(PLAN_USES.c.plan_id == plan_id)
            return connection.execute(found).first() is not None

    def begin(self, plan: Plan) -> str:
        run = f"{datetime.now():%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
        with self._engine.begin() as connection:
            connection.execute(
                insert(RUNS).values(
                    id=run,
                    tenant=plan.tenant.name,
                    plan_id=plan.plan_id,
                    digest=plan.digest,
                    holder=who(),
                    started_at=time.time(),
                    counts={},
                )
            )
        return run

    def intend(self, run: str, operations: Sequence[Operation]) -> None:
        now = time.time()
        rows = [
            {
                "run": run,
                "id": operation.id,
                "address": operation.address,
                "verb": operation.verb.value,
                "values": dict(operation.set),
                "intended_at": now,
                "because": "",
            }
            for operation in operations
        ]
        with self._engine.begin() as connection:
            connection.execute(insert(OPERATIONS), rows)

    def record(self, run: str, outcomes: Sequence[Outcome]) -> None:
        now = time.time()
        with self._engine.begin() as connection:
            for outcome in outcomes:
                mine = (OPERATIONS.c.run == run) & (OPERATIONS.c.id == outcome.operation.id)
                values = {
                    "settled_at": now,
                    "result": outcome.result.value,
                    "because": outcome.because,
                }
                if not connection.execute(update(OPERATIONS).where(mine).values(values)).rowcount:
                    operation = outcome.operation
                    connection.execute(
                        insert(OPERATIONS).values(
                            run=run,
                            id=operation.id,
                            address=operation.address,
                            verb=operation.verb.value,
                            values=dict(operation.set),
                            intended_at=now,
                            **{**values, "settled_at": now},
                        )
                    )

    def finish(self, run: str, verdict: Verdict) -> None:
        counts = Counter(outcome.result.value for outcome in verdict.outcomes)
        values = {
            "finished_at": time.time(),
            "converged": verdict.converged,
            "counts": {result.value: counts[result.value] for result in Result},
        }
        with self._engine.begin() as connection:
            connection.execute(update(RUNS).where(RUNS.c.id == run).values(values))

    def history(self, tenant: str, run: str | None = None) -> tuple[Run, ...]:
        """All runs, newest first; or one of them, with its operations."""
        wanted = RUNS.c.tenant == tenant
        if run is not None:
            wanted &= RUNS.c.id == run
        with self._engine.begin() as connection:
            rows = connection.execute(
                select(RUNS).where(wanted).order_by(RUNS.c.started_at.desc())
            ).all()
            kept = select(OPERATIONS).where(OPERATIONS.c.run == run)
            done = connection.execute(kept.order_by(OPERATIONS.c.intended_at)).all() if run else ()
        return tuple(_run(row, done) for row in rows)

    # -- last applied -----------------------------------------------------------------------------

    def remember(self, tenant: str, stated: Mapping[Address, Values]) -> None:
        """Values that the tenant now has because the files say so; merged into what is known."""
        now = time.time()
        with self._engine.begin() as connection:
            known = {
                row.address: row.fields
                for row in connection.execute(select(APPLIED).where(APPLIED.c.tenant == tenant))
            }
            merged = known | {a: {**known.get(a, {}), **v} for a, v in stated.items()}
            connection.execute(delete(APPLIED).where(APPLIED.c.tenant == tenant))
            if merged:
                rows = [
                    {"tenant": tenant, "address": address, "fields": fields, "at": now}
                    for address, fields in merged.items()
                ]
                connection.execute(insert(APPLIED), rows)

    def forget(self, tenant: str, addresses: Sequence[Address]) -> None:
        with self._engine.begin() as connection:
            mine = (APPLIED.c.tenant == tenant) & APPLIED.c.address.in_(addresses)
            connection.execute(delete(APPLIED).where(mine))

    def declared(self, tenant: str) -> Declared | None:
        with self._engine.begin() as connection:
            rows = connection.execute(select(APPLIED).where(APPLIED.c.tenant == tenant)).all()
        if not rows:
            return None
        fields: dict[Address, Values] = {row.address: row.fields for row in rows}
        numbers = {v.get("extension") for v in fields.values()}
        return Declared(
            source="last apply",
            addresses=frozenset(fields),
            extensions=frozenset(number for number in numbers if isinstance(number, str)),
            fields=fields,
        )

    # -- attestations and drift -------------------------------------------------------------------

    def attest(self, tenant: str, attestations: Sequence[Attestation]) -> None:
        with self._engine.begin() as connection:
            for item in attestations:
                mine = (
                    (ATTESTATIONS.c.tenant == tenant)
                    & (ATTESTATIONS.c.address == item.address)
                    & (ATTESTATIONS.c.path == item.path)
                )
                connection.execute(delete(ATTESTATIONS).where(mine))
                connection.execute(
                    insert(ATTESTATIONS).values(
                        tenant=tenant,
                        address=item.address,
                        path=item.path,
                        value=item.value,
                        by=item.by,
                        at=item.at.timestamp(),
                        source=item.source,
                    )
                )

    def attestations(self, tenant: str) -> Iterator[Attestation]:
        with self._engine.begin() as connection:
            wanted = select(ATTESTATIONS).where(ATTESTATIONS.c.tenant == tenant)
            rows = connection.execute(wanted.order_by(ATTESTATIONS.c.address)).all()
        for row in rows:
            yield Attestation(row.address, row.path, row.value, row.by, moment(row.at), row.source)

    def seen(self, tenant: str, items: Sequence[str], now: datetime) -> Mapping[str, datetime]:
        """Since when each item is known; new ones from now, and what is gone is forgotten."""
        with self._engine.begin() as connection:
            mine = SEEN.c.tenant == tenant
            known = {row.item: row.first for row in connection.execute(select(SEEN).where(mine))}
            first = {item: known.get(item, now.timestamp()) for item in items}
            connection.execute(delete(SEEN).where(mine))
            if first:
                rows = [{"tenant": tenant, "item": i, "first": f} for i, f in first.items()]
                connection.execute(insert(SEEN), rows)
        return {item: moment(value) for item, value in first.items()}


def who() -> str:
    """The person and machine, as far as they say."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = "somebody"
    return f"{user}@{socket.gethostname()} (process {os.getpid()})"


def _run(row: Row[Any], operations: Sequence[Row[Any]]) -> Run:
    return Run(
        row.id,
        row.tenant,
        row.plan_id,
        row.digest,
        row.holder,
        moment(row.started_at),
        moment(row.finished_at) if row.finished_at else None,
        row.converged,
        row.counts,
        tuple(
            KeptOperation(
                o.id,
                o.address,
                o.verb,
                o._mapping["values"],
                moment(o.intended_at),
                o.result,
                o.because,
            )
            for o in operations
        ),
    )
