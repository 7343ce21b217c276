"""JSON: versioned, valid by our schemas, and read back as what it was."""

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from reconciler import drift, planfile
from reconciler.model import Verdict
from reconciler.render import document, redact
from tests.render import hostile, made

SCHEMAS = Path(__file__).parents[2] / "schemas"
SCHEMA = json.loads((SCHEMAS / "drift.schema.json").read_text(encoding="utf-8"))
VERDICT = json.loads((SCHEMAS / "verdict.schema.json").read_text(encoding="utf-8"))
REPORTS = {
    "three-way": made.report(),
    "attested": made.known_report(),
    "two-way": made.report(base=None, complete=False),
    "nothing": made.report((), unmanaged=(), unobserved=(), diagnostics=()),
    "redacted": redact.drift(made.report()),
    **{name: hostile.report(value) for name, value in hostile.NAMES.items() if name != "surrogate"},
}


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_a_drift_report_is_valid_by_its_schema(report: made.DriftReport) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(document.drift(report)))


VERDICTS = {
    "failed": made.verdict(),
    "attested": made.known_verdict(),
    "left": replace(made.known_verdict(), converged=False, left=made.KNOWN_CHANGES),
}


@pytest.mark.parametrize("verdict", VERDICTS.values(), ids=VERDICTS)
def test_a_verdict_is_valid_by_its_schema(verdict: Verdict) -> None:
    jsonschema.Draft202012Validator.check_schema(VERDICT)
    jsonschema.Draft202012Validator(VERDICT).validate(json.loads(document.verdict(verdict)))


def test_every_key_is_in_its_schema() -> None:
    report = json.loads(document.drift(made.known_report()))
    assert set(report) == set(SCHEMA["properties"])
    assert set(report["items"][0]) == set(SCHEMA["$defs"]["item"]["properties"])
    assert set(report["grades"][0]) == set(SCHEMA["$defs"]["graded"]["properties"])
    assert set(report["items"][0]["word"]) == set(SCHEMA["$defs"]["word"]["properties"])
    verdict = json.loads(document.verdict(VERDICTS["left"]))
    assert set(verdict) == set(VERDICT["properties"])


def test_a_word_says_its_grade_who_and_when() -> None:
    attested, unseen = json.loads(document.drift(made.known_report()))["items"]
    assert attested["word"] == {
        "grade": "attested",
        "by": "ana",
        "at": "2026-11-12T09:00:00Z",
        "source": "attested",
    }
    assert unseen["word"] == {
        "grade": "unobserved",
        "by": "origin/main",
        "at": None,
        "source": "base",
    }


def test_a_report_says_which_version_made_it() -> None:
    assert json.loads(document.drift(made.report()))["tool_version"] == "0.1.0"


def test_where_the_tenant_shows_all_no_document_speaks_of_grades() -> None:
    for shown in (document.drift(made.report()), document.verdict(made.verdict())):
        assert "grades" not in shown
        assert "word" not in shown


def test_the_next_report_finds_in_it_when_each_item_was_first_seen(tmp_path: Path) -> None:
    file = tmp_path / "drift.json"
    file.write_text(document.drift(made.report()), encoding="utf-8")
    seen = drift.previous(file)
    assert seen == {f"{made.ANA} recording_mode": made.CLOCK}


def test_a_plan_document_reads_back_as_the_plan(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    file.write_text(document.plan(made.small()), encoding="utf-8")
    assert planfile.text(planfile.read(file)) == planfile.text(made.small())


def test_every_document_has_a_version() -> None:
    for shown in (
        document.drift(made.report()),
        document.diagnostics([made.WARNING]),
        document.verdict(made.verdict()),
    ):
        assert json.loads(shown)["format_version"] == "1.0"
    assert json.loads(document.plan(made.small()))["format_version"] == "1.1"


def test_a_diagnostic_keeps_its_place_and_hint() -> None:
    assert json.loads(document.diagnostics([made.WARNING]))["diagnostics"] == [
        {
            "rule": "license-without-membership",
            "severity": "warning",
            "address": "agent/eli@acme.example",
            "file": "agents/sales.yaml",
            "line": 3,
            "column": 5,
            "summary": made.WARNING.summary,
            "hint": made.WARNING.hint,
        }
    ]


def test_a_verdict_tells_each_operation_and_what_is_left() -> None:
    found = json.loads(document.verdict(made.verdict()))
    assert found["converged"] is False
    assert found["summary"]["failed"] == 1
    assert found["outcomes"][1]["because"] == "409: 4001 is taken"
    assert [change["address"] for change in found["left"]] == [made.ANA, made.BO]
