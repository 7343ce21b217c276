"""What an apply leaves in the ledger: the same base, whichever way the changes came about."""

import os
import sqlite3
import subprocess
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reconciler import ledger
from reconciler.model import Declared, Tenant
from tests.conftest import Run

TEAM = """
tenant: {name: small, provider: sandbox}
license_pools: {voice: {purchased: 9}}
queues: {support: {extension: 1001, min_agents: 0}, sales: {extension: 1002, min_agents: 0}}
agents:
  - {name: Ana Diaz, extension: 4001, email: ana@acme.example, licenses: [voice],
     queues: [support], preferred_name: Ana}
  - {name: Bo Chen, extension: 4002, email: bo@acme.example, licenses: [voice],
     queues: [support], preferred_name: Bo}
  - {name: Cy Roe, extension: 4003, email: cy@acme.example, licenses: [voice],
     queues: [support], preferred_name: Cy}
"""
ANA, BO, CY = (f"agent/{name}@acme.example" for name in ("ana", "bo", "cy"))


@pytest.fixture
def folder(company: Path) -> Path:
    place = company / "small"
    place.mkdir()
    (place / "all.yaml").write_text(TEAM)
    return place


def base(folder: Path) -> Declared:
    kept = ledger.open_ledger(Tenant("small", "sandbox"), environ=os.environ, root=folder.parent)
    with closing(kept):
        found = kept.declared("small")
    assert found
    return found


def forget(folder: Path) -> None:
    """The ledger is lost; the tenant stays as it is."""
    next((folder.parent / ".reconciler").glob("*ledger*")).unlink()


def by_hand(folder: Path, email: str, name: str) -> None:
    """Somebody renames a person in the tenant."""
    database = next((folder.parent / ".reconciler").glob("*small*.db"))
    with closing(sqlite3.connect(database)) as tenant, tenant:
        done = tenant.execute("UPDATE agent SET preferred_name = ? WHERE email = ?", (name, email))
        assert done.rowcount == 1


def edit(folder: Path, old: str, new: str) -> None:
    file = folder / "all.yaml"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))


def apply_folder(run: Run, *more: str) -> int:
    return run("apply", "small", "--yes", *more).code


def apply_plan(run: Run, *more: str) -> int:
    assert run("plan", "small", "-o", "plan.json", *more).code == 0
    return run("apply", "plan.json", "--from", "small", "--yes").code


WAYS = {"a folder": apply_folder, "a plan": apply_plan}


@pytest.mark.parametrize("way", WAYS)
def test_what_a_hand_changes_after_an_apply_is_drift(way: str, folder: Path, run: Run) -> None:
    assert apply_folder(run) == 0
    forget(folder)
    edit(folder, "preferred_name: Ana", "preferred_name: Anita")
    assert WAYS[way](run) == 0
    by_hand(folder, "bo@acme.example", "Robert")
    report = run("drift", "small", "--format", "json")
    assert report.code == 2
    assert [(i["address"], i["class"], i["live"]) for i in report.json["items"]] == [
        (BO, "drift", "Robert")
    ]
    assert "Changed by hand" in run("plan", "small").out


@pytest.mark.parametrize("way", WAYS)
def test_an_apply_with_nothing_to_do_remembers_all_that_the_files_state(
    way: str, folder: Path, run: Run
) -> None:
    assert apply_folder(run) == 0
    whole = base(folder).fields
    forget(folder)
    assert WAYS[way](run) == 0
    assert base(folder).fields == whole
    by_hand(folder, "bo@acme.example", "Robert")
    assert run("drift", "small").code == 2


def test_both_ways_leave_the_same_base_and_the_same_protection(folder: Path, run: Run) -> None:
    (folder / "policy.yaml").write_text(
        "policy: {protect: [agent/4001, {address: queue/sales, fields: [extension]}]}\n"
    )
    found = []
    for way in WAYS.values():
        for state in (folder.parent / ".reconciler").glob("*"):
            state.unlink()
        assert way(run) == 0
        known = base(folder)
        found.append((known.fields, known.protect, dict(known.protect_fields)))
    assert found[0] == found[1]
    assert found[0][1:] == ({ANA, "queue/sales"}, {"queue/sales": {"extension"}})


@pytest.mark.parametrize("way", WAYS)
def test_what_was_not_selected_and_differs_is_not_remembered(
    way: str, folder: Path, run: Run
) -> None:
    assert apply_folder(run) == 0
    edit(folder, "preferred_name: Ana", "preferred_name: Anita")
    edit(folder, "preferred_name: Bo", "preferred_name: Bobby")
    assert WAYS[way](run, "--select", ANA) == 0
    names = {
        address: values.get("preferred_name") for address, values in base(folder).fields.items()
    }
    assert (names[ANA], names[BO], names[CY]) == ("Anita", "Bo", "Cy")
    report = run("drift", "small", "--format", "json")
    assert (report.code, [i["class"] for i in report.json["items"]]) == (0, ["pending"])


