"""The workflows from a customer's repository: every `run:` in order, with GitHub stood in for."""

import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.pipelines import customer
from tests.pipelines.customer import PEOPLE, Customer, agent
from tests.pipelines.runner import BOT

ANA, BO, CY = agent("Ana Diaz", 4001), agent("Bo Chen", 4002), agent("Cy Okafor", 4003)


@pytest.fixture
def acme(tmp_path: Path) -> Iterator[Customer]:
    made = customer.make(tmp_path, reviewed=frozenset({"replanned-acme"}))
    yield made
    for running in made.tenants.values():
        running.stop()


def users(acme: Customer, tenant: str = "acme") -> dict[str, dict[str, Any]]:
    """Whom the tenant has, by extension."""
    running = acme.tenants[tenant]
    bearer = {"Authorization": f"Bearer {running.tokens['admin']}"}
    answer = requests.get(f"{running.url}/Users?count=100", headers=bearer, timeout=10).json()
    key = "urn:ietf:params:scim:schemas:extension:ccaas:2.0:Agent"
    return {user[key]["extension"]: user for user in answer.get("Resources", [])}


def change_by_hand(acme: Customer, extension: str, name: str, tenant: str = "acme") -> None:
    running = acme.tenants[tenant]
    bearer = {"Authorization": f"Bearer {running.tokens['admin']}"}
    user = users(acme, tenant)[extension]
    operation = {"op": "replace", "path": "displayName", "value": name}
    schema = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
    answer = requests.patch(
        f"{running.url}/Users/{user['id']}",
        json={"schemas": [schema], "Operations": [operation]},
        headers=bearer,
        timeout=10,
    )
    assert answer.status_code < 300, answer.text


def merge(acme: Customer, branch: str, files: dict[str, str]) -> Any:
    """Open, plan and merge a pull request; return the run of the push."""
    number = acme.hub.open_pull(branch, files)
    check, plan = acme.runner.pull_request(number)
    assert (check.conclusion, plan.conclusion) == ("success", "success"), check.log + plan.log
    (pushed,) = acme.runner.push(acme.hub.merge(number))
    return pushed


def codes_of(run: Any, job: str) -> list[int]:
    """The exit codes of the reconciler in every job of this name."""
    end = f"/{job}: Run the step"
    return [code for name, code in run.codes.items() if name.endswith(end)]


def merge_long_ago(acme: Customer, days: int, *agents: str) -> None:
    """Have a commit on the default branch that, as far as anybody knows, was applied then."""
    for secrets in acme.runner.environments.values():
        secrets.pop("RECONCILER_LEDGER", None)
    commit = acme.hub.commit(acme.team(*agents), "Long ago")
    acme.hub.push("main")
    at = (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="seconds")
    applied = json.dumps({"commit": commit, "at": at})
    number = next(run.number for run in acme.runner.runs if run.event == "push")
    acme.hub.upload(number, "applied-acme", {"applied.json": applied.encode()})


def bo_until(days: int) -> str:
    """Bo, whose last working day was so many days ago."""
    return agent("Bo Chen", 4002, f", until: {(datetime.now(UTC) - timedelta(days=days)).date()}")


def plant(acme: Customer, kind: str, **item: Any) -> None:
    """Somebody else's comment or issue that begins as the bot's do."""
    kept = acme.hub.kept
    kept[kind].append(item)
    acme.hub.store(kept)


