"""Where a ledger is, opening it, and the one kind of transaction in which it is used."""

import errno
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

from reconciler import scrubber
from reconciler.errors import SetupError
from reconciler.ledger import tables
from reconciler.ledger.facts import damaged
from reconciler.ledger.place import FOLDER, PLACE, stated
from reconciler.model import Tenant
from reconciler.scrubber import NO_SECRETS, Scrubber

PATIENCE = 30.0
"""Seconds to wait for another process that is writing to the same SQLite file."""

IMPATIENCE = 0.5
"""The same after a failure: whoever ends an apply whose ledger fails does not wait at each step."""

STATEMENTS = "SET LOCAL lock_timeout = '30s'; SET LOCAL statement_timeout = '60s'"
"""A PostgreSQL that answers and is held up by another session ends the wait as well."""

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

    def __init__(self, engine: Engine, shown: str, scrub: Scrubber = NO_SECRETS) -> None:
        self._engine, self._shown = engine, shown
        self.is_local = engine.dialect.name == "sqlite"
        self._turn = threading.Lock()
        self._file: tuple[int, int] | None = None
        self._has_failed = False
        event.listen(engine, "begin", self._begin)
        if scrub:
            hook = _without_secrets(scrub)
            event.listen(engine, "before_cursor_execute", hook, retval=True)
        self._upserts: dict[tuple[str, tuple[str, ...]], Insert] = {}

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Raises `SetupError` where the database fails; nothing of the block is kept then."""
        try:
            if not self.is_local:
                with self._engine.begin() as connection:
                    yield connection
                return
            with self._turn:
                with self._engine.begin() as connection:
                    yield connection
                self._expect_same_file()
        except (SQLAlchemyError, OSError) as error:
            self._has_failed = True
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

    def _begin(self, connection: Connection) -> None:
        if not self.is_local:
            connection.exec_driver_sql(STATEMENTS)
            return
        if self._has_failed:
            connection.exec_driver_sql(f"PRAGMA busy_timeout={int(IMPATIENCE * 1000)}")
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    def _expect_same_file(self) -> None:
        """What is committed to a file that was taken away meanwhile is kept by nobody."""
        path = Path(self._engine.url.database or "")
        names = path, path.with_name(f"{path.name}-wal")
        status, _log = (name.stat() for name in names)
        found = status.st_dev, status.st_ino
        if self._file not in (None, found):
            raise OSError(errno.ESTALE, "it was replaced by another file while it was used")
        self._file = found

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
        database = Database(_engine(url), shown, scrubber.of(environ))
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
    waits = {} if "timeout" in url.query else {"timeout": PATIENCE}
    engine = create_engine(url, json_deserializer=_json, connect_args=waits)
    event.listen(engine, "connect", _prepare)
    return engine


def _prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    """Transactions are begun by us. In WAL what was committed survives the death of the process."""
    connection.isolation_level = None
    cursor = connection.cursor()
    _use_wal(cursor)
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.close()


def _without_secrets(scrub: Scrubber) -> Any:
    """Whatever is written: texts of rows, and of documents that the driver makes into JSON."""

    def cleaned(value: Any) -> Any:
        if isinstance(value, str):
            return scrub.text(value)
        if isinstance(value, Mapping):
            return {name: cleaned(below) for name, below in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(map(cleaned, value))
        document = getattr(value, "obj", None)  # psycopg's Json and Jsonb
        return value if document is None else type(value)(scrub.value(document))

    def before(
        _connection: object, _cursor: object, statement: str, given: Any, *_more: object
    ) -> tuple[str, Any]:
        return statement, cleaned(given)

    return before


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
    if isinstance(original, OSError) and original.strerror:
        return original.strerror
    lines = str(original).strip().splitlines()
    return lines[0][:200] if lines else type(original).__name__
