"""What a plan means: seats, coverage, access, extension ranges. Every list is complete.

Coverage of a queue or skill counts its members who hold a license. An agent has access, which is to
say can sign in and be sent calls, who holds a license and whose sign-in is not off; in which queues
is the matter of coverage.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

from reconciler import kinds
from reconciler.model import (
    Access,
    Address,
    Coverage,
    Desired,
    ExtensionRange,
    FieldValue,
    Forecast,
    Graph,
    License,
    LicensePool,
    Price,
    RangeUse,
    Reading,
    Resource,
    SeatCost,
    Seats,
)
from reconciler.rules.tally import Resources, Step, Tally, assigned

TARGETS = frozenset({kinds.QUEUE, kinds.SKILL})
REQUESTS_A_SECOND = 10
"""What the forecast assumes of a tenant; a slower one sets its own pace."""


def seats(
    pools: Mapping[License, LicensePool],
    resources: Resources,
    was: Tally,
    will: Tally,
    graph: Graph,
) -> tuple[Seats, ...]:
    """One entry a pool, declared or live. The tenant may know of more seats in use than it shows
    holders.
    """
    return tuple(
        _seats(
            pool,
            max(assigned(resources, name), was.licenses[name]),
            will.licenses[name] - was.licenses[name],
            graph.peaks.get(name, 0),
        )
        for name, pool in sorted(pools.items())
    )


def _seats(pool: LicensePool, before: int, more: int, peak: int) -> Seats:
    end, purchased = before + more, pool.purchased
    return Seats(
        license=pool.license,
        purchased=purchased,
        assigned=before,
        after=end,
        peak=max(peak, before, end),
        free=None if purchased is None else max(0, purchased - end),
        over=0 if purchased is None else max(0, end - purchased),
        requires=pool.requires,
    )


def costs(
    pools: Mapping[License, LicensePool],
    steps: Sequence[Step],
    seats: Sequence[Seats],
) -> tuple[SeatCost, ...]:
    """What the changes take into use a month, license by license, and what stays idle. Seats are
    counted only where everybody's are known; a change counts in any case.
    """
    counted = {one.license: one for one in seats}
    found = []
    for name, pool in sorted(pools.items()):
        if pool.price is not None:
            found.append(_cost(pool, pool.price, *_taken(name, steps), counted.get(name)))
    return tuple(found)


def _taken(name: License, steps: Sequence[Step]) -> tuple[int, bool]:
    """How many seats more are in use, and whether some of them may be already."""
    more, is_unsure = 0, False
    for step in _agents(steps):
        was, will = _held(step.was), _held(step.will)
        moved = (name in will) - (name in was)
        more += moved
        is_unsure |= bool(moved) and bool(step.was) and "licenses" not in step.was
    return more, is_unsure


def _held(fields: Mapping[str, FieldValue]) -> frozenset[str]:
    held = fields.get("licenses")
    return held if isinstance(held, frozenset) else frozenset()


def _cost(
    pool: LicensePool, price: Price, more: int, at_most: bool, seats: Seats | None
) -> SeatCost:
    idle = seats.free if seats else None
    return SeatCost(
        pool.license,
        more,
        at_most,
        str(monthly(price, more)),
        idle,
        None if idle is None else str(monthly(price, idle)),
        price.currency,
    )


def monthly(price: Price, seats: int) -> Decimal:
    """To the hundredth; what is paid by the year is divided by twelve."""
    amount = price.amount * seats / (12 if price.per == "year" else 1)
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def coverage(
    desired: Desired,
    resources: Resources,
    was: Tally,
    will: Tally,
    graph: Graph,
    steps: Sequence[Step],
) -> tuple[Coverage, ...]:
    """One entry a queue or skill, declared or live."""
    joins, leaves = _moves(steps)
    return tuple(
        Coverage(
            address=target,
            before=was.covered[target],
            lowest=min(
                graph.lowest.get(target, was.covered[target]),
                was.covered[target],
                will.covered[target],
            ),
            after=will.covered[target],
            minimum=desired.minimums.get(target),
            join=tuple(joins.get(target, ())),
            leave=tuple(leaves.get(target, ())),
        )
        for target in sorted(_targets(desired.resources) | _targets(resources) | _made(steps))
    )


def _targets(resources: Mapping[Address, Resource]) -> set[Address]:
    return {address for address, resource in resources.items() if resource.kind in TARGETS}


def _made(steps: Iterable[Step]) -> set[Address]:
    return {step.address for step in steps if step.kind in TARGETS}


def _moves(
    steps: Iterable[Step],
) -> tuple[dict[Address, list[Address]], dict[Address, list[Address]]]:
    """Who starts and who stops covering what, in the order of the changes."""
    joins: dict[Address, list[Address]] = {}
    leaves: dict[Address, list[Address]] = {}
    for step in _agents(steps):
        old, new = set(kinds.covered(step.was)), set(kinds.covered(step.will))
        for target in new - old:
            joins.setdefault(target, []).append(step.address)
        for target in old - new:
            leaves.setdefault(target, []).append(step.address)
    return joins, leaves


def access(steps: Iterable[Step]) -> Access:
    """Whose licenses nobody sees has access as long as the sign-in is on."""
    moved = [(step, *_access(step)) for step in _agents(steps)]
    return Access(
        gain=tuple(sorted(step.address for step, was, will in moved if will and not was)),
        lose=tuple(sorted(step.address for step, was, will in moved if was and not will)),
    )


def _access(step: Step) -> tuple[bool, bool]:
    """Before and after. Whoever is made has the licenses that are given, and no others."""
    is_unseen = bool(step.was) and "licenses" not in step.was
    was, will = (
        bool(fields) and fields.get("active") is not False for fields in (step.was, step.will)
    )
    if is_unseen:
        return was, will
    return was and bool(step.was.get("licenses")), will and bool(step.will.get("licenses"))


def _agents(steps: Iterable[Step]) -> Iterable[Step]:
    return (step for step in steps if step.kind == kinds.AGENT)


def extensions(ranges: Sequence[ExtensionRange], was: Tally, will: Tally) -> tuple[RangeUse, ...]:
    """How full each declared range is, and how many of its numbers strangers will hold."""
    later, foreign = _use(ranges, will)
    used = later if will is was else _use(ranges, was)[0]
    return tuple(
        RangeUse(
            range=interval.name,
            first=interval.first,
            last=interval.last,
            used=used[interval.name],
            after=later[interval.name],
            free=max(0, _size(interval) - later[interval.name]),
            foreign=foreign[interval.name],
            purpose=interval.purpose,
            unlisted=interval.unlisted,
        )
        for interval in ranges
    )


def _use(ranges: Sequence[ExtensionRange], tally: Tally) -> tuple[Counter[str], Counter[str]]:
    """Numbers in use by range, and those of them whose holder belongs elsewhere."""
    by_width: dict[int, list[ExtensionRange]] = {}
    for interval in ranges:
        by_width.setdefault(len(interval.first), []).append(interval)
    used: Counter[str] = Counter()
    foreign: Counter[str] = Counter()
    for number, purposes in tally.numbers.items():
        for interval in by_width.get(len(number), ()) if purposes else ():
            if interval.holds(number):
                used[interval.name] += 1
                foreign[interval.name] += purposes.count(interval.purpose) < len(purposes)
    return used, foreign


def _size(interval: ExtensionRange) -> int:
    return int(interval.last) - int(interval.first) + 1


def forecast(graph: Graph, reading: Reading) -> Forecast:
    """Requests of an apply: its writes, and a reading before and after them. What a person does by
    hand needs none, and nobody can say how long it takes.
    """
    writes = 0 if reading.capabilities.by_hand else len(graph.operations)
    requests = writes + 2 * reading.requests if graph.operations else 0
    return Forecast(requests, -(-requests // REQUESTS_A_SECOND))
