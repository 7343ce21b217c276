"""Find where each value of an agent comes from: its own entry or one of its profiles."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reconciler import kinds
from reconciler.diagnostics import Position
from reconciler.load import entries
from reconciler.load.document import Document
from reconciler.load.entries import Entry
from reconciler.model import Resource, Value


@dataclass(frozen=True, slots=True)
class Source:
    """One value by its flat path. `profile` is None where the entry itself states it."""

    path: str
    value: Value
    position: Position
    profile: str | None = None


def sources(documents: Sequence[Document], agent: Resource) -> tuple[Source, ...]:
    """The values of an agent in the order of its fields, each with its place."""
    own = next(
        entry for entry in entries.listed(documents, "agents") if _address(entry) == agent.address
    )
    named = own.fields.get("profile", [])
    profiles = {str(entry.name): entry for entry in entries.named(documents, "profiles")}
    names = named if isinstance(named, list) else [named]
    layers = [
        (own, None),
        *((profiles[name], name) for name in reversed(names) if name in profiles),
    ]
    result = []
    for path, value in kinds.flat(agent.fields):
        for entry, profile in layers:
            place = _place(entry, path)
            if place is not None:
                result.append(Source(path, value, place, profile))
                break
        else:
            result.append(Source(path, value, own.origin().at(), None))
    return tuple(result)


def _address(entry: Entry) -> str:
    """Return the address of an agent entry."""
    email = entries.text(entry.fields, "email")
    return kinds.agent_address(email, entries.text(entry.fields, "extension"))


def _place(entry: Entry, path: str) -> Position | None:
    """Where an entry states a path; None where it does not."""
    name, member = kinds.split_path(path)
    if name not in entry.fields:
        return None
    stated: Any = entry.fields[name]
    if member is None:
        return entry.origin().at(name)
    if isinstance(stated, list):
        return entry.origin().at(name, stated.index(member)) if member in stated else None
    return entry.origin().at(name, member) if member in stated else None
