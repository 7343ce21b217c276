"""The protocols of providers and of the ledger."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from threading import Event
from typing import Protocol, runtime_checkable

from reconciler.model.comparison import Change
from reconciler.model.desired import Declared
from reconciler.model.drift import AuditEntry
from reconciler.model.live import Attestation, Reading
from reconciler.model.outcomes import Outcome, Verdict
from reconciler.model.plan import Operation, Plan
from reconciler.model.values import Address, Value
from reconciler.ordering import Baseline


@dataclass(frozen=True, slots=True)
class Handle:
    """The tenant's own name of an object, and the version we last saw of it."""

    id: str
    version: str | None = None


class Reader(Protocol):
    """Reads a tenant."""

    def read(self) -> Reading:
        """Read the whole tenant. Raises `CannotTellError` rather than return a part of it."""


class Writer(Protocol):
    """Writes to a tenant. It never compares and never prints.

    All operations of one call have the same `target`; in their order, later values win. `handles`
    has the handles of all objects by address: what was read, and what this run has created.
    """

    def target(self, operation: Operation) -> Address:
        """The address of the object that the operation is written on: its own, or the queue's."""

    def write(self, operations: Sequence[Operation], handles: Mapping[Address, Handle]) -> Handle:
        """Send the write, with the version of the handle as its precondition where there is one.

        Raises `RequestError`; `LostAnswerError` when it may have taken effect all the same.
        """

    def confirm(
        self, operations: Sequence[Operation], handles: Mapping[Address, Handle]
    ) -> Handle | None:
        """Read the object: its handle if it already is as the operations say, else None."""

    def presence(self, handle: Handle) -> str | None:
        """`ready`, `on_call`, `do_not_disturb`, `offline`; None where it is unobserved."""


class Provider(Protocol):
    """One tenant, opened. `writer` refuses on a provider that was opened for reading only."""

    @property
    def reader(self) -> Reader: ...

    @property
    def writer(self) -> Writer: ...
    def close(self) -> None: ...


@runtime_checkable
class Audited(Protocol):
    """A provider whose tenant has an audit trail."""

    def audit(self, reading: Reading) -> tuple[AuditEntry, ...]:
        """Who changed what, oldest first, under the addresses of the reading."""


class Ledger(Protocol):
    """The memory of runs. Every method is safe to call from several threads."""

    def lease(
        self, tenant: str, reason: str, *, lost: Event | None = None
    ) -> AbstractContextManager[None]:
        """Holds the tenant for this process with a heartbeat. Raises `LeaseHeldError`.

        `lost` is set when somebody took the lease away: start nothing more.
        """

    def use_plan(self, plan_id: str, tenant: str) -> bool:
        """Marks the plan as used, atomically; False if it was used before."""

    def was_used(self, plan_id: str) -> bool: ...

    def begin(self, plan: Plan, *, is_whole: bool = True) -> str:
        """Opens a run and returns its id. `is_whole`: the plan is all that the files ask for."""

    def baseline(self, tenant: str, changes: Sequence[Change]) -> Baseline:
        """What the last run was judged from, if it was interrupted and these changes finish it."""

    def intend(self, run: str, operations: Sequence[Operation]) -> None:
        """Recorded before the request is sent."""

    def record(self, run: str, outcomes: Sequence[Outcome]) -> None:
        """Recorded once the answer is known."""

    def finish(self, run: str, verdict: Verdict) -> None: ...

    def remember(self, tenant: str, stated: Mapping[Address, Mapping[str, Value]]) -> None:
        """Values, by flat path, that the tenant now has because the files say so."""

    def forget(self, tenant: str, addresses: Sequence[Address]) -> None: ...

    def seen(
        self, tenant: str, items: Sequence[str], now: datetime, *, remember: bool = True
    ) -> Mapping[str, datetime]:
        """Since when each item of drift is known; what is not named any more is forgotten.

        Without `remember` nothing is written.
        """

    def declared(self, tenant: str) -> Declared | None:
        """What was last applied to this tenant; None before the first apply."""

    def applied_as_of(self, tenant: str, config_hash: str) -> date | None:
        """The day of the newest run that left the tenant as the files of this hash say."""

    def attest(self, tenant: str, attestations: Sequence[Attestation]) -> None: ...
    def attestations(self, tenant: str) -> Iterator[Attestation]: ...
    def retract(self, tenant: str, attestations: Sequence[Attestation]) -> None: ...

    def refute(self, tenant: str, attestations: Sequence[Attestation]) -> None:
        """Keeps what contradicts each of them (`refuted`); they count for nothing from now on."""

    def close(self) -> None: ...
