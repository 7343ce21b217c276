"""The stage: changes, a reading and bounds to a graph."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from reconciler import kinds
from reconciler.model import (
    Address,
    Bounds,
    Change,
    Dip,
    Graph,
    Operation,
    Reading,
    Resource,
)
from reconciler.order import parts, stuck
from reconciler.order.parts import UNIQUE, Item
from reconciler.order.rehearse import Rehearsal, Step
from reconciler.order.stock import Key, Stock

TRIES = 4


def operations(changes: Sequence[Change], reading: Reading, bounds: Bounds) -> Graph:
    """The operations in one lawful sequence, with the edges that every other order must keep."""
    by_id = {r.id: r for r in reading.resources.values() if r.id}
    ordered = sorted(
        (c for c in changes if c.fields or c.live_id is None or c.action == "delete"),
        key=_by_address,
    )
    world = World(reading, bounds, ordered, by_id)
    best = _rehearsed(world, frozenset())
    for _ in range(TRIES if best.dips else 0):
        front = frozenset(a for waited in best.waited_for.values() for a in waited)
        again = _rehearsed(world, front)
        if _cost(again) >= _cost(best):
            break
        best = again
    return _graph(best, world)


def _by_address(change: Change) -> Address:
    return change.address


def _cost(run: Rehearsal) -> tuple[int, int, int]:
    return len(run.left), run.dips.total(), len(run.steps)


def _rehearsed(world: "World", front: frozenset[Address]) -> Rehearsal:
    items = [parts.item(c, world.live(c)) for c in world.changes]
    run = Rehearsal(items, world.stock(items), world.bounds, world.floors(items), front)
    run.run()
    return run


class World:
    """What is scarce in the tenant before the first write."""

    def __init__(
        self,
        reading: Reading,
        bounds: Bounds,
        changes: Sequence[Change],
        by_id: Mapping[str, Resource],
    ) -> None:
        self.bounds, self.changes, self.by_id = bounds, changes, by_id
        self.held: set[Key] = set()
        self.seats: Counter[str] = Counter()
        self.covered: Counter[Address] = Counter()
        for resource in reading.resources.values():
            self._count(resource)
        for resource in reading.resources.values():
            self._count_pool(resource)

    def live(self, change: Change) -> Resource | None:
        return self.by_id.get(change.live_id) if change.live_id else None

    def _count(self, resource: Resource) -> None:
        for name in UNIQUE:
            if (value := resource.fields.get(name)) and resource.kind != kinds.LICENSE_POOL:
                self.held.add((name, str(value).lower()))
        licenses = resource.fields.get("licenses")
        if resource.kind == kinds.AGENT and isinstance(licenses, frozenset) and licenses:
            self.seats.update(licenses)
            self.covered.update(parts.memberships(resource))

    def _count_pool(self, resource: Resource) -> None:
        """What the tenant counts itself may be more than its agents show."""
        assigned = resource.fields.get("assigned")
        if resource.kind == kinds.LICENSE_POOL and isinstance(assigned, int):
            name = kinds.name_of(resource.address)
            self.seats[name] = max(assigned, self.seats[name])

    def stock(self, items: Iterable[Item]) -> Stock:
        joins, leaves = self._flows(items)
        counted: dict[Key, int] = {}
        debts: dict[Key, int] = {}
        for name, purchased in self.bounds.purchased.items():
            counted["seat", name] = max(0, purchased - self.seats[name])
            debts["seat", name] = max(0, self.seats[name] - purchased)
        for target in joins | leaves:
            counted["cover", target] = max(0, leaves[target] - joins[target])
        return Stock(self.held, counted, debts)

    def floors(self, items: Iterable[Item]) -> dict[Address, int]:
        """The lower of coverage before and after: without a dip it never falls below that."""
        joins, leaves = self._flows(items)
        return {
            target: self.covered[target] - max(0, leaves[target] - joins[target])
            for target in joins | leaves
        }

    def _flows(self, items: Iterable[Item]) -> tuple[Counter[Address], Counter[Address]]:
        joins: Counter[Address] = Counter()
        leaves: Counter[Address] = Counter()
        for item in items:
            whole = parts.effect(item, item.rest, deleted=item.verb == "delete")
            joins.update(key[1] for key in whole.gives if key[0] == "cover")
            leaves.update(key[1] for key in whole.needs if key[0] == "cover")
        return joins, leaves


def _graph(run: Rehearsal, world: World) -> Graph:
    fresh = [parts.item(c, world.live(c)) for c in world.changes]
    floors = world.floors(fresh)
    taken = run.stock.taken_free
    return Graph(
        operations=tuple(_operation(number, step, run) for number, step in enumerate(run.steps)),
        dips=tuple(
            Dip(target, depth, tuple(sorted(run.waited_for.get(target, ()))))
            for target, depth in sorted(run.dips.items())
        ),
        conflicts=stuck.conflicts(run),
        peaks={
            name: world.seats[name] + taken.get(("seat", name), 0)
            for name in sorted(world.bounds.purchased)
        },
        lowest={
            target: max(0, floor - run.dips[target]) for target, floor in sorted(floors.items())
        },
    )


def _operation(number: int, step: Step, run: Rehearsal) -> Operation:
    return Operation(
        id=_name(number),
        address=step.item.address,
        kind=step.item.change.kind,
        verb=step.verb,
        set=dict(sorted(step.values.items())),
        why=_why(step, run),
        after=tuple(_name(before) for before in sorted(step.after)),
    )


def _name(number: int) -> str:
    return f"op-{number + 1}"


def _why(step: Step, run: Rehearsal) -> str:
    if isinstance(step.because, str):
        return step.because
    giver = run.givers.get(step.because)
    value = step.because[1]
    if giver is None:
        return f"parked: {value} is not free yet"
    return f"parked: {value} is held by {run.steps[giver].item.address} until {_name(giver)}"
