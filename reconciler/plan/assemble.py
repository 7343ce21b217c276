"""Assemble a plan from a comparison, its order, and what both mean."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from reconciler import kinds
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.model import (
    Action,
    Allowance,
    Blocker,
    Bounds,
    Comparison,
    Desired,
    DriftItem,
    Graph,
    LiveRef,
    Plan,
    Reading,
    TenantRef,
)
from reconciler.ordering import Baseline
from reconciler.plan import impact
from reconciler.plan.blockers import from_findings
from reconciler.rules import tally, tenant_views

EXPIRES = timedelta(days=8)
"""From the start of the day on which a plan is made: it holds for seven days, and all that are made
on one day end together, so that the same plan made again has the same digest.
"""
COUNTED = (kinds.AGENT, kinds.QUEUE, kinds.SKILL)


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a plan gets from outside: id and digest (where known), time and tool version."""

    plan_id: str
    digest: str
    created_at: datetime
    tool_version: str


def assemble(
    desired: Desired,
    reading: Reading,
    comparison: Comparison,
    graph: Graph,
    bounds: Bounds,
    *,
    diagnostics: Sequence[Diagnostic],
    blockers: Sequence[Blocker],
    acknowledged: Sequence[Allowance],
    stamp: Stamp,
    drift: Sequence[DriftItem] = (),
    select: Sequence[str] = (),
    exclude: Sequence[str] = (),
) -> Plan:
    """Assemble the plan. Every diagnostic of severity error becomes a blocker."""
    live = reading.resources
    agent_steps = tuple(tally.steps(live, comparison.changes))
    before = tally.counted(live)
    after = tally.after(before, agent_steps) if agent_steps else before
    unknown = tally.unknown(reading)
    pools = {} if "licenses" in unknown else tenant_views.pools(desired, reading)
    seats = impact.seats(pools, live, before, after, graph)
    coverage = () if unknown else impact.coverage(desired, live, before, after, graph, agent_steps)
    all_blockers = (*blockers, *from_findings(diagnostics, seats, coverage, bounds.baseline))
    return Plan(
        tool_version=stamp.tool_version,
        plan_id=stamp.plan_id,
        digest=stamp.digest,
        created_at=stamp.created_at,
        as_of=desired.as_of,
        expires_at=expiry(stamp.created_at),
        tenant=tenant_ref(desired),
        config=desired.config,
        live=LiveRef(True, len(live), reading.requests),
        applyable=not all_blockers and not graph.conflicts,
        complete=not graph.conflicts,
        summary=summary(comparison),
        changes=comparison.changes,
        operations=graph.operations,
        drift=tuple(drift),
        unmanaged=comparison.unmanaged,
        unobserved=comparison.unobserved,
        grades=comparison.grades,
        seats=seats,
        costs=impact.costs(tenant_views.pools(desired, reading), agent_steps, seats),
        coverage=coverage,
        access=impact.access(agent_steps),
        extensions=impact.extensions(desired.ranges, before, after),
        forecast=impact.forecast(graph, reading),
        diagnostics=tuple(diagnostics),
        blockers=all_blockers,
        acknowledged=tuple(acknowledged),
        policy=desired.policy,
        select=tuple(select),
        exclude=tuple(exclude),
    )


def idle_seats(desired: Desired, reading: Reading) -> list[Diagnostic]:
    """Report purchased seats that nobody has, with their monthly cost, for the drift report.

    Nothing is reported where the licenses of some agents are unknown.
    """
    is_priced = any(pool.price for pool in desired.pools.values())
    if not is_priced or "licenses" in tally.unknown(reading):
        return []
    tally_now, pools = tally.counted(reading.resources), tenant_views.pools(desired, reading)
    seats = impact.seats(pools, reading.resources, tally_now, tally_now, Graph(()))
    return [
        Diagnostic(
            "idle-seats",
            Severity.WARNING,
            f"{cost.idle} of {pool_seats.purchased} seats of {pool_seats.license} are idle: "
            f"{cost.idle_amount} {cost.currency} a month",
            "give them to somebody, or buy fewer",
            kinds.address(kinds.LICENSE_POOL, pool_seats.license),
        )
        for pool_seats in seats
        for cost in impact.costs(pools, (), seats)
        if cost.license == pool_seats.license and cost.idle
    ]


def bounds(desired: Desired, reading: Reading, baseline: Baseline | None = None) -> Bounds:
    """Return the limits that the order keeps to, from the files and the tenant together.

    `baseline` is that of an interrupted run of the same changes.
    """
    pools = tenant_views.pools(desired, reading)
    return Bounds(
        ranges=desired.ranges,
        purchased={n: p.purchased for n, p in pools.items() if p.purchased is not None},
        requires={n: p.requires for n, p in pools.items() if p.requires},
        minimums=desired.minimums,
        members_on_queue=reading.capabilities.members_on_queue,
        stated=desired.resources,
        baseline=baseline or Baseline(),
    )


def expiry(created_at: datetime) -> datetime:
    return datetime.combine(created_at.astimezone(UTC).date(), time(), UTC) + EXPIRES


def tenant_ref(desired: Desired) -> TenantRef:
    tenant = desired.tenant
    return TenantRef(tenant.name, tenant.provider, tenant.url)


def summary(comparison: Comparison) -> Mapping[str, Mapping[str, int]]:
    """Count changes by kind and action, with zeros for actions that do not occur."""
    counted = Counter((change.kind, change.action) for change in comparison.changes)
    actions = [action for action in Action if action is not Action.NO_OP]
    return {
        kind: {
            **{action.value: counted[kind, action] for action in actions},
            "unchanged": comparison.unchanged.get(kind, 0),
        }
        for kind in COUNTED
    }
