"""The writes of a plan have an order in which no rule is broken on the way.

Passes: two agents exchange their extensions, and their range has a free number to park on.

Fails: the same in a full range.
"""

from collections.abc import Iterator

from reconciler.diagnostics import Diagnostic, Severity
from reconciler.rules.plan_view import PlanView

ID = "no-safe-order"
SEVERITY = Severity.ERROR


def check(plan: PlanView) -> Iterator[Diagnostic]:
    places = {change.address: change.source for change in plan.comparison.changes}
    for conflict in plan.graph.conflicts:
        who = ", ".join(conflict.addresses[:5])
        more = len(conflict.addresses) - 5
        people = f"{who}{f' and {more} more' if more > 0 else ''}"
        result = (
            f"no safe order exists for {people}"
            if conflict.is_proven
            else f"no order was found for {people}, not searched to the end"
        )
        yield Diagnostic(
            ID,
            SEVERITY,
            f"{result}: lacking {conflict.lacks}",
            "; or ".join(conflict.resolutions),
            conflict.addresses[0],
            places.get(conflict.addresses[0]),
        )
