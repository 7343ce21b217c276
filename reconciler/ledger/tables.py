"""Tables and their migrations.

Migrations are numbered steps of our own: nine small tables on two databases need no more, and
Alembic would be one more dependency to import at each start. A step is plain SQL that both
databases understand and is never edited once it was released; the next one is added behind it.
A fresh ledger runs them all, so what is tested is what everybody has. Moments are seconds since
1970 in UTC.
"""

from collections.abc import Sequence

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Double,
    Integer,
    MetaData,
    Table,
    Text,
    func,
    inspect,
    select,
    text,
)

METADATA = MetaData()

VERSION = Table("ledger_version", METADATA, Column("version", Integer, primary_key=True))
RUNS = Table(
    "ledger_runs",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("plan_id", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("holder", Text, nullable=False),
    Column("process", Text, nullable=False),
    Column("protect", JSON, nullable=False),
    Column("started_at", Double, nullable=False),
    Column("finished_at", Double),
    Column("converged", Boolean),
    Column("judged", JSON),
    Column("config", JSON),
)
OPERATIONS = Table(
    "ledger_operations",
    METADATA,
    Column("run", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("address", Text, nullable=False),
    Column("verb", Text, nullable=False),
    Column("set", JSON, nullable=False),
    Column("intended_at", Double),
    Column("settled_at", Double),
    Column("result", Text),
    Column("because", Text, nullable=False),
)
APPLIED = Table(
    "ledger_applied",
    METADATA,
    Column("tenant", Text, primary_key=True),
    Column("address", Text, primary_key=True),
    Column("fields", JSON, nullable=False),
    Column("at", Double, nullable=False),
)
PLAN_USES = Table(
    "ledger_plan_uses",
    METADATA,
    Column("plan_id", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("at", Double, nullable=False),
)
EVIDENCE = Table(
    "ledger_evidence",
    METADATA,
    Column("tenant", Text, primary_key=True),
    Column("address", Text, primary_key=True),
    Column("path", Text, primary_key=True),
    Column("at", Double, primary_key=True),
    Column("by", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("value", JSON),
    Column("name", Text, nullable=False),
    Column("extension", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("refuted", Text, nullable=False),
)
LEASES = Table(
    "ledger_leases",
    METADATA,
    Column("tenant", Text, primary_key=True),
    Column("token", Text, nullable=False),
    Column("holder", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("process", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("since", Double, nullable=False),
    Column("beat", Double, nullable=False),
    Column("expires", Double, nullable=False),
)
SEEN = Table(
    "ledger_seen",
    METADATA,
    Column("tenant", Text, primary_key=True),
    Column("item", Text, primary_key=True),
    Column("first", Double, nullable=False),
)

Step = tuple[str, ...]

FIRST: Step = (
    """CREATE TABLE ledger_runs (
        id TEXT NOT NULL PRIMARY KEY, tenant TEXT NOT NULL, plan_id TEXT NOT NULL,
        digest TEXT NOT NULL, holder TEXT NOT NULL, process TEXT NOT NULL, protect JSON NOT NULL,
        started_at DOUBLE PRECISION NOT NULL, finished_at DOUBLE PRECISION, converged BOOLEAN)""",
    "CREATE INDEX ledger_runs_of_tenant ON ledger_runs (tenant, started_at)",
    """CREATE TABLE ledger_operations (
        run TEXT NOT NULL, id TEXT NOT NULL, address TEXT NOT NULL, verb TEXT NOT NULL,
        "set" JSON NOT NULL, intended_at DOUBLE PRECISION, settled_at DOUBLE PRECISION,
        result TEXT, because TEXT NOT NULL, PRIMARY KEY (run, id))""",
    """CREATE TABLE ledger_applied (
        tenant TEXT NOT NULL, address TEXT NOT NULL, fields JSON NOT NULL,
        at DOUBLE PRECISION NOT NULL, PRIMARY KEY (tenant, address))""",
    """CREATE TABLE ledger_plan_uses (
        plan_id TEXT NOT NULL PRIMARY KEY, tenant TEXT NOT NULL, at DOUBLE PRECISION NOT NULL)""",
    """CREATE TABLE ledger_attestations (
        tenant TEXT NOT NULL, address TEXT NOT NULL, path TEXT NOT NULL, value JSON,
        "by" TEXT NOT NULL, at DOUBLE PRECISION NOT NULL, source TEXT NOT NULL,
        PRIMARY KEY (tenant, address, path))""",
    """CREATE TABLE ledger_leases (
        tenant TEXT NOT NULL PRIMARY KEY, token TEXT NOT NULL, holder TEXT NOT NULL,
        host TEXT NOT NULL, pid INTEGER NOT NULL, process TEXT NOT NULL, reason TEXT NOT NULL,
        since DOUBLE PRECISION NOT NULL, beat DOUBLE PRECISION NOT NULL,
        expires DOUBLE PRECISION NOT NULL)""",
    """CREATE TABLE ledger_seen (
        tenant TEXT NOT NULL, item TEXT NOT NULL, first DOUBLE PRECISION NOT NULL,
        PRIMARY KEY (tenant, item))""",
)
SECOND: Step = ("ALTER TABLE ledger_runs ADD COLUMN judged JSON",)
"""What a run was judged from: the values it leads to, and coverage before it and at its lowest."""

EVIDENCE_KEPT: Step = (
    """CREATE TABLE ledger_evidence (
        tenant TEXT NOT NULL, address TEXT NOT NULL, path TEXT NOT NULL,
        at DOUBLE PRECISION NOT NULL, "by" TEXT NOT NULL, source TEXT NOT NULL, value JSON,
        name TEXT NOT NULL, extension TEXT NOT NULL, step TEXT NOT NULL, refuted TEXT NOT NULL,
        PRIMARY KEY (tenant, address, path, at, "by", source))""",
    """INSERT INTO ledger_evidence
        SELECT tenant, address, path, at, "by", source, value, '', '', '', ''
        FROM ledger_attestations""",
    "DROP TABLE ledger_attestations",
)
"""All evidence of a field, not only the newest: what is refuted stays, and says so."""

RUN_CONFIG: Step = ("ALTER TABLE ledger_runs ADD COLUMN config JSON",)
"""The files of a run and the day for which they were judged, where the run was of all of them."""

STEPS: tuple[Step, ...] = (FIRST, SECOND, EVIDENCE_KEPT, RUN_CONFIG)

LOCK = 7_316_402
"""Our number for PostgreSQL's advisory lock: two processes may make the ledger at once."""


class ForeignDatabaseError(Exception):
    """The database is not a ledger, or was written by a newer version."""


def migrate(connection: Connection, steps: Sequence[Step] = STEPS) -> None:
    """Migrate a ledger to the newest version. Raises `ForeignDatabaseError`."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
    version = _version(connection)
    if version > len(steps):
        raise ForeignDatabaseError(f"it is of version {version}, this program knows {len(steps)}")
    for number, step in enumerate(steps[version:], version + 1):
        for statement in step:
            connection.execute(text(statement))
        connection.execute(VERSION.insert().values(version=number))


def _version(connection: Connection) -> int:
    """Return the schema version; 0 for a new ledger, whose version table is created."""
    tables = inspect(connection).get_table_names()
    if VERSION.name in tables:
        return connection.scalar(select(func.max(VERSION.c.version))) or 0
    if tables and connection.dialect.name == "sqlite":
        raise ForeignDatabaseError(f"it is another program's database (it has {tables[0]})")
    connection.execute(text("CREATE TABLE ledger_version (version INTEGER NOT NULL PRIMARY KEY)"))
    return 0
