"""A database of the fleet that fails on the way: the run ends and goes on under its id."""

import os
import sqlite3
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from threading import Event

import pytest

from reconciler import fleet
from reconciler.errors import LeaseHeldError, SetupError
from reconciler.fleet import Store
from reconciler.fleet.pool import Pool, Setup
from reconciler.ledger.database import Database
from reconciler.model import FleetReport, TenantOutcome, TenantRow
from tests.running import Run


class FullStore(Store):
    """Takes so many rows, and then says that the disk is full."""

    room = 3

    def put(self, run: str, *rows: TenantRow) -> None:
        self.room -= 1
        if self.room < 0:
            raise SetupError("the fleet database cannot be used: database or disk is full")
        super().put(run, *rows)


class GoneStore(Store):
    """Somebody removes the file after the first row."""

    def put(self, run: str, *rows: TenantRow) -> None:
        super().put(run, *rows)
        for path in Path(".reconciler").glob("fleet.db*"):
            path.unlink()


class TakenStore(Store):
    """Another process takes the run over as soon as the first tenant has begun."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.lost = Event()

    def lease(self, run: str, lost: Event) -> AbstractContextManager[None]:
        self.lost = lost
        return nullcontext()

    def put(self, run: str, *rows: TenantRow) -> None:
        super().put(run, *rows)
        self.lost.set()


def carried_out(
    root: Path, store: Store, command: str = "plan", plans: Path | None = None
) -> FleetReport:
    run = "one" if command == "plan" else "two"
    request = fleet.Request(command, root, run=run, parallelism=1, plans=plans)
    setup = Setup(dict(os.environ), str(Path.cwd()))
    with store, Pool(1, setup, has_sandbox=True) as pool:
        return fleet.carry_out(fleet.begin(request, store), request, store, pool, lambda rows: None)


def test_a_full_database_ends_the_run_and_the_rest_is_done_under_its_id(root: Path) -> None:
    broken = carried_out(root, FullStore(fleet.open_store({}, Path.cwd()).database))
    assert broken.exit_code == 1
    assert broken.notes == ("the fleet database cannot be used: database or disk is full",)
    assert broken.rows[0].outcome is TenantOutcome.CHANGED
    assert broken.finished_at is None
    report = carried_out(root, fleet.open_store({}, Path.cwd()))
    assert (report.exit_code, report.notes) == (0, ())
    assert [row.outcome for row in report.rows] == [TenantOutcome.CHANGED] * 3
    assert report.rows[0].attempts == 1


def test_an_apply_whose_database_is_full_is_not_finished(root: Path, run: Run) -> None:
    assert run("fleet", "plan", root, "-o", "plans").code == 0
    store = FullStore(fleet.open_store({}, Path.cwd()).database)
    broken = carried_out(root, store, "apply", Path("plans").absolute())
    assert broken.exit_code == 3
    assert broken.rows[0].outcome is TenantOutcome.CHANGED


def test_a_run_that_another_process_took_over_is_left_to_it(root: Path) -> None:
    with pytest.raises(LeaseHeldError, match="was taken over"):
        carried_out(root, TakenStore(fleet.open_store({}, Path.cwd()).database))
    with fleet.open_store({}, Path.cwd()) as store:
        left = fleet.status("one", store)
    assert (left.finished_at, left.notes) == (None, ())
    assert [str(row.state) for row in left.rows] == ["running", "pending", "pending"]


def test_a_database_that_is_gone_ends_the_run(root: Path) -> None:
    report = carried_out(root, GoneStore(fleet.open_store({}, Path.cwd()).database))
    assert report.exit_code == 1
    assert "fleet.db cannot be used" in report.notes[0]


@pytest.mark.parametrize("name", ["RECONCILER_LEDGER_FLEET", "RECONCILER_LEDGER"])
def test_a_database_that_cannot_be_reached_is_told(
    root: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "postgresql://nobody:secret-word@127.0.0.1:1/none")
    with pytest.raises(SetupError, match=r"the fleet database 127\.0\.0\.1/none") as raised:
        fleet.open_store(os.environ, Path.cwd())
    assert "secret-word" not in str(raised.value)


def test_a_database_that_is_held_is_not_called_somebody_elses(root: Path) -> None:
    url = f"sqlite:///{Path('fleet.db').absolute()}?timeout=0.1"
    with fleet.open_store({"RECONCILER_LEDGER_FLEET": url}, Path.cwd()) as store:
        holder = sqlite3.connect("fleet.db", isolation_level=None)
        holder.execute("BEGIN EXCLUSIVE")
        with pytest.raises(SetupError, match="locked") as raised:
            store.rows("one")
        holder.close()
    assert "wait" in (raised.value.hint or "")
    assert "move" not in (raised.value.hint or "")


def test_a_disk_that_is_full_asks_for_room(root: Path) -> None:
    def fill(database: Database) -> None:
        with database.transaction() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 1")
            connection.exec_driver_sql("CREATE TABLE more AS SELECT zeroblob(100000)")

    with (
        fleet.open_store({}, Path.cwd()) as store,
        pytest.raises(SetupError, match="full") as raised,
    ):
        fill(store.database)
    assert "make room" in (raised.value.hint or "")
