"""A provider to a reading: the tenant as it is now, whole or not at all."""

from reconciler.model import Audited, AuditEntry, Provider, Reading


def live(provider: Provider) -> Reading:
    """Reads the tenant. Raises `CannotTellError`; nothing is ever planned on half a reading."""
    return provider.reader.read()


def audit(provider: Provider, reading: Reading) -> tuple[AuditEntry, ...]:
    """Who changed what of it; nothing where the tenant keeps no audit trail."""
    return provider.audit(reading) if isinstance(provider, Audited) else ()
