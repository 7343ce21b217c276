"""The embedded tenant: started in this process on a loopback port, reached over HTTP like any."""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reconciler.errors import SetupError
from reconciler.model import License, LicensePool, Tenant
from reconciler.providers.scim import ScimProvider
from reconciler.providers.transport import Transport

FOLDER = ".reconciler"


def database(root: Path, tenant: str) -> Path:
    """One database per tenant name, whatever characters the name has."""
    plain = re.sub(r"[^a-z0-9_-]+", "-", tenant.lower()).strip("-")[:40]
    if plain != tenant:
        plain += "-" + hashlib.sha256(tenant.encode()).hexdigest()[:8]
    return root / FOLDER / f"{plain}.db"


class Embedded:
    """A SCIM provider that stops its tenant when it is closed."""

    def __init__(self, running: Any, provider: ScimProvider) -> None:
        self._running, self._provider = running, provider
        self.reader, self.writer = provider.reader, provider.writer

    def close(self) -> None:
        self._provider.close()
        self._running.stop()


def open_sandbox(
    tenant: Tenant, *, root: Path, read_only: bool, pools: Mapping[License, LicensePool]
) -> Embedded:
    """Starts the tenant over its database, made on the first start. Raises `SetupError`."""
    try:
        from reconciler import sandbox
    except ImportError as error:
        raise SetupError(
            "the embedded tenant is not installed",
            hint="pip install 'ccaas-reconciler[sandbox]'",
        ) from error
    stated = {n: (p.purchased, p.requires) for n, p in pools.items() if p.purchased is not None}
    place = database(root, tenant.name)
    place.parent.mkdir(exist_ok=True)
    try:
        running = sandbox.start(place, seed=tenant.seed, pools=None if tenant.seed else stated)
    except sandbox.StartError as error:
        raise SetupError(str(error)) from error
    try:
        transport = Transport(running.url, running.tokens["admin"], read_only=read_only)
        return Embedded(running, ScimProvider(transport))
    except BaseException:
        running.stop()
        raise
