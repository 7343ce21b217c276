"""A run over many tenants: begun, carried out by an engine, looked at, and cancelled.

begin    choose the tenants and keep the run, or take up the one that has this id
carry_out  do what is open of it
status   the report of a run, at any time
cancel   begin nothing more of it
"""

import hashlib
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Event
from typing import Any, Final

from reconciler import __version__, exits
from reconciler.errors import LeaseHeldError, SetupError
from reconciler.exits import Exit
from reconciler.fleet import plans, selection
from reconciler.fleet.pool import GRACE
from reconciler.fleet.scheduler import (
    CANCELLED,
    OWN,
    Engine,
    Scheduler,
    Settings,
    Surroundings,
    left_out,
)
from reconciler.fleet.selection import Wave
from reconciler.fleet.store import Run, Store
from reconciler.fleet.tenant import Task, finished
from reconciler.load import Fleet, FleetTenant
from reconciler.model import FleetReport, TenantOutcome, TenantRow, TenantState

Observe = Callable[[Mapping[str, TenantRow]], None]
OPEN: Final = (TenantState.PENDING, TenantState.RUNNING)


@dataclass(frozen=True, slots=True)
class Request:
    """What a person asks for. `out` and `plans` are folders, `waves` and the rest texts."""

    command: str
    root: Path
    run: str | None = None
    engine: str = "local"
    filter: str | None = None
    affected: str | None = None
    as_of: str | None = None
    out: Path | None = None
    plans: Path | None = None
    waves: str | None = None
    pause: float = 0.0
    max_failures: str | None = None
    parallelism: int = 16
    timeout: float | None = None
    queue: str | None = None

    @property
    def settings(self) -> dict[str, Any]:
        """What makes another run of it: a run is taken up with the same of these only."""
        return {
            "filter": self.filter,
            "affected": self.affected,
            "as_of": self.as_of,
            "out": str(self.out) if self.out else None,
            "plans": str(self.plans) if self.plans else None,
            "waves": self.waves,
        }


def begin(request: Request, store: Store) -> Run:
    """Choose the tenants and keep a new run, or take up the one of this id. Raises `SetupError`."""
    kept = store.find(request.run) if request.run else None
    fleet = Fleet.now(request.root)
    if fleet.file.diagnostics:
        first = fleet.file.diagnostics[0]
        raise SetupError(f"{first.position}: {first.summary}", hint=first.hint)
    if not fleet.tenants:
        raise SetupError(
            f"there is no tenant below {request.root}",
            hint="a folder with a `tenant:` block is one",
        )
    saved = plans.read(request.plans) if request.plans else None
    fingerprint = _fingerprint(fleet, saved)
    if kept:
        _expect_same(kept, request, fingerprint)
        return kept
    rows = _rows(request, fleet, saved)
    if request.waves is not None:
        rows = _in_waves(request.waves, fleet, rows)
    if request.out:
        plans.make_room(request.out, [tenant.name for tenant in fleet.tenants])
    run = Run(
        request.run or f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}",
        request.command,
        request.engine,
        str(request.root),
        __version__,
        fingerprint,
        request.settings,
    )
    store.begin(run, rows)
    return run


def carry_out(
    run: Run, request: Request, store: Store, engine: Engine, observe: Observe
) -> FleetReport:
    """Do what is open of a run, and return its report. Raises `LeaseHeldError`.

    A database that fails on the way ends the run: what is known of it is in the report.
    """
    if run.finished_at is not None:
        return status(run.id, store)
    lost = Event()
    with store.lease(run.id, lost):
        rows = store.rows(run.id)
        total = sum(row.outcome is not TenantOutcome.EXCLUDED for row in rows.values())
        settings = Settings(
            allowed=selection.budget(request.max_failures, total),
            pause=request.pause,
            timeout=request.timeout,
            is_apply=request.command == "apply",
        )

        def record(changed: Sequence[TenantRow]) -> None:
            _expect_ours(run, lost)
            store.put(run.id, *changed)
            observe(rows)

        looked = [0.0]

        def is_cancelled() -> bool:
            _expect_ours(run, lost)
            now = time.monotonic()
            if now - looked[0] < 0.5:
                return False
            looked[0] = now
            return store.is_cancelled(run.id)

        surroundings = Surroundings(
            task_of=lambda row, verb: _task(request, row, verb),
            record=record,
            is_cancelled=is_cancelled,
            rest=time.sleep,
            age=lambda folders: store.age(run.id, folders),
        )
        scheduler = Scheduler(engine, rows, settings, surroundings)
        with _failing_database(scheduler):
            scheduler.run(_waves(rows, request.waves))
            _expect_ours(run, lost)
            store.finish(run.id, scheduler.notes)
            return status(run.id, store)
        was_sent = settings.is_apply and any(row.attempts for row in rows.values())
        code = Exit.UNFINISHED if was_sent else Exit.INVALID
        return _report(run, rows, tuple(scheduler.notes), None, code=code)


