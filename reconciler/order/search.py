"""Simulate several runs and keep the best; search small groups in trouble exhaustively.

A run follows rules of thumb, in time that grows with the changes. Where it leaves something undone
or lets coverage fall, it is repeated with other changes first, and then every group of contending
changes that is small enough is searched (`exhaustive`).
"""

from collections.abc import Iterator

from reconciler import kinds
from reconciler.model import Address, Verb
from reconciler.order import cycles, deadlock, exhaustive
from reconciler.order.contention import Group, groups
from reconciler.order.exhaustive import Budget
from reconciler.order.partial_writes import whole
from reconciler.order.replay import Script, merged, problem, replay
from reconciler.order.simulation import Purpose, Role, Simulation
from reconciler.order.snapshot import Snapshot
from reconciler.order.start import new_simulation
from reconciler.order.step_aside import floor, step_aside
from reconciler.order.tokens import COVERAGE, Token

TRIES = 4
WIDELY = 2
"""After so many tries only those who are left go first, not whoever had to do with it."""
LARGE = 2_000
"""A plan of so many changes is simulated once more at the most."""

SMALL = 8
"""A group of so many people is searched to the end; one of up to `MOST` for a while."""
MOST = 24
STATES = 60_000
STATES_FOR_A_WHILE = 2_000
STATES_IN_ALL = 120_000


def best(snapshot: Snapshot) -> Simulation:
    """Return the run with the fewest tasks left, then falls below a minimum, dips, steps."""
    run = _repeated(snapshot)
    if not (run.left() or run.dips):
        return run
    return _searched(snapshot, run)


def _repeated(snapshot: Snapshot) -> Simulation:
    run = _simulated(snapshot, frozenset(), reserved=False)
    for number in range(TRIES if len(snapshot.changes) < LARGE else 1):
        front = (number >= WIDELY and _left(run)) or _troubled(run)
        if front:
            again = _simulated(snapshot, front, reserved=number % 2 == 0)
            run = min(run, again, key=_cost)
    for at_once in (False, True) if len(snapshot.changes) < LARGE else ():
        if front := _left(run):
            run = min(run, _untied(snapshot, front, at_once=at_once), key=_cost)
    return run


def _searched(snapshot: Snapshot, run: Simulation) -> Simulation:
    """Improve a run by an exhaustive search of each small group in trouble. `proven` of the run
    names those that have no better order.
    """
    fresh = new_simulation(snapshot, frozenset(), reserved=False)
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
    better = _replayed(snapshot, scripts) if scripts else None
    chosen = min((run, better), key=_cost) if better else run
    for names, dips in fewest.items():
        if sum(chosen.dips[name] for name in names) <= dips:
            proven |= names
    chosen.proven = frozenset(proven)
    return chosen


def _in_trouble(run: Simulation, all_groups: list[Group]) -> Iterator[Group]:
    left, dips = _left(run), {Token(COVERAGE, name) for name in run.dips}
    for group in all_groups:
        if len(group.addresses) <= MOST and (group.addresses & left or group.contended & dips):
            yield group


def _replayed(snapshot: Snapshot, scripts: list[Script]) -> Simulation | None:
    """Make queues that need nothing, replay the orders that were found, simulate the rest."""
    run = new_simulation(snapshot, frozenset(), reserved=False)
    mine = {item.address for script in scripts for item in script.problem.items}
    for task in run.pending:
        is_queue = task.verb is Verb.CREATE and task.subject.change.kind != kinds.AGENT
        if is_queue and task.subject.address not in mine and not run.missing(task):
            run.execute(task, whole(task), Purpose.WHOLE)
    return _finished(run) if replay(run, scripts) else None


def _simulated(snapshot: Snapshot, front: frozenset[Address], *, reserved: bool) -> Simulation:
    return _finished(new_simulation(snapshot, front, reserved=reserved))


def _untied(snapshot: Snapshot, front: frozenset[Address], *, at_once: bool) -> Simulation:
    """Nobody joins early who may have to step aside. It does so `at_once` where those who leave for
    good would make the queue too small for it.
    """
    run = new_simulation(snapshot, front, reserved=False)
    run.ties = False
    if at_once:
        step_aside(run, run.candidates[Role.TAKER].tasks)
    return _finished(run)


def _finished(run: Simulation) -> Simulation:
    cycles.park(run)
    run.begin()
    _run_whole_tasks(run)
    while deadlock.resolve(run):
        _run_whole_tasks(run)
    return run


def _run_whole_tasks(run: Simulation) -> None:
    """Run whole tasks, and break cycles as soon as there is a number to park on."""
    run.drain()
    while run.freed:
        cycles.park_freed(run)
        run.drain()


def _troubled(run: Simulation) -> frozenset[Address]:
    """Addresses that are left, that left a queue too early, or that others waited for."""
    early = (step.task.subject.address for step in run.steps if step.purpose is Purpose.DIP)
    awaited = (address for waited in run.waited_for.values() for address in waited)
    return _left(run) | frozenset((*early, *awaited))


def _left(run: Simulation) -> frozenset[Address]:
    return frozenset(task.subject.address for task in run.left())


def _cost(run: Simulation) -> tuple[int, int, int, int]:
    short = sum(_is_short(run, name) for name in run.dips)
    return len(run.left()), short, run.dips.total(), len(run.steps)


def _is_short(run: Simulation, name: Address) -> bool:
    used = run.supply.capacity(Token(COVERAGE, name)).used + run.dips[name]
    return run.snapshot.coverage.get(name, 0) - used < floor(run.snapshot, name)
