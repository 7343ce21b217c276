"""The embedded tenant's audit trail, as `drift` reads it: who did what, under today's addresses."""

from datetime import date
from pathlib import Path

import requests

from reconciler import providers, sandbox
from reconciler.model import AuditEntry, Tenant
from reconciler.providers.sandbox import database
from tests.running import Run

TENANT = Tenant("acme", "sandbox", seed="acme")
USER = "urn:ietf:params:scim:schemas:core:2.0:User"


def trail(root: Path) -> tuple[AuditEntry, ...]:
    provider = providers.open(TENANT, environ={}, root=root, read_only=True)
    try:
        return provider.audit(provider.reader.read())  # type: ignore[attr-defined]  # Audited
    finally:
        provider.close()


def replace_email(root: Path, before: str, after: str) -> None:
    """As the supervisor, over SCIM."""
    with sandbox.start(database(root, "acme")) as running:
        headers = {"Authorization": f"Bearer {running.tokens['supervisor']}"}
        query = {"filter": f'userName eq "{before}"'}
        url = running.url + "/Users"
        (found,) = requests.get(url, query, headers=headers, timeout=30).json()["Resources"]
        body = {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "replace", "path": "userName", "value": after}],
        }
        answer = requests.patch(f"{url}/{found['id']}", json=body, headers=headers, timeout=30)
        assert answer.status_code in (200, 204), answer.text


def test_every_field_of_a_change_and_the_coming_of_the_whole_are_entries(tmp_path: Path) -> None:
    found = [entry for entry in trail(tmp_path) if entry.address == "agent/bo.chen@acme.example"]
    assert {"recording_mode", "licenses.voice", "queues.support", None} <= {e.path for e in found}
    assert {entry.actor for entry in found} == {"seed"}


def test_whoever_has_another_email_today_is_found_under_that(tmp_path: Path) -> None:
    trail(tmp_path)
    replace_email(tmp_path, "bo.chen@acme.example", "bo@acme.example")
    found = {e.path: e.actor for e in trail(tmp_path) if e.address == "agent/bo@acme.example"}
    assert found["email"] == "supervisor"
    assert found["recording_mode"] == "seed"
    assert not [entry for entry in trail(tmp_path) if "bo.chen" in entry.address]


def test_drift_says_who_added_what_stands_in_no_file(company: Path, run: Run) -> None:
    ran = run("drift", "--as-of", date(2026, 11, 24).isoformat(), "--format", "json")
    assert [item["actor"] for item in ran.json["unmanaged"]] == ["seed"]
    assert "added by seed" in run("drift", "--format", "text").out
    assert "added by seed" in run("drift", "--format", "markdown").out
