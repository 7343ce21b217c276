"""Start tenants one after the other, wave by wave, until they have ended or must not begin.

Nothing here knows of processes, databases or clocks: an engine does tasks, `record` keeps rows.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from reconciler.exits import Exit
from reconciler.fleet.pool import Ended
from reconciler.fleet.selection import Wave
from reconciler.fleet.tenant import Task, finished, late
from reconciler.model import TenantOutcome, TenantRow, TenantState

OWN: Final = ""
"""The verb of the run itself, as opposed to a check."""
TICK: Final = 0.5
"""Seconds between two looks at whether the run was cancelled."""
TRIES: Final = 3
"""How often a tenant is begun whose process ends before it does."""
CANCELLED: Final = "the run was cancelled"
FAILURES: Final = frozenset(
    {TenantOutcome.FAILED, TenantOutcome.CANNOT_TELL, TenantOutcome.CANCELLED}
)
"""What counts against the failure budget. A guard that blocks has done its work; an apply that was
stopped has not, and where the run itself is cancelled nothing is counted any more."""


class Engine(Protocol):
    """Does tasks, each in a process of its own."""

    @property
    def has_room(self) -> bool: ...
    def submit(self, task: Task, timeout: float | None = None) -> None: ...
    def wait(self, seconds: float) -> Sequence[Ended]:
        """What ended within so many seconds."""

    def stop(self) -> None:
        """Let what is in flight end its operation, and begin nothing more of it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """`allowed` tenants may fail; None for any number. Times are in seconds."""

    allowed: int | None = None
    pause: float = 0.0
    timeout: float | None = None
    is_apply: bool = False


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the scheduler asks and tells: all effects but the engine's.

    `record` keeps rows before a task is given to the engine and after it ended; `rest` waits so
    many seconds, and `age` tells how long ago the last of some tenants ended.
    """

    task_of: Callable[[TenantRow, str], Task]
    record: Callable[[Sequence[TenantRow]], None]
    is_cancelled: Callable[[], bool]
    rest: Callable[[float], None]
    age: Callable[[Sequence[str]], float]


class Scheduler:
    """`rows` are changed in place; `notes` say what stopped the run before its end."""

    def __init__(
        self,
        engine: Engine,
        rows: dict[str, TenantRow],
        settings: Settings,
        surroundings: Surroundings,
    ) -> None:
        self._engine, self._rows, self._settings = engine, rows, settings
        self._out = surroundings
        self._running: dict[str, TenantRow] = {}
        self._deaths: Counter[tuple[str, str]] = Counter()
        self._interrupted = frozenset(
            folder for folder, row in rows.items() if row.state is TenantState.RUNNING
        )
        self._failures = sum(row.outcome in FAILURES and row.attempts > 0 for row in rows.values())
        self.notes: list[str] = []

    def run(self, waves: Sequence[Wave]) -> None:
        """Do all waves; what was not begun in the end says why."""
        for number, wave in enumerate(waves):
            is_open = [f for f in wave.folders if self._rows[f].state is not TenantState.DONE]
            self._do(is_open, OWN)
            is_last = number == len(waves) - 1
            if self.notes or (not is_last and not self._may_go_on(wave)):
                break
        self._leave_out(f for wave in waves for f in wave.folders)

    def drain(self, seconds: float) -> None:
        """After a stop from outside: take what still ends, and begin nothing."""
        self._engine.stop()
        while self._running and seconds > 0:
            self._take(self._engine.wait(TICK))
            seconds -= TICK

    def drain_unrecorded(self, seconds: float) -> None:
        """The same where rows can be kept no more: a run that goes on does these tenants again."""
        self._out = replace(self._out, record=lambda _rows: None)
        self.drain(seconds)

    def _do(self, folders: Sequence[str], verb: str) -> list[TenantRow]:
        """Do one verb to some tenants, and return the rows that came of it."""
        pending = deque(folders)
        ended: list[TenantRow] = []
        while pending or self._running:
            if not self.notes and self._out.is_cancelled():
                self._stop(CANCELLED)
            if self.notes:
                pending.clear()
            self._start(pending, verb)
            if not self._running:
                continue
            for row, is_again in self._take(self._engine.wait(TICK)):
                if is_again:
                    pending.append(row.folder)
                else:
                    ended.append(row)
        return ended

    def _start(self, pending: deque[str], verb: str) -> None:
        """Give the engine as many tasks as it has room for, and keep first that they begin."""
        while pending and self._engine.has_room:
            row = self._rows[pending.popleft()]
            task = self._out.task_of(row, verb)
            if verb == OWN:
                row = replace(row, state=TenantState.RUNNING, attempts=row.attempts + 1)
                is_resumed = row.folder in self._interrupted or row.attempts > 1
                task = replace(task, row=row, is_resumed=is_resumed)
                self._rows[row.folder] = row
                self._out.record([row])
            self._running[row.folder] = row
            self._engine.submit(task, self._settings.timeout)

    def _take(self, ended: Sequence[Ended]) -> list[tuple[TenantRow, bool]]:
        """Keep what ended; True for what is to be begun again."""
        result = []
        kept = []
        for each in ended:
            before = self._running.pop(each.task.row.folder)
            row = each.row or self._lost(each, before)
            if row and each.is_late and row.outcome is TenantOutcome.CANCELLED:
                row = late(row, self._settings.timeout)
            if row is None:
                result.append((before, True))
                continue
            result.append((row, False))
            if each.task.verb != "check":
                self._rows[row.folder] = row
                kept.append(row)
                self._count(row)
        if kept:
            self._out.record(kept)
        return result

    def _lost(self, ended: Ended, before: TenantRow) -> TenantRow | None:
        """What a tenant comes to whose process ended first; None where it is tried again."""
        if ended.is_late:
            return late(before, self._settings.timeout)
        key = (before.folder, ended.task.verb)
        self._deaths[key] += 1
        if self._deaths[key] < TRIES and not self.notes:
            return None
        hint = "do this tenant alone, and look at what the process says"
        return finished(before, Exit.CANNOT_TELL, ended.reason, "process-ended", hint=hint)

    def _count(self, row: TenantRow) -> None:
        self._failures += row.outcome in FAILURES
        allowed = self._settings.allowed
        if allowed is not None and self._failures > allowed and not self.notes:
            self._stop(
                f"{self._failures} tenants failed, and {allowed} may", is_about_running=False
            )

    def _stop(self, reason: str, *, is_about_running: bool = True) -> None:
        """Begin nothing more; where it is about those that run, they end early as well."""
        self.notes.append(reason)
        if is_about_running:
            self._engine.stop()

    def _may_go_on(self, wave: Wave) -> bool:
        """Between two waves: nobody failed beyond the budget, the pause, and then the check."""
        failed = [f for f in wave.folders if self._rows[f].outcome in FAILURES]
        if len(failed) > (self._settings.allowed or 0):
            self.notes.append(f"{len(failed)} tenants of the wave {wave.name} failed")
            return False
        self._pause(wave)
        done = (TenantOutcome.CHANGED, TenantOutcome.UNCHANGED)
        if self._settings.is_apply and not self.notes:
            checked = self._do([f for f in wave.folders if self._rows[f].outcome in done], "check")
            wrong = [row for row in checked if row.exit_code]
            for row in wrong:
                kept = self._rows[row.folder]
                self._rows[row.folder] = finished(
                    kept, row.exit_code, row.reason, row.cause, outcome=row.outcome, hint=row.hint
                )
            if wrong:
                self._out.record([self._rows[row.folder] for row in wrong])
                first = wrong[0]
                self.notes.append(
                    f"the check after the wave {wave.name}: {first.tenant}: {first.reason}"
                )
        return not self.notes

    def _pause(self, wave: Wave) -> None:
        """What is left of the pause; a run that goes on after a kill does not begin it anew."""
        left = self._settings.pause - self._out.age(wave.folders)
        while left > 0 and not self.notes:
            if self._out.is_cancelled():
                self._stop(CANCELLED)
            self._out.rest(min(TICK, left))
            left -= TICK

    def _leave_out(self, folders: Iterable[str]) -> None:
        reason = self.notes[0] if self.notes else ""
        left = []
        for folder in folders:
            row = self._rows[folder]
            if row.state is not TenantState.DONE:
                row = left_out(row, reason)
                self._rows[folder] = row
                left.append(row)
        if left:
            self._out.record(left)


def left_out(row: TenantRow, reason: str) -> TenantRow:
    """A tenant of a run that stopped before its end: never begun, or begun without a known end."""
    if row.state is TenantState.RUNNING:
        reason = f"it was begun, and nobody saw it end: {reason}"
        return finished(row, Exit.INTERRUPTED, reason, "cancelled", hint="plan again")
    outcome = TenantOutcome.NOT_STARTED
    return finished(row, Exit.UNFINISHED, reason, "stopped", outcome=outcome)
