"""Groups of people, as SCIM knows them. The tenant gives them no meaning of its own.

A member is an agent or another group that exists; whoever is removed leaves the groups too.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Row, delete, func, insert, select, update

from reconciler.sandbox import audit, limits
from reconciler.sandbox.database import Transaction
from reconciler.sandbox.facts import Group, GroupSettings, Member
from reconciler.sandbox.refusals import InvalidError, MissingError, StaleError
from reconciler.sandbox.roster import rest_text
from reconciler.sandbox.tables import AGENT, GROUP, GROUP_MEMBER

_CHUNK = 500


def add(transaction: Transaction, settings: GroupSettings) -> Group:
    settings = _checked(transaction, settings)
    group = Group(uuid4().hex, settings, 1, transaction.now, transaction.now)
    result = transaction.connection.execute(
        insert(GROUP).values(id=group.id, created=group.created, **_columns(group))
    )
    group = replace(group, seq=result.lastrowid)
    _write_members(transaction, group)
    _record(transaction, group, {}, audit.group_fields(settings))
    return group


def change(
    transaction: Transaction, id_: str, settings: GroupSettings, *, expected: int | None = None
) -> Group:
    before = _present(transaction, id_, expected)
    settings = _checked(transaction, settings)
    if settings == before.settings:
        return before
    after = replace(before, settings=settings, version=before.version + 1, modified=transaction.now)
    transaction.connection.execute(
        update(GROUP).where(GROUP.c.seq == after.seq).values(**_columns(after))
    )
    if settings.members != before.settings.members:
        _write_members(transaction, after)
    _record(transaction, after, audit.group_fields(before.settings), audit.group_fields(settings))
    return after


def remove(transaction: Transaction, id_: str, *, expected: int | None = None) -> None:
    group = _present(transaction, id_, expected)
    transaction.connection.execute(delete(GROUP).where(GROUP.c.seq == group.seq))
    transaction.connection.execute(delete(GROUP_MEMBER).where(GROUP_MEMBER.c.member == group.id))
    _record(transaction, group, audit.group_fields(group.settings), {})


def get(transaction: Transaction, id_: str) -> Group | None:
    return next(iter(page(transaction, GROUP.c.id == id_)), None)


def count(transaction: Transaction, *conditions: ColumnElement[bool]) -> int:
    query = select(func.count()).select_from(GROUP).where(*conditions)
    return int(transaction.connection.execute(query).scalar_one())


def page(
    transaction: Transaction,
    *conditions: ColumnElement[bool],
    offset: int = 0,
    limit: int | None = None,
) -> list[Group]:
    """Groups in the order in which they were added."""
    query = select(GROUP).where(*conditions).order_by(GROUP.c.seq).offset(offset).limit(limit)
    rows = transaction.connection.execute(query).all()
    members = _members(transaction, [row.seq for row in rows])
    return [_group(row, tuple(members.get(row.seq, ()))) for row in rows]


def of_members(transaction: Transaction, ids: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
    """For each of these members, the groups it is in directly: id and name."""
    found: dict[str, list[tuple[str, str]]] = {}
    for start in range(0, len(ids), _CHUNK):
        query = (
            select(GROUP_MEMBER.c.member, GROUP.c.id, GROUP.c.name)
            .join(GROUP, GROUP.c.seq == GROUP_MEMBER.c.group)
            .where(GROUP_MEMBER.c.member.in_(ids[start : start + _CHUNK]))
            .order_by(GROUP.c.seq)
        )
        for member, group, name in transaction.connection.execute(query):
            found.setdefault(member, []).append((group, name))
    return found


def _present(transaction: Transaction, id_: str, expected: int | None) -> Group:
    group = get(transaction, id_)
    if group is None:
        raise MissingError(f"there is no group {id_}")
    if expected is not None and group.version != expected:
        raise StaleError(f"group {group.settings.name} was changed by somebody else")
    return group


def _checked(transaction: Transaction, settings: GroupSettings) -> GroupSettings:
    """The same with each member once and with its type, or a refusal."""
    limits.check_text("displayName", settings.name, required=True)
    limits.check_rest(settings.rest)
    members = {member.id: member for member in settings.members}
    if len(members) > limits.GROUP_MEMBERS:
        raise InvalidError(f"a group has at most {limits.GROUP_MEMBERS} members", "members")
    for member in members.values():
        limits.check_text("display", member.display)
    types = _types(transaction, list(members))
    missing = next((id_ for id_ in members if id_ not in types), None)
    if missing is not None:
        raise InvalidError(f"there is no user or group {missing}", "members")
    typed = tuple(replace(member, type=types[member.id]) for member in members.values())
    return replace(settings, members=typed)


def _types(transaction: Transaction, ids: Sequence[str]) -> dict[str, str]:
    types: dict[str, str] = {}
    for start in range(0, len(ids), _CHUNK):
        chunk = ids[start : start + _CHUNK]
        for table, type_ in ((AGENT, "User"), (GROUP, "Group")):
            query = select(table.c.id).where(table.c.id.in_(chunk))
            types |= dict.fromkeys(transaction.connection.execute(query).scalars(), type_)
    return types


def _write_members(transaction: Transaction, group: Group) -> None:
    transaction.connection.execute(delete(GROUP_MEMBER).where(GROUP_MEMBER.c.group == group.seq))
    rows = [
        {
            "group": group.seq,
            "member": member.id,
            "position": position,
            "type": member.type,
            "display": member.display,
        }
        for position, member in enumerate(group.settings.members)
    ]
    if rows:
        transaction.connection.execute(insert(GROUP_MEMBER), rows)


def _members(transaction: Transaction, seqs: Sequence[int]) -> dict[int, list[Member]]:
    members: dict[int, list[Member]] = {}
    for start in range(0, len(seqs), _CHUNK):
        query = (
            select(GROUP_MEMBER)
            .where(GROUP_MEMBER.c.group.in_(seqs[start : start + _CHUNK]))
            .order_by(GROUP_MEMBER.c.group, GROUP_MEMBER.c.position)
        )
        for row in transaction.connection.execute(query):
            member = Member(row.member, row.type, row.display)
            members.setdefault(row.group, []).append(member)
    return members


def _columns(group: Group) -> dict[str, Any]:
    return {
        "name": group.settings.name,
        "version": group.version,
        "modified": group.modified,
        "rest": rest_text(group.settings.rest),
    }


def _group(row: Row[Any], members: tuple[Member, ...]) -> Group:
    settings = GroupSettings(row.name, members, json.loads(row.rest))
    return Group(row.id, settings, row.version, row.created, row.modified, row.seq)


def _record(transaction: Transaction, group: Group, before: audit.Flat, after: audit.Flat) -> None:
    subject = audit.Subject("group", group.settings.name, group.id)
    audit.record(transaction, subject, before, after)
