"""All parts of a plan, put together; nothing is decided here but whether it may be applied."""

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
from reconciler.plan import impact
from reconciler.plan.blockers import from_findings
from reconciler.rules import laid, tally

EXPIRES = timedelta(days=8)
"""From the start of the day on which a plan is made: it holds for seven days, and all that are made
on one day end together, so that the same plan made again has the same digest.
"""
COUNTED = (kinds.AGENT, kinds.QUEUE, kinds.SKILL)


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a plan has from outside: id and digest (where it has them), the time, the version."""

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
    """The plan as a value. Every error among the findings blocks, and is listed as a blocker."""
    live = reading.resources
    steps = tuple(tally.steps(live, comparison.changes))
    was = tally.counted(live)
    will = tally.after(was, steps) if steps else was
    hidden = tally.unknown(reading)
    pools = {} if "licenses" in hidden else laid.pools(desired, reading)
    seats = impact.seats(pools, live, was, will, graph)
    coverage = () if hidden else impact.coverage(desired, live, was, will, graph, steps)
    stopping = (*blockers, *from_findings(diagnostics, seats, coverage, bounds.baseline))
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
        applyable=not stopping and not graph.conflicts,
        complete=not graph.conflicts,
        summary=summary(comparison),
        changes=comparison.changes,
        operations=graph.operations,
        drift=tuple(drift),
        unmanaged=comparison.unmanaged,
        unobserved=comparison.unobserved,
        grades=comparison.grades,
        seats=seats,
        costs=impact.costs(laid.pools(desired, reading), steps, seats),
        coverage=coverage,
        access=impact.access(steps),
        extensions=impact.extensions(desired.ranges, was, will),
        forecast=impact.forecast(graph, reading),
        diagnostics=tuple(diagnostics),
        blockers=stopping,
        acknowledged=tuple(acknowledged),
        policy=desired.policy,
        select=tuple(select),
        exclude=tuple(exclude),
    )


def idle_seats(desired: Desired, reading: Reading) -> list[Diagnostic]:
    """Purchased seats that nobody has, and what they cost a month. For the drift report; nothing
    where not everybody's licenses are known.
    """
    is_priced = any(pool.price for pool in desired.pools.values())
    if not is_priced or "licenses" in tally.unknown(reading):
        return []
    was, pools = tally.counted(reading.resources), laid.pools(desired, reading)
    seats = impact.seats(pools, reading.resources, was, was, Graph(()))
    return [
        Diagnostic(
            "idle-seats",
            Severity.WARNING,
            f"{cost.idle} of {one.purchased} seats of {one.license} are idle: {cost.idle_amount} "
            f"{cost.currency} a month",
            "give them to somebody, or buy fewer",
            kinds.address(kinds.LICENSE_POOL, one.license),
        )
        for one in seats
        for cost in impact.costs(pools, (), seats)
        if cost.license == one.license and cost.idle
    ]


def expiry(created_at: datetime) -> datetime:
    return datetime.combine(created_at.astimezone(UTC).date(), time(), UTC) + EXPIRES


def tenant_ref(desired: Desired) -> TenantRef:
    tenant = desired.tenant
    return TenantRef(tenant.name, tenant.provider, tenant.url)


def summary(comparison: Comparison) -> Mapping[str, Mapping[str, int]]:
    """Counts per kind and action; every action, the ones that do not occur as well."""
    counted = Counter((change.kind, change.action) for change in comparison.changes)
    actions = [action for action in Action if action is not Action.NO_OP]
    return {
        kind: {
            **{action.value: counted[kind, action] for action in actions},
            "unchanged": comparison.unchanged.get(kind, 0),
        }
        for kind in COUNTED
    }
