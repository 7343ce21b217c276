"""What the files say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from reconciler.model.values import Address, License, Origin, Resource, Value


@dataclass(frozen=True, slots=True)
class Tenant:
    """The `tenant:` block. `*_env` name variables; `request_interval` is in seconds.

    `options` are the keys that a provider outside this repository adds. `levels` are the lowest and
    the highest level of a collection where this provider's are not 1 and 10; None: no levels.
    """

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
    webrtc_phone: Mapping[str, str] = field(default_factory=dict)
    page_size: int | None = None
    mapping: str | Mapping[str, Any] | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    levels: Mapping[str, tuple[int, int] | None] = field(default_factory=dict, compare=False)
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
    """Which files a plan was made from. `hash` covers what they mean, not how they are laid out.
    `folder` holds them, relative to the current one; None where it is not below that.
    """

    commit: str | None
    dirty: bool
    files: int
    hash: str
    folder: str | None = None


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
    With `kinds.WHOLE` (the file that declared it, or True) among its values an object had no
    others; `is_whole`: so have all, and nobody else was declared. `as_of` is the day that was
    judged, and `config` the files, where that is known, else `times` say when the values of an
    address were last written. `is_of_now`: the files are those of now as of an earlier day, so that
    nobody can tell a later edit from a hand.
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
    as_of: date | None = None
    config: ConfigRef | None = None
    times: Mapping[Address, datetime] = field(default_factory=dict)
    is_of_now: bool = False
