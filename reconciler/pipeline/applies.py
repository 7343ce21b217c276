"""Prepare and carry out a plan.

planfile -> load -> validate -> read -> diff -> order -> guard -> apply

A plan is made again from the trusted files and the tenant before it is applied. The document says
which changes were approved; whether the files still ask for them, what they mean and whether
anything blocks them is never taken from it.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from reconciler import __version__, collector, diff, evidence, guard, kinds, read
from reconciler import apply as applying
from reconciler import plan as planning
from reconciler.diagnostics import Severity
from reconciler.errors import ReconcilerError, StalePlanError
from reconciler.evidence.sources import of_files
from reconciler.model import (
    Action,
    Allowance,
    Blocker,
    Change,
    Declared,
    Desired,
    Ledger,
    Outcome,
    Plan,
    Provider,
    Reading,
    Verdict,
)
from reconciler.pipeline.due_work import require_due
from reconciler.pipeline.history import declared_before, files_before
from reconciler.pipeline.plans import OrderedPlan, build_plan
from reconciler.pipeline.saved_plans import AGAIN, other_day, same_changes, use_plan
from reconciler.pipeline.stages import (
    ComparisonResult,
    Environment,
    PlanOptions,
    PreparedPlan,
    ValidationResult,
)
from reconciler.pipeline.verification import record_or_doubt

LEAVES = frozenset({Action.SUSPEND, Action.UPDATE, Action.DELETE})


@collector.paused()
def prepare(
    saved: Plan,
    checked: ValidationResult,
    folder: Path,
    provider: Provider,
    environment: Environment,
    options: PlanOptions,
    *,
    kept: Ledger,
    judged: tuple[OrderedPlan, ComparisonResult] | None = None,
) -> PreparedPlan:
    """Read the tenant and make the plan again. Raises `StalePlanError` where it does not fit.

    `checked` are the trusted files, and `options.allow` is acknowledged besides what the plan says.
    Where the reading is the one from which `judged` was made, that plan is taken as it is.
    """
    files = checked.desired
    assert files is not None
    sources = of_files(files, environment.now, checked.filed)
    declared = declared_before(files, checked.documents, folder, environment, options)
    reading = diff.with_new_names(
        files, sources.apply(_live(files, provider, declared, kept), kept)
    )
    if judged and _is_same_tenant(judged[1].reading, reading):
        return prepare_at_once(*judged, checked, environment)
    evidence.expect_as_many(reading, saved.live.resources, files.policy.absent_percent)
    if moved := applying.stale(saved, reading):
        raise StalePlanError(
            f"the tenant has moved since the plan was made: {'; '.join(moved[:10])}", hint=AGAIN
        )
    proven = _proven(declared, saved)
    comparison = diff.compare(files, reading, declared=proven)
    again = replace(
        options,
        select=saved.select,
        exclude=saved.exclude,
        allow=_acknowledged(saved.acknowledged, files.as_of, options.allow),
    )
    base = files_before(declared, checked, folder, options)
    compared = ComparisonResult(files, reading, declared, comparison, (), checked.documents, base)
    asked_for = _asked_for(saved, compared, again)
    compared = asked_for or _as_saved(saved, compared)
    if options.due:
        require_due(compared, saved.changes, environment.now)
    stamp = planning.Stamp(saved.plan_id, saved.digest, saved.created_at, __version__)
    name = files.tenant.name
    result = build_plan(
        compared, again, checked.diagnostics, stamp, lambda changes: kept.baseline(name, changes)
    )
    made = replace(result.plan, expires_at=saved.expires_at)
    blockers = made.blockers
    if asked_for is None:
        blockers = (*blockers, *guard.still_standing(saved.blockers, blockers, again.allow))
    _refuse_blocked_today(saved, made, blockers)
    return PreparedPlan(
        plan=replace(made, blockers=blockers, applyable=made.applyable and not blockers),
        desired=planning.restate(made, reading, files),
        reading=reading,
        graph=result.graph,
        blockers=blockers,
        sources=sources,
        files=files,
        declared=proven,
        moved_on=asked_for is None,
        is_whole=asked_for is not None and len(result.plan.changes) == len(comparison.changes),
    )


def _live(files: Desired, provider: Provider, declared: Declared | None, kept: Ledger) -> Reading:
    """Read the tenant. Raises `ImplausibleError` where the reading contradicts what was applied."""
    listed = read.live(provider)
    evidence.expect_declared(listed, files, declared)
    applied = kept.declared(files.tenant.name)
    if not files.tenant.mapping:
        evidence.expect_mapping(listed, applied)
    return evidence.doubted(listed, applied)


def prepare_at_once(
    ordered: OrderedPlan,
    compared: ComparisonResult,
    checked: ValidationResult,
    environment: Environment,
) -> PreparedPlan:
    """Return a plan that was just made as ready to run, without reading or judging again."""
    files, made = checked.desired, ordered.plan
    assert files is not None
    return PreparedPlan(
        plan=made,
        desired=planning.restate(made, compared.reading, files),
        reading=compared.reading,
        graph=ordered.graph,
        blockers=made.blockers,
        sources=of_files(files, environment.now, checked.filed),
        files=files,
        declared=_proven(compared.declared, made),
    )


def _is_same_tenant(before: Reading, now: Reading) -> bool:
    """Return whether two readings show the same, however many requests they took."""
    return replace(before, requests=0) == replace(now, requests=0)


def _acknowledged(
    from_plan: Sequence[Allowance], today: date, more: Mapping[str, int]
) -> Mapping[str, int]:
    """Merge acknowledgements under the digest that have not ended with those given now.

    The larger count wins.
    """
    counts = {a.what: a.count for a in from_plan if not guard.has_ended(a.until, today)}
    return {what: max(counts.get(what, 0), more.get(what, 0)) for what in {*counts, *more}}


def _proven(declared: Declared | None, saved: Plan) -> Declared | None:
    """Return who was declared before, with those whom the plan takes out (proven earlier)."""
    leaving = frozenset(c.address for c in saved.changes if c.action in LEAVES)
    if not leaving:
        return declared
    known_before = declared or Declared("the plan", frozenset())
    return replace(known_before, addresses=known_before.addresses | leaving)


def _asked_for(
    saved: Plan, compared: ComparisonResult, options: PlanOptions
) -> ComparisonResult | None:
    """Return the comparison with just the plan's changes, where the files still ask for them.

    A plan of today may be a part of what the files ask for.
    """
    selected, _ = diff.select(compared.comparison, options.select, options.exclude)
    if same_changes(selected.changes, saved.changes):
        return compared
    if saved.as_of != compared.desired.as_of or not saved.changes:
        return None
    addresses = [change.address for change in saved.changes]
    selected, _ = diff.select(compared.comparison, addresses, ())
    if same_changes(selected.changes, saved.changes):
        return replace(compared, comparison=selected)
    return None


def _as_saved(saved: Plan, compared: ComparisonResult) -> ComparisonResult:
    """Return the plan's own changes, judged by the trusted files, which have moved on since.

    Raises `StalePlanError` where they cannot have moved on: it is another day's plan, or the files
    are the same and do not say that.
    """
    files, reading = compared.desired, compared.reading
    if saved.as_of != files.as_of:
        raise other_day(saved.as_of, files)
    if saved.config.hash == files.config.hash and not reading.capabilities.by_hand:
        wrong = [d for d in compared.comparison.diagnostics if d.severity is Severity.ERROR]
        why = f": {wrong[0].summary}" if wrong else ""
        raise StalePlanError(
            f"the files do not ask for the changes of this plan{why}",
            hint=f"{AGAIN}; what was given to `plan` (--base, --observed) goes to `apply` as well",
        )
    bare = tuple(
        replace(c, source=None, fields=tuple(replace(f, word=None) for f in c.fields))
        for c in saved.changes
    )
    _refuse_false_labels(bare, reading)
    addresses = {change.address for change in bare}
    full = compared.comparison
    comparison = replace(
        full,
        changes=bare,
        diagnostics=tuple(d for d in full.diagnostics if d.address in addresses),
    )
    restated = planning.restate(replace(saved, changes=bare), reading, files)
    return replace(compared, desired=restated, comparison=comparison)


def _refuse_false_labels(changes: Sequence[Change], reading: Reading) -> None:
    """Raises `StalePlanError` where a document calls somebody what nobody of that id is called."""
    by_id = {r.id: r.fields for r in reading.resources.values() if r.id}
    for change in changes:
        was = by_id.get(change.live_id or "", {})
        will = kinds.with_values(was, {item.path: item.after for item in change.fields})
        if change.label not in {kinds.label(change.address, fields) for fields in (was, will)}:
            raise StalePlanError(
                f"the plan was edited: {change.address} is not called {change.label}", hint=AGAIN
            )


def _refuse_blocked_today(saved: Plan, made: Plan, blockers: Sequence[Blocker]) -> None:
    """Raise for a plan of another day that was applyable then and is blocked today."""
    if saved.as_of != made.as_of and saved.applyable and blockers:
        raise StalePlanError(
            f"the plan is for {saved.as_of}, and for today it is blocked: "
            f"{blockers[0].summary or blockers[0].guard}",
            hint=blockers[0].hint or AGAIN,
        )


def start(prepared: PreparedPlan, kept: Ledger) -> str:
    """Mark the plan as used, and open a run. Raises `StalePlanError` where it was used before."""
    use_plan(prepared.plan, kept)
    return kept.begin(prepared.plan, is_whole=prepared.is_whole)


def execute(
    prepared: PreparedPlan,
    provider: Provider,
    kept: Ledger,
    run: str,
    *,
    settings: applying.Settings,
    stop: threading.Event,
) -> Iterator[Outcome]:
    """Carry out the operations, and yield each outcome as it becomes known.

    Raises what stopped it before anything was sent.
    """
    outcomes = applying.run(
        prepared.graph.operations,
        provider.writer,
        handles=applying.handles(prepared.plan, prepared.reading),
        ledger=kept,
        run_id=run,
        settings=settings,
        stop=stop,
    )
    try:
        yield from outcomes
    except ReconcilerError:
        nothing = Verdict((), converged=False)
        record_or_doubt(nothing, lambda: kept.finish(run, nothing))
        raise


def look(prepared: PreparedPlan, provider: Provider) -> Reading:
    """Read the tenant as it is now. Raises `CannotTellError`, also where its lists have shrunk."""
    reading = read.live(provider)
    percent = prepared.plan.policy.absent_percent
    evidence.expect_as_many(reading, len(prepared.reading.resources), percent)
    return reading
