"""Connections to the tenant: open a provider, or begin to read while the files are parsed."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler import load, providers, validate
from reconciler.errors import SetupError
from reconciler.model import Desired, Provider, Tenant
from reconciler.pipeline.stages import Environment, PlanOptions

if TYPE_CHECKING:
    from reconciler.providers.rate_limiter import RateLimiter
    from reconciler.providers.scim import Ahead
    from reconciler.providers.scim.probe import Probe


def probe(tenant: Tenant, environment: Environment) -> "tuple[Probe, ...]":
    """Read a service with each packaged mapping, the best one first; nothing is written."""
    return providers.probe(tenant, environ=environment.environ, root=environment.root)


@contextmanager
def open_provider(
    tenant: Tenant, environment: Environment, *, read_only: bool, desired: Desired | None = None
) -> Iterator[Provider]:
    """Open the tenant, and close it at the end; `read_only` providers have no way to write."""
    provider = providers.open(
        tenant,
        environ=environment.environ,
        root=environment.root,
        read_only=read_only,
        pools=desired.pools if desired else {},
        limiter=_limiter(tenant, environment),
        on_wait=environment.on_wait,
    )
    try:
        yield provider
    finally:
        provider.close()


def _limiter(tenant: Tenant, environment: Environment) -> "RateLimiter | None":
    """Return one rate limiter for the whole run, where the files or the provider state an interval.

    An apply connects several times, and the tenant counts across them. None for other tenants.
    """
    if environment.limiter is not None:
        return environment.limiter
    if tenant.request_interval is None and not providers.interval_of(tenant):
        return None
    key = f"{tenant.name} {tenant.url}"
    if key not in environment.limiters:
        environment.limiters[key] = providers.limiter_of(tenant, environment.on_wait)
    return environment.limiters[key]


@contextmanager
def ahead(folder: Path, environment: Environment, options: PlanOptions) -> Iterator["Ahead | None"]:
    """Begin to read the tenant while the files are parsed; most of a reading is waiting.

    Yields None where the tenant block is missing or invalid. A reading that nobody asked for is
    abandoned at the end.
    """
    tenant = valid_tenant(options.tenant_from or folder)
    if tenant is None:
        yield None
        return
    begun = providers.ahead(
        tenant, environ=environment.environ, root=environment.root, on_wait=environment.on_wait
    )
    try:
        yield begun
    finally:
        if begun:
            begun.abandon()


def open_reader(
    desired: Desired, environment: Environment, begun: "Ahead | None"
) -> AbstractContextManager[Provider]:
    """Open the tenant for reading only, or take over the reading that has begun for it."""
    if begun is None or begun.tenant != desired.tenant:
        return open_provider(desired.tenant, environment, read_only=True, desired=desired)
    return closing(begun.provider(desired.pools))


def valid_tenant(folder: Path) -> Tenant | None:
    """Return the tenant of the only tenant block, if it is valid by the schema."""
    try:
        block = load.tenant_block(folder)
    except SetupError:
        return None
    if block is None:
        return None
    documents, refused = validate.schema((block,))
    return None if refused else load.state(documents, as_of=date.min).tenant
