"""The ground floor: the values that the stages hand to each other, and the doors to the tenant.

Everything here is data or a protocol. `Address` is text such as `agent/ana@acme.example` or
`queue/support`; it is the key of a resource on both sides. In `Resource.fields` a field that is
*missing* was not stated (desired) or not observed (live); a field that is `None` is known to be
empty. Collections are `licenses` (a frozenset of names) and `queues` and `skills` (name to level,
`NO_LEVEL` for a membership without one).

In a `FieldChange` one member of a collection is one path, `licenses.voice` or `queues.support`:
`None` means "not there", `True` "there, without a level", a number is the level.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from threading import Event
from typing import Any, Protocol, runtime_checkable

from reconciler.diagnostics import Diagnostic, Position
from reconciler.ordering import Baseline, Conflict, Dip

Address = str
License = str
Value = str | int | bool | None
FieldValue = Value | frozenset[str] | Mapping[str, int]

NO_LEVEL = 0


class Action(StrEnum):
    """What a change does, as people read it."""

    CREATE = "create"
    UPDATE = "update"
    SUSPEND = "suspend"
    RESTORE = "restore"
    DELETE = "delete"
    NO_OP = "no-op"


class Verb(StrEnum):
    """What an operation sends."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


class Execution(StrEnum):
    AUTOMATIC = "automatic"
    MANUAL = "manual"


class Grade(StrEnum):
    """How well a value is known: the tenant shows it, somebody vouches for it, nobody knows."""

    OBSERVED = "observed"
    ATTESTED = "attested"
    UNOBSERVED = "unobserved"


class Origin(Protocol):
    """Where a desired resource was declared; lazily, so that nobody pays for places not shown."""

    def at(self, *path: str | int) -> Position:
        """The place of a field (`at("queues", "support")`), or the nearest known one."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One thing of a kind, desired or live. `id` and `version` are the tenant's handles."""

    address: Address
    kind: str
    fields: Mapping[str, FieldValue]
    id: str | None = field(default=None, compare=False)
    version: str | None = field(default=None, compare=False)
    origin: Origin | None = field(default=None, compare=False, repr=False)


# --- desired -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tenant:
    """The `tenant:` block. `*_env` name variables; `request_interval` is in seconds."""

    name: str
    provider: str
    url: str | None = None
    token_env: str | None = None
    token_url: str | None = None
    client_id_env: str | None = None
    client_secret_env: str | None = None
    timezone: str = "UTC"
    seed: str | None = None
    ca_file: str | None = None
    ledger_env: str | None = None
    request_interval: int | None = None
    login_url: str | None = None
    licenses: Mapping[License, str] = field(default_factory=dict)
    page_size: int | None = None
    mapping: str | Mapping[str, Any] | None = None
    origin: Origin | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Price:
    """What one seat costs; `per` is `month` or `year`."""

    amount: Decimal
    currency: str
    per: str


@dataclass(frozen=True, slots=True)
class LicensePool:
    """What the operator states of a pool; the tenant's own number may differ."""

    license: License
    purchased: int | None = None
    requires: License | None = None
    price: Price | None = None
    origin: Origin | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ExtensionRange:
    """A named closed interval of extensions; both ends have equally many digits."""

    name: str
    purpose: str
    first: str
    last: str
    unlisted: str = "report"
    origin: Origin | None = field(default=None, compare=False, repr=False)

    def holds(self, extension: str) -> bool:
        same_width = len(extension) == len(self.first)
        return same_width and extension.isdecimal() and self.first <= extension <= self.last


@dataclass(frozen=True, slots=True)
class Identity:
    """What an agent's entry says of who it was (`previously:`) or whom it follows (`replaces:`)."""

    previously: Mapping[str, str] = field(default_factory=dict)
    replaces: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Limit:
    """How many changes of one class may pass: a count, or a percentage of the live managed."""

    count: int | None = None
    percent: int | None = None


