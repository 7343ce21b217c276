"""The ledger in SQL. Every method is one transaction, and thread-safe."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime

from reconciler.ledger import applied, leases, notes, runs
from reconciler.ledger.database import Database
from reconciler.ledger.records import Lease, Run
from reconciler.model import (
    Address,
    Attestation,
    Change,
    Declared,
    Operation,
    Outcome,
    Plan,
    Value,
    Verdict,
)
from reconciler.ordering import Baseline


class SqlLedger:
    """See `model.Ledger`. `is_local`: leases hold for this machine only."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.is_local = database.is_local
        self._tenants: dict[str, str] = {}

    def close(self) -> None:
        self._database.close()

    def lease(
        self, tenant: str, reason: str, *, lost: threading.Event | None = None
    ) -> AbstractContextManager[None]:
        return leases.held(self._database, tenant, reason, lost or threading.Event())

    def lease_status(self, tenant: str) -> Lease | None:
        return leases.status(self._database, tenant)

    def release(self, tenant: str) -> bool:
        """Take a lease away from its holder, who notices within ten seconds."""
        return leases.release(self._database, tenant)

    def use_plan(self, plan_id: str, tenant: str) -> bool:
        return runs.use_plan(self._database, plan_id, tenant)

    def was_used(self, plan_id: str) -> bool:
        return runs.was_used(self._database, plan_id)

    def begin(self, plan: Plan, *, is_whole: bool = True) -> str:
        return runs.begin(self._database, plan, is_whole=is_whole)

    def baseline(self, tenant: str, changes: Sequence[Change]) -> Baseline:
        return runs.baseline(self._database, tenant, changes)

    def intend(self, run: str, operations: Sequence[Operation]) -> None:
        runs.intend(self._database, run, operations)

    def record(self, run: str, outcomes: Sequence[Outcome]) -> None:
        if run not in self._tenants:
            self._tenants[run] = runs.find_tenant(self._database, run)
        runs.record(self._database, run, self._tenants[run], outcomes)

    def finish(self, run: str, verdict: Verdict) -> None:
        is_unknown = bool(verdict.cannot_tell) and not verdict.converged
        runs.finish(self._database, run, converged=None if is_unknown else verdict.converged)

    def history(self, tenant: str, run: str | None = None) -> tuple[Run, ...]:
        """Return all runs, newest first; or a single one, with its operations."""
        return runs.history(self._database, tenant, run)

    def remember(self, tenant: str, stated: Mapping[Address, Mapping[str, Value]]) -> None:
        applied.remember(self._database, tenant, stated)

    def forget(self, tenant: str, addresses: Sequence[Address]) -> None:
        applied.forget(self._database, tenant, addresses)

    def declared(self, tenant: str) -> Declared | None:
        return applied.declared(self._database, tenant)

    def applied_as_of(self, tenant: str, config_hash: str) -> date | None:
        return applied.applied_as_of(self._database, tenant, config_hash)

    def attest(self, tenant: str, attestations: Sequence[Attestation]) -> None:
        notes.attest(self._database, tenant, attestations)

    def retract(self, tenant: str, attestations: Sequence[Attestation]) -> None:
        notes.retract(self._database, tenant, attestations)

    def refute(self, tenant: str, attestations: Sequence[Attestation]) -> None:
        notes.refute(self._database, tenant, attestations)

    def attestations(self, tenant: str) -> Iterator[Attestation]:
        return notes.attestations(self._database, tenant)

    def seen(
        self, tenant: str, items: Sequence[str], now: datetime, *, remember: bool = True
    ) -> Mapping[str, datetime]:
        return notes.seen(self._database, tenant, items, now, remember=remember)
