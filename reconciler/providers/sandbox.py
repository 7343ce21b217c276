"""The embedded tenant: started in this process on a loopback port, reached over HTTP like any."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from reconciler.errors import SetupError
from reconciler.model import AuditEntry, License, LicensePool, Reading, Tenant
from reconciler.providers.api import Connection, ProviderType
from reconciler.providers.rate_limiter import RateLimiter
from reconciler.providers.scim import ScimProvider
from reconciler.providers.transport import Transport

FOLDER = ".reconciler"
TRAIL = 5000
"""So many of the newest entries of the audit trail are read."""


def database(root: Path, tenant: str) -> Path:
    """One database per tenant name, whatever characters the name has; never the ledger's."""
    plain = re.sub(r"[^a-z0-9_-]+", "-", tenant.lower()).strip("-")[:40]
    if plain != tenant:
        plain += "-" + hashlib.sha256(tenant.encode("utf-8", "replace")).hexdigest()[:8]
    return root / FOLDER / f"sandbox-{plain}.db"


class Embedded:
    """A SCIM provider that knows the audit trail, and stops its tenant when it is closed."""

    def __init__(self, running: Any, provider: ScimProvider) -> None:
        self._running, self._provider = running, provider
        self.reader, self.writer = provider.reader, provider.writer

    def audit(self, reading: Reading) -> tuple[AuditEntry, ...]:
        """The newest entries, oldest first. What bears another e-mail today is told by its id."""
        root, token = self._running.root, self._running.tokens["admin"]
        transport = Transport(root, token, read_only=True, media="application/json")
        try:
            content = transport.get("/audit", {"newest": 1, "limit": TRAIL}).body
        finally:
            transport.close()
        addresses = {resource.id: resource.address for resource in reading.resources.values()}
        return tuple(
            one
            for entry in reversed(content["entries"])
            for one in _audited(entry, addresses.get(entry["id"], entry["address"]))
        )

    def close(self) -> None:
        self._provider.close()
        self._running.stop()


def open_sandbox(
    tenant: Tenant,
    *,
    root: Path,
    read_only: bool,
    pools: Mapping[License, LicensePool],
    limiter: RateLimiter | None = None,
) -> Embedded:
    """Starts the tenant over its database, made on the first start. Raises `SetupError`."""
    running = _start(tenant, root, pools)
    try:
        transport = Transport(
            running.url, running.tokens["admin"], read_only=read_only, limiter=limiter
        )
        return Embedded(running, ScimProvider(transport, pools))
    except BaseException:
        running.stop()
        raise


def _audited(entry: Mapping[str, Any], address: str) -> Iterator[AuditEntry]:
    """One for each field and, where it came or went as a whole, one for that."""
    at = datetime.fromisoformat(entry["at"])
    whole = [] if entry["action"] == "update" else [None]
    for path in (*whole, *(entry["after"] or entry["before"])):
        yield AuditEntry(address, path, entry["actor"], at)


def _make(folder: Path) -> None:
    """Out of sight of git: what is in it belongs to this machine."""
    if not folder.is_dir():
        folder.mkdir(parents=True)
        (folder / ".gitignore").write_text("*\n", encoding="utf-8")


def _start(tenant: Tenant, root: Path, pools: Mapping[License, LicensePool]) -> Any:
    from reconciler import sandbox

    stated = {n: (p.purchased, p.requires) for n, p in pools.items() if p.purchased is not None}
    place = database(root, tenant.name)
    try:
        _make(place.parent)
        return sandbox.start(place, seed=tenant.seed, pools=None if tenant.seed else stated)
    except sandbox.StartError as error:
        raise SetupError(str(error)) from error
    except OSError as error:
        raise SetupError(f"{place.parent} cannot be used: {error.strerror or error}") from error


def _open(connection: Connection) -> Embedded:
    return open_sandbox(
        connection.tenant,
        root=connection.root,
        read_only=connection.read_only,
        pools=connection.pools,
        limiter=connection.limiter,
    )


PROVIDER = ProviderType(_open)
