"""The location of a ledger, without importing a database library."""

from collections.abc import Mapping
from pathlib import Path

from reconciler.errors import SetupError
from reconciler.model import Tenant

VARIABLE = "RECONCILER_LEDGER"
FOLDER = ".reconciler"
PLACE = Path(FOLDER) / "ledger.db"


def stated(tenant: Tenant, environ: Mapping[str, str]) -> tuple[str, str | None]:
    """Return the variable that counts, and the URL in it if any. Raises `SetupError`."""
    name = tenant.ledger_env or VARIABLE
    if not name.startswith(VARIABLE):
        raise SetupError(
            f"ledger_env {name} does not begin with {VARIABLE}", hint="rename the variable"
        )
    url = environ.get(name)
    if tenant.ledger_env and not url:
        raise SetupError(f"{name} is not set", hint="export the ledger's URL in it")
    return name, url


def is_missing(tenant: Tenant, environ: Mapping[str, str], root: Path) -> bool:
    """Return whether the ledger would be the local file, and that does not exist yet."""
    return stated(tenant, environ)[1] is None and not (root / PLACE).exists()
