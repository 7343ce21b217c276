"""Operations, their order, and the plan that holds them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from reconciler.diagnostics import Diagnostic, Position
from reconciler.model.comparison import Change, Graded, TenantRef, Unmanaged, Unobserved
from reconciler.model.desired import Allowance, ConfigRef, ExtensionRange, Policy
from reconciler.model.drift import DriftItem
from reconciler.model.values import Address, License, Resource, Value, Verb
from reconciler.ordering import Baseline, Conflict, Shortfall


@dataclass(frozen=True, slots=True)
class Operation:
    """One atomic write of one object. `set` maps paths to values; `None` takes the value away."""

    id: str
    address: Address
    kind: str
    verb: Verb
    set: Mapping[str, Value]
    why: str = ""
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the order must keep to besides the changes; `baseline` is of an interrupted run.

    `purchased` is the number that binds (the lower one where files and tenant differ); `stated` is
    what the files say of each object.
    """

    ranges: tuple[ExtensionRange, ...] = ()
    purchased: Mapping[License, int] = field(default_factory=dict)
    requires: Mapping[License, License] = field(default_factory=dict)
    minimums: Mapping[Address, int] = field(default_factory=dict)
    members_on_queue: bool = False
    stated: Mapping[Address, Resource] = field(default_factory=dict)
    baseline: Baseline = field(default_factory=Baseline)


@dataclass(frozen=True, slots=True)
class Graph:
    """Operations in one lawful sequence; `after` holds the edges that every other order must keep.
    `peaks` (seats in use per license) and `lowest` (coverage per queue or skill) are the worst
    moments over all orders that the graph allows, for what the plan touches. Coverage is judged
    from the `baseline` where that is lower.
    """

    operations: tuple[Operation, ...]
    dips: tuple[Shortfall, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    peaks: Mapping[License, int] = field(default_factory=dict)
    lowest: Mapping[Address, int] = field(default_factory=dict)
    baseline: Baseline = field(default_factory=Baseline)


@dataclass(frozen=True, slots=True)
class Blocker:
    """Why a plan may not run, and the narrow acknowledgement that would let it (if any would)."""

    guard: str
    planned: int
    limit: int
    acknowledge: str | None
    address: Address | None = None
    summary: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Seats:
    """A license pool. `over` counts seats in use beyond the limit after the plan. `purchased` and
    `free` are None where neither the files nor the tenant give a number.
    """

    license: License
    purchased: int | None
    assigned: int
    after: int
    peak: int
    free: int | None
    over: int
    requires: License | None = None


@dataclass(frozen=True, slots=True)
class SeatCost:
    """What a plan does to the seats of a license that has a price. Amounts are decimal text, a
    month. `more` seats are in use afterwards, `at_most` where some may be in use already; `idle`
    are purchased and nobody's then, None where nobody can tell.
    """

    license: License
    more: int
    at_most: bool
    amount: str
    idle: int | None
    idle_amount: str | None
    currency: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """Licensed agents of a queue or skill; `minimum` is null where none is stated."""

    address: Address
    before: int
    lowest: int
    after: int
    minimum: int | None
    join: tuple[Address, ...] = ()
    leave: tuple[Address, ...] = ()


@dataclass(frozen=True, slots=True)
class Access:
    """Who starts and who stops being able to sign in and take calls."""

    gain: tuple[Address, ...] = ()
    lose: tuple[Address, ...] = ()


@dataclass(frozen=True, slots=True)
class RangeUse:
    """How full an extension range is. `foreign`: numbers held by what does not belong there."""

    range: str
    first: str
    last: str
    used: int
    after: int
    free: int
    foreign: int
    purpose: str = ""
    unlisted: str = "report"


class DateEvent(StrEnum):
    START = "start"
    END = "end"
    WAIVER = "waiver"
    ACKNOWLEDGEMENT = "acknowledgement"


@dataclass(frozen=True, slots=True)
class Dated:
    """A day that the files state: the first, or the last on which something holds.

    With `path` a membership (`queues.support`) of an agent or a profile. `affected` are the agents
    whom it is about; it is not part of the document.
    """

    day: date
    event: DateEvent
    address: Address
    label: str
    path: str | None
    source: Position | None
    affected: tuple[Address, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Forecast:
    requests: int
    seconds: int


@dataclass(frozen=True, slots=True)
class LiveRef:
    complete: bool
    resources: int
    requests: int


@dataclass(frozen=True, slots=True)
class DueWork:
    """Of a plan that holds just what dates ask for that were reached after the day `since`.

    `addresses` are those at which something is due. `others` are fields that differ for another
    reason, there or elsewhere; while there are any, nothing is applied.
    """

    since: date
    addresses: tuple[Address, ...] = ()
    others: tuple["DriftItem", ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan document as a value; `planfile` writes and reads it, and says what is believed."""

    tool_version: str
    plan_id: str
    digest: str
    created_at: datetime
    as_of: date
    expires_at: datetime
    tenant: TenantRef
    config: ConfigRef
    live: LiveRef
    applyable: bool
    complete: bool
    summary: Mapping[str, Mapping[str, int]]
    changes: tuple[Change, ...]
    operations: tuple[Operation, ...]
    drift: tuple["DriftItem", ...] = ()
    unmanaged: tuple[Unmanaged, ...] = ()
    unobserved: tuple[Unobserved, ...] = ()
    grades: tuple[Graded, ...] = ()
    seats: tuple[Seats, ...] = ()
    costs: tuple[SeatCost, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    access: Access = field(default_factory=Access)
    extensions: tuple[RangeUse, ...] = ()
    forecast: Forecast = field(default_factory=lambda: Forecast(0, 0))
    diagnostics: tuple[Diagnostic, ...] = ()
    blockers: tuple[Blocker, ...] = ()
    acknowledged: tuple[Allowance, ...] = ()
    policy: Policy = field(default_factory=Policy)
    select: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    gone_files: tuple[str, ...] = ()
    upcoming: tuple[Dated, ...] = ()
    overdue: tuple[Dated, ...] = ()
    due: DueWork | None = None
