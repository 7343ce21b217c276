"""Many tenants in one run. Each stays the unit of truth: own files, lease, ledger, exit code.

selection  which tenants: filter, affected, waves
runs       a run begun, taken up, looked at and cancelled; its report
scheduler  what begins when, and what stops the rest
pool       the local engine: processes that do one tenant after the other
tenant     one tenant in its process: the stages of the single verb, as a row of the report
store      which tenants of a run have ended, in a small database
budget     one request budget for each host, over all processes and machines
plans      the folder of plans
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from reconciler.fleet.pool import Pool, Setup
from reconciler.fleet.runs import Request, begin, cancel, carry_out, status
from reconciler.fleet.scheduler import Engine
from reconciler.fleet.store import Run, Store, open_store

__all__ = [
    "Engine",
    "Request",
    "Run",
    "Store",
    "begin",
    "cancel",
    "carry_out",
    "open_engine",
    "open_store",
    "status",
]


@contextmanager
def open_engine(
    request: Request, run: Run, environ: Mapping[str, str], root: Path, store: Store
) -> Iterator[Engine]:
    """Open what carries a run out. `root` is the directory that holds `.reconciler/`."""
    has_sandbox = any(row.provider == "sandbox" for row in store.rows(run.id).values())
    with Pool(request.parallelism, Setup(environ, str(root)), has_sandbox=has_sandbox) as pool:
        yield pool
