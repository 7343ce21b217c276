"""The state of runs over many tenants: what is done, running and open, in one small database.

SQLite beside the ledger by default, PostgreSQL where the ledger is there, or where
`RECONCILER_LEDGER_FLEET` says so. What an apply did to a tenant stands in the tenant's own ledger
and nowhere else; here is only which tenants have ended, and how. No secret is ever in it.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Event
from typing import Any, Final

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
    update,
)
from sqlalchemy.engine import URL

from reconciler.errors import SetupError
from reconciler.ledger import leases
from reconciler.ledger.database import Database, open_at, parsed_url
from reconciler.ledger.location import FOLDER, VARIABLE
from reconciler.ledger.tables import LEASES, LOCK, ForeignDatabaseError
from reconciler.ledger.tables import migrate as migrate_ledger
from reconciler.model import TenantOutcome, TenantRow, TenantState

OWN_VARIABLE: Final = "RECONCILER_LEDGER_FLEET"
FORMAT: Final = 1

METADATA = MetaData()
META = Table("fleet_format", METADATA, Column("version", Integer, primary_key=True))
RUNS = Table(
    "fleet_runs",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("command", Text, nullable=False),
    Column("engine", Text, nullable=False),
    Column("root", Text, nullable=False),
    Column("tool_version", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("settings", JSON, nullable=False),
    Column("notes", JSON, nullable=False),
    Column("started_at", Double, nullable=False),
    Column("finished_at", Double),
    Column("cancelled", Boolean, nullable=False),
)
TENANTS = Table(
    "fleet_tenants",
    METADATA,
    Column("run", Text, primary_key=True),
    Column("folder", Text, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("begun", Boolean, nullable=False),
    Column("row", JSON, nullable=False),
    Column("at", Double),
)
HOSTS = Table(
    "fleet_hosts",
    METADATA,
    Column("host", Text, primary_key=True),
    Column("tokens", Double, nullable=False),
    Column("rate", Double, nullable=False),
    Column("filled", Double, nullable=False),
    Column("held_from", Double, nullable=False),
    Column("held_until", Double, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Run:
    """A run as it is kept. `fingerprint` is of the files, `settings` are the options."""

    id: str
    command: str
    engine: str
    root: str
    tool_version: str
    fingerprint: str
    settings: Mapping[str, Any]
    started_at: float = 0.0
    finished_at: float | None = None
    cancelled: bool = False
    notes: tuple[str, ...] = ()


def url_of(environ: Mapping[str, str], root: Path) -> URL:
    """Where the state is: the variable of its own, the ledger's PostgreSQL, else a local file."""
    for name in (OWN_VARIABLE, VARIABLE):
        if environ.get(name):
            url = parsed_url(name, environ[name])
            if name == OWN_VARIABLE or url.drivername != "sqlite":
                return url
    return URL.create("sqlite", database=str(root / FOLDER / "fleet.db"))


def open_store(environ: Mapping[str, str], root: Path) -> "Store":
    """Open the state, and create it on first use. Raises `SetupError`."""
    database = open_at(url_of(environ, root), environ, _migrate, what="fleet database")
    return Store(database)


