"""Choose a partial write when no task can run as a whole, from harmless to harmful.

A write that gives what somebody lacks; a late parking; a leaver's number handed over; a write
that takes seats; those who only take; a dip: somebody leaves a queue before the successor has
joined; and at the very end somebody who steps aside (`aside`).
"""

import heapq
from collections.abc import Iterable, Iterator
from itertools import islice

from reconciler.model import Address, Verb
from reconciler.order.cycles import park_one
from reconciler.order.partial_writes import (
    JOINING,
    PartialWrite,
    Permissions,
    gives,
    needs,
    possible,
    whole,
)
from reconciler.order.simulation import Purpose, Role, Simulation
from reconciler.order.step_aside import floor, reinforce, step_aside
from reconciler.order.tasks import Task
from reconciler.order.tokens import COVERAGE, EMAIL, EXTENSION, FACT, SEAT, Token

LOOK = 64
CREDIT = 8
"""How many stuck tasks are looked at for a move: at least `LOOK`, more as long as that is less than
`CREDIT` for each task and step; all of them before giving up.
"""

GIVING = Permissions()
TAKING = Permissions(seats=True)
SUPPOSING = Permissions(seats=True, values=True)
DIPPING = Permissions(seats=True, uncovered=True)


def resolve(run: Simulation) -> bool:
    """Execute one partial write; False when none is possible."""
    return _give(run) or _look(run) or run.admit() or (_again(run) and _look_everywhere(run))


def _look(run: Simulation, *, everywhere: bool = False) -> bool:
    moves = ((Role.HIRE, _hand_over), (Role.TAKER, _take), (Role.ANY, _give_early))
    if any(
        move(run, task) for role, move in moves for task in _some(run, role, everywhere=everywhere)
    ):
        return True
    return _let_coverage_fall(run, _some(run, Role.LEAVER, everywhere=everywhere))


def _look_everywhere(run: Simulation) -> bool:
    if _look(run, everywhere=True):
        return True
    takers = list(_some(run, Role.TAKER, everywhere=True))
    return step_aside(run, takers) or reinforce(run, takers)


def _some(run: Simulation, role: Role, *, everywhere: bool) -> Iterator[Task]:
    spent = run.looked - CREDIT * (len(run.pending) + len(run.steps))
    limit = None if everywhere else LOOK + max(0, -spent)
    for task in islice(run.candidates[role].waiting(), limit):
        run.looked += 1
        yield task


def _again(run: Simulation) -> bool:
    """Whether anything happened since the last look at everything."""
    happened = run.swept != len(run.steps)
    run.swept = len(run.steps)
    return happened


def _give(run: Simulation) -> bool:
    """Execute a write that takes nothing scarce and gives what somebody lacks."""
    while run.untried:
        task = heapq.heappop(run.untried)[1]
        task.listed = False
        if task.waits and not task.done:
            if _split(run, task, GIVING):
                return True
            run.tied.append(task)
    return run.ties and _tie(run)


def _tie(run: Simulation) -> bool:
    """The same for a task that joining ties to a license which it is to lose."""
    while run.tied:
        task = run.tied.popleft()
        if task.waits and not task.done and _give_or_join(run, task):
            return True
    return False


def _give_or_join(run: Simulation, task: Task) -> bool:
    """Prefer leaving, which may have become possible, to joining with such a license."""
    return _split(run, task, GIVING) or _split(run, task, JOINING)


def _give_early(run: Simulation, task: Task) -> bool:
    """The same where the token is there, yet somebody who needs it waits for others, too. Nobody
    is tied for that who may have to step aside.
    """
    return _split(run, task, GIVING, early=True)


def _take(run: Simulation, task: Task) -> bool:
    """Take free seats, if that gives something that is lacking."""
    free = any(run.supply.has(Token(SEAT, name)) for name in task.adds)
    return free and _split(run, task, TAKING)


def _split(run: Simulation, task: Task, permissions: Permissions, *, early: bool = False) -> bool:
    write = possible(task, run.supply, run.snapshot, permissions)
    if write is None or not _helps(run, task, write, early=early):
        return False
    run.execute(task, write, Purpose.SPLIT, run.missing(task))
    return True


def _helps(run: Simulation, task: Task, write: PartialWrite, *, early: bool = False) -> bool:
    supply = run.supply
    fruits = _benefits(run, task, write)
    return any(supply.demand[fruit] > 0 if early else supply.lacks(fruit) for fruit in fruits)


def _benefits(run: Simulation, task: Task, write: PartialWrite) -> Iterator[Token]:
    """What a write gives, and what tasks that wait for its facts could give then."""
    for one in gives(task, write):
        if one.sort != FACT:
            yield one
        for seeker in run.seekers.get(one, ()) if one.sort == FACT else ():
            if not seeker.done:
                yield from (g for g in gives(seeker, whole(seeker)) if g.sort != FACT)


# --- hand-over -----------------------------------------------------------------------------------


def _hand_over(run: Simulation, task: Task) -> bool:
    """Park a leaver's number for a new hire whom the leaver has to wait for."""
    if task.verb is not Verb.CREATE:
        return False
    write = possible(task, run.supply, run.snapshot, SUPPOSING)
    if not write or not _helps(run, task, write):
        return False
    for need in run.missing(task):
        leaver = _last_holder(run, need)
        if leaver and park_one(run, leaver, (need.sort,), (need,)):
            return True
    return False


def _last_holder(run: Simulation, need: Token) -> Task | None:
    """Find the leaver at the end of a chain of agents who take over each other's values."""
    holder = run.holder.get(need) if need.sort in (EXTENSION, EMAIL) else None
    seen = {holder}
    while holder and holder.verb is not Verb.DELETE:
        want = holder.destination(need.sort)
        holder = run.holder.get(want) if want else None
        if holder in seen:
            return None
        seen.add(holder)
    return holder


# --- dips ----------------------------------------------------------------------------------------

Cost = tuple[int, int, int]


def _let_coverage_fall(run: Simulation, tasks: Iterable[Task]) -> bool:
    """Let coverage fall where that costs least and unlocks most."""
    best: tuple[Cost, Task, PartialWrite] | None = None
    for task in tasks:
        write = _forced(run, task)
        cost = _cost(run, task, write) if write else None
        if write and cost and (best is None or cost < best[0]):
            best = cost, task, write
    if best is None:
        return False
    run.execute(best[1], best[2], Purpose.DIP, run.missing(best[1]))
    return True


def _forced(run: Simulation, task: Task) -> PartialWrite | None:
    if all(need.sort == COVERAGE for need in run.missing(task)):
        return whole(task)
    return possible(task, run.supply, run.snapshot, DIPPING) if task.subject.exists else None


def _cost(run: Simulation, task: Task, write: PartialWrite) -> Cost | None:
    """Queues below their minimum, queues that dip, and what it unlocks; None if that is nothing."""
    uncovered = [need.name for need in needs(task, write, run.snapshot) if run.supply.lacks(need)]
    unlocks = sum(run.supply.lacks(benefit) for benefit in _benefits(run, task, write))
    if not uncovered or not unlocks:
        return None
    return sum(_falls_short(run, name) for name in uncovered), len(uncovered), -unlocks


def _falls_short(run: Simulation, name: Address) -> bool:
    before = run.snapshot.coverage.get(name, 0)
    used = run.supply.capacity(Token(COVERAGE, name)).used
    return before - used - run.dips[name] - 1 < floor(run.snapshot, name)
