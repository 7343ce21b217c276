"""Many tenants in one run. Each stays the unit of truth: own files, lease, ledger, exit code.

selection  which tenants: filter, affected, waves
runs       a run begun, taken up, looked at and cancelled; its report
scheduler  what begins when, and what stops the rest
pool       the local engine: processes that do one tenant after the other
tenant     one tenant in its process: the stages of the single verb, as a row of the report
store      which tenants of a run have ended, in a small database
durable    the engine on DBOS: several machines work on one queue
budget     one request budget for each host, over all processes and machines
plans      the folder of plans
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from reconciler.fleet.budget import rate_of
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
    "work",
]


@contextmanager
def open_engine(
    request: Request, run: Run, environ: Mapping[str, str], root: Path, store: Store
) -> Iterator[Engine]:
    """Open what carries a run out. `root` is the directory that holds `.reconciler/`.

    Raises `SetupError` for a rate that is none, before a process is started with it.
    """
    rate_of(environ)
    has_sandbox = any(row.provider == "sandbox" for row in store.rows(run.id).values())
    setup = Setup(environ, str(root))
    with Pool(request.parallelism, setup, has_sandbox=has_sandbox) as pool:
        if run.engine == "local":
            yield pool
            return
        from reconciler.fleet import durable

        with durable.opened(
            *(pool, store, environ, root),
            run=run.id,
            queue=request.queue or durable.QUEUE,
            size=request.parallelism,
        ) as engine:
            yield engine


def work(
    queue: str,
    parallelism: int,
    environ: Mapping[str, str],
    root: Path,
    idle: float | None,
) -> None:
    """Do the tenants that runs on other machines queue, until this process is interrupted.

    With `idle`, until the queue was empty for so many seconds. Raises `SetupError` as
    `open_engine` does.
    """
    rate_of(environ)
    from reconciler.fleet import durable

    with (
        open_store(environ, root) as store,
        Pool(parallelism, Setup(environ, str(root)), has_sandbox=True) as pool,
        durable.opened(pool, store, environ, root, queue=queue, size=parallelism),
    ):
        durable.wait_until_idle(queue, idle)
