"""The engine on DBOS: a workflow for each tenant, on a queue that several machines may work on.

DBOS keeps which workflows are queued, running and done, and begins again what a killed process had
begun. A workflow hands its tenant to the pool of processes of its machine; what an apply does to
the tenant stands in the tenant's own ledger. Nothing that DBOS keeps holds a token: a task names a
folder, and the process that does it reads the variable.
"""

import os
import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Final

from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from reconciler import __version__, scrubber
from reconciler.errors import SetupError
from reconciler.exits import Exit
from reconciler.fleet.pool import Ended, Pool
from reconciler.fleet.scheduler import CANCELLED, TRIES, left_out
from reconciler.fleet.store import Store, row_document, row_of, url_of
from reconciler.fleet.tenant import Task, finished, late
from reconciler.model import TenantOutcome, TenantState

QUEUE: Final = "fleet"
POLL: Final = 0.1
"""Seconds between two looks at what has ended, and at what a queue holds."""
OVER: Final = frozenset({"ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"})


class SharedPool:
    """A pool that threads share: one thread owns it, and the others wait for their tenant."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._asked: SimpleQueue[tuple[Task, float | None, Future[Ended]]] = SimpleQueue()
        self._over, self._stopping = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def do(self, task: Task, timeout: float | None) -> Ended:
        promised: Future[Ended] = Future()
        self._asked.put((task, timeout, promised))
        return promised.result()

    def stop(self) -> None:
        """Ask all processes to end what is in flight."""
        self._stopping.set()

    def close(self) -> None:
        self._over.set()
        self._thread.join()

    def _serve(self) -> None:
        running: dict[tuple[str, str], Future[Ended]] = {}
        while not self._over.is_set():
            with suppress(Empty):
                while self._pool.has_room:
                    task, timeout, promised = self._asked.get(timeout=0 if running else POLL)
                    running[task.row.folder, task.verb] = promised
                    self._pool.submit(task, timeout)
            for ended in self._pool.wait(POLL) if running else ():
                running.pop((ended.task.row.folder, ended.task.verb)).set_result(ended)
            if self._stopping.is_set():
                self._stopping.clear()
                self._pool.stop()


@dataclass(frozen=True, slots=True)
class _Machine:
    """What the workflows of this process use."""

    pool: SharedPool
    store: Store


_machine: list[_Machine] = []
"""DBOS calls workflows by their name: what they use is found here, one for a process."""


def _do_tenant(run: str, document: dict[str, Any], timeout: float | None) -> dict[str, Any]:
    """The workflow: one tenant, begun again where its process ended before it did."""
    machine, task = _machine[0], task_of(document)
    is_resumed = machine.store.mark_begun(run, task.row.folder)
    if machine.store.is_cancelled(run):
        state = TenantState.RUNNING if is_resumed else TenantState.PENDING
        return row_document(left_out(replace(task.row, state=state), CANCELLED))
    if is_resumed:
        task = replace(task, is_resumed=True)
    reason = ""
    for _ in range(TRIES):
        ended = machine.pool.do(task, timeout)
        row = ended.row
        if ended.is_late and (row is None or row.outcome is TenantOutcome.CANCELLED):
            row = late(row or task.row, timeout)
        if row is not None:
            cleaned = scrubber.of(os.environ).value(row_document(row))
            assert isinstance(cleaned, dict)
            return cleaned
        reason, task = ended.reason, replace(task, is_resumed=True)
    return row_document(finished(task.row, Exit.CANNOT_TELL, reason, "process-ended"))


class DurableEngine:
    """Queues a workflow for each task, and waits for what they come to."""

    def __init__(self, run: str, queue: str, size: int, machine: _Machine) -> None:
        self._run, self._queue, self._size, self._machine = run, queue, size, machine
        self._open: dict[str, tuple[Task, float | None]] = {}

    @property
    def has_room(self) -> bool:
        return len(self._open) < self._size

    def submit(self, task: Task, timeout: float | None = None) -> None:
        """Queue a task; a workflow that has ended under this id already is not done again."""
        from dbos import DBOS, SetWorkflowID

        number = f"{self._run}:{task.verb}:{task.row.folder}"
        with _failures(), SetWorkflowID(number):
            DBOS.enqueue_workflow(
                self._queue, _registered()[0], self._run, task_document(task), timeout
            )
        deadline = None if timeout is None else time.monotonic() + 2 * timeout
        self._open[number] = (task, deadline)

    def wait(self, seconds: float) -> Sequence[Ended]:
        deadline = time.monotonic() + seconds
        while True:
            ended = self._look()
            if ended or not self._open or time.monotonic() > deadline:
                return ended
            time.sleep(POLL)

    def stop(self) -> None:
        """What is queued is not begun; what runs on this machine ends its operation."""
        self._machine.pool.stop()
        for status in self._statuses():
            if status.status in ("ENQUEUED", "DELAYED"):
                _cancel(status.workflow_id)

    def _statuses(self) -> Sequence[Any]:
        """What DBOS knows of the open tasks; it takes a list without an id for no condition."""
        from dbos import DBOS

        if not self._open:
            return ()
        with _failures():
            return DBOS.list_workflows(workflow_ids=list(self._open), load_input=False)

    def _look(self) -> list[Ended]:
        ended = []
        for status in self._statuses():
            task, deadline = self._open[status.workflow_id]
            if status.status == "SUCCESS":
                assert isinstance(status.output, dict)
                ended.append(Ended(task, row_of(status.output)))
            elif status.status in OVER:
                reason = str(status.error or "its workflow was cancelled")
                ended.append(Ended(task, None, reason))
            elif deadline is not None and time.monotonic() > deadline:
                _cancel(status.workflow_id)
                ended.append(Ended(task, None, is_late=True))
            else:
                continue
            del self._open[status.workflow_id]
        return ended


def _cancel(workflow: str) -> None:
    from dbos import DBOS

    with _failures():
        DBOS.cancel_workflow(workflow)


@contextmanager
def opened(
    pool: Pool,
    store: Store,
    environ: Mapping[str, str],
    root: Path,
    *,
    run: str | None = None,
    queue: str = QUEUE,
    size: int = 16,
) -> Iterator[DurableEngine]:
    """Launch DBOS in this process. Raises `SetupError` where it, or its database, is not there.

    A run begins again what it had begun itself; without a run this machine only works on the queue.
    """
    try:
        from dbos import DBOS
    except ImportError as error:
        raise SetupError(
            "dbos is not installed", hint="pip install 'ccaas-reconciler[fleet]'"
        ) from error
    shared = SharedPool(pool)
    machine = _Machine(shared, store)
    _machine[:] = [machine]
    with _failures():
        DBOS(
            config={
                "name": "reconciler-fleet",
                "system_database_url": _database(environ, root),
                "executor_id": run or f"work-{socket.gethostname()}",
                "application_version": __version__,
                "log_level": "CRITICAL",
                "enable_otlp": False,
            }
        )
        _registered()
        DBOS.listen_queues([queue])
        DBOS.launch()
        DBOS.register_queue(queue, worker_concurrency=size, polling_interval_sec=POLL)
    try:
        yield DurableEngine(run or "", queue, size, machine)
    finally:
        shared.stop()
        DBOS.destroy()
        shared.close()
        _machine.clear()


def wait_until_idle(queue: str, idle: float | None) -> None:
    """Wait while there is work, and for ever without a bound. Raises `SetupError`."""
    from dbos import DBOS

    last = time.monotonic()
    while idle is None or time.monotonic() - last < idle:
        with _failures():
            if DBOS.list_workflows(
                queue_name=queue, status=["ENQUEUED", "PENDING"], limit=1, load_input=False
            ):
                last = time.monotonic()
        time.sleep(POLL if idle is not None else 1.0)


_workflows: list[Any] = []


def _registered() -> list[Any]:
    """The workflow, registered once in a process."""
    if not _workflows:
        from dbos import DBOS

        _workflows.append(DBOS.workflow(name="tenant")(_do_tenant))
    return _workflows


def _database(environ: Mapping[str, str], root: Path) -> str:
    """Beside the state of the fleet: a file of its own, or its schema in the same PostgreSQL."""
    url = url_of(environ, root)
    if url.drivername == "sqlite":
        file = Path(url.database or "").with_name("fleet-engine.db")
        url = URL.create("sqlite", database=str(file))
    else:
        url = url.set(drivername="postgresql")
    return url.render_as_string(hide_password=False)


@contextmanager
def _failures() -> Iterator[None]:
    """Raise `SetupError` for what the engine's database does not do."""
    try:
        yield
    except SQLAlchemyError as error:
        lines = str(getattr(error, "orig", None) or error).strip().splitlines()
        reason = lines[0][:200] if lines else type(error).__name__
        raise SetupError(
            f"the database of the engine cannot be used: {reason}",
            hint="go on with the run under its id when it is there again",
        ) from error


def task_document(task: Task) -> dict[str, Any]:
    """A task as JSON has it."""
    return {**asdict(task), "row": row_document(task.row)}


def task_of(document: Mapping[str, Any]) -> Task:
    """A task from its JSON."""
    return Task(**{**document, "row": row_of(document["row"])})
