"""The rehearsal before its first step: what is there, who wants it, and who goes first."""

from collections import Counter
from collections.abc import Iterable, Mapping

from reconciler.model import Address, Verb
from reconciler.order.portions import coverage, gives, needs, whole
from reconciler.order.rehearsal import Crowd, Rehearsal, Role
from reconciler.order.scene import Scene, token
from reconciler.order.slots import Slots
from reconciler.order.subjects import Task, tasks
from reconciler.order.tokens import COVERAGE, EMAIL, EXTENSION, FACT, SEAT, Supply, Token, balance


def prepared(scene: Scene, front: frozenset[Address], *, reserved: bool) -> Rehearsal:
    """Everything ready to run; the tasks of `front` go first, and have the seats if `reserved`."""
    everything = tasks(scene)
    supply = Supply(scene.holders)
    run = Rehearsal(
        scene=scene,
        pending=everything,
        supply=supply,
        slots=Slots(scene, _values(everything)),
        own={task.subject.address: task for task in everything if not task.path},
        holder={held: t for t in everything if not t.path for held in t.subject.holds.values()},
    )
    given: dict[Task, tuple[Token, ...]] = {}
    for task in everything:
        all_of_it = whole(task)
        task.needs, given[task] = needs(task, all_of_it, scene), gives(task, all_of_it)
        supply.demand.update(task.needs)
        _index(run, task)
    _fill(supply, scene, Counter(one for tokens in given.values() for one in tokens))
    _rank(run, given, front, reserved=reserved)
    return run


def _values(everything: Iterable[Task]) -> Iterable[Token]:
    return (
        token(sort, value) for task in everything for sort, value in task.moves.items() if value
    )


def _index(run: Rehearsal, task: Task) -> None:
    for need in task.needs:
        if need.sort in (EXTENSION, EMAIL, FACT):
            run.seekers.setdefault(need, []).append(task)
    for path in (*task.joins, *(() if task.path else task.subject.members)):
        if path in task.subject.gains:
            run.joiners.setdefault(coverage(path), []).append(task)


def _fill(supply: Supply, scene: Scene, given: Mapping[Token, int]) -> None:
    """Seats up to the limit, coverage down to the lower one of before and after.

    In a pool over its limit no seat is given before enough of them were released.
    """
    for name, purchased in scene.bounds.purchased.items():
        supply.bags[Token(SEAT, name)] = balance(purchased - scene.seats.get(name, 0))
    for need in {*supply.demand, *given}:
        if need.sort == COVERAGE:
            supply.bags[need] = balance(max(0, supply.demand[need] - given.get(need, 0)))


def _rank(
    run: Rehearsal,
    given: Mapping[Task, Iterable[Token]],
    front: frozenset[Address],
    *,
    reserved: bool,
) -> None:
    """What needs nothing scarce; what gives something scarce; what only takes a seat, at last."""
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
    run.crowds = {role: Crowd([t for t in run.pending if _plays(t, role)]) for role in Role}


def _plays(task: Task, role: Role) -> bool:
    if role is Role.HIRE:
        return task.verb is Verb.CREATE and not task.path
    if role is Role.TAKER:
        return bool(task.adds)
    return role is Role.ANY or bool(task.subject.loses)


def _is_scarce(run: Rehearsal, need: Token, count: int) -> bool:
    return need.sort != FACT and count > run.supply.bag(need).free
