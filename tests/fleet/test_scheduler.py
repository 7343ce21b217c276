"""What begins when, and what stops the rest, with an engine that only writes down its tasks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest

from reconciler.exits import Exit
from reconciler.fleet.pool import Ended
from reconciler.fleet.scheduler import Scheduler, Settings, Surroundings
from reconciler.fleet.selection import Wave
from reconciler.fleet.tenant import Task, finished
from reconciler.model import TenantOutcome, TenantRow, TenantState


@dataclass
class Engine:
    """Ends its oldest task at each wait; `answer` says how."""

    answer: Callable[[Task], Ended]
    room: int = 2
    tasks: list[Task] = field(default_factory=list)
    begun: list[tuple[str, str]] = field(default_factory=list)
    most: int = 0
    stops: int = 0

    @property
    def has_room(self) -> bool:
        return len(self.tasks) < self.room

    def submit(self, task: Task, timeout: float | None = None) -> None:
        self.tasks.append(task)
        self.begun.append((task.row.folder, task.verb))
        self.most = max(self.most, len(self.tasks))

    def wait(self, seconds: float) -> Sequence[Ended]:
        return [self.answer(self.tasks.pop(0))]

    def stop(self) -> None:
        self.stops += 1


@dataclass
class Kept:
    """What the scheduler recorded, and whether somebody cancels."""

    cancel_after: int | None = None
    states: list[tuple[str, str]] = field(default_factory=list)
    rests: list[float] = field(default_factory=list)
    old: float = 0.0

    def record(self, rows: Sequence[TenantRow]) -> None:
        self.states += [(row.folder, str(row.outcome or row.state)) for row in rows]

    def is_cancelled(self) -> bool:
        return self.cancel_after is not None and len(self.states) >= self.cancel_after

    def surroundings(self) -> Surroundings:
        return Surroundings(
            task_of=lambda row, verb: Task(row, verb or "apply", "/"),
            record=self.record,
            is_cancelled=self.is_cancelled,
            rest=self.rests.append,
            age=lambda folders: self.old,
        )


def done(task: Task) -> Ended:
    return Ended(task, finished(task.row, Exit.DONE, outcome=TenantOutcome.CHANGED))


def failing(*folders: str, verb: str = "apply") -> Callable[[Task], Ended]:
    def answer(task: Task) -> Ended:
        if task.verb == verb and task.row.folder in folders:
            return Ended(task, finished(task.row, Exit.INVALID, "wrong", "setup"))
        return done(task)

    return answer


def rows(count: int, **values: object) -> dict[str, TenantRow]:
    return {f"t{n}": TenantRow(f"t{n}", f"t{n}", **values) for n in range(count)}  # type: ignore[arg-type]


def run(
    engine: Engine,
    tenants: dict[str, TenantRow],
    *waves: int,
    kept: Kept | None = None,
    **how: object,
) -> Scheduler:
    kept = kept or Kept()
    scheduler = Scheduler(engine, tenants, Settings(**how), kept.surroundings())  # type: ignore[arg-type]
    folders = list(tenants)
    parts = []
    for number, size in enumerate(waves or (len(folders),)):
        parts.append(Wave(f"w{number}", tuple(folders[:size])))
        folders = folders[size:]
    scheduler.run(parts)
    return scheduler


def outcomes(tenants: dict[str, TenantRow]) -> list[str]:
    return [str(row.outcome) for row in tenants.values()]


def test_every_tenant_is_begun_once_and_no_more_at_a_time_than_there_is_room() -> None:
    engine, tenants = Engine(done), rows(9)
    run(engine, tenants)
    assert [folder for folder, _ in engine.begun] == list(tenants)
    assert engine.most == 2
    assert outcomes(tenants) == ["changed"] * 9


def test_one_failure_never_stops_others() -> None:
    tenants = rows(5)
    assert run(Engine(failing("t0", "t1")), tenants).notes == []
    assert outcomes(tenants) == ["failed", "failed", "changed", "changed", "changed"]


def test_a_failure_budget_stops_the_start_of_new_ones() -> None:
    engine, tenants = Engine(failing("t0", "t1")), rows(6)
    scheduler = run(engine, tenants, allowed=1)
    assert scheduler.notes == ["2 tenants failed, and 1 may"]
    assert outcomes(tenants) == ["failed", "failed", "changed", *["not-started"] * 3]
    assert tenants["t5"].reason == "2 tenants failed, and 1 may"
    assert engine.stops == 0


def test_a_start_is_kept_before_and_an_end_after_the_engine_has_the_task() -> None:
    kept = Kept()
    run(Engine(done, room=1), rows(2), kept=kept)
    assert kept.states == [
        ("t0", "running"),
        ("t0", "changed"),
        ("t1", "running"),
        ("t1", "changed"),
    ]


def test_a_cancelled_run_begins_nothing_more_and_says_what_it_did_not() -> None:
    engine, tenants = Engine(done), rows(5)
    run(engine, tenants, kept=Kept(cancel_after=2))
    assert outcomes(tenants) == ["changed", "changed", *["not-started"] * 3]
    assert tenants["t4"].reason == "the run was cancelled"
    assert engine.stops == 1


def test_what_was_done_before_is_not_done_again_and_what_was_running_is_resumed() -> None:
    tenants = rows(3)
    tenants["t0"] = finished(tenants["t0"], Exit.DONE)
    tenants["t1"] = TenantRow("t1", "t1", state=TenantState.RUNNING, attempts=1)
    resumed = []

    def answer(task: Task) -> Ended:
        resumed.append((task.row.folder, task.is_resumed, task.row.attempts))
        return done(task)

    run(Engine(answer), tenants)
    assert resumed == [("t1", True, 2), ("t2", False, 1)]


def test_a_tenant_whose_process_ends_is_begun_again_and_not_for_ever() -> None:
    deaths = {"t0": 1, "t1": 99}

    def answer(task: Task) -> Ended:
        deaths[task.row.folder] -= 1
        if deaths[task.row.folder] >= 0:
            return Ended(task, None, "its process was ended by SIGKILL")
        return done(task)

    engine, tenants = Engine(answer), rows(2)
    run(engine, tenants)
    assert outcomes(tenants) == ["changed", "cannot-tell"]
    assert tenants["t1"].reason == "its process was ended by SIGKILL"
    assert [folder for folder, _ in engine.begun].count("t1") == 3


def test_a_tenant_that_never_answers_is_told_so() -> None:
    tenants = rows(2)
    run(Engine(lambda task: Ended(task, None, is_late=True)), tenants, timeout=3.0)
    assert outcomes(tenants) == ["cannot-tell"] * 2
    assert tenants["t0"].reason == "it did not end within 3 s"


def stopped(task: Task, *, is_late: bool = False) -> Ended:
    row = finished(task.row, Exit.INTERRUPTED, "stopped after the operations in flight")
    return Ended(task, row, is_late=is_late)


def test_an_apply_that_was_stopped_because_it_was_late_cannot_be_told() -> None:
    tenants = rows(2)
    engine = Engine(lambda task: stopped(task, is_late=True), room=1)
    scheduler = run(engine, tenants, 1, 1, timeout=3.0, is_apply=True)
    assert scheduler.notes == ["1 tenants of the wave w0 failed"]
    assert outcomes(tenants) == ["cannot-tell", "not-started"]
    assert tenants["t0"].reason == (
        "it did not end within 3 s: stopped after the operations in flight"
    )


def test_an_apply_that_was_stopped_in_a_run_that_was_not_counts_as_failed() -> None:
    tenants = rows(3)
    scheduler = run(Engine(stopped), tenants, 1, 2, is_apply=True)
    assert scheduler.notes == ["1 tenants of the wave w0 failed"]
    assert outcomes(tenants) == ["cancelled", "not-started", "not-started"]


def test_what_was_begun_before_the_run_was_cancelled_is_not_called_not_started() -> None:
    tenants = rows(2)
    tenants["t0"] = TenantRow("t0", "t0", state=TenantState.RUNNING, attempts=1)
    run(Engine(done), tenants, kept=Kept(cancel_after=0))
    assert outcomes(tenants) == ["cancelled", "not-started"]
    assert tenants["t0"].reason == "it was begun, and nobody saw it end: the run was cancelled"


def test_the_next_wave_begins_when_the_check_of_the_last_one_is_passed() -> None:
    engine, tenants = Engine(done), rows(3)
    kept = Kept()
    run(engine, tenants, 1, 2, kept=kept, is_apply=True, pause=1.0)
    assert engine.begun == [("t0", "apply"), ("t0", "check"), ("t1", "apply"), ("t2", "apply")]
    assert sum(kept.rests) == 1.0


@pytest.mark.parametrize("old", [3600.0, 600.0])
def test_a_pause_that_is_over_is_not_made_again(old: float) -> None:
    kept = Kept(old=old)
    run(Engine(done), rows(2), 1, 1, kept=kept, is_apply=True, pause=600.0)
    assert kept.rests == []


def test_a_wave_that_fails_stops_the_ones_behind_it() -> None:
    tenants = rows(3)
    scheduler = run(Engine(failing("t0")), tenants, 1, 2, is_apply=True)
    assert scheduler.notes == ["1 tenants of the wave w0 failed"]
    assert outcomes(tenants) == ["failed", "not-started", "not-started"]


def test_a_check_that_fails_stops_the_waves_behind_it() -> None:
    engine, tenants = Engine(failing("t0", verb="check")), rows(3)
    scheduler = run(engine, tenants, 1, 2, is_apply=True)
    assert scheduler.notes == ["the check after the wave w0: t0: wrong"]
    assert outcomes(tenants) == ["failed", "not-started", "not-started"]


def test_a_tenant_whose_check_finds_changes_has_failed() -> None:
    def answer(task: Task) -> Ended:
        if task.verb != "check":
            return done(task)
        outcome = TenantOutcome.FAILED
        return Ended(task, finished(task.row, Exit.CHANGES, "1 is open", outcome=outcome))

    tenants = rows(2)
    run(Engine(answer), tenants, 1, 1, is_apply=True)
    assert outcomes(tenants) == ["failed", "not-started"]


def test_failures_within_the_budget_let_the_next_wave_begin() -> None:
    tenants = rows(3)
    run(Engine(failing("t0")), tenants, 1, 2, is_apply=True, allowed=1)
    assert outcomes(tenants) == ["failed", "changed", "changed"]