@pytest.mark.parametrize("way", WAYS)
def test_what_was_left_out_is_not_remembered(way: str, folder: Path, run: Run) -> None:
    assert apply_folder(run) == 0
    edit(folder, "preferred_name: Ana", "preferred_name: Anita")
    assert WAYS[way](run, "--exclude", ANA) == 0
    assert base(folder).fields[ANA]["preferred_name"] == "Ana"


def test_where_the_files_moved_on_the_plan_says_what_was_applied(folder: Path, run: Run) -> None:
    assert apply_folder(run) == 0
    edit(folder, "preferred_name: Ana", "preferred_name: Anita")
    assert run("plan", "small", "-o", "plan.json").code == 0
    edit(folder, "preferred_name: Anita", "preferred_name: Annie")
    assert run("apply", "plan.json", "--from", "small", "--yes", "--strict").code == 5
    applied = run("apply", "plan.json", "--from", "small", "--yes")
    assert applied.code == 0
    assert "no longer ask for" in applied.err
    assert base(folder).fields[ANA]["preferred_name"] == "Anita"
    report = run("drift", "small", "--format", "json")
    assert [(i["class"], i["base"], i["desired"]) for i in report.json["items"]] == [
        ("pending", "Anita", "Annie")
    ]


def test_what_was_not_carried_out_is_not_remembered(folder: Path, run: Run) -> None:
    """Somebody renames Bo in the tenant once more, after the plan was made."""
    assert apply_folder(run) == 0
    before = base(folder).fields[BO]
    edit(folder, "preferred_name: Ana", "preferred_name: Anita")
    edit(folder, "preferred_name: Bo", "preferred_name: Bobby")
    by_hand(folder, "bo@acme.example", "Bobby")
    assert run("plan", "small", "-o", "plan.json").code == 0
    by_hand(folder, "bo@acme.example", "Robert")
    assert run("apply", "plan.json", "--from", "small", "--yes").code == 0
    after = base(folder).fields
    assert (after[ANA]["preferred_name"], after[BO]) == ("Anita", before)


# --- dates ---------------------------------------------------------------------------------------

NOW = datetime.now(UTC)


def day(offset: int) -> str:
    """Days from today; far enough from it that no clock of a tenant matters."""
    return (NOW + timedelta(days=offset)).date().isoformat()


LEAVES = (
    f"preferred_name: Cy, until: {day(30)}",
    f"preferred_name: Cy, until: {day(-5)}",
)


@pytest.mark.parametrize("way", ["folder", "plan"])
def test_nobody_leaves_today_whose_last_day_lies_ahead(way: str, folder: Path, run: Run) -> None:
    assert apply_folder(run) == 0
    edit(folder, "preferred_name: Cy", LEAVES[0])
    assert run("plan", "small", "-o", "plan.json", "--as-of", day(60)).code == 0
    what = ("small", "--as-of", day(60)) if way == "folder" else ("plan.json", "--from", "small")
    refused = run("apply", *what, "--yes")
    assert refused.code == 5
    assert f"the plan is for {day(60)}" in refused.err
    assert run("plan", "small", "--detailed-exitcode").code == 0


@pytest.mark.parametrize("way", ["folder", "plan"])
@pytest.mark.parametrize(
    "policy",
    [
        f"allow: [{{what: agent.suspend, count: 1, reason: then, until: {day(-3)}}}]",
        "waivers: [{rule: license-without-membership, address: agent/bo@acme.example, "
        f"reason: then, until: {day(-3)}}}]",
    ],
)
def test_what_has_ended_does_not_pass_under_an_earlier_day(
    policy: str, way: str, folder: Path, run: Run
) -> None:
    assert apply_folder(run) == 0
    edit(folder, "preferred_name: Cy", f"preferred_name: Cy, until: {day(-9)}")
    limits = "limits: {agent: {suspend: 0}}, " if policy.startswith("allow") else ""
    (folder / "policy.yaml").write_text(f"policy: {{{limits}{policy}}}\n")
    assert run("plan", "small", "-o", "plan.json", "--as-of", day(-5)).code == 0
    what = ("small", "--as-of", day(-5)) if way == "folder" else ("plan.json", "--from", "small")
    assert run("apply", *what, "--yes").code == 5
    database = next((folder.parent / ".reconciler").glob("*small*.db"))
    with closing(sqlite3.connect(database)) as tenant:
        (active,) = tenant.execute("SELECT active FROM agent WHERE email = 'cy@acme.example'")
    assert active == (1,)


def test_another_day_is_no_reason_to_refuse_where_nothing_differs(folder: Path, run: Run) -> None:
    edit(folder, "preferred_name: Cy", LEAVES[0])
    assert apply_folder(run, "--as-of", day(20)) == 0
    edit(folder, "preferred_name: Ana", "preferred_name: Anita")
    assert run("plan", "small", "-o", "plan.json", "--as-of", day(10)).code == 0
    assert run("apply", "plan.json", "--from", "small", "--yes").code == 0


