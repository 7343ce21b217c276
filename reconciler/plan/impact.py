"""The impact of a plan on seats, coverage, access and extension ranges; all lists are complete.

Coverage of a queue or skill counts its members who hold a license. An agent has access, which is to
say can sign in and be sent calls, who holds a license and whose sign-in is not off; in which queues
is the matter of coverage.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

from reconciler import kinds
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.model import (
    Access,
    Address,
    Change,
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
from reconciler.rules import tally
from reconciler.rules.tally import Resources, Step, Tally, assigned

TARGETS = frozenset({kinds.QUEUE, kinds.SKILL})
REQUESTS_A_SECOND = 10
"""What the forecast assumes of a tenant; a slower one sets its own pace."""


def seats(
    pools: Mapping[License, LicensePool],
    resources: Resources,
    before: Tally,
    after: Tally,
    graph: Graph,
) -> tuple[Seats, ...]:
    """Return an entry for each pool, declared or live.

    The tenant may count more seats in use than it shows holders.
    """
    return tuple(
        _seats(
            pool,
            max(assigned(resources, name), before.licenses[name]),
            after.licenses[name] - before.licenses[name],
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
    """Return what the changes cost a month by license, and what idle seats cost.

    Idle seats are counted only where the licenses of all agents are known.
    """
    counted = {row.license: row for row in seats}
    costs_of_pools = []
    for name, pool in sorted(pools.items()):
        if pool.price is not None:
            costs_of_pools.append(_cost(pool, pool.price, *_taken(name, steps), counted.get(name)))
    return tuple(costs_of_pools)


def _taken(name: License, steps: Sequence[Step]) -> tuple[int, bool]:
    """Return how many more seats are in use, and whether some of them may be in use already."""
    more, is_unsure = 0, False
    for step in _agents(steps):
        held_before, held_after = _held(step.was), _held(step.will)
        moved = (name in held_after) - (name in held_before)
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
    """Return the monthly price, rounded to hundredths; a yearly price is divided by twelve."""
    amount = price.amount * seats / (12 if price.per == "year" else 1)
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def coverage(
    desired: Desired,
    resources: Resources,
    before: Tally,
    after: Tally,
    graph: Graph,
    steps: Sequence[Step],
) -> tuple[Coverage, ...]:
    """Return an entry for each queue or skill, declared or live."""
    joins, leaves = _moves(steps)
    return tuple(
        Coverage(
            address=target,
            before=before.covered[target],
            lowest=min(
                graph.lowest.get(target, before.covered[target]),
                before.covered[target],
                after.covered[target],
            ),
            after=after.covered[target],
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
    """Return who starts and who stops covering each target, in the order of the changes."""
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
    """Return who gains and who loses access.

    An agent whose licenses are unobserved has access as long as the sign-in is on.
    """
    moved = [(step, *_access(step)) for step in _agents(steps)]
    return Access(
        gain=tuple(sorted(step.address for step, had, has in moved if has and not had)),
        lose=tuple(sorted(step.address for step, had, has in moved if had and not has)),
    )


def _access(step: Step) -> tuple[bool, bool]:
    """Return access before and after a step; a new agent has only the licenses that are given."""
    is_unseen = bool(step.was) and "licenses" not in step.was
    had, has = (
        bool(fields) and fields.get("active") is not False for fields in (step.was, step.will)
    )
    if is_unseen:
        return had, has
    return had and bool(step.was.get("licenses")), has and bool(step.will.get("licenses"))


def _agents(steps: Iterable[Step]) -> Iterable[Step]:
    return (step for step in steps if step.kind == kinds.AGENT)


def extensions(
    ranges: Sequence[ExtensionRange], before: Tally, after: Tally
) -> tuple[RangeUse, ...]:
    """Return how full each declared range is, and how many of its numbers belong elsewhere."""
    later, foreign = _use(ranges, after)
    used = later if after is before else _use(ranges, before)[0]
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
    """Count the numbers in use by range, and those whose holder belongs elsewhere."""
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
    """Estimate the requests of an apply: its writes, and a reading before and after them.

    Steps by hand need no requests, and their duration is unknown.
    """
    writes = 0 if reading.capabilities.by_hand else len(graph.operations)
    requests = writes + 2 * reading.requests if graph.operations else 0
    return Forecast(requests, -(-requests // REQUESTS_A_SECOND))


# --- what cannot be counted -----------------------------------------------------------------------


def not_writable(reading: Reading, changes: Sequence[Change]) -> list[Diagnostic]:
    """Stop a plan with changes for a tenant that can only be observed."""
    if not changes or not reading.capabilities.observe_only:
        return []
    return [
        Diagnostic(
            "observe-only",
            Severity.ERROR,
            "this tenant can only be observed: what this plan changes cannot be written",
            "make the changes where the tenant gets its values, or take them over (`drift --take`)",
        )
    ]


def uncountable(reading: Reading, *, has_ranges: bool = False) -> list[Diagnostic]:
    """Warn where seats and coverage cannot be counted, and where numbers in use are counted short.

    Only for tenants that are maintained by hand: a count over agents whose licenses are unknown
    would be a guess, so the plan has none.
    """
    return [*_partly_known(reading), *(_only_licensed_listed(reading) if has_ranges else ())]


def _only_licensed_listed(reading: Reading) -> Iterator[Diagnostic]:
    if reading.capabilities.licensed_only:
        yield Diagnostic(
            "only-licensed-listed",
            Severity.WARNING,
            "the tenant lists licensed agents only: agents without a license may hold more numbers "
            "than extension ranges count, so a number that counts as free may be taken",
            "look in the console before you choose a number",
        )


def _partly_known(reading: Reading) -> Iterator[Diagnostic]:
    unknown = tally.unknown(reading)
    if not unknown:
        return
    agents = sum(resource.kind == kinds.AGENT for resource in reading.resources.values())
    what = ", ".join(
        f"{name} known of {agents - count} of {agents}" for name, count in unknown.items()
    )
    yield Diagnostic(
        "partly-known",
        Severity.WARNING,
        f"of the agents on the tenant's list: {what}; so seats and coverage are not counted, and "
        "no minimum is judged",
        "fill in `reconciler inventory`, or give what you know with `--observed FILE`",
    )
