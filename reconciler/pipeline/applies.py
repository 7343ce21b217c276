"""planfile -> load -> validate -> read -> diff -> order -> guard -> apply -> read -> diff.

A plan is made again from the trusted files and the tenant before it is applied. The document says
which changes were approved; whether they are still what the files ask for, what they mean and
whether anything stops them is never taken from it.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from reconciler import __version__, collector, diff, evidence, guard, kinds, planfile, read
from reconciler import apply as applying
from reconciler import plan as planning
from reconciler.diagnostics import Severity
from reconciler.errors import ReconcilerError, StalePlanError
from reconciler.evidence import grades
from reconciler.evidence.sources import of_files
from reconciler.model import (
    Action,
    Address,
    Allowance,
    Blocker,
    Change,
    Comparison,
    Declared,
    Desired,
    Execution,
    Graded,
    Ledger,
    Outcome,
    Plan,
    Provider,
    Reading,
    Result,
    Tenant,
    TenantRef,
    Value,
    Verdict,
)
from reconciler.pipeline.plans import (
    baselines,
    build_plan,
    check,
    declared_before,
    documents_at_base,
)
from reconciler.pipeline.stages import (
    ComparisonResult,
    Environment,
    PlanOptions,
    PreparedPlan,
    ValidationResult,
)

DONE = frozenset({Result.APPLIED, Result.MANUAL})
"""Results of operations that were done, by us or by a person."""

AGAIN = "plan again"
LEAVES = frozenset({Action.SUSPEND, Action.UPDATE, Action.DELETE})


def verify_saved_plan(
    saved: Plan, tenant: Tenant, environment: Environment, kept: Ledger, digest: str | None
) -> None:
    """What can be told of a saved plan without the tenant. Raises `StalePlanError`."""
    planfile.verify(saved)
    ref = TenantRef(tenant.name, tenant.provider, tenant.url)
    if saved.tenant != ref:
        raise StalePlanError(
            f"the plan is for tenant {saved.tenant.name}, not {ref.name}", hint=AGAIN
        )
    if digest is not None and saved.digest != digest:
        raise StalePlanError(
            f"the plan's digest is {saved.digest}, and {digest} was approved",
            hint="have the new plan approved",
        )
    if saved.expires_at <= environment.now:
        raise StalePlanError(
            f"the plan expired at {saved.expires_at:%Y-%m-%d %H:%M} UTC", hint=AGAIN
        )
    if kept.was_used(saved.plan_id):
        raise StalePlanError("the plan was used before; a plan is applied once", hint=AGAIN)


def validate_for_today(
    folder: Path, environment: Environment, wanted: PlanOptions, day: date | None
) -> ValidationResult:
    """The trusted files as they hold today. Raises `StalePlanError` where they are wrong today and
    were not on the day for which a plan was made.
    """
    checked = check(folder, environment, replace(wanted, as_of=None))
    if checked.desired is None and day is not None:
        then = check(folder, environment, replace(wanted, as_of=day))
        if then.desired is not None:
            errors = [d for d in checked.diagnostics if d.severity is Severity.ERROR]
            raise StalePlanError(
                f"the plan is for {day}, and today {errors[0].summary}",
                hint=errors[0].hint or AGAIN,
            )
    return checked


def require_same_plan_today(
    checked: ValidationResult,
    compared: ComparisonResult,
    folder: Path,
    environment: Environment,
    wanted: PlanOptions,
    made: Plan,
) -> None:
    """Raises `StalePlanError` where the plan for the day of `--as-of` is not the one `made` for
    today.
    """
    then = check(folder, environment, wanted)
    if then.desired is None:
        raise _other_day(wanted.as_of or made.as_of, checked.desired)
    comparison = diff.compare(then.desired, compared.reading, declared=compared.declared)
    stamp = planning.Stamp("", "", made.created_at, __version__)
    on_day = replace(compared, desired=then.desired, comparison=comparison)
    baseline = baselines(compared.desired.tenant, environment)
    other = build_plan(on_day, wanted, then.diagnostics, stamp, baseline).plan
    if other.applyable != made.applyable or not _same_changes(other.changes, made.changes):
        raise _other_day(then.desired.as_of, checked.desired)


def _other_day(day: date, desired: Desired | None) -> StalePlanError:
    today = f", {desired.as_of}," if desired else ""
    return StalePlanError(
        f"the plan is for {day}, and for today{today} there is another one",
        hint="apply judges dates by today: plan without --as-of",
    )


def _same_changes(some: Sequence[Change], others: Sequence[Change]) -> bool:
    return len(some) == len(others) and all(map(planfile.same_change, some, others))


# --- made again ----------------------------------------------------------------------------------


@collector.paused()
def prepare(
    saved: Plan,
    checked: ValidationResult,
    folder: Path,
    provider: Provider,
    environment: Environment,
    wanted: PlanOptions,
    *,
    kept: Ledger,
) -> PreparedPlan:
    """Reads the tenant and makes the plan again. Raises `StalePlanError` where it does not fit.

    `checked` are the trusted files, and `wanted.allow` is acknowledged besides what the plan says.
    """
    files = checked.desired
    assert files is not None
    sources = of_files(files, environment.now, checked.filed)
    declared = declared_before(files, folder, environment, wanted)
    listed = read.live(provider)
    evidence.expect_declared(listed, files, declared)
    reading = sources.apply(listed, kept)
    evidence.expect_as_many(reading, saved.live.resources, files.policy.absent_percent)
    if moved := applying.stale(saved, reading):
        raise StalePlanError(
            f"the tenant has moved since the plan was made: {'; '.join(moved[:10])}", hint=AGAIN
        )
    proven = _proven(declared, saved)
    comparison = diff.compare(files, reading, declared=proven)
    again = replace(
        wanted,
        select=saved.select,
        exclude=saved.exclude,
        allow=_acknowledged(saved.acknowledged, files.as_of, wanted.allow),
    )
    base = documents_at_base(folder, wanted) if checked.documents else ()
    compared = ComparisonResult(files, reading, declared, comparison, (), checked.documents, base)
    asked_for = _asked_for(saved, compared, again)
    compared = asked_for or _as_saved(saved, compared)
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
    )


def _acknowledged(
    given: Sequence[Allowance], today: date, more: Mapping[str, int]
) -> Mapping[str, int]:
    """What the digest says was acknowledged, without what has ended, and what is acknowledged now;
    the larger count passes.
    """
    counts = {a.what: a.count for a in given if not guard.has_ended(a.until, today)}
    return {what: max(counts.get(what, 0), more.get(what, 0)) for what in {*counts, *more}}


def _proven(declared: Declared | None, saved: Plan) -> Declared | None:
    """Who was declared before. Whom the plan takes out was proven when it was made."""
    leaving = frozenset(c.address for c in saved.changes if c.action in LEAVES)
    if not leaving:
        return declared
    known_before = declared or Declared("the plan", frozenset())
    return replace(known_before, addresses=known_before.addresses | leaving)


def _asked_for(
    saved: Plan, compared: ComparisonResult, wanted: PlanOptions
) -> ComparisonResult | None:
    """The comparison with just the plan's changes, where the files still ask for them today: for
    these and, of a plan of today, perhaps for more.
    """
    selected, _ = diff.select(compared.comparison, wanted.select, wanted.exclude)
    if _same_changes(selected.changes, saved.changes):
        return compared
    if saved.as_of != compared.desired.as_of or not saved.changes:
        return None
    addresses = [change.address for change in saved.changes]
    selected, _ = diff.select(compared.comparison, addresses, ())
    if _same_changes(selected.changes, saved.changes):
        return replace(compared, comparison=selected)
    return None


def _as_saved(saved: Plan, compared: ComparisonResult) -> ComparisonResult:
    """The plan's own changes, judged by the trusted files, which have moved on since.

    Raises `StalePlanError` where they cannot have moved on: it is another day's plan, or the files
    are the same and do not say that.
    """
    files, reading = compared.desired, compared.reading
    if saved.as_of != files.as_of:
        raise _other_day(saved.as_of, files)
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
    addresses = {change.address for change in bare}
    full = compared.comparison
    comparison = replace(
        full,
        changes=bare,
        diagnostics=tuple(d for d in full.diagnostics if d.address in addresses),
    )
    restated = planning.restate(replace(saved, changes=bare), reading, files)
    return replace(compared, desired=restated, comparison=comparison)


def _refuse_blocked_today(saved: Plan, made: Plan, blockers: Sequence[Blocker]) -> None:
    """A plan of another day that could be applied then and is blocked today is no plan of today."""
    if saved.as_of != made.as_of and saved.applyable and blockers:
        raise StalePlanError(
            f"the plan is for {saved.as_of}, and for today it is blocked: "
            f"{blockers[0].summary or blockers[0].guard}",
            hint=blockers[0].hint or AGAIN,
        )


def start(prepared: PreparedPlan, kept: Ledger) -> str:
    """Uses the plan up and opens a run. Raises `StalePlanError` where somebody was faster."""
    _use(prepared.plan, kept)
    return kept.begin(prepared.plan)


def _use(made: Plan, kept: Ledger) -> None:
    if not kept.use_plan(made.plan_id, made.tenant.name):
        raise StalePlanError("the plan was used before; a plan is applied once", hint=AGAIN)


def execute(
    prepared: PreparedPlan,
    provider: Provider,
    kept: Ledger,
    run: str,
    *,
    settings: applying.Settings,
    stop: threading.Event,
) -> Iterator[Outcome]:
    """Walks the graph; every outcome as it becomes known. Raises what stopped it before anything
    was sent.
    """
    outcomes = applying.run(
        prepared.graph.operations,
        provider.writer,
        known=applying.handles(prepared.plan, prepared.reading),
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
    """The tenant as it is now. Raises `CannotTellError`, also where its lists have shrunk."""
    reading = read.live(provider)
    percent = prepared.plan.policy.absent_percent
    evidence.expect_as_many(reading, len(prepared.reading.resources), percent)
    return reading


def verify(
    prepared: PreparedPlan, provider: Provider, kept: Ledger, run: str, outcomes: Sequence[Outcome]
) -> Verdict:
    """Reads the tenant once more: converged, or what is left of the plan. Closes the run.

    What the tenant or the ledger does not say any more is `cannot_tell`: the outcomes stand.
    """
    verdict = Verdict(tuple(outcomes), converged=False)
    try:
        reading = prepared.sources.apply(read.live(provider), kept)
    except ReconcilerError as error:
        verdict = add_doubt(verdict, f"what the tenant has now: {error}")
    else:
        comparison = diff.compare(prepared.desired, reading)
        left = (
            *_left(prepared, comparison, reading),
            *_unseen(prepared, comparison, outcomes),
        )
        verdict = replace(
            verdict,
            converged=not left,
            left=left,
            unobserved=prepared.plan.unobserved,
            grades=_grades(prepared, comparison),
        )
        verdict = record_or_doubt(verdict, lambda: _remember(prepared, reading, left, kept))
    return record_or_doubt(verdict, lambda: kept.finish(run, verdict))


def record_or_doubt(verdict: Verdict, write: Callable[[], None]) -> Verdict:
    """The verdict, with a doubt where the ledger does not take something that was done."""
    try:
        write()
    except ReconcilerError as error:
        return add_doubt(verdict, str(error))
    return verdict


def add_doubt(verdict: Verdict, why: str) -> Verdict:
    return replace(verdict, cannot_tell=tuple(dict.fromkeys([*verdict.cannot_tell, why])))


def _left(prepared: PreparedPlan, found: Comparison, reading: Reading) -> tuple[Change, ...]:
    planned = {change.address: change for change in prepared.plan.changes}
    alive = {resource.id for resource in reading.resources.values()}
    return (
        *(change for change in found.changes if change.address in planned),
        *(c for c in planned.values() if c.action is Action.DELETE and c.live_id in alive),
    )


def _unseen(
    prepared: PreparedPlan, found: Comparison, outcomes: Sequence[Outcome]
) -> Iterator[Change]:
    """What nobody did by hand, and no reading can tell of: it is still to do."""
    undone = {one.operation.address for one in outcomes if one.result not in DONE}
    listed = {change.address for change in found.changes}
    for change in prepared.plan.changes:
        live = found.matches.get(change.address)
        if live is None or change.address not in undone - listed:
            continue
        names = {kinds.split_path(item.path)[0] for item in change.fields}
        if change.execution is Execution.MANUAL and not names <= live.fields.keys():
            yield change


def _grades(prepared: PreparedPlan, found: Comparison) -> tuple[Graded, ...]:
    """What the plan knew of everything, with what is known now of the objects that it changed."""
    whole = prepared.plan.grades
    if not whole:
        return found.grades
    before = diff.compare(prepared.desired, prepared.reading).grades
    return grades.regraded(whole, before, found.grades)


# --- what is remembered --------------------------------------------------------------------------


def finish_empty(made: Plan, compared: ComparisonResult, kept: Ledger) -> Verdict:
    """An apply with nothing to do is a run as well: all that the files state is last applied."""
    run = kept.begin(made)
    verdict = remember_in_sync(made, compared, kept)
    kept.finish(run, verdict)
    return verdict


def finish_unchanged(prepared: PreparedPlan, kept: Ledger) -> Verdict:
    """The same for a saved plan, which is used up."""
    _use(prepared.plan, kept)
    return finish_empty(prepared.plan, _compared(prepared, prepared.reading), kept)


def remember_in_sync(made: Plan, compared: ComparisonResult, kept: Ledger) -> Verdict:
    """Remembers what the tenant has as the files say; the verdict where that is all of it."""
    kept.remember(made.tenant.name, in_sync(compared))
    return Verdict((), converged=True, unobserved=made.unobserved, grades=made.grades)


def in_sync(compared: ComparisonResult) -> dict[Address, Mapping[str, Value]]:
    """All that the files state of the objects that the tenant has as they say."""
    comparison = compared.comparison
    differing = {change.address for change in comparison.changes}
    differing |= {d.address or "" for d in comparison.diagnostics if d.severity is Severity.ERROR}
    return {
        address: {**kinds.stated_values(resource.fields), kinds.WHOLE: True}
        for address, resource in compared.desired.resources.items()
        if address not in differing
    }


def _compared(prepared: PreparedPlan, reading: Reading) -> ComparisonResult:
    files, declared = prepared.files, prepared.declared
    comparison = diff.compare(files, reading, declared=declared)
    return ComparisonResult(files, reading, declared, comparison)


def _remember(
    prepared: PreparedPlan, reading: Reading, left: Sequence[Change], kept: Ledger
) -> None:
    """All that the files state and the tenant has is now last applied, whichever way it came about;
    what the plan deleted is forgotten. Where the files moved on, what the plan knows.
    """
    name = prepared.plan.tenant.name
    planned = {change.address for change in prepared.plan.changes}
    unfinished = {change.address for change in left}
    stated = {a: v for a, v in in_sync(_compared(prepared, reading)).items() if a not in planned}
    source = prepared.desired if prepared.moved_on else prepared.files
    for address in planned - unfinished:
        resource = source.resources.get(address) or prepared.desired.resources.get(address)
        if resource is not None:
            stated[address] = kinds.stated_values(resource.fields)
    kept.remember(name, stated)
    deleted = [c.address for c in prepared.plan.changes if c.action is Action.DELETE]
    kept.forget(name, [address for address in deleted if address not in unfinished])
