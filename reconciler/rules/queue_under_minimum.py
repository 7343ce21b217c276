"""A plan does not take the coverage of a queue or skill below its `min_agents`.

Where none is stated the minimum is one; where there were fewer before, it is what there were. What
counts is the lowest moment of the apply. A new queue or skill may start empty, with a warning.

Passes: two members, `min_agents: 1`, one leaves.

Fails: the only member leaves.
"""

from collections.abc import Iterator

from reconciler import kinds
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.model import Address, Comparison, Desired, Graph, Reading

ID = "queue-under-minimum"
SEVERITY = Severity.ERROR


def check(
    desired: Desired, reading: Reading, comparison: Comparison, graph: Graph
) -> Iterator[Diagnostic]:
    covered = _coverage(reading)
    for target, lowest in sorted(graph.lowest.items()):
        minimum = desired.minimums.get(target, 1)
        floor = min(minimum, covered.get(target, 0))
        if lowest < floor:
            yield _finding(
                desired,
                target,
                Severity.ERROR,
                f"{target} falls to {lowest} licensed {_people(lowest)}; its minimum is {floor}",
                "keep somebody in it, let a successor join in the same plan, or lower `min_agents`",
            )
    for change in comparison.changes:
        target, wanted = change.address, desired.minimums.get(change.address, 1)
        is_target = change.kind in (kinds.QUEUE, kinds.SKILL) and change.live_id is None
        if is_target and _joiners(comparison, target) < wanted:
            yield _finding(
                desired,
                target,
                Severity.WARNING,
                f"{target} is new and starts with fewer than {wanted} licensed {_people(wanted)}",
                "enrol somebody, or expect its callers to wait",
            )


def _coverage(reading: Reading) -> dict[Address, int]:
    counted: dict[Address, int] = {}
    for resource in reading.resources.values():
        if resource.kind == kinds.AGENT:
            for target in kinds.covered(resource.fields):
                counted[target] = counted.get(target, 0) + 1
    return counted


def _joiners(comparison: Comparison, target: Address) -> int:
    return sum(
        kinds.membership_address(item.path) == target and item.after is not None
        for change in comparison.changes
        for item in change.fields
    )


def _people(count: int) -> str:
    return "agent" if count == 1 else "agents"


def _finding(
    desired: Desired, target: Address, severity: Severity, summary: str, hint: str
) -> Diagnostic:
    resource = desired.resources.get(target)
    place = resource.origin.at() if resource and resource.origin else None
    return Diagnostic(ID, severity, summary, hint, target, place)
