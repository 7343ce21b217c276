"""Simulate one lawful run over a model of the tenant and record which step depends on which.

A task runs as a whole as soon as every token that it needs is there. Otherwise it waits for the one
that most others wait for, too, and when such a token is given, one waiter is woken, not all.
"""

import heapq
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from reconciler.model import Address, ExtensionRange, Value, Verb
from reconciler.order.parking import ParkingPlaces
from reconciler.order.partial_writes import PartialWrite, gives, needs, whole
from reconciler.order.snapshot import Snapshot, token
from reconciler.order.tasks import Subject, Task
from reconciler.order.tokens import COVERAGE, EMAIL, EXTENSION, SEAT, Supply, Token

Ranked = tuple[tuple[bool, int, Address, str], Task]

CHAIN = 4
"""How many waiters are tried in a row when the first ones lack something else."""


class Purpose(StrEnum):
    """Why a step is what it is."""

    WHOLE = "whole"
    SPLIT = "split"
    PARKED = "parked"
    HANDED = "handed over"
    DIP = "dip"
    ASIDE = "aside"


@dataclass(frozen=True, slots=True)
class Step:
    """One write, and the tokens that it took and gave. `after` names the steps it waits for and the
    token that each one gave; `lacked` what the task as a whole was missing when it was split or
    parked.
    """

    task: Task
    write: PartialWrite
    purpose: Purpose
    after: dict[int, Token | None]
    taken: tuple[Token, ...]
    given: tuple[Token, ...]
    lacked: tuple[Token, ...] = ()


class Role(StrEnum):
    """How a blocked task may help others."""

    ANY = "any"
    HIRE = "hire"
    TAKER = "taker"
    LEAVER = "leaver"


@dataclass(slots=True)
class Candidates:
    """The tasks of one role by rank; `stale` of them were seen to be done."""

    tasks: list[Task]
    stale: int = 0

    def waiting(self) -> Iterator[Task]:
        if 2 * self.stale > len(self.tasks):
            self.tasks = [task for task in self.tasks if not task.done]
        self.stale = 0
        for task in self.tasks:
            if task.done:
                self.stale += 1
            elif task.waits and not task.deferred:
                yield task


class Cycle(NamedTuple):
    """Tasks each of which wants the value of the next."""

    sort: str
    tasks: tuple[Task, ...]


