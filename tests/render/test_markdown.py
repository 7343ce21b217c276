"""Markdown: risk and counts first, bounded, and every count right."""

import re

import pytest

from reconciler.model import Action
from reconciler.render import facts, markdown
from tests.render import made


def test_the_first_line_is_the_marker_of_the_tenant() -> None:
    shown = markdown.plan(made.small())
    assert shown.startswith("<!-- reconciler:plan:acme -->\n")
    assert markdown.drift(made.report()).startswith("<!-- reconciler:drift:acme -->\n")


def test_tenants_have_different_markers_whatever_their_names() -> None:
    names = ["acme", "acme-eu", "acme--eu", "acme eu", "-->", "é"]
    markers = {markdown.marker("plan", name) for name in names}
    assert len(markers) == len(names)
    assert all(re.fullmatch(r"<!-- reconciler:plan:[\w.]+ -->", found) for found in markers)


def test_counts_and_risk_stand_before_any_change() -> None:
    shown = markdown.plan(made.small())
    headline = shown.index("1 create, 2 update, 1 suspend, 1 restore, 1 delete")
    table = shown.index("| agent | 1 | 2 | 1 | 1 | 1 |")
    risk = shown.index("One person stops receiving support calls")
    blocked = shown.index("**Blocked**")
    assert headline < table < risk < blocked < shown.index("4013 Gus Ode")


def test_groups_are_collapsed_and_what_takes_away_comes_first() -> None:
    shown = markdown.plan(made.small())
    order = re.findall(r"<summary>[-+~] \d+ changes?: (\w+)</summary>", shown)
    assert order == ["delete", "suspend", "update", "restore", "create"]


def test_an_empty_plan_says_that_there_is_nothing_to_do() -> None:
    shown = markdown.plan(made.plan())
    assert "nothing to do" in shown
    assert "<details>" not in shown


@pytest.mark.parametrize("bound", [1_024, 4_096, 20_000, 65_536])
def test_two_thousand_changes_stay_under_the_bound_and_every_count_is_right(bound: int) -> None:
    plan = made.large(2_000)
    shown = markdown.plan(plan, max_bytes=bound, link="https://ci.example/run/1")
    assert len(shown.encode()) <= bound
    assert "2000 changes\\: 500 create, 1000 update, 500 suspend, 0 restore, 0 delete" in shown
    for section in re.findall(r"<details>.*?</details>", shown, re.DOTALL):
        if found := re.search(r"<summary>[-+~] (\d+) changes: (\w+)", section):
            cut = re.search(r"(\d+) more changes?, not shown here", section)
            assert int(found[1]) == facts.counts(plan.changes)[Action(found[2])]
            assert told(section) + (int(cut[1]) if cut else 0) == int(found[1])
    assert left_out(shown, "change") + told(shown) == 2_000
    assert "[The whole plan](https://ci.example/run/1)" in shown


def told(section: str) -> int:
    """How many changes the rows tell: alike ones by their number."""
    alike = sum(int(number) for number in re.findall(r"- \*\*(\d+) agents\*\* alike", section))
    single = len(re.findall(r"- \*\*\d+ Person[^\n]*agent/person", section))
    return alike + single


def left_out(shown: str, noun: str) -> int:
    found = re.search(rf"Left out to stay within the bound: [^\n]*?(\d+) {noun}s?\b", shown)
    return int(found[1]) if found else 0


def test_what_fits_is_not_cut() -> None:
    shown = markdown.plan(made.small())
    assert "Left out" not in shown
    assert "not shown here" not in shown


def test_every_section_shows_a_few_rows_before_one_shows_all() -> None:
    shown = markdown.plan(made.large(2_000))
    for section in re.findall(r"<details>.*?</details>", shown, re.DOTALL):
        assert re.search(r"^(?:- |\| \w)", section, re.MULTILINE)


def test_a_link_is_a_link_only_to_the_web() -> None:
    shown = markdown.plan(made.large(), link="javascript:alert(1)")
    assert "](javascript" not in shown
    shown = markdown.plan(made.large(), link="https://ci.example/a) b<c>")
    assert "](https://ci.example/a%29%20b%3Cc%3E)" in shown


def test_drift_names_the_class_the_sides_and_the_edit() -> None:
    shown = markdown.drift(made.report())
    assert "<summary>2 drift: changed in the tenant by hand</summary>" in shown
    assert "recording\\_mode\\: base automatic, files automatic, live disabled" in shown
    assert "to take it over\\: recording\\_mode\\: disabled" in shown


def test_alike_drift_is_one_row_with_its_count() -> None:
    from dataclasses import replace

    items = [
        replace(made.ITEMS[0], address=f"agent/a{at}@acme.example", label=f"4{at:03} A")
        for at in range(50)
    ]
    shown = markdown.drift(made.report(items))
    assert "**50 agents** alike" in shown
    assert shown.count("recording\\_mode\\: base") == 1


def test_diagnostics_and_verdicts_lead_with_their_counts() -> None:
    assert "**0 errors, 1 warning**" in markdown.diagnostics([made.WARNING])
    shown = markdown.verdict(made.verdict())
    assert "1 applied, 1 failed, 1 skipped" in shown
    assert "409\\: 4001 is taken" in shown
