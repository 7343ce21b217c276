"""Where a ledger is, opening it, and the one kind of transaction in which it is used."""

import json
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, func, make_url, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from reconciler.errors import SetupError
from reconciler.ledger import tables
from reconciler.ledger.facts import damaged
from reconciler.ledger.place import FOLDER, PLACE, stated
from reconciler.model import Tenant

PATIENCE = 30.0
"""Seconds to wait for another process that is writing to the same SQLite file."""

SERVER = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
"""A PostgreSQL that is gone is noticed well before a lease expires."""

Insert = sqlite.Insert | postgresql.Insert


class Database:
    """One engine. In SQLite only one writes at a time, so our own threads queue up here."""

    def __init__(self, engine: Engine, shown: str) -> None:
        self._engine, self._shown = engine, shown
        self.is_local = engine.dialect.name == "sqlite"
        self._turn = threading.Lock()
        self._upserts: dict[tuple[str, tuple[str, ...]], Insert] = {}

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Raises `SetupError` where the database fails; nothing of the block is kept then."""
        try:
            if not self.is_local:
                with self._engine.begin() as connection:
                    yield connection
                return
            with self._turn, self._engine.begin() as connection:
                yield connection
        except (SQLAlchemyError, OSError) as error:
            raise _failure(self._shown, error) from error

    def is_new(self, connection: Connection, table: Table, row: Mapping[str, Any]) -> bool:
        """Inserts a row unless one of its key is there: of two at once, one is told True."""
        new = self._insert(table).values(dict(row)).on_conflict_do_nothing()
        return connection.execute(new.returning(*table.primary_key)).first() is not None

    def upsert(self, table: Table, *columns: str) -> Insert:
        """An INSERT that changes these columns of a row that is there already. Made once: making
        it costs a third of what recording an outcome does.
        """
        made = self._upserts.get((table.name, columns))
        if made is None:
            new = self._insert(table)
            values = {name: new.excluded[name] for name in columns}
            made = new.on_conflict_do_update(index_elements=list(table.primary_key), set_=values)
            self._upserts[table.name, columns] = made
        return made

    def now(self, connection: Connection) -> float:
        """Seconds since 1970 by the clock that all holders of a lease share."""
        if self.is_local:
            return time.time()
        seconds = select(func.extract("epoch", func.clock_timestamp()))
        return float(connection.scalar(seconds) or 0)

    def close(self) -> None:
        self._engine.dispose()

    def _insert(self, table: Table) -> Insert:
        """Both databases spell what to do on a conflict alike."""
        return sqlite.insert(table) if self.is_local else postgresql.insert(table)


def open_database(tenant: Tenant, *, environ: Mapping[str, str], root: Path) -> Database:
    """Opens the ledger's database, and makes it on the first use. Raises `SetupError`."""
    url = where(tenant, environ, root)
    shown = _shown(url)
    try:
        if url.database and url.drivername == "sqlite":
            _make_folder(Path(url.database).parent)
        database = Database(_engine(url), shown)
    except (ImportError, OSError) as error:
        raise _failure(shown, error) from error
    try:
        with database.transaction() as connection:
            tables.migrate(connection)
    except tables.ForeignDatabaseError as error:
        database.close()
        raise _failure(shown, error) from error
    except SetupError:
        database.close()
        raise
    return database


def where(tenant: Tenant, environ: Mapping[str, str], root: Path) -> URL:
    """The URL in the variable that the tenant names, in `RECONCILER_LEDGER`, or the local file."""
    name, given = stated(tenant, environ)
    if given:
        return _parsed(name, given)
    return URL.create("sqlite", database=str(root / PLACE))


def _parsed(name: str, given: str) -> URL:
    hint = "postgresql://USER:PASSWORD@HOST/DATABASE, or sqlite:///FILE"
    try:
        url = make_url(given)
    except (SQLAlchemyError, ValueError):
        raise SetupError(f"{name} does not hold a database URL", hint=hint) from None
    if url.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        return url.set(drivername="postgresql+psycopg")
    if url.drivername == "sqlite" and url.database not in (None, "", ":memory:"):
        return url
    raise SetupError(f"{name} names a database that cannot hold a ledger", hint=hint)


def _make_folder(folder: Path) -> None:
    """Ours holds what belongs in no commit: the names of people."""
    folder.mkdir(parents=True, exist_ok=True)
    ignored = folder / ".gitignore"
    if folder.name == FOLDER and not ignored.exists():
        ignored.write_text("*\n", encoding="ascii")


def _engine(url: URL) -> Engine:
    if url.drivername != "sqlite":
        return create_engine(url, json_deserializer=_json, pool_pre_ping=True, connect_args=SERVER)
    engine = create_engine(url, json_deserializer=_json, connect_args={"timeout": PATIENCE})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def _prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    """Transactions are begun by us. In WAL what was committed survives the death of the process."""
    connection.isolation_level = None
    cursor = connection.cursor()
    _use_wal(cursor)
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.close()


def _use_wal(cursor: Any) -> None:
    """The switch does not wait for its turn as other statements do, so we do."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _failure(shown: str, error: Exception) -> SetupError:
    return SetupError(
        f"the ledger {shown} cannot be used: {_said(error)}",
        hint="check the variable, or move the file away if it is none of ours",
    )


def _json(text: str) -> Any:
    """A JSON column's value. Raises `SetupError` for a row that was edited by hand."""
    try:
        return json.loads(text)
    except (TypeError, ValueError, RecursionError) as error:
        raise damaged("a value") from error


def _shown(url: URL) -> str:
    """Where it is, without the password, wherever in the URL that stands."""
    if url.drivername == "sqlite":
        return url.database or ""
    return f"{url.host or 'local'}/{url.database or ''}"


def _said(error: Exception) -> str:
    original = getattr(error, "orig", None) or error
    if isinstance(original, ImportError):
        return "psycopg is not installed; pip install 'ccaas-reconciler[postgres]'"
    lines = str(original).strip().splitlines()
    return lines[0][:200] if lines else type(original).__name__
