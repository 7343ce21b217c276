"""All parts of a plan, put together; nothing is decided here but whether it may be applied."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from reconciler import kinds
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.model import (
    Action,
    Allowance,
    Blocker,
    Bounds,
    Comparison,
    Desired,
    Graph,
    LiveRef,
    Plan,
    Reading,
    TenantRef,
)
from reconciler.plan import impact
from reconciler.plan.bounds import binding

EXPIRES = timedelta(days=7)
COUNTED = (kinds.AGENT, kinds.QUEUE, kinds.SKILL)
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a plan has from outside: its id and digest, the time, the tool's version."""

    plan_id: str
    digest: str
    created_at: datetime
    tool_version: str


def new_id(now: datetime, chance: bytes) -> str:
    """A ULID: 48 bits of milliseconds and 80 of chance, in Crockford's base 32."""
    number = int(now.timestamp() * 1000) << 80 | int.from_bytes(chance[:10])
    return "".join(CROCKFORD[number >> shift & 31] for shift in range(125, -1, -5))


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
) -> Plan:
    """The plan as a value. Every error among the findings blocks, and is listed as a blocker."""
    before = reading.resources
    after = kinds.after_changes(before, comparison.changes)
    stopping = (*blockers, *_from_findings(diagnostics))
    pools = binding(desired, reading)
    requires = {name: pool.requires for name, pool in pools.items() if pool.requires}
    return Plan(
        tool_version=stamp.tool_version,
        plan_id=stamp.plan_id,
        digest=stamp.digest,
        created_at=stamp.created_at,
        as_of=desired.as_of,
        expires_at=stamp.created_at + EXPIRES,
        tenant=tenant_ref(desired),
        config=desired.config,
        live=LiveRef(True, len(before), reading.requests),
        applyable=not stopping,
        complete=not graph.conflicts,
        summary=summary(comparison),
        changes=comparison.changes,
        operations=graph.operations,
        unmanaged=comparison.unmanaged,
        unobserved=comparison.unobserved,
        seats=impact.seats(before, after, bounds, graph, requires),
        coverage=impact.coverage(before, after, desired, graph, comparison.changes),
        access=impact.access(before, after, comparison.changes),
        extensions=impact.extensions(before, after, desired.ranges),
        forecast=impact.forecast(graph, reading),
        diagnostics=tuple(diagnostics),
        blockers=stopping,
        acknowledged=tuple(acknowledged),
        policy=desired.policy,
    )


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


def _from_findings(diagnostics: Iterable[Diagnostic]) -> tuple[Blocker, ...]:
    counted = Counter(d.rule for d in diagnostics if d.severity is Severity.ERROR)
    return tuple(
        Blocker(
            guard=finding.rule,
            planned=counted[finding.rule],
            limit=0,
            acknowledge=None,
            address=finding.address,
            summary=finding.summary,
            hint=finding.hint,
        )
        for finding in diagnostics
        if finding.severity is Severity.ERROR
    )
