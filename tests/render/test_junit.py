"""JUnit XML: the shape that test reports read, whatever the names are."""

from dataclasses import replace
from xml.etree import ElementTree

import pytest

from reconciler.diagnostics import Diagnostic, Position, Severity
from reconciler.model import DriftClass
from reconciler.render import junit
from tests.render import hostile, made

ATTRIBUTES = {
    "testsuites": {"name"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped", "time"},
    "testcase": {"classname", "name", "time"},
    "failure": {"message", "type"},
    "skipped": set(),
    "system-out": set(),
}
CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"testcase"},
    "testcase": {"failure", "skipped", "system-out"},
}
"""What the schemas of Jenkins, of Ant and of GitLab's parser have in common."""


def parsed(text: str) -> ElementTree.Element:
    """Return the one suite, after a look at the shape of everything."""
    root = ElementTree.fromstring(text.encode())
    assert root.tag == "testsuites"
    for element in root.iter():
        assert set(element.attrib) == ATTRIBUTES[element.tag]
        assert {child.tag for child in element} <= CHILDREN.get(element.tag, set())
    [suite] = root
    cases = list(suite)
    assert suite.attrib["tests"] == str(len(cases))
    for tag, key in (("failure", "failures"), ("skipped", "skipped")):
        assert suite.attrib[key] == str(sum(case.find(tag) is not None for case in cases))
    return suite


def cases(text: str) -> dict[str, ElementTree.Element]:
    return {case.attrib["name"]: case for case in parsed(text)}


def test_an_error_fails_at_its_place_and_a_warning_passes() -> None:
    error = Diagnostic(
        "dangling-reference",
        Severity.ERROR,
        "no file declares queue/suport",
        hint="did you mean support?",
        position=Position("agents.yaml", 3, 5),
    )
    warning = replace(error, severity=Severity.WARNING, summary="be careful")
    found = cases(junit.diagnostics([error, warning], folder="desired-state"))
    failure = found["desired-state/agents.yaml:3: no file declares queue/suport"].find("failure")
    assert failure is not None
    assert "did you mean support?" in (failure.text or "")
    passed = found["desired-state/agents.yaml:3: be careful"]
    assert passed.find("failure") is None
    assert found["1 error in the files"].find("failure") is not None


def test_valid_files_are_one_case_that_passed() -> None:
    [(name, case)] = cases(junit.diagnostics([])).items()
    assert name == "0 errors in the files"
    assert case.find("failure") is None


def test_a_blocked_plan_fails_and_its_changes_are_cases() -> None:
    document = replace(made.small(), applyable=False)
    suite = parsed(junit.plan(document, folder="desired-state"))
    names = [case.attrib["name"] for case in suite]
    changes = [c for c in document.changes if str(c.action) != "no-op"]
    assert len(changes) > 1
    for change in changes:
        assert f"{change.action} {change.address} {change.label}" in names
    failures = [case.attrib["classname"] for case in suite if case.find("failure") is not None]
    assert sorted(failures) == ["reconciler.guards", "reconciler.guards", "reconciler.plan"]


def test_drift_fails_and_what_waits_is_skipped() -> None:
    report = made.report()
    suite = parsed(junit.drift(report))
    by_result = {
        tag: {case.attrib["classname"] for case in suite if case.find(tag) is not None}
        for tag in ("failure", "skipped")
    }
    classes = {item.drift for item in report.items}
    assert {DriftClass.DRIFT, DriftClass.PENDING} <= classes
    assert "reconciler.drift" in by_result["failure"]
    assert "reconciler.pending" in by_result["skipped"]


@pytest.mark.parametrize("name", hostile.NAMES.values(), ids=hostile.NAMES)
def test_any_name_is_well_formed(name: str) -> None:
    odd = Diagnostic("odd", Severity.ERROR, f"no {name}", name, position=Position(name, 1, 1))
    parsed(junit.diagnostics([odd], folder=name))
    parsed(junit.plan(hostile.plan(name)))
    parsed(junit.drift(hostile.report(name)))
