"""One lawful run over a model of the tenant; what it took from whom becomes the graph's edges.

A task runs as a whole as soon as every token that it needs is there. Otherwise it waits for the one
that most others wait for, too, and when such a token is given, one waiter is woken, not all.
"""

import heapq
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from reconciler.model import Address, ExtensionRange, Value, Verb
from reconciler.order.portions import Portion, gives, needs, target, whole
from reconciler.order.scene import Scene, token
from reconciler.order.slots import Slots
from reconciler.order.subjects import Subject, Task, tasks
from reconciler.order.tokens import COVERAGE, EMAIL, EXTENSION, FACT, SEAT, Supply, Token, balance

CHAIN = 4
"""How many waiters are tried in a row when the first ones lack something else."""


class Purpose(StrEnum):
    """Why a step is what it is."""

    WHOLE = "whole"
    SPLIT = "split"
    PARKED = "parked"
    HANDED = "handed over"
    DIP = "dip"


@dataclass(frozen=True, slots=True)
class Step:
    """One write. `after` names the steps it waits for and the token that each one gave; `lacked`
    what the task as a whole was missing when it was split or parked.
    """

    task: Task
    portion: Portion
    purpose: Purpose
    after: dict[int, Token | None]
    lacked: tuple[Token, ...] = ()


class Cycle(NamedTuple):
    """Tasks each of which wants the value of the next."""

    sort: str
    tasks: tuple[Task, ...]


@dataclass(slots=True)
class Rehearsal:
    """`pending` holds all tasks by rank, the done ones included; `turning` the values in cycles."""

    scene: Scene
    pending: list[Task]
    supply: Supply
    slots: Slots
    own: dict[Address, Task]
    holder: dict[Token, Task]
    seekers: dict[Token, list[Task]] = field(default_factory=dict)
    joiners: dict[Token, list[Task]] = field(default_factory=dict)
    deferred: list[Task] = field(default_factory=list)
    untried: list[tuple[tuple[bool, int, Address, str], Task]] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    dips: Counter[Address] = field(default_factory=Counter)
    releases: dict[Token, list[int]] = field(default_factory=dict)
    waited_for: dict[Address, tuple[Address, ...]] = field(default_factory=dict)
    agenda: list[tuple[tuple[bool, int, Address, str], Task]] = field(default_factory=list)
    waiting: dict[Token, deque[Task]] = field(default_factory=dict)
    later: deque[Token] = field(default_factory=deque)
    tied: deque[Task] = field(default_factory=deque)
    freed: deque[Token] = field(default_factory=deque)
    cycles: dict[ExtensionRange, deque[Cycle]] = field(default_factory=dict)
    turning: frozenset[Token] = frozenset()
    swept: int = -1

    @property
    def left(self) -> list[Task]:
        """What is not done, by rank."""
        if any(task.done for task in self.pending):
            self.pending = [task for task in self.pending if not task.done]
        return self.pending

    def missing(self, task: Task) -> tuple[Token, ...]:
        return tuple(need for need in task.needs if not self.supply.has(need))

    def push(self, task: Task) -> None:
        if not task.done and not task.queued:
            task.queued = True
            heapq.heappush(self.agenda, (task.rank, task))

    def admit(self) -> None:
        """Everybody but those who only take seats."""
        deferred = set(self.deferred)
        for task in self.pending:
            if task not in deferred:
                self.push(task)

    def try_later(self, task: Task) -> None:
        """A portion of it may be possible when nothing whole is."""
        if not task.path and not task.listed:
            task.listed = True
            heapq.heappush(self.untried, (task.rank, task))

    def drain(self) -> None:
        """Runs all that can run as a whole, until a number is freed that a cycle waits for."""
        while (self.agenda or self.later) and not self.freed:
            if not self.agenda:
                self._wake(self.later.popleft(), CHAIN)
            else:
                task = heapq.heappop(self.agenda)[1]
                task.queued = False
                self._attempt(task)

    def _attempt(self, task: Task) -> None:
        woken, task.woken = task.woken, None
        if not task.done:
            missing = self.missing(task)
            if missing:
                self._wait(task, missing)
            else:
                self.execute(task, whole(task), Purpose.WHOLE)
        if woken and self.supply.has(woken[0]):
            self._wake_next(*woken)

    def _wait(self, task: Task, missing: Sequence[Token]) -> None:
        task.waits = max(missing, key=lambda need: len(self.waiting.get(need, ())))
        self.waiting.setdefault(task.waits, deque()).append(task)
        self.try_later(task)

    def _wake_next(self, given: Token, chain: int) -> None:
        if chain > 1:
            self._wake(given, chain - 1)
        else:
            self.later.append(given)

    def _wake(self, given: Token, chain: int) -> None:
        waiters = self.waiting.get(given)
        while waiters:
            task = waiters.popleft()
            if task.waits == given and not task.done and not task.queued:
                task.waits, task.woken = None, (given, chain)
                self.push(task)
                return

    # --- steps -----------------------------------------------------------------------------------

    def execute(
        self,
        task: Task,
        portion: Portion,
        purpose: Purpose,
        lacked: tuple[Token, ...] = (),
    ) -> None:
        """Writes down a step, hands out its tokens, and hands back what it gives."""
        number = len(self.steps)
        after = self._taken(task, portion, purpose)
        given = gives(task, portion)
        self.steps.append(Step(task, portion, purpose, after, lacked))
        self._move(task, portion, number)
        for one in given:
            for payer in self.supply.give(one, number):
                after.setdefault(payer, one)
            self._announce(one, number)
        self._go_on(task)

    def _taken(self, task: Task, portion: Portion, purpose: Purpose) -> dict[int, Token | None]:
        after: dict[int, Token | None] = {}
        if not task.path and task.subject.last is not None:
            after[task.subject.last] = None
        for need in needs(task, portion, self.scene):
            self.supply.demand[need] -= purpose not in (Purpose.PARKED, Purpose.HANDED)
            if self.supply.has(need):
                for giver in self.supply.take(need, after):
                    after.setdefault(giver, need)
            else:
                self._dip(need)
        return after

    def _dip(self, need: Token) -> None:
        self.dips[need.name] += 1
        joiners = (task.subject.address for task in self.joiners.get(need, ()) if not task.done)
        self.waited_for.setdefault(need.name, tuple(sorted(set(joiners))))

    def _move(self, task: Task, portion: Portion, number: int) -> None:
        subject = task.subject
        if not task.path:
            subject.last = number
        if portion.verb is Verb.DELETE:
            task.done = True
        for sort, value in portion.moves.items():
            self._hold(task, sort, value)
        _lay_over(subject, portion)
        _strike_out(task, portion)

    def _hold(self, task: Task, sort: str, value: Value) -> None:
        held = task.subject.holds.pop(sort, None)
        if held:
            self.holder.pop(held, None)
        if value:
            task.subject.holds[sort] = token(sort, value)
            self.holder[token(sort, value)] = task

    def _announce(self, given: Token, number: int) -> None:
        if given.sort in (EXTENSION, EMAIL):
            self.releases.setdefault(given, []).append(number)
            self.slots.give(given)
            block = self.slots.block(given) if self.cycles else None
            if block in self.cycles and given not in self.turning:
                self.freed.append(given)
        for seeker in self.seekers.get(given, ()):
            if not seeker.done:
                self.try_later(seeker)
        self._wake(given, CHAIN)

    def _go_on(self, task: Task) -> None:
        task.done = task.done or task.empty
        if not task.done:
            task.needs = needs(task, whole(task), self.scene)
            task.waits = None
            self.push(task)