def test_from_the_pull_request_to_drift_that_is_closed(acme: Customer) -> None:
    somebody = {"login": "mallory", "type": "Bot"}
    body = "<!-- reconciler: plan acme -->\nmine"
    plant(acme, "comments", id=1, on=1, user=somebody, body=body)
    drift_marker = "<!-- reconciler: drift acme -->\nmine"
    plant(acme, "issues", number=1000, state="open", user=somebody, body=drift_marker)

    number = acme.hub.open_pull("$(id)", acme.team(ANA, BO))
    check, plan = acme.runner.pull_request(number)
    assert (check.conclusion, plan.conclusion) == ("success", "success"), check.log + plan.log
    acme.runner.pull_request(number)
    own = [each for each in acme.hub.kept["comments"] if each["user"]["login"] == BOT]
    assert [each["on"] for each in own] == [number], "one comment, updated in place"
    assert "uid=" not in acme.logs

    (pushed,) = acme.runner.push(acme.hub.merge(number))
    assert pushed.conclusion == "success", pushed.log
    assert sorted(users(acme)) == ["4001", "4002"]

    change_by_hand(acme, "4002", "Dee Novak")
    (night,) = acme.runner.schedule()
    assert night.conclusion == "success", night.log
    issues = [each for each in acme.hub.kept["issues"] if each["user"]["login"] == BOT]
    assert [(each["title"], each["state"]) for each in issues] == [("Drift in acme", "open")]

    change_by_hand(acme, "4002", "Bo Chen")
    (night,) = acme.runner.schedule()
    assert night.conclusion == "success", night.log
    mine, own_issue = acme.hub.kept["issues"]
    assert (mine["state"], mine["body"], own_issue["state"]) == ("open", drift_marker, "closed")
    assert acme.hub.kept["comments"][0]["body"] == body

    for person in PEOPLE:
        assert person not in acme.hub.everything_shared(), person
        assert person not in acme.logs, person


def test_what_falls_due_is_applied_at_night(acme: Customer) -> None:
    """Without a ledger: which commit was applied when is what the artefact of that apply says."""
    assert merge(acme, "add", acme.team(ANA, BO)).conclusion == "success"
    merge_long_ago(acme, 4, ANA, bo_until(2))
    (night,) = acme.runner.schedule()
    assert night.conclusion == "success", night.log
    assert users(acme)["4002"]["active"] is False
    assert acme.hub.kept["issues"] == []


def test_what_is_more_than_due_stops_and_is_posted(acme: Customer) -> None:
    assert merge(acme, "add", acme.team(ANA, BO)).conclusion == "success"
    merge_long_ago(acme, 4, ANA, bo_until(2))
    change_by_hand(acme, "4001", "Dee Novak")
    (night,) = acme.runner.schedule()
    assert codes_of(night, "due[acme]") == [5], night.log
    assert users(acme)["4002"]["active"] is True
    assert {each["title"] for each in acme.hub.kept["issues"]} == {
        "Due work of acme",
        "Drift in acme",
    }
    for person in PEOPLE:
        assert person not in acme.hub.everything_shared() + night.log + night.summary, person


def test_without_a_record_that_can_be_read_due_work_cannot_be_told(acme: Customer) -> None:
    """The difference that a date made is called so, and nobody is said to have made it by hand."""
    assert merge(acme, "add", acme.team(ANA, BO)).conclusion == "success"
    merge_long_ago(acme, 4, ANA, bo_until(2))
    kept = acme.hub.kept
    for artefact in kept["artifacts"]:
        artefact["expired"] = True
    acme.hub.store(kept)
    (night,) = acme.runner.schedule()
    assert codes_of(night, "due[acme]") == [7], night.log
    assert "the artefact applied-acme has expired" in night.log
    (issue,) = acme.hub.kept["issues"]
    assert "3 differences" in issue["body"]
    assert "by hand" not in issue["body"]


def test_what_was_merged_and_waits_is_pending_at_night_not_drift(acme: Customer) -> None:
    assert merge(acme, "add", acme.team(ANA, BO)).conclusion == "success"
    before = acme.hub.tip("main")
    acme.hub.commit(acme.team(ANA, BO, CY), "Pushed straight")
    acme.hub.push("main")
    (pushed,) = acme.runner.push(acme.hub.pushed("main", before, acme.hub.tip("main")))
    assert pushed.conclusion == "waiting"
    (night,) = acme.runner.schedule()
    assert night.conclusion == "success", night.log
    assert acme.hub.kept["issues"] == []


@pytest.mark.parametrize("has_ledger", [True, False])
def test_whose_entry_went_with_a_failed_apply_is_named_by_the_next(
    acme: Customer, has_ledger: bool
) -> None:
    for secrets in acme.runner.environments.values():
        if not has_ledger:
            secrets.pop("RECONCILER_LEDGER", None)
    assert merge(acme, "add", acme.team(ANA, BO)).conclusion == "success"
    writer = acme.runner.environments["apply-acme"]
    token, writer["RECONCILER_TOKEN"] = writer["RECONCILER_TOKEN"], "a-revoked-token"
    failed = merge(acme, "leave", acme.team(ANA))
    assert codes_of(failed, "apply") == [7], failed.log
    writer["RECONCILER_TOKEN"] = token
    pushed = merge(acme, "join", acme.team(ANA, CY))
    assert codes_of(pushed, "apply") == [0], pushed.log
    assert "stands in no file now and keeps what the tenant has" in pushed.log


