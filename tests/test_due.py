"""Due work: planned and applied alone, and everything else stops it."""

import os
import sqlite3
import subprocess
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reconciler import ledger, planfile
from reconciler.model import Tenant, Verdict
from tests.running import Ran, Run

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


def starts(folder: Path, entry: str = "") -> None:
    """Di starts today."""
    with (folder / "all.yaml").open("a") as file:
        file.write(
            "  - {name: Di Ko, extension: 4004, email: di@acme.example, profile: tier-1, "
            f"from: {day(0)}{entry}}}\n"
        )


def apply_due(run: Run, *more: str) -> Ran:
    return run("apply", "small", "--due", *LAST_APPLY, "--yes", *more)


def test_who_starts_today_is_created(folder: Path, run: Run) -> None:
    starts(folder)
    assert apply_due(run).code == 0
    assert is_active(folder, "di")


def test_who_takes_over_today_replaces_the_one_before(folder: Path, run: Run) -> None:
    text = (folder / "all.yaml").read_text()
    (folder / "all.yaml").write_text(text[: text.index("  - {name: Cy Roe")])
    starts(folder, ", replaces: {email: cy@acme.example}")
    applied = apply_due(run)
    assert applied.code == 0, applied.err
    assert (is_active(folder, "di"), is_active(folder, "cy")) == (True, False)


@pytest.mark.parametrize("more", [(), ("--since", day(0))])
def test_who_comes_back_and_who_gets_another_level_is_due_with_the_day(
    more: tuple[str, ...], folder: Path, run: Run
) -> None:
    leaves(folder, -30)
    assert run("apply", "small", "--yes").code == 0
    edit(folder, f"until: {day(-30)}", f"from: {day(20)}")
    level = f"queues: {{support: {{level: 8, from: {day(20)}}}}}"
    edit(folder, "preferred_name: Bo", f"preferred_name: Bo, {level}")
    assert run("apply", "small", "--yes").code == 0
    due = run("plan", "small", "--due", "--as-of", day(20), *more, "--format", "json")
    assert due.code == 0, due.err
    assert due.json["due"]["addresses"] == [BO, CY]


def test_a_number_passes_on_with_the_day(folder: Path, run: Run) -> None:
    leaves(folder)
    starts(folder)
    edit(folder, "4004", "4003")
    assert apply_due(run).code == 0
    numbers = tenant(folder, "SELECT extension FROM agent WHERE email = ?", "di@acme.example")
    assert numbers == [("4003",)]


def test_days_that_were_missed_are_made_up_for_at_once(folder: Path, run: Run) -> None:
    leaves(folder, -3)
    edit(folder, "email: ana@acme.example", f"email: ana@acme.example, until: {day(-1)}")
    starts(folder)
    applied = apply_due(run, "--allow", "agent.suspend=2")
    assert applied.code == 0, applied.err
    assert [is_active(folder, name) for name in ("ana", "bo", "cy", "di")] == [0, 1, 0, 1]


def test_a_membership_of_a_profile_ends_and_a_new_one_beside_it_is_an_edit(
    folder: Path, run: Run
) -> None:
    edit(folder, "{support: 5}", f"{{support: {{level: 5, until: {day(-1)}}}, sales: 5}}")
    stopped = apply_due(run)
    assert (stopped.code, "queues.sales (" in stopped.err) == (5, True)
    edit(folder, ", sales: 5}", "}")
    applied = apply_due(run)
    assert applied.code == 0, applied.err
    assert tenant(folder, "SELECT COUNT(*) FROM membership") == [(0,)]


