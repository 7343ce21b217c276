"""The tables. What must be unique, and what refers to what, is also said to SQLite itself."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from reconciler.sandbox.facts import AGENT_SETTINGS, TARGET_SETTINGS, Setting

_TYPES = {str: Text, bool: Boolean, int: Integer}

METADATA = MetaData()

SETTING = Table(
    "setting",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

SCHEMA_VERSION = Table(
    "schema_version",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("title", Text, nullable=False),
    Column("at", Text, nullable=False),
)
"""Which steps of `migrations` were taken, and when; empty where the database was made with them."""

TOKEN = Table(
    "token",
    METADATA,
    Column("role", Text, primary_key=True),
    Column("token", Text, nullable=False, unique=True),
)

POOL = Table(
    "pool",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("purchased", Integer, nullable=False),
    Column("requires", Text, ForeignKey("pool.name")),
    Column("created", Text, nullable=False),
)


def _entry_columns() -> list[Column[str]]:
    return [
        Column("id", Text, primary_key=True),
        Column("name", Text, nullable=False),
        Column("email", Text),
        Column("extension", Text),
        Column("type", Text, nullable=False),
        Column("created", Text, nullable=False),
        Column("modified", Text, nullable=False),
    ]


ENTRY = Table(
    "directory_entry",
    METADATA,
    *_entry_columns(),
    Index("directory_entry_by_extension", "extension"),
)
"""The UC directory as the tenant last saw it."""

UPSTREAM = Table("upstream_entry", METADATA, *_entry_columns())
"""The UC directory as it is on the UC platform; a sync copies it to `directory_entry`."""


def _setting_columns(settings: Iterable[Setting]) -> list[Column[Any]]:
    return [
        Column(setting.name, _TYPES[setting.type], nullable=not setting.is_stored)
        for setting in settings
    ]


AGENT = Table(
    "agent",
    METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    Column("email_key", Text, nullable=False),
    *_setting_columns(AGENT_SETTINGS),
    Column("presence", Text, nullable=False),
    Column("entry", Text, ForeignKey("directory_entry.id", ondelete="SET NULL")),
    Column("version", Integer, nullable=False),
    Column("created", Text, nullable=False),
    Column("modified", Text, nullable=False),
    Column("rest", Text, nullable=False),
    Index("agent_by_email", "email_key", unique=True),
    Index("agent_by_extension", "extension", unique=True),
    Index("agent_by_name", "name"),
    Index("agent_by_entry", "entry", unique=True, sqlite_where=text("entry IS NOT NULL")),
    sqlite_autoincrement=True,
)

TARGET = Table(
    "target",
    METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    *_setting_columns(TARGET_SETTINGS),
    Column("version", Integer, nullable=False),
    Column("created", Text, nullable=False),
    Column("modified", Text, nullable=False),
    Column("rest", Text, nullable=False),
    UniqueConstraint("name"),
    UniqueConstraint("extension"),
    Index("target_by_kind", "kind", "seq"),
    sqlite_autoincrement=True,
)

ASSIGNMENT = Table(
    "assignment",
    METADATA,
    Column("agent", Integer, ForeignKey("agent.seq", ondelete="CASCADE"), primary_key=True),
    Column("license", Text, ForeignKey("pool.name"), primary_key=True),
    Index("assignment_by_license", "license"),
    sqlite_with_rowid=False,
)

MEMBERSHIP = Table(
    "membership",
    METADATA,
    Column("agent", Integer, ForeignKey("agent.seq", ondelete="CASCADE"), primary_key=True),
    Column("target", Integer, ForeignKey("target.seq"), primary_key=True),
    Column("level", Integer),
    Index("membership_by_target", "target"),
    sqlite_with_rowid=False,
)

CLAIM = Table(
    "claim",
    METADATA,
    Column("what", Text, primary_key=True),
    Column("value", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Index("claim_by_owner", "owner"),
    sqlite_with_rowid=False,
)
"""Each extension and e-mail in use and who holds it: unique over agents, targets and directory."""

GROUP = Table(
    "scim_group",
    METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created", Text, nullable=False),
    Column("modified", Text, nullable=False),
    Column("rest", Text, nullable=False),
    Index("group_by_name", "name"),
    sqlite_autoincrement=True,
)

GROUP_MEMBER = Table(
    "group_member",
    METADATA,
    Column("group", Integer, ForeignKey("scim_group.seq", ondelete="CASCADE"), primary_key=True),
    Column("member", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("type", Text, nullable=False),
    Column("display", Text),
    Index("group_member_by_member", "member"),
)

AUDIT = Table(
    "audit",
    METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("at", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("door", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Index("audit_by_id", "id"),
    Index("audit_by_address", "address"),
    sqlite_autoincrement=True,
)
