"""One tenant of a run, in the process that does it: the stages of a single verb, as a row.

A failure of the world becomes the row's exit code and reason, as the single verb would have said
it. A defect ends the process, and the row says so.
"""

import math
import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from reconciler import apply, drift, exits, pipeline, planfile, regular_files
from reconciler.diagnostics import Severity
from reconciler.errors import LeaseHeldError, ReconcilerError, SetupError, StalePlanError
from reconciler.exits import Exit
from reconciler.model import (
    Action,
    Execution,
    Ledger,
    Outcome,
    Plan,
    Provider,
    Result,
    Tenant,
    TenantOutcome,
    TenantRow,
    TenantState,
    Verdict,
)
from reconciler.providers.rate_limiter import RateLimiter

TICK: Final = 0.2
"""Seconds between two looks of a waiting apply at whether it is to end."""
SENT: Final = frozenset({Result.APPLIED, Result.FAILED, Result.MANUAL})

BY_CODE: Final[Mapping[int, TenantOutcome]] = {
    Exit.DONE: TenantOutcome.UNCHANGED,
    Exit.CHANGES: TenantOutcome.CHANGED,
    Exit.BLOCKED: TenantOutcome.BLOCKED,
    Exit.CANNOT_TELL: TenantOutcome.CANNOT_TELL,
    Exit.INTERRUPTED: TenantOutcome.CANCELLED,
}
CAUSES: Final[Mapping[int, str]] = {
    Exit.INVALID: "setup",
    Exit.STALE: "stale-plan",
    Exit.LEASED: "lease-held",
    Exit.CANNOT_TELL: "cannot-tell",
}


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be done to one tenant. Plain values: it crosses processes and is kept.

    `verb` is plan, apply, drift or check. `out` is where a plan is written, `plan` the one that is
    applied. `is_resumed`: an earlier process may have begun it.
    """

    row: TenantRow
    verb: str
    root: str
    as_of: str | None = None
    out: str | None = None
    plan: str | None = None
    parallelism: int = 8
    is_resumed: bool = False

    @property
    def folder(self) -> Path:
        return Path(self.root) / self.row.folder


class CountingLimiter(RateLimiter):
    """A rate limiter that counts what it let through."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.requests = 0

    def take(self, patience: float = float("inf")) -> float | None:
        ticket = super().take(patience)
        if ticket is not None:
            self.requests += 1
        return ticket

    def close(self) -> None:
        """The tenant is done."""


Limiters = Callable[[Tenant], CountingLimiter]


class TenantStop(threading.Event):
    """Set where the apply of one tenant is to end, and with the event of its process.

    `lease_lost` is set when somebody takes the lease away. Neither it nor this event is about the
    tenants that the process does next.
    """

    def __init__(self, process: threading.Event) -> None:
        super().__init__()
        self._process = process
        self.lease_lost = threading.Event()

    def is_set(self) -> bool:
        return super().is_set() or self.lease_lost.is_set() or self._process.is_set()

    def wait(self, timeout: float | None = None) -> bool:
        deadline = math.inf if timeout is None else time.monotonic() + timeout
        while not self.is_set() and (left := deadline - time.monotonic()) > 0:
            super().wait(min(TICK, left))
        return self.is_set()


def run(task: Task, limiter_of: Limiters, stop: threading.Event) -> TenantRow:
    """Do one tenant, and return its row with what came of it."""
    begun = time.monotonic()
    limiters: list[CountingLimiter] = []
    try:
        row = _run(task, limiter_of, limiters, stop)
    except ReconcilerError as error:
        code = exits.of_error(error)
        row = finished(task.row, code, str(error), CAUSES.get(code, "setup"), hint=error.hint)
    except OSError as error:
        row = finished(task.row, Exit.INVALID, regular_files.reason(error), "setup")
    for limiter in limiters:
        limiter.close()
    requests = sum(limiter.requests for limiter in limiters)
    return replace(row, seconds=round(time.monotonic() - begun, 3), requests=requests)


def _run(
    task: Task, limiter_of: Limiters, limiters: list[CountingLimiter], stop: threading.Event
) -> TenantRow:
    if not task.folder.is_dir():
        raise SetupError(f"the folder {task.row.folder} is not there any more")
    now = datetime.now(UTC)
    environment = pipeline.Environment(dict(os.environ), Path.cwd(), now.replace(microsecond=0))
    as_of = date.fromisoformat(task.as_of) if task.as_of else None
    options = pipeline.PlanOptions(as_of=as_of)
    checked = pipeline.check(task.folder, environment, options)
    if checked.desired is None:
        wrong = next(d for d in checked.diagnostics if d.severity is Severity.ERROR)
        place = f"{wrong.position}: " if wrong.position else ""
        reason, cause = f"{place}{wrong.summary}", f"rule:{wrong.rule}"
        return finished(task.row, Exit.INVALID, reason, cause, hint=wrong.hint)
    if checked.desired.tenant.name != task.row.tenant:
        raise SetupError(f"the tenant is called {checked.desired.tenant.name} now")
    limiters.append(limiter_of(checked.desired.tenant))
    environment = replace(environment, limiter=limiters[0])
    if task.verb == "apply":
        return _apply(task, environment, options, TenantStop(stop))
    compared = pipeline.compare(checked, task.folder, environment, options)
    if task.verb == "drift":
        return _drift(task, pipeline.report(compared, environment, None))
    made = pipeline.plan(compared, environment, options, checked.diagnostics)
    return _check(task, made) if task.verb == "check" else _plan(task, made)


