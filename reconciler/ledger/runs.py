"""Runs and their operations: the intent before a request is sent, the outcome after it."""

import secrets
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, insert, select, update

from reconciler.ledger import applied, leases, process
from reconciler.ledger.database import Database
from reconciler.ledger.leases import moment
from reconciler.ledger.records import OperationRecord, Run, RunState
from reconciler.ledger.tables import OPERATIONS, PLAN_USES, RUNS
from reconciler.model import Action, Change, Operation, Outcome, Plan, Result
from reconciler.ordering import Baseline

UNKNOWN = "unknown"


def use_plan(database: Database, plan_id: str, tenant: str) -> bool:
    with database.transaction() as connection:
        use = {"plan_id": plan_id, "tenant": tenant, "at": time.time()}
        return database.is_new(connection, PLAN_USES, use)


def was_used(database: Database, plan_id: str) -> bool:
    with database.transaction() as connection:
        query = select(PLAN_USES.c.plan_id).where(PLAN_USES.c.plan_id == plan_id)
        return connection.execute(query).first() is not None


def begin(database: Database, plan: Plan, *, is_whole: bool) -> str:
    carried = baseline(database, plan.tenant.name, plan.changes)
    run = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
    row = {
        "id": run,
        "tenant": plan.tenant.name,
        "plan_id": plan.plan_id,
        "digest": plan.digest,
        "holder": process.holder(),
        "process": process.me().name,
        "protect": applied.protection(plan.policy),
        "started_at": time.time(),
        "judged": _remaining(plan, carried),
        "config": _config(plan) if is_whole else None,
    }
    with database.transaction() as connection:
        connection.execute(insert(RUNS).values(row))
    return run


def baseline(database: Database, tenant: str, changes: Sequence[Change]) -> Baseline:
    """Return what an unfinished last run was judged from, if these changes finish it.

    Otherwise the baseline is empty.
    """
    newest_first = select(RUNS).where(RUNS.c.tenant == tenant).order_by(RUNS.c.started_at.desc())
    with database.transaction() as connection:
        run = connection.execute(newest_first.limit(1)).first()
    if run is None or run.judged is None or run.converged:
        return Baseline()
    ends = run.judged["ends"]
    if not all(_is_rest_of(change, ends.get(change.address)) for change in changes):
        return Baseline()
    return Baseline(run.judged["before"], run.judged["lowest"])


def _is_rest_of(change: Change, end: Mapping[str, Any] | None) -> bool:
    """Return whether a change leads where the run led; `end` is None for other objects."""
    if end is None or end["deleted"] != (change.action is Action.DELETE):
        return False
    values = end["values"]
    return all(item.path in values and values[item.path] == item.after for item in change.fields)


def _remaining(plan: Plan, carried: Baseline) -> Mapping[str, object]:
    """Return what an interrupted run leaves for the next one; its own baseline is passed on."""
    values: dict[str, dict[str, object]] = {}
    for operation in plan.operations:
        values.setdefault(operation.address, {}).update(operation.set)
    ends = {
        change.address: {
            "deleted": change.action is Action.DELETE,
            "values": values.get(change.address, {})
            | {item.path: item.after for item in change.fields},
        }
        for change in plan.changes
    }
    before = {row.address: row.before for row in plan.coverage} | dict(carried.before)
    lowest = {row.address: row.lowest for row in plan.coverage} | dict(carried.lowest)
    return {"ends": ends, "before": before, "lowest": lowest}


def _config(plan: Plan) -> Mapping[str, object] | None:
    """Return the files of a plan and its day; None where it is of a part of the files only."""
    if plan.select or plan.exclude or not plan.config.hash:
        return None
    config = plan.config
    return {"as_of": plan.as_of.isoformat(), "commit": config.commit, "hash": config.hash}


def intend(database: Database, run: str, operations: Sequence[Operation]) -> None:
    now = time.time()
    rows = [
        {**_named(run, operation), "intended_at": now, "because": ""} for operation in operations
    ]
    with database.transaction() as connection:
        connection.execute(insert(OPERATIONS), rows)


