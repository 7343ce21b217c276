"""Several runs, of which the best counts; small groups that are in trouble are searched to the end.

A run follows rules of thumb, in time that grows with the changes. Where it leaves something undone
or lets coverage fall, it is repeated with other changes first, and then every group of contending
changes that is small enough is searched (`exhaustive`).
"""

from collections.abc import Iterator

from reconciler import kinds
from reconciler.model import Address, Verb
from reconciler.order import cycles, exhaustive, stuck
from reconciler.order.aside import floor, step_aside
from reconciler.order.contention import Group, groups
from reconciler.order.exhaustive import Budget
from reconciler.order.portions import whole
from reconciler.order.rehearsal import Purpose, Rehearsal, Role
from reconciler.order.replay import Script, merged, problem, replay
from reconciler.order.scene import Scene
from reconciler.order.start import prepared
from reconciler.order.tokens import COVERAGE, Token

TRIES = 4
WIDELY = 2
"""After so many tries only those who are left go first, not whoever had to do with it."""
LARGE = 2_000
"""A plan of so many changes is rehearsed once more at the most."""

SMALL = 8
"""A group of so many people is searched to the end; one of up to `MOST` for a while."""
MOST = 24
STATES = 60_000
STATES_FOR_A_WHILE = 2_000
STATES_IN_ALL = 120_000


def best(scene: Scene) -> Rehearsal:
    """Fewest left undone, then fewest falls below a minimum, fewest dips, fewest steps."""
    run = _repeated(scene)
    if not (run.left() or run.dips):
        return run
    return _searched(scene, run)


def _repeated(scene: Scene) -> Rehearsal:
    run = _rehearsed(scene, frozenset(), reserved=False)
    for number in range(TRIES if len(scene.changes) < LARGE else 1):
        front = (number >= WIDELY and _left(run)) or _troubled(run)
        if front:
            again = _rehearsed(scene, front, reserved=number % 2 == 0)
            run = min(run, again, key=_cost)
    for at_once in (False, True) if len(scene.changes) < LARGE else ():
        if front := _left(run):
            run = min(run, _untied(scene, front, at_once=at_once), key=_cost)
    return run


def _searched(scene: Scene, run: Rehearsal) -> Rehearsal:
    """The same with a better order for each group in trouble, if there is one; the run says of
    which groups this is certain.
    """
    fresh = prepared(scene, frozenset(), reserved=False)
    in_all = Budget(STATES_IN_ALL)
    scripts, proven = [], set[Address]()
    fewest: dict[frozenset[Address], int] = {}
    for group in _in_trouble(run, groups(fresh)):
        states = STATES if group.people <= SMALL else STATES_FOR_A_WHILE
        budget = Budget(min(states, in_all.states))
        start = budget.states
        task = problem(fresh, group)
        result = exhaustive.solve(task, budget)
        in_all.states -= start - max(0, budget.states)
        if result.moves is not None:
            scripts.append(Script(task, tuple(merged(task, result.moves))))
        if result.is_complete and result.moves is None:
            proven |= group.addresses
        elif result.is_complete:
            targets = {token.name for token in group.contended if token.sort == COVERAGE}
            fewest[frozenset(targets)] = result.dips
    better = _replayed(scene, scripts) if scripts else None
    chosen = min((run, better), key=_cost) if better else run
    for names, dips in fewest.items():
        if sum(chosen.dips[name] for name in names) <= dips:
            proven |= names
    chosen.proven = frozenset(proven)
    return chosen


def _in_trouble(run: Rehearsal, all_groups: list[Group]) -> Iterator[Group]:
    left, dips = _left(run), {Token(COVERAGE, name) for name in run.dips}
    for group in all_groups:
        if len(group.addresses) <= MOST and (group.addresses & left or group.contended & dips):
            yield group


def _replayed(scene: Scene, scripts: list[Script]) -> Rehearsal | None:
    """Queues that can be made at once, what was found, and then everything else."""
    run = prepared(scene, frozenset(), reserved=False)
    mine = {item.address for script in scripts for item in script.problem.items}
    for task in run.pending:
        is_queue = task.verb is Verb.CREATE and task.subject.change.kind != kinds.AGENT
        if is_queue and task.subject.address not in mine and not run.missing(task):
            run.execute(task, whole(task), Purpose.WHOLE)
    return _played(run) if replay(run, scripts) else None


def _rehearsed(scene: Scene, front: frozenset[Address], *, reserved: bool) -> Rehearsal:
    return _played(prepared(scene, front, reserved=reserved))


def _untied(scene: Scene, front: frozenset[Address], *, at_once: bool) -> Rehearsal:
    """Nobody joins early who may have to step aside. It does so `at_once` where those who leave for
    good would make the queue too small for it.
    """
    run = prepared(scene, front, reserved=False)
    run.ties = False
    if at_once:
        step_aside(run, run.crowds[Role.TAKER].tasks)
    return _played(run)


def _played(run: Rehearsal) -> Rehearsal:
    cycles.park(run)
    run.begin()
    _settle(run)
    while stuck.unstick(run):
        _settle(run)
    return run


def _settle(run: Rehearsal) -> None:
    """Whole tasks, and cycles as soon as there is a number to park on."""
    run.drain()
    while run.freed:
        cycles.park_freed(run)
        run.drain()


def _troubled(run: Rehearsal) -> frozenset[Address]:
    """Who is left, who left a queue too early, and who was waited for."""
    early = (step.task.subject.address for step in run.steps if step.purpose is Purpose.DIP)
    awaited = (address for waited in run.waited_for.values() for address in waited)
    return _left(run) | frozenset((*early, *awaited))


def _left(run: Rehearsal) -> frozenset[Address]:
    return frozenset(task.subject.address for task in run.left())


def _cost(run: Rehearsal) -> tuple[int, int, int, int]:
    short = sum(_is_short(run, name) for name in run.dips)
    return len(run.left()), short, run.dips.total(), len(run.steps)


def _is_short(run: Rehearsal, name: Address) -> bool:
    used = run.supply.bag(Token(COVERAGE, name)).used + run.dips[name]
    return run.scene.coverage.get(name, 0) - used < floor(run.scene, name)
