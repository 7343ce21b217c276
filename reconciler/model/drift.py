"""The drift report."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from reconciler.diagnostics import Diagnostic, Position
from reconciler.model.comparison import Graded, TenantRef, Unmanaged, Unobserved
from reconciler.model.desired import ConfigRef
from reconciler.model.live import Attestation
from reconciler.model.values import Address, Value


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
