"""Break cycles of agents who want each other's values by parking one value of each."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence

from reconciler import kinds
from reconciler.model import Address, ExtensionRange, Verb
from reconciler.order.partial_writes import PartialWrite, whole
from reconciler.order.simulation import Cycle, Purpose, Simulation
from reconciler.order.tasks import Task
from reconciler.order.tokens import EMAIL, EXTENSION, Token

OTHER = {EXTENSION: EMAIL, EMAIL: EXTENSION}
Places = Mapping[tuple[Address, str], Cycle]


def park(run: Simulation) -> None:
    """Park one value of each cycle.

    Where no number is free, one that is free until somebody moves to it will do for the moment;
    else the cycle waits until a number is freed.
    """
    found = [Cycle(sort, tasks) for sort in OTHER for tasks in _cycles(run, sort)]
    places = {(task.subject.address, cycle.sort): cycle for cycle in found for task in cycle.tasks}
    run.turning = frozenset(task.subject.holds[sort] for sort, tasks in found for task in tasks)
    broken: set[Cycle] = set()
    for cycle in found:
        if cycle not in broken:
            _break(run, cycle, places, broken)
        if cycle not in broken:
            for block in {
                run.parking.block(task.subject.holds[cycle.sort]) for task in cycle.tasks
            }:
                if block:
                    run.cycles.setdefault(block, deque()).append(cycle)
    for task in run.own.values():
        want = task.destination(EXTENSION)
        if want and want not in run.turning and run.supply.has(want):
            run.freed.append(want)
    park_freed(run)


def park_freed(run: Simulation) -> None:
    """Break cycles that waited for a number, before somebody takes the freed one for good."""
    while run.freed:
        place = run.freed.popleft()
        block = run.parking.block(place)
        while block and run.supply.has(place) and (cycle := _next(run, block, place)):
            inside = [t for t in cycle.tasks if block.holds(t.subject.holds[cycle.sort].name)]
            task = min(inside, key=_preference)
            park_at(run, task, {cycle.sort: run.parking.claim(place)})
            if run.parking.is_wanted(place):
                _rotate(run, cycle, task)


def _next(run: Simulation, block: ExtensionRange, place: Token) -> Cycle | None:
    """Find a cycle that waits for a place.

    A place that somebody moves to must be given back for certain: not by a cycle in which a value
    has more than one holder.
    """
    waiting = run.cycles.get(block, deque())
    wanted = run.parking.is_wanted(place)
    for cycle in list(waiting):
        if not _is_closed(cycle):
            waiting.remove(cycle)
        elif not wanted or _is_simple(run, cycle):
            waiting.remove(cycle)
            return cycle
    return None


def _rotate(run: Simulation, cycle: Cycle, parked: Task) -> None:
    """Move every member of the cycle on, so that the parking place is free again."""
    at = cycle.tasks.index(parked)
    for task in (*reversed(cycle.tasks[:at]), *reversed(cycle.tasks[at:])):
        if not run.missing(task):
            run.execute(task, whole(task), Purpose.WHOLE)
        else:
            moves = {cycle.sort: task.moves[cycle.sort]}
            run.execute(task, PartialWrite(Verb.UPDATE, moves), Purpose.SPLIT, run.missing(task))


def park_one(
    run: Simulation, task: Task, sorts: Sequence[str], lacked: tuple[Token, ...] = ()
) -> frozenset[str]:
    """Park values of one object in one write; return those that found a place."""
    places = {sort: run.parking.take(task.subject.holds[sort]) for sort in sorts}
    return park_at(run, task, places, lacked)


def park_at(
    run: Simulation,
    task: Task,
    places: Mapping[str, Token | None],
    lacked: tuple[Token, ...] = (),
) -> frozenset[str]:
    moves = {sort: place.name for sort, place in places.items() if place}
    if moves:
        wanted = tuple(want for sort in moves if (want := task.destination(sort)))
        purpose = Purpose.HANDED if lacked else Purpose.PARKED
        run.execute(task, PartialWrite(Verb.UPDATE, moves), purpose, lacked or wanted)
    return frozenset(moves)


def _cycles(run: Simulation, sort: str) -> Iterator[tuple[Task, ...]]:
    """Yield every pure cycle of tasks that want each other's values."""
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
            task = holders.get(task.destination(sort))
        if task and seen[task] == number:
            yield tuple(path[path.index(task) :])


def _moves(task: Task, sort: str) -> bool:
    return task.verb is Verb.UPDATE and sort in task.subject.holds and bool(task.destination(sort))


def _break(run: Simulation, cycle: Cycle, places: Places, broken: set[Cycle]) -> None:
    """An agent that sits in a second cycle, too, is parked out of both at once."""
    choices = []
    for task in cycle.tasks:
        also = places.get((task.subject.address, OTHER[cycle.sort]))
        choices.append((also is None or also in broken, _preference(task), task))
    for alone, _, task in sorted(choices, key=lambda choice: choice[:2]):
        sorts = (cycle.sort,) if alone else (cycle.sort, OTHER[cycle.sort])
        parked = park_one(run, task, sorts)
        broken.update(places[task.subject.address, sort] for sort in parked)
        if cycle in broken:
            return


def _preference(task: Task) -> tuple[bool, Address]:
    """Prefer to park an agent: callers would miss the number of a queue."""
    return task.subject.change.kind != kinds.AGENT, task.subject.address


def _is_simple(run: Simulation, cycle: Cycle) -> bool:
    held = (task.subject.holds[cycle.sort] for task in cycle.tasks)
    return all(len(run.snapshot.holders[value]) == 1 for value in held)


def _is_closed(cycle: Cycle) -> bool:
    """Whether no member was parked in the meantime."""
    following = (*cycle.tasks[1:], cycle.tasks[0])
    return all(
        task.destination(cycle.sort) == after.subject.holds.get(cycle.sort)
        for task, after in zip(cycle.tasks, following, strict=True)
    )
