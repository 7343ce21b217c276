"""From a group of tasks to the problem that is searched, and from its solution back to a run."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from reconciler.model import Address, Value, Verb
from reconciler.order import step_aside
from reconciler.order.contention import Group, may_step_aside
from reconciler.order.cycles import park_at
from reconciler.order.partial_writes import PartialWrite, early_settings, needs, whole
from reconciler.order.simulation import Purpose, Simulation
from reconciler.order.states import (
    GONE,
    Item,
    Kind,
    Move,
    Position,
    Problem,
    after,
    is_lawful,
)
from reconciler.order.tasks import Task
from reconciler.order.tokens import COVERAGE, EMAIL, EXTENSION, SEAT, Token

SORTS = (EXTENSION, EMAIL)
ABSTRACT = "a free place"
"""Where there are places enough, which one is of no importance before the run."""


# --- to a problem --------------------------------------------------------------------------------


def problem(run: Simulation, group: Group) -> Problem:
    """Of a run that has not begun."""
    snapshot = run.snapshot
    by_address: dict[Address, list[Task]] = {}
    for task in group.tasks:
        by_address.setdefault(task.subject.address, []).append(task)
    items = tuple(_item(run, group, tasks) for tasks in by_address.values())
    pools = [token.name for token in group.contended if token.sort == SEAT]
    targets = [token.name for token in group.contended if token.sort == COVERAGE]
    return Problem(
        items=items,
        held_outside=frozenset(_held_outside(run, items)),
        scarce={
            value: block
            for block, free in group.scarce.items()
            for value in (*free, *_numbers(run, items, block))
        },
        spare=frozenset(value for free in group.scarce.values() for value in free),
        used={name: snapshot.seats.get(name, 0) for name in pools},
        purchased={name: snapshot.bounds.purchased[name] for name in pools},
        covered={name: snapshot.coverage.get(name, 0) for name in targets},
        floors={name: _floor(run, name) for name in targets},
        least={name: step_aside.floor(snapshot, name) for name in targets},
        requires=snapshot.bounds.requires,
        made={
            item.address: number
            for number, item in enumerate(items)
            if item.address in snapshot.made and not item.start.exists
        },
        members_on_queue=snapshot.bounds.members_on_queue,
    )


def _item(run: Simulation, group: Group, tasks: Sequence[Task]) -> Item:
    subject = tasks[0].subject
    own = next((task for task in tasks if not task.path), None)
    start = Position(
        subject.exists,
        (subject.holds.get(EXTENSION), subject.holds.get(EMAIL)),
        frozenset(subject.licenses),
        frozenset(subject.members),
    )
    return Item(
        address=subject.address,
        start=start,
        goal=_goal(start, tasks),
        places=(_places(run, group, own, EXTENSION), _places(run, group, own, EMAIL)),
        may_return=bool(own and may_step_aside(run, own) and not step_aside.unstated(run, own)),
        is_counted=not subject.unseen,
    )


def _goal(start: Position, tasks: Sequence[Task]) -> Position:
    if any(task.verb is Verb.DELETE for task in tasks):
        return GONE
    values = list(start.values)
    licenses, members = set(start.licenses), set(start.members)
    for task in tasks:
        for number, sort in enumerate(SORTS):
            if sort in task.moves:
                values[number] = task.destination(sort)
        licenses = (licenses | task.adds) - task.drops
        members = (members | task.joins.keys()) - task.leaves
    return Position(True, (values[0], values[1]), frozenset(licenses), frozenset(members))


def _places(run: Simulation, group: Group, own: Task | None, sort: str) -> tuple[Token, ...]:
    held = own.subject.holds.get(sort) if own else None
    if own is None or held is None or sort not in own.moves:
        return ()
    if sort == EMAIL:
        return (Token(sort, f"{ABSTRACT} for {own.subject.address}"),)
    block = run.parking.block(held)
    if block is None:
        return ()
    if block not in group.scarce:
        return (Token(sort, f"{ABSTRACT} for {own.subject.address}"),)
    tasks = (task.subject for task in group.tasks)
    vacated = {s.holds[EXTENSION] for s in tasks if EXTENSION in s.holds}
    wanted = {want for task in group.tasks if (want := task.destination(EXTENSION))}
    inside = {value for value in vacated | wanted if run.parking.block(value) == block}
    return (*group.scarce[block], *sorted(inside - {held}))


def _numbers(run: Simulation, items: Iterable[Item], block: object) -> set[Token]:
    values = {position.values[0] for item in items for position in (item.start, item.goal)}
    return {value for value in values if value and run.parking.block(value) == block}


def _held_outside(run: Simulation, items: Sequence[Item]) -> Iterator[Token]:
    """Values that the items want or could park on, and somebody else holds."""
    own = {(item.address, value) for item in items for value in item.start.values if value}
    for item in items:
        for value in (*item.goal.values, *item.start.values, *item.places[0]):
            holders = run.snapshot.holders.get(value, ()) if value else ()
            if value and any((holder, value) not in own for holder in holders):
                yield value


def _floor(run: Simulation, name: Address) -> int:
    """What coverage can keep to if joiners come before leavers."""
    capacity = run.supply.capacities.get(Token(COVERAGE, name))
    return run.snapshot.coverage.get(name, 0) - (capacity.free if capacity else 0)


# --- fewer writes --------------------------------------------------------------------------------


def merged(problem: Problem, moves: Sequence[Move]) -> list[Move]:
    """The same with partial writes of one object put together, where the rules allow it."""
    found = list(_apart(problem, moves) if problem.members_on_queue else moves)
    while (shorter := _shorter(problem, found)) is not None:
        found = shorter
    return found


def _apart(problem: Problem, moves: Iterable[Move]) -> Iterator[Move]:
    """Memberships that are written on the queue's object are writes of their own."""
    state = problem.start
    for move in moves:
        now = state[move.item]
        for path in sorted(now.members - move.position.members):
            now = now._replace(members=now.members - {path})
            yield Move(move.item, now, move.kind)
        rest = move.position._replace(members=now.members)
        if rest != now or not move.position.exists:
            now = rest
            yield Move(move.item, now, move.kind)
        for path in sorted(move.position.members - now.members):
            now = now._replace(members=now.members | {path})
            yield Move(move.item, now, move.kind)
        state = after(state, move)


