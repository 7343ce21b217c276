"""Choose profiles for what agents have in common, so that their own entries are short.

A profile states values; an agent who names it states only what differs. Choosing profiles is a
facility location problem: each agent is served by the profile that leaves the fewest lines in the
agent's entry, and a profile costs the lines that it has itself. It is solved greedily (the next
profile is the one that saves most lines over all agents) among the sets of values that agents of
one group have, and each chosen profile is then adjusted to the majority of those whom it serves.
The result depends on the agents alone, not on their order.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from reconciler import kinds
from reconciler.export import grouping
from reconciler.export.lines import member_lines
from reconciler.model import NO_LEVEL

Content = Mapping[str, Any]

PROFILES_PER_HUNDRED: Final = 8
CANDIDATES: Final = 150
"""Of a group with more distinct sets of values the most frequent ones are tried."""

COLLECTIONS: Final = kinds.KINDS[kinds.AGENT].collections
ROUNDS: Final = 3
"""How often chosen profiles are adjusted to those whom they serve."""

Members = Mapping[str, int]


@dataclass(frozen=True)
class Values:
    """What an entry or a profile states: settings by name, collections as names with levels.

    A member whose bare name says its level, and every license, has `NO_LEVEL`. Equal values are one
    key.
    """

    settings: Mapping[str, Any]
    collections: Mapping[str, Members]
    key: Hashable = field(compare=False)

    @property
    def lines(self) -> int:
        """Lines in block style, without the line of the name."""
        return len(self.settings) + sum(map(_stated_lines, self.collections.values()))


@dataclass(frozen=True, slots=True)
class ProfileSelection:
    """Profile contents by name, and for each agent (by position) its profile, if one helps it."""

    profiles: Mapping[str, Values]
    used: Sequence[str | None]


def values(settings: Mapping[str, Any], collections: Mapping[str, Members]) -> Values:
    """Return settings and collections with a key by which equal ones compare equal."""
    held = {name: dict(sorted(members.items())) for name, members in collections.items()}
    key = (
        tuple(sorted((name, repr(value)) for name, value in settings.items())),
        tuple((name, tuple(members.items())) for name, members in sorted(held.items())),
    )
    return Values(dict(settings), held, key)


def cost(own: Values, profile: Values) -> int | None:
    """Lines that remain in the entry of an agent with this profile; None where the profile states
    something that the agent does not.
    """
    if not profile.settings.keys() <= own.settings.keys():
        return None
    if not profile.collections.keys() <= own.collections.keys():
        return None
    settings = sum(
        1
        for name, value in own.settings.items()
        if name not in profile.settings or profile.settings[name] != value
    )
    return settings + sum(
        _member_lines(members, profile.collections.get(name))
        for name, members in own.collections.items()
    )


def remaining(own: Values, profile: Values) -> tuple[dict[str, Any], dict[str, Any]]:
    """What an agent with this profile states itself: settings, and for each collection the members
    that differ (None where the profile's member is taken away) or an empty mapping for "none at
    all".
    """
    settings = {
        name: value
        for name, value in own.settings.items()
        if name not in profile.settings or profile.settings[name] != value
    }
    collections: dict[str, Any] = {}
    for name, members in own.collections.items():
        given = profile.collections.get(name)
        if given is None or (given and not members):
            collections[name] = dict(members)
        elif differing := _differing(members, given):
            collections[name] = differing
    return settings, collections


def _member_lines(members: Members, given: Members | None) -> int:
    """Count the lines that a collection takes beside a profile that gives members."""
    if given is None:
        return _stated_lines(members)
    if not members:
        return 1 if given else 0
    return member_lines(_differing(members, given).values())


def _stated_lines(members: Members) -> int:
    """An empty collection is a line as well."""
    return member_lines(members.values()) or 1


def _differing(members: Members, given: Members) -> dict[str, int | None]:
    """Return the members that differ from those given; None for one to take away."""
    own: dict[str, int | None] = {
        name: level for name, level in members.items() if name not in given or given[name] != level
    }
    return {**own, **{name: None for name in given if name not in members}}


def choose(
    entries: Sequence[Values], groups: Sequence[str], budgets: Sequence[int]
) -> list[ProfileSelection]:
    """For each budget, at most so many profiles for entries, each of which is in one group.

    Profiles are named after the group. A larger budget only adds profiles, so all are one search.
    """
    by_group: dict[str, list[int]] = defaultdict(list)
    for number, group in enumerate(groups):
        by_group[group].append(number)
    costs = _Costs()
    searches = [
        _Search(group, numbers, entries, costs) for group, numbers in sorted(by_group.items())
    ]
    selections: dict[int, ProfileSelection] = {}
    for taken in range(max(budgets) + 1):
        if taken in budgets:
            selections[taken] = _selection(searches, len(entries))
        best = max(searches, key=lambda search: (search.saving(), search.group), default=None)
        if best is None or best.saving() <= 0:
            break
        best.take()
    last = _selection(searches, len(entries))
    return [selections.get(budget, last) for budget in budgets]


def _selection(searches: Sequence["_Search"], count: int) -> ProfileSelection:
    profiles: dict[str, Values] = {}
    used: list[str | None] = [None] * count
    for search in searches:
        chosen = search.adjusted()
        names = _names(search.group, chosen, profiles.keys())
        profiles |= {name: chosen[number] for number, name in enumerate(names)}
        for number, profile in search.served(chosen):
            used[number] = None if profile is None else names[profile]
    needed = {name for name in used if name}
    return ProfileSelection({name: one for name, one in profiles.items() if name in needed}, used)


class _Costs:
    """What an agent costs with a profile, counted once for each pair of equal values."""

    def __init__(self) -> None:
        self._lines: dict[tuple[Hashable, Hashable], int | None] = {}

    def of(self, own: Values, profile: Values) -> int | None:
        """Return the lines of the entry with the line that names the profile."""
        key = own.key, profile.key
        if key not in self._lines:
            lines = cost(own, profile)
            self._lines[key] = None if lines is None else lines + 1
        return self._lines[key]

    def nearest(self, own: Values, profiles: Sequence[Values]) -> tuple[int, int | None]:
        """Return the fewest lines of an entry, and the number of the profile that leaves them."""
        options: list[tuple[int, int | None]] = [(own.lines, None)]
        for number, profile in enumerate(profiles):
            lines = self.of(own, profile)
            if lines is not None:
                options.append((lines, number))
        return min(options, key=lambda option: (option[0], -1 if option[1] is None else option[1]))

    def total(self, counted: Sequence[tuple[Values, int]], profiles: Sequence[Values]) -> int:
        own = sum(1 + profile.lines for profile in profiles)
        return own + sum(self.nearest(one, profiles)[0] * count for one, count in counted)


class _Search:
    """The profiles of one group: candidates, the lines that each would leave, and those chosen."""

    def __init__(
        self, group: str, numbers: Sequence[int], entries: Sequence[Values], costs: _Costs
    ) -> None:
        self.group, self._lines = group, costs
        self.numbers = numbers
        self.own = [entries[number] for number in numbers]
        counted = Counter(one.key for one in self.own)
        distinct = {one.key: one for one in self.own}
        ranked = sorted(distinct, key=lambda key: (-counted[key], repr(key)))[:CANDIDATES]
        typical = _majority(self.own)
        self.candidates = [typical, *(distinct[key] for key in ranked if key != typical.key)]
        self.kinds = [(distinct[key], counted[key]) for key in sorted(distinct, key=repr)]
        self.left = [one.lines for one, _ in self.kinds]
        self.costs = [
            [costs.of(one, candidate) for one, _ in self.kinds] for candidate in self.candidates
        ]
        self.chosen: list[Values] = []
        self._best: tuple[int, int] | None = None

    def saving(self) -> int:
        """How many lines fewer the best further profile would leave."""
        if self._best is None:
            gains = [
                (self._gain(costs) - 1 - candidate.lines, -number)
                for number, (candidate, costs) in enumerate(
                    zip(self.candidates, self.costs, strict=True)
                )
            ]
            self._best = max(gains)
        return self._best[0]

    def take(self) -> None:
        """Take the candidate that saves most."""
        self.saving()
        assert self._best is not None
        number = -self._best[1]
        self.chosen.append(self.candidates[number])
        self.left = [
            min(left, lines) if lines is not None else left
            for left, lines in zip(self.left, self.costs[number], strict=True)
        ]
        self._best = None

    def adjusted(self) -> list[Values]:
        """The chosen profiles, each as the majority of those whom it serves, while that helps."""
        chosen = list(self.chosen)
        for _ in range(ROUNDS):
            served: dict[int, list[Values]] = defaultdict(list)
            for own, (_, profile) in zip(self.own, self.served(chosen), strict=True):
                if profile is not None:
                    served[profile].append(own)
            closer = [
                _majority(served[number]) if served[number] else profile
                for number, profile in enumerate(chosen)
            ]
            if self._lines.total(self.kinds, closer) >= self._lines.total(self.kinds, chosen):
                break
            chosen = closer
        return chosen

    def served(self, chosen: Sequence[Values]) -> Iterable[tuple[int, int | None]]:
        """Each entry with the position of the profile that leaves it the fewest lines."""
        best: dict[Hashable, int | None] = {}
        for number, own in zip(self.numbers, self.own, strict=True):
            if own.key not in best:
                best[own.key] = self._lines.nearest(own, chosen)[1]
            yield number, best[own.key]

    def _gain(self, costs: Sequence[int | None]) -> int:
        """Count the lines that a candidate saves beside those taken before."""
        return sum(
            (left - lines) * count
            for left, lines, (_, count) in zip(self.left, costs, self.kinds, strict=True)
            if lines is not None and lines < left
        )


def _majority(entries: Sequence[Values]) -> Values:
    """Of each setting that all state the most frequent value, if more than half have it; of each
    collection that all state the members that more than half have.
    """
    settings: dict[str, Any] = {}
    for name in _shared([one.settings for one in entries]):
        counted = Counter(repr(one.settings[name]) for one in entries)
        frequent, times = min(counted.items(), key=lambda item: (-item[1], item[0]))
        if 2 * times > len(entries):
            settings[name] = next(
                one.settings[name] for one in entries if repr(one.settings[name]) == frequent
            )
    collections: dict[str, dict[str, int]] = {}
    for name in _shared([one.collections for one in entries]):
        levels: dict[str, Counter[int]] = defaultdict(Counter)
        for one in entries:
            for member, level in one.collections[name].items():
                levels[member][level] += 1
        collections[name] = {
            member: min(counted, key=lambda level: (-counted[level], level))
            for member, counted in levels.items()
            if 2 * counted.total() > len(entries)
        }
    return values(settings, collections)


def _shared(stated: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the names that all entries state."""
    first, *others = stated
    return [name for name in first if all(name in other for other in others)]


def _names(group: str, profiles: Sequence[Values], taken: Iterable[str]) -> list[str]:
    """The group's name for the first profile; what sets each other apart from it after that."""
    names: list[str] = []
    base = group if group not in grouping.UNNAMED else _licensed(profiles[0]) if profiles else group
    for number, profile in enumerate(profiles):
        name = base if not number else f"{base}-{_difference(profile, profiles[0])}"
        further, plain = 2, name
        while name in {*names, *taken}:
            name, further = f"{plain}-{further}", further + 1
        names.append(name)
    return names


def _licensed(profile: Values) -> str:
    """The licenses of a profile, for people who are in no queue."""
    given = profile.collections.get("licenses", {})
    return "-".join(name.replace("_", "-") for name in given) or "basic"


def _difference(profile: Values, first: Values) -> str:
    """The license, skill or queue that this profile has beside the first, else a setting."""
    for name in ("skills", "licenses", "queues"):
        given = first.collections.get(name, {})
        own = profile.collections.get(name, {})
        beside = [member for member in own if member not in given]
        if beside:
            return beside[0].replace("_", "-")
        levels = [level for member, level in own.items() if level not in (NO_LEVEL, given[member])]
        if levels:
            return f"level-{levels[0]}"
    for name, value in profile.settings.items():
        if first.settings.get(name) != value and isinstance(value, str):
            return value.replace("_", "-")
    return "2"
