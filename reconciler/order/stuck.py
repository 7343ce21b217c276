"""What to do when no task can run as a whole, from harmless to harmful.

A portion that gives what somebody lacks; a late parking; a leaver's number handed over; a portion
that takes seats; those who only take; a dip: somebody leaves a queue before the successor has
joined; and at the very end somebody who steps aside (`aside`).
"""

import heapq
from collections.abc import Iterable, Iterator
from itertools import islice

from reconciler.model import Address, Verb
from reconciler.order.aside import floor, reinforce, step_aside
from reconciler.order.cycles import park_one
from reconciler.order.portions import JOINING, Leave, Portion, gives, needs, possible, whole
from reconciler.order.rehearsal import Purpose, Rehearsal, Role
from reconciler.order.subjects import Task
from reconciler.order.tokens import COVERAGE, EMAIL, EXTENSION, FACT, SEAT, Token

LOOK = 64
CREDIT = 8
"""How many stuck tasks are looked at for a move: at least `LOOK`, more as long as that is less than
`CREDIT` for each task and step; all of them before giving up.
"""

GIVING = Leave()
TAKING = Leave(seats=True)
SUPPOSING = Leave(seats=True, values=True)
DIPPING = Leave(seats=True, uncovered=True)


def unstick(run: Rehearsal) -> bool:
    """Makes one move; False when there is none."""
    return _give(run) or _look(run) or run.admit() or (_again(run) and _look_everywhere(run))


def _look(run: Rehearsal, *, everywhere: bool = False) -> bool:
    moves = ((Role.HIRE, _hand_over), (Role.TAKER, _take), (Role.ANY, _give_early))
    if any(
        move(run, task) for role, move in moves for task in _some(run, role, everywhere=everywhere)
    ):
        return True
    return _dip(run, _some(run, Role.LEAVER, everywhere=everywhere))


def _look_everywhere(run: Rehearsal) -> bool:
    if _look(run, everywhere=True):
        return True
    takers = list(_some(run, Role.TAKER, everywhere=True))
    return step_aside(run, takers) or reinforce(run, takers)


def _some(run: Rehearsal, role: Role, *, everywhere: bool) -> Iterator[Task]:
    spent = run.looked - CREDIT * (len(run.pending) + len(run.steps))
    limit = None if everywhere else LOOK + max(0, -spent)
    for task in islice(run.crowds[role].waiting(), limit):
        run.looked += 1
        yield task


def _again(run: Rehearsal) -> bool:
    """Whether anything happened since the last look at everything."""
    happened = run.swept != len(run.steps)
    run.swept = len(run.steps)
    return happened


def _give(run: Rehearsal) -> bool:
    """A portion that takes nothing scarce and gives what somebody lacks."""
    while run.untried:
        task = heapq.heappop(run.untried)[1]
        task.listed = False
        if task.waits and not task.done:
            if _split(run, task, GIVING):
                return True
            run.tied.append(task)
    return run.ties and _tie(run)


def _tie(run: Rehearsal) -> bool:
    """The same of somebody whom joining ties to a license that is to go."""
    while run.tied:
        task = run.tied.popleft()
        if task.waits and not task.done and _give_or_join(run, task):
            return True
    return False


def _give_or_join(run: Rehearsal, task: Task) -> bool:
    """Others may have joined meanwhile, so that it can leave and is tied to nothing."""
    return _split(run, task, GIVING) or _split(run, task, JOINING)


def _give_early(run: Rehearsal, task: Task) -> bool:
    """The same where the token is there, yet somebody who needs it waits for others, too. Nobody
    is tied for that who may have to step aside.
    """
    return _split(run, task, GIVING, early=True)


def _take(run: Rehearsal, task: Task) -> bool:
    """Seats that are free, if something that is lacking comes of it."""
    free = any(run.supply.has(Token(SEAT, name)) for name in task.adds)
    return free and _split(run, task, TAKING)


def _split(run: Rehearsal, task: Task, leave: Leave, *, early: bool = False) -> bool:
    portion = possible(task, run.supply, run.scene, leave)
    if portion is None or not _helps(run, task, portion, early=early):
        return False
    run.execute(task, portion, Purpose.SPLIT, run.missing(task))
    return True


def _helps(run: Rehearsal, task: Task, portion: Portion, *, early: bool = False) -> bool:
    supply = run.supply
    fruits = _fruits(run, task, portion)
    return any(supply.demand[one] > 0 if early else supply.lacks(one) for one in fruits)


def _fruits(run: Rehearsal, task: Task, portion: Portion) -> Iterator[Token]:
    """What a portion gives; behind a fact, what those who seek the fact can give then."""
    for one in gives(task, portion):
        if one.sort != FACT:
            yield one
        for seeker in run.seekers.get(one, ()) if one.sort == FACT else ():
            if not seeker.done:
                yield from (g for g in gives(seeker, whole(seeker)) if g.sort != FACT)


# --- hand-over -----------------------------------------------------------------------------------


def _hand_over(run: Rehearsal, task: Task) -> bool:
    """A new hire lacks only the number of a leaver, who has to stay until the new hire is in."""
    if task.verb is not Verb.CREATE:
        return False
    portion = possible(task, run.supply, run.scene, SUPPOSING)
    if not portion or not _helps(run, task, portion):
        return False
    for need in run.missing(task):
        leaver = _last_holder(run, need)
        if leaver and park_one(run, leaver, (need.sort,), (need,)):
            return True
    return False


def _last_holder(run: Rehearsal, need: Token) -> Task | None:
    """The leaver at the end of those who follow each other onto a value."""
    holder = run.holder.get(need) if need.sort in (EXTENSION, EMAIL) else None
    seen = {holder}
    while holder and holder.verb is not Verb.DELETE:
        want = holder.wanted(need.sort)
        holder = run.holder.get(want) if want else None
        if holder in seen:
            return None
        seen.add(holder)
    return holder


# --- dips ----------------------------------------------------------------------------------------

Cost = tuple[int, int, int]


def _dip(run: Rehearsal, tasks: Iterable[Task]) -> bool:
    """Lets the one leave who costs least and unlocks most."""
    best: tuple[Cost, Task, Portion] | None = None
    for task in tasks:
        portion = _forced(run, task)
        cost = _cost(run, task, portion) if portion else None
        if portion and cost and (best is None or cost < best[0]):
            best = cost, task, portion
    if best is None:
        return False
    run.execute(best[1], best[2], Purpose.DIP, run.missing(best[1]))
    return True


def _forced(run: Rehearsal, task: Task) -> Portion | None:
    if all(need.sort == COVERAGE for need in run.missing(task)):
        return whole(task)
    return possible(task, run.supply, run.scene, DIPPING) if task.subject.exists else None


def _cost(run: Rehearsal, task: Task, portion: Portion) -> Cost | None:
    """Queues below their minimum, queues that dip, and what it unlocks; None if that is nothing."""
    uncovered = [need.name for need in needs(task, portion, run.scene) if run.supply.lacks(need)]
    unlocks = sum(run.supply.lacks(one) for one in _fruits(run, task, portion))
    if not uncovered or not unlocks:
        return None
    return sum(_falls_short(run, name) for name in uncovered), len(uncovered), -unlocks


def _falls_short(run: Rehearsal, name: Address) -> bool:
    before = run.scene.coverage.get(name, 0)
    used = run.supply.bag(Token(COVERAGE, name)).used
    return before - used - run.dips[name] - 1 < floor(run.scene, name)
