"""The doors to tenants: one module a provider; `open` picks the one that the files name.

A provider that is opened for reading only has a transport that refuses every method that writes.
Everything heavy is imported where it is used.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler.errors import SetupError
from reconciler.model import License, LicensePool, Provider, Tenant
from reconciler.providers.retry import Waiting

if TYPE_CHECKING:
    from reconciler.providers.oauth import ClientCredentials
    from reconciler.providers.rate_limiter import RateLimiter
    from reconciler.providers.scim import Ahead
    from reconciler.providers.scim.probe import Probe
    from reconciler.providers.transport import Transport

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
    limiter = limiter or limiter_of(tenant, on_wait)
    if tenant.provider == "sandbox":
        from reconciler.providers import sandbox

        return sandbox.open_sandbox(
            tenant, root=root, read_only=read_only, pools=pools or {}, limiter=limiter
        )
    if tenant.provider == "scim":
        from reconciler.providers.scim import ScimProvider

        transport = _transport(tenant, environ, root, read_only=read_only, limiter=limiter)
        try:
            return ScimProvider(transport, pools or (), tenant)
        except BaseException:
            transport.close()
            raise
    if tenant.provider == "xima":
        return _xima(tenant, environ, root, limiter=limiter)
    if tenant.provider == "genesys":
        return _genesys(tenant, environ, root, read_only=read_only, limiter=limiter)
    raise SetupError(
        f"provider {tenant.provider} is not known", hint="use genesys, scim, xima or sandbox"
    )


def _genesys(
    tenant: Tenant,
    environ: Mapping[str, str],
    root: Path,
    *,
    read_only: bool,
    limiter: "RateLimiter",
) -> Provider:
    """Client credentials from the login host, everything else from the API host."""
    from reconciler.providers import address
    from reconciler.providers.genesys import GenesysProvider, api

    login = tenant.login_url or address.login_host(tenant)
    at_login = replace(tenant, token_url=f"{login.rstrip('/')}/oauth/token")
    transport = _transport(
        at_login,
        environ,
        root,
        read_only=read_only,
        limiter=limiter,
        media="application/json",
        judge=api.of_read,
        reads_by_post=api.READS_BY_POST,
    )
    return GenesysProvider(transport, tenant)


def _xima(
    tenant: Tenant, environ: Mapping[str, str], root: Path, *, limiter: "RateLimiter"
) -> Provider:
    """Only ever for reading, during an apply as well."""
    from reconciler.providers.xima import XimaProvider, statuses

    transport = _transport(
        tenant,
        environ,
        root,
        read_only=True,
        limiter=limiter,
        media="application/json",
        judge=statuses.of_read,
    )
    return XimaProvider(transport)


def probe(tenant: Tenant, *, environ: Mapping[str, str], root: Path) -> "tuple[Probe, ...]":
    """Reads a SCIM tenant with each packaged mapping, through a transport that cannot write."""
    from reconciler.providers.scim import probe as probing

    if tenant.provider != "scim":
        raise SetupError(f"provider {tenant.provider} has no mapping", hint="probe a scim tenant")
    transport = _transport(tenant, environ, root, read_only=True, limiter=limiter_of(tenant, None))
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

    limiter = limiter_of(tenant, on_wait)
    try:
        return Ahead(tenant, _transport(tenant, environ, root, read_only=True, limiter=limiter))
    except SetupError:
        return None


def _transport(
    tenant: Tenant,
    environ: Mapping[str, str],
    root: Path,
    *,
    read_only: bool,
    limiter: "RateLimiter",
    **how: Any,
) -> "Transport":
    """The URL and the token are judged before anything is opened."""
    from reconciler import scrubber
    from reconciler.providers import address

    url = address.root(tenant, environ)
    ca_file = str(root / tenant.ca_file) if tenant.ca_file else None
    token: str | ClientCredentials
    if tenant.token_url and tenant.token_env:
        raise SetupError(
            "the tenant has a token_env and a token_url", hint="remove one of the two lines"
        )
    if tenant.token_url:
        from reconciler.providers import oauth

        names = (tenant.client_id_env, tenant.client_secret_env)
        token = oauth.credentials(tenant.token_url, *names, environ, ca_file=ca_file)
    else:
        token = address.token(tenant, environ)
    from reconciler.providers.transport import Transport

    secrets = scrubber.secrets(environ)
    return Transport(
        url, token, read_only=read_only, ca_file=ca_file, limiter=limiter, secrets=secrets, **how
    )


def limiter_of(tenant: Tenant, on_wait: OnWait | None) -> "RateLimiter":
    """What keeps the pace below this tenant; whoever opens it twice shares one."""
    from reconciler.providers.rate_limiter import RateLimiter

    return RateLimiter(interval=interval_of(tenant), on_wait=on_wait)


def interval_of(tenant: Tenant) -> float:
    """Seconds from one request to the next that a tenant wants at least; 0 where it names none."""
    if tenant.request_interval is None and tenant.provider == "xima":
        from reconciler.providers.xima import INTERVAL

        return INTERVAL
    if tenant.request_interval is None and tenant.provider == "genesys":
        from reconciler.providers.genesys import capabilities

        return capabilities.INTERVAL
    return tenant.request_interval or 0