def test_a_date_that_was_reached_is_due_and_a_hand_is_drift(folder: Path, run: Run) -> None:
    edit(folder, "preferred_name: Cy", LEAVES[0])
    assert apply_plan(run) == 0
    due = run("drift", "small", "--as-of", day(60), "--format", "json")
    assert (due.code, {i["class"] for i in due.json["items"]}) == (0, {"due"})
    assert {i["address"] for i in due.json["items"]} == {CY}
    assert "a date in the files was reached" in run("drift", "small", "--as-of", day(60)).out
    by_hand(folder, "bo@acme.example", "Robert")
    both = run("drift", "small", "--as-of", day(60), "--format", "json")
    assert both.code == 2
    assert {(i["address"], i["class"]) for i in both.json["items"]} == {(CY, "due"), (BO, "drift")}


DATED = (
    f"preferred_name: Ana, until: {day(30)}",
    f"preferred_name: Bo, skills: {{spanish: {{level: 3, from: {day(20)}, until: {day(40)}}}}}",
    f"preferred_name: Cy, from: {day(25)}",
)


@pytest.fixture
def revision(folder: Path) -> str:
    """The files with dates in them, committed today."""
    (folder / "skills.yaml").write_text("skills: {spanish: {default_level: 5}}\n")
    for stated in DATED:
        edit(folder, stated.partition(",")[0], stated)
    git = ["git", "-C", str(folder), "-c", "user.email=kim@acme.example", "-c", "user.name=Kim"]
    for command in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "-m", "Begin"]):
        subprocess.run([*git, *command], check=True)
    return "HEAD"


@pytest.mark.parametrize("offset", [22, 26, 35, 60])
def test_with_a_revision_as_base_a_date_is_due_as_well(
    offset: int, revision: str, folder: Path, run: Run
) -> None:
    assert apply_folder(run) == 0
    forget(folder)
    due = run("drift", "small", "--as-of", day(offset), "--base", revision, "--format", "json")
    assert (due.code, {i["class"] for i in due.json["items"]}) == (0, {"due"})


def test_what_was_edited_beside_a_date_is_pending(revision: str, folder: Path, run: Run) -> None:
    assert apply_folder(run) == 0
    edit(folder, f"from: {day(20)}", f"from: {day(10)}")
    found = run("drift", "small", "--as-of", day(15), "--base", revision, "--format", "json")
    assert [(i["path"], i["class"]) for i in found.json["items"]] == [("skills.spanish", "pending")]


def test_a_date_between_the_base_and_today_is_no_hand_of_anybody(
    revision: str, folder: Path, run: Run
) -> None:
    """Somebody applied the files while Bo had the skill; no ledger of ours knows it."""
    edit(folder, f"from: {day(20)}, ", "")
    assert apply_folder(run) == 0
    edit(folder, "{level: 3, until", f"{{level: 3, from: {day(20)}, until")
    forget(folder)
    found = run("drift", "small", "--as-of", day(60), "--base", revision, "--format", "json")
    assert {i["class"] for i in found.json["items"]} == {"due"}
    assert "skills.spanish" in {i["path"] for i in found.json["items"]}
    early = run("drift", "small", "--base", revision, "--format", "json")
    assert [(i["path"], i["class"]) for i in early.json["items"]] == []


# --- what cannot be waived -----------------------------------------------------------------------


def test_a_waiver_of_what_is_possible_is_told_at_its_line(folder: Path, run: Run) -> None:
    (folder / "policy.yaml").write_text(
        "policy:\n  waivers:\n"
        "    - {rule: no-safe-order, address: agent/ana@acme.example, reason: hope}\n"
    )
    told = run("validate", "small", "--format", "json")
    assert told.code == 1
    (found,) = told.json["diagnostics"]
    assert (found["rule"], found["file"], found["line"]) == (
        "waiver-without-effect",
        "policy.yaml",
        3,
    )


@pytest.mark.parametrize(
    "written",
    [
        f"{{name: Cy Roe, extension: 4003, email: cy@acme.example, until: {day(-5)}}}\n"
        "  - {name: Di Ko, extension: 4003, email: di@acme.example}",
        "{name: Di Ko, extension: 4003, email: di@acme.example,\n"
        "     replaces: {email: cy@acme.example}}",
    ],
)
def test_who_is_suspended_already_and_gives_up_a_number_is_not_suspended_again(
    written: str, folder: Path, run: Run
) -> None:
    assert apply_folder(run) == 0
    edit(folder, "preferred_name: Cy", LEAVES[1])
    assert apply_folder(run, "--allow", "agent.suspend=1") == 0
    start = (folder / "all.yaml").read_text().index("{name: Cy Roe")
    (folder / "all.yaml").write_text((folder / "all.yaml").read_text()[:start] + written + "\n")
    (folder / "policy.yaml").write_text("policy: {limits: {agent: {suspend: 0}}}\n")
    plan = run("plan", "small", "--format", "json")
    assert plan.code == 0, plan.out
    summary = plan.json["summary"]["agent"]
    assert (summary["create"], summary["update"], summary["suspend"]) == (1, 1, 0)
