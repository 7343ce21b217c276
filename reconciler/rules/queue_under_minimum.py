"""A plan does not take the coverage of a queue or skill below its `min_agents`.

Where none is stated the minimum is one; where there were fewer before, it is what there were. What
counts is the lowest moment of the apply. The rest of an interrupted apply is judged as its plan
was. A new queue or skill may start with fewer, and one that had fewer before may keep them: both
are warnings. Where nobody knows the members of some agents, nothing is judged.

Passes: two members, `min_agents: 1`, one leaves.

Fails: the only member leaves.
"""

from collections.abc import Iterator

from reconciler import kinds
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.model import Action, Address
from reconciler.rules.plan_view import PlanView

ID = "queue-under-minimum"
SEVERITY = Severity.ERROR
STAY = "keep somebody in it, let a successor join in the same plan, or lower `min_agents`"
FIRST = (
    "somebody joins, yet only after somebody has left: add a seat or a number so that they join "
    "first, or lower `min_agents`"
)


def check(plan: PlanView) -> Iterator[Diagnostic]:
    if plan.unknown:
        return
    new = {c.address for c in plan.comparison.changes if c.action is Action.CREATE}
    checked_kinds = {
        kind
        for name, kind in kinds.MEMBERSHIPS.items()
        if name not in plan.reading.capabilities.hidden
    }
    for target in sorted(_targets(plan) | new):
        if kinds.kind_of(target) in checked_kinds:
            yield from _findings(plan, target, is_new=target in new)


def _targets(plan: PlanView) -> set[Address]:
    """Queues and skills that lose members by the plan or have a stated minimum."""
    was, will = plan.was.covered, plan.will.covered
    fewer = {target for target, count in was.items() if will[target] < count}
    reachable = plan.will.reachable
    fewer |= {t for t, count in plan.was.reachable.items() if reachable[t] < count}
    return fewer | plan.graph.lowest.keys() | plan.desired.minimums.keys()


def _findings(plan: PlanView, target: Address, *, is_new: bool) -> Iterator[Diagnostic]:
    before, after = plan.was.covered[target], plan.will.covered[target]
    lowest = min(after, plan.graph.lowest.get(target, after))
    stated = plan.desired.minimums.get(target)
    minimum = 1 if stated is None else stated
    floor = plan.graph.baseline.floor(target, stated, before)
    if lowest < floor:
        yield _finding(
            plan,
            target,
            Severity.ERROR,
            f"{target} falls to {_agents(lowest)} from {before}; {_needed(plan, target)}"
            f"{_searched(plan, target)}",
            FIRST if after >= floor else STAY,
        )
    elif _is_unreachable(plan, target):
        before, after = plan.was.reachable[target], plan.will.reachable[target]
        yield _finding(
            plan,
            target,
            Severity.ERROR,
            f"{target} falls to {_agents(after)} who can sign in from {before}; "
            f"{_needed(plan, target)}",
            "let somebody join first, or lower `min_agents`",
        )
    elif after < minimum and is_new:
        yield _finding(
            plan,
            target,
            Severity.WARNING,
            f"{target} is new and starts with {_agents(after)}; {_needed(plan, target)}",
            "enrol somebody, or expect its callers to wait",
        )
    elif after < minimum and target in plan.desired.minimums:
        yield _finding(
            plan,
            target,
            Severity.WARNING,
            f"{target} has {_agents(after)}; {_needed(plan, target)}",
            "enrol somebody, or lower `min_agents`",
        )


def _is_unreachable(plan: PlanView, target: Address) -> bool:
    """Whether too few are left who can sign in: whoever keeps the license without sign-in counts as
    coverage, and answers no call.
    """
    before, after = plan.was.reachable[target], plan.will.reachable[target]
    stated = plan.desired.minimums.get(target)
    return after < plan.graph.baseline.floor(target, stated, before)


def _needed(plan: PlanView, target: Address) -> str:
    minimum = plan.desired.minimums.get(target)
    return "its callers reach nobody" if minimum is None else f"its minimum is {minimum}"


def _searched(plan: PlanView, target: Address) -> str:
    """Hint whether another order might keep the minimum."""
    unproven = any(d.address == target and not d.is_proven for d in plan.graph.dips)
    return "; orders were not searched to the end" if unproven else ""


def _agents(count: int) -> str:
    return f"{count} licensed agent{'' if count == 1 else 's'}"


def _finding(
    plan: PlanView, target: Address, severity: Severity, summary: str, hint: str
) -> Diagnostic:
    return Diagnostic(ID, severity, summary, hint, target, plan.place(target))
