"""A queue or skill with a new name: nobody leaves or joins, nothing is created beside it."""

import json
from pathlib import Path
from typing import Any

import pytest
import requests

from reconciler import diff, sandbox
from reconciler.model import Identity
from tests.make import agent, desired, reading, resource
from tests.running import Run

SALES = Path("desired-state/agents/sales.yaml")


@pytest.fixture
def renamed(run: Run, company: Path) -> Path:
    """The company's files, applied, in which queue `renewals` is called `gold` now."""
    assert run("apply", "--yes").code == 0
    for file in Path("desired-state").rglob("*.yaml"):
        text = file.read_text(encoding="utf-8")
        text = text.replace("renewals:", "gold:").replace("renewals]", "gold]")
        file.write_text(text, encoding="utf-8")
    return company


def state_the_old_name(name: str = "renewals") -> None:
    routing = Path("desired-state/routing.yaml")
    text = routing.read_text(encoding="utf-8")
    routing.write_text(
        text.replace("  gold:\n", f"  gold:\n    previously: {{name: {name}}}\n"), encoding="utf-8"
    )


def test_a_rename_is_one_change_and_keeps_the_members(run: Run, renamed: Path) -> None:
    state_the_old_name()
    (change,) = run("plan", "--format", "json").json["changes"]
    assert (change["address"], change["action"]) == ("queue/gold", "update")
    assert change["fields"] == [{"path": "name", "before": "renewals", "after": "gold"}]
    ran = run("apply", "--yes")
    assert (ran.code, "converged" in ran.out) == (0, True)
    assert run("plan", "--detailed-exitcode").code == 0
    assert run("drift").code == 0


def test_a_saved_plan_renames(run: Run, renamed: Path) -> None:
    state_the_old_name()
    assert run("plan", "-o", "plan.json").code == 0
    assert run("apply", "plan.json", "--yes").code == 0
    assert run("plan", "--detailed-exitcode").code == 0


def test_a_rename_and_changes_of_its_members_are_two_plans(run: Run, renamed: Path) -> None:
    state_the_old_name()
    text = SALES.read_text(encoding="utf-8")
    SALES.write_text(text.replace("{gold: 8}", "{gold: 9}"), encoding="utf-8")
    ran = run("plan")
    assert (ran.code, "--select queue/gold" in ran.out) == (4, True)
    assert run("apply", "--yes", "--select", "queue/gold").code == 0
    assert run("apply", "--yes").code == 0
    assert run("plan", "--detailed-exitcode").code == 0


def test_a_protected_queue_is_not_renamed(run: Run, renamed: Path) -> None:
    state_the_old_name()
    policy = Path("desired-state/policy.yaml")
    text = policy.read_text(encoding="utf-8")
    policy.write_text(text.replace("protect: [", "protect: [queue/renewals, "), encoding="utf-8")
    ran = run("plan")
    assert (ran.code, "protect:queue/gold" in ran.out) == (4, True)


def test_where_names_cannot_be_written_a_rename_is_a_step_in_the_tenant() -> None:
    wanted = desired(
        agent(4001, "Ana", queues={"gold": 5}),
        resource("queue/gold"),
        identities={"queue/gold": Identity(previously={"name": "vip"})},
    )
    live = reading(agent(4001, "Ana", queues={"vip": 5}), resource("queue/vip"))
    compared = diff.compare(wanted, live)
    assert compared.changes == ()
    (problem,) = compared.diagnostics
    assert (problem.rule, problem.address) == ("rename-in-tenant", "queue/gold")


def test_without_the_old_name_the_plan_asks_for_it(run: Run, renamed: Path) -> None:
    assert "add `previously: {name: renewals}` to its entry" in run("plan").out


def test_once_the_tenant_has_the_new_name_the_old_one_says_nothing(run: Run, company: Path) -> None:
    assert run("apply", "--yes").code == 0
    routing = Path("desired-state/routing.yaml")
    text = routing.read_text(encoding="utf-8")
    routing.write_text(
        text.replace("  renewals:\n", "  renewals:\n    previously: {name: gold}\n"),
        encoding="utf-8",
    )
    assert run("plan", "--detailed-exitcode").code == 0


def test_the_old_name_cannot_be_declared_as_well(run: Run, company: Path) -> None:
    assert run("apply", "--yes").code == 0
    Path("desired-state/more.yaml").write_text(
        "queues:\n  gold: {previously: {name: vip}}\n", encoding="utf-8"
    )
    assert "queue/vip is declared as well" in run("plan").out


def test_a_skill_with_the_members_of_an_undeclared_one_is_likely_the_same() -> None:
    wanted = desired(agent(4001, "Ana", skills={"espanol": 5}), resource("skill/espanol"))
    live = reading(agent(4001, "Ana", skills={"spanish": 5}), resource("skill/spanish"))
    hints = [d.hint for d in diff.compare(wanted, live).diagnostics if d.rule == "likely-rename"]
    assert hints == ["if it is the same skill, add `previously: {name: spanish}` to its entry"]


@pytest.mark.parametrize("fault", ["drop_after", "fail_after", "fail_before", "stale_409"])
def test_a_rename_that_was_broken_off_ends_with_the_same_queue(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    ana: dict[str, Any] = {"name": "Ana Diaz", "email": "ana@acme.example", "extension": "4001"}
    ana |= {"licenses": ["voice"]}
    target = {"extension": "1001", "default_level": 5}
    seed = {
        "license_pools": {"voice": {"purchased": 9}},
        "queues": {"vip": target},
        "agents": [ana | {"queues": {"vip": 7}}],
    }
    (tmp_path / "seed.json").write_text(json.dumps(seed), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    running = sandbox.start(
        tmp_path / "tenant.db", seed=tmp_path / "seed.json", faults={fault: [1]}
    )
    monkeypatch.setenv("RECONCILER_TOKEN_ACME", running.tokens["admin"])
    files: dict[str, Any] = {
        "tenant": {"name": "acme", "provider": "scim", "url": running.url},
        "license_pools": seed["license_pools"],
        "queues": {"gold": target | {"previously": {"name": "vip"}}},
        "agents": [ana | {"queues": {"gold": 7}}],
    }
    files["tenant"]["token_env"] = "RECONCILER_TOKEN_ACME"
    (tmp_path / "desired-state").mkdir()
    (tmp_path / "desired-state/all.yaml").write_text(json.dumps(files), encoding="utf-8")
    try:
        before = queues(running)
        first = run("apply", "--yes")
        assert first.code in (0, 3)
        assert run("apply", "--yes").code == 0
        assert run("plan", "--detailed-exitcode").code == 0
        (queue,) = queues(running).items()
        assert queue == (next(iter(before)), "gold")
    finally:
        running.stop()


def queues(running: sandbox.Running) -> dict[str, str]:
    """Return the names of the tenant's queues by id."""
    answer = requests.get(
        f"{running.url}/Queues",
        headers={"Authorization": f"Bearer {running.tokens['admin']}"},
        timeout=30,
    )
    return {item["id"]: item["name"] for item in answer.json()["Resources"]}
