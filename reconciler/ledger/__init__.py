"""The small database of runs, outcomes, last-applied values, plan uses, attestations and leases.

SQLite beside the files by default, PostgreSQL where a variable says so. No secret is ever in it.

open        the ledger of a tenant, made on the first use
existing    the same, None where there is none yet
"""

from reconciler.ledger.database import existing, open_ledger
from reconciler.ledger.facts import KeptOperation, Lease, Run
from reconciler.ledger.sql import SqlLedger

__all__ = ["KeptOperation", "Lease", "Run", "SqlLedger", "existing", "open_ledger"]
