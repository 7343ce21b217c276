"""Every lawful order of the partial writes of a small group of changes.

Writes that take nothing scarce from anybody, and that leave their object no worse off, are made at
once; all others are tried, and each state is looked at once. The outcome is an order, or the proof
that there is none. Leaving a queue while keeping a license helps nobody, so that it comes last.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations_with_replacement
from typing import NamedTuple

from reconciler.model import Address
from reconciler.order.partial_writes import target
from reconciler.order.states import (
    GONE,
    Item,
    Kind,
    Move,
    Position,
    Problem,
    State,
    Values,
    after,
    covered,
    is_free,
    is_lawful,
)
from reconciler.order.tokens import Token

NONE: frozenset[str] = frozenset()


@dataclass(slots=True)
class Budget:
    """How many more states may be looked at."""

    states: int

    def spend(self) -> bool:
        self.states -= 1
        return self.states >= 0


class Result(NamedTuple):
    """`moves` is None where no order was found. `dips` is how far coverage falls below its floors.
    With `is_complete` there is no order, or none with fewer dips.
    """

    moves: tuple[Move, ...] | None
    dips: int
    is_complete: bool


def solve(problem: Problem, budget: Budget) -> Result:
    """An order with the least loss of coverage: none, else above the minimums, else any."""
    if _is_hopeless(problem):
        return Result(None, 0, is_complete=True)
    least = {to: min(floor, problem.least[to]) for to, floor in problem.floors.items()}
    moves = None
    for lowest in (problem.floors, least, dict.fromkeys(problem.floors, 0)):
        moves = _search(replace(problem, floors=lowest), budget)
        if moves is not None or budget.states < 0:
            break
    if moves is None or lowest is problem.floors:
        return Result(moves, 0, budget.states >= 0)
    return _with_fewer_dips(problem, moves, lowest, budget)


def _is_hopeless(problem: Problem) -> bool:
    """Too few seats at the end, or a value that somebody else keeps."""
    taken = Counter(name for item in problem.items for name in item.goal.licenses)
    taken.subtract(name for item in problem.items for name in item.start.licenses)
    given = {n for item in problem.items for n in item.goal.licenses - item.start.licenses}
    seats = problem.purchased.items()
    if any(problem.used[n] + taken[n] > limit for n, limit in seats if n in given):
        return True
    kept = Counter(value for item in problem.items for value in item.goal.values if value)
    wanted = {
        value for item in problem.items for value in {*item.goal.values} - {*item.start.values}
    }
    return any(value and (value in problem.held_outside or kept[value] > 1) for value in wanted)


def _with_fewer_dips(
    problem: Problem, moves: tuple[Move, ...], lowest: Mapping[Address, int], budget: Budget
) -> Result:
    """Lowers the floors step by step until there is an order."""
    most = _depth(problem, moves)
    lowered = [to for to in sorted(lowest) if lowest[to] < problem.floors[to]]
    for depth in range(1, most):
        for targets in combinations_with_replacement(lowered, depth):
            floors = Counter(problem.floors)
            floors.subtract(targets)
            if any(floors[to] < lowest[to] for to in targets):
                continue
            found = _search(replace(problem, floors=floors), budget)
            if found is not None or budget.states < 0:
                return Result(found or moves, depth if found else most, found is not None)
    return Result(moves, most, is_complete=True)


def _depth(problem: Problem, moves: Sequence[Move]) -> int:
    """How far coverage falls below the floors, all queues and skills together."""
    state = problem.start
    deepest: Counter[Address] = Counter()
    for move in moves:
        state = after(state, move)
        count = covered(problem, state)
        for to, floor in problem.floors.items():
            deepest[to] = max(deepest[to], floor - count[to])
    return deepest.total()


class _Trail(NamedTuple):
    """The moves to a state, the last one first."""

    move: Move
    before: "_Trail | None"


def _search(problem: Problem, budget: Budget) -> tuple[Move, ...] | None:
    """Depth first; None where there is no order, or the budget is spent."""
    stack: list[tuple[State, _Trail | None]] = [(problem.start, None)]
    seen: set[State] = set()
    while stack:
        state, trail = stack.pop()
        while move := _harmless(problem, state):
            state, trail = after(state, move), _Trail(move, trail)
        if state in seen:
            continue
        seen.add(state)
        if not budget.spend():
            return None
        if all(map(_is_done, problem.items, state)):
            return (*_unwound(trail), *_late_leaves(problem, state))
        choices = [move for move in _choices(problem, state) if is_lawful(problem, state, move)]
        stack += [(after(state, move), _Trail(move, trail)) for move in reversed(choices)]
    return None


def _unwound(trail: _Trail | None) -> list[Move]:
    moves = []
    while trail:
        moves.append(trail.move)
        trail = trail.before
    return moves[::-1]


def _is_done(item: Item, now: Position) -> bool:
    """All but queues that it leaves while it keeps a license."""
    if now[:3] != item.goal[:3]:
        return False
    return now.members == item.goal.members or (
        bool(now.licenses) and item.goal.members <= now.members
    )


def _late_leaves(problem: Problem, state: State) -> Iterator[Move]:
    for number, (item, now) in enumerate(zip(problem.items, state, strict=True)):
        if now.members != item.goal.members:
            yield Move(number, now._replace(members=item.goal.members))


# --- moves that cannot be wrong -----------------------------------------------------------------


def _harmless(problem: Problem, state: State) -> Move | None:
    """The first write that takes nothing scarce and after which its object can do no less."""
    for number, (item, now) in enumerate(zip(problem.items, state, strict=True)):
        if now == item.goal:
            continue
        then = _improved(problem, state, item, now)
        if then and then != now:
            move = Move(number, then)
            if is_lawful(problem, state, move):
                return move
    return None


def _improved(problem: Problem, state: State, item: Item, now: Position) -> Position | None:
    if not now.exists:
        return _made(problem, state, item, scarce=False)
    if not item.goal.exists:
        return GONE if _can_be_spared(problem, state, item, now) else None
    values = _values(problem, state, item, now)
    if values != now.values:
        return now._replace(values=values)
    adds = item.goal.licenses - now.licenses - problem.purchased.keys()
    ready = frozenset(n for n in adds if _has_base(problem, now, n))
    if ready:
        return now._replace(licenses=now.licenses | ready)
    kept = now.licenses & item.goal.licenses
    joins = _joins(problem, state, item, now)
    if now.licenses - kept and (kept or not (now.members or item.goal.members)):
        return now._replace(licenses=kept)
    if joins and (kept or not item.is_counted or not item.goal.licenses or _is_tied(item, now)):
        return now._replace(members=now.members | joins)
    if not item.goal.licenses and now.licenses and _can_be_spared(problem, state, item, now):
        return now._replace(licenses=NONE, members=now.members & item.goal.members)
    return None


def _made(problem: Problem, state: State, item: Item, *, scarce: bool) -> Position | None:
    values = [value for value in item.goal.values if value]
    if any(not is_free(problem, state, value) for value in values):
        return None
    if not scarce and any(value in problem.scarce for value in values):
        return None
    return Position(True, item.goal.values, NONE, NONE)


def _values(problem: Problem, state: State, item: Item, now: Position) -> Values:
    extension, email = (_value(problem, state, item, now, sort, scarce=False) for sort in (0, 1))
    return extension, email


def _value(
    problem: Problem, state: State, item: Item, now: Position, sort: int, *, scarce: bool
) -> Token | None:
    """The value that it can have now. On a number of a nearly full range somebody else might have
    to park, unless the number that it gives up is of the same range.
    """
    held, want = now.values[sort], item.goal.values[sort]
    if want is None or want == held:
        return want
    if not is_free(problem, state, want):
        return held
    block = problem.scarce.get(want)
    same = held is not None and problem.scarce.get(held) == block
    return want if scarce or block is None or same else held


def _has_base(problem: Problem, now: Position, name: str) -> bool:
    return problem.requires.get(name, name) in {*now.licenses, name}


def _joins(problem: Problem, state: State, item: Item, now: Position) -> frozenset[str]:
    """What it could join: queues that are there."""
    return frozenset(
        path
        for path in item.goal.members - now.members
        if (maker := problem.made.get(target(path))) is None or state[maker].exists
    )


def _is_tied(item: Item, now: Position) -> bool:
    """It stays in a queue and cannot step aside, so that joining more takes no choice from it."""
    stays = bool(now.licenses and now.members & item.goal.members)
    return stays and not _may_return(item, now)


def _may_return(item: Item, now: Position) -> bool:
    return item.may_return and now.members <= item.start.members


def _can_be_spared(problem: Problem, state: State, item: Item, now: Position) -> bool:
    """All who might leave its queues could do so, and there would be enough."""
    if not now.licenses or not now.members or not item.is_counted:
        return True
    count = covered(problem, state)
    for other, position in zip(problem.items, state, strict=True):
        if position.licenses and _might_leave(other, position):
            count.subtract(map(target, position.members))
    lost = {target(path) for path in now.members} & problem.floors.keys()
    return all(count[to] >= problem.floors[to] for to in lost)


def _might_leave(item: Item, now: Position) -> bool:
    """Before the end, losing the license that it has."""
    if now.licenses & item.goal.licenses:
        return False
    return not item.goal.licenses or not now.members & item.goal.members or _may_return(item, now)


# --- moves that have to be tried ----------------------------------------------------------------


def _choices(problem: Problem, state: State) -> Iterator[Move]:
    """Harmless ones first, parking and stepping aside last."""
    for number, (item, now) in enumerate(zip(problem.items, state, strict=True)):
        if now != item.goal:
            yield from (Move(number, then) for then in _writes(problem, state, item, now))
    for number, now in enumerate(state):
        if now.exists:
            yield from _parkings(problem, state, number)
    for number, (item, now) in enumerate(zip(problem.items, state, strict=True)):
        if now.licenses and not now.licenses & item.goal.licenses and _may_return(item, now):
            yield Move(number, now._replace(licenses=NONE, members=NONE), Kind.ASIDE)


def _writes(problem: Problem, state: State, item: Item, now: Position) -> Iterator[Position]:
    if not now.exists:
        made = _made(problem, state, item, scarce=True)
        yield from [made] if made else []
        return
    if not item.goal.exists:
        yield GONE
    else:
        yield from _takings(problem, state, item, now)
    if now.licenses and not now.licenses & item.goal.licenses:
        yield from _of_the_spent(problem, state, item, now)


def _takings(problem: Problem, state: State, item: Item, now: Position) -> Iterator[Position]:
    """One more seat, or a number on which somebody else might park."""
    for name in sorted(item.goal.licenses - now.licenses):
        if _has_base(problem, now, name):
            yield now._replace(licenses=now.licenses | {name})
    for sort in (0, 1):
        value = _value(problem, state, item, now, sort, scarce=True)
        if value != now.values[sort]:
            yield now._replace(values=_with(now.values, sort, value))


def _with(values: Values, sort: int, value: Token | None) -> Values:
    return (value, values[1]) if sort == 0 else (values[0], value)


def _of_the_spent(problem: Problem, state: State, item: Item, now: Position) -> Iterator[Position]:
    """Who holds only licenses that go may join with them, keep one of them, or drop all of them."""
    if joins := _joins(problem, state, item, now):
        yield now._replace(members=now.members | joins)
    if not item.goal.licenses and item.goal.exists:
        yield now._replace(licenses=NONE, members=now.members & item.goal.members)
    elif item.goal.exists and not now.members & item.goal.members:
        yield now._replace(licenses=NONE, members=NONE)
    for name in sorted(now.licenses):
        kept = _with_bases(problem, now, name)
        if kept != now.licenses:
            yield now._replace(licenses=kept)


def _with_bases(problem: Problem, now: Position, name: str) -> frozenset[str]:
    kept: set[str] = set()
    while name in now.licenses - kept:
        kept.add(name)
        name = problem.requires.get(name, name)
    return frozenset(kept)


def _parkings(problem: Problem, state: State, number: int) -> Iterator[Move]:
    """Away from a value that somebody else waits for."""
    item, now = problem.items[number], state[number]
    for sort in (0, 1):
        held = now.values[sort]
        waits = held and any(
            other.goal.values[sort] == held and position.values[sort] != held
            for other, position in zip(problem.items, state, strict=True)
        )
        for place in _places(problem, state, item, sort) if waits else ():
            values = _with(now.values, sort, place)
            yield Move(number, now._replace(values=values), Kind.PARK)


def _places(problem: Problem, state: State, item: Item, sort: int) -> Iterator[Token]:
    """Free ones; of those that nobody wants the first one does for all."""
    spare = False
    for place in item.places[sort]:
        if (place in problem.spare and spare) or not is_free(problem, state, place):
            continue
        spare = spare or place in problem.spare
        yield place
