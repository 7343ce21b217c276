"""All that is possible on a small tenant, one path after the other; faster than `exhaustive`.

Any partial write can be taken apart into writes of one path each that are lawful as well: licenses
are added bases first, queues are joined after and left before. So this reaches what `exhaustive`
reaches, over far fewer ways. Everything that one object may look like is listed beforehand; a state
of the tenant is then a tuple of numbers.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tests.order.tenant import Flat, Terms, licenses, memberships
from tests.order.trial import Plan, goal

MOST_STATES = 300_000


class TooLargeError(Exception):
    """More states than can be walked through in a test."""


@dataclass
class Looks:
    """What one object may look like, and where each look leads to."""

    terms: Terms
    start: Flat | None
    want: Flat | None
    kind: str
    looks: list[Flat | None] = field(default_factory=list)
    ways: list[list[tuple[int, bool]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.looks.append(self.start)
        for look in self.looks:
            self.ways.append([(self._number(then), aside) for then, aside in self._next(look)])

    def _number(self, look: Flat | None) -> int:
        if look not in self.looks:
            self.looks.append(look)
        return self.looks.index(look)

    def _next(self, have: Flat | None) -> Iterator[tuple[Flat | None, bool]]:
        """The next looks, each with whether it is one of somebody who steps aside."""
        if have is None:
            if self.want is not None and self.start is None:
                yield _bare(self.want), False
            return
        if self.want is None:
            yield None, False
        yield from ((look, False) for look in self._written(have, self.want or {}))
        yield from ((look, False) for look in self._parked(have))
        held, goal = licenses(have), licenses(self.want or {})
        staying = memberships(have) & memberships(self.want or {})
        if held and goal and not held & goal and staying and not self.terms.members_on_queue:
            yield _bare(have), True

    def _written(self, have: Flat, want: Flat) -> Iterator[Flat]:
        for path in sorted({*have, *want}):
            then = {p: v for p, v in have.items() if p != path}
            if path in want:
                then[path] = want[path]
            elif "." not in path:
                continue
            if then != have and self._is_whole(then):
                yield then

    def _is_whole(self, look: Flat) -> bool:
        """Bases and licenses, unless it was so before."""
        held, was = licenses(look), self.start or {}
        if any(self.terms.requires.get(name, name) not in held for name in held):
            return False
        return bool(held) or memberships(look) <= (set() if licenses(was) else memberships(was))

    def _parked(self, have: Flat) -> Iterator[Flat]:
        start, want = self.start or {}, self.want or {}
        if have.get("phone") == "uc" or self.start is None:
            return
        moves = self.want is None or want.get("extension") != start.get("extension")
        if moves and have.get("extension") and have["extension"] == start.get("extension"):
            first, last = self.terms.first, self.terms.last
            if not first <= str(have["extension"]) <= last:
                first, last = ("4200", "4201") if self.kind == "queue" else ("4800", "4801")
            for number in range(int(first), int(last) + 1)[-8:]:
                yield {**have, "extension": str(number)}
        moves = self.want is None or want.get("email") != start.get("email")
        if moves and have.get("email") and have["email"] == start.get("email"):
            yield {**have, "email": f"parked-{have['email']}"}


def is_possible(tried: Plan, *, dips: bool) -> bool:
    """Whether some order is lawful; with `dips` coverage may fall. Raises `TooLargeError`."""
    live, wanted = tried.situation.live, tried.situation.wanted
    before, after = live.coverage(), goal(tried).coverage()
    floors = {t: 0 if dips else min(before[t], after[t]) for t in {*before, *after}}
    every = [
        Looks(live.terms, live.objects.get(h), want, h.split("/")[0])
        for h, want in wanted.items()
        if live.objects.get(h) != want
    ]
    return _Walk(tried, every, floors, before).reaches_the_goal()


@dataclass
class _Walk:
    tried: Plan
    every: list[Looks]
    floors: Mapping[str, int]
    before: Counter[str]

    def __post_init__(self) -> None:
        live = self.tried.situation.live
        self.purchased = live.terms.purchased
        self.seats, self.held = live.seats(), Counter(live.holders())
        self.covered = Counter(self.before)
        self.there = set(live.objects)
        wanted = self.tried.situation.wanted.items()
        self.handles = [h for h, want in wanted if live.objects.get(h) != want]
        self.facts = [[_facts(look) for look in one.looks] for one in self.every]
        for facts in self.facts:
            self._shift(facts[0], -1)

    def _shift(self, facts: "Facts", by: int) -> None:
        for count, names in zip((self.seats, self.held, self.covered), facts, strict=True):
            for name in names:
                count[name] += by

    def reaches_the_goal(self) -> bool:
        start = tuple(0 for _ in self.every)
        ends = tuple(
            one.looks.index(one.want) if one.want in one.looks else -1 for one in self.every
        )
        seen, stack = {start}, [start]
        while stack:
            state = stack.pop()
            if state == ends:
                return True
            for after in self._lawful(state):
                if after not in seen:
                    seen.add(after)
                    stack.append(after)
            if len(seen) > MOST_STATES:
                raise TooLargeError
        return False

    def _lawful(self, state: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        now = [facts[n] for facts, n in zip(self.facts, state, strict=True)]
        counts = (Counter(self.seats), Counter(self.held), Counter(self.covered))
        for facts in now:
            for count, names in zip(counts, facts, strict=True):
                count.update(names)
        for number, one in enumerate(self.every):
            for target, aside in one.ways[state[number]]:
                if self._may(counts, now[number], self.facts[number][target], aside=aside):
                    look = one.looks[target]
                    if look is None or self._queues_are_there(state, look):
                        yield (*state[:number], target, *state[number + 1 :])

    def _may(
        self, counts: tuple[Counter[str], ...], was: "Facts", will: "Facts", *, aside: bool
    ) -> bool:
        seats, held, covered = counts
        if any(seats[n] >= self.purchased.get(n, 1 << 30) for n in will[0] - was[0]):
            return False
        if any(held[value] for value in will[1] - was[1]):
            return False
        lost = was[2] - will[2]
        if aside and any(covered[t] - 1 < min(1, self.before[t]) for t in lost):
            return False
        return all(covered[t] - 1 >= self.floors.get(t, 0) for t in lost)

    def _queues_are_there(self, state: tuple[int, ...], look: Flat) -> bool:
        if look["kind"] != "agent":
            return True
        made = {h for h, n in zip(self.handles, state, strict=True) if n}
        return memberships(look) <= self.there | made


def _bare(look: Flat) -> Flat:
    """Without licenses and memberships."""
    return {path: value for path, value in look.items() if "." not in path}


Facts = tuple[frozenset[str], frozenset[object], frozenset[str]]


def _facts(look: Flat | None) -> Facts:
    """Seats, values and coverage of one look."""
    if look is None:
        return frozenset(), frozenset(), frozenset()
    is_uc = look.get("phone") == "uc"
    values = {(n, str(look[n]).lower()) for n in ("email", "extension") if look.get(n)}
    held = licenses(look) if look["kind"] == "agent" else set()
    return (
        frozenset(held),
        frozenset() if is_uc else frozenset(values),
        frozenset(memberships(look)) if held else frozenset(),
    )
