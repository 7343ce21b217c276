"""Groups of changes that contend for something: each can be ordered without looking at the others.

Two changes belong together where one wants the value that the other holds, where both use a pool
that has too few seats for all, where one joins and the other leaves the same queue, or where both
may need a parking place in a range that is nearly full.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from reconciler import kinds
from reconciler.model import Address, ExtensionRange, Verb
from reconciler.order.partial_writes import coverage, gives, there, whole
from reconciler.order.simulation import Simulation
from reconciler.order.tasks import Task
from reconciler.order.tokens import COVERAGE, EMAIL, EXTENSION, FACT, SEAT, Token


@dataclass(frozen=True, slots=True)
class Group:
    """The tasks of one group by rank. `contended` holds the seats and coverage that limit them;
    `scarce` the numbers at which somebody of it might park, where there are not enough for all.
    """

    tasks: tuple[Task, ...]
    contended: frozenset[Token]
    scarce: Mapping[ExtensionRange, tuple[Token, ...]]

    @property
    def addresses(self) -> frozenset[Address]:
        return frozenset(task.subject.address for task in self.tasks)

    @property
    def people(self) -> int:
        return sum(kinds.kind_of(address) == kinds.AGENT for address in self.addresses)


@dataclass(slots=True)
class _Sets:
    """Disjoint sets of addresses (union-find)."""

    parent: dict[Address, Address] = field(default_factory=dict)

    def top(self, address: Address) -> Address:
        while (above := self.parent.setdefault(address, address)) != address:
            self.parent[address] = self.parent.get(above, above)
            address = above
        return address

    def join(self, addresses: Iterable[Address]) -> None:
        first = None
        for address in addresses:
            top = self.top(address)
            if first is None:
                first = top
            elif top != first:
                self.parent[top] = first


def groups(run: Simulation) -> list[Group]:
    """Every group, of a run that has not begun."""
    users, givers = _users(run)
    scarce = _scarce_ranges(run)
    contended = {
        token for token in users if _is_contended(run, token, len(users[token]), givers[token])
    }
    sets = _Sets()
    for token in sorted(contended):
        sets.join(task.subject.address for task in users[token])
    for block in scarce:
        sets.join(task.subject.address for task in _in_range(run, block))
    members: dict[Address, list[Task]] = defaultdict(list)
    for task in run.pending:
        members[sets.top(task.subject.address)].append(task)
    used: dict[Address, set[Token]] = defaultdict(set)
    for token in contended:
        if token.sort in (SEAT, COVERAGE):
            used[sets.top(users[token][0].subject.address)].add(token)
    ranges: dict[Address, dict[ExtensionRange, tuple[Token, ...]]] = defaultdict(dict)
    for block, free in scarce.items():
        ranges[sets.top(next(_in_range(run, block)).subject.address)][block] = free
    return [
        Group(tuple(tasks), frozenset(used[top]), ranges[top]) for top, tasks in members.items()
    ]


def may_step_aside(run: Simulation, task: Task) -> bool:
    """Whether all licenses that it holds go, and others come: it might leave and come back."""
    subject = task.subject
    held = subject.licenses
    spent = bool(held) and held <= task.drops and bool(task.adds)
    return spent and not run.snapshot.bounds.members_on_queue and task.verb is Verb.UPDATE


def _users(run: Simulation) -> tuple[dict[Token, list[Task]], Counter[Token]]:
    """By token, who takes or gives it, or might; and how many give it."""
    users: dict[Token, list[Task]] = defaultdict(list)
    givers: Counter[Token] = Counter()
    for task in run.pending:
        given = set(gives(task, whole(task)))
        givers.update(given)
        tokens = {*task.needs, *given}
        if may_step_aside(run, task):
            tokens |= {coverage(path) for path in task.subject.members}
        for token in tokens:
            users[token].append(task)
    return users, givers


def _is_contended(run: Simulation, token: Token, users: int, givers: int) -> bool:
    if token.sort == SEAT:
        return run.supply.demand[token] > run.supply.capacity(token).free
    if token.sort == COVERAGE:
        takers = users - givers
        return takers > 0 and (givers > 0 or takers > run.supply.demand[token])
    if token.sort == FACT:
        return _is_late(run, token)
    return token.sort in (EXTENSION, EMAIL)


def _is_late(run: Simulation, token: Token) -> bool:
    """A queue that cannot be made at once, or what parts of one agent's change wait for."""
    maker = run.own.get(token.name)
    if maker is None or maker.subject.change.kind == kinds.AGENT:
        return True
    return token == there(token.name) and bool(run.missing(maker))


def _scarce_ranges(run: Simulation) -> dict[ExtensionRange, tuple[Token, ...]]:
    """Ranges in which not everybody who moves could be parked, and their free numbers."""
    movers: Counter[ExtensionRange] = Counter()
    for task in run.own.values():
        held = task.subject.holds.get(EXTENSION)
        block = run.parking.block(held) if held and EXTENSION in task.moves else None
        if block:
            movers[block] += 1
    found = {}
    for block, count in movers.items():
        free = tuple(islice(run.parking.free_numbers(block), count))
        if len(free) < count:
            found[block] = free
    return found


def _in_range(run: Simulation, block: ExtensionRange) -> Iterator[Task]:
    """Who moves within a range, out of it, or into it."""
    for task in run.own.values():
        if EXTENSION in task.moves:
            values = (task.subject.holds.get(EXTENSION), task.destination(EXTENSION))
            if any(value and run.parking.block(value) == block for value in values):
                yield task
