"""One SQLite file, and the only two ways into it: `read` and `write`.

A write takes the lock of SQLite at its start (BEGIN IMMEDIATE), so what a rule has looked at is
still true when its change is committed. Writers of this process queue in front of SQLite, which
would otherwise let them try again at random. A commit is on disk before anybody is told.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.pool import QueuePool

from reconciler.sandbox.facts import Actor, folded
from reconciler.sandbox.migrations import FIRST, VERSION, migrate
from reconciler.sandbox.tables import METADATA

NOBODY = Actor("nobody", "none", "read")
MARK = 0x43436161
"""What SQLite calls the application id: this file is a tenant's."""

_BEGIN = "sandbox_begin"
_PRAGMAS = ("foreign_keys=ON", "busy_timeout=30000", "synchronous=FULL")


@dataclass(frozen=True, slots=True)
class Transaction:
    """An open transaction, who it is for, and the one time that everything in it happens at."""

    connection: Connection
    actor: Actor
    now: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The tenant as it was at one moment, held open by a read transaction of its own."""

    connection: Connection
    lock: threading.Lock

    def close(self) -> None:
        with self.lock:
            self.connection.close()


class Database:
    """The file, its connections, and the queue of writers."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._engine = _engine(path)
        self._writers = threading.Lock()
        self._seen: ContextVar[Snapshot | None] = ContextVar("seen", default=None)
        with self._engine.connect().execution_options(**{_BEGIN: "BEGIN IMMEDIATE"}) as connection:
            migrate(connection, timestamp())
            METADATA.create_all(connection)
            connection.commit()

    @contextmanager
    def write(self, actor: Actor) -> Iterator[Transaction]:
        """A transaction that is committed when the block ends well, and undone otherwise."""
        with self._writers, self._engine.connect() as connection:
            connection = connection.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})
            with connection.begin():
                yield Transaction(connection, actor, timestamp())

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """One consistent view for as long as the block lasts."""
        snapshot = self._seen.get()
        if snapshot is not None:
            with snapshot.lock:
                if not snapshot.connection.closed:  # else it has just become too old
                    yield Transaction(snapshot.connection, NOBODY, timestamp())
                    return
        with self._engine.connect() as connection, connection.begin():
            yield Transaction(connection, NOBODY, timestamp())

    def snapshot(self) -> Snapshot:
        """What is committed now, to be read later with `seeing`."""
        connection = self._engine.connect()
        connection.begin()
        connection.exec_driver_sql("SELECT count(*) FROM setting")
        return Snapshot(connection, threading.Lock())

    @contextmanager
    def seeing(self, snapshot: Snapshot | None) -> Iterator[None]:
        """Within the block, reads of this thread show the snapshot."""
        token = self._seen.set(snapshot)
        try:
            yield
        finally:
            self._seen.reset(token)

    def close(self) -> None:
        self._engine.dispose()


def timestamp() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _engine(path: Path) -> Engine:
    path = path.absolute()  # else `file:` at the start would be a URI
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    with closing(sqlite3.connect(path)) as connection:
        _recognize(connection)
        connection.execute("PRAGMA journal_mode=WAL")
    url = URL.create("sqlite", database=str(path))  # as text, `?` in a path would be a query
    engine = create_engine(url, poolclass=QueuePool, pool_size=8, max_overflow=-1)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _recognize(connection: sqlite3.Connection) -> None:
    """Refuses a database of somebody else's or of a later program, and marks a new one."""
    mark, version = _number(connection, "application_id"), _number(connection, "user_version")
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if mark == MARK and not FIRST <= version <= VERSION:
        raise sqlite3.DatabaseError(f"it is of version {version}, and this is version {VERSION}")
    if mark not in (0, MARK) or (mark == 0 and tables):
        raise sqlite3.DatabaseError("it holds something else than a tenant")
    if mark == 0:
        connection.execute(f"PRAGMA application_id={MARK}")
        connection.execute(f"PRAGMA user_version={VERSION}")


def _number(connection: sqlite3.Connection, pragma: str) -> int:
    (value,) = connection.execute(f"PRAGMA {pragma}").fetchone()
    return int(value)


def _prepare(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # sqlite3 must not begin transactions on its own
    connection.create_function("folded", 1, _folded, deterministic=True)
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _folded(value: str | None) -> str | None:
    return None if value is None else folded(value)


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN"))
