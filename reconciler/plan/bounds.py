"""What the order has to keep to, from the files and the tenant together."""

from reconciler.model import Bounds, Desired, Reading
from reconciler.ordering import Baseline
from reconciler.rules import laid


def bounds(desired: Desired, reading: Reading, baseline: Baseline | None = None) -> Bounds:
    """`baseline` is that of an interrupted run of the same changes."""
    pools = laid.pools(desired, reading)
    return Bounds(
        ranges=desired.ranges,
        purchased={n: p.purchased for n, p in pools.items() if p.purchased is not None},
        requires={n: p.requires for n, p in pools.items() if p.requires},
        minimums=desired.minimums,
        members_on_queue=reading.capabilities.members_on_queue,
        stated=desired.resources,
        baseline=baseline or Baseline(),
    )
