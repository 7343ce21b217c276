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
    """Reads the tenant once more: converged, or what is left of the plan. Closes the run.

    What the tenant or the ledger does not say any more is `cannot_tell`: the outcomes stand.
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
    """The verdict, with a doubt where the ledger does not take something that was done."""
    try:
        write()
    except ReconcilerError as error:
        return add_doubt(verdict, str(error))
    return verdict


def add_doubt(verdict: Verdict, why: str) -> Verdict:
    return replace(verdict, cannot_tell=tuple(dict.fromkeys([*verdict.cannot_tell, why])))


def _written(prepared: PreparedPlan, kept: Ledger, outcomes: Sequence[Outcome]) -> Declared:
    """What stands in for fields that nobody can see: what this apply wrote, else the last one."""
    name = prepared.plan.tenant.name
    last = kept.declared(name) or Declared(name, frozenset())
    undone = {one.operation.address for one in outcomes if one.result not in DONE}
    resources = prepared.desired.resources
    stated = {
        change.address: kinds.stated_values(resources[change.address].fields)
        for change in prepared.plan.changes
        if change.address not in undone and change.address in resources
    }
    fields = {**last.fields, **stated}
    return Declared(name, last.addresses | stated.keys(), fields=fields)


def _left(prepared: PreparedPlan, found: Comparison, reading: Reading) -> tuple[Change, ...]:
    planned = {change.address: change for change in prepared.plan.changes}
    alive = kinds.by_id(reading.resources.values())
    return (
        *(change for change in found.changes if change.address in planned),
        *(
            c
            for c in planned.values()
            if c.action is Action.DELETE and (c.kind, c.live_id) in alive
        ),
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


def finish_empty(made: Plan, compared: ComparisonResult, kept: Ledger) -> Verdict:
    """An apply with nothing to do is a run as well: all that the files state is last applied."""
    run = kept.begin(made)
    verdict = remember_in_sync(made, compared, kept)
    kept.finish(run, verdict)
    return verdict


def finish_unchanged(prepared: PreparedPlan, kept: Ledger) -> Verdict:
    """The same for a saved plan, which is used up."""
    use_plan(prepared.plan, kept)
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
            is_whole = address in prepared.files.resources and not prepared.moved_on
            whole = {kinds.WHOLE: True} if is_whole else {}
            stated[address] = {**kinds.stated_values(resource.fields), **whole}
    kept.remember(name, stated)
    if not reading.capabilities.by_hand:
        kept.remember(name, evidence.mapping_of(reading))
    deleted = [c.address for c in prepared.plan.changes if c.action is Action.DELETE]
    kept.forget(name, [address for address in deleted if address not in unfinished])
