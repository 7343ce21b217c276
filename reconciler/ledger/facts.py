"""What a ledger tells: runs, their operations, and who holds a tenant."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from reconciler.errors import SetupError
from reconciler.model import Value


def damaged(what: str) -> SetupError:
    """A row that no program of ours wrote like that."""
    return SetupError(
        f"the ledger is damaged: {what} cannot be read",
        hint="restore it from a copy, or move it away and begin anew with `--base`",
    )


class RunState(StrEnum):
    """A run that neither ended nor holds the tenant any more has died."""

    FINISHED = "finished"
    RUNNING = "running"
    DIED = "died"


@dataclass(frozen=True, slots=True)
class KeptOperation:
    """`result` is None where the run ended before the answer was known."""

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
    """One apply. `counts` is by result; `unknown` operations were meant and never heard of again.

    `operations` is filled where one run is asked for.
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
    operations: tuple[KeptOperation, ...] = ()


@dataclass(frozen=True, slots=True)
class Lease:
    """Who holds a tenant. `is_dead`: the holder is a process of this machine that is gone, or has
    given no sign of life for a minute. `is_local`: nobody on another machine sees this lease.
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
