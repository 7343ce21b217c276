"""Which operations may start: predecessors done, target free; what fails takes its followers along.

Operations on one target that are ready together are one batch, and so are later ones of the same
target that wait for nothing but the batch: 300 joiners of one group are one write.
"""

from collections.abc import Callable, Iterator, Sequence
from graphlib import TopologicalSorter

from reconciler.model import Address, Operation


class Walk:
    """The state of one walk; not shared by threads."""

    def __init__(
        self, operations: Sequence[Operation], target: Callable[[Operation], Address]
    ) -> None:
        self._by_id = {operation.id: operation for operation in operations}
        sorter = TopologicalSorter({o.id: o.after for o in operations})
        sorter.prepare()
        self._place = {operation.id: number for number, operation in enumerate(operations)}
        self._target = {operation.id: target(operation) for operation in operations}
        self._left = {o.id: set(o.after) for o in operations}
        self._followers: dict[str, list[str]] = {o.id: [] for o in operations}
        for operation in operations:
            for before in operation.after:
                self._followers[before].append(operation.id)
        self._ready: dict[Address, list[str]] = {}
        self._busy: set[Address] = set()
        self._closed: set[str] = set()
        for operation in operations:
            self._offer(operation.id)

    def _offer(self, name: str) -> None:
        if not self._left[name] and name not in self._closed:
            self._ready.setdefault(self._target[name], []).append(name)

    def next_batch(self) -> tuple[Address, tuple[Operation, ...]] | None:
        """The next target that is free, with all that may be written to it now."""
        for target in self._ready:
            if target not in self._busy:
                return target, self._take(target)
        return None

    def _take(self, target: Address) -> tuple[Operation, ...]:
        self._busy.add(target)
        batch = sorted(self._ready.pop(target), key=self._place.__getitem__)
        taken = set(batch)
        waiting = [name for one in batch for name in self._followers[one]]
        while waiting:
            name = waiting.pop(0)
            if name not in taken and self._target[name] == target and self._left[name] <= taken:
                taken.add(name)
                batch.append(name)
                waiting.extend(self._followers[name])
        self._closed |= taken
        return tuple(self._by_id[name] for name in batch)

    def done(self, target: Address, batch: Sequence[Operation]) -> None:
        """The batch was applied: who waited for it may start."""
        self._busy.discard(target)
        for operation in batch:
            for name in self._followers[operation.id]:
                self._left[name].discard(operation.id)
                self._offer_once(name)

    def _offer_once(self, name: str) -> None:
        if name not in self._ready.get(self._target[name], ()):
            self._offer(name)

    def failed(self, target: Address, batch: Sequence[Operation]) -> Iterator[Operation]:
        """The batch was not applied: everything that depends on it, in order."""
        self._busy.discard(target)
        lost: set[str] = set()
        stack = [operation.id for operation in batch]
        while stack:
            for name in self._followers[stack.pop()]:
                if name not in lost and name not in self._closed:
                    lost.add(name)
                    stack.append(name)
        self._closed |= lost
        for name in sorted(lost, key=self._place.__getitem__):
            ready = self._ready.get(self._target[name], [])
            if name in ready:
                ready.remove(name)
            yield self._by_id[name]

    def rest(self) -> list[Operation]:
        """What was never taken."""
        return [o for name, o in self._by_id.items() if name not in self._closed]