@pytest.mark.parametrize("name", ["bo", "cy"])
def test_a_hand_in_the_tenant_stops_it_on_whomever(name: str, folder: Path, run: Run) -> None:
    edit(folder, "profile: tier-1, until", "profile: tier-1, preferred_name: Cy, until")
    assert run("apply", "small", "--yes").code == 0
    leaves(folder)
    by_hand(folder, name, "Somebody")
    stopped = apply_due(run)
    assert stopped.code == 5
    assert f"agent/{name}@acme.example preferred_name (difference)" in stopped.err
    assert is_active(folder, "cy")
    planned = run("plan", "small", "--due", *LAST_APPLY, "--redact", "--format", "markdown")
    assert (planned.code, "Not due" in planned.out) == (5, True)
    assert "acme.example" not in planned.out + planned.err


def test_what_is_selected_is_applied_all_the_same(folder: Path, run: Run) -> None:
    leaves(folder)
    by_hand(folder, "bo", "Somebody")
    assert apply_due(run, "--select", CY).code == 0
    assert not is_active(folder, "cy")


def test_an_edit_that_was_not_applied_stops_it(folder: Path, run: Run) -> None:
    leaves(folder)
    edit(folder, "preferred_name: Bo", "preferred_name: Bobby")
    stopped = apply_due(run)
    assert (stopped.code, is_active(folder, "cy")) == (5, True)
    assert f"{BO} preferred_name (" in stopped.err


def test_a_plan_of_due_work_beside_which_more_differs_is_refused(folder: Path, run: Run) -> None:
    leaves(folder)
    edit(folder, "preferred_name: Bo", "preferred_name: Bobby")
    assert run("plan", "small", "--due", *LAST_APPLY, "-o", "due.json").code == 5
    assert run("apply", "due.json", "--from", "small", *LAST_APPLY, "--yes").code == 5
    assert is_active(folder, "cy")


def test_what_the_ledger_protects_stays_protected_whatever_the_last_day_is_said_to_be(
    folder: Path, run: Run
) -> None:
    (folder / "policy.yaml").write_text("policy: {protect: [agent/4003]}\n")
    assert run("apply", "small", "--yes").code == 0
    (folder / "policy.yaml").unlink()
    leaves(folder)
    blocked = apply_due(run)
    assert (blocked.code, f"protect:{CY}=1" in blocked.out) == (4, True)


def test_where_nothing_is_due_an_edit_waits_for_its_own_apply(folder: Path, run: Run) -> None:
    leaves(folder)
    assert apply_due(run).code == 0
    edit(folder, "preferred_name: Bo", "preferred_name: Bobby")
    quiet = apply_due(run)
    assert (quiet.code, "1 other difference" in quiet.out) == (0, True)
    rendered = run("plan", "small", "--due", *LAST_APPLY, "--format", "json", "-o", "due.json")
    assert (rendered.code, rendered.json["due"]["others"], rendered.json["changes"]) == (0, 1, [])
    assert not (folder.parent / "due.json").exists()


def test_guards_stop_due_work_like_any_plan(folder: Path, run: Run) -> None:
    starts(folder)
    tenant(folder, "UPDATE pool SET purchased = 3")
    assert run("plan", "small", "--due", *LAST_APPLY).code == 4
    assert apply_due(run).code == 4
    edit(folder, "1001, min_agents: 0", "1001, min_agents: 3")
    text = (folder / "all.yaml").read_text()
    (folder / "all.yaml").write_text(text[: text.index("  - {name: Di Ko")])
    leaves(folder)
    blocked = apply_due(run)
    assert (blocked.code, "queue-under-minimum" in blocked.out) == (4, True)
    assert is_active(folder, "cy")


def test_a_plan_of_due_work_is_applied_once_and_only_while_dates_ask_for_it(
    folder: Path, run: Run
) -> None:
    leaves(folder)
    assert run("plan", "small", "--due", *LAST_APPLY, "-o", "due.json").code == 0
    edit(folder, "preferred_name: Bo", "preferred_name: Bobby")
    assert run("plan", "small", "--select", BO, "-o", "edit.json").code == 0
    saved = ("--from", "small", "--due", *LAST_APPLY, "--yes")
    refused = run("apply", "edit.json", *saved)
    assert (refused.code, f"{BO} preferred_name (" in refused.err) == (5, True)
    assert run("apply", "due.json", *saved).code == 0
    assert run("apply", "due.json", *saved).code == 5


