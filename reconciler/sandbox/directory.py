"""The UC directory: users and groups of the UC platform, which owns what it says of them.

There are two pictures of it. `announce` sets the one on the UC platform; `sync` copies it into the
tenant: users are pulled in as agents, and an agent's name, e-mail and extension follow. A user who
has left the directory is suspended. What a WebRTC agent or a queue already holds is not taken from
it: such an entry is left out of the sync and reported.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Table, delete, func, insert, select, update

from reconciler.sandbox import agents, claims, limits, roster
from reconciler.sandbox.database import Transaction
from reconciler.sandbox.facts import UC, USER, Agent, AgentSettings, Entry, folded
from reconciler.sandbox.refusals import InvalidError, TakenError
from reconciler.sandbox.tables import AGENT, ENTRY, UPSTREAM

TYPES = ("user", "group")


@dataclass(frozen=True, slots=True)
class Sync:
    """What a sync did: labels of agents pulled in, updated and suspended, and what was refused."""

    pulled: tuple[str, ...]
    updated: tuple[str, ...]
    suspended: tuple[str, ...]
    conflicts: tuple[str, ...]


def announce(transaction: Transaction, entries: Iterable[Entry]) -> None:
    """Sets the directory on the UC platform. Without an id, an extension says which entry it is."""
    known = {(entry.type, entry.extension): entry.id for entry in announced(transaction)}
    rows = [
        _checked(
            transaction, replace(entry, id=entry.id or known.get((entry.type, entry.extension), ""))
        )
        for entry in entries
    ]
    for field in ("extension", "email"):
        values = [folded(row[field]) for row in rows if row[field]]
        twice = next((value for value in values if values.count(value) > 1), None)
        if twice is not None:
            raise TakenError(f"the directory has {field} {twice} twice", field)
    transaction.connection.execute(delete(UPSTREAM))
    if rows:
        transaction.connection.execute(insert(UPSTREAM), rows)


def announced(transaction: Transaction) -> list[Entry]:
    """The directory on the UC platform, which the tenant may not have seen yet."""
    return _entries(transaction, UPSTREAM)


def take_over(transaction: Transaction) -> tuple[str, ...]:
    """Makes the announced directory the one that the tenant knows; returns what was in conflict.

    Agents do not change: that is the other half of `sync`.
    """
    before = {entry.id: entry for entry in _entries(transaction, ENTRY)}
    upstream = announced(transaction)
    staying = {entry.id for entry in upstream}
    for id_ in before.keys() - staying:
        _let_go(transaction, id_)
    moved = [entry for entry in upstream if before.get(entry.id) != entry]
    for entry in moved:
        claims.release(transaction, _owner(entry.id))
    conflicts = [text for entry in moved if (text := _take(transaction, entry, before))]
    return tuple(conflicts)


def sync(transaction: Transaction) -> Sync:
    """The directory as announced, its users as agents, their values as the directory says."""
    left = _uc_agents(transaction)
    conflicts = take_over(transaction)
    users = {entry.id: entry for entry in _entries(transaction, ENTRY) if entry.type == USER}
    by_entry = {agent.entry: agent for agent in _uc_agents(transaction)}
    suspended = [
        _suspend(transaction, agent)
        for agent in left
        if agent.entry not in users and agent.settings.active is not False
    ]
    following = [
        (by_entry[id_], entry)
        for id_, entry in users.items()
        if id_ in by_entry and _differs(by_entry[id_], entry)
    ]
    _vacate(transaction, [agent for agent, _ in following])
    updated = [_follow(transaction, agent, entry) for agent, entry in following]
    pulled = [_pull(transaction, entry) for id_, entry in users.items() if id_ not in by_entry]
    return Sync(tuple(pulled), tuple(updated), tuple(suspended), conflicts)


def get(transaction: Transaction, id_: str) -> Entry | None:
    return next(iter(page(transaction, ENTRY.c.id == id_)), None)


def count(transaction: Transaction, *conditions: ColumnElement[bool]) -> int:
    query = select(func.count()).select_from(ENTRY).where(*conditions)
    return int(transaction.connection.execute(query).scalar_one())


def page(
    transaction: Transaction,
    *conditions: ColumnElement[bool],
    offset: int = 0,
    limit: int | None = None,
) -> list[Entry]:
    """The directory as the tenant knows it, by extension."""
    return _entries(transaction, ENTRY, *conditions, offset=offset, limit=limit)


def _entries(
    transaction: Transaction,
    table: Table,
    *conditions: ColumnElement[bool],
    offset: int = 0,
    limit: int | None = None,
) -> list[Entry]:
    query = select(table).where(*conditions).order_by(table.c.extension, table.c.id)
    rows = transaction.connection.execute(query.offset(offset).limit(limit))
    return [Entry(**row._mapping) for row in rows]


def _checked(transaction: Transaction, entry: Entry) -> dict[str, Any]:
    limits.check_text("name", entry.name, required=True)
    limits.check_text("email", entry.email, longest=limits.EMAIL)
    limits.check_extension(entry.extension)
    limits.check_word("type", entry.type, TYPES)
    if entry.type == USER and not (entry.extension and entry.email):
        raise InvalidError("a user of the directory has an extension and an e-mail", "extension")
    return {
        "id": entry.id or uuid4().hex,
        "name": entry.name,
        "email": entry.email,
        "extension": entry.extension,
        "type": entry.type,
        "created": entry.created or transaction.now,
        "modified": transaction.now,
    }


def _let_go(transaction: Transaction, id_: str) -> None:
    """An entry that has left: its agent, if any, holds its values itself from now on."""
    claims.release(transaction, _owner(id_))
    transaction.connection.execute(delete(ENTRY).where(ENTRY.c.id == id_))


def _take(transaction: Transaction, entry: Entry, before: dict[str, Entry]) -> str | None:
    """Writes one entry, or says what stands against it."""
    wanted = claims.email(entry.email) | claims.extension(entry.extension)
    columns = {
        "name": entry.name,
        "email": entry.email,
        "extension": entry.extension,
        "type": entry.type,
        "created": entry.created,
        "modified": entry.modified,
    }
    try:
        claims.hold(transaction, _owner(entry.id), wanted)
    except TakenError as error:
        _keep(transaction, before.get(entry.id))
        return f"{entry.extension} {entry.name}: {error.message}"
    if entry.id in before:
        transaction.connection.execute(update(ENTRY).where(ENTRY.c.id == entry.id).values(columns))
    else:
        transaction.connection.execute(insert(ENTRY).values(id=entry.id, **columns))
    return None


def _keep(transaction: Transaction, entry: Entry | None) -> None:
    """An entry whose new values are in conflict keeps the old ones, if they are still free."""
    if entry is None:
        return
    held = claims.email(entry.email) | claims.extension(entry.extension)
    try:
        claims.hold(transaction, _owner(entry.id), held)
    except TakenError:
        _let_go(transaction, entry.id)


def _uc_agents(transaction: Transaction) -> list[Agent]:
    return roster.page(transaction, AGENT.c.phone == UC)


def _suspend(transaction: Transaction, agent: Agent) -> str:
    """Keeps the person; what somebody else holds by now, the number or the whole identity, goes."""
    old = agent.settings
    if any(claims.holder(transaction, claim) for claim in claims.email(old.email)):
        agents.remove(transaction, agent.id)
        return label(old)
    taken = any(claims.holder(transaction, claim) for claim in claims.extension(old.extension))
    settings = replace(
        old,
        extension=None if taken else old.extension,
        active=False,
        licenses=frozenset(),
        queues={},
        skills={},
    )
    agents.store(transaction, agent, replace(agent, settings=settings, entry=None))
    return label(old)


def _differs(agent: Agent, entry: Entry) -> bool:
    return _following(agent.settings, entry) != agent.settings


def _following(settings: AgentSettings, entry: Entry) -> AgentSettings:
    email = entry.email or settings.email
    emails = [{**item, "value": email} for item in settings.rest.get("emails") or ()]
    rest = {**settings.rest, "emails": emails} if emails else settings.rest
    return replace(settings, name=entry.name, email=email, extension=entry.extension, rest=rest)


def _vacate(transaction: Transaction, moving: Sequence[Agent]) -> None:
    """Two users of the directory may have exchanged numbers: all let go before any takes."""
    for agent in moving:
        transaction.connection.execute(
            update(AGENT)
            .where(AGENT.c.seq == agent.seq)
            .values(extension=None, email_key=f"moving {agent.id}")
        )


def _follow(transaction: Transaction, agent: Agent, entry: Entry) -> str:
    settings = _following(agent.settings, entry)
    agents.store(transaction, agent, replace(agent, settings=settings))
    return label(settings)


def _pull(transaction: Transaction, entry: Entry) -> str:
    settings = AgentSettings(
        email=entry.email or "",
        name=entry.name,
        extension=entry.extension,
        phone=UC,
        rest={"emails": [{"value": entry.email, "type": "work"}]},
    )
    agents.add(transaction, settings)
    return label(settings)


def label(settings: AgentSettings) -> str:
    return f"{settings.extension} {settings.name}"


def _owner(id_: str) -> str:
    return f"directory/{id_}"
