"""Which operations may start: predecessors done, target free; what fails takes its followers along.

Operations on one target that are ready together are one batch, and so are later ones of the same
target that wait for nothing but the batch: 300 joiners of one group are one write, two steps of one
agent are, too. A queue's own settings and its members are never one write. Members are written
when nothing else is ready, so that as many as can be have gathered.
"""

from collections.abc import Callable, Iterator, Sequence
from graphlib import TopologicalSorter

from reconciler.model import Address, Operation

Batch = tuple[Operation, ...]
Slot = tuple[Address, bool]
"""A target, and whether it is written as such or for the sake of its members."""


class Walk:
    """The state of one walk; not shared by threads. A cycle is a programmer's mistake."""

    def __init__(
        self, operations: Sequence[Operation], target: Callable[[Operation], Address]
    ) -> None:
        TopologicalSorter({o.id: o.after for o in operations}).prepare()
        self._by_id = {o.id: o for o in operations}
        self._place = {o.id: number for number, o in enumerate(operations)}
        self._slot = {o.id: (target(o), target(o) == o.address) for o in operations}
        self._left = {o.id: set(o.after) for o in operations}
        self._followers: dict[str, list[str]] = {o.id: [] for o in operations}
        for operation in operations:
            for before in operation.after:
                self._followers[before].append(operation.id)
        self._ready: dict[bool, dict[Slot, list[str]]] = {True: {}, False: {}}
        self._busy: set[Address] = set()
        self._open = dict.fromkeys(self._by_id)
        self._offer(self._by_id)

    def next_batch(self) -> Batch | None:
        """All that may be written to the next target that is free; the target is busy then."""
        for ready in self._ready.values():
            for slot in ready:
                if slot[0] not in self._busy:
                    return self._take(slot, ready.pop(slot))
        return None

    def finished(self, batch: Batch, applied: set[str], lost: set[str]) -> Iterator[Operation]:
        """Frees the target. What waited for the applied may start; what waited for the lost is
        lost as well, and is told in order.
        """
        self._busy.discard(self._slot[batch[0].id][0])
        for name in applied:
            for follower in self._followers[name]:
                self._left[follower].discard(name)
        self._offer(f for name in sorted(applied, key=self._at) for f in self._followers[name])
        for name in sorted(self._reached(lost), key=self._at):
            self._open.pop(name)
            yield self._by_id[name]

    def rest(self) -> list[Operation]:
        """What was never taken, in order."""
        return [self._by_id[name] for name in self._open]

    def _at(self, name: str) -> int:
        return self._place[name]

    def _offer(self, names: Iterator[str] | dict[str, Operation]) -> None:
        for name in names:
            if name in self._open and not self._left[name]:
                slot = self._slot[name]
                self._ready[slot[1]].setdefault(slot, []).append(name)

    def _take(self, slot: Slot, ready: list[str]) -> Batch:
        self._busy.add(slot[0])
        batch = dict.fromkeys(ready)
        waiting = list(batch)
        for name in waiting:
            for follower in self._followers[name]:
                fits = self._slot[follower] == slot and self._left[follower] <= batch.keys()
                if fits and follower not in batch:
                    batch[follower] = None
                    waiting.append(follower)
        for name in batch:
            del self._open[name]
        return tuple(self._by_id[name] for name in sorted(batch, key=self._at))

    def _reached(self, names: set[str]) -> set[str]:
        """Everything that waits for these, directly or not, and is still open."""
        found: set[str] = set()
        waiting = list(names)
        for name in waiting:
            for follower in self._followers[name]:
                if follower in self._open and follower not in found:
                    found.add(follower)
                    waiting.append(follower)
        return found
