"""The database of runs, outcomes, last-applied values, plan uses, evidence and leases.

SQLite beside the files by default, PostgreSQL where a variable says so. No secret is ever in it.

open_ledger    the ledger of a tenant, made on the first use
existing       the same, None where there is none yet
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.ledger.location import is_missing
from reconciler.ledger.records import Lease, OperationRecord, Run, RunState
from reconciler.model import Tenant

if TYPE_CHECKING:
    from reconciler.ledger.sql import SqlLedger

__all__ = ["Lease", "OperationRecord", "Run", "RunState", "existing", "open_ledger"]


def open_ledger(tenant: Tenant, *, environ: Mapping[str, str], root: Path) -> SqlLedger:
    """Open the ledger of a tenant, and create it on first use. Raises `SetupError`.

    `root` is the directory that holds `.reconciler/`.
    """
    from reconciler.ledger.database import open_database
    from reconciler.ledger.sql import SqlLedger

    return SqlLedger(open_database(tenant, environ=environ, root=root))


def existing(tenant: Tenant, *, environ: Mapping[str, str], root: Path) -> SqlLedger | None:
    """Open the ledger of a tenant; None where there is none yet. Raises `SetupError`."""
    if is_missing(tenant, environ, root):
        return None
    return open_ledger(tenant, environ=environ, root=root)
