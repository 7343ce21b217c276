"""Build the simulation before its first step: free tokens, waiting tasks and their ranks."""

from collections import Counter
from collections.abc import Iterable, Mapping

from reconciler.model import Address, Verb
from reconciler.order.parking import ParkingPlaces
from reconciler.order.partial_writes import coverage, gives, needs, whole
from reconciler.order.simulation import Candidates, Role, Simulation
from reconciler.order.snapshot import Snapshot, token
from reconciler.order.tasks import Task, tasks
from reconciler.order.tokens import COVERAGE, EMAIL, EXTENSION, FACT, SEAT, Supply, Token, balance


def new_simulation(snapshot: Snapshot, front: frozenset[Address], *, reserved: bool) -> Simulation:
    """Build a simulation; tasks of `front` go first, and have the seats if `reserved`."""
    everything = tasks(snapshot)
    supply = Supply(snapshot.holders)
    run = Simulation(
        snapshot=snapshot,
        pending=everything,
        supply=supply,
        parking=ParkingPlaces(snapshot, _values(everything)),
        own={task.subject.address: task for task in everything if not task.path},
        holder={held: t for t in everything if not t.path for held in t.subject.holds.values()},
    )
    given: dict[Task, tuple[Token, ...]] = {}
    for task in everything:
        all_of_it = whole(task)
        task.needs, given[task] = needs(task, all_of_it, snapshot), gives(task, all_of_it)
        supply.demand.update(task.needs)
        _index(run, task)
    _fill(supply, snapshot, Counter(one for tokens in given.values() for one in tokens))
    _rank(run, given, front, reserved=reserved)
    return run


def _values(everything: Iterable[Task]) -> Iterable[Token]:
    return (
        token(sort, value) for task in everything for sort, value in task.moves.items() if value
    )


def _index(run: Simulation, task: Task) -> None:
    for need in task.needs:
        if need.sort in (EXTENSION, EMAIL, FACT):
            run.seekers.setdefault(need, []).append(task)
    for path in (*task.joins, *(() if task.path else task.subject.members)):
        if path in task.subject.gains:
            run.joiners.setdefault(coverage(path), []).append(task)


def _fill(supply: Supply, snapshot: Snapshot, given: Mapping[Token, int]) -> None:
    """Fill in free seats, and the coverage above the lower one of before and after.

    In a pool over its limit no seat is given before enough of them were released.
    """
    for name, purchased in snapshot.bounds.purchased.items():
        supply.capacities[Token(SEAT, name)] = balance(purchased - snapshot.seats.get(name, 0))
    for need in {*supply.demand, *given}:
        if need.sort == COVERAGE:
            supply.capacities[need] = balance(max(0, supply.demand[need] - given.get(need, 0)))


def _rank(
    run: Simulation,
    given: Mapping[Task, Iterable[Token]],
    front: frozenset[Address],
    *,
    reserved: bool,
) -> None:
    """Rank tasks: those that take nothing scarce, those that also give, those that only take."""
    scarce = {need for need, count in run.supply.demand.items() if _is_scarce(run, need, count)}
    taking = {t.subject.address for t in given if not scarce.isdisjoint(t.needs)}
    giving = {t.subject.address for t, tokens in given.items() if not scarce.isdisjoint(tokens)}
    for task in run.pending:
        address, first = task.subject.address, task.subject.address in front
        greedy = reserved or address not in giving
        seats = any(need.sort == SEAT for need in scarce.intersection(task.needs))
        task.deferred = greedy and seats and not first
        rank = 2 if task.deferred else int(address in taking)
        task.rank = (not first, rank, address, task.path)
    run.pending.sort(key=lambda task: task.rank)
    run.candidates = {
        role: Candidates([t for t in run.pending if _plays(t, role)]) for role in Role
    }


def _plays(task: Task, role: Role) -> bool:
    if role is Role.HIRE:
        return task.verb is Verb.CREATE and not task.path
    if role is Role.TAKER:
        return bool(task.adds)
    return role is Role.ANY or bool(task.subject.loses)


def _is_scarce(run: Simulation, need: Token, count: int) -> bool:
    return need.sort != FACT and count > run.supply.capacity(need).free
