"""What `python -m tests.mutation` showed to have no test, one test for each."""

from pathlib import Path

import pytest

from reconciler import errors, planfile
from reconciler.model import Graph
from reconciler.ordering import Conflict
from tests.desired import read
from tests.make import desired, reading
from tests.test_planfile import plan
from tests.test_rules_live import ANA, TARGETS, VOICE, findings


def first_place(*texts: str) -> str:
    """The end of the only `duplicate-address` finding: where the first declaration is."""
    (summary,) = [d.summary for d in read(*texts).diagnostics if d.rule == "duplicate-address"]
    return summary.partition("; ")[2]


def test_the_first_declaration_of_a_range_is_named() -> None:
    text = "extension_ranges: {web: {purpose: webrtc_agent, range: 4000-4999}}"
    assert first_place(text, text).startswith("the first is at 1.yaml:1")


def test_the_first_tenant_block_is_named() -> None:
    assert first_place("tenant: {name: acme, provider: sandbox}").startswith("the first is at ")


def test_a_range_may_hold_one_number() -> None:
    files = read("extension_ranges: {web: {purpose: webrtc_agent, range: 4000-4000}}")
    assert "extension-range-overlap" not in files.rules


def test_a_plan_document_with_a_key_twice_is_refused(tmp_path: Path) -> None:
    """Readers of JSON disagree on which of the two counts."""
    text = planfile.text(plan()).replace('"plan_id"', '"blockers": [],\n  "plan_id"', 1)
    (tmp_path / "plan.json").write_text(text, "utf-8")
    with pytest.raises(errors.ReconcilerError, match="not a plan document"):
        planfile.read(tmp_path / "plan.json")


def test_nobody_is_said_to_be_left_out_of_a_set_that_is_named_whole() -> None:
    five = tuple(f"agent/{number}" for number in range(5))
    graph = Graph((), conflicts=(Conflict(five, "a seat of voice", (), ("add 5 seats",)),))
    (finding, *_) = findings(desired(ANA, *TARGETS), reading(ANA, *TARGETS, VOICE), graph=graph)
    assert " more" not in finding.summary


def test_a_pool_of_another_size_is_found_at_its_line() -> None:
    wanted = read("license_pools: {voice: {purchased: 1}}").desired
    (finding,) = [d for d in findings(wanted, reading(VOICE)) if d.rule == "purchased-differs"]
    assert str(finding.position).startswith("1.yaml:1:")


def test_what_the_tenant_does_not_have_is_found_at_the_line_that_gives_it() -> None:
    ana = "{name: Ana, email: ana@acme.example, extension: 4001, phone: webrtc, licenses: [sms]}"
    wanted = read(f"agents:\n- {ana}").desired
    (finding,) = [d for d in findings(wanted, reading(VOICE)) if " is given " in d.summary]
    assert str(finding.position).startswith("1.yaml:2:")