def test_without_a_word_on_the_last_apply_nobody_can_tell(folder: Path, run: Run) -> None:
    leaves(folder)
    for verb in ("plan", "apply"):
        ran = run(verb, "small", "--due")
        assert (ran.code, "--since" in ran.err) == (7, True)
    assert not list((folder.parent / ".reconciler").glob("*ledger*"))


def test_on_a_day_without_dates_nobody_signs_in_and_nothing_is_written(
    folder: Path, run: Run
) -> None:
    """The tenant could not be reached, and there is no token for it."""
    service = "scim, url: https://acme.example/scim, token_env: RECONCILER_TOKEN_ACME"
    edit(folder, "provider: sandbox", f"provider: {service}")
    before = sorted(folder.parent.rglob("*"))
    for verb in ("plan", "apply"):
        ran = run(verb, "small", "--due", *LAST_APPLY)
        assert (ran.code, ran.out) == (0, f"Nothing is due in small since {day(-10)}\n")
    assert sorted(folder.parent.rglob("*")) == before


def test_a_last_apply_that_lies_ahead_or_has_no_zone_is_refused(folder: Path, run: Run) -> None:
    assert run("plan", "small", "--due", "--since", day(9)).code == 1
    assert run("plan", "small", "--due", "--since", "2026-11-24T09:00:00").code == 64


# --- the ledger, a revision, and time zones ------------------------------------------------------


def commit(folder: Path, when: str = "") -> None:
    git = ["git", "-C", str(folder), "-c", "user.email=kim@acme.example", "-c", "user.name=Kim"]
    environment = {"GIT_COMMITTER_DATE": f"{when}T12:00:00Z"} if when else {}
    for words in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "-m", "Edit"]):
        subprocess.run([*git, *words], check=True, env={**os.environ, **environment})


def classes(run: Run, *arguments: str) -> set[tuple[str, str]]:
    report = run("drift", "small", "--format", "json", *arguments)
    return {(item["address"], item["class"]) for item in report.json["items"]}


@pytest.mark.parametrize(("is_in_git", "found"), [(True, "pending"), (False, "due")])
def test_a_last_day_that_was_moved_into_the_past_is_an_edit_where_the_history_shows_it(
    is_in_git: bool, found: str, folder: Path, run: Run
) -> None:
    leaves(folder, 50)
    if is_in_git:
        commit(folder)
    assert run("apply", "small", "--yes").code == 0
    edit(folder, day(50), day(20))
    assert classes(run, "--as-of", day(40)) == {(CY, found)}
    due = run("plan", "small", "--due", "--as-of", day(40), "--detailed-exitcode")
    assert due.code == (2 if found == "due" else 0)


@pytest.mark.parametrize("name", ["bo", "cy"])
def test_by_the_ledger_a_hand_is_named_as_that(name: str, folder: Path, run: Run) -> None:
    edit(folder, "profile: tier-1, until: 2099-01-01", f"profile: tier-1, until: {day(5)}")
    edit(folder, "email: cy@acme.example", "email: cy@acme.example, preferred_name: Cy")
    assert run("apply", "small", "--yes").code == 0
    by_hand(folder, name, "Somebody")
    stopped = run("plan", "small", "--due", "--as-of", day(6), "-o", "due.json")
    assert (stopped.code, f"agent/{name}@acme.example preferred_name (drift)" in stopped.err) == (
        5,
        True,
    )
    for shape in ("text", "markdown", "html", "github", "sarif"):
        rendered = run("show", "due.json", "--format", shape).out
        assert ("1 difference not due" in rendered, "Somebody" in rendered) == (True, True), shape
    report = run("show", "due.json", "--format", "json").json["due"]
    assert (report["addresses"], [item["class"] for item in report["others"]]) == ([CY], ["drift"])


