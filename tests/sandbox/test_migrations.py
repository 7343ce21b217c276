"""A database of an older program opens, with everything that was in it; a later one is refused."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from reconciler import sandbox
from reconciler.sandbox.migrations import FIRST, MIGRATIONS, VERSION
from tests.sandbox.tenant import AGENT, Client

MARK = 0x43436161
OLD = sorted(Path(__file__).parent.glob("version-*.sql"))


@pytest.fixture(params=OLD, ids=lambda path: path.stem)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A tenant as a program of that version left it."""
    dump: Path = request.param
    path = tmp_path / "tenant.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(dump.read_text(encoding="utf-8"))
        connection.execute(f"PRAGMA application_id={MARK}")
        connection.execute(f"PRAGMA user_version={dump.stem.removeprefix('version-')}")
    return path


def schema(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Columns of each table: name, type, NOT NULL, primary key; and the names of the indexes.

    In no order, since SQLite puts a column that a step adds behind the others.
    """
    with closing(sqlite3.connect(path)) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        columns = {
            name: sorted(
                (column, kind, required, key)
                for _, column, kind, required, _, key in connection.execute(
                    f"PRAGMA table_info('{name}')"
                )
            )
            for (name,) in names
        }
        indexes = connection.execute("SELECT name FROM sqlite_master WHERE type = 'index'")
        return {**columns, "(indexes)": sorted(indexes.fetchall())}


def test_an_old_tenant_opens_with_everything_that_was_in_it(old: Path) -> None:
    with sandbox.start(old) as running:
        assert running.tokens["admin"] == "admin_of_the_old_tenant"
        client = Client(running)
        ana = client.get("/Users", filter='userName eq "ana.diaz@acme.example"')["Resources"][0]
        assert ana[AGENT]["extension"] == "4001"
        assert {e["value"] for e in ana["entitlements"]} == {"voice", "web_chat"}
        assert len(client.door("GET", "/audit").json()["entries"]) == 4
        assert client.add_agent("new@acme.example", extension="4003").status_code == 201


def test_an_old_tenant_gets_the_tables_of_a_new_one(old: Path, tmp_path: Path) -> None:
    """Fails for whoever changes a table and adds no step to `migrations`."""
    sandbox.start(old).stop()
    sandbox.start(tmp_path / "new.db").stop()
    assert schema(old) == schema(tmp_path / "new.db")


def test_each_step_is_taken_once_and_noted(old: Path) -> None:
    for _ in range(2):
        sandbox.start(old).stop()
    with closing(sqlite3.connect(old)) as connection:
        taken = connection.execute("SELECT number FROM schema_version ORDER BY number").fetchall()
        (reached,) = connection.execute("PRAGMA user_version").fetchone()
    first = int(OLD[0].stem.removeprefix("version-")) + 1
    assert [number for (number,) in taken] == list(range(first, VERSION + 1))
    assert reached == VERSION


def test_steps_are_numbered_without_a_gap() -> None:
    assert [step.number for step in MIGRATIONS] == list(range(FIRST + 1, VERSION + 1))


def test_a_database_of_a_later_program_is_left_alone(old: Path) -> None:
    with closing(sqlite3.connect(old)) as connection:
        connection.execute(f"PRAGMA user_version={VERSION + 1}")
    before = old.read_bytes()
    with pytest.raises(sandbox.StartError, match=f"it is of version {VERSION + 1}"):
        sandbox.start(old)
    assert old.read_bytes() == before
