"""A provider to a reading: the tenant as it is now, whole or not at all."""

from collections.abc import Iterator, Mapping, Sequence

from reconciler import kinds
from reconciler.errors import ImplausibleError
from reconciler.model import Address, Audited, AuditEntry, Provider, Reading


def live(provider: Provider) -> Reading:
    """Reads the tenant. Raises `CannotTellError`; nothing is ever planned on half a reading.

    Somebody may make a queue while we read; what does not fit together is read once more.
    """
    reading = provider.reader.read()
    if any(_unknown_targets(reading)):
        reading = provider.reader.read()
    unknown = sorted(set(_unknown_targets(reading)))
    if unknown:
        raise ImplausibleError(
            f"the tenant shows agents in {_some(unknown)}, and does not list "
            f"{'it' if len(unknown) == 1 else 'them'}",
            hint="the token may not see all queues and skills; give it the right to",
        )
    return reading


def audit(provider: Provider, reading: Reading) -> tuple[AuditEntry, ...]:
    """Who changed what of it; nothing where the tenant keeps no audit trail."""
    return provider.audit(reading) if isinstance(provider, Audited) else ()


def _unknown_targets(reading: Reading) -> Iterator[Address]:
    """Queues and skills that agents are in, of kinds that the tenant lists, and which it lacks."""
    for field, kind in kinds.MEMBERSHIPS.items():
        if kind not in reading.capabilities.observed:
            continue
        resources = reading.resources.values()
        listed = {kinds.name_of(r.address) for r in resources if r.kind == kind}
        for resource in resources:
            members = resource.fields.get(field)
            if isinstance(members, Mapping) and not members.keys() <= listed:
                yield from (kinds.address(kind, name) for name in members.keys() - listed)


def _some(addresses: Sequence[Address]) -> str:
    more = f" and {len(addresses) - 3} more" if len(addresses) > 3 else ""
    return ", ".join(addresses[:3]) + more