@dataclass(slots=True)
class Simulation:
    """`pending` holds all tasks by rank, the done ones included; `turning` the values in cycles.
    `proven` names the changes that have no better order, and the queues and skills that fall.
    `ties`: somebody may join early although that ties it to a license that is to go.
    """

    # what was there before the first step
    snapshot: Snapshot
    pending: list[Task]
    own: dict[Address, Task]
    candidates: dict[Role, Candidates] = field(default_factory=dict)
    seekers: dict[Token, list[Task]] = field(default_factory=dict)
    joiners: dict[Token, list[Task]] = field(default_factory=dict)
    turning: frozenset[Token] = frozenset()
    ties: bool = True
    # what there is now
    supply: Supply = field(kw_only=True)
    parking: ParkingPlaces = field(kw_only=True)
    holder: dict[Token, Task] = field(kw_only=True)
    freed: deque[Token] = field(default_factory=deque)
    # who is to be tried, and who waits
    agenda: list[Ranked] = field(default_factory=list)
    waiting: dict[Token, deque[Task]] = field(default_factory=dict)
    later: deque[Token] = field(default_factory=deque)
    cycles: dict[ExtensionRange, deque[Cycle]] = field(default_factory=dict)
    untried: list[Ranked] = field(default_factory=list)
    tied: deque[Task] = field(default_factory=deque)
    looked: int = 0
    swept: int = -1
    # what has happened
    steps: list[Step] = field(default_factory=list)
    releases: dict[Token, list[int]] = field(default_factory=dict)
    dips: Counter[Address] = field(default_factory=Counter)
    waited_for: dict[Address, tuple[Address, ...]] = field(default_factory=dict)
    proven: frozenset[Address] = frozenset()

    def left(self) -> list[Task]:
        """Return the tasks that are not done, by rank."""
        return [task for task in self.pending if not task.done]

    def missing(self, task: Task) -> tuple[Token, ...]:
        return tuple(need for need in task.needs if not self.supply.has(need))

    def push(self, task: Task) -> None:
        if not task.done and not task.queued:
            task.queued = True
            heapq.heappush(self.agenda, (task.rank, task))

    def begin(self) -> None:
        """Offer every task; deferred ones only give what others lack."""
        for task in self.pending:
            self._offer(task)

    def admit(self) -> bool:
        """Let deferred tasks run, too; False when there were none."""
        admitted = [task for task in self.pending if task.deferred and not task.done]
        for task in admitted:
            task.deferred = False
            self._offer(task)
        return bool(admitted)

    def _offer(self, task: Task) -> None:
        seat = next((need for need in task.needs if need.sort == SEAT), None)
        task.deferred = task.deferred and seat is not None
        task.waits = seat if task.deferred else None
        if task.deferred:
            self.try_later(task)
        else:
            self.push(task)

    def try_later(self, task: Task) -> None:
        """Remember a task of which a part may be possible when nothing runs as a whole."""
        if not task.path and not task.listed:
            task.listed = True
            heapq.heappush(self.untried, (task.rank, task))

    def drain(self) -> None:
        """Run whole tasks until none is ready or a number is freed that a cycle waits for."""
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
        """Wake one waiter, of the first few preferably one that gives what somebody lacks."""
        waiters = self.waiting.get(given, deque())
        passed: list[Task] = []
        chosen: Task | None = None
        while waiters and not chosen and len(passed) < CHAIN:
            task = waiters.popleft()
            if task.waits == given and not task.done and not task.queued:
                passed.append(task)
                chosen = task if self._helps(task) else None
        if passed:
            chosen = chosen or passed[0]
            waiters.extendleft(task for task in reversed(passed) if task is not chosen)
            chosen.waits, chosen.woken = None, (given, chain)
            self.push(chosen)

    def _helps(self, task: Task) -> bool:
        return any(self.supply.lacks(give) for give in gives(task, whole(task)))

    # --- steps -----------------------------------------------------------------------------------

    def execute(
        self,
        task: Task,
        write: PartialWrite,
        purpose: Purpose,
        lacked: tuple[Token, ...] = (),
    ) -> None:
        """Record a step, take the tokens it needs, and return the tokens it gives."""
        number = len(self.steps)
        wanted = task.needs if purpose is Purpose.WHOLE else needs(task, write, self.snapshot)
        after = self._taken(task, wanted, purpose)
        given = gives(task, write)
        self.steps.append(Step(task, write, purpose, after, wanted, given, lacked))
        self._move(task, write, number)
        for one in given:
            for payer in self.supply.give(one, number):
                after.setdefault(payer, one)
            self._announce(one, number)
        self._go_on(task)

    def _taken(
        self, task: Task, wanted: Sequence[Token], purpose: Purpose
    ) -> dict[int, Token | None]:
        after: dict[int, Token | None] = {}
        chained = not task.path or task.subject.chained
        if chained and task.subject.last is not None:
            after[task.subject.last] = None
        for need in wanted:
            self.supply.demand[need] -= purpose not in (Purpose.PARKED, Purpose.HANDED)
            if self.supply.has(need):
                for giver in self.supply.take(need, after):
                    after.setdefault(giver, need)
            else:
                assert need.sort == COVERAGE, f"{task.subject.address} takes {need} from nobody"
                self._note_shortfall(need)
        return after

    def _note_shortfall(self, need: Token) -> None:
        self.dips[need.name] += 1
        joiners = (task.subject.address for task in self.joiners.get(need, ()) if not task.done)
        self.waited_for.setdefault(need.name, tuple(sorted(set(joiners))))

    def _move(self, task: Task, write: PartialWrite, number: int) -> None:
        subject = task.subject
        if not task.path or subject.chained:
            subject.last = number
        if write.verb is Verb.DELETE:
            task.done = True
        for sort, value in write.moves.items():
            self._hold(task, sort, value)
        _advance(subject, write)
        _remove_written(task, write)

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
            self.parking.give(given)
            block = self.parking.block(given) if self.cycles else None
            if block in self.cycles and given not in self.turning:
                self.freed.append(given)
        for seeker in self.seekers.get(given, ()):
            if not seeker.done:
                self.try_later(seeker)
        self._wake(given, CHAIN)

    def _go_on(self, task: Task) -> None:
        task.done = task.done or task.empty
        if not task.done:
            task.needs = needs(task, whole(task), self.snapshot)
            self._offer(task)


def _advance(subject: Subject, write: PartialWrite) -> None:
    subject.exists = write.verb is not Verb.DELETE
    subject.licenses = (subject.licenses | write.adds) - write.drops
    subject.members = (subject.members | set(write.joins)) - write.leaves


def _remove_written(task: Task, write: PartialWrite) -> None:
    if task.verb is Verb.CREATE:
        task.verb = Verb.UPDATE
    task.adds -= write.adds
    task.drops -= write.drops
    task.leaves -= write.leaves
    for rest, written in (
        (task.moves, write.moves),
        (task.joins, write.joins),
        (task.plain, write.plain),
    ):
        for path in [path for path, value in written.items() if rest.get(path) == value]:
            rest.pop(path, None)
