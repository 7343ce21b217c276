"""Which ledger is meant, without importing a database library: most plans have none yet."""

from collections.abc import Mapping
from pathlib import Path

from reconciler.errors import SetupError
from reconciler.model import Tenant

VARIABLE = "RECONCILER_LEDGER"
FOLDER = ".reconciler"
PLACE = Path(FOLDER) / "ledger.db"


def stated(tenant: Tenant, environ: Mapping[str, str]) -> tuple[str, str | None]:
    """The variable that counts, and the URL in it, if any. Raises `SetupError`."""
    name = tenant.ledger_env or VARIABLE
    if not name.startswith(VARIABLE):
        raise SetupError(
            f"ledger_env {name} does not begin with {VARIABLE}", hint="rename the variable"
        )
    given = environ.get(name)
    if tenant.ledger_env and not given:
        raise SetupError(f"{name} is not set", hint="export the ledger's URL in it")
    return name, given


def is_missing(tenant: Tenant, environ: Mapping[str, str], root: Path) -> bool:
    """Whether it would be the local file, and that is not there yet."""
    return stated(tenant, environ)[1] is None and not (root / PLACE).exists()
