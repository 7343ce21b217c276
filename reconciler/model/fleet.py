"""What a run over many tenants did: a row for each tenant, and the report of all."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class TenantOutcome(StrEnum):
    UNCHANGED = "unchanged"
    CHANGED = "changed"
    BLOCKED = "blocked"
    CANNOT_TELL = "cannot-tell"
    FAILED = "failed"
    NOT_STARTED = "not-started"
    EXCLUDED = "excluded"
    CANCELLED = "cancelled"


class TenantState(StrEnum):
    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class TenantRow:
    """One tenant in a run. `folder` is below the root of the fleet, and the key of the row.

    `cause` is for machines (`rule:dangling-reference`, `lease-held`), `reason` for people.
    `changes` counts changes by action. `seats` are pools with no seat left or too many in use,
    `coverage` queues and skills that fall in the course of the plan. `plan` is a file.
    """

    folder: str
    tenant: str
    provider: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    state: TenantState = TenantState.PENDING
    outcome: TenantOutcome | None = None
    exit_code: int = 0
    reason: str = ""
    cause: str = ""
    hint: str = ""
    digest: str | None = None
    plan: str | None = None
    wave: str | None = None
    seconds: float = 0.0
    requests: int = 0
    attempts: int = 0
    changes: Mapping[str, int] = field(default_factory=dict)
    seats: tuple[Mapping[str, Any], ...] = ()
    coverage: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class FleetReport:
    """A run over many tenants. `notes` say what stopped it before its end, if anything did.

    Moments are text in ISO form. `settings` are the options that choose and order the tenants.
    """

    run: str
    command: str
    engine: str
    root: str
    tool_version: str
    started_at: str
    finished_at: str | None
    is_cancelled: bool
    exit_code: int
    settings: Mapping[str, Any]
    rows: tuple[TenantRow, ...]
    notes: tuple[str, ...] = ()

    @property
    def counts(self) -> Mapping[str, int]:
        """Tenants by outcome, every outcome named; those without one are `pending` or `running`."""
        names = [str(row.outcome or row.state) for row in self.rows]
        every = {str(outcome): names.count(outcome) for outcome in TenantOutcome}
        open_states = {state: names.count(state) for state in ("pending", "running")}
        return {**every, **{str(name): count for name, count in open_states.items() if count}}

    @property
    def requests(self) -> int:
        return sum(row.requests for row in self.rows)

    @property
    def seconds(self) -> float:
        return round(sum(row.seconds for row in self.rows), 3)
