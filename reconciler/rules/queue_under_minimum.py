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
from reconciler.rules.planned import Planned

ID = "queue-under-minimum"
SEVERITY = Severity.ERROR
STAY = "keep somebody in it, let a successor join in the same plan, or lower `min_agents`"
FIRST = (
    "somebody joins, yet only after somebody has left: add a seat or a number so that they join "
    "first, or lower `min_agents`"
)


def check(planned: Planned) -> Iterator[Diagnostic]:
    if planned.unknown:
        return
    new = {c.address for c in planned.comparison.changes if c.action is Action.CREATE}
    judged = {
        kind
        for name, kind in kinds.MEMBERSHIPS.items()
        if name not in planned.reading.capabilities.hidden
    }
    for target in sorted(_targets(planned) | new):
        if kinds.kind_of(target) in judged:
            yield from _judged(planned, target, is_new=target in new)


def _targets(planned: Planned) -> set[Address]:
    """Where something may be amiss: the plan takes from it, or a minimum is stated for it."""
    was, will = planned.was.covered, planned.will.covered
    fewer = {target for target, count in was.items() if will[target] < count}
    reachable = planned.will.reachable
    fewer |= {t for t, count in planned.was.reachable.items() if reachable[t] < count}
    return fewer | planned.graph.lowest.keys() | planned.desired.minimums.keys()


def _judged(planned: Planned, target: Address, *, is_new: bool) -> Iterator[Diagnostic]:
    before, after = planned.was.covered[target], planned.will.covered[target]
    lowest = min(after, planned.graph.lowest.get(target, after))
    stated = planned.desired.minimums.get(target)
    minimum = 1 if stated is None else stated
    floor = planned.graph.baseline.floor(target, stated, before)
    if lowest < floor:
        yield _finding(
            planned,
            target,
            Severity.ERROR,
            f"{target} falls to {_agents(lowest)} from {before}; {_needed(planned, target)}"
            f"{_searched(planned, target)}",
            FIRST if after >= floor else STAY,
        )
    elif _is_unreachable(planned, target, minimum):
        before, after = planned.was.reachable[target], planned.will.reachable[target]
        yield _finding(
            planned,
            target,
            Severity.ERROR,
            f"{target} falls to {_agents(after)} who can sign in from {before}; "
            f"{_needed(planned, target)}",
            "let somebody join first, or lower `min_agents`",
        )
    elif after < minimum and is_new:
        yield _finding(
            planned,
            target,
            Severity.WARNING,
            f"{target} is new and starts with {_agents(after)}; {_needed(planned, target)}",
            "enrol somebody, or expect its callers to wait",
        )
    elif after < minimum and target in planned.desired.minimums:
        yield _finding(
            planned,
            target,
            Severity.WARNING,
            f"{target} has {_agents(after)}; {_needed(planned, target)}",
            "enrol somebody, or lower `min_agents`",
        )


def _is_unreachable(planned: Planned, target: Address, minimum: int) -> bool:
    """Whether too few are left who can sign in: whoever keeps the license without sign-in counts as
    coverage, and answers no call.
    """
    before, after = planned.was.reachable[target], planned.will.reachable[target]
    return after < min(minimum, before)


def _needed(planned: Planned, target: Address) -> str:
    minimum = planned.desired.minimums.get(target)
    return "its callers reach nobody" if minimum is None else f"its minimum is {minimum}"


def _searched(planned: Planned, target: Address) -> str:
    """Whether another order might do."""
    unproven = any(d.address == target and not d.is_proven for d in planned.graph.dips)
    return "; orders were not searched to the end" if unproven else ""


def _agents(count: int) -> str:
    return f"{count} licensed agent{'' if count == 1 else 's'}"


def _finding(
    planned: Planned, target: Address, severity: Severity, summary: str, hint: str
) -> Diagnostic:
    return Diagnostic(ID, severity, summary, hint, target, planned.place(target))
