"""Whether any lawful order exists, by trying all of them; for a few people at once.

Two facts make the search small. Extensions and e-mails can be settled before anything else, so they
do not meet seats and coverage. And joining early and leaving late never hurts, so a member is in
every queue of before and after while licensed, and in none while not: what is left to choose is who
holds which licenses at what time.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, combinations

from tests.oracle.desired import Expectation
from tests.oracle.tenant import Flat, Tenant, covers, licenses

BOUND = 60_000
"""So many states are tried; beyond, the answer is None."""

Held = frozenset[str]


@dataclass(frozen=True)
class Mover:
    """Somebody whose licenses or memberships change."""

    first: Held
    last: Held
    members: frozenset[str]
    may_step_aside: bool


@dataclass(frozen=True)
class Answer:
    """Whether an order keeps every minimum, and whether one has no dip. None: not tried to the
    end.
    """

    exists: bool | None
    without_dip: bool | None


def search(expected: Expectation, minimums: dict[str, int | None], most: int = 6) -> Answer:
    movers = list(_movers(expected))
    if len(movers) > most:
        return Answer(None, None)
    if not numbers_can_move(expected):
        return Answer(False, False)
    trial = _Search(expected, movers, minimums)
    return Answer(trial.reaches(trial.floors), trial.reaches(trial.levels))


def _movers(expected: Expectation) -> Iterator[Mover]:
    people = {person.key: person for person in expected.people}
    for key in expected.changes():
        before, after = expected.start.agents.get(key, {}), expected.end.agents[key]
        first, last = frozenset(licenses(before)), frozenset(licenses(after))
        was, will = _members(before), _members(after)
        if (first, was) == (last, will):
            continue
        person = people.get(key)
        kept = {path.split(".")[0] for path in was & will}
        stated = person is not None and all(getattr(person, kind) is not None for kind in kept)
        yield Mover(first, last, was | will, stated or not kept)


def _members(agent: Flat) -> frozenset[str]:
    return frozenset(path for path in agent if path.startswith(("queues.", "skills.")))


class _Search:
    def __init__(
        self, expected: Expectation, movers: list[Mover], minimums: dict[str, int | None]
    ) -> None:
        start, end = expected.start, expected.end
        self.movers = movers
        self.pools = sorted({name for mover in movers for name in mover.first | mover.last})
        self.limits = {name: start.limit(name) for name in self.pools}
        self.bases = {name: start.pools.get(name, {}).get("requires") for name in self.pools}
        own = {name: sum(name in mover.first for mover in movers) for name in self.pools}
        self.others = {name: start.assigned(name) - own[name] for name in self.pools}
        self.floors: dict[str, int] = {}
        self.levels: dict[str, int] = {}
        self.ends: dict[str, int] = {}
        self.constant: dict[str, int] = {}
        for address, minimum in minimums.items():
            kind, _, name = address.partition("/")
            path = f"{kind}s.{name}"
            before, after = (tenant.coverage(kind, name) for tenant in (start, end))
            self.floors[path] = min(1 if minimum is None else minimum, before)
            self.levels[path] = max(self.floors[path], min(before, after))
            self.ends[path] = after
            self.constant[path] = sum(
                covers(agent, kind, name)
                for key, agent in start.agents.items()
                if not _moves(expected, key)
            )
        self.choices = [list(self._choices(mover)) for mover in movers]

    def _choices(self, mover: Mover) -> Iterator[Held]:
        """Sets of licenses on the way, each with its bases; none at all only who may step aside."""
        kept, moved = mover.first & mover.last, sorted(mover.first ^ mover.last)
        subsets = chain.from_iterable(combinations(moved, n) for n in range(len(moved) + 1))
        for subset in subsets:
            held = kept | set(subset)
            is_end = held in (mover.first, mover.last)
            if not is_end and any(self.bases[n] and self.bases[n] not in held for n in held):
                continue
            if held or is_end or mover.may_step_aside:
                yield held

    def reaches(self, least: dict[str, int]) -> bool | None:
        first = tuple(mover.first for mover in self.movers)
        last = tuple(mover.last for mover in self.movers)
        if any(self.ends[path] < low for path, low in least.items()):
            return False
        waiting, visited = deque([first]), {first}
        while waiting:
            state = waiting.popleft()
            if state == last:
                return True
            for after in self._next(state, least):
                if after not in visited:
                    visited.add(after)
                    waiting.append(after)
            if len(visited) > BOUND:
                return None
        return False

    def _next(self, state: tuple[Held, ...], least: dict[str, int]) -> Iterator[tuple[Held, ...]]:
        used = {
            name: self.others[name] + sum(name in held for held in state) for name in self.pools
        }
        full = {n for n, limit in self.limits.items() if limit is not None and used[n] >= limit}
        for index, held in enumerate(state):
            for choice in self.choices[index]:
                if choice == held or (choice - held) & full:
                    continue
                after = (*state[:index], choice, *state[index + 1 :])
                if bool(choice) or all(
                    self._coverage(after, path) >= low for path, low in least.items()
                ):
                    yield after

    def _coverage(self, state: tuple[Held, ...], path: str) -> int:
        return self.constant[path] + sum(
            bool(held) and path in mover.members
            for held, mover in zip(state, self.movers, strict=True)
        )


def _moves(expected: Expectation, key: str) -> bool:
    before, after = expected.start.agents.get(key, {}), expected.end.agents[key]
    return (licenses(before), _members(before)) != (licenses(after), _members(after))


def numbers_can_move(expected: Expectation) -> bool:
    """Whether everybody can come to the new extension: who waits in a ring needs a free one."""
    start, end = expected.start, expected.end
    places = {key: agent.get("extension") for key, agent in start.agents.items()}
    goals = {
        key: end.agents[key].get("extension")
        for key in places
        if key in end.agents and end.agents[key].get("extension") != places[key]
    }
    for key in [key for key, goal in goals.items() if goal is None]:
        places[key] = goals.pop(key)
    while goals:
        ready = [key for key, goal in goals.items() if goal not in places.values()]
        for key in ready:
            if goals[key] not in places.values():
                places[key] = goals.pop(key)
        if goals and not ready:
            spare = expected.numbers - set(places.values()) - _elsewhere(start)
            if not spare:
                return False
            key = min(goals)
            places[key] = min(spare)
    return True


def _elsewhere(tenant: Tenant) -> set[str]:
    held = [*tenant.queues.values(), *tenant.directory]
    return {str(holder["extension"]) for holder in held if holder.get("extension")}
