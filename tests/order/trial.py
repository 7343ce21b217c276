"""Tries a graph against the model: every moment, every bound, every failure, and the way on.

What has taken effect at some moment of some order is a set of operations that is closed downwards,
and so it is after failures: what failed in vain and what was skipped is not in the set, what failed
in the answer only is. Operations that no edge connects write different objects or paths, so the set
alone makes the state. Judging all closed sets is therefore judging all orders with all failures.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from graphlib import TopologicalSorter
from random import Random

from reconciler import order
from reconciler.model import Graph, Operation
from tests.order import made
from tests.order.made import Situation
from tests.order.tenant import Judge, Tenant, overfilled, owned

ALL = 8
"""Up to so many operations every order is tried."""
RANDOM = 12
ROUNDS = 12
"""So many applies in a row must be enough, each failing at one operation."""


@dataclass(frozen=True)
class Plan:
    """One situation, ordered."""

    situation: Situation
    graph: Graph
    handles: Mapping[str, str]

    @property
    def by_id(self) -> dict[str, Operation]:
        return {operation.id: operation for operation in self.graph.operations}

    def after(self, done: Sequence[str]) -> Tenant:
        tenant = self.situation.live.copy()
        for name in done:
            operation = self.by_id[name]
            tenant.apply(operation, self.handles[operation.address])
        return tenant


def plan(situation: Situation, chance: Random | None = None) -> Plan:
    changes, shown = made.changes(situation), made.reading(situation.live)
    if chance:
        chance.shuffle(changes)
        resources = list(shown.resources.items())
        chance.shuffle(resources)
        shown = replace(shown, resources=dict(resources))
    graph = order.operations(changes, shown, made.bounds(situation))
    return Plan(situation, graph, made.handles(changes))


def complaints(situation: Situation, chance: Random) -> Iterator[str]:
    """Everything that is wrong with how a situation is ordered; nothing, it is hoped."""
    tried = plan(situation, chance)
    yield from shape(tried)
    yield from moments(tried, chance)
    if not tried.graph.conflicts:
        yield from end(tried)
        yield from resumed(tried, chance)
    if plan(situation, chance).graph != tried.graph:
        yield "shuffled input makes another graph"


def shape(tried: Plan) -> Iterator[str]:
    """Ids count up in a lawful sequence; memberships stand apart where the tenant wants that."""
    operations = tried.graph.operations
    known: set[str] = set()
    for number, operation in enumerate(operations, 1):
        if operation.id != f"op-{number}" or not known.issuperset(operation.after):
            yield f"{operation.id} comes before {operation.after}"
        known.add(operation.id)
        apart = [path for path in operation.set if path.startswith(("queues.", "skills."))]
        if tried.situation.live.terms.members_on_queue and apart and len(operation.set) > 1:
            yield f"{operation.id} writes an agent and a queue at once"
        if operation.verb == "update" and not operation.set:
            yield f"{operation.id} writes nothing"
    live = tried.situation.live
    uc = {f"agent/{one['email']}" for _, one in live.agents() if one.get("phone") == "uc"}
    yield from owned(operations, uc)
    yield from _disjoint(tried)


def _disjoint(tried: Plan) -> Iterator[str]:
    """Operations of one object that no edge connects write different paths."""
    before = ancestors(tried.graph)
    for one in tried.graph.operations:
        for other in tried.graph.operations:
            if one.id < other.id and one.address == other.address:
                apart = one.id not in before[other.id] and other.id not in before[one.id]
                if apart and (set(one.set) & set(other.set) or "delete" in {one.verb, other.verb}):
                    yield f"{one.id} and {other.id} race"


def ancestors(graph: Graph) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for operation in graph.operations:
        above = (found[name] | {name} for name in operation.after)
        found[operation.id] = frozenset().union(*above)
    return found


def moments(tried: Plan, chance: Random) -> Iterator[str]:
    """I1 to I4 and the bounds at every moment."""
    live, graph = tried.situation.live, tried.graph
    dips = {dip.address: dip.depth for dip in graph.dips}
    before, after = live.coverage(), goal(tried).coverage()
    floors = {
        target: max(0, min(before[target], after[target]) - dips.get(target, 0))
        for target in {*before, *after}
    }
    judge = Judge(live, floors)
    lowest, peaks = dict(before), dict(live.seats())
    for done in closed_sets(tried, chance):
        now = tried.after(done)
        for words in (*judge.breaches(now), *_overfilled(tried, done, now)):
            yield f"after {done}: {words}"
        covered = now.coverage()
        lowest = {target: min(count, covered[target]) for target, count in lowest.items()}
        peaks = {n: max(count, peaks.get(n, 0)) for n, count in now.seats().items()} | {
            n: count for n, count in peaks.items() if n not in now.seats()
        }
    for target, bound in graph.lowest.items():
        seen = lowest.get(target, 0)
        if bound > seen or (bound < seen and len(graph.operations) <= ALL):
            yield f"{target} falls to {seen}, and {bound} is stated"
    for name, bound in graph.peaks.items():
        seen = peaks.get(name, 0)
        if bound < seen or (bound > seen and len(graph.operations) <= ALL):
            yield f"{name} peaks at {seen}, and {bound} is stated"


def _overfilled(tried: Plan, done: Sequence[str], now: Tenant) -> Iterator[str]:
    """What could come next gives no seat in a full pool."""
    for operation in tried.graph.operations:
        ready = operation.id not in done and set(operation.after) <= set(done)
        if ready and any(path.startswith("licenses.") for path in operation.set):
            following = now.copy()
            following.apply(operation, tried.handles[operation.address])
            yield from overfilled(now, following)


def goal(tried: Plan) -> Tenant:
    goal = tried.situation.live.copy()
    for handle, want in tried.situation.wanted.items():
        goal.objects.pop(handle, None)
        if want is not None:
            goal.objects[handle] = dict(want)
    return goal


def end(tried: Plan) -> Iterator[str]:
    """All operations together make what was wanted."""
    now = tried.after([operation.id for operation in tried.graph.operations])
    if made.changes(tried.situation.after(now)):
        yield f"left at the end: {made.changes(tried.situation.after(now))}"


# --- orders --------------------------------------------------------------------------------------


def closed_sets(tried: Plan, chance: Random) -> Iterator[tuple[str, ...]]:
    """All of them for small graphs, else those along random orders."""
    if len(tried.graph.operations) <= ALL:
        yield from _every(tried.graph)
    else:
        for _ in range(RANDOM):
            taken = tuple(random_order(tried.graph, chance))
            yield from (taken[:length] for length in range(len(taken) + 1))


def _every(graph: Graph) -> Iterator[tuple[str, ...]]:
    sets: list[tuple[str, ...]] = [()]
    for operation in graph.operations:
        sets += [(*done, operation.id) for done in sets if set(operation.after) <= set(done)]
    return iter(sets)


def random_order(graph: Graph, chance: Random, failing: str | None = None) -> Iterator[str]:
    """One order as `graphlib` gives it; what depends on the failing one is skipped."""
    sorter = TopologicalSorter({o.id: o.after for o in graph.operations})
    sorter.prepare()
    ready = list(sorter.get_ready())
    while ready:
        name = ready.pop(chance.randrange(len(ready)))
        if name != failing:
            yield name
            sorter.done(name)
            ready += sorter.get_ready()


# --- failures ------------------------------------------------------------------------------------


def resumed(tried: Plan, chance: Random) -> Iterator[str]:
    """One operation fails, perhaps in the answer only; then plan again, until nothing is left."""
    names = [operation.id for operation in tried.graph.operations]
    for failing in names if len(names) <= ALL else chance.sample(names, 4):
        for took_effect in (False, True):
            yield from _finish(tried, failing, took_effect, chance)


def _finish(tried: Plan, failing: str, took_effect: bool, chance: Random) -> Iterator[str]:
    now = tried
    for _ in range(ROUNDS):
        done = list(random_order(now.graph, chance, failing))
        reached = set(now.by_id[failing].after) <= set(done) if failing in now.by_id else False
        done += [failing] if took_effect and reached else []
        now = plan(now.situation.after(now.after(done)))
        if now.graph.conflicts:
            yield f"blocked after {failing} failed: {now.graph.conflicts}"
            return
        yield from (f"after {failing} failed: {words}" for words in moments(now, chance))
        failing = ""
        if not now.graph.operations:
            if made.changes(now.situation):
                yield f"no operations, and left after {failing} failed"
            return
    yield f"does not finish after {failing} failed"
