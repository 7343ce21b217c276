"""One lawful run over a model of the tenant; the tokens it used become the graph's edges."""

import heapq
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from reconciler import kinds
from reconciler.model import Address, Bounds, Value, Verb
from reconciler.order import parking, parts
from reconciler.order.parts import Effect, Item, Values
from reconciler.order.stock import Key, Stock


@dataclass(frozen=True, slots=True)
class Step:
    """One write of the run. `because` is a key whose giver the reason names, or plain words."""

    item: Item
    verb: Verb
    values: Values
    after: frozenset[int]
    because: Key | str = ""


class Rehearsal:
    """Runs once. Afterwards `steps`, `dips` and `left` hold what came of it."""

    def __init__(
        self,
        items: Sequence[Item],
        stock: Stock,
        bounds: Bounds,
        floors: Mapping[Address, int],
        front: frozenset[Address] = frozenset(),
    ) -> None:
        self._items, self._bounds, self._floors, self._front = items, bounds, floors, front
        self.stock = stock
        self._slots = parking.Slots(stock, bounds, items)
        self._unmade = {i.address for i in items if i.verb is Verb.CREATE and not _is_agent(i)}
        self._made: dict[Address, int] = {}
        self._waiting: dict[Key, deque[Item]] = {}
        self._woken_by: dict[Address, Key] = {}
        self._heap: list[tuple[tuple[bool, int, Address], Item]] = []
        self._ready: set[Address] = set()
        self.steps: list[Step] = []
        self.givers: dict[Key, int] = {}
        self.dips: Counter[Address] = Counter()
        self.waited_for: dict[Address, set[Address]] = {}

    @property
    def left(self) -> list[Item]:
        return [item for item in self._items if not item.done]

    def run(self) -> None:
        self._park_cycles()
        for item in self._items:
            self._push(item)
        self._drain()
        while self.left and (
            self._split_all() or self._park_late() or self._hand_over() or self._dip()
        ):
            self._drain()

    # -- whole changes ----------------------------------------------------------------------------

    def _push(self, item: Item) -> None:
        if item.done or item.address in self._ready:
            return
        self._ready.add(item.address)
        heapq.heappush(self._heap, (self._rank(item), item))

    def _rank(self, item: Item) -> tuple[bool, int, Address]:
        """What needs nothing scarce; what needs and gives; what only takes."""
        effect = self._whole(item)
        order = 0 if not effect.needs else 1 if effect.gives else 2
        return item.address not in self._front, order, item.address

    def _drain(self) -> None:
        while self._heap:
            _, item = heapq.heappop(self._heap)
            self._ready.discard(item.address)
            missing = self.missing(self._whole(item))
            if missing:
                self._wait(item, missing)
            else:
                self._execute(item, item.rest, item.verb)

    def _whole(self, item: Item) -> Effect:
        return parts.effect(item, item.rest, deleted=item.verb is Verb.DELETE)

    def missing(self, effect: Effect) -> list[Key]:
        """What a part lacks now."""
        counted = Counter(effect.needs)
        lacking = [key for key, count in counted.items() if not self.stock.has(key, count)]
        unmade = [t for t in effect.targets if t in self._unmade and t not in self._made]
        return [*lacking, *(("exists", target) for target in unmade)]

    def _wait(self, item: Item, missing: Sequence[Key]) -> None:
        key = max(missing, key=lambda k: (len(self._waiting.get(k, ())), k))
        self._waiting.setdefault(key, deque()).append(item)
        woken_by = self._woken_by.pop(item.address, None)
        if woken_by and woken_by not in missing:
            self._wake(woken_by)

    def _wake(self, key: Key) -> None:
        waiters = self._waiting.get(key)
        while waiters:
            item = waiters.popleft()
            if not item.done and item.address not in self._ready:
                self._woken_by[item.address] = key
                self._push(item)
                return

    # -- steps ------------------------------------------------------------------------------------

    def _execute(self, item: Item, values: Values, verb: Verb, because: Key | str = "") -> None:
        values = dict(values)
        if not (self._bounds.members_on_queue and _is_agent(item)):
            item.last = frozenset({self._step(item, values, verb, because)})
        else:
            self._execute_in_sequence(item, values, verb, because)
        for path, value in values.items():
            if path in item.rest and item.rest[path] == value:
                del item.rest[path]
        item.is_there = True
        item.done = not item.rest or verb is Verb.DELETE
        if not item.done:
            item.verb = Verb.UPDATE if item.verb is Verb.CREATE else item.verb
            self._push(item)

    def _execute_in_sequence(
        self, item: Item, values: Values, verb: Verb, because: Key | str
    ) -> None:
        both: set[int] = set()
        for phase, part_verb, part in parts.in_sequence(verb, values):
            if phase == "both":
                both.add(self._step(item, part, part_verb, because))
                continue
            item.last = frozenset(both) or item.last
            item.last = frozenset({self._step(item, part, part_verb, because)})
            both = set()
        item.last = frozenset(both) or item.last

    def _step(self, item: Item, values: Values, verb: Verb, because: Key | str) -> int:
        effect = parts.effect(item, values, deleted=verb is Verb.DELETE)
        after = set(item.last)
        for key in effect.needs:
            after.update(self.stock.take(key))
        after.update(self._made[t] for t in effect.targets if t in self._made)
        number = len(self.steps)
        shown: Values = {} if verb is Verb.DELETE else values
        self.steps.append(Step(item, verb, shown, frozenset(after), because))
        item.unique, item.licenses, item.members = (
            dict(effect.unique),
            effect.licenses,
            effect.members,
        )
        for key in effect.gives:
            self.givers[key] = number
            self.stock.give(key, number)
            self._wake(key)
        if verb is Verb.CREATE and item.address in self._unmade:
            self._made[item.address] = number
            while self._waiting.get(("exists", item.address)):
                self._wake(("exists", item.address))
        return number

    # -- when nothing whole is possible -----------------------------------------------------------

    def _split_all(self) -> bool:
        """One sweep over what is stuck; every part that is possible is taken."""
        progress = False
        for item in self.left:
            progress = (not item.done and self._split(item)) or progress
            self._drain()
        return progress

    def _split(self, item: Item) -> bool:
        for name, values in self._parts(item):
            if not self.missing(parts.effect(item, values)):
                verb = Verb.UPDATE if item.is_there else Verb.CREATE
                self._execute(item, values, verb, REASONS[name])
                return True
        return False

    def _parts(self, item: Item) -> Iterator[tuple[str, dict[str, Value]]]:
        if item.verb is Verb.CREATE and _is_agent(item):
            yield from self._smaller_creates(item)
        else:
            yield from parts.split(item, self._bounds)

    def _smaller_creates(self, item: Item) -> Iterator[tuple[str, dict[str, Value]]]:
        """A new agent with the licenses that are free now, if at least one is."""
        rest = item.rest
        lacking = {
            f"licenses.{key[1]}" for key in self.missing(self._whole(item)) if key[0] == "seat"
        }
        bases = {f"licenses.{name}": f"licenses.{b}" for name, b in self._bounds.requires.items()}
        lacking |= {path for path in rest if bases.get(path) in lacking}
        kept = {path: value for path, value in rest.items() if path not in lacking}
        if lacking and any(path.startswith("licenses.") for path in kept):
            yield "up", kept

    # -- parking ----------------------------------------------------------------------------------

    def _park_cycles(self) -> None:
        found = {name: list(parking.cycles(self._items, name)) for name in parts.UNIQUE}
        in_both = {i.address for c in found["email"] for i in c} & {
            i.address for c in found["extension"] for i in c
        }
        for name in parts.UNIQUE:
            for cycle in found[name]:
                one = min(cycle, key=lambda i: (i.address not in in_both, i.address))
                self._park(one, name, wanted=parking.wanted(one, name))

    def _park(self, item: Item, name: str, *, wanted: str | None) -> bool:
        held = item.unique[name]
        slot = self._slots.of(name, held) if held and wanted else None
        if slot is None or not self.stock.has((name, slot)):
            return False
        self._execute(item, {name: slot}, Verb.UPDATE, (name, wanted or ""))
        return True

    def _park_late(self) -> bool:
        """A cycle that found no slot at first: numbers may have been freed since."""
        stuck = [item for item in self.left if item.is_there]
        for name in parts.UNIQUE:
            for cycle in parking.cycles(stuck, name):
                one = min(cycle, key=lambda i: i.address)
                if self._park(one, name, wanted=parking.wanted(one, name)):
                    return True
        return False

    def _hand_over(self) -> bool:
        """Somebody lacks nothing but a value that one who has to stay a while still holds."""
        holders = {
            (name, item.unique[name]): item
            for item in self.left
            for name in parts.UNIQUE
            if item.is_there and (name in item.rest or item.verb is Verb.DELETE)
        }
        for item in self.left:
            lacks = self.missing(self._whole(item))
            if lacks and all(key in holders for key in lacks):
                for key in lacks:
                    if self._park(holders[key], key[0], wanted=key[1]):
                        return True
        return False

    # -- dips -------------------------------------------------------------------------------------

    def _dip(self) -> bool:
        """Lets the one leave who costs least; not below a minimum if another will do."""
        choices = [choice for item in self.left for choice in self._dips_of(item)]
        if not choices:
            return False
        _, item, values, lacks = min(choices, key=lambda choice: choice[0])
        for _, target in lacks:
            self.stock.lend(("cover", target))
            self.dips[target] += 1
            joiners = (i for i in self.left if ("cover", target) in self._whole(i).gives)
            self.waited_for.setdefault(target, set()).update(i.address for i in joiners)
        whole = values is item.rest
        self._execute(item, values, item.verb if whole else Verb.UPDATE, REASONS["dip"])
        return True

    def _dips_of(
        self, item: Item
    ) -> Iterator[tuple[tuple[int, int, int, Address], Item, Values, list[Key]]]:
        options: list[tuple[Values, Effect]] = [(item.rest, self._whole(item))]
        if item.is_there:
            options += [
                (values, parts.effect(item, values))
                for name, values in parts.split(item, self._bounds)
                if name in ("down", "shed")
            ]
        for values, effect in options:
            lacks = self.missing(effect)
            if lacks and all(key[0] == "cover" for key in lacks):
                below = sum(self._goes_below(target) for _, target in lacks)
                unlocks = sum(len(self._waiting.get(key, ())) for key in effect.gives)
                yield (below, len(lacks), -unlocks, item.address), item, values, lacks
                return

    def _goes_below(self, target: Address) -> bool:
        minimum = self._bounds.minimums.get(target, 1)
        return self._floors.get(target, 0) - self.dips[target] - 1 < minimum


REASONS = {
    "move": "moves first: others wait for the number it gives up",
    "rename": "renamed first: others wait for the e-mail it gives up",
    "join": "joins first: somebody may only leave once the queue is covered",
    "up": "takes the seats that are free now; the rest follows",
    "shed": "gives up a seat that others wait for; the rest follows",
    "down": "leaves first; the rest follows",
    "dip": "leaves before somebody joins: this plan dips",
}


def _is_agent(item: Item) -> bool:
    return item.change.kind == kinds.AGENT


def addresses(items: Iterable[Item]) -> tuple[Address, ...]:
    return tuple(sorted(item.address for item in items))
