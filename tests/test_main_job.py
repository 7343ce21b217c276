"""The main job: YAML in a folder, a running tenant, a plan, an apply, a drift report, an export."""

import sqlite3
from pathlib import Path

import pytest
import requests

from reconciler import sandbox
from tests.running import Run

AGENT = "urn:ietf:params:scim:schemas:extension:ccaas:2.0:Agent"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


def tenant_rows(company: Path) -> str:
    """Everything the embedded tenant holds, as text: equal before and after means no write."""
    database = next((company / ".reconciler").glob("*acme*.db"))
    with sqlite3.connect(database) as connection:
        return "\n".join(connection.iterdump())


def test_the_first_plan_shows_every_kind_of_difference(company: Path, run: Run) -> None:
    plan = run("plan", "--format", "json").json
    actions = {change["action"] for change in plan["changes"]}
    paths = {field["path"] for change in plan["changes"] for field in change["fields"]}
    assert {"create", "update"} <= actions
    assert any(path.startswith("licenses.") for path in paths)
    assert any(path.startswith(("queues.", "skills.")) for path in paths)
    assert any(item["unlisted"] for item in plan["unmanaged"])


def test_planning_writes_nothing(company: Path, run: Run) -> None:
    run("plan")
    before = tenant_rows(company)
    run("plan")
    run("drift")
    run("export", "out")
    assert tenant_rows(company) == before


def test_plan_apply_plan_again_is_empty(company: Path, run: Run) -> None:
    assert run("plan", "--detailed-exitcode").code == 2
    applied = run("apply", "--yes")
    assert applied.code == 0, applied.err + applied.out
    assert "converged" in applied.out
    again = run("plan", "--detailed-exitcode", "--format", "json")
    assert again.code == 0
    assert again.json["changes"] == []
    assert run("drift").code == 0


def test_a_saved_plan_is_applied_once(company: Path, run: Run) -> None:
    assert run("plan", "-o", "plan.json").code == 0
    assert run("apply", "plan.json", "--yes").code == 0
    again = run("apply", "plan.json", "--yes")
    assert again.code == 5
    assert "used" in again.err


def test_a_declined_prompt_writes_nothing(
    company: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("plan")
    before = tenant_rows(company)
    declined = run("apply")
    assert declined.code == 1
    assert "--yes" in declined.err
    assert tenant_rows(company) == before


def test_drift_names_what_somebody_changed_by_hand(company: Path, run: Run) -> None:
    run("apply", "--yes")
    database = next((company / ".reconciler").glob("*acme*.db"))
    tenant = sandbox.start(database)
    try:
        bearer = {"Authorization": f"Bearer {tenant.tokens['supervisor']}"}
        query = {"filter": 'userName eq "bo.chen@acme.example"'}
        found = requests.get(f"{tenant.url}/Users", params=query, headers=bearer, timeout=10)
        user = found.json()["Resources"][0]["id"]
        step = {"op": "replace", "path": f"{AGENT}:recordingMode", "value": "disabled"}
        patch = {"schemas": [PATCH], "Operations": [step]}
        changed = requests.patch(
            f"{tenant.url}/Users/{user}", json=patch, headers=bearer, timeout=10
        )
        assert changed.status_code in (200, 204)
    finally:
        tenant.stop()
    drift = run("drift", "--format", "json")
    assert drift.code == 2
    assert [(i["address"], i["path"], i["live"]) for i in drift.json["items"]] == [
        ("agent/bo.chen@acme.example", "recording_mode", "disabled")
    ]
    assert drift.json["items"][0]["class"] == "drift"
    assert run("plan", "--detailed-exitcode").code == 2
    before = (company / "desired-state/agents/support.yaml").read_text()
    assert run("drift", "--take", "agent/4002").code == 0
    after = (company / "desired-state/agents/support.yaml").read_text()
    assert len(after.splitlines()) - len(before.splitlines()) in (0, 1)
    assert run("plan", "--detailed-exitcode").code == 0


def test_an_export_validates_and_plans_to_nothing(company: Path, run: Run) -> None:
    run("plan")
    assert run("export", "exported").code == 0
    assert run("validate", "exported").code == 0
    plan = run("plan", "exported", "--detailed-exitcode", "--format", "json")
    assert plan.json["changes"] == []
    assert plan.code == 0


def test_an_export_twice_is_the_same_bytes(company: Path, run: Run) -> None:
    run("export", "one")
    run("export", "two")
    one, two = (
        {path.name: path.read_bytes() for path in (company / name).rglob("*.yaml")}
        for name in ("one", "two")
    )
    assert one == two
    assert one


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("plan", "nowhere"), 1),
        (("apply", "nowhere"), 1),
        (("drift", "nowhere"), 1),
        (("validate", "nowhere"), 1),
        (("show", "nowhere.json"), 1),
        (("plan", "--unknown"), 64),
        (("plan", "--allow", "agent.suspend"), 64),
        (("plan", "--as-of", "monday"), 64),
        (("unknown",), 64),
        (("plan", "desired-state", "more"), 64),
        (("plan", "--help"), 0),
        (("--version",), 0),
    ],
)
def test_exit_codes(company: Path, run: Run, arguments: tuple[str, ...], code: int) -> None:
    ran = run(*arguments)
    assert ran.code == code, ran.out + ran.err
    assert "Traceback" not in ran.err + ran.out


