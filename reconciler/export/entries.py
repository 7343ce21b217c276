"""Write the entries of agents, shortened by the profiles that they share."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from reconciler import kinds
from reconciler.export import additions, profiles, ranges, representable
from reconciler.export.lines import member_lines
from reconciler.model import NO_LEVEL, ExtensionRange

Content = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shortened:
    """Profiles by name, and for each entry the names of its profiles and what it states itself."""

    profiles: Mapping[str, profiles.Values]
    names: Sequence[list[str]]
    own: Sequence[tuple[dict[str, Any], dict[str, Any]]]

    @property
    def lines(self) -> int:
        """Lines of the profiles and entries, without what identifies an agent."""
        shared = sum(1 + profile.lines for profile in self.profiles.values())
        stated = sum(
            len(settings) + sum(member_lines(held.values()) or 1 for held in collections.values())
            for settings, collections in self.own
        )
        return shared + stated + sum(map(bool, self.names))


def shortened(
    entries: Sequence[Content],
    groups: Sequence[str],
    declared: Sequence[ExtensionRange],
    levels: Mapping[str, Mapping[str, int]],
) -> tuple[Content, list[Content]]:
    """The profiles that entries share, and each entry with what its profiles leave to say."""
    stated = [_values(entry, levels) for entry in entries]
    best = _shortest(stated, groups)
    shared = {
        name: {**one.settings, **_collections(one.collections, levels)}
        for name, one in sorted(best.profiles.items())
    }
    short = []
    for entry, names, (settings, collections) in zip(entries, best.names, best.own, strict=True):
        identity = {key: entry[key] for key in _IDENTIFYING if key in entry}
        if ranges.phone(str(identity.get("extension", "")), declared) == identity.get("phone"):
            identity.pop("phone", None)
        profile = {"profile": names[0] if len(names) == 1 else names} if names else {}
        own = {key: entry[key] for key in _ALONE if key in entry} if "active" in entry else {}
        short.append(
            {**identity, **profile, **settings, **own, **_collections(collections, levels)}
        )
    return shared, short


def _shortest(stated: Sequence[profiles.Values], groups: Sequence[str]) -> Shortened:
    """Share the allowed number of profiles between main and further ones, as is shortest."""
    budget = max(1, profiles.PROFILES_PER_HUNDRED * len(stated) // 100)
    budgets = [max(1, round(budget * part)) for part in _SHARES]
    options = [
        _with_additions(stated, selection, budget)
        for selection in profiles.choose(stated, groups, budgets)
    ]
    return min(options, key=lambda option: option.lines)


def _with_additions(
    stated: Sequence[profiles.Values], selection: profiles.ProfileSelection, budget: int
) -> Shortened:
    left = [
        profiles.remaining(own, selection.profiles[name])
        if name
        else (dict(own.settings), dict(own.collections))
        for own, name in zip(stated, selection.used, strict=True)
    ]
    facts = [additions.facts_of(*parts) for parts in left]
    away = [
        {name: [m for m, level in held.items() if level is None] for name, held in members.items()}
        for _, members in left
    ]
    items = additions.remainders(facts, away, [bool(name) for name in selection.used])
    chosen = additions.choose(items, budget - len(selection.profiles))
    names = _unique_names(chosen, selection.profiles)
    values = {fact: value for of_entry in facts for fact, value in of_entry.items()}
    further = {name: _as_values(facts, values) for name, facts in zip(names, chosen, strict=True)}
    return Shortened(
        {**selection.profiles, **further},
        [
            [*([name] if name else []), *(names[number] for number in item.chosen)]
            for name, item in zip(selection.used, items, strict=True)
        ],
        [
            _own(settings, held, frozenset().union(*(chosen[n] for n in item.chosen)))
            for (settings, held), item in zip(left, items, strict=True)
        ],
    )


def _own(
    settings: Mapping[str, Any],
    collections: Mapping[str, Mapping[str, int | None]],
    given: additions.Facts,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What an entry states itself beside what further profiles give."""
    own = {n: value for n, value in settings.items() if ("", n, repr(value)) not in given}
    held = {
        name: {m: level for m, level in members.items() if (name, m, level) not in given}
        for name, members in collections.items()
    }
    return own, {
        name: members for name, members in held.items() if members or not collections[name]
    }


def _as_values(facts: additions.Facts, values: Mapping[additions.Fact, Any]) -> profiles.Values:
    settings = {key: values[c, key, v] for c, key, v in facts if not c}
    collections: dict[str, dict[str, int]] = {}
    for collection, member, level in facts:
        if collection:
            collections.setdefault(collection, {})[member] = values[collection, member, level]
    return profiles.values(
        {name: settings[name] for name in kinds.AGENT_SETTINGS if name in settings},
        {n: collections[n] for n in kinds.KINDS[kinds.AGENT].collections if n in collections},
    )


def _unique_names(chosen: Sequence[additions.Facts], taken: Iterable[str]) -> list[str]:
    names: list[str] = []
    for facts in chosen:
        plain = additions.name(facts)
        plain = name = plain if representable.is_name(plain) else "more"
        further = 2
        while name in {*names, *taken}:
            name, further = f"{plain}-{further}", further + 1
        names.append(name)
    return names


_SHARES: Final = (1.0, 0.7, 0.5, 0.3)
_ALONE: Final = ("active", *kinds.KINDS[kinds.AGENT].collections)
"""What the entry of somebody who cannot sign in states of itself: no profile counts for it."""
_IDENTIFYING: Final = tuple(row.name for row in kinds.AGENT_FIELDS if row.identifies)


def _values(entry: Content, levels: Mapping[str, Mapping[str, int]]) -> profiles.Values:
    """What a profile could state of an entry; of somebody who cannot sign in only the settings."""
    collections = {
        name: {member: _number(entry[name], member, levels.get(name, {})) for member in entry[name]}
        for name in kinds.KINDS[kinds.AGENT].collections
        if name in entry and "active" not in entry
    }
    settings = {name: entry[name] for name in kinds.AGENT_SETTINGS if name in entry}
    return profiles.values(settings, collections)


def _number(members: Any, member: str, defaults: Mapping[str, int]) -> int:
    """Return the level of a member; `NO_LEVEL` where its bare name says it."""
    level = members[member] if isinstance(members, Mapping) else NO_LEVEL
    is_default = type(level) is not int or level == defaults.get(member, NO_LEVEL)
    return NO_LEVEL if is_default else level


def default_levels(blocks: Mapping[str, Content]) -> dict[str, dict[str, int]]:
    """Return the default level of each queue and skill of the export."""
    return {
        name: {member: fields.get("default_level", NO_LEVEL) for member, fields in block.items()}
        for name, block in blocks.items()
        if name in kinds.MEMBERSHIPS
    }


def _collections(
    collections: Mapping[str, Mapping[str, int | None]],
    levels: Mapping[str, Mapping[str, int]],
) -> Content:
    """Members as a file states them: a list where every name has its default level, else names with
    levels; `none` for what the profile gives and the agent does not have.
    """
    content: Content = {}
    for name, members in collections.items():
        defaults = levels.get(name, {})
        if all(level == NO_LEVEL and level is not None for level in members.values()):
            content[name] = sorted(members)
        elif name == "licenses":
            content[name] = {m: "none" if level is None else True for m, level in members.items()}
        else:
            content[name] = {
                member: "none" if level is None else level or defaults.get(member, "default")
                for member, level in sorted(members.items())
            }
    return content
