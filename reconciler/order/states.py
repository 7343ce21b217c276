"""A small group of changes as states and moves, and what makes a move lawful.

A state says of each object of the group what it holds. A move is one partial write: it takes one
object to another position.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from reconciler.model import Address, License
from reconciler.order.partial_writes import target
from reconciler.order.tokens import Token


class Kind(StrEnum):
    """What a move is besides the values that it changes."""

    WRITE = "write"
    PARK = "park"
    ASIDE = "aside"


Values = tuple[Token | None, Token | None]


class Position(NamedTuple):
    """One object at one moment; `values` are its extension and its e-mail."""

    exists: bool
    values: Values
    licenses: frozenset[License]
    members: frozenset[str]


GONE = Position(False, (None, None), frozenset(), frozenset())


class Move(NamedTuple):
    """Object number `item` comes to stand at `position`."""

    item: int
    position: Position
    kind: Kind = Kind.WRITE


State = tuple[Position, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """One object. `places` are those where each of its values could be parked.

    `may_return`: it may leave the queues that it stays in, and come back to them. `is_counted`: its
    licenses are observed, so that it can cover a queue.
    """

    address: Address
    start: Position
    goal: Position
    places: tuple[tuple[Token, ...], tuple[Token, ...]] = ((), ())
    may_return: bool = False
    is_counted: bool = True


@dataclass(frozen=True, slots=True)
class Problem:
    """`held_outside` are values that others keep; `scarce` maps the numbers of nearly full ranges
    to their range, and `spare` are those of them that nobody holds or wants. `used` and `purchased`
    are of the contended pools, `covered` and `floors` of the contended queues and skills; nobody
    steps aside where that would leave fewer than `least`. `made` maps a queue to the item that
    makes it.
    """

    items: tuple[Item, ...]
    held_outside: frozenset[Token]
    scarce: Mapping[Token, object]
    spare: frozenset[Token]
    used: Mapping[License, int]
    purchased: Mapping[License, int]
    covered: Mapping[Address, int]
    floors: Mapping[Address, int]
    least: Mapping[Address, int]
    requires: Mapping[License, License]
    made: Mapping[Address, int]
    members_on_queue: bool = False

    @property
    def start(self) -> State:
        return tuple(item.start for item in self.items)


def after(state: State, move: Move) -> State:
    return (*state[: move.item], move.position, *state[move.item + 1 :])


def is_free(problem: Problem, state: State, value: Token) -> bool:
    return value not in problem.held_outside and all(value not in p.values for p in state)


def used(problem: Problem, state: State) -> Counter[License]:
    """Seats in use of the contended pools."""
    count = Counter(problem.used)
    for item, position in zip(problem.items, state, strict=True):
        if position is not item.start:
            count.update(position.licenses & problem.purchased.keys())
            count.subtract(item.start.licenses & problem.purchased.keys())
    return count


def covered(problem: Problem, state: State) -> Counter[Address]:
    """Coverage of the contended queues and skills."""
    count = Counter(problem.covered)
    for item, position in zip(problem.items, state, strict=True):
        if position is not item.start and item.is_counted:
            count.update(_covers(problem, position))
            count.subtract(list(_covers(problem, item.start)))
    return count


def _covers(problem: Problem, position: Position) -> Iterator[Address]:
    if position.licenses:
        yield from (to for path in position.members if (to := target(path)) in problem.floors)


def is_lawful(problem: Problem, state: State, move: Move) -> bool:
    """Whether no rule is broken by this write in this state."""
    now, then = state[move.item], move.position
    item = problem.items[move.item]
    new_values = (v for v in then.values if v and v not in now.values)
    return (
        all(is_free(problem, state, value) for value in new_values)
        and _is_consistent(problem, item, now, then)
        and all(_is_there(problem, state, path) for path in then.members - now.members)
        and _has_seats(problem, state, move)
        and _is_covered(problem, state, move)
    )


def _is_consistent(problem: Problem, item: Item, now: Position, then: Position) -> bool:
    """A license with its base, a membership with a license; where the change itself breaks this,
    another rule says so.
    """
    bases = {problem.requires.get(name, name) for name in then.licenses - now.licenses}
    bases |= {
        problem.requires.get(name, name)
        for name in then.licenses & now.licenses
        if problem.requires.get(name, name) in now.licenses
    }
    if not bases <= then.licenses:
        return False
    if then.licenses or not item.is_counted or not then.members or not item.goal.licenses:
        return True
    return not now.licenses and then.members <= item.start.members


def _is_there(problem: Problem, state: State, path: str) -> bool:
    maker = problem.made.get(target(path))
    return maker is None or state[maker].exists


def _has_seats(problem: Problem, state: State, move: Move) -> bool:
    gained = move.position.licenses - state[move.item].licenses
    limited = gained & problem.purchased.keys()
    if not limited:
        return True
    count = used(problem, state)
    return all(count[name] < problem.purchased[name] for name in limited)


def _is_covered(problem: Problem, state: State, move: Move) -> bool:
    if not problem.items[move.item].is_counted:
        return True
    lost = set(_covers(problem, state[move.item])) - set(_covers(problem, move.position))
    if not lost:
        return True
    count, floors = covered(problem, state), problem.floors
    if move.kind is Kind.ASIDE and any(count[to] - 1 < problem.least[to] for to in lost):
        return False
    return all(count[to] - 1 >= floors[to] for to in lost)