def _expect_ours(run: Run, lost: Event) -> None:
    """Raise `LeaseHeldError` where another process goes on with the run meanwhile."""
    if lost.is_set():
        raise LeaseHeldError(
            f"the run {run.id} was taken over while it was carried out here",
            hint=f"`reconciler fleet status {run.id}` shows it",
        )


@contextmanager
def _failing_database(scheduler: Scheduler) -> Iterator[None]:
    """Let what is in flight end where the fleet's database fails or a person interrupts.

    The same where another process took the run over: that one keeps the rows from then on.
    """
    try:
        yield
    except SetupError as error:
        scheduler.notes.append(str(error))
        scheduler.drain_unrecorded(GRACE)
    except LeaseHeldError:
        scheduler.drain_unrecorded(GRACE)
        raise
    except KeyboardInterrupt:
        scheduler.notes.append("interrupted")
        scheduler.drain(GRACE)
        raise


def status(run_id: str, store: Store) -> FleetReport:
    """The report of a run as far as it is. Raises `SetupError` where there is none."""
    run = store.get(run_id)
    rows = store.rows(run_id)
    return _report(run, rows, run.notes, run.finished_at)


def cancel(run_id: str, store: Store) -> FleetReport:
    """Begin nothing more of a run; who carries it out ends what is in flight.

    Where nobody does, what is open counts as not started at once.
    """
    run = store.get(run_id)
    if run.finished_at is None:
        store.cancel(run_id)
        try:
            with store.lease(run_id, Event()):
                _close(run_id, store)
        except LeaseHeldError:
            return status(run_id, store)
    return status(run_id, store)


def _close(run_id: str, store: Store) -> None:
    rows = store.rows(run_id).values()
    store.put(run_id, *(left_out(row, CANCELLED) for row in rows if row.state in OPEN))
    store.finish(run_id, [CANCELLED])


# --- which tenants -------------------------------------------------------------------------------


def _fingerprint(fleet: Fleet, saved: plans.PlanFolder | None) -> str:
    whole = hashlib.sha256()
    for tenant in fleet.tenants:
        whole.update(f"{tenant.folder} {fleet.digest(tenant.folder)}\n".encode())
    whole.update((saved.digest if saved else "").encode())
    return whole.hexdigest()


def _expect_same(kept: Run, request: Request, fingerprint: str) -> None:
    """Raises `SetupError` where a run with this id is another one."""
    differences = {
        f"is `fleet {kept.command}`": kept.command == request.command,
        f"is below {kept.root}": kept.root == str(request.root),
        f"was begun by version {kept.tool_version}": kept.tool_version == __version__,
        f"is carried out by the engine {kept.engine}": kept.engine == request.engine,
        "has other files or plans than now": kept.fingerprint == fingerprint,
    }
    differences |= {
        f"has --{name.replace('_', '-')} {value or 'not set'}": value == request.settings.get(name)
        for name, value in kept.settings.items()
    }
    different = [words for words, is_same in differences.items() if not is_same]
    if different:
        raise SetupError(
            f"the run {kept.id} {' and '.join(different)}",
            hint="leave --run out to begin a new one",
        )


def _rows(request: Request, fleet: Fleet, saved: plans.PlanFolder | None) -> list[TenantRow]:
    """A row for each tenant; those that are not to be done, or cannot be, have ended already."""
    terms = selection.parse_filter(request.filter) if request.filter else ()
    chosen = selection.filtered(fleet.tenants, terms)
    changed = None
    if request.affected is not None:
        as_of = date.fromisoformat(request.as_of) if request.as_of else None
        now = datetime.now(UTC)
        changed = selection.affected(request.root, fleet, request.affected, now, as_of)
    names = Counter(tenant.name for tenant in fleet.tenants)
    rows = []
    for tenant in fleet.tenants:
        row = _row(tenant)
        if tenant.folder not in chosen:
            row = _excluded(row, f"the filter {request.filter} leaves it out", "filter")
        elif tenant.problem:
            hint = tenant.hint
            row = finished(row, Exit.INVALID, tenant.problem, "tenant-block", hint=hint)
        elif names[tenant.name] > 1:
            row = _namesake(row, fleet.tenants)
        elif changed is not None and tenant.folder not in changed:
            row = _excluded(row, f"it is the same as at {request.affected}", "affected")
        elif saved is not None:
            row = _with_saved_plan(row, saved)
        rows.append(row)
    return [*rows, *(_foreign(fleet.tenants, saved) if saved else ())]


