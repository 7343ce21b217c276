"""What a plan means: seats, coverage, extension ranges, access. Each in one pass.

Coverage of a queue or skill counts its members who hold a license. An agent has access who may sign
in and holds a license.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from reconciler import kinds
from reconciler.model import (
    Access,
    Address,
    Bounds,
    Change,
    Coverage,
    Desired,
    ExtensionRange,
    FieldValue,
    Forecast,
    Graph,
    License,
    RangeUse,
    Reading,
    Resource,
    Seats,
)

Resources = Mapping[Address, Resource]
REQUESTS_A_SECOND = 10
"""What the forecast assumes of a tenant; a slower one sets its own pace."""


def seats(
    before: Resources, after: Resources, bounds: Bounds, graph: Graph, requires: Mapping[str, str]
) -> tuple[Seats, ...]:
    """One entry a pool, declared or live."""
    held, later = _licenses(before), _licenses(after)
    found = []
    for name, purchased in sorted(bounds.purchased.items()):
        assigned = max(_assigned(before, name), held[name])
        end = assigned + later[name] - held[name]
        found.append(
            Seats(
                license=name,
                purchased=purchased,
                assigned=assigned,
                after=end,
                peak=max(graph.peaks.get(name, 0), assigned, end),
                free=max(0, purchased - end),
                over=max(0, end - purchased),
                requires=requires.get(name),
            )
        )
    return tuple(found)


def _licenses(resources: Resources) -> Counter[License]:
    counted: Counter[License] = Counter()
    for resource in resources.values():
        held = resource.fields.get("licenses")
        if isinstance(held, frozenset):
            counted.update(held)
    return counted


def _assigned(resources: Resources, name: License) -> int:
    pool = resources.get(kinds.address(kinds.LICENSE_POOL, name))
    assigned = pool.fields.get("assigned") if pool else None
    return assigned if isinstance(assigned, int) else 0


def coverage(
    before: Resources, after: Resources, desired: Desired, graph: Graph, changes: Iterable[Change]
) -> tuple[Coverage, ...]:
    """One entry a queue or skill, declared or live."""
    was, will = _covered(before.values()), _covered(after.values())
    joins, leaves = _moves(before, after, changes)
    targets = {a for a, r in after.items() if r.kind in (kinds.QUEUE, kinds.SKILL)}
    targets |= {a for a in desired.resources if kinds.kind_of(a) in (kinds.QUEUE, kinds.SKILL)}
    return tuple(
        Coverage(
            address=target,
            before=was[target],
            lowest=min(graph.lowest.get(target, was[target]), was[target], will[target]),
            after=will[target],
            minimum=desired.minimums.get(target),
            join=tuple(joins.get(target, ())),
            leave=tuple(leaves.get(target, ())),
        )
        for target in sorted(targets)
    )


def _covered(resources: Iterable[Resource]) -> Counter[Address]:
    counted: Counter[Address] = Counter()
    for resource in resources:
        if resource.kind == kinds.AGENT:
            counted.update(kinds.covered(resource.fields))
    return counted


def _moves(
    before: Resources, after: Resources, changes: Iterable[Change]
) -> tuple[dict[Address, list[Address]], dict[Address, list[Address]]]:
    """Who starts and who stops covering what, in the order of the changes."""
    joins: dict[Address, list[Address]] = {}
    leaves: dict[Address, list[Address]] = {}
    for address, was, will in pairs(before, after, changes):
        old, new = set(kinds.covered(was)), set(kinds.covered(will))
        for target in new - old:
            joins.setdefault(target, []).append(address)
        for target in old - new:
            leaves.setdefault(target, []).append(address)
    return joins, leaves


def pairs(
    before: Resources, after: Resources, changes: Iterable[Change]
) -> Iterator[tuple[Address, Mapping[str, FieldValue], Mapping[str, FieldValue]]]:
    """Each changed agent with its fields before and after."""
    by_id = {r.id: r for r in before.values() if r.id and r.kind == kinds.AGENT}
    for change in changes:
        if change.kind == kinds.AGENT:
            was = by_id.get(change.live_id) if change.live_id else None
            will = after.get(change.address)
            yield change.address, was.fields if was else {}, will.fields if will else {}


def access(before: Resources, after: Resources, changes: Iterable[Change]) -> Access:
    gain: list[Address] = []
    lose: list[Address] = []
    for address, was, will in pairs(before, after, changes):
        if has_access(was) != has_access(will):
            (gain if has_access(will) else lose).append(address)
    return Access(tuple(sorted(gain)), tuple(sorted(lose)))


def has_access(fields: Mapping[str, FieldValue]) -> bool:
    return bool(fields.get("licenses")) and fields.get("active") is not False


def extensions(
    before: Resources, after: Resources, ranges: Iterable[ExtensionRange]
) -> tuple[RangeUse, ...]:
    """How full each declared range is, and how many of its numbers strangers hold."""
    was, will = list(_numbers(before)), list(_numbers(after))
    found = []
    for interval in ranges:
        used = {number for number, _ in was if interval.holds(number)}
        later = {number for number, _ in will if interval.holds(number)}
        strangers = {n for n, purpose in will if interval.holds(n) and purpose != interval.purpose}
        size = int(interval.last) - int(interval.first) + 1
        found.append(
            RangeUse(
                interval.name,
                interval.first,
                interval.last,
                len(used),
                len(later),
                size - len(later),
                len(strangers),
                interval.purpose,
            )
        )
    return tuple(found)


def _numbers(resources: Resources) -> Iterator[tuple[str, str]]:
    """Every number in use, with the purpose of the range that it belongs into."""
    for resource in resources.values():
        number = resource.fields.get("extension")
        if isinstance(number, str) and number:
            yield number, _purpose(resource)


def _purpose(resource: Resource) -> str:
    if resource.kind == kinds.QUEUE:
        return "queue"
    if resource.kind == kinds.DIRECTORY_ENTRY:
        return "uc_group" if resource.fields.get("type") == "group" else "uc_user"
    return "uc_user" if resource.fields.get("phone") == "uc" else "webrtc_agent"


def forecast(graph: Graph, reading: Reading) -> Forecast:
    """Requests of an apply: its writes, and a reading before and after them."""
    requests = len(graph.operations) + 2 * reading.requests if graph.operations else 0
    return Forecast(requests, -(-requests // REQUESTS_A_SECOND))
