"""SARIF: valid by the published schema and validator, and on the YAML line.

`sarif-2.1.0.json` is the schema as the npm package @microsoft/sarif-multitool-linux 5.7.0 ships it
(MIT, Microsoft Corporation).
"""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from reconciler import rules
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.render import sarif
from tests.render import hostile, made

SCHEMA = json.loads(Path(__file__).with_name("sarif-2.1.0.json").read_text(encoding="utf-8"))
LOGS = {
    "plan": sarif.plan(made.small(), folder="desired-state"),
    "empty plan": sarif.plan(made.plan()),
    "large plan": sarif.plan(made.large()),
    "drift": sarif.drift(made.report(), folder="desired-state"),
    "diagnostics": sarif.diagnostics([made.WARNING]),
    "nothing": sarif.diagnostics([]),
    **{f"hostile {name}": sarif.plan(hostile.plan(value)) for name, value in hostile.NAMES.items()},
}

VALIDATED = ("plan", "empty plan", "drift", "diagnostics", "hostile script", "hostile long")


def run(log: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(log)["runs"][0]
    return found


@pytest.mark.parametrize("log", LOGS.values(), ids=LOGS)
def test_a_log_is_valid_by_the_published_schema(log: str) -> None:
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(log))


def test_a_log_passes_the_published_validator(tmp_path: Path) -> None:
    tool = os.environ.get("RECONCILER_TEST_SARIF")
    if not tool:
        pytest.skip("RECONCILER_TEST_SARIF is not set; .ci/sarif installs the validator")
    files = []
    some = [log for name, log in LOGS.items() if name in VALIDATED]
    for number, log in enumerate(some):
        files.append(tmp_path / f"{number}.sarif")
        files[-1].write_text(log, encoding="utf-8")
    found = tmp_path / "found.sarif"
    subprocess.run(
        [tool, "validate", *map(str, files), "--output", str(found), "--level", "Error;Warning"],
        env={**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"},
        check=False,
        capture_output=True,
        timeout=120,
    )
    results = run(found.read_text(encoding="utf-8-sig"))["results"]
    assert [result for result in results if result.get("level") == "error"] == []


def test_drift_lands_on_the_line_that_states_the_field() -> None:
    first = run(LOGS["drift"])["results"][0]
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "desired-state/agents/support.yaml"
    assert place["region"] == {"startLine": 14, "startColumn": 5}
    assert first["ruleId"] == "drift"
    assert "live disabled" in first["message"]["text"]


def test_every_result_has_a_rule_that_is_described_and_a_place() -> None:
    for name in ("plan", "drift"):
        found = run(LOGS[name])
        described = found["tool"]["driver"]["rules"]
        for result in found["results"]:
            rule = described[result["ruleIndex"]]
            assert rule["id"] == result["ruleId"]
            assert len(rule["shortDescription"]["text"]) > 15
            assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]


def test_our_rules_are_described_by_their_docstrings() -> None:
    found = [Diagnostic(rule.ID, Severity.ERROR, "x") for rule in rules.OFFLINE]
    for rule in run(sarif.diagnostics(found))["tool"]["driver"]["rules"]:
        assert "Passes:" in rule["help"]["text"]


def test_a_fingerprint_stays_when_lines_move() -> None:
    from dataclasses import replace

    from reconciler.diagnostics import Position

    moved = replace(made.WARNING, position=Position("agents/sales.yaml", 99, 1))
    one, two = (run(sarif.diagnostics([found]))["results"][0] for found in (made.WARNING, moved))
    assert one["partialFingerprints"] == two["partialFingerprints"]
    other = replace(made.WARNING, address="agent/other@acme.example")
    three = run(sarif.diagnostics([other]))["results"][0]
    assert one["partialFingerprints"] != three["partialFingerprints"]


def test_levels_say_how_bad_it_is() -> None:
    levels = {r["ruleId"]: r["level"] for r in run(LOGS["drift"])["results"]}
    assert levels["drift-conflict"] == "error"
    assert levels["drift"] == "warning"
    assert levels["drift-pending"] == "note"
