"""The input of rules that judge a plan: the changes and the order in which they are made.

`was` and `will` count the tenant before and after; `unknown` counts the agents of whom nobody knows
a collection. Before the changes are applied it is the tenant itself that breaks a rule, and a plan
is to blame only for what it makes worse.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.diagnostics import Position
from reconciler.model import (
    Address,
    Comparison,
    Desired,
    Graph,
    License,
    LicensePool,
    Reading,
)
from reconciler.rules import tally, tenant_views
from reconciler.rules.tally import Tally


@dataclass(frozen=True, slots=True)
class PlanView:
    desired: Desired
    reading: Reading
    comparison: Comparison
    graph: Graph
    was: Tally
    will: Tally
    pools: Mapping[License, LicensePool]
    unknown: Mapping[str, int] = field(default_factory=dict)

    def place(self, address: Address, *path: str | int) -> Position | None:
        """Where the files say it; None for what only the tenant knows."""
        resource = self.desired.resources.get(address)
        return resource.origin.at(*path) if resource and resource.origin else None


def plan_view(desired: Desired, reading: Reading, comparison: Comparison, graph: Graph) -> PlanView:
    was = tally.counted(reading.resources)
    steps = tuple(tally.steps(reading.resources, comparison.changes))
    will = tally.after(was, steps) if steps else was
    pools = tenant_views.pools(desired, reading)
    unknown = tally.unknown(reading)
    return PlanView(desired, reading, comparison, graph, was, will, pools, unknown)
