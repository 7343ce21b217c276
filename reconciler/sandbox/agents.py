"""Agents: the one set of functions through which every door adds, changes and removes them.

    add(transaction, settings)                  change(transaction, id, settings, expected=version)
    remove(transaction, id, expected=version)   set_presence(transaction, id, presence)

Each looks at the whole agent as it would be afterwards, and refuses (see `refusals`) or writes the
agent, its claims and the audit trail. Reading is in `roster`.
"""

from dataclasses import replace
from typing import Any
from uuid import uuid4

from sqlalchemy import delete, insert, select, update

from reconciler.sandbox import audit, claims, limits, pools, roster
from reconciler.sandbox.database import Transaction
from reconciler.sandbox.facts import (
    AGENT_SETTINGS,
    OFFLINE,
    QUEUE,
    SKILL,
    UC,
    WEBRTC,
    Agent,
    AgentSettings,
    Entry,
    Levels,
    folded,
)
from reconciler.sandbox.refusals import (
    ConflictError,
    InvalidError,
    MissingError,
    ReadOnlyError,
    StaleError,
)
from reconciler.sandbox.tables import AGENT, ASSIGNMENT, ENTRY, GROUP_MEMBER, MEMBERSHIP, TARGET

_INSERT = insert(AGENT)
_ASSIGN = insert(ASSIGNMENT)

UC_OWNED = tuple(setting.name for setting in AGENT_SETTINGS if setting.uc_owned)
OF_ENTRY = ("name", "email", "extension")
"""What an entry of the UC directory says itself."""


def add(transaction: Transaction, settings: AgentSettings, *, id_: str | None = None) -> Agent:
    """A new agent. Without a word about the phone it is a WebRTC agent, and it may sign in.

    One with a UC phone is pulled in from the directory, which says its name and e-mail. `id_` is of
    an agent who was deleted before.
    """
    settings = replace(
        settings,
        phone=settings.phone or WEBRTC,
        active=True if settings.active is None else settings.active,
    )
    limits.check_agent(settings)
    entry = _directory_entry(transaction, settings) if settings.phone == UC else None
    if entry is not None:
        settings = _as_directory(settings, entry)
    agent = Agent(
        id=id_ or uuid4().hex,
        settings=settings,
        presence=OFFLINE,
        version=1,
        created=transaction.now,
        modified=transaction.now,
        entry=entry.id if entry else None,
    )
    _check_state(transaction, settings)
    _claim(transaction, agent)
    columns = {"id": agent.id, "created": agent.created, **_columns(agent)}
    result = transaction.connection.execute(_INSERT, columns)
    agent = replace(agent, seq=result.lastrowid)
    _write_licenses(transaction, agent, frozenset())
    _write_memberships(transaction, agent, {}, {})
    _record(transaction, agent, {}, audit.agent_fields(settings))
    return agent


def change(
    transaction: Transaction, id_: str, settings: AgentSettings, *, expected: int | None = None
) -> Agent:
    """Makes the settings the agent's own, unless it is no longer at the version `expected`."""
    before = _present(transaction, id_, expected)
    settings = _with_email_in_step(before.settings, settings)
    if settings == before.settings:
        return before
    limits.check_agent(settings)
    _check_ownership(before.settings, settings)
    return store(transaction, before, replace(before, settings=settings))


def store(transaction: Transaction, before: Agent, after: Agent) -> Agent:
    """Writes what `change` and the directory sync have decided. Who may decide is theirs to say."""
    _check_state(transaction, after.settings)
    after = replace(
        after,
        version=before.version + 1,
        modified=transaction.now,
        presence=before.presence if after.can_sign_in else OFFLINE,
    )
    _claim(transaction, after)
    transaction.connection.execute(
        update(AGENT).where(AGENT.c.seq == after.seq).values(**_columns(after))
    )
    old = before.settings
    _write_licenses(transaction, after, old.licenses)
    _write_memberships(transaction, after, old.queues, old.skills)
    _record(transaction, after, audit.agent_fields(old), audit.agent_fields(after.settings))
    return after


def remove(transaction: Transaction, id_: str, *, expected: int | None = None) -> None:
    """Deletes the agent: seats, numbers and memberships are free again."""
    agent = _present(transaction, id_, expected)
    claims.release(transaction, _owner(agent))
    transaction.connection.execute(delete(AGENT).where(AGENT.c.seq == agent.seq))
    transaction.connection.execute(delete(GROUP_MEMBER).where(GROUP_MEMBER.c.member == agent.id))
    _record(transaction, agent, audit.agent_fields(agent.settings), {})


def set_presence(transaction: Transaction, id_: str, presence: str) -> Agent:
    """Presence is a moment, not configuration: the version stays."""
    limits.check_presence(presence)
    agent = _present(transaction, id_, None)
    if presence != OFFLINE and not agent.can_sign_in:
        raise ConflictError("without a license, or suspended, an agent cannot sign in", "presence")
    transaction.connection.execute(
        update(AGENT).where(AGENT.c.seq == agent.seq).values(presence=presence)
    )
    _record(transaction, agent, {"presence": agent.presence}, {"presence": presence})
    return replace(agent, presence=presence)


def _present(transaction: Transaction, id_: str, expected: int | None) -> Agent:
    agent = roster.get(transaction, id_)
    if agent is None:
        raise MissingError(f"there is no agent {id_}")
    if expected is not None and agent.version != expected:
        raise StaleError(f"agent {id_} was changed by somebody else")
    return agent


def _with_email_in_step(before: AgentSettings, after: AgentSettings) -> AgentSettings:
    """The work e-mail follows the sign-in e-mail where the two were one and only one was given."""
    emails = after.rest.get("emails")
    if after.email == before.email or not emails or emails != before.rest.get("emails"):
        return after
    moved = [
        {**item, "value": after.email}
        if folded(item.get("value", "")) == folded(before.email)
        else item
        for item in emails
    ]
    return replace(after, rest={**after.rest, "emails": moved})