def test_history_tells_what_an_apply_did(company: Path, run: Run) -> None:
    assert run("history").code == 1
    run("apply", "--yes")
    listed = run("history", "--format", "json").json
    assert [item["converged"] for item in listed] == [True]
    one = run("history", listed[0]["id"])
    assert one.code == 0
    assert "applied" in one.out
    assert "converged as far as the tenant showed" in one.out
    assert "agent/nils.aalto@acme.example" in one.out
    assert run("history", "nothing-like-it").code == 1


def test_a_held_lease_is_exit_6_and_can_be_seen_and_released(company: Path, run: Run) -> None:
    from reconciler import ledger, load

    run("plan")
    tenant = load.tenant(company / "desired-state")
    assert tenant
    assert "nobody" in run("lock", "status").out
    kept = ledger.open_ledger(tenant, environ={}, root=company)
    with kept.lease(tenant.name, "somebody else's apply"):
        held = run("apply", "--yes")
        assert held.code == 6
        assert "somebody else's apply" in held.err
        assert "somebody else's apply" in run("lock", "status").out
        assert run("lock", "release").code == 1
        assert run("lock", "release", "--yes").out.strip() == "released"
    kept.close()
    assert run("apply", "--yes").code == 0


def test_nothing_is_written_once_the_lease_was_taken_away(company: Path, run: Run) -> None:
    from reconciler import errors, pipeline
    from reconciler.cli import apply, by_hand

    run("plan")
    before = tenant_rows(company)
    guide_options = by_hand.GuideOptions("sam", 0, company / "worksheet", company)
    how = apply.ApplyOptions(True, None, 8, True, "text", guide_options)
    how.stop.set()
    with pytest.raises(errors.LeaseHeldError, match="taken away"):
        apply._folder(company / "desired-state", pipeline.PlanOptions(), how)
    assert tenant_rows(company) == before


def test_one_record_is_explained_and_a_stranger_is_not(company: Path, run: Run) -> None:
    ran = run("plan", "--explain", "agent/4002", "--explain", "queue/support")
    assert ran.code == 0
    assert ran.out == (
        "agent/bo.chen@acme.example  4002 Bo Chen\n"
        '  Value of recording_mode changed from "manual" to "automatic".\n'
        "  in no file, left alone: cost_center\n"
        "queue/support\n"
        "  what both sides state is the same\n"
    )
    assert run("plan", "--explain", "agent/nobody").code == 1
