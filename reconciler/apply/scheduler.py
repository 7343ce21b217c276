"""Which operations may start: their predecessors are applied, and their target is free.

Operations on one target that are ready together form one batch, with later ones of the same target
that wait for nothing but the batch: 300 joiners of one group are one write, and so are two steps of
one agent. A queue's own settings and its members are never one write. Members are written when
nothing else is ready, so that as many as possible are written at once. Whatever waits for a failed
operation is skipped.
"""

from collections.abc import Callable, Iterator, Sequence
from graphlib import TopologicalSorter

from reconciler.model import Address, Operation

Batch = tuple[Operation, ...]
Slot = tuple[Address, bool]
"""A target, and whether it is written as such or for the sake of its members."""


class Scheduler:
    """The state of one run; not thread-safe. Raises `CycleError` for operations in a cycle."""

    def __init__(
        self, operations: Sequence[Operation], target: Callable[[Operation], Address]
    ) -> None:
        TopologicalSorter({o.id: o.after for o in operations}).prepare()
        self._by_id = {o.id: o for o in operations}
        self._position = {o.id: number for number, o in enumerate(operations)}
        self._slot_of = {o.id: (target(o), target(o) == o.address) for o in operations}
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
        """Return all that may be written to the next free target, which is then busy."""
        for ready in self._ready.values():
            for slot in ready:
                if slot[0] not in self._busy:
                    return self._take(slot, ready.pop(slot))
        return None

    def finished(self, batch: Batch, applied: set[str], lost: set[str]) -> Iterator[Operation]:
        """Free the target, release followers of applied operations, and yield lost ones."""
        self._busy.discard(self._slot_of[batch[0].id][0])
        for name in applied:
            for follower in self._followers[name]:
                self._left[follower].discard(name)
        self._offer(f for name in sorted(applied, key=self._at) for f in self._followers[name])
        for name in sorted(self._dependents(lost), key=self._at):
            self._open.pop(name)
            yield self._by_id[name]

    def rest(self) -> list[Operation]:
        """Return operations that were never taken, in order."""
        return [self._by_id[name] for name in self._open]

    def _at(self, name: str) -> int:
        return self._position[name]

    def _offer(self, names: Iterator[str] | dict[str, Operation]) -> None:
        for name in names:
            if name in self._open and not self._left[name]:
                slot = self._slot_of[name]
                self._ready[slot[1]].setdefault(slot, []).append(name)

    def _take(self, slot: Slot, ready: list[str]) -> Batch:
        self._busy.add(slot[0])
        batch = dict.fromkeys(ready)
        waiting = list(batch)
        for name in waiting:
            for follower in self._followers[name]:
                fits = self._slot_of[follower] == slot and self._left[follower] <= batch.keys()
                if fits and follower not in batch:
                    batch[follower] = None
                    waiting.append(follower)
        for name in batch:
            del self._open[name]
        return tuple(self._by_id[name] for name in sorted(batch, key=self._at))

    def _dependents(self, names: set[str]) -> set[str]:
        """Return everything open that waits for these, directly or not."""
        dependents: set[str] = set()
        waiting = list(names)
        for name in waiting:
            for follower in self._followers[name]:
                if follower in self._open and follower not in dependents:
                    dependents.add(follower)
                    waiting.append(follower)
        return dependents