def finished(
    row: TenantRow,
    code: int,
    reason: str = "",
    cause: str = "",
    *,
    outcome: TenantOutcome | None = None,
    hint: str = "",
) -> TenantRow:
    """A row that has ended; what its exit code means for a tenant, unless `outcome` says it."""
    meant = outcome or BY_CODE.get(code, TenantOutcome.FAILED)
    return replace(
        row,
        state=TenantState.DONE,
        outcome=meant,
        exit_code=int(code),
        reason=reason,
        cause=cause,
        hint=hint,
    )


def late(row: TenantRow, timeout: float | None) -> TenantRow:
    """A row that did not end in time; its reason still says what an apply had come to."""
    said = f": {row.reason}" if row.reason else ""
    reason = f"it did not end within {timeout or 0:g} s{said}"
    return finished(row, Exit.CANNOT_TELL, reason, "timeout", hint="raise --timeout")


# --- reading -------------------------------------------------------------------------------------


def _plan(task: Task, made: Plan) -> TenantRow:
    row = _with_plan(task.row, made)
    if task.out:
        _save(Path(task.out), planfile.text(made))
        row = replace(row, plan=Path(task.out).name)
    if not made.applyable:
        return _blocked(row, made)
    changed = TenantOutcome.CHANGED if made.changes else TenantOutcome.UNCHANGED
    return finished(row, Exit.DONE, outcome=changed)


def _check(task: Task, made: Plan) -> TenantRow:
    """Between two waves: nothing is left to change, and coverage is at its minimum or above."""
    row = _with_plan(task.row, made)
    low = [
        each for each in made.coverage if each.minimum is not None and each.before < each.minimum
    ]
    if low:
        first = low[0]
        reason = f"{first.address} has {first.before} agents, and its minimum is {first.minimum}"
        return finished(row, Exit.BLOCKED, reason, "check:coverage")
    if made.changes:
        reason = f"{len(made.changes)} changes are open after the apply"
        return finished(row, Exit.CHANGES, reason, "check:drift", outcome=TenantOutcome.FAILED)
    return finished(row, Exit.DONE)


def _drift(task: Task, report: Any) -> TenantRow:
    counts: dict[str, int] = {}
    for item in report.items:
        counts[str(item.drift)] = counts.get(str(item.drift), 0) + 1
    row = replace(task.row, changes=counts)
    has_drifted = drift.has_drifted(report)
    return finished(row, Exit.CHANGES if has_drifted else Exit.DONE)


def _with_plan(row: TenantRow, made: Plan) -> TenantRow:
    counts: dict[str, int] = {}
    for change in made.changes:
        counts[str(change.action)] = counts.get(str(change.action), 0) + 1
    seats = [
        {name: getattr(pool, name) for name in ("license", "purchased", "assigned", "after")}
        for pool in made.seats
        if pool.over or (pool.free == 0 and pool.after > pool.assigned)
    ]
    coverage = [
        {name: getattr(each, name) for name in ("address", "before", "lowest", "after", "minimum")}
        for each in made.coverage
        if each.lowest < each.before or (each.minimum is not None and each.lowest < each.minimum)
    ]
    return replace(
        row, digest=made.digest, changes=counts, seats=tuple(seats), coverage=tuple(coverage)
    )


def _blocked(row: TenantRow, made: Plan) -> TenantRow:
    if made.blockers:
        first = made.blockers[0]
        reason = first.summary or f"{first.guard}: {first.planned} of {first.limit}"
        hint = f"--allow {first.acknowledge}" if first.acknowledge else first.hint
        return finished(row, Exit.BLOCKED, reason, f"guard:{first.guard}", hint=hint)
    wrong = [d for d in made.diagnostics if d.severity is Severity.ERROR]
    reason, cause = (wrong[0].summary, f"rule:{wrong[0].rule}") if wrong else ("blocked", "plan")
    return finished(row, Exit.BLOCKED, reason, cause, hint=wrong[0].hint if wrong else "")


def _save(path: Path, text: str) -> None:
    """Write a plan whole or not at all."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


# --- applying ------------------------------------------------------------------------------------


def _apply(
    task: Task,
    environment: pipeline.Environment,
    options: pipeline.PlanOptions,
    stop: TenantStop,
) -> TenantRow:
    """Apply a saved plan under the tenant's own lease and ledger."""
    saved = planfile.read(Path(task.plan or ""))
    checked = pipeline.validate_for_today(task.folder, environment, options, saved.as_of)
    desired = checked.desired
    assert desired is not None  # it was when the files were checked a moment ago
    name = desired.tenant.name
    with (
        pipeline.open_ledger(desired.tenant, environment) as kept,
        kept.lease(name, f"fleet apply {Path(task.plan or '').name}", lost=stop.lease_lost),
    ):
        is_rest = task.is_resumed and kept.was_used(saved.plan_id)
        if not is_rest:
            pipeline.verify_saved_plan(saved, desired.tenant, environment, kept, None)
        with pipeline.open_provider(
            desired.tenant, environment, read_only=False, desired=desired
        ) as provider:
            inputs = checked, task.folder, provider, environment, options
            if is_rest:
                prepared = _rest(saved, *inputs, kept)
            else:
                prepared = pipeline.prepare(saved, *inputs, kept=kept)
            row = _with_plan(task.row, saved)
            if prepared is None:
                return finished(row, Exit.DONE, outcome=_done(saved))
            return _execute(task, row, prepared, provider, kept, stop)


