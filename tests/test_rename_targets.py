"""A queue or skill with a new name: a step in the tenant, and nobody leaves or joins."""

from pathlib import Path

import pytest

from reconciler import diff
from tests.make import agent, desired, reading, resource
from tests.running import Run


@pytest.fixture
def renamed(run: Run, company: Path) -> Path:
    """The company's files, applied, in which queue `vip` is called `gold` now."""
    assert run("apply", "--yes").code == 0
    for file in Path("desired-state").rglob("*.yaml"):
        text = file.read_text(encoding="utf-8").replace("vip:", "gold:").replace("/vip", "/gold")
        text = text.replace("[vip]", "[gold]")
        file.write_text(text, encoding="utf-8")
    return company


def state_the_old_name(name: str = "vip") -> None:
    routing = Path("desired-state/routing.yaml")
    text = routing.read_text(encoding="utf-8")
    routing.write_text(
        text.replace("  gold:\n", f"  gold:\n    previously: {{name: {name}}}\n"), encoding="utf-8"
    )


def test_a_rename_is_a_step_and_changes_nothing_else(run: Run, renamed: Path) -> None:
    state_the_old_name()
    ran = run("plan", "--format", "json")
    assert (ran.code, ran.json["changes"]) == (4, [])
    (blocker,) = ran.json["blockers"]
    assert (blocker["guard"], blocker["address"]) == ("rename-in-tenant", "queue/gold")
    assert "queue/gold is called vip in the tenant" in run("plan").out
    assert run("apply", "--yes").code == 4


def test_without_the_old_name_the_plan_asks_for_it(run: Run, renamed: Path) -> None:
    assert "add `previously: {name: vip}` to its entry" in run("plan").out


def test_once_the_tenant_has_the_new_name_the_old_one_says_nothing(run: Run, company: Path) -> None:
    assert run("apply", "--yes").code == 0
    routing = Path("desired-state/routing.yaml")
    text = routing.read_text(encoding="utf-8")
    routing.write_text(
        text.replace("  vip:\n", "  vip:\n    previously: {name: gold}\n"), encoding="utf-8"
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
