"""Sets of nodes that reach each other (Tarjan's algorithm, without recursion)."""

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Node = TypeVar("Node", bound=Hashable)


def closed(
    nodes: Iterable[Node], following: Callable[[Node], Iterable[Node]]
) -> Iterator[frozenset[Node]]:
    """The sets that nothing leads out of."""
    walk = _Walk(following)
    for node in nodes:
        for component in walk.components(node):
            if all(component.issuperset(following(member)) for member in component):
                yield component


@dataclass(slots=True)
class _Walk(Generic[Node]):
    """`low` is the oldest node of the stack that a node reaches."""

    following: Callable[[Node], Iterable[Node]]
    low: dict[Node, int] = field(default_factory=dict)
    order: dict[Node, int] = field(default_factory=dict)
    stack: list[Node] = field(default_factory=list)
    settled: set[Node] = field(default_factory=set)

    def components(self, start: Node) -> Iterator[frozenset[Node]]:
        path = [self._enter(start)] if start not in self.order else []
        while path:
            node, rest = path[-1]
            after = next((n for n in rest if self._is_new(node, n)), None)
            if after is not None:
                path.append(self._enter(after))
                continue
            path.pop()
            if path:
                above = path[-1][0]
                self.low[above] = min(self.low[above], self.low[node])
            if self.low[node] == self.order[node]:
                yield self._close_component(node)

    def _enter(self, node: Node) -> tuple[Node, Iterator[Node]]:
        self.order[node] = self.low[node] = len(self.order)
        self.stack.append(node)
        return node, iter(self.following(node))

    def _is_new(self, node: Node, after: Node) -> bool:
        if after not in self.order:
            return True
        if after not in self.settled:
            self.low[node] = min(self.low[node], self.order[after])
        return False

    def _close_component(self, node: Node) -> frozenset[Node]:
        at = self.stack.index(node, max(0, self.order[node] - len(self.settled)))
        component = frozenset(self.stack[at:])
        del self.stack[at:]
        self.settled |= component
        return component
