"""A provider to a reading: the tenant as it is now, whole or not at all."""

from reconciler.model import Provider, Reading


def live(provider: Provider) -> Reading:
    """Reads the tenant. Raises `CannotTellError`; nothing is ever planned on half a reading."""
    return provider.reader.read()