def _migrate(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
        migrate_ledger(connection)  # the leases are a table of the ledger, which may be here too
    tables = inspect(connection).get_table_names()
    if META.name not in tables:
        if tables and connection.dialect.name == "sqlite":
            raise ForeignDatabaseError(f"it is another program's database (it has {tables[0]})")
        METADATA.create_all(connection)
        LEASES.create(connection, checkfirst=True)
        connection.execute(META.insert().values(version=FORMAT))
        return
    version = connection.scalar(select(func.max(META.c.version)))
    if version != FORMAT:
        raise ForeignDatabaseError(f"it is of version {version}, this program knows {FORMAT}")


class Store:
    """Runs and their tenants. Safe to share by threads; every method raises `SetupError`."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def close(self) -> None:
        self.database.close()

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def begin(self, run: Run, rows: Sequence[TenantRow]) -> None:
        """Keep a new run with all its tenants, in one transaction."""
        with self.database.transaction() as connection:
            now = self.database.now(connection)
            values = {name: getattr(run, name) for name in RUNS.columns.keys()}  # noqa: SIM118  # no dict
            connection.execute(RUNS.insert().values({**values, "started_at": now, "notes": []}))
            content = [
                {
                    "run": run.id,
                    "folder": row.folder,
                    "number": number,
                    "state": str(row.state),
                    "begun": False,
                    "row": row_document(row),
                    "at": None,
                }
                for number, row in enumerate(rows)
            ]
            if content:
                connection.execute(TENANTS.insert(), content)

    def find(self, run: str) -> Run | None:
        with self.database.transaction() as connection:
            kept = connection.execute(select(RUNS).where(RUNS.c.id == run)).first()
        if kept is None:
            return None
        values = dict(kept._mapping)
        return Run(**{**values, "notes": tuple(values["notes"])})

    def get(self, run: str) -> Run:
        """Raises `SetupError` where there is no such run."""
        kept = self.find(run)
        if kept is None:
            raise SetupError(
                f"no run of a fleet is called {run}", hint="its id stands in the report"
            )
        return kept

    def rows(self, run: str) -> dict[str, TenantRow]:
        """The tenants of a run by folder, in their order."""
        query = select(TENANTS.c.row).where(TENANTS.c.run == run).order_by(TENANTS.c.number)
        with self.database.transaction() as connection:
            kept = connection.scalars(query).all()
        return {row.folder: row for row in map(row_of, kept)}

    def put(self, run: str, *rows: TenantRow) -> None:
        """Keep what is known of some tenants now."""
        with self.database.transaction() as connection:
            now = self.database.now(connection)
            for row in rows:
                where = (TENANTS.c.run == run) & (TENANTS.c.folder == row.folder)
                values = {"state": str(row.state), "row": row_document(row), "at": now}
                connection.execute(update(TENANTS).where(where).values(values))

    def mark_begun(self, run: str, folder: str) -> bool:
        """Mark that a process begins with a tenant, and return whether one had before."""
        where = (TENANTS.c.run == run) & (TENANTS.c.folder == folder)
        with self.database.transaction() as connection:
            before = connection.scalar(select(TENANTS.c.begun).where(where))
            connection.execute(update(TENANTS).where(where).values(begun=True))
        return bool(before)

    def age(self, run: str, folders: Sequence[str]) -> float:
        """Seconds since the last of these tenants ended; 0 where a clock went back."""
        with self.database.transaction() as connection:
            now = self.database.now(connection)
            query = select(TENANTS.c.folder, TENANTS.c.at).where(TENANTS.c.run == run)
            chosen = {*folders}
            times = [at for folder, at in connection.execute(query) if at and folder in chosen]
        return max(0.0, now - max(times, default=now))

    def cancel(self, run: str) -> None:
        self._set(run, cancelled=True)

    def is_cancelled(self, run: str) -> bool:
        with self.database.transaction() as connection:
            return bool(connection.scalar(select(RUNS.c.cancelled).where(RUNS.c.id == run)))

    def finish(self, run: str, notes: Sequence[str]) -> None:
        with self.database.transaction() as connection:
            values = {"finished_at": self.database.now(connection), "notes": list(notes)}
            connection.execute(update(RUNS).where(RUNS.c.id == run).values(values))

    def lease(self, run: str, lost: Event) -> AbstractContextManager[None]:
        """Hold a run for this process: two at once would do its tenants twice."""
        return leases.held(self.database, f"fleet run {run}", "fleet", lost)

    def _set(self, run: str, **values: Any) -> None:
        with self.database.transaction() as connection:
            connection.execute(update(RUNS).where(RUNS.c.id == run).values(values))


def row_document(row: TenantRow) -> dict[str, Any]:
    """A row as JSON has it."""
    return {**asdict(row), "state": str(row.state), "outcome": row.outcome and str(row.outcome)}


def row_of(document: Mapping[str, Any]) -> TenantRow:
    """A row from its JSON."""
    values = {**document, "state": TenantState(document["state"])}
    values["outcome"] = TenantOutcome(values["outcome"]) if values["outcome"] else None
    values["seats"], values["coverage"] = tuple(values["seats"]), tuple(values["coverage"])
    return TenantRow(**values)
