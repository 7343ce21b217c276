"""The location of a ledger's database, opening it, and its transactions."""

import errno
import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
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
from reconciler.ledger.location import FOLDER, PLACE, stated
from reconciler.ledger.records import damaged
from reconciler.model import Tenant
from reconciler.scrubber import NO_SECRETS, Scrubber

PATIENCE = 30.0
"""Seconds to wait for another process that is writing to the same SQLite file."""

IMPATIENCE = 0.5
"""The same after a failure: whoever ends an apply whose ledger fails does not wait at each step."""

HINTS = {
    "locked": "another program holds it: wait for that to end, and run the command again",
    "lock timeout": "another session holds it: wait for that to end, and run the command again",
    "full": "make room on its disk, and run the command again",
    "readonly": "let this user write to the file and to its folder",
    "not a database": "move the file away; it is none of ours",
}
"""The next step by words of the database's own message."""

OTHER_HINT = "check the variable, or move the file away if it is none of ours"

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
    """An engine with its transactions.

    SQLite has one writer at a time, so threads of this process queue in front of it.
    """

    def __init__(self, engine: Engine, name: str, scrub: Scrubber = NO_SECRETS) -> None:
        self._engine, self._shown = engine, name
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
        """Run the block in a transaction; rolled back on any error. Raises `SetupError`."""
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
        """Insert a row, and return whether its key was new; of two at once, one is."""
        new = self._insert(table).values(dict(row)).on_conflict_do_nothing()
        return connection.execute(new.returning(*table.primary_key)).first() is not None

    def upsert(self, table: Table, *columns: str) -> Insert:
        """Return an INSERT that updates these columns of a row with the same key.

        Built once: building it costs a third of recording an outcome.
        """
        made = self._upserts.get((table.name, columns))
        if made is None:
            new = self._insert(table)
            values = {name: new.excluded[name] for name in columns}
            made = new.on_conflict_do_update(index_elements=list(table.primary_key), set_=values)
            self._upserts[table.name, columns] = made
        return made

    def now(self, connection: Connection) -> float:
        """Return seconds since 1970 by the clock that all holders of a lease share."""
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
        """Raise where the file was replaced meanwhile: commits to it would be lost."""
        path = Path(self._engine.url.database or "")
        names = path, path.with_name(f"{path.name}-wal")
        status, _log = (name.stat() for name in names)
        identity = status.st_dev, status.st_ino
        if self._file not in (None, identity):
            raise OSError(errno.ESTALE, "it was replaced by another file while it was used")
        self._file = identity

    def _insert(self, table: Table) -> Insert:
        """Both databases spell what to do on a conflict alike."""
        return sqlite.insert(table) if self.is_local else postgresql.insert(table)


def open_database(tenant: Tenant, *, environ: Mapping[str, str], root: Path) -> Database:
    """Open the ledger's database, and create it on first use. Raises `SetupError`."""
    return open_at(where(tenant, environ, root), environ, tables.migrate)


def open_at(
    url: URL,
    environ: Mapping[str, str],
    migrate: Callable[[Connection], None],
    *,
    what: str = "ledger",
) -> Database:
    """Open a database, and create it on first use. Raises `SetupError`, which calls it `what`."""
    name = f"{what} {_location(url)}"
    try:
        if url.database and url.drivername == "sqlite":
            _make_folder(Path(url.database).parent)
        database = Database(_engine(url), name, scrubber.of(environ))
    except (ImportError, OSError) as error:
        raise _failure(name, error) from error
    try:
        with database.transaction() as connection:
            migrate(connection)
    except tables.ForeignDatabaseError as error:
        database.close()
        raise _failure(name, error) from error
    except SetupError:
        database.close()
        raise
    return database


def where(tenant: Tenant, environ: Mapping[str, str], root: Path) -> URL:
    """Return the URL from the tenant's variable or `RECONCILER_LEDGER`, else the local file."""
    name, url = stated(tenant, environ)
    if url:
        return parsed_url(name, url)
    return URL.create("sqlite", database=str(root / PLACE))


def parsed_url(name: str, text: str) -> URL:
    """The database URL that a variable holds. Raises `SetupError`."""
    hint = "postgresql://USER:PASSWORD@HOST/DATABASE, or sqlite:///FILE"
    try:
        url = make_url(text)
    except (SQLAlchemyError, ValueError):
        raise SetupError(f"{name} does not hold a database URL", hint=hint) from None
    if url.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        return url.set(drivername="postgresql+psycopg")
    if url.drivername == "sqlite" and url.database not in (None, "", ":memory:"):
        return url
    raise SetupError(f"{name} names a database that cannot hold a ledger", hint=hint)


def _make_folder(folder: Path) -> None:
    """Create the folder, with a `.gitignore`: a ledger holds names of people."""
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
    """Let this program begin transactions itself, and switch SQLite to WAL.

    In WAL mode a committed transaction survives the death of the process.
    """
    connection.isolation_level = None
    cursor = connection.cursor()
    _use_wal(cursor)
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.close()


def _without_secrets(scrub: Scrubber) -> Any:
    """Remove secrets from all parameters, texts and JSON documents alike."""

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
        _connection: object, _cursor: object, statement: str, parameters: Any, *_more: object
    ) -> tuple[str, Any]:
        return statement, cleaned(parameters)

    return before


def _use_wal(cursor: Any) -> None:
    """Switch to WAL, with retries: this statement does not wait for locks as others do."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _failure(name: str, error: Exception) -> SetupError:
    reason = _reason(error)
    hints = (hint for words, hint in HINTS.items() if words in reason)
    return SetupError(f"the {name} cannot be used: {reason}", hint=next(hints, OTHER_HINT))


def _json(text: str | float) -> Any:
    """Parse a JSON column, of which SQLite makes a number where it is one. Raises `SetupError`
    for a row that was edited outside.
    """
    if isinstance(text, int | float):
        return text
    try:
        return json.loads(text)
    except (TypeError, ValueError, RecursionError) as error:
        raise damaged("a value") from error


def _location(url: URL) -> str:
    """Return the location for messages, without the password."""
    if url.drivername == "sqlite":
        return url.database or ""
    return f"{url.host or 'local'}/{url.database or ''}"


def _reason(error: Exception) -> str:
    original = getattr(error, "orig", None) or error
    if isinstance(original, ImportError):
        return "psycopg is not installed; pip install 'ccaas-reconciler[postgres]'"
    if isinstance(original, OSError) and original.strerror:
        return original.strerror
    lines = str(original).strip().splitlines()
    return lines[0][:200] if lines else type(original).__name__
