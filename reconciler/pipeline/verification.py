"""The tenant after an apply: read once more, judged, and remembered in the ledger."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from reconciler import diff, evidence, kinds, read
from reconciler.diagnostics import Severity
from reconciler.errors import ReconcilerError
from reconciler.evidence import grades
from reconciler.model import (
    Action,
    Address,
    Change,
    Comparison,
    Declared,
    Execution,
    Graded,
    Ledger,
    Outcome,
    Plan,
    Provider,
    Reading,
    Resource,
    Result,
    Value,
    Verdict,
)
from reconciler.pipeline.saved_plans import use_plan
from reconciler.pipeline.stages import ComparisonResult, PreparedPlan

DONE = frozenset({Result.APPLIED, Result.MANUAL})
"""Results of operations that were done, by us or by a person."""


def verify(
    prepared: PreparedPlan, provider: Provider, kept: Ledger, run: str, outcomes: Sequence[Outcome]
) -> Verdict:
    """Read the tenant once more, close the run, and return the verdict.

    The tenant has converged, or something of the plan is left. What tenant or ledger do not tell is
    `cannot_tell`; the outcomes stand.
    """
    verdict = Verdict(tuple(outcomes), converged=False)
    try:
        written = _written(prepared, kept, outcomes)
        seen = evidence.doubted(read.live(provider), written)
        reading = prepared.sources.apply(seen, kept)
    except ReconcilerError as error:
        verdict = add_doubt(verdict, f"what the tenant has now: {error}")
    else:
        comparison = diff.compare(prepared.desired, reading, before=written)
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
    """Write to the ledger; add a doubt to the verdict where the ledger fails."""
    try:
        write()
    except ReconcilerError as error:
        return add_doubt(verdict, str(error))
    return verdict


def add_doubt(verdict: Verdict, why: str) -> Verdict:
    """Add to the verdict what cannot be told."""
    return replace(verdict, cannot_tell=tuple(dict.fromkeys([*verdict.cannot_tell, why])))


def _written(prepared: PreparedPlan, kept: Ledger, outcomes: Sequence[Outcome]) -> Declared:
    """What stands in for fields that nobody can see: what this apply wrote, else the last one."""
    name = prepared.plan.tenant.name
    last = kept.declared(name) or Declared(name, frozenset())
    undone = {outcome.operation.address for outcome in outcomes if outcome.result not in DONE}
    resources = prepared.desired.resources
    stated = {
        change.address: kinds.stated_values(resources[change.address].fields)
        for change in prepared.plan.changes
        if change.address not in undone and change.address in resources
    }
    fields = {**last.fields, **stated}
    return Declared(name, last.addresses | stated.keys(), fields=fields)


def _left(prepared: PreparedPlan, comparison: Comparison, reading: Reading) -> tuple[Change, ...]:
    """Return changes that are still to do."""
    planned = {change.address: change for change in prepared.plan.changes}
    alive = kinds.by_id(reading.resources.values())
    return (
        *(change for change in comparison.changes if change.address in planned),
        *(
            c
            for c in planned.values()
            if c.action is Action.DELETE and (c.kind, c.live_id) in alive
        ),
    )


def _unseen(
    prepared: PreparedPlan, comparison: Comparison, outcomes: Sequence[Outcome]
) -> Iterator[Change]:
    """Yield changes by hand that were not done and that no reading can show."""
    undone = {outcome.operation.address for outcome in outcomes if outcome.result not in DONE}
    listed = {change.address for change in comparison.changes}
    for change in prepared.plan.changes:
        live = comparison.matches.get(change.address)
        if live is None or change.address not in undone - listed:
            continue
        names = {kinds.split_path(item.path)[0] for item in change.fields}
        if change.execution is Execution.MANUAL and not names <= live.fields.keys():
            yield change


def _grades(prepared: PreparedPlan, comparison: Comparison) -> tuple[Graded, ...]:
    """Update the grades of the plan for the objects that it changed."""
    whole = prepared.plan.grades
    if not whole:
        return comparison.grades
    before = diff.compare(prepared.desired, prepared.reading).grades
    return grades.regraded(whole, before, comparison.grades)


def finish_empty(made: Plan, compared: ComparisonResult, kept: Ledger) -> Verdict:
    """Record an apply with nothing to do: all that the files state is last applied."""
    run = kept.begin(made, is_whole=not compared.comparison.changes)
    verdict = remember_in_sync(made, compared, kept)
    kept.finish(run, verdict)
    return verdict


def finish_unchanged(prepared: PreparedPlan, kept: Ledger) -> Verdict:
    """Record a saved plan with nothing to do, which is used by that."""
    use_plan(prepared.plan, kept)
    return finish_empty(prepared.plan, _compared(prepared, prepared.reading), kept)


def remember_in_sync(made: Plan, compared: ComparisonResult, kept: Ledger) -> Verdict:
    """Remember what the tenant has as the files state, and return the verdict."""
    kept.remember(made.tenant.name, in_sync(compared))
    return Verdict((), converged=True, unobserved=made.unobserved, grades=made.grades)


def in_sync(compared: ComparisonResult) -> dict[Address, Mapping[str, Value]]:
    """Return all that the files state of objects that the tenant has as stated, and the mapping by
    which the tenant was read.
    """
    comparison = compared.comparison
    differing = {change.address for change in comparison.changes}
    differing |= {d.address or "" for d in comparison.diagnostics if d.severity is Severity.ERROR}
    stated: dict[Address, Mapping[str, Value]] = {
        address: {**kinds.stated_values(resource.fields), kinds.WHOLE: _file(resource)}
        for address, resource in compared.desired.resources.items()
        if address not in differing
    }
    is_by_hand = bool(compared.reading.capabilities.by_hand)
    return stated if is_by_hand else {**stated, **evidence.mapping_of(compared.reading)}


def _file(resource: Resource) -> Value:
    """Return the file that declares a resource, so that a later plan can say that it is gone."""
    return resource.origin.at().file if resource.origin else True


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
            is_whole = address in prepared.files.resources and not prepared.moved_on
            whole = {kinds.WHOLE: _file(resource)} if is_whole else {}
            stated[address] = {**kinds.stated_values(resource.fields), **whole}
    kept.remember(name, stated)
    deleted = [c.address for c in prepared.plan.changes if c.action is Action.DELETE]
    kept.forget(name, [address for address in deleted if address not in unfinished])
