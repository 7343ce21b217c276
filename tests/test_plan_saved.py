"""A saved plan that was blocked: only the acknowledgement that it asks for lets it run."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import Run

TENANT = """
tenant: {name: small, provider: sandbox}
license_pools: {voice: {purchased: 5}}
queues: {support: {extension: 1001}}
agents:
  - name: Ana Diaz
    extension: 4001
    email: ana.diaz@acme.example
    licenses: [voice]
    queues: [support]
    preferred_name: %s
"""
SKILLS = "skills: {spanish: {}}\n"


@pytest.fixture
def folder(company: Path, run: Run) -> Path:
    """A small tenant in sync, and a skill in it."""
    place = company / "small"
    place.mkdir()
    (place / "all.yaml").write_text(TENANT % "Ana" + SKILLS)
    assert run("apply", "small", "--yes").code == 0
    return place


@pytest.fixture
def saved(folder: Path, run: Run) -> str:
    """The skills were emptied by accident, and something else changed as well."""
    (folder / "all.yaml").write_text(TENANT % "Anita" + "skills: {}\n")
    assert run("plan", "small", "-o", "plan.json").code == 4
    return "plan.json"


def test_a_blocked_plan_is_printed_with_what_would_let_it_pass(saved: str, run: Run) -> None:
    shown = run("show", saved)
    assert "skill.empty=1" in shown.out
    assert "Anita" in shown.out


def test_another_acknowledgement_does_not_let_a_saved_plan_pass(saved: str, run: Run) -> None:
    refused = run("apply", saved, "--from", "small", "--yes", "--allow", "agent.update=5")
    assert refused.code == 4, refused.out + refused.err
    assert "nothing was written" in refused.err


def test_its_own_acknowledgement_does(saved: str, run: Run) -> None:
    applied = run("apply", saved, "--from", "small", "--yes", "--allow", "skill.empty=1")
    assert applied.code == 0, applied.out + applied.err


def test_a_plan_tells_what_it_takes_back_of_what_was_done_by_hand(folder: Path, run: Run) -> None:
    """The files stay as they were applied; somebody renamed Ana in the tenant."""
    database = next((folder.parent / ".reconciler").glob("*small*.db"))
    with closing(sqlite3.connect(database)) as tenant, tenant:
        tenant.execute("UPDATE agent SET preferred_name = 'Somebody'")
    plan = run("plan", "small", "--format", "json").json
    assert [(i["class"], i["path"], i["live"]) for i in plan["drift"]] == [
        ("drift", "preferred_name", "Somebody")
    ]
    assert run("plan", "small", "-o", "plan.json").code == 0
    assert "Changed by hand" in run("show", "plan.json").out
