"""For each resource type: how its documents are read, searched and written in the tenant.

One row a type, so that the storage itself knows nothing of agents or queues. An `indexed` attribute
(its name in lower case) gives a condition that every equal value meets and that SQLite answers
from an index; the library's filter then decides.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement

from reconciler.sandbox import agents, directory, groups, pools, roster, targets
from reconciler.sandbox.database import Transaction
from reconciler.sandbox.facts import (
    AGENT_SETTINGS,
    AGENT_URN,
    QUEUE,
    SKILL,
    Agent,
    AgentSettings,
    folded,
)
from reconciler.sandbox.scim import documents
from reconciler.sandbox.tables import AGENT, ENTRY, GROUP, TARGET

Document = Mapping[str, Any]
Documents = list[dict[str, Any]]
Condition = ColumnElement[bool]
Page = Callable[[Transaction, Sequence[Condition], int, int | None], Documents]
Write = Callable[[Transaction, str, Document, int | None], None]


@dataclass(frozen=True, slots=True)
class Kind:
    """`add` returns the new id; a read-only kind has no `add`, `change` and `remove`."""

    page: Page
    count: Callable[[Transaction, Sequence[Condition]], int]
    by_id: Callable[[str], Condition]
    indexed: Mapping[str, Callable[[str], Condition]]
    add: Callable[[Transaction, Document], str] | None = None
    change: Write | None = None
    remove: Callable[[Transaction, str, int | None], None] | None = None


def kinds(*, core: bool) -> dict[str, Kind]:
    """The rows, by the name of the resource type."""
    every = {
        "User": _user(core=core),
        "Group": _group(),
        "Queue": _target(QUEUE, "Queue"),
        "Skill": _target(SKILL, "Skill"),
        "LicensePool": _pool(),
        "DirectoryEntry": _entry(),
    }
    return {name: kind for name, kind in every.items() if not core or name in ("User", "Group")}


def _user(*, core: bool) -> Kind:
    def page(
        transaction: Transaction, where: Sequence[Condition], offset: int, limit: int | None
    ) -> Documents:
        found = roster.page(transaction, *where, offset=offset, limit=limit)
        return _users(transaction, found, core=core)

    def settings(transaction: Transaction, document: Document) -> AgentSettings:
        known = pools.names(transaction)
        return documents.agent_settings(document, core=core, pools=known)

    def add(transaction: Transaction, document: Document) -> str:
        return agents.add(transaction, settings(transaction, document)).id

    def change(
        transaction: Transaction, id_: str, document: Document, expected: int | None
    ) -> None:
        wanted = settings(transaction, document)
        if core:
            wanted = _with_unannounced(roster.get(transaction, id_), wanted)
        agents.change(transaction, id_, wanted, expected=expected)

    def remove(transaction: Transaction, id_: str, expected: int | None) -> None:
        agents.remove(transaction, id_, expected=expected)

    return Kind(
        page=page,
        count=lambda transaction, where: roster.count(transaction, *where),
        by_id=lambda id_: AGENT.c.id == id_,
        indexed={
            "id": lambda value: AGENT.c.id == value,
            "username": lambda value: AGENT.c.email_key == folded(value),
            f"{AGENT_URN}:extension".lower(): lambda value: AGENT.c.extension == value,
        },
        add=add,
        change=change,
        remove=remove,
    )


def _with_unannounced(stored: Agent | None, wanted: AgentSettings) -> AgentSettings:
    """A core service does not speak of the agent extension, so a client cannot mean to clear it."""
    if stored is None:
        return wanted
    names = (*(setting.name for setting in AGENT_SETTINGS if setting.urn), "queues", "skills")
    parts = {urn: part for urn, part in stored.settings.rest.items() if urn.startswith("urn:")}
    values = {name: getattr(stored.settings, name) for name in names}
    return replace(wanted, rest={**wanted.rest, **parts}, **values)


def _users(transaction: Transaction, found: Sequence[Agent], *, core: bool) -> Documents:
    memberships = groups.of_members(transaction, [agent.id for agent in found])
    return [documents.user(agent, memberships.get(agent.id, ()), core=core) for agent in found]


def _group() -> Kind:
    def page(
        transaction: Transaction, where: Sequence[Condition], offset: int, limit: int | None
    ) -> Documents:
        return [
            documents.group(group)
            for group in groups.page(transaction, *where, offset=offset, limit=limit)
        ]

    def add(transaction: Transaction, document: Document) -> str:
        return groups.add(transaction, documents.group_settings(document)).id

    def change(
        transaction: Transaction, id_: str, document: Document, expected: int | None
    ) -> None:
        groups.change(transaction, id_, documents.group_settings(document), expected=expected)

    def remove(transaction: Transaction, id_: str, expected: int | None) -> None:
        groups.remove(transaction, id_, expected=expected)

    return Kind(
        page=page,
        count=lambda transaction, where: groups.count(transaction, *where),
        by_id=lambda id_: GROUP.c.id == id_,
        indexed={"id": lambda value: GROUP.c.id == value},
        add=add,
        change=change,
        remove=remove,
    )


def _target(kind: str, name: str) -> Kind:
    def page(
        transaction: Transaction, where: Sequence[Condition], offset: int, limit: int | None
    ) -> Documents:
        found = targets.page(transaction, kind, *where, offset=offset, limit=limit)
        return [documents.target(name, target) for target in found]

    def add(transaction: Transaction, document: Document) -> str:
        return targets.add(transaction, kind, documents.target_settings(document)).id

    def change(
        transaction: Transaction, id_: str, document: Document, expected: int | None
    ) -> None:
        settings = documents.target_settings(document)
        targets.change(transaction, kind, id_, settings, expected=expected)

    def remove(transaction: Transaction, id_: str, expected: int | None) -> None:
        targets.remove(transaction, kind, id_, expected=expected)

    return Kind(
        page=page,
        count=lambda transaction, where: targets.count(transaction, kind, *where),
        by_id=lambda id_: TARGET.c.id == id_,
        indexed={
            "id": lambda value: TARGET.c.id == value,
            "name": lambda value: TARGET.c.name == value,
            "extension": lambda value: TARGET.c.extension == value,
        },
        add=add,
        change=change,
        remove=remove,
    )


def _pool() -> Kind:
    """Four rows at most: read whole, then cut."""

    def page(
        transaction: Transaction, where: Sequence[Condition], offset: int, limit: int | None
    ) -> Documents:
        end = None if limit is None else offset + limit
        return [documents.pool(pool) for pool in pools.every(transaction, *where)[offset:end]]

    return Kind(
        page=page,
        count=lambda transaction, where: len(pools.every(transaction, *where)),
        by_id=pools.named,
        indexed={"id": pools.named},
    )


def _entry() -> Kind:
    def page(
        transaction: Transaction, where: Sequence[Condition], offset: int, limit: int | None
    ) -> Documents:
        found = directory.page(transaction, *where, offset=offset, limit=limit)
        return [documents.entry(entry) for entry in found]

    return Kind(
        page=page,
        count=lambda transaction, where: directory.count(transaction, *where),
        by_id=lambda id_: ENTRY.c.id == id_,
        indexed={
            "id": lambda value: ENTRY.c.id == value,
            "extension": lambda value: ENTRY.c.extension == value,
        },
    )