def _lay_over(subject: Subject, portion: Portion) -> None:
    subject.exists = portion.verb is not Verb.DELETE
    subject.licenses = (subject.licenses | portion.adds) - portion.drops
    subject.members = (subject.members | set(portion.joins)) - portion.leaves


def _strike_out(task: Task, portion: Portion) -> None:
    if task.verb is Verb.CREATE:
        task.verb = Verb.UPDATE
    task.adds -= portion.adds
    task.drops -= portion.drops
    task.leaves -= portion.leaves
    for rest, written in (
        (task.moves, portion.moves),
        (task.joins, portion.joins),
        (task.plain, portion.plain),
    ):
        for path in [path for path, value in written.items() if rest.get(path) == value]:
            rest.pop(path, None)


# --- the start -----------------------------------------------------------------------------------


def prepared(scene: Scene, front: frozenset[Address]) -> Rehearsal:
    """Everything ready to run; the tasks of `front` go first."""
    everything = tasks(scene)
    supply = Supply(scene.holders)
    given: Counter[Token] = Counter()
    run = Rehearsal(
        scene=scene,
        pending=everything,
        supply=supply,
        slots=Slots(scene, _values(everything)),
        own={task.subject.address: task for task in everything if not task.path},
        holder={held: t for t in everything if not t.path for held in t.subject.holds.values()},
    )
    for task in everything:
        task.needs = needs(task, whole(task), scene)
        supply.demand.update(task.needs)
        given.update(gives(task, whole(task)))
        _index(run, task)
    _fill(supply, scene, given)
    _rank(run, given, front)
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
            run.joiners.setdefault(Token(COVERAGE, target(path)), []).append(task)


def _fill(supply: Supply, scene: Scene, given: Counter[Token]) -> None:
    """Seats up to the limit, coverage down to the lower one of before and after.

    A pool that is over its limit and stays so may not get worse on the way, and gets better first.
    """
    for name, purchased in scene.bounds.purchased.items():
        seat, before = Token(SEAT, name), scene.seats.get(name, 0)
        after = before - given[seat] + supply.demand[seat]
        supply.bags[seat] = balance(max(purchased, min(before, after)) - before)
    for need in {*supply.demand, *given}:
        if need.sort == COVERAGE:
            supply.bags[need] = balance(max(0, supply.demand[need] - given[need]))


def _rank(run: Rehearsal, given: Counter[Token], front: frozenset[Address]) -> None:
    """What needs nothing scarce; what gives something scarce; what only takes a seat, at last."""
    scarce = {need for need, count in run.supply.demand.items() if _is_scarce(run, need, count)}
    wants = {
        (task.subject.address, n.sort) for task in run.pending for n in task.needs if n in scarce
    }
    taking = {address for address, _ in wants}
    giving = {
        task.subject.address
        for task in run.pending
        if not scarce.isdisjoint(gives(task, whole(task)))
    }
    for task in run.pending:
        address, first = task.subject.address, task.subject.address in front
        last = (address, SEAT) in wants and address not in giving and not first
        task.rank = (not first, 2 if last else int(address in taking), address, task.path)
        if last:
            run.deferred.append(task)
    run.pending.sort(key=lambda task: task.rank)


def _is_scarce(run: Rehearsal, need: Token, count: int) -> bool:
    return need.sort != FACT and count > run.supply.bag(need).free