@dataclass(frozen=True, slots=True)
class Allowance:
    """An acknowledgement (`policy.allow`): this many of this class, until that day."""

    what: str
    count: int
    reason: str = ""
    until: date | None = None
    origin: Origin | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Waiver:
    """Lifts one rule for one address, with a reason and an end date."""

    rule: str
    address: Address
    reason: str
    until: date | None = None
    origin: Origin | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Policy:
    """`limits` are keyed `agent.suspend`; `ignore` holds `kind.field`. `protect_fields` narrows the
    protection of an address. `absent_percent` of the agents that should be there may be missing.
    """

    limits: Mapping[str, Limit] = field(default_factory=dict)
    protect: frozenset[Address] = frozenset()
    allow: tuple[Allowance, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    ignore: frozenset[str] = frozenset()
    live_calls: str = "skip"
    attestation_days: int = 90
    absent_percent: int = 20
    protect_fields: Mapping[Address, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ConfigRef:
    """Which files a plan was made from. `hash` covers what they mean, not how they are laid out."""

    commit: str | None
    dirty: bool
    files: int
    hash: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A name that the files use and nothing declares; `by` is the address that uses it."""

    kind: str
    name: str
    by: Address
    path: tuple[str | int, ...] = ()
    origin: Origin | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class OddLevel:
    """A level outside 1 to 10, where the files state it."""

    level: int
    by: Address
    path: tuple[str | int, ...] = ()
    origin: Origin | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Term:
    """The days between which an agent's entry holds, both included."""

    start: date | None = None
    end: date | None = None


@dataclass(frozen=True, slots=True)
class Desired:
    """What the files say on `as_of`.

    `resources` holds agents, queues and skills that are in force, profiles already merged; an agent
    past its `until` is in it with `active: False` and empty collections. `waiting` holds agents
    whose `from` lies ahead: declared, yet neither created nor changed. `not_yet` holds memberships
    whose `from` lies ahead, as flat paths (`queues.support`): neither added, changed nor removed.
    `stated_empty` names kinds whose key is present with no entries.

    For the offline rules: `profiles` as they stand in the files, `terms` of the agents that state
    days, `dangling` names, `odd_levels`, and `repeated` further declarations of an address.
    """

    tenant: Tenant
    as_of: date
    resources: Mapping[Address, Resource]
    pools: Mapping[License, LicensePool] = field(default_factory=dict)
    ranges: tuple[ExtensionRange, ...] = ()
    minimums: Mapping[Address, int] = field(default_factory=dict)
    identities: Mapping[Address, Identity] = field(default_factory=dict)
    waiting: Mapping[Address, Resource] = field(default_factory=dict)
    stated_empty: frozenset[str] = frozenset()
    policy: Policy = field(default_factory=Policy)
    config: ConfigRef = field(default_factory=lambda: ConfigRef(None, False, 0, ""))
    not_yet: Mapping[Address, frozenset[str]] = field(default_factory=dict)
    profiles: Mapping[str, Resource] = field(default_factory=dict)
    terms: Mapping[Address, Term] = field(default_factory=dict)
    dangling: tuple[Reference, ...] = ()
    odd_levels: tuple[OddLevel, ...] = ()
    repeated: tuple[Resource, ...] = ()


@dataclass(frozen=True, slots=True)
class Declared:
    """Who was declared before (from the ledger or a git revision): the proof for `unlisted:`.

    `fields` are the values that the files or the last apply stated, by flat path, for three-way
    drift, and `at` is when that was true; `waiting` were not in force then. `protect` is what the
    policy protected then (protection survives its own removal). `is_applied`: the fields are what
    an apply left in the tenant, and not just what files said.
    With `kinds.WHOLE` among its values an object had no others; `is_whole`: so have all, and nobody
    else was declared.
    """

    source: str
    addresses: frozenset[Address]
    extensions: frozenset[str] = frozenset()
    fields: Mapping[Address, Mapping[str, Value]] = field(default_factory=dict)
    protect: frozenset[Address] = frozenset()
    is_whole: bool = False
    is_applied: bool = False
    protect_fields: Mapping[Address, frozenset[str]] = field(default_factory=dict)
    waiting: frozenset[Address] = frozenset()
    at: datetime | None = None


# --- live ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a tenant shows and takes, by kind and field.

    `by_hand` holds what only a person can write, in the tenant's console: such a change becomes a
    step of the work sheet. What is neither observed, writable nor by hand stays out of changes and
    counts as unobserved. `members_on_queue`: memberships are written on the queue's object (a SCIM
    Group), apart from the agent's own fields. `licensed_only`: agents without a license are not
    listed, so that absent is not missing. `lacks` (`queue.default_level`) the tenant has nowhere.
    `once` (`agent.email`) is written with a create and by nobody later. `levels` are the lowest and
    the highest level of a collection where they are not 1 and 10; None where it has no levels.
    """

    observed: Mapping[str, frozenset[str]]
    writable: Mapping[str, frozenset[str]]
    by_hand: Mapping[str, frozenset[str]] = field(default_factory=dict)
    creates: frozenset[str] = frozenset()
    deletes: frozenset[str] = frozenset()
    members_on_queue: bool = False
    licensed_only: bool = False
    lacks: frozenset[str] = frozenset()
    once: frozenset[str] = frozenset()
    levels: Mapping[str, tuple[int, int] | None] = field(default_factory=dict)

    @property
    def without_levels(self) -> frozenset[str]:
        """Collections whose memberships have no level. Members of a SCIM Group have none at all."""
        if self.members_on_queue and not self.levels:
            return frozenset({"queues", "skills"})
        return frozenset(name for name, bounds in self.levels.items() if bounds is None)

    @property
    def observe_only(self) -> bool:
        """Whether nothing can be written at all, neither over the API nor by a person."""
        fields = (*self.writable.values(), *self.by_hand.values())
        return not (any(fields) or self.creates or self.deletes)

    @property
    def hidden(self) -> frozenset[str]:
        """Fields of agents that can be written and not be seen."""
        none = frozenset[str]()
        return self.writable.get("agent", none) - self.observed.get("agent", none)


@dataclass(frozen=True, slots=True)
class Attestation:
    """Evidence of one field: who or what said what, when, on what ground, what refuted it.

    `source` is the ground: `attested` (a person's word), `file: PBX export` (read from a file),
    `reading` (on the tenant's own list), `open` (a step that was asked for and not answered yet),
    or `base` (only the files said so). `name` and `extension` are how the tenant listed the person
    just before. What one save recorded shares its `step`. Evidence that is `refuted` says why, and
    counts for nothing.
    """

    address: Address
    path: str
    value: Value
    by: str
    at: datetime
    source: str = "attested"
    name: str = ""
    extension: str = ""
    step: str = ""
    refuted: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader saw: agents, queues, skills, license pools, directory entries.

    `unreported` holds addresses that the tenant may well have and does not show: absent from
    `resources`, yet not missing. `numberless` are names that a list has with no extension. Agents'
    fields in `doubtful` are empty for all, perhaps hidden.
    `identified` maps the address by which evidence knows somebody to the one of the reading,
    `open_steps` holds what was asked of a person and not answered, `refuted` the evidence that the
    reading contradicts.
    """

    resources: Mapping[Address, Resource]
    capabilities: Capabilities
    requests: int = 0
    attested: Mapping[Address, Mapping[str, Attestation]] = field(default_factory=dict)
    unreported: frozenset[Address] = frozenset()
    numberless: frozenset[str] = frozenset()
    doubtful: frozenset[str] = frozenset()
    notes: tuple[Diagnostic, ...] = ()
    identified: Mapping[Address, Address] = field(default_factory=dict)
    open_steps: Mapping[Address, Mapping[str, Attestation]] = field(default_factory=dict)
    refuted: tuple[Attestation, ...] = ()


# --- plan ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FieldChange:
    """`word` is what `before` stands on where the tenant does not show it."""

    path: str
    before: Value
    after: Value
    word: Attestation | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one resource; `fields` are sorted by path, of a create without `before`."""

    address: Address
    kind: str
    label: str
    action: Action
    fields: tuple[FieldChange, ...]
    reason: str
    source: Position | None = None
    live_id: str | None = None
    precondition: str | None = None
    execution: Execution = Execution.AUTOMATIC


@dataclass(frozen=True, slots=True)
class Unmanaged:
    """Live, declared by no file, left alone. `unlisted`: lives in a range that we own. `actor`
    added it, as far as the tenant's audit trail says.
    """

    address: Address
    label: str
    unlisted: bool = False
    actor: str | None = None


@dataclass(frozen=True, slots=True)
class Unobserved:
    """How many stated values of a field the tenant does not show."""

    kind: str
    field: str
    count: int


@dataclass(frozen=True, slots=True)
class Graded:
    """How many stated values of a field are of which grade; `by` and `oldest` tell of attested."""

    kind: str
    field: str
    observed: int
    attested: int
    unobserved: int
    by: tuple[str, ...] = ()
    oldest: datetime | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Desired against live, unordered in meaning and sorted by address.

    `matches` maps the address of a declared resource to the live one that it is; `replaced` maps
    the address of a live agent to that of the declared one who takes over from it. `grades` are
    stated only where the tenant leaves to people what it does not show.
    """

    changes: tuple[Change, ...]
    unchanged: Mapping[str, int]
    matches: Mapping[Address, Resource]
    unmanaged: tuple[Unmanaged, ...] = ()
    unobserved: tuple[Unobserved, ...] = ()
    grades: tuple[Graded, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    replaced: Mapping[Address, Address] = field(default_factory=dict)


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
    dips: tuple[Dip, ...] = ()
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


@dataclass(frozen=True, slots=True)
class Forecast:
    requests: int
    seconds: int


@dataclass(frozen=True, slots=True)
class TenantRef:
    name: str
    provider: str
    url: str | None


@dataclass(frozen=True, slots=True)
class LiveRef:
    complete: bool
    resources: int
    requests: int


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


# --- drift ---------------------------------------------------------------------------------------


class DriftClass(StrEnum):
    """Two-way reports, without a base, only know `DIFFERENCE` and `UNMANAGED`. `DUE`: only a date
    was reached, in files that did not change.
    """

    DRIFT = "drift"
    PENDING = "pending"
    DUE = "due"
    CONFLICT = "conflict"
    DIFFERENCE = "difference"
    UNMANAGED = "unmanaged"


@dataclass(frozen=True, slots=True)
class DriftItem:
    """One field (or, with `path` None, one whole resource) on which the sides disagree. `word` is
    what `live` stands on where the tenant does not show it.
    """

    address: Address
    kind: str
    label: str
    drift: DriftClass
    path: str | None
    base: Value
    desired: Value
    live: Value
    source: Position | None = None
    first_seen: datetime | None = None
    actor: str | None = None
    changed_at: datetime | None = None
    edit: str | None = None
    word: Attestation | None = None


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who changed a field (or, with `path` None, all) of a live address, by the tenant's trail."""

    address: Address
    path: str | None
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DriftReport:
    """`base` names what the three-way comparison stands on; null means two-way."""

    tenant: TenantRef
    config: ConfigRef
    as_of: date
    created_at: datetime
    base: str | None
    complete: bool
    items: tuple[DriftItem, ...]
    unmanaged: tuple[Unmanaged, ...] = ()
    unobserved: tuple[Unobserved, ...] = ()
    grades: tuple[Graded, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    tool_version: str = ""


# --- apply ---------------------------------------------------------------------------------------


class Result(StrEnum):
    APPLIED = "applied"
    FAILED = "failed"
    SKIPPED = "skipped"
    NOT_STARTED = "not started"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one operation; `because` is the reason in words, empty when applied."""

    operation: Operation
    result: Result
    because: str = ""
    live_id: str | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The end of an apply: what happened, what is left to do, and why that cannot be told."""

    outcomes: tuple[Outcome, ...]
    converged: bool
    left: tuple[Change, ...] = ()
    unobserved: tuple[Unobserved, ...] = ()
    grades: tuple[Graded, ...] = ()
    cannot_tell: tuple[str, ...] = ()


# --- doors ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Handle:
    """The tenant's own name of an object, and the version we last saw of it."""

    id: str
    version: str | None = None


class Reader(Protocol):
    """The door that only looks. Raises `CannotTellError` rather than return half a reading."""

    def read(self) -> Reading: ...


class Writer(Protocol):
    """The door that changes. It never compares and never prints.

    All operations of one call have the same `target`; in their order, later values win.
    `known` maps addresses to handles: everything read, plus what this run has created.
    """

    def target(self, operation: Operation) -> Address:
        """The address of the object that the operation is written on: its own, or the queue's."""

    def write(self, operations: Sequence[Operation], known: Mapping[Address, Handle]) -> Handle:
        """Sends one request, with the known version as its precondition.

        Raises `RequestError`; `LostAnswerError` when it may have taken effect all the same.
        """

    def settled(
        self, operations: Sequence[Operation], known: Mapping[Address, Handle]
    ) -> Handle | None:
        """Reads the object: its handle if it already is as the operations say, else None."""

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

    def begin(self, plan: Plan) -> str:
        """Opens a run and returns its id."""

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

    def seen(self, tenant: str, items: Sequence[str], now: datetime) -> Mapping[str, datetime]:
        """Since when each item of drift is known; what is not named any more is forgotten."""

    def declared(self, tenant: str) -> Declared | None:
        """What was last applied to this tenant; None before the first apply."""

    def attest(self, tenant: str, attestations: Sequence[Attestation]) -> None: ...
    def attestations(self, tenant: str) -> Iterator[Attestation]: ...
    def retract(self, tenant: str, attestations: Sequence[Attestation]) -> None: ...

    def refute(self, tenant: str, attestations: Sequence[Attestation]) -> None:
        """Keeps what contradicts each of them (`refuted`); they count for nothing from now on."""

    def close(self) -> None: ...
