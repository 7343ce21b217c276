"""What differs between desired and live."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from reconciler.diagnostics import Diagnostic, Position
from reconciler.model.live import Attestation
from reconciler.model.values import Action, Address, Execution, Resource, Value


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
    added it, as far as the tenant's audit trail says. `declared`: a file declared it at an earlier
    apply, `file` is the one. `active` is None where the tenant does not show it.
    """

    address: Address
    label: str
    unlisted: bool = False
    actor: str | None = None
    declared: bool = False
    file: str | None = None
    active: bool | None = None


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
class TenantRef:
    name: str
    provider: str
    url: str | None
