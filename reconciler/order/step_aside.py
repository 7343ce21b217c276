"""Exchange seats between agents who hold their only license to stay in a queue.

One of them steps aside: it leaves its queues and gives up its license in one write, and comes back
to them with the license that it is to have. That costs coverage for a while, so it happens only
when nothing else frees that seat, and never where a queue would fall below its minimum. Where
memberships are written on the queue's object, leaving is not one write, and nobody steps aside.
"""

from collections.abc import Iterable, Mapping

from reconciler import kinds
from reconciler.model import NO_LEVEL, Address, Resource, Value, Verb
from reconciler.order.partial_writes import JOINING, PartialWrite, coverage, possible, target
from reconciler.order.simulation import Purpose, Simulation
from reconciler.order.snapshot import Snapshot
from reconciler.order.tasks import Task
from reconciler.order.tokens import COVERAGE, SEAT, Token, balance

Cost = tuple[int, int]


def step_aside(run: Simulation, tasks: Iterable[Task]) -> bool:
    """Let the agent step aside who leaves fewest queues and frees most; False if none can."""
    best: tuple[Cost, Task] | None = None
    for task in tasks:
        cost = _cost(run, task) if _may(run, task) else None
        if cost and (best is None or cost < best[0]):
            best = cost, task
    if best is None:
        return False
    leave(run, best[1])
    return True


def reinforce(run: Simulation, tasks: Iterable[Task]) -> bool:
    """Let others join every queue that would be short without an agent who steps aside."""
    for task in tasks:
        short = short_of(run, task) if is_tied(run, task) and not unstated(run, task) else ()
        helpers = [_helper(run, task, Token(COVERAGE, name)) for name in short]
        found = dict.fromkeys(helper for helper in helpers if helper)
        if found and all(helpers):
            for helper in found:
                _join(run, helper)
            return True
    return False


def _helper(run: Simulation, task: Task, need: Token) -> Task | None:
    """Find a task that joins this queue in the end and may already do so."""
    for one in run.joiners.get(need, ()):
        joining = None if one.done or one is task else _joining(run, one)
        if joining and need in map(coverage, joining.joins):
            return one
    return None


def _joining(run: Simulation, task: Task) -> PartialWrite | None:
    return possible(task, run.supply, run.snapshot, JOINING)


def _join(run: Simulation, task: Task) -> None:
    if write := _joining(run, task):
        run.execute(task, write, Purpose.SPLIT, run.missing(task))


def is_tied(run: Simulation, task: Task) -> bool:
    """Whether it keeps a license it is to lose only to stay a member until it gets another."""
    subject = task.subject
    if run.snapshot.bounds.members_on_queue or task.verb is not Verb.UPDATE:
        return False
    is_spent = subject.licenses and subject.licenses <= task.drops
    return bool(is_spent and task.adds and _staying(task) and not _has_joined(run, task))


def _has_joined(run: Simulation, task: Task) -> bool:
    """Whether it is in a queue since this plan: after a failure it might be the only one there."""
    live = run.snapshot.live.get(task.subject.address)
    return any(_level(live, path) is None for path in task.subject.members)


def unstated(run: Simulation, task: Task) -> list[Address]:
    """Queues and skills that no file states, so that coming back to them is not certain."""
    paths = _staying(task) - _way_back(run, task).keys()
    return sorted(map(target, paths))


def short_of(run: Simulation, task: Task) -> list[Address]:
    """Queues and skills that would fall below their minimum meanwhile."""
    found = []
    for path in sorted(_staying(task)):
        need = coverage(path)
        capacity = run.supply.capacities.get(need)
        before = run.snapshot.coverage.get(need.name, 0)
        left = before - (capacity.used if capacity else 0) - run.dips[need.name]
        if not (capacity and capacity.ready) and left - 1 < floor(run.snapshot, need.name):
            found.append(need.name)
    return found


def floor(snapshot: Snapshot, name: Address) -> int:
    """Coverage below which a plan is blocked."""
    bounds, before = snapshot.bounds, snapshot.coverage.get(name, 0)
    return bounds.baseline.floor(name, bounds.minimums.get(name), before)


def _may(run: Simulation, task: Task) -> bool:
    return is_tied(run, task) and not (unstated(run, task) or short_of(run, task))


def _staying(task: Task) -> set[str]:
    return task.subject.members - task.leaves


def _cost(run: Simulation, task: Task) -> Cost | None:
    frees = sum(run.supply.lacks(Token(SEAT, name)) for name in task.drops)
    return (len(_staying(task)), -frees) if frees else None


def leave(run: Simulation, task: Task) -> None:
    """What it comes back to becomes something to join; whoever leaves meanwhile may wait for it."""
    subject, staying = task.subject, _staying(task)
    write = PartialWrite(
        Verb.UPDATE, drops=frozenset(task.drops), leaves=frozenset(subject.members)
    )
    task.joins |= _way_back(run, task)
    for path in staying:
        task.plain.pop(path, None)
    subject.loses |= staying
    for need in map(coverage, staying):
        run.supply.capacities.setdefault(need, balance(0))
        run.supply.demand[need] += 1
        run.joiners.setdefault(need, []).append(task)
    run.execute(task, write, Purpose.ASIDE, run.missing(task))
    subject.loses -= staying
    subject.gains |= staying


def _way_back(run: Simulation, task: Task) -> dict[str, Value]:
    """The memberships to come back to, with their levels, as far as the files state them: nothing
    that only the tenant knows may be lost when an apply ends halfway.
    """
    address = task.subject.address
    stated, live = run.snapshot.bounds.stated.get(address), run.snapshot.live.get(address)
    found: dict[str, Value] = {}
    for path in _staying(task):
        level, shown = _level(stated, path), _level(live, path)
        if path in task.plain:
            found[path] = task.plain[path]
        elif level is not None and (level != NO_LEVEL or shown == NO_LEVEL):
            found[path] = kinds.level_value(level)
    return found


def _level(of: Resource | None, path: str) -> int | None:
    """The level of a membership; None where there is none."""
    name, member = kinds.split_path(path)
    shown = of.fields.get(name) if of else None
    return shown.get(member or "") if isinstance(shown, Mapping) else None
