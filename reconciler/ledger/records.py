"""Records that a ledger returns: runs, their operations, and leases."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from reconciler.errors import SetupError
from reconciler.model import Value


def damaged(what: str) -> SetupError:
    """Return the error for a row that this program cannot have written."""
    return SetupError(
        f"the ledger is damaged: {what} cannot be read",
        hint="restore it from a copy, or move it away and begin anew with `--base`",
    )


class RunState(StrEnum):
    """The state of a run; one that neither ended nor holds the tenant has died."""

    FINISHED = "finished"
    RUNNING = "running"
    DIED = "died"


@dataclass(frozen=True, slots=True)
class OperationRecord:
    """An operation of a run; `result` is None where it is unknown."""

    id: str
    address: str
    verb: str
    values: Mapping[str, Value]
    intended_at: datetime | None
    settled_at: datetime | None
    result: str | None
    because: str


@dataclass(frozen=True, slots=True)
class Run:
    """One apply.

    `counts` is by result; `unknown` operations were intended and have no recorded outcome.
    `operations` is filled where a single run is requested.
    """

    id: str
    tenant: str
    plan_id: str
    digest: str
    holder: str
    started_at: datetime
    finished_at: datetime | None
    state: RunState
    converged: bool | None
    counts: Mapping[str, int]
    unknown: int
    operations: tuple[OperationRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class Lease:
    """The holder of a tenant.

    `is_dead`: the holder is a process of this machine that has ended, or has given no sign of life
    for a minute. `is_local`: the lease is not visible on other machines.
    """

    tenant: str
    holder: str
    host: str
    pid: int
    reason: str
    since: datetime
    beat: datetime
    expires: datetime
    is_dead: bool
    is_local: bool
