"""Providers of tenants: `open` picks the one that the files name.

A provider that is opened for reading only has a transport that refuses every method that writes.
Everything heavy is imported where it is used.

api        what a provider is made of, for ours and for those of other distributions
registry   which ones there are
guarded    those of other distributions, held to the protocol
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from reconciler.errors import SetupError
from reconciler.model import License, LicensePool, Provider, Tenant
from reconciler.providers import guarded, registry
from reconciler.providers.api import Connection
from reconciler.providers.retry import Waiting

if TYPE_CHECKING:
    from reconciler.providers.rate_limiter import RateLimiter
    from reconciler.providers.scim import Ahead
    from reconciler.providers.scim.probe import Probe
    from reconciler.providers.transport import Transport

MEDIA: Final = "application/scim+json"

OnWait = Callable[[Waiting], None]
"""Called when a tenant begins to refuse requests (429, 503), by any thread."""


def open(  # read as `providers.open`
    tenant: Tenant,
    *,
    environ: Mapping[str, str],
    root: Path,
    read_only: bool,
    pools: Mapping[License, LicensePool] | None = None,
    limiter: "RateLimiter | None" = None,
    on_wait: OnWait | None = None,
) -> Provider:
    """Opens a tenant. Raises `SetupError` on this side's faults, `CannotTellError` on its own.

    `root` is the directory that holds `.reconciler/`, and where `ca_file` is looked for. `pools` is
    what the files say of license pools: an embedded tenant starts with them, and their names count
    as licenses. `limiter` is one of our own, which calls `on_wait` when the tenant asks for a
    pause, unless somebody shares theirs.
    """
    kind = registry.provider_type(tenant.provider)
    connection = Connection(
        tenant, environ, root, read_only, limiter or limiter_of(tenant, on_wait), pools or {}
    )
    if tenant.provider in registry.INSIDE:
        return kind.open(connection)
    return guarded.opened(tenant.provider, lambda: kind.open(connection), read_only=read_only)


def probe(tenant: Tenant, *, environ: Mapping[str, str], root: Path) -> "tuple[Probe, ...]":
    """Reads a SCIM tenant with each packaged mapping, through a transport that cannot write."""
    from reconciler.providers.scim import probe as probing

    if tenant.provider != "scim":
        raise SetupError(f"provider {tenant.provider} has no mapping", hint="probe a scim tenant")
    transport = _reading_transport(tenant, environ, root, None)
    try:
        return probing.probe(transport, tenant)
    finally:
        transport.close()


def ahead(
    tenant: Tenant, *, environ: Mapping[str, str], root: Path, on_wait: OnWait | None = None
) -> "Ahead | None":
    """Begins to read a tenant before all of its files are known; it cannot be written to.

    None where the url or the token may not be used, which `open` says in its turn, and for an
    embedded tenant, which starts with what the files say of its pools.
    """
    if tenant.provider != "scim":
        return None
    from reconciler.providers.scim import Ahead

    try:
        return Ahead(tenant, _reading_transport(tenant, environ, root, on_wait))
    except SetupError:
        return None


def _reading_transport(
    tenant: Tenant, environ: Mapping[str, str], root: Path, on_wait: OnWait | None
) -> "Transport":
    """SCIM through a transport that cannot write."""
    connection = Connection(tenant, environ, root, True, limiter_of(tenant, on_wait))
    return connection.transport(media=MEDIA)


def interval_of(tenant: Tenant) -> float:
    """Seconds between two requests at least: what the files state, else what the provider does."""
    if tenant.request_interval is not None:
        return tenant.request_interval
    return registry.provider_type(tenant.provider).interval


def limiter_of(tenant: Tenant, on_wait: OnWait | None) -> "RateLimiter":
    """What keeps the pace below this tenant; whoever opens it twice shares one."""
    from reconciler.providers.rate_limiter import RateLimiter

    return RateLimiter(interval=interval_of(tenant), on_wait=on_wait)
