"""planfile -> read -> order -> guard -> apply -> read -> diff."""

import threading
from collections.abc import Iterator, Mapping, Sequence

from reconciler import (
    __version__,
    collector,
    diff,
    evidence,
    grades,
    guard,
    kinds,
    order,
    planfile,
    read,
    validate,
)
from reconciler import apply as applying
from reconciler import plan as planning
from reconciler.errors import StalePlanError
from reconciler.model import (
    Action,
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
    Verdict,
)
from reconciler.pipeline import known
from reconciler.pipeline.asked import Prepared, World

DONE = frozenset({Result.APPLIED, Result.MANUAL})
"""Results of operations that were done, by us or by a person."""


def trust(saved: Plan, tenant: Tenant, world: World, kept: Ledger, digest: str | None) -> None:
    """What can be told of a saved plan without the tenant. Raises `StalePlanError`."""
    planfile.verify(saved)
    ref = TenantRef(tenant.name, tenant.provider, tenant.url)
    hint = "plan again"
    if saved.tenant != ref:
        raise StalePlanError(
            f"the plan is for tenant {saved.tenant.name}, not {ref.name}", hint=hint
        )
    if digest is not None and saved.digest != digest:
        raise StalePlanError(
            f"the plan's digest is {saved.digest}, and {digest} was approved",
            hint="have the new plan approved",
        )
    if saved.expires_at <= world.now:
        raise StalePlanError(
            f"the plan expired at {saved.expires_at:%Y-%m-%d %H:%M} UTC", hint=hint
        )
    if kept.was_used(saved.plan_id):
        raise StalePlanError("the plan was used before; a plan is applied once", hint=hint)


@collector.paused()
def prepare(
    saved: Plan,
    tenant: Tenant,
    provider: Provider,
    allow: Mapping[str, int],
    *,
    scale: known.Scale,
    kept: Ledger,
) -> Prepared:
    """Reads the tenant again and judges the plan by it. Raises `StalePlanError`."""
    seen, applied = read.live(provider), kept.declared(tenant.name)
    if not tenant.mapping:
        evidence.expect_mapping(seen, applied)
    seen = evidence.doubted(seen, applied)
    reading = scale.weigh(seen, kept)
    evidence.expect_as_many(reading, saved.live.resources, saved.policy.absent_percent)
    moved = applying.stale(saved, reading)
    if moved:
        raise StalePlanError(
            f"the tenant has moved since the plan was made: {'; '.join(moved[:10])}",
            hint="plan again",
        )
    desired = planning.restate(saved, reading, tenant)
    bounds = planning.bounds(desired, reading)
    graph = order.operations(saved.changes, reading, bounds)
    comparison = managed(saved, reading)
    given = {a.what: a.count for a in saved.acknowledged} | dict(allow)
    blockers, acknowledged = guard.check(desired, reading, comparison, allow=given)
    found = validate.live(desired, reading, comparison, graph)
    judged = planning.assemble(
        desired,
        reading,
        comparison,
        graph,
        bounds,
        diagnostics=found,
        blockers=blockers,
        acknowledged=acknowledged,
        stamp=planning.Stamp(saved.plan_id, saved.digest, saved.created_at, __version__),
    )
    still = guard.still_standing(saved.blockers, judged.blockers, given)
    return Prepared(saved, desired, reading, graph, (*judged.blockers, *still), scale)


def managed(saved: Plan, reading: Reading) -> Comparison:
    """The plan's changes, with everything live that the plan did not call unmanaged."""
    strangers = {item.address for item in saved.unmanaged}
    mine = {a: r for a, r in reading.resources.items() if a not in strangers}
    return Comparison(saved.changes, {}, mine)


def start(prepared: Prepared, kept: Ledger) -> str:
    """Uses the plan up and opens a run. Raises `StalePlanError` where somebody was faster."""
    saved = prepared.plan
    if not kept.use_plan(saved.plan_id, saved.tenant.name):
        raise StalePlanError("the plan was used before; a plan is applied once", hint="plan again")
    return kept.begin(saved)


def execute(
    prepared: Prepared,
    provider: Provider,
    kept: Ledger,
    run: str,
    *,
    settings: applying.Settings,
    stop: threading.Event,
) -> Iterator[Outcome]:
    """Walks the graph; every outcome as it becomes known."""
    return applying.run(
        prepared.graph.operations,
        provider.writer,
        known=applying.handles(prepared.plan, prepared.reading),
        ledger=kept,
        run_id=run,
        settings=settings,
        stop=stop,
    )


def verify(
    prepared: Prepared, provider: Provider, kept: Ledger, run: str, outcomes: Sequence[Outcome]
) -> Verdict:
    """Reads the tenant once more: converged, or what is left of the plan. Closes the run."""
    verdict = Verdict(tuple(outcomes), converged=False)
    try:
        written = _written(prepared, kept, outcomes)
        seen = evidence.doubted(read.live(provider), written)
        reading = prepared.scale.weigh(seen, kept)
        found = diff.compare(prepared.desired, reading, before=written)
        left = (*_left(prepared, found, reading), *_unseen(prepared, found, outcomes))
        verdict = Verdict(
            tuple(outcomes), not left, left, prepared.plan.unobserved, _grades(prepared, found)
        )
        _remember(prepared, left, kept)
        if not reading.capabilities.by_hand:
            kept.remember(prepared.plan.tenant.name, evidence.mapping_of(reading))
    finally:
        kept.finish(run, verdict)
    return verdict


def _written(prepared: Prepared, kept: Ledger, outcomes: Sequence[Outcome]) -> Declared:
    """What stands in for fields that nobody can see: what this apply wrote, else the last one."""
    name = prepared.plan.tenant.name
    last = kept.declared(name) or Declared(name, frozenset())
    undone = {one.operation.address for one in outcomes if one.result not in DONE}
    stated = {
        change.address: kinds.stated_values(prepared.desired.resources[change.address].fields)
        for change in prepared.plan.changes
        if change.address not in undone and change.address in prepared.desired.resources
    }
    fields = {**last.fields, **stated}
    return Declared(name, last.addresses | stated.keys(), fields=fields)


def _left(prepared: Prepared, found: Comparison, reading: Reading) -> tuple[Change, ...]:
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


def _unseen(prepared: Prepared, found: Comparison, outcomes: Sequence[Outcome]) -> Iterator[Change]:
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


def _grades(prepared: Prepared, found: Comparison) -> tuple[Graded, ...]:
    """What the plan knew of everything, with what is known now of the objects that it changed."""
    whole = prepared.plan.grades
    if not whole:
        return found.grades
    before = diff.compare(prepared.desired, prepared.reading).grades
    return grades.regraded(whole, before, found.grades)


def _remember(prepared: Prepared, left: Sequence[Change], kept: Ledger) -> None:
    """What the plan changed is now last applied; what it deleted is forgotten."""
    name = prepared.plan.tenant.name
    unfinished = {change.address for change in left}
    stated = {
        address: kinds.stated_values(resource.fields)
        for address, resource in prepared.desired.resources.items()
        if address not in unfinished
    }
    kept.remember(name, stated)
    deleted = [c.address for c in prepared.plan.changes if c.action is Action.DELETE]
    kept.forget(name, [address for address in deleted if address not in unfinished])


def remember_all(desired: Desired, verdict: Verdict, kept: Ledger) -> None:
    """All that the files state is in the tenant: the base of the next three-way comparison."""
    left = {change.address for change in verdict.left}
    stated = {
        address: kinds.stated_values(resource.fields)
        for address, resource in desired.resources.items()
        if address not in left
    }
    kept.remember(desired.tenant.name, stated)