def test_a_commit_without_an_approved_plan_is_not_applied(acme: Customer) -> None:
    before = acme.hub.tip("main")
    acme.hub.commit(acme.team(ANA, BO), "Pushed straight")
    acme.hub.push("main")
    (pushed,) = acme.runner.push(acme.hub.pushed("main", before, acme.hub.tip("main")))
    assert pushed.conclusion == "waiting"
    assert codes_of(pushed, "apply") == [5]
    assert users(acme) == {}
    released = acme.runner.release(pushed, "replanned-acme")
    assert "success" in released.results.values()
    assert sorted(users(acme)) == ["4001", "4002"]


def test_a_forks_pull_request_is_validated_and_gets_no_secret(acme: Customer) -> None:
    number = acme.hub.open_pull("fork", acme.team(ANA, BO), fork="mallory/contact-centre")
    check, after = acme.runner.pull_request(number)
    assert check.conclusion == "success", check.log
    assert after.results.get("tenants/plan/plan[acme]") is None
    assert acme.hub.kept["comments"] == []
    assert acme.hub.kept["artifacts"] == []


def test_a_pull_request_cannot_send_the_token_to_a_host_of_its_own(acme: Customer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.2)
        port = listening.getsockname()[1]
        block = f"name: acme, provider: scim, url: 'http://127.0.0.1:{port}'"
        text = f"tenant: {{{block}, token_env: RECONCILER_TOKEN}}\n"
        files = {"desired-state/tenant.yaml": text}
        _, plan = acme.runner.pull_request(acme.hub.open_pull("elsewhere", files))
        assert codes_of(plan, "plan[acme]") == [0], plan.log
        with pytest.raises(TimeoutError):
            listening.accept()


def test_an_invalid_pull_request_is_annotated_and_says_so(acme: Customer) -> None:
    twice = acme.team(ANA, agent("Bo Chen", 4001))
    check, plan = acme.runner.pull_request(acme.hub.open_pull("twice", twice))
    assert check.conclusion == "failure"
    assert "::error file=desired-state/team.yaml" in check.log
    assert codes_of(plan, "plan[acme]") == [1]
    (comment,) = acme.hub.kept["comments"]
    assert "could not be made" in comment["body"]
    assert acme.hub.kept["artifacts"][0]["name"] == "plan-acme"
    for person in PEOPLE:
        assert person not in acme.hub.everything_shared() + acme.logs, person


def test_a_second_pull_request_of_the_head_approves_nothing(acme: Customer) -> None:
    """Onto a branch whose own workflow makes a record: that run is not the default branch's."""
    number = acme.hub.open_pull("change", acme.team(ANA, BO))
    head = acme.hub.pull(number)["head"]["sha"]
    run = acme.hub.begin_run("pull_request", "change", head, ".github/workflows/reconciler.yml")
    forged = {"format_version": "1.0", "tenant": "acme", "digest": "sha256:0", "binding": {}}
    name = f"approval-acme-{head}"
    acme.hub.upload(run, name, {"approval.json": json.dumps(forged).encode()})
    (pushed,) = acme.runner.push(acme.hub.merge(number))
    assert codes_of(pushed, "apply") == [5], pushed.log
    assert users(acme) == {}
    assert "no plan of pull request 1 was approved" in pushed.log


def test_of_two_jobs_at_once_the_second_writes_nothing(acme: Customer, tmp_path: Path) -> None:
    number = acme.hub.open_pull("change", acme.team(ANA, BO))
    acme.runner.pull_request(number)
    from reconciler import pipeline
    from reconciler.model import Tenant

    url = acme.runner.environments["apply-acme"]["RECONCILER_LEDGER"]
    environment = pipeline.Environment({"RECONCILER_LEDGER": url}, tmp_path, datetime.now(UTC))
    tenant = Tenant("acme", "scim")
    with pipeline.open_ledger(tenant, environment) as ledger, ledger.lease("acme", "a test"):
        (pushed,) = acme.runner.push(acme.hub.merge(number))
    assert codes_of(pushed, "apply") == [6], pushed.log
    assert users(acme) == {}
