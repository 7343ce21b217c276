"""Read a tenant through its provider, whole or not at all."""

from collections.abc import Sequence

from reconciler import kinds
from reconciler.errors import ImplausibleError
from reconciler.model import Address, Audited, AuditEntry, Provider, Reading


def live(provider: Provider) -> Reading:
    """Read the tenant. Raises `CannotTellError`; no plan is ever made from half a reading.

    Objects may be created while the tenant is read: a reading that does not fit together is
    repeated once.
    """
    reading = provider.reader.read()
    unknown = _unknown_targets(reading)
    if unknown:
        reading = provider.reader.read()
        unknown = _unknown_targets(reading)
    if unknown:
        raise ImplausibleError(
            f"the tenant shows agents in {_some(sorted(unknown))}, and does not list "
            f"{'it' if len(unknown) == 1 else 'them'}",
            hint="the token may not see all queues and skills; give it the right to",
        )
    return reading


def audit(provider: Provider, reading: Reading) -> tuple[AuditEntry, ...]:
    """Return who changed what of the reading; empty where the tenant keeps no audit trail."""
    return provider.audit(reading) if isinstance(provider, Audited) else ()


def _unknown_targets(reading: Reading) -> set[Address]:
    """Return queues and skills that agents are in and that the tenant does not list.

    Only of kinds that the tenant lists.
    """
    unknown: set[Address] = set()
    for field, kind in kinds.MEMBERSHIPS.items():
        if kind in reading.capabilities.observed:
            memberships = (resource.fields.get(field) for resource in reading.resources.values())
            named = set[str]().union(
                *(members for members in memberships if isinstance(members, dict))
            )
            unknown |= {kinds.address(kind, name) for name in named} - reading.resources.keys()
    return unknown


def _some(addresses: Sequence[Address]) -> str:
    more = f" and {len(addresses) - 3} more" if len(addresses) > 3 else ""
    return ", ".join(addresses[:3]) + more
