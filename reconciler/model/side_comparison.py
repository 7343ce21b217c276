"""Two folders, a folder and a tenant, or two tenants, side by side."""

from dataclasses import dataclass
from datetime import date, datetime

from reconciler.diagnostics import Diagnostic
from reconciler.model.comparison import TenantRef, Unobserved
from reconciler.model.drift import DriftItem
from reconciler.model.values import Address


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: `name` as it was typed, `is_live` for a tenant that was read."""

    name: str
    tenant: TenantRef
    is_live: bool


@dataclass(frozen=True, slots=True)
class SideComparison:
    """What differs between A (`left`) and B (`right`), by name.

    In an item `desired` is the value of A, `live` that of B; with `path` None the object is on one
    side only, and the side that has it holds `True`. `unstated` are the address and path of items
    that the files of one side leave out. `same` counts objects that are on both sides without a
    difference, `unobserved` values that one side has and the tenant of the other does not show.
    """

    left: Side
    right: Side
    as_of: date
    created_at: datetime
    items: tuple[DriftItem, ...]
    unobserved: tuple[Unobserved, ...]
    same: int
    unstated: frozenset[tuple[Address, str]] = frozenset()
    diagnostics: tuple[Diagnostic, ...] = ()
    tool_version: str = ""

    @property
    def differs(self) -> bool:
        return bool(self.items)
