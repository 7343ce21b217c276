"""The worst moment over every order that a graph allows: a maximum-weight closure.

What has taken effect at some moment of some order is a set of operations that contains the
predecessors of each of its members (a closed set), also after failures. The worst moment is
therefore the closed set with the greatest sum of weights. It equals the sum of the positive weights
less a maximum flow from them to the negative weights among their predecessors (J.-C. Picard,
"Maximal closure of a graph", 1976). The flow is found by layers (Dinic's algorithm), on the part of
the graph that lies between a positive and a negative weight; in most plans that part is empty.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

NOWHERE = -1


def greatest_sum(weights: Mapping[int, int], after: Sequence[Sequence[int]]) -> int:
    """The greatest sum of weights of a closed set; at least 0, which is the empty set's.

    `after[n]` holds direct predecessors of `n`, all below `n`. What `weights` leaves out weighs 0.
    """
    gains = sum(weight for weight in weights.values() if weight > 0)
    between = _between(weights, after)
    if not between:
        return gains
    return gains - _Flow(weights, after, between).maximum()


def _between(weights: Mapping[int, int], after: Sequence[Sequence[int]]) -> set[int]:
    """What has a negative weight at or before it and a positive one at or behind it."""
    costly: set[int] = set()
    first, last = min(weights, default=0), max(weights, default=NOWHERE)
    for node in range(first, last + 1):
        if weights.get(node, 0) < 0 or not costly.isdisjoint(after[node]):
            costly.add(node)
    wanted: set[int] = set()
    for node in range(last, first - 1, -1):
        if node in costly and (weights.get(node, 0) > 0 or node in wanted):
            wanted.add(node)
            wanted.update(before for before in after[node] if before in costly)
    return wanted


@dataclass(slots=True)
class _Flow:
    """Flow from each node to its predecessors, without limit, and back as far as there is flow."""

    weights: Mapping[int, int]
    after: Sequence[Sequence[int]]
    nodes: set[int]
    spare: dict[int, int] = field(default_factory=dict)
    room: dict[int, int] = field(default_factory=dict)
    flow: dict[int, dict[int, int]] = field(default_factory=dict)
    layer: dict[int, int] = field(default_factory=dict)

    def maximum(self) -> int:
        for node in self.nodes:
            weight = self.weights.get(node, 0)
            if weight > 0:
                self.spare[node] = weight
            elif weight < 0:
                self.room[node] = -weight
        total = 0
        while self._find_layers():
            exits = {node: self._neighbours(node) for node in self.layer}
            for source in sorted(self.spare):
                while self.spare[source] and (path := self._path(source, exits)):
                    total += self._send(path)
        return total

    def _neighbours(self, node: int) -> list[int]:
        """Where more can flow from here."""
        back = [behind for behind, sent in self.flow.get(node, {}).items() if sent]
        return [before for before in self.after[node] if before in self.nodes] + back

    def _find_layers(self) -> bool:
        """Distances from the sources; False when no room can be reached any more."""
        sources = sorted(node for node, left in self.spare.items() if left)
        self.layer = dict.fromkeys(sources, 0)
        waiting, reached = deque(sources), False
        while waiting:
            node = waiting.popleft()
            reached = reached or self.room.get(node, 0) > 0
            for other in self._neighbours(node):
                if other not in self.layer:
                    self.layer[other] = self.layer[node] + 1
                    waiting.append(other)
        return reached

    def _path(self, source: int, exits: Mapping[int, list[int]]) -> list[int]:
        """A way down the layers to a node with room; empty when there is none. An exit that led
        nowhere is not tried again in this round.
        """
        path = [source]
        while not self.room.get(path[-1], 0):
            open_exits = exits[path[-1]]
            while open_exits and not self._leads(path[-1], open_exits[-1]):
                open_exits.pop()
            if open_exits:
                path.append(open_exits[-1])
                continue
            path.pop()
            if not path:
                break
            exits[path[-1]].pop()
        return path

    def _leads(self, node: int, other: int) -> bool:
        is_open = other < node or self.flow[node][other] > 0
        return is_open and self.layer.get(other) == self.layer[node] + 1

    def _send(self, path: Sequence[int]) -> int:
        """As much as fits. A step to a predecessor adds flow, a step back takes it away."""
        back = (self.flow[a][b] for a, b in pairwise(path) if b > a)
        amount = min(self.spare[path[0]], self.room[path[-1]], *back)
        self.spare[path[0]] -= amount
        self.room[path[-1]] -= amount
        for node, other in pairwise(path):
            if other < node:
                sent = self.flow.setdefault(other, {})
                sent[node] = sent.get(node, 0) + amount
            else:
                self.flow[node][other] -= amount
        return amount
