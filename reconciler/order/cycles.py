"""People who want each other's values: of every cycle one is parked, and the others follow."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence

from reconciler import kinds
from reconciler.model import Address, ExtensionRange, Verb
from reconciler.order.portions import Portion, whole
from reconciler.order.rehearsal import Cycle, Purpose, Rehearsal
from reconciler.order.subjects import Task
from reconciler.order.tokens import EMAIL, EXTENSION, Token

OTHER = {EXTENSION: EMAIL, EMAIL: EXTENSION}
Places = Mapping[tuple[Address, str], Cycle]


def park(run: Rehearsal) -> None:
    """Parks one of each cycle. Where no number is free, one that is free until somebody moves to it
    will do for the moment; else the cycle waits until a number is freed.
    """
    found = [Cycle(sort, tasks) for sort in OTHER for tasks in _cycles(run, sort)]
    places = {(task.subject.address, cycle.sort): cycle for cycle in found for task in cycle.tasks}
    run.turning = frozenset(task.subject.holds[sort] for sort, tasks in found for task in tasks)
    broken: set[Cycle] = set()
    for cycle in found:
        if cycle not in broken:
            _break(run, cycle, places, broken)
        if cycle not in broken:
            for block in {run.slots.block(task.subject.holds[cycle.sort]) for task in cycle.tasks}:
                if block:
                    run.cycles.setdefault(block, deque()).append(cycle)
    for task in run.own.values():
        want = task.wanted(EXTENSION)
        if want and want not in run.turning and run.supply.has(want):
            run.freed.append(want)
    park_freed(run)


def park_freed(run: Rehearsal) -> None:
    """Numbers were freed: cycles that waited for one go on, before anybody takes it for good."""
    while run.freed:
        place = run.freed.popleft()
        block = run.slots.block(place)
        while block and run.supply.has(place) and (cycle := _next(run, block, place)):
            inside = [t for t in cycle.tasks if block.holds(t.subject.holds[cycle.sort].name)]
            task = min(inside, key=_liking)
            park_at(run, task, {cycle.sort: run.slots.claim(place)})
            if run.slots.is_wanted(place):
                _turn(run, cycle, task)


def _next(run: Rehearsal, block: ExtensionRange, place: Token) -> Cycle | None:
    """A cycle that waits for a place. One that somebody moves to must be given back for certain:
    not by a cycle in which a value has more than one holder.
    """
    waiting = run.cycles.get(block, deque())
    wanted = run.slots.is_wanted(place)
    for cycle in list(waiting):
        if not _is_closed(cycle):
            waiting.remove(cycle)
        elif not wanted or _is_simple(run, cycle):
            waiting.remove(cycle)
            return cycle
    return None


def _turn(run: Rehearsal, cycle: Cycle, parked: Task) -> None:
    """Everybody moves on at once, so that the place is free again."""
    at = cycle.tasks.index(parked)
    for task in (*reversed(cycle.tasks[:at]), *reversed(cycle.tasks[at:])):
        if not run.missing(task):
            run.execute(task, whole(task), Purpose.WHOLE)
        else:
            moves = {cycle.sort: task.moves[cycle.sort]}
            run.execute(task, Portion(Verb.UPDATE, moves), Purpose.SPLIT, run.missing(task))


def park_one(
    run: Rehearsal, task: Task, sorts: Sequence[str], lacked: tuple[Token, ...] = ()
) -> frozenset[str]:
    """Parks values of one object in one write; says which ones found a place."""
    places = {sort: run.slots.take(task.subject.holds[sort]) for sort in sorts}
    return park_at(run, task, places, lacked)


def park_at(
    run: Rehearsal,
    task: Task,
    places: Mapping[str, Token | None],
    lacked: tuple[Token, ...] = (),
) -> frozenset[str]:
    moves = {sort: place.name for sort, place in places.items() if place}
    if moves:
        wanted = tuple(want for sort in moves if (want := task.wanted(sort)))
        purpose = Purpose.HANDED if lacked else Purpose.PARKED
        run.execute(task, Portion(Verb.UPDATE, moves), purpose, lacked or wanted)
    return frozenset(moves)


def _cycles(run: Rehearsal, sort: str) -> Iterator[tuple[Task, ...]]:
    """Every pure cycle of "who holds what I want"."""
    movers = [mover for mover in run.own.values() if _moves(mover, sort)]
    holders: dict[Token | None, Task] = {}
    for mover in movers:
        holders.setdefault(mover.subject.holds[sort], mover)
    seen: dict[Task, int] = {}
    for number, start in enumerate(movers):
        path: list[Task] = []
        task: Task | None = start
        while task and task not in seen:
            seen[task] = number
            path.append(task)
            task = holders.get(task.wanted(sort))
        if task and seen[task] == number:
            yield tuple(path[path.index(task) :])


def _moves(task: Task, sort: str) -> bool:
    return task.verb is Verb.UPDATE and sort in task.subject.holds and bool(task.wanted(sort))


def _break(run: Rehearsal, cycle: Cycle, places: Places, broken: set[Cycle]) -> None:
    """An agent that sits in a second cycle, too, is parked out of both at once."""
    choices = []
    for task in cycle.tasks:
        also = places.get((task.subject.address, OTHER[cycle.sort]))
        choices.append((also is None or also in broken, _liking(task), task))
    for alone, _, task in sorted(choices, key=lambda choice: choice[:2]):
        sorts = (cycle.sort,) if alone else (cycle.sort, OTHER[cycle.sort])
        parked = park_one(run, task, sorts)
        broken.update(places[task.subject.address, sort] for sort in parked)
        if cycle in broken:
            return


def _liking(task: Task) -> tuple[bool, Address]:
    """Rather an agent than a queue, whose callers would miss it."""
    return task.subject.change.kind != kinds.AGENT, task.subject.address


def _is_simple(run: Rehearsal, cycle: Cycle) -> bool:
    held = (task.subject.holds[cycle.sort] for task in cycle.tasks)
    return all(len(run.scene.holders[value]) == 1 for value in held)


def _is_closed(cycle: Cycle) -> bool:
    """Nobody of it was parked in the meantime."""
    following = (*cycle.tasks[1:], cycle.tasks[0])
    return all(
        task.wanted(cycle.sort) == after.subject.holds.get(cycle.sort)
        for task, after in zip(cycle.tasks, following, strict=True)
    )
