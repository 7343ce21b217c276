"""Write the entries of agents, shortened by the profiles that they share."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from reconciler import kinds
from reconciler.export import profiles, ranges
from reconciler.model import NO_LEVEL, ExtensionRange

Content = dict[str, Any]


def shortened(
    entries: Sequence[Content],
    groups: Sequence[str],
    declared: Sequence[ExtensionRange],
    levels: Mapping[str, Mapping[str, int]],
) -> tuple[Content, list[Content]]:
    """The profiles that entries share, and each entry with what its profile leaves to say."""
    stated = [_values(entry) for entry in entries]
    selection = profiles.choose(stated, groups)
    shared = {
        name: {**one.settings, **_collections(one.collections, levels)}
        for name, one in sorted(selection.profiles.items())
    }
    short = []
    for entry, mine, name in zip(entries, stated, selection.used, strict=True):
        settings, collections = (
            profiles.remaining(mine, selection.profiles[name])
            if name
            else (mine.settings, mine.collections)
        )
        identity = {key: entry[key] for key in _IDENTIFYING if key in entry}
        if ranges.phone(str(identity.get("extension", "")), declared) == identity.get("phone"):
            identity.pop("phone", None)
        profile = {"profile": name} if name else {}
        own = {key: entry[key] for key in _ALONE if key in entry} if "active" in entry else {}
        short.append(
            {**identity, **profile, **settings, **own, **_collections(collections, levels)}
        )
    return shared, short


_ALONE: Final = ("active", *kinds.KINDS[kinds.AGENT].collections)
"""What the entry of somebody who cannot sign in states of itself: no profile counts for it."""
_IDENTIFYING: Final = tuple(row.name for row in kinds.AGENT_FIELDS if row.identifies)


def _values(entry: Content) -> profiles.Values:
    """What a profile could state of an entry; of somebody who cannot sign in only the settings."""
    collections = {
        name: {member: _number(entry[name], member) for member in entry[name]}
        for name in kinds.KINDS[kinds.AGENT].collections
        if name in entry and "active" not in entry
    }
    settings = {name: entry[name] for name in kinds.AGENT_SETTINGS if name in entry}
    return profiles.values(settings, collections)


def _number(members: Any, member: str) -> int:
    """Return the level of a member, `NO_LEVEL` where none is known."""
    level = members[member] if isinstance(members, Mapping) else NO_LEVEL
    return level if type(level) is int else NO_LEVEL


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
        if all(level == defaults.get(member, NO_LEVEL) for member, level in members.items()):
            content[name] = sorted(members)
        elif name == "licenses":
            content[name] = {m: "none" if level is None else True for m, level in members.items()}
        else:
            content[name] = {member: _word(level) for member, level in sorted(members.items())}
    return content


def _word(level: int | None) -> int | str:
    """Return a level as the files write it."""
    if level is None:
        return "none"
    return "default" if level == NO_LEVEL else level
