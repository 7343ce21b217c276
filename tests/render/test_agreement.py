"""All renderings tell the same facts."""

import json
import re
from dataclasses import replace

import pytest

from reconciler import drift
from reconciler.diagnostics import Diagnostic, Position, Severity
from reconciler.model import Blocker, DriftClass, Plan
from reconciler.render import document, facts, github, html, markdown, sarif, text
from tests.render import made

PLANS = {"empty": made.plan(), "small": made.small(), "large": made.large()}


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_the_headline_is_the_same_everywhere(plan: Plan) -> None:
    headline = facts.headline(plan)
    assert headline in text.plan(plan)
    assert headline in text.plan(plan, detail=False)
    assert headline in markdown.plan(plan).replace("\\:", ":")
    assert headline in html.plan(plan)
    assert headline in github.plan(plan)
    assert headline in sarif.plan(plan)


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_counts_by_action_are_those_of_the_document(plan: Plan) -> None:
    changes = json.loads(document.plan(plan))["changes"]
    tiles = dict(re.findall(r"<dt>(\w+)</dt><dd>(\d+)</dd>", html.plan(plan)))
    for action, number in facts.counts(plan.changes).items():
        assert number == sum(change["action"] == action for change in changes)
        assert int(tiles[action]) == number
        assert f"{number} {action}" in text.plan(plan)
    assert html.plan(plan).count('<li class="change"') == len(changes)


def test_drift_counts_are_the_same_everywhere() -> None:
    report = made.report()
    headline = facts.drift_headline(report)
    assert headline in text.drift(report)
    assert headline in markdown.drift(report)
    assert headline in html.drift(report)
    assert headline in github.drift(report)
    assert headline in sarif.drift(report)
    assert json.loads(document.drift(report))["summary"] == {
        "conflict": 1,
        "drift": 2,
        "pending": 1,
        "due": 0,
    }


def test_what_is_due_is_told_everywhere_and_is_no_drift() -> None:
    report = made.report()
    items = tuple(replace(item, drift=DriftClass.DUE) for item in report.items[:2])
    due = replace(report, items=items)
    for render in (text, markdown, html, github, sarif):
        assert "2 due" in render.drift(due)
    assert json.loads(document.drift(due))["summary"]["due"] == 2
    assert facts.drifted(due) == 0
    assert not drift.has_drifted(due)
    assert {line.split(" ")[0] for line in github.drift(due).splitlines() if "due" in line} == {
        "::notice"
    }


def test_who_added_what_stands_in_no_file_is_told_everywhere() -> None:
    for render in (text, markdown, html, document, github, sarif):
        assert "Kit Moss" in render.drift(made.report())


def test_every_blocker_is_in_every_rendering() -> None:
    plan = made.small()
    for render in (text, markdown, html, github, sarif):
        assert "agent.suspend=7" in render.plan(plan)
        assert "queue/support is protected" in render.plan(plan)


def test_what_a_rule_stops_is_told_once_and_where_it_stands() -> None:
    found = Diagnostic(
        "no-safe-order",
        Severity.ERROR,
        "lacking a seat of sms",
        "add a seat",
        "agent/ana@acme.example",
        Position("agents/support.yaml", 41, 7),
    )
    stops = Blocker(found.rule, 1, 0, None, found.address, found.summary, found.hint)
    plan = made.plan(diagnostics=(found, made.WARNING), blockers=(stops,), applyable=False)
    for render in (text, markdown, html, github, sarif):
        shown = render.plan(plan)
        assert shown.count("add a seat") == 1
        assert shown.count("lacking a seat of sms") == 1
        assert "41" in shown
        assert "in no queue and has no skill" in shown


def test_a_rendering_is_the_same_twice() -> None:
    for render in (text, markdown, html, github, sarif, document):
        assert render.plan(made.small()) == render.plan(made.small())
        assert render.drift(made.report()) == render.drift(made.report())
