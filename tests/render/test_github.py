"""Annotations: on the line, escaped, and within what GitHub shows."""

from dataclasses import replace

from reconciler.diagnostics import Diagnostic, Position, Severity
from reconciler.render import github
from tests.render import made


def test_a_finding_lands_on_its_line_below_the_folder() -> None:
    assert github.diagnostics([made.WARNING], folder="desired-state") == (
        "::warning file=desired-state/agents/sales.yaml,line=3,col=5,"
        "title=license-without-membership::4011 Eli Roy has a license and is in no queue and has "
        "no skill -> add a queue or take the license away"
    )


def test_properties_and_messages_are_escaped() -> None:
    place = Position("a,b:c%.yaml", 1, 2)
    shown = github.diagnostics(
        [Diagnostic("x", Severity.ERROR, "50%\r\n::error::b", "", None, place)]
    )
    assert (
        shown == "::error file=a%2Cb%3Ac%25.yaml,line=1,col=2,title=x::50%25U+000DU+000A::error::b"
    )


def test_ten_of_a_type_are_shown_and_the_rest_is_counted() -> None:
    found = [replace(made.WARNING, position=Position("a.yaml", line, 1)) for line in range(1, 31)]
    lines = github.diagnostics(found).splitlines()
    assert len(lines) == 10
    assert lines[-1].endswith("::21 warnings more; see the whole report")
    assert len(github.diagnostics(found[:10]).splitlines()) == 10


def test_a_blocker_is_an_error_at_the_first_change_of_its_class() -> None:
    first = github.plan(made.small(), folder="desired-state").splitlines()[0]
    assert first.startswith("::error file=desired-state/agents/support.yaml,line=12,col=5,")
    assert "--allow agent.suspend=7" in first


def test_drift_is_a_warning_conflict_an_error_and_pending_a_notice() -> None:
    lines = github.drift(made.report()).splitlines()
    assert [line.split(" ")[0] for line in lines if "title=conflict" in line] == ["::error"]
    assert [line.split(" ")[0] for line in lines if "title=drift" in line] == ["::warning"] * 2
    assert [line.split(" ")[0] for line in lines if "title=pending" in line] == ["::notice"]


def test_a_failed_apply_is_an_error() -> None:
    lines = github.verdict(made.verdict()).splitlines()
    assert lines[0].startswith("::error title=Apply::1 applied, 1 failed")
    assert lines[1].startswith("::error title=failed::op-2")