def _shorter(problem: Problem, moves: list[Move]) -> list[Move] | None:
    latest: dict[int, int] = {}
    for number, move in enumerate(moves):
        before = latest.get(move.item)
        latest[move.item] = number
        if before is None or not _may_merge(problem, moves, before, number):
            continue
        kind = move.kind
        early = Move(move.item, move.position, kind)
        for candidate in (
            [*moves[:before], *moves[before + 1 :]],
            [*moves[:before], early, *moves[before + 1 : number], *moves[number + 1 :]],
        ):
            if _is_lawful_run(problem, candidate):
                return candidate
    return None


def _may_merge(problem: Problem, moves: Sequence[Move], before: int, number: int) -> bool:
    first, second = moves[before], moves[number]
    if first.kind is not second.kind or first.kind is Kind.ASIDE:
        return False
    if not problem.members_on_queue:
        return True
    earlier = [move.position for move in moves[:before] if move.item == first.item]
    start = earlier[-1] if earlier else problem.items[first.item].start
    members = {start.members, first.position.members, second.position.members}
    return len(members) == 1


def _is_lawful_run(problem: Problem, moves: Sequence[Move]) -> bool:
    state = problem.start
    for move in moves:
        if not is_lawful(problem, state, move):
            return False
        state = after(state, move)
    return True


# --- to a run ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Script:
    """A lawful run of a group, found by search."""

    problem: Problem
    moves: tuple[Move, ...]


def replay(run: Simulation, scripts: Iterable[Script]) -> bool:
    """Executes what was found; False where the run would have it otherwise."""
    tasks: dict[Address, list[Task]] = {}
    for task in run.pending:
        tasks.setdefault(task.subject.address, []).append(task)
    for script in scripts:
        state = script.problem.start
        for move in script.moves:
            address = script.problem.items[move.item].address
            if not _write(run, tasks[address], state[move.item], move):
                return False
            state = after(state, move)
    return True


def _write(run: Simulation, tasks: Sequence[Task], now: Position, move: Move) -> bool:
    own = next((task for task in tasks if not task.path), None)
    for task in tasks:
        task.subject.chained = run.snapshot.bounds.members_on_queue
    if own and move.kind is Kind.PARK:
        return _park(run, own, now, move.position)
    if own and move.kind is Kind.ASIDE:
        step_aside.leave(run, own)
        return True
    changed = (now.members - move.position.members) | (move.position.members - now.members)
    if run.snapshot.bounds.members_on_queue and changed:
        [path] = changed
        task = next(task for task in tasks if task.path == path)
        return _execute(run, task, whole(task))
    return own is not None and _execute(run, own, _portion(own, now, move.position))


def _park(run: Simulation, task: Task, now: Position, then: Position) -> bool:
    places: dict[str, Token | None] = {}
    for number, sort in enumerate(SORTS):
        place = then.values[number]
        if place and place != now.values[number]:
            is_any = place.name.startswith(ABSTRACT)
            held = task.subject.holds[sort]
            places[sort] = run.parking.take(held) if is_any else run.parking.claim(place)
    if any(place is None or not run.supply.has(place) for place in places.values()):
        return False
    handed = (
        () if all(map(task.destination, places)) else tuple(task.subject.holds[s] for s in places)
    )
    park_at(run, task, places, handed)
    return True


def _portion(task: Task, now: Position, then: Position) -> PartialWrite:
    if not then.exists:
        return whole(task)
    moves: Mapping[str, Value] = {
        sort: task.moves[sort]
        for number, sort in enumerate(SORTS)
        if now.values[number] != then.values[number] and sort in task.moves
    }
    is_new = task.verb is Verb.CREATE
    return PartialWrite(
        Verb.CREATE if is_new else Verb.UPDATE,
        dict(task.moves) if is_new else moves,
        then.licenses - now.licenses,
        now.licenses - then.licenses,
        {path: task.joins[path] for path in sorted(then.members - now.members)},
        now.members - then.members,
        early_settings(task),
    )


def _execute(run: Simulation, task: Task, write: PartialWrite) -> bool:
    everything = whole(task)
    is_whole = _content(write) == _content(everything)
    write = everything if is_whole else write
    missing = [need for need in needs(task, write, run.snapshot) if not run.supply.has(need)]
    if any(need.sort != COVERAGE for need in missing):
        return False
    lacked = () if is_whole and not missing else run.missing(task)
    purpose = Purpose.DIP if missing else Purpose.WHOLE if is_whole else Purpose.SPLIT
    run.execute(task, write, purpose, lacked)
    return True


def _content(write: PartialWrite) -> tuple[object, ...]:
    """All but mere settings."""
    return (write.moves, write.adds, write.drops, write.joins, write.leaves)
