"""Days that come up, days that are still to apply, and agents who stand in no file any more."""

from pathlib import Path

import pytest

from tests.running import Run

SUPPORT = Path("desired-state/agents/support.yaml")
TODAY = ("--as-of", "2026-11-24")


def state(email: str, line: str) -> None:
    """Add a line to the entry of the agent with this e-mail."""
    text = SUPPORT.read_text(encoding="utf-8")
    mark = f"    email: {email}@acme.example\n"
    assert mark in text
    SUPPORT.write_text(text.replace(mark, f"{mark}    {line}\n"), encoding="utf-8")


@pytest.fixture
def dated(run: Run, company: Path) -> Path:
    """The company's files, applied, with days before and after 2026-11-24."""
    assert run("apply", "--yes").code == 0
    state("bo.chen", "until: 2026-12-24")
    state("chidi.okafor", "until: 2026-12-25")
    state("dagny.lund", "queues: {billing: {level: 5, from: 2026-12-01, until: 2026-12-31}}")
    state("emre.yilmaz", "until: 2026-11-20")
    Path("desired-state/more.yaml").write_text(
        "policy:\n"
        "  allow: [{what: agent.suspend, count: 7, reason: summer, until: 2026-12-02}]\n"
        "  waivers:\n"
        "    - rule: webrtc-email-format\n"
        "      address: agent/4001\n"
        "      reason: moving\n"
        "      until: 2026-11-30\n",
        encoding="utf-8",
    )
    return company


def days(run: Run, key: str, *arguments: str) -> set[tuple[str, str, str | None]]:
    items = run("plan", *TODAY, *arguments, "--format", "json").json[key]
    return {(item["day"], item["label"], item["path"]) for item in items}


def test_the_next_thirty_days_are_listed(run: Run, dated: Path) -> None:
    assert days(run, "upcoming") == {
        ("2026-11-30", "webrtc-email-format", None),
        ("2026-12-01", "4004 Dagny Lund", "queues.billing"),
        ("2026-12-02", "agent.suspend=7", None),
        ("2026-12-24", "4002 Bo Chen", None),
    }


def test_what_fell_due_and_is_not_applied_is_listed_until_it_is(run: Run, dated: Path) -> None:
    assert days(run, "overdue") == {("2026-11-20", "4005 Emre Yilmaz", None)}
    assert run("apply", "--yes").code == 0
    assert days(run, "overdue") == set()


def test_a_membership_that_ended_is_due(run: Run, dated: Path) -> None:
    state("hiro.tanaka", "skills: {spanish: {level: 5, from: 2026-11-24}}")
    state("jonas.weber", "queues: {support: {level: 5, until: 2026-11-23}}")
    assert days(run, "overdue") >= {
        ("2026-11-24", "4008 Hiro Tanaka", "skills.spanish"),
        ("2026-11-23", "4010 Jonas Weber", "queues.support"),
    }


def test_a_day_in_a_profile_is_one_line(run: Run, company: Path) -> None:
    assert run("apply", "--yes").code == 0
    profiles = Path("desired-state/profiles.yaml")
    text = profiles.read_text(encoding="utf-8")
    profiles.write_text(
        text.replace("queues: [sales]", "queues: {sales: {until: 2026-12-01}}"), encoding="utf-8"
    )
    assert days(run, "upcoming") == {("2026-12-01", "profile sales", "queues.sales")}
    later = run("plan", "--as-of", "2026-12-02", "--format", "json").json
    assert [item["label"] for item in later["overdue"]] == ["profile sales"]


@pytest.mark.parametrize("format_name", ["text", "markdown", "html"])
def test_every_rendering_names_them(run: Run, dated: Path, format_name: str) -> None:
    out = run("plan", *TODAY, "--format", format_name).out
    for words in ("Coming up in the next 30 days", "Due, and still to apply", "2026-12-24"):
        assert words in out
    assert "Dagny" not in run("plan", *TODAY, "--format", format_name, "--redact").out


def test_validate_lists_what_comes_up(run: Run, dated: Path) -> None:
    ran = run("validate", *TODAY)
    assert ran.code == 0
    assert "2026-12-01  4004 Dagny Lund: first day with queue billing" in ran.out
    listed = run("validate", *TODAY, "--format", "json").json["upcoming"]
    assert len(listed) == 4


def test_who_stands_in_no_file_any_more_is_named_first(run: Run, company: Path) -> None:
    assert run("apply", "--yes").code == 0
    text = SUPPORT.read_text(encoding="utf-8")
    start = text.index("  - name: Bo Chen")
    SUPPORT.write_text(text[:start] + text[text.index("  - name: Chidi") :], encoding="utf-8")
    lines = run("plan").out.splitlines()
    first = lines[lines.index("Risk") + 1]
    assert "declared at an earlier apply" in first
    assert "4002 Bo Chen" in first


def test_a_deleted_team_file_is_said_as_that(run: Run, company: Path) -> None:
    assert run("apply", "--yes").code == 0
    SUPPORT.unlink()
    lines = run("plan").out.splitlines()
    first = lines[lines.index("Risk") + 1].strip()
    assert first.startswith("File agents/support.yaml is gone: ")
    assert run("plan", "--format", "json").json["gone_files"] == ["agents/support.yaml"]


def test_a_file_that_was_renamed_is_not_gone(run: Run, company: Path) -> None:
    assert run("apply", "--yes").code == 0
    SUPPORT.rename(SUPPORT.with_name("floor.yaml"))
    ran = run("plan", "--format", "json")
    assert (ran.json["gone_files"], ran.json["changes"]) == ([], [])


def test_a_marriage_leaves_nobody_behind(run: Run, company: Path) -> None:
    assert run("apply", "--yes").code == 0
    run("rename", "4003", "--name", "Chidi Eze", "--email", "chidi.eze@acme.example")
    assert "stands in no file" not in run("plan").out
    assert run("apply", "--yes").code == 0
    assert "stands in no file" not in run("plan").out