def _row(tenant: FleetTenant) -> TenantRow:
    provider = tenant.tenant.provider if tenant.tenant else ""
    return TenantRow(tenant.folder, tenant.name, provider, dict(tenant.labels))


def _excluded(row: TenantRow, reason: str, cause: str) -> TenantRow:
    return finished(row, Exit.DONE, reason, cause, outcome=TenantOutcome.EXCLUDED)


def _namesake(row: TenantRow, tenants: Sequence[FleetTenant]) -> TenantRow:
    others = [t.folder for t in tenants if t.name == row.tenant and t.folder != row.folder]
    more = f" and {len(others) - 1} more" if len(others) > 1 else ""
    have = "have" if more else "has"
    reason = f"{others[0]}{more} {have} a tenant of the same name, {row.tenant}"
    hint = "ledger and lease are kept by name: give each its own"
    return finished(row, Exit.INVALID, reason, "duplicate-tenant", hint=hint)


def _with_saved_plan(row: TenantRow, saved: plans.PlanFolder) -> TenantRow:
    files = saved.plans.get(row.tenant, ())
    if not files:
        return _excluded(row, f"there is no plan of it in {saved.folder}", "no-plan")
    if len(files) > 1:
        reason = f"there are two plans of it: {', '.join(files)}"
        return finished(row, Exit.STALE, reason, "two-plans", hint="remove one of them")
    return replace(row, plan=files[0])


def _foreign(tenants: Sequence[FleetTenant], saved: plans.PlanFolder) -> Iterator[TenantRow]:
    """A row for each plan that is of no tenant here, and for each file that is no plan."""
    known = {tenant.name for tenant in tenants}
    for name, files in saved.plans.items():
        if name not in known:
            reason = f"no folder has a tenant of this name; the plan is {', '.join(files)}"
            row = TenantRow(f"{saved.folder}/{files[0]}", name, plan=files[0])
            yield finished(row, Exit.STALE, reason, "foreign-plan", hint="remove the plan")
    for file, reason in saved.unreadable.items():
        row = TenantRow(f"{saved.folder}/{file}", file, plan=file)
        reason = f"{file} cannot be read: {reason}"
        hint = "remove the file, or plan again with -o"
        yield finished(row, Exit.INVALID, reason, "unreadable-plan", hint=hint)


def _in_waves(text: str, fleet: Fleet, rows: Sequence[TenantRow]) -> list[TenantRow]:
    """The rows, each with the wave that it is in. Raises `SetupError` where one is in none."""
    open_rows = {row.folder for row in rows if row.state in OPEN}
    waves = selection.waves(text, [t for t in fleet.tenants if t.folder in open_rows])
    names = {folder: wave.name for wave in waves for folder in wave.folders}
    return [replace(row, wave=names.get(row.folder)) for row in rows]


def _waves(rows: Mapping[str, TenantRow], text: str | None) -> Sequence[Wave]:
    """The tenants of a run that were ever to be begun, wave by wave."""
    begun = [row for row in rows.values() if row.state in OPEN or row.attempts]
    if not text:
        return (Wave("all", tuple(row.folder for row in begun)),)
    names = selection.wave_names(text)
    waves = [Wave(name, tuple(r.folder for r in begun if r.wave == name)) for name in names]
    return [wave for wave in waves if wave.folders]


def _task(request: Request, row: TenantRow, verb: str) -> Task:
    is_own = verb == OWN
    return Task(
        row=row,
        verb=request.command if is_own else verb,
        root=str(request.root),
        as_of=request.as_of,
        out=str(request.out / plans.file_name(row.tenant)) if request.out and is_own else None,
        plan=str(request.plans / row.plan) if request.plans and row.plan else None,
    )


# --- the report ----------------------------------------------------------------------------------


def _report(
    run: Run,
    rows: Mapping[str, TenantRow],
    notes: Sequence[str],
    finished_at: float | None,
    *,
    code: int = 0,
) -> FleetReport:
    codes = [code, *(row.exit_code for row in rows.values())]
    return FleetReport(
        run=run.id,
        command=run.command,
        engine=run.engine,
        root=run.root,
        tool_version=run.tool_version,
        started_at=_moment(run.started_at) or "",
        finished_at=_moment(finished_at),
        is_cancelled=run.cancelled,
        exit_code=int(exits.worst(codes, is_apply=run.command == "apply")),
        settings=run.settings,
        rows=tuple(rows.values()),
        notes=tuple(notes),
    )


def _moment(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    moment = datetime.fromtimestamp(seconds, UTC).replace(microsecond=0)
    return moment.isoformat().replace("+00:00", "Z")