def _check_ownership(before: AgentSettings, after: AgentSettings) -> None:
    if after.phone != before.phone:
        raise ReadOnlyError("the phone kind is set once, when the agent is added", "phone")
    if after.phone != UC:
        return
    for field in UC_OWNED:
        if getattr(after, field) != getattr(before, field):
            raise ReadOnlyError(f"{field} of a UC agent belongs to the UC directory", field)
    if after.rest.get("emails") != before.rest.get("emails"):
        raise ReadOnlyError("the e-mail of a UC agent belongs to the UC directory", "email")


def _check_state(transaction: Transaction, settings: AgentSettings) -> None:
    """What must hold of an agent whoever changed it: licenses with their bases, then members."""
    pools.check_bases(transaction, settings.licenses)
    for field in ("queues", "skills"):
        if getattr(settings, field) and not settings.licenses:
            raise InvalidError(f"{field} need a license: licensed first, enrolled after", field)


def _directory_entry(transaction: Transaction, settings: AgentSettings) -> Entry:
    query = select(ENTRY).where(ENTRY.c.type == "user", ENTRY.c.extension == settings.extension)
    row = transaction.connection.execute(query).one_or_none()
    if row is None:
        raise InvalidError(
            f"the UC directory has no user with the extension {settings.extension}", "extension"
        )
    return Entry(**row._mapping)


def _as_directory(settings: AgentSettings, entry: Entry) -> AgentSettings:
    """Name and e-mail of the directory; another word about them is refused, not overruled."""
    if folded(settings.email) != folded(entry.email or settings.email):
        raise ReadOnlyError("the e-mail of a UC agent belongs to the UC directory", "email")
    if settings.name not in (None, entry.name):
        raise ReadOnlyError("the name of a UC agent belongs to the UC directory", "name")
    for field in UC_OWNED:
        if field not in OF_ENTRY and getattr(settings, field) is not None:
            raise ReadOnlyError(f"{field} of a UC agent belongs to the UC directory", field)
    return replace(settings, name=entry.name, email=entry.email or settings.email)


def _claim(transaction: Transaction, agent: Agent) -> None:
    """What an agent holds of its own. A UC agent in the directory holds its values through it."""
    settings = agent.settings
    if agent.entry is not None:
        return
    wanted = claims.email(settings.email) | claims.extension(settings.extension)
    for item in settings.rest.get("emails") or ():
        if item.get("type") in (None, "work"):
            wanted |= claims.email(item.get("value"))
    claims.hold(transaction, _owner(agent), wanted)


def _owner(agent: Agent) -> str:
    return f"agent/{agent.id}"


def _columns(agent: Agent) -> dict[str, Any]:
    settings = agent.settings
    return {
        **{setting.name: getattr(settings, setting.name) for setting in AGENT_SETTINGS},
        "email_key": folded(settings.email),
        "presence": agent.presence,
        "entry": agent.entry,
        "version": agent.version,
        "modified": agent.modified,
        "rest": roster.rest_text(settings.rest),
    }


def _write_licenses(transaction: Transaction, agent: Agent, before: frozenset[str]) -> None:
    after = agent.settings.licenses
    for name in sorted(before - after):
        transaction.connection.execute(
            delete(ASSIGNMENT).where(ASSIGNMENT.c.agent == agent.seq, ASSIGNMENT.c.license == name)
        )
    for name in sorted(after - before):
        pools.check_seat(transaction, name)
        transaction.connection.execute(_ASSIGN, {"agent": agent.seq, "license": name})


def _write_memberships(
    transaction: Transaction, agent: Agent, queues: Levels, skills: Levels
) -> None:
    before = {(QUEUE, name): level for name, level in queues.items()}
    before |= {(SKILL, name): level for name, level in skills.items()}
    after = {(QUEUE, name): level for name, level in agent.settings.queues.items()}
    after |= {(SKILL, name): level for name, level in agent.settings.skills.items()}
    changed = {key for key in before | after if _differs(key, before, after)}
    if not changed:
        return
    seqs = _target_seqs(transaction, changed)
    if before:
        transaction.connection.execute(
            delete(MEMBERSHIP).where(
                MEMBERSHIP.c.agent == agent.seq, MEMBERSHIP.c.target.in_(seqs.values())
            )
        )
    rows = [
        {"agent": agent.seq, "target": seqs[key], "level": after[key]}
        for key in changed
        if key in after
    ]
    if rows:
        transaction.connection.execute(insert(MEMBERSHIP), rows)


Levelled = dict[tuple[str, str], int | None]


def _differs(key: tuple[str, str], before: Levelled, after: Levelled) -> bool:
    return (key in before) != (key in after) or before.get(key) != after.get(key)


def _target_seqs(
    transaction: Transaction, keys: set[tuple[str, str]]
) -> dict[tuple[str, str], int]:
    query = select(TARGET.c.kind, TARGET.c.name, TARGET.c.seq).where(
        TARGET.c.name.in_([name for _, name in keys])
    )
    found = {(kind, name): seq for kind, name, seq in transaction.connection.execute(query)}
    for kind, name in sorted(keys):
        if (kind, name) not in found:
            raise InvalidError(f"there is no {kind} {name}", f"{kind}s")
    return {key: found[key] for key in keys}


def _record(transaction: Transaction, agent: Agent, before: audit.Flat, after: audit.Flat) -> None:
    subject = audit.Subject("agent", folded(agent.settings.email), agent.id)
    audit.record(transaction, subject, before, after)
