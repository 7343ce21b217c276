"""Due work: planned and applied alone, and everything else stops it."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.conftest import Run

TEAM = """
tenant: {name: small, provider: sandbox}
license_pools: {voice: {purchased: 9}}
queues: {support: {extension: 1001, min_agents: 0}, sales: {extension: 1002, min_agents: 0}}
profiles: {tier-1: {licenses: [voice], queues: {support: 5}}}
agents:
  - {name: Ana Diaz, extension: 4001, email: ana@acme.example, profile: tier-1}
  - {name: Bo Chen, extension: 4002, email: bo@acme.example, profile: tier-1, preferred_name: Bo}
  - {name: Cy Roe, extension: 4003, email: cy@acme.example, profile: tier-1, until: 2099-01-01}
"""
ANA, BO, CY = (f"agent/{name}@acme.example" for name in ("ana", "bo", "cy"))
TODAY = datetime.now(UTC).date()


def day(offset: int) -> str:
    """Days from today."""
    return (TODAY + timedelta(days=offset)).isoformat()


LAST_APPLY = ("--since", day(-10))


@pytest.fixture
def folder(company: Path, run: Run) -> Path:
    """A team that was applied, by a machine whose ledger is not here."""
    place = company / "small"
    place.mkdir()
    (place / "all.yaml").write_text(TEAM)
    assert run("apply", "small", "--yes").code == 0
    next((company / ".reconciler").glob("*ledger*")).unlink()
    return place


def edit(folder: Path, old: str, new: str) -> None:
    file = folder / "all.yaml"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))


def leaves(folder: Path, offset: int = -1) -> None:
    """The last day of Cy."""
    edit(folder, "until: 2099-01-01", f"until: {day(offset)}")


def tenant(folder: Path, statement: str, *values: str) -> list[tuple[object, ...]]:
    database = next((folder.parent / ".reconciler").glob("*small*.db"))
    with closing(sqlite3.connect(database)) as connection, connection:
        return connection.execute(statement, values).fetchall()


def is_active(folder: Path, name: str) -> bool:
    ((active,),) = tenant(
        folder, "SELECT active FROM agent WHERE email = ?", f"{name}@acme.example"
    )
    return bool(active)


def by_hand(folder: Path, name: str, preferred_name: str) -> None:
    tenant(
        folder,
        "UPDATE agent SET preferred_name = ? WHERE email = ?",
        preferred_name,
        f"{name}@acme.example",
    )


def test_who_left_yesterday_is_suspended_without_anybody_merging(folder: Path, run: Run) -> None:
    leaves(folder)
    planned = run("plan", "small", "--due", *LAST_APPLY, "--detailed-exitcode", "-o", "due.json")
    assert planned.code == 2, planned.err
    applied = run("apply", "small", "--due", *LAST_APPLY, "--yes")
    assert applied.code == 0, applied.err
    assert not is_active(folder, "cy")
    again = run("apply", "small", "--due", "--yes")
    assert (again.code, again.out.startswith("Nothing is due")) == (0, True)
