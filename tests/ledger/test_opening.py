"""Where the ledger is, and what is said when it cannot be used."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import inspect, select

from reconciler.errors import SetupError
from reconciler.ledger import existing, open_ledger, tables
from tests.ledger.kept import ACME, Place


def test_the_ledger_is_a_file_beside_the_files_unless_a_variable_says_otherwise(
    tmp_path: Path,
) -> None:
    open_ledger(ACME, environ={}, root=tmp_path).close()
    assert (tmp_path / ".reconciler" / "ledger.db").exists()
    elsewhere = {"RECONCILER_LEDGER": f"sqlite:///{tmp_path}/deep/down.db"}
    open_ledger(ACME, environ=elsewhere, root=tmp_path).close()
    assert (tmp_path / "deep" / "down.db").exists()


def test_the_folder_of_the_ledger_is_kept_out_of_commits(tmp_path: Path) -> None:
    open_ledger(ACME, environ={}, root=tmp_path).close()
    assert (tmp_path / ".reconciler" / ".gitignore").read_text() == "*\n"


def test_looking_for_a_ledger_makes_none(tmp_path: Path) -> None:
    assert existing(ACME, environ={}, root=tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_an_existing_ledger_is_found(place: Place) -> None:
    place.open().close()
    found = existing(ACME, environ=place.environ, root=place.root)
    assert found is not None
    found.close()


def test_the_tenant_names_the_variable(tmp_path: Path) -> None:
    tenant = replace(ACME, ledger_env="RECONCILER_LEDGER_ACME")
    with pytest.raises(SetupError, match="RECONCILER_LEDGER_ACME is not set"):
        open_ledger(tenant, environ={"RECONCILER_LEDGER": "sqlite:///x.db"}, root=tmp_path)
    url = {"RECONCILER_LEDGER_ACME": f"sqlite:///{tmp_path}/acme.db"}
    open_ledger(tenant, environ=url, root=tmp_path).close()
    assert (tmp_path / "acme.db").exists()


def test_a_file_cannot_make_us_read_any_variable_it_likes(tmp_path: Path) -> None:
    tenant = replace(ACME, ledger_env="AWS_SECRET_ACCESS_KEY")
    with pytest.raises(SetupError, match="does not begin with RECONCILER_LEDGER"):
        open_ledger(tenant, environ={"AWS_SECRET_ACCESS_KEY": "x"}, root=tmp_path)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ops:s3cret-word@127.0.0.1:1/ledger",
        "postgresql://127.0.0.1:1/ledger?user=ops&password=s3cret-word",
        "mysql://ops:s3cret-word@127.0.0.1/ledger",
        "s3cret-word",
        "postgresql://ops:s3cret-word@127.0.0.1:not-a-port/ledger",
        "sqlite://",
    ],
)
def test_a_url_that_does_not_work_is_one_line_without_its_password(
    url: str, tmp_path: Path
) -> None:
    with pytest.raises(SetupError) as refused:
        open_ledger(ACME, environ={"RECONCILER_LEDGER": url}, root=tmp_path)
    assert "s3cret-word" not in f"{refused.value} {refused.value.hint}"
    assert "\n" not in str(refused.value)


def test_a_file_that_is_no_database_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / ".reconciler").mkdir()
    (tmp_path / ".reconciler" / "ledger.db").write_text("not a database, " * 100)
    with pytest.raises(SetupError, match="file is not a database"):
        open_ledger(ACME, environ={}, root=tmp_path)


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / ".reconciler").mkdir()
    with sqlite3.connect(tmp_path / ".reconciler" / "ledger.db") as other:
        other.execute("CREATE TABLE invoices (id INTEGER)")
    other.close()
    with pytest.raises(SetupError, match=r"another program's database \(it has invoices\)"):
        open_ledger(ACME, environ={}, root=tmp_path)


def test_a_folder_that_cannot_be_made_is_said_so(tmp_path: Path) -> None:
    (tmp_path / ".reconciler").write_text("a file")
    with pytest.raises(SetupError, match="cannot be used"):
        open_ledger(ACME, environ={}, root=tmp_path)


def test_a_ledger_of_a_newer_program_is_not_touched(place: Place) -> None:
    database = place.database()
    with database.transaction() as connection:
        connection.execute(tables.VERSION.insert().values(version=99))
    database.close()
    with pytest.raises(SetupError, match="of version 99, this program knows"):
        place.open()


def test_the_tables_are_what_the_migrations_made(place: Place) -> None:
    database = place.database()
    with database.transaction() as connection:
        found = inspect(connection)
        for table in tables.METADATA.tables.values():
            shown = {column["name"]: column["nullable"] for column in found.get_columns(table.name)}
            key = found.get_pk_constraint(table.name)["constrained_columns"]
            stated = {column.name: bool(column.nullable) for column in table.columns}
            assert shown == stated, table.name
            assert key == [column.name for column in table.primary_key], table.name
    database.close()


def test_a_later_migration_keeps_what_an_older_ledger_knows(place: Place) -> None:
    kept = place.open()
    kept.use_plan("01JD", "acme")
    kept.close()
    database = place.database()
    later = (*tables.STEPS, ("ALTER TABLE ledger_plan_uses ADD COLUMN why TEXT",))
    with database.transaction() as connection:
        tables.migrate(connection, later)
        tables.migrate(connection, later)
        used = connection.execute(select(tables.PLAN_USES.c.plan_id)).scalars().all()
        names = {column["name"] for column in inspect(connection).get_columns("ledger_plan_uses")}
    database.close()
    assert used == ["01JD"]
    assert "why" in names


def test_no_table_has_a_place_for_a_secret(tmp_path: Path) -> None:
    """What is kept of the world outside: who and where, never with which token or URL."""
    names = {column.name for table in tables.METADATA.tables.values() for column in table.columns}
    assert not {name for name in names for word in ("token_", "password", "url") if word in name}
