"""Group exported agents into files."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from reconciler.export import representable
from reconciler.model import ExtensionRange, Resource

INACTIVE: Final = "inactive"
NOWHERE: Final = {"queue": "no-queue", "skill": "no-skill", "range": "no-range", "none": "agents"}
UNNAMED: Final = frozenset({INACTIVE, *NOWHERE.values()})
"""Groups of people who have nothing in common that a profile could be named after."""

_ODD: Final = re.compile(r"[^a-z0-9]+")


def groups(agents: Sequence[Resource], by: str, declared: Sequence[ExtensionRange]) -> list[str]:
    """The group of each agent: the main queue or skill (highest level, then most members, then by
    name), or the extension range. People who cannot sign in are a group of their own.
    """
    sizes = Counter(member for agent in agents for member in _members(agent, by))
    return [_group(agent, by, sizes, declared) for agent in agents]


def _group(
    agent: Resource, by: str, sizes: Mapping[str, int], declared: Sequence[ExtensionRange]
) -> str:
    """Return the name of the file that an agent goes to."""
    if agent.fields.get("active") is False:
        return INACTIVE
    if by == "range":
        extension = str(agent.fields.get("extension") or "")
        return next((one.name for one in declared if one.holds(extension)), NOWHERE[by])
    members = _members(agent, by)
    if not members:
        return NOWHERE[by]
    return min(members, key=lambda name: (-members[name], -sizes[name], name))


def _members(agent: Resource, by: str) -> Mapping[str, int]:
    """The queues or skills of an agent that a file can name."""
    members = agent.fields.get(f"{by}s")
    held = members if isinstance(members, Mapping) else {}
    return {name: level for name, level in held.items() if representable.is_name(name)}


def file_names(groups: Iterable[str]) -> dict[str, str]:
    """A portable file name for each group; two groups never share one, also without case."""
    names: dict[str, str] = {}
    for group in groups:
        plain = unicodedata.normalize("NFKD", group).encode("ascii", "ignore").decode().lower()
        stem = _ODD.sub("-", plain).strip("-")[:60] or "group"
        name, number = stem, 2
        while name in names.values():
            name, number = f"{stem}-{number}", number + 1
        names[group] = name
    return names