def test_nobody_is_named_for_what_only_a_date_asks_for(folder: Path, run: Run) -> None:
    """The tenant's audit trail knows who wrote the value last: an apply."""
    leaves(folder)
    report = run("drift", "small", *LAST_APPLY, "--format", "json")
    assert (report.code, report.json["summary"]["due"]) == (0, len(report.json["items"]))
    assert {(item["actor"], item["edit"]) for item in report.json["items"]} == {(None, None)}


def test_what_an_unfinished_apply_left_undone_stays_due(folder: Path, run: Run) -> None:
    """One of a part of the files, and one of the due work itself, which failed."""
    leaves(folder, 5)
    assert run("apply", "small", "--yes").code == 0
    edit(folder, "preferred_name: Bo", "preferred_name: Bobby")
    assert run("apply", "small", "--yes", "--select", BO).code == 0
    edit(folder, "preferred_name: Bobby", "preferred_name: Bo")
    assert run("plan", "small", "--due", "--as-of", day(9), "-o", "due.json").code == 5
    kept = ledger.open_ledger(Tenant("small", "sandbox"), environ=os.environ, root=folder.parent)
    with closing(kept):
        failed = kept.begin(planfile.read(folder.parent / "due.json"))
        kept.finish(failed, Verdict((), converged=False))
    assert classes(run, "--as-of", day(9)) == {(CY, "due"), (BO, "pending")}


def test_a_base_counts_as_of_the_day_on_which_the_ledger_says_that_it_was_applied(
    folder: Path, run: Run
) -> None:
    leaves(folder, -3)
    commit(folder, day(-9))
    based = ("--base", "HEAD")
    assert classes(run, *based) == {(CY, "due")}
    assert run("plan", "small", "--due", *based, "--detailed-exitcode").code == 2
    assert run("apply", "small", "--due", *based, "--yes").code == 0
    tenant(folder, "UPDATE agent SET active = 1 WHERE email = ?", "cy@acme.example")
    assert classes(run, *based) == {(CY, "drift")}
    next((folder.parent / ".reconciler").glob("*ledger*")).unlink()
    assert classes(run, *based) == {(CY, "due")}
    assert classes(run, *based, "--since", day(-1)) == {(CY, "drift")}
    assert classes(run, "--since", day(-1)) == {(CY, "difference")}


@pytest.mark.parametrize(
    ("zone", "since", "as_of", "is_due"),
    [
        ("Pacific/Kiritimati", "2027-03-01T09:59:59Z", "2027-03-02", True),
        ("Pacific/Kiritimati", "2027-03-01T10:00:00Z", "2027-03-02", False),
        ("Pacific/Niue", "2027-03-02T10:59:59Z", "2027-03-02", True),
        ("Pacific/Niue", "2027-03-02T11:00:00Z", "2027-03-02", False),
        ("America/Denver", "2027-03-01T23:59:00-07:00", "2027-03-02", True),
        ("UTC", "2027-03-01", "2027-03-01", False),
    ],
)
def test_days_are_those_of_the_tenant(
    zone: str, since: str, as_of: str, is_due: bool, folder: Path, run: Run
) -> None:
    edit(folder, "provider: sandbox", f"provider: sandbox, timezone: {zone}")
    edit(folder, "until: 2099-01-01", "until: 2027-03-01")
    due = ("--due", "--since", since, "--as-of", as_of, "--detailed-exitcode")
    assert run("plan", "small", *due).code == (2 if is_due else 0)


@pytest.mark.parametrize(("last", "is_due"), [("2028-02-28", True), ("2028-02-29", False)])
def test_a_leap_day_is_a_day(last: str, is_due: bool, folder: Path, run: Run) -> None:
    edit(folder, "until: 2099-01-01", f"until: {last}")
    due = ("--due", "--since", "2028-02-28", "--as-of", "2028-02-29", "--detailed-exitcode")
    assert run("plan", "small", *due).code == (2 if is_due else 0)
