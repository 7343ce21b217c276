"""The door to the tenant, opened and closed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from reconciler import providers
from reconciler.model import Desired, Provider, Tenant
from reconciler.pipeline.asked import World

if TYPE_CHECKING:
    from reconciler.providers.scim.probe import Probe


def probe(tenant: Tenant, world: World) -> "tuple[Probe, ...]":
    """A service seen with each packaged mapping, the best one first; nothing is written."""
    return providers.probe(tenant, environ=world.environ, root=world.root)


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
    )
    try:
        yield provider
    finally:
        provider.close()
