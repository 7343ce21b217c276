"""Numbered steps from older tables to those of `tables`, so that an old database opens.

Whoever changes a table adds a step here; never change one that was released. Steps run in the
transaction that opens the database: all of them, or none. The number reached is in SQLite's
`user_version`; when each was taken is in the table `schema_version`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, insert

from reconciler.sandbox.tables import SCHEMA_VERSION


@dataclass(frozen=True, slots=True)
class Migration:
    """`statements` lead from the tables of the number before to those of `number`."""

    number: int
    title: str
    statements: tuple[str, ...]


FIRST = 1
"""Of the tables that were there before there were steps."""
MIGRATIONS = (
    Migration(
        2,
        "say which steps were taken, and when",
        (
            "CREATE TABLE schema_version ("
            "number INTEGER NOT NULL, title TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (number))",
        ),
    ),
    Migration(3, "keep cost centers", ("ALTER TABLE agent ADD COLUMN cost_center TEXT",)),
)
VERSION = MIGRATIONS[-1].number


def migrate(connection: Connection, now: str) -> None:
    """Bring the tables up to date; a database that is up to date is not written to."""
    for migration in _outstanding(connection):
        for statement in migration.statements:
            connection.exec_driver_sql(statement)
        row = {"number": migration.number, "title": migration.title, "at": now}
        connection.execute(insert(SCHEMA_VERSION), row)
        connection.exec_driver_sql(f"PRAGMA user_version={migration.number}")


def _outstanding(connection: Connection) -> Iterator[Migration]:
    """Asked within the transaction: of two processes that open a file, one takes the steps."""
    reached = int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())
    return (migration for migration in MIGRATIONS if migration.number > reached)
