"""What a ledger tells: runs, their operations, and who holds a tenant."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from reconciler.model import Value


@dataclass(frozen=True, slots=True)
class KeptOperation:
    """`result` is None where the run ended before the answer was known."""

    id: str
    address: str
    verb: str
    values: Mapping[str, Value]
    intended_at: datetime
    result: str | None
    because: str


@dataclass(frozen=True, slots=True)
class Run:
    """One apply. `finished_at` is None for a run that is going on or died."""

    id: str
    tenant: str
    plan_id: str
    digest: str
    holder: str
    started_at: datetime
    finished_at: datetime | None
    converged: bool | None
    counts: Mapping[str, int]
    operations: tuple[KeptOperation, ...] = ()


@dataclass(frozen=True, slots=True)
class Lease:
    """Who holds a tenant. `is_dead`: the holder is a process of this machine that is gone, or has
    not given a sign of life for a minute.
    """

    tenant: str
    holder: str
    reason: str
    since: datetime
    beat: datetime
    is_dead: bool
