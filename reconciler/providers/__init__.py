"""The doors to tenants: one module a provider; `open` picks the one that the files name.

A provider that is opened for reading only has a transport that refuses every method that writes.
Everything heavy is imported where it is used.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler.errors import SetupError
from reconciler.model import License, LicensePool, Provider, Tenant

if TYPE_CHECKING:
    from reconciler.providers.oauth import ClientCredentials
    from reconciler.providers.pace import Pace
    from reconciler.providers.scim import Ahead
    from reconciler.providers.scim.probe import Probe
    from reconciler.providers.transport import Transport


def open(  # read as `providers.open`
    tenant: Tenant,
    *,
    environ: Mapping[str, str],
    root: Path,
    read_only: bool,
    pools: Mapping[License, LicensePool] | None = None,
    pace: "Pace | None" = None,
) -> Provider:
    """Opens a tenant. Raises `SetupError` on this side's faults, `CannotTellError` on its own.

    `root` is the directory that holds `.reconciler/`, and where `ca_file` is looked for. `pools` is
    what the files say of license pools: an embedded tenant starts with them, and their names count
    as licenses. `pace` is one of our own unless somebody shares theirs.
    """
    if tenant.provider == "sandbox":
        from reconciler.providers import sandbox

        return sandbox.open_sandbox(
            tenant, root=root, read_only=read_only, pools=pools or {}, pace=pace
        )
    if tenant.provider == "scim":
        from reconciler.providers.scim import ScimProvider

        transport = _transport(tenant, environ, root, read_only=read_only, pace=pace)
        try:
            return ScimProvider(transport, pools or (), tenant)
        except BaseException:
            transport.close()
            raise
    if tenant.provider == "xima":
        return _xima(tenant, environ, root, pace=pace)
    raise SetupError(f"provider {tenant.provider} is not known", hint="use scim, xima or sandbox")


def _xima(
    tenant: Tenant, environ: Mapping[str, str], root: Path, *, pace: "Pace | None"
) -> Provider:
    """Only ever for reading, during an apply as well."""
    from reconciler.providers.pace import Pace
    from reconciler.providers.xima import INTERVAL, XimaProvider, statuses

    stated = tenant.request_interval
    kept = pace or Pace(interval=INTERVAL if stated is None else stated)
    transport = _transport(
        tenant,
        environ,
        root,
        read_only=True,
        pace=kept,
        media="application/json",
        judge=statuses.of_read,
    )
    return XimaProvider(transport)


def probe(tenant: Tenant, *, environ: Mapping[str, str], root: Path) -> "tuple[Probe, ...]":
    """Reads a SCIM tenant with each packaged mapping, through a transport that cannot write."""
    from reconciler.providers.scim import probe as probing

    if tenant.provider != "scim":
        raise SetupError(f"provider {tenant.provider} has no mapping", hint="probe a scim tenant")
    transport = _transport(tenant, environ, root, read_only=True, pace=None)
    try:
        return probing.probe(transport, tenant)
    finally:
        transport.close()


def ahead(tenant: Tenant, *, environ: Mapping[str, str], root: Path) -> "Ahead | None":
    """Begins to read a tenant before all of its files are known; it cannot be written to.

    None where the url or the token may not be used, which `open` says in its turn, and for an
    embedded tenant, which starts with what the files say of its pools.
    """
    if tenant.provider != "scim":
        return None
    from reconciler.providers.scim import Ahead

    try:
        return Ahead(tenant, _transport(tenant, environ, root, read_only=True, pace=None))
    except SetupError:
        return None


def _transport(
    tenant: Tenant,
    environ: Mapping[str, str],
    root: Path,
    *,
    read_only: bool,
    pace: "Pace | None",
    **how: Any,
) -> "Transport":
    """The URL and the token are judged before anything is opened."""
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

    if pace is None and tenant.request_interval:
        from reconciler.providers.pace import Pace

        pace = Pace(interval=tenant.request_interval)
    return Transport(url, token, read_only=read_only, ca_file=ca_file, pace=pace, **how)
