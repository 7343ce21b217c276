"""Further profiles beside the main one: what agents of any group have in common besides.

After the main profiles are chosen, an entry still states what is special to the agent. Where some
agents have the same special thing (`skills: {spanish: 7}`, a license, a recording mode), a small
profile says it once, and their entries name it as well: `profile: [support, spanish-7]`. They are
chosen greedily by the lines that they save. A further profile never takes anything away.
"""

import heapq
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from reconciler.export.lines import member_lines

LARGEST_NAME: Final = 40
PROFILES_AN_ENTRY: Final = 3
"""An entry names at most so many profiles, so that a person can still follow it."""

Fact = tuple[str, str, Hashable]
"""One setting (`("", "recording_mode", "manual")`) or member (`("skills", "spanish", 7)`)."""

Facts = frozenset[Fact]


@dataclass(slots=True)
class Remainder:
    """What entries still state themselves beside the main profile, where several state the same.

    `facts` are those that other entries have as well; `rest` are the levels of members that only
    these entries state, or take away (None), by collection. `count` entries are alike; `chosen` are
    the numbers of their further profiles.
    """

    facts: set[Fact]
    rest: Mapping[str, tuple[int | None, ...]]
    profiles: int
    count: int = 0
    chosen: list[int] = field(default_factory=list)

    def saved(self, addition: Facts) -> int:
        """Return how many lines fewer an entry has with a further profile."""
        if self.profiles >= PROFILES_AN_ENTRY or not addition <= self.facts:
            return 0
        touched = {collection for collection, _, _ in addition if collection}
        left = self.facts - addition
        members = sum(self._lines(name, self.facts) - self._lines(name, left) for name in touched)
        settings = sum(1 for collection, _, _ in addition if not collection)
        return settings + members - (0 if self.profiles else 1)

    def take(self, addition: Facts, number: int) -> None:
        self.facts -= addition
        self.profiles += 1
        self.chosen.append(number)

    def _lines(self, collection: str, facts: Iterable[Fact]) -> int:
        levels = [level for name, _, level in facts if name == collection]
        return member_lines([*levels, *self.rest.get(collection, ())])


def facts_of(
    settings: Mapping[str, Any], collections: Mapping[str, Mapping[str, int | None]]
) -> dict[Fact, Any]:
    """Return the facts of an entry with their values; `none` is no fact, nor is an empty list."""
    values: dict[Fact, Any] = {("", name, repr(value)): value for name, value in settings.items()}
    for collection, members in collections.items():
        for member, level in members.items():
            if level is not None:
                values[collection, member, level] = level
    return values


def remainders(
    facts: Sequence[Mapping[Fact, Any]],
    taken_away: Sequence[Mapping[str, Sequence[str]]],
    has_profile: Sequence[bool],
) -> list[Remainder]:
    """Return one remainder for each entry; entries that are alike share theirs."""
    counted = Counter(fact for values in facts for fact in values)
    distinct: dict[Hashable, Remainder] = {}
    items = []
    for values, away, is_served in zip(facts, taken_away, has_profile, strict=True):
        shared = frozenset(fact for fact in values if counted[fact] > 1)
        rest: dict[str, tuple[int | None, ...]] = {}
        for collection, _, level in values.keys() - shared:
            if collection:
                rest[collection] = (*rest.get(collection, ()), level)  # type: ignore[arg-type]
        for collection, members in away.items():
            rest[collection] = (*rest.get(collection, ()), *[None] * len(members))
        key = (shared, tuple(sorted((n, repr(levels)) for n, levels in rest.items())), is_served)
        item = distinct.setdefault(key, Remainder(set(shared), rest, int(is_served)))
        item.count += 1
        items.append(item)
    return items


def choose(items: Sequence[Remainder], budget: int) -> list[Facts]:
    """Choose at most `budget` further profiles, each time the one that saves most lines."""
    distinct = list({id(item): item for item in items}.values())
    gains = _Gains(distinct)
    queue = [(-gains.of(c), sorted(map(repr, c)), c) for c in _candidates(distinct)]
    queue = [entry for entry in queue if entry[0] < 0]
    heapq.heapify(queue)
    chosen: list[Facts] = []
    while queue and len(chosen) < budget:
        _, key, candidate = heapq.heappop(queue)
        gain = gains.of(candidate)
        if gain <= 0:
            continue
        if queue and (-gain, key) > queue[0][:2]:
            heapq.heappush(queue, (-gain, key, candidate))
            continue
        for item in gains.holders(candidate):
            if item.saved(candidate) > 0:
                item.take(candidate, len(chosen))
        chosen.append(candidate)
    return chosen


class _Gains:
    """How many lines a candidate saves over all entries, as far as they are not shortened yet.

    Gains only shrink while profiles are chosen, so that only the best few are counted again.
    """

    def __init__(self, items: Sequence[Remainder]) -> None:
        self._holders: dict[Fact, list[Remainder]] = defaultdict(list)
        for item in items:
            for fact in item.facts:
                self._holders[fact].append(item)

    def holders(self, candidate: Facts) -> Sequence[Remainder]:
        return min((self._holders[fact] for fact in candidate), key=len)

    def of(self, candidate: Facts) -> int:
        saved = (item.saved(candidate) * item.count for item in self.holders(candidate))
        return sum(lines for lines in saved if lines > 0) - cost(candidate)


def cost(addition: Facts) -> int:
    """Return the lines of a further profile, with its name."""
    collections: dict[str, list[Any]] = defaultdict(list)
    for collection, _, level in addition:
        collections[collection].append(level)
    settings = len(collections.pop("", ()))
    return 1 + settings + sum(member_lines(levels) for levels in collections.values())


def _candidates(items: Iterable[Remainder]) -> set[Facts]:
    """Return what at least two entries share: single facts, whole collections, whole remainders."""
    counted: Counter[Facts] = Counter()
    for item in items:
        by_collection: dict[str, set[Fact]] = defaultdict(set)
        for fact in item.facts:
            by_collection[fact[0]].add(fact)
        sets = {frozenset({fact}) for fact in item.facts}
        sets |= {frozenset(facts) for facts in by_collection.values()}
        sets.add(frozenset(item.facts))
        for facts in sets - {frozenset()}:
            counted[facts] += item.count
    return {facts for facts, count in counted.items() if count > 1}


def name(addition: Facts) -> str:
    """`spanish-7`, `transcription`, `recording-mode-manual`; the parts of several are joined."""
    parts = []
    for collection, member, value in sorted(addition, key=repr):
        if collection:
            parts.append(f"{member}-{value}" if value else member)
        else:
            parts.append(f"{member}-{str(value).strip(chr(39))}")
    return "-".join(parts).replace("_", "-").lower()[:LARGEST_NAME].rstrip("-")
