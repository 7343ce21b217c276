"""What the graph of a plan allows: its prefixes, and the worst moment among them.

A prefix is a set of operations closed under "before": whatever an apply did when it was cut, and
whatever a failure left, is one.
"""

import random
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any


class Graph:
    """Operations by position in the document; `before[i]` are those that `i` waits for."""

    def __init__(self, operations: Sequence[Mapping[str, Any]]) -> None:
        self.operations = operations
        place = {operation["id"]: index for index, operation in enumerate(operations)}
        self.before = [{place[name] for name in o["after"]} for o in operations]
        self.ancestors: list[set[int]] = []
        for own in self.before:
            self.ancestors.append(own.union(*(self.ancestors[index] for index in own)))

    def prefixes(self, bound: int) -> Iterator[tuple[frozenset[int], int]]:
        """Pairs of a prefix and an operation that may come next; all of them, up to `bound`."""
        first: frozenset[int] = frozenset()
        waiting, visited = deque([first]), {first}
        while waiting:
            done = waiting.popleft()
            for index, own in enumerate(self.before):
                if index not in done and own <= done:
                    yield done, index
                    longer = done | {index}
                    if longer not in visited and len(visited) < bound:
                        visited.add(longer)
                        waiting.append(longer)

    def order(self, rng: random.Random) -> list[int]:
        """One order that the graph allows; late ones are preferred as often as early ones."""
        done: list[int] = []
        style = rng.choice((min, max, None))
        while len(done) < len(self.before):
            ready = [
                index
                for index, own in enumerate(self.before)
                if index not in done and own <= set(done)
            ]
            done.append(style(ready) if style else rng.choice(ready))
        return done

    def highest(self, weights: Sequence[int]) -> int:
        """The largest sum of weights over all prefixes, at least 0: a closure of greatest weight,
        as total of the positive ones minus a minimum cut.
        """
        gains = [index for index, weight in enumerate(weights) if weight > 0]
        if not gains or all(weight >= 0 for weight in weights):
            return sum(weights[index] for index in gains)
        left = {index: -weight for index, weight in enumerate(weights) if weight < 0}
        return sum(weights[index] for index in gains) - self._flow(gains, weights, left)

    def _flow(self, gains: list[int], weights: Sequence[int], left: dict[int, int]) -> int:
        """The flow from gains to the losses among their ancestors (transitive, so two layers)."""
        used: dict[tuple[int, int], int] = {}
        total = 0
        for gain in gains:
            for _ in range(weights[gain]):
                if not self._augment(gain, left, used):
                    break
                total += 1
        return total

    def _augment(self, gain: int, left: dict[int, int], used: dict[tuple[int, int], int]) -> bool:
        """Sends one more unit from a gain, moving others aside where that helps."""
        came: dict[int, int] = {}
        waiting, visited = deque([gain]), {gain}
        while waiting:
            current = waiting.popleft()
            for loss in self.ancestors[current]:
                if loss not in left or loss in came:
                    continue
                came[loss] = current
                if left[loss] > 0:
                    left[loss] -= 1
                    self._trace(gain, loss, came, used)
                    return True
                for (other, its), count in used.items():
                    if its == loss and count and other not in visited:
                        visited.add(other)
                        waiting.append(other)
                        came[-1 - other] = loss
        return False

    @staticmethod
    def _trace(
        gain: int, loss: int, came: dict[int, int], used: dict[tuple[int, int], int]
    ) -> None:
        while True:
            source = came[loss]
            used[source, loss] = used.get((source, loss), 0) + 1
            if source == gain:
                return
            loss = came[-1 - source]
            used[source, loss] -= 1
