"""A pool of processes, each of which does one tenant after the other.

Processes come from a fork server that has imported everything once; where there is none, each is
spawned and imports for itself. One that is killed costs only the tenant that it was doing. When the
process that owns the pool is gone, by whatever signal, its workers end as well.
"""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, Final

from reconciler.fleet import budget, tenant
from reconciler.fleet.tenant import Task
from reconciler.model import TenantRow

TASKS: Final = 500
"""Tenants after which a process makes room for a new one: what leaks anywhere is bounded."""
GRACE: Final = 15.0
"""Seconds that an apply has to end its operations when the pool's owner is gone."""
MODULES: Final = (
    *("reconciler.fleet.pool", "reconciler.ledger.sql", "reconciler.providers.transport"),
    *("reconciler.providers.scim", "reconciler.validate.shape"),
)
SANDBOX: Final = ("reconciler.providers.sandbox", "reconciler.sandbox.server")


@dataclass(frozen=True, slots=True)
class Setup:
    """What every process begins with. `environ` stays in memory: it holds the tokens."""

    environ: Mapping[str, str] = field(repr=False)
    root: str


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of a task; `row` is None where its process ended before it was done."""

    task: Task
    row: TenantRow | None
    reason: str = ""
    is_late: bool = False


@dataclass(slots=True)
class _Worker:
    process: Any
    connection: Connection
    task: Task | None = None
    deadline: float | None = None
    done: int = 0
    is_late: bool = False


class Pool:
    """At most `size` processes, started when they are needed."""

    def __init__(self, size: int, setup: Setup, *, has_sandbox: bool = False) -> None:
        self._size, self._setup = size, setup
        methods = multiprocessing.get_all_start_methods()
        name = "forkserver" if "forkserver" in methods else "spawn"
        self._context: Any = multiprocessing.get_context(name)
        if name == "forkserver":
            self._context.set_forkserver_preload([*MODULES, *(SANDBOX if has_sandbox else ())])
        self._owner, self._alive = self._context.Pipe(duplex=False)
        self._workers: list[_Worker] = []

    def __enter__(self) -> "Pool":
        return self

    def __exit__(self, *_: object) -> None:
        """End all processes; one that is still at a tenant is killed."""
        for worker in self._workers:
            worker.connection.close()
        self._alive.close()
        for worker in self._workers:
            worker.process.join(5)
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()

    @property
    def has_room(self) -> bool:
        return sum(worker.task is not None for worker in self._workers) < self._size

    @property
    def pids(self) -> list[int]:
        """The processes that are at a tenant."""
        return [worker.process.pid for worker in self._workers if worker.task]

    def submit(self, task: Task, timeout: float | None = None) -> None:
        """Give a task to a process; only while `has_room`."""
        while True:
            worker = next((each for each in self._workers if each.task is None), None)
            worker = worker or self._start()
            try:
                worker.connection.send(task)
            except OSError:  # it was killed while it had nothing to do
                self._discard(worker)
                continue
            worker.task = task
            worker.deadline = None if timeout is None else time.monotonic() + timeout
            return

    def wait(self, seconds: float) -> Sequence[Ended]:
        """What ended within so many seconds; at once where something has."""
        busy = {worker.connection: worker for worker in self._workers if worker.task}
        ready = wait(list(busy), seconds) if busy else []
        ended = [self._ended(busy[connection]) for connection in ready]  # type: ignore[index]
        now = time.monotonic()
        for worker in self._workers:
            if worker.task and worker.deadline is not None and now > worker.deadline:
                self._stop_late(worker, now)
        return ended

    def stop(self) -> None:
        """Ask all processes to end what is in flight and to begin nothing more."""
        for worker in self._workers:
            if worker.task:
                worker.process.terminate()

    def _stop_late(self, worker: _Worker, now: float) -> None:
        """An apply may end its operations first; whoever does not is killed."""
        assert worker.task
        if worker.task.verb == "apply" and not worker.is_late:
            worker.deadline = now + GRACE
            worker.process.terminate()
        else:
            worker.process.kill()
        worker.is_late = True

    def _ended(self, worker: _Worker) -> Ended:
        task, is_late = worker.task, worker.is_late
        assert task
        try:
            row = worker.connection.recv()
        except (EOFError, OSError):
            worker.process.join()
            self._discard(worker)
            return Ended(task, None, _death(worker.process.exitcode), is_late)
        worker.task, worker.deadline = None, None
        worker.done += 1
        if worker.done >= TASKS or is_late:
            self._discard(worker)
        return Ended(task, row, is_late=is_late)

    def _start(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(
            target=_work, args=(theirs, self._owner, self._setup), daemon=True
        )
        process.start()
        theirs.close()
        worker = _Worker(process, ours)
        self._workers.append(worker)
        return worker

    def _discard(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        worker.connection.close()


def _death(code: int | None) -> str:
    if code is not None and code < 0:
        try:
            return f"its process was ended by {signal.Signals(-code).name}"
        except ValueError:
            return f"its process was ended by signal {-code}"
    return f"its process ended with {code}"


# --- in the process ------------------------------------------------------------------------------


def _work(connection: Connection, owner: Connection, setup: Setup) -> None:
    """Do tasks until the pool is closed."""
    os.environ.clear()
    os.environ.update(setup.environ)
    os.chdir(setup.root)
    stop = threading.Event()
    verbs: list[str] = []
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    threading.Thread(target=_watch, args=(owner, stop, verbs), daemon=True).start()
    with budget.opened(setup.environ, Path(setup.root)) as limiter_of:
        while True:
            try:
                task = connection.recv()
            except (EOFError, OSError):
                return
            verbs[:] = [task.verb]
            connection.send(tenant.run(task, limiter_of, stop))
            verbs.clear()


def _watch(owner: Connection, stop: threading.Event, verbs: Sequence[str]) -> None:
    """End this process when the owner of the pool is gone."""
    wait([owner])
    stop.set()
    deadline = time.monotonic() + GRACE
    while "apply" in verbs and time.monotonic() < deadline:
        time.sleep(0.1)
    os._exit(1)
