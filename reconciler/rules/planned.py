"""What a rule looks at for which a `View` is not enough: the changes, and the order found for them.

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
from reconciler.rules import laid, tally
from reconciler.rules.tally import Tally


@dataclass(frozen=True, slots=True)
class Planned:
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


def planned(desired: Desired, reading: Reading, comparison: Comparison, graph: Graph) -> Planned:
    was = tally.counted(reading.resources)
    steps = tuple(tally.steps(reading.resources, comparison.changes))
    will = tally.after(was, steps) if steps else was
    pools = laid.pools(desired, reading)
    unknown = tally.unknown(reading)
    return Planned(desired, reading, comparison, graph, was, will, pools, unknown)
