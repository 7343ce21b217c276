"""`plan --approval` and `apply DIR --approval`: derive again, and compare by digest."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reconciler import planfile
from reconciler.errors import StalePlanError
from reconciler.planfile import approval
from tests.running import Run


@pytest.fixture
def record(company: Path, run: Run) -> Path:
    assert run("plan", "--approval", "approval.json").code == 0
    return company / "approval.json"


def edit(company: Path, before: str, after: str) -> None:
    place = company / "desired-state/agents/support.yaml"
    assert before in place.read_text()
    place.write_text(place.read_text().replace(before, after))


def test_what_was_approved_is_applied(record: Path, run: Run) -> None:
    ran = run("apply", "--yes", "--redact", "--approval", record)
    assert ran.code == 0, ran.err
    assert run("plan", "--detailed-exitcode").code == 0


def test_an_apply_that_is_redacted_shows_nobody(record: Path, run: Run) -> None:
    ran = run("apply", "--yes", "--redact", "--approval", record)
    assert "Bo Chen" not in ran.out + ran.err
    assert "acme.example" not in ran.out + ran.err
    assert "Person " in ran.out


@pytest.mark.parametrize("verb", ["plan", "drift", "apply"])
@pytest.mark.parametrize("shape", ["text", "json"])
def test_a_finding_that_stops_a_redacted_command_names_nobody(
    company: Path, run: Run, verb: str, shape: str
) -> None:
    edit(company, "name: Bo Chen", "name: Bo Chen\n    from: Bo Chen")
    shown, redacted = run(verb, "--format", shape), run(verb, "--format", shape, "--redact")
    assert (shown.code, redacted.code) == (1, 1)
    assert "Bo Chen" in shown.out + shown.err
    assert "Bo Chen" not in redacted.out + redacted.err
    assert "agents/support.yaml" in redacted.out + redacted.err


def test_an_explanation_is_not_offered_without_people(company: Path, run: Run) -> None:
    ran = run("plan", "--explain", "agent/4001", "--redact")
    assert ran.code == 64
    assert "--explain shows people as they are" in ran.err


def test_a_record_holds_nobody(record: Path) -> None:
    assert "@" not in record.read_text()
    assert "Bo Chen" not in record.read_text()


def test_an_edit_after_the_review_is_not_applied(record: Path, company: Path, run: Run) -> None:
    edit(company, "name: Bo Chen", "name: Bo Chen-Meyer")
    ran = run("apply", "--yes", "--approval", record)
    assert ran.code == 5
    assert "other changes than those that were approved" in ran.err
    assert "converged" not in ran.out


def test_what_is_there_already_needs_no_approval(record: Path, run: Run) -> None:
    assert run("apply", "--yes").code == 0
    assert run("apply", "--yes", "--approval", record).code == 0


def test_a_record_goes_with_a_folder(record: Path, run: Run) -> None:
    assert run("plan", "-o", "plan.json").code == 0
    assert run("apply", "plan.json", "--yes", "--approval", record).code == 64


@pytest.mark.parametrize(
    "content",
    [
        b"[]",
        b"{}",
        b"null",
        b"\xff\xfe",
        b"[" * 50_000,
        b'{"format_version": "9.0"}',
        b'"a text"',
        b"",
    ],
)
def test_anything_else_than_a_record_is_one_line(company: Path, run: Run, content: bytes) -> None:
    (company / "approval.json").write_bytes(content)
    ran = run("apply", "--yes", "--approval", "approval.json")
    assert ran.code == 5
    assert ran.err.strip().splitlines()[-1].startswith("reconciler: the approval cannot be read")


@pytest.mark.parametrize("name", ["tenant", "digest", "created_at", "expires_at", "binding"])
@pytest.mark.parametrize("value", [None, 7, [], {"a": 1}])
def test_a_record_with_another_type_of_value_is_none(record: Path, name: str, value: Any) -> None:
    document = json.loads(record.read_text()) | {name: value}
    with pytest.raises(StalePlanError):
        approval.parse(json.dumps(document).encode())


def test_a_record_survives_the_way_through_a_file(record: Path) -> None:
    read = approval.read(record).bound(head="abc", base="main")
    assert approval.parse(approval.text(read).encode()) == read


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tenant": "globex"}, "for tenant globex"),
        ({"digest": "sha256:0"}, "other changes"),
        ({"is_applyable": False}, "was blocked"),
        ({"expires_at": datetime(2020, 1, 1, tzinfo=UTC)}, "expired at 2020-01-01"),
    ],
)
def test_what_does_not_fit_is_refused(
    record: Path, run: Run, change: dict[str, Any], message: str
) -> None:
    assert run("plan", "-o", "plan.json").code == 0
    plan = planfile.read(Path("plan.json"))
    edited = replace(approval.read(record), **change)
    with pytest.raises(StalePlanError, match=message):
        approval.verify(edited, plan, plan.created_at)


def test_the_digest_of_the_changes_leaves_out_the_day_and_nothing_else(
    company: Path, run: Run
) -> None:
    assert run("plan", "-o", "plan.json").code == 0
    plan = planfile.read(Path("plan.json"))
    digest = planfile.changes_digest(plan)
    later = replace(plan, as_of=date(2030, 1, 1), expires_at=plan.expires_at + timedelta(days=9))
    assert planfile.changes_digest(later) == digest
    first = plan.changes[0]
    for other in (
        replace(plan, changes=plan.changes[1:]),
        replace(plan, changes=(replace(first, address="agent/9999"), *plan.changes[1:])),
        replace(plan, changes=(replace(first, fields=first.fields[1:]), *plan.changes[1:])),
        replace(plan, changes=(replace(first, live_id="another"), *plan.changes[1:])),
        replace(plan, changes=(replace(first, precondition="another"), *plan.changes[1:])),
        replace(plan, tenant=replace(plan.tenant, name="globex")),
        replace(plan, tenant=replace(plan.tenant, url="https://other.example")),
        replace(plan, select=("agent/9999",)),
    ):
        assert planfile.changes_digest(other) != digest