def find_tenant(database: Database, run: str) -> str:
    with database.transaction() as connection:
        return str(connection.scalar(select(RUNS.c.tenant).where(RUNS.c.id == run)))


def record(database: Database, run: str, tenant: str, outcomes: Sequence[Outcome]) -> None:
    """Record outcomes, and the values applied by them, in one transaction."""
    if not outcomes:
        return
    now = time.time()
    rows = [
        {
            **_named(run, outcome.operation),
            "settled_at": now,
            "result": outcome.result.value,
            "because": outcome.because,
        }
        for outcome in outcomes
    ]
    done = [o.operation for o in outcomes if o.result is Result.APPLIED]
    with database.transaction() as connection:
        settled = database.upsert(OPERATIONS, "settled_at", "result", "because")
        connection.execute(settled, rows)
        if done:
            applied.follow(database, connection, tenant, done)


def finish(database: Database, run: str, *, converged: bool | None) -> None:
    """Close a run; `converged` is None where its end could not be read."""
    values = {"finished_at": time.time(), "converged": converged}
    with database.transaction() as connection:
        connection.execute(update(RUNS).where(RUNS.c.id == run).values(values))


def history(database: Database, tenant: str, run: str | None) -> tuple[Run, ...]:
    """Return all runs, newest first; or a single one, with its operations."""
    wanted = RUNS.c.tenant == tenant
    if run is not None:
        wanted &= RUNS.c.id == run
    with database.transaction() as connection:
        newest_first = select(RUNS).where(wanted).order_by(RUNS.c.started_at.desc(), RUNS.c.id)
        rows = connection.execute(newest_first).all()
        counts = _counts(connection, select(RUNS.c.id).where(wanted))
        kept = _operations(connection, run) if run is not None else ()
        holder = leases.live_process(database, connection, tenant)
    return tuple(_run(row, counts.get(row.id, Counter()), kept, holder) for row in rows)


def _named(run: str, operation: Operation) -> dict[str, object]:
    return {
        "run": run,
        "id": operation.id,
        "address": operation.address,
        "verb": operation.verb.value,
        "set": dict(operation.set),
    }


def _counts(connection: Connection, runs: Select[tuple[str]]) -> Mapping[str, Counter[str]]:
    counts: dict[str, Counter[str]] = {}
    columns = OPERATIONS.c.run, OPERATIONS.c.result, func.count()
    grouped = select(*columns).where(OPERATIONS.c.run.in_(runs))
    for run, result, count in connection.execute(grouped.group_by(*columns[:2])):
        counts.setdefault(run, Counter())[result or UNKNOWN] = count
    return counts


def _operations(connection: Connection, run: str) -> tuple[OperationRecord, ...]:
    """Return operations in the order in which they were intended."""
    rows = connection.execute(select(OPERATIONS).where(OPERATIONS.c.run == run)).all()
    last = max((row.intended_at or 0 for row in rows), default=0)
    rows = sorted(rows, key=lambda row: (row.intended_at or last + 1, len(row.id), row.id))
    return tuple(
        OperationRecord(
            row.id,
            row.address,
            row.verb,
            row._mapping["set"],
            _moment(row.intended_at),
            _moment(row.settled_at),
            row.result,
            row.because,
        )
        for row in rows
    )


def _run(
    row: Row[Any], counts: Counter[str], kept: tuple[OperationRecord, ...], holder: str | None
) -> Run:
    return Run(
        id=row.id,
        tenant=row.tenant,
        plan_id=row.plan_id,
        digest=row.digest,
        holder=row.holder,
        started_at=moment(row.started_at),
        finished_at=_moment(row.finished_at),
        state=_state(row, holder),
        converged=row.converged,
        counts={result.value: counts[result.value] for result in Result},
        unknown=counts[UNKNOWN],
        operations=kept,
    )


def _state(row: Row[Any], holder: str | None) -> RunState:
    if row.finished_at is not None:
        return RunState.FINISHED
    return RunState.RUNNING if row.process == holder else RunState.DIED


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else moment(seconds)
