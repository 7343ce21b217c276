"""Tables and their migrations.

Migrations are numbered steps of our own: eight small tables on two databases need no more, and
Alembic would be one more dependency to import at each start. A step is never edited once it has
been released; the next one is added behind it.
"""

from collections.abc import Callable

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Double,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    func,
    inspect,
    select,
)

METADATA = MetaData()

VERSION = Table("ledger_version", METADATA, Column("version", Integer, primary_key=True))
RUNS = Table(
    "runs",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("tenant", String(200), nullable=False, index=True),
    Column("plan_id", String(40), nullable=False),
    Column("digest", String(80), nullable=False),
    Column("holder", String(300), nullable=False),
    Column("started_at", Double, nullable=False),
    Column("finished_at", Double),
    Column("converged", Boolean),
    Column("counts", JSON, nullable=False),
)
OPERATIONS = Table(
    "operations",
    METADATA,
    Column("run", String(40), primary_key=True),
    Column("id", String(40), primary_key=True),
    Column("address", Text, nullable=False),
    Column("verb", String(10), nullable=False),
    Column("values", JSON, nullable=False),
    Column("intended_at", Double, nullable=False),
    Column("settled_at", Double),
    Column("result", String(20)),
    Column("because", Text, nullable=False, default=""),
)
APPLIED = Table(
    "applied",
    METADATA,
    Column("tenant", String(200), primary_key=True),
    Column("address", String(400), primary_key=True),
    Column("fields", JSON, nullable=False),
    Column("at", Double, nullable=False),
)
PLAN_USES = Table(
    "plan_uses",
    METADATA,
    Column("plan_id", String(40), primary_key=True),
    Column("tenant", String(200), nullable=False),
    Column("at", Double, nullable=False),
)
ATTESTATIONS = Table(
    "attestations",
    METADATA,
    Column("tenant", String(200), primary_key=True),
    Column("address", String(400), primary_key=True),
    Column("path", String(400), primary_key=True),
    Column("value", JSON),
    Column("by", String(200), nullable=False),
    Column("at", Double, nullable=False),
    Column("source", String(400), nullable=False),
)
LEASES = Table(
    "leases",
    METADATA,
    Column("tenant", String(200), primary_key=True),
    Column("holder", String(300), nullable=False),
    Column("process", String(300), nullable=False),
    Column("reason", Text, nullable=False),
    Column("since", Double, nullable=False),
    Column("beat", Double, nullable=False),
)
SEEN = Table(
    "seen",
    METADATA,
    Column("tenant", String(200), primary_key=True),
    Column("item", String(900), primary_key=True),
    Column("first", Double, nullable=False),
)


def _first(connection: Connection) -> None:
    METADATA.create_all(connection)


STEPS: tuple[Callable[[Connection], None], ...] = (_first,)


def migrate(connection: Connection) -> None:
    """Takes a ledger to the newest version. Raises `ValueError` on one of a newer program."""
    known = inspect(connection).has_table(VERSION.name)
    version = connection.scalar(select(func.max(VERSION.c.version))) if known else 0
    if (version or 0) > len(STEPS):
        raise ValueError(f"the ledger is of version {version}, this program knows {len(STEPS)}")
    for number, step in enumerate(STEPS, 1):
        if number > (version or 0):
            step(connection)
            connection.execute(VERSION.insert().values(version=number))
