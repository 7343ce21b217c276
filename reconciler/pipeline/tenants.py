"""The door to the tenant, opened and closed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from reconciler import providers
from reconciler.model import Desired, Provider, Tenant
from reconciler.pipeline.asked import World

if TYPE_CHECKING:
    from reconciler.providers.rate_limiter import RateLimiter


@contextmanager
def opened(
    tenant: Tenant, world: World, *, read_only: bool, desired: Desired | None = None
) -> Iterator[Provider]:
    """The tenant, for reading only unless somebody is about to apply."""
    provider = providers.open(
        tenant,
        environ=world.environ,
        root=world.root,
        read_only=read_only,
        pools=desired.pools if desired else {},
        limiter=_limiter(tenant, world),
        on_wait=world.on_wait,
    )
    try:
        yield provider
    finally:
        provider.close()


def _limiter(tenant: Tenant, world: World) -> "RateLimiter | None":
    """One for the whole run, where a tenant is asked for an interval between requests: an apply
    opens it three times.
    """
    if tenant.provider != "xima":
        return None
    key = f"{tenant.name} {tenant.url}"
    if key not in world.limiters:
        world.limiters[key] = providers.limiter_of(tenant, world.on_wait)
    return world.limiters[key]
