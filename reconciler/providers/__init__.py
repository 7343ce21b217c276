"""The doors to tenants: one module a provider; `open` picks the one that the files name.

A provider that is opened for reading only has a transport that refuses every method that writes.
"""

from collections.abc import Mapping
from pathlib import Path

from reconciler.errors import SetupError
from reconciler.model import License, LicensePool, Provider, Tenant


def open(  # read as `providers.open`
    tenant: Tenant,
    *,
    environ: Mapping[str, str],
    root: Path,
    read_only: bool,
    pools: Mapping[License, LicensePool] | None = None,
) -> Provider:
    """Opens a tenant. Raises `SetupError` on this side's faults, `CannotTellError` on its own.

    `root` is the directory that holds `.reconciler/`; `pools` is what the files say of license
    pools, for an embedded tenant that starts empty.
    """
    if tenant.provider == "sandbox":
        from reconciler.providers import sandbox

        return sandbox.open_sandbox(tenant, root=root, read_only=read_only, pools=pools or {})
    if tenant.provider == "scim":
        from reconciler.providers import address
        from reconciler.providers.scim import ScimProvider
        from reconciler.providers.transport import Transport

        url = address.root(tenant, environ)
        return ScimProvider(
            Transport(
                url,
                address.token(tenant, environ),
                read_only=read_only,
                ca_file=tenant.ca_file,
            ),
            pools or (),
        )
    raise SetupError(f"provider {tenant.provider} is not known", hint="scim, xima or sandbox")
