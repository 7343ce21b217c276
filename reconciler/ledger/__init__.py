"""The small database of runs, outcomes, last-applied values, plan uses, attestations and leases.

SQLite beside the files by default, PostgreSQL where a variable says so. No secret is ever in it.

open_ledger    the ledger of a tenant, made on the first use
existing       the same, None where there is none yet
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.ledger.facts import KeptOperation, Lease, Run, RunState
from reconciler.ledger.place import is_missing
from reconciler.model import Tenant

if TYPE_CHECKING:
    from reconciler.ledger.sql import SqlLedger

__all__ = ["KeptOperation", "Lease", "Run", "RunState", "existing", "open_ledger"]


def open_ledger(tenant: Tenant, *, environ: Mapping[str, str], root: Path) -> SqlLedger:
    """`root` is the directory that holds `.reconciler/`. Raises `SetupError`."""
    from reconciler.ledger.database import open_database
    from reconciler.ledger.sql import SqlLedger

    return SqlLedger(open_database(tenant, environ=environ, root=root))


def existing(tenant: Tenant, *, environ: Mapping[str, str], root: Path) -> SqlLedger | None:
    """Nothing is made. Raises `SetupError`."""
    if is_missing(tenant, environ, root):
        return None
    return open_ledger(tenant, environ=environ, root=root)