def _done(saved: Plan) -> TenantOutcome:
    return TenantOutcome.CHANGED if saved.changes else TenantOutcome.UNCHANGED


def _rest(
    saved: Plan,
    checked: pipeline.ValidationResult,
    folder: Path,
    provider: Provider,
    environment: pipeline.Environment,
    options: pipeline.PlanOptions,
    kept: Ledger,
) -> pipeline.PreparedPlan | None:
    """What is left of a plan whose apply was interrupted; None where nothing is.

    Raises `StalePlanError` where anything else would have to be done besides.
    """
    planfile.verify(saved)
    compared = pipeline.compare(checked, folder, environment, options, provider=provider)
    addresses = tuple(change.address for change in saved.changes)
    again = replace(options, select=addresses, allow={a.what: a.count for a in saved.acknowledged})
    ordered = pipeline.ordered_plan(compared, environment, again, checked.diagnostics)
    approved = {change.address: change for change in saved.changes}
    for change in ordered.plan.changes:
        earlier = approved.get(change.address)
        ends = {item.path: item.after for item in earlier.fields} if earlier else {}
        is_same = earlier is not None and (
            change.action is earlier.action or change.action is Action.UPDATE
        )
        if not is_same or any(ends.get(f.path, change) != f.after for f in change.fields):
            raise StalePlanError(
                f"the apply of this plan was interrupted, and {change.address} is to be changed in "
                "another way now",
                hint="plan again",
            )
    if not ordered.plan.changes:
        pipeline.finish_empty(ordered.plan, compared, kept)
        return None
    return pipeline.prepare_at_once(ordered, compared, checked, environment)


def _execute(
    task: Task,
    row: TenantRow,
    prepared: pipeline.PreparedPlan,
    provider: Provider,
    kept: Ledger,
    stop: TenantStop,
) -> TenantRow:
    made = prepared.plan
    if not made.applyable:
        return _blocked(row, replace(made, blockers=prepared.blockers))
    if not made.changes:
        pipeline.finish_unchanged(prepared, kept)
        return finished(row, Exit.DONE)
    if any(change.execution is Execution.MANUAL for change in made.changes):
        reason = "steps of a work sheet are left for a person"
        hint = f"reconciler apply {task.row.folder}"
        return finished(row, Exit.UNFINISHED, reason, "work-sheet", hint=hint)
    if stop.lease_lost.is_set():
        raise LeaseHeldError("the lease was taken away before the first write", hint="apply again")
    if stop.is_set():
        return finished(row, Exit.INTERRUPTED, "stopped before its first write", "cancelled")
    run_id = pipeline.start(prepared, kept)
    settings = apply.Settings(parallelism=task.parallelism, live_calls=made.policy.live_calls)
    outcomes: list[Outcome] = []
    try:
        running = pipeline.execute(prepared, provider, kept, run_id, settings=settings, stop=stop)
        outcomes.extend(running)
    except ReconcilerError as error:
        if not any(outcome.result in SENT for outcome in outcomes):
            raise
        return finished(row, Exit.UNFINISHED, str(error), "broken-off", hint="plan again")
    verdict = pipeline.verify(prepared, provider, kept, run_id, outcomes)
    return _ended(row, verdict, stop)


def _ended(row: TenantRow, verdict: Verdict, stop: TenantStop) -> TenantRow:
    is_done = all(outcome.result in pipeline.DONE for outcome in verdict.outcomes)
    if is_done and verdict.converged and not verdict.cannot_tell:
        return finished(row, Exit.DONE, outcome=TenantOutcome.CHANGED)
    if stop.lease_lost.is_set():
        reason = "the lease was taken away; nothing more was started"
        return finished(row, Exit.UNFINISHED, reason, "lease-lost", hint="plan and apply again")
    if stop.is_set():
        reason = "stopped after the operations in flight; the rest was not sent"
        return finished(row, Exit.INTERRUPTED, reason, "cancelled", hint="plan again")
    failed = [outcome for outcome in verdict.outcomes if outcome.result not in pipeline.DONE]
    if failed:
        first = failed[0]
        reason = f"{first.operation.address}: {first.because or first.result}"
        return finished(row, Exit.UNFINISHED, reason, "operation", hint="plan again")
    reason = verdict.cannot_tell[0] if verdict.cannot_tell else f"{len(verdict.left)} changes left"
    return finished(row, Exit.UNFINISHED, reason, "verification", hint="plan again")
