"""Xima's documented tenant API over the same database."""

import requests

from tests.sandbox.tenant import AGENT, Client, agent

AGENTS, SKILLS = "/rest/api/v1/agents", "/rest/api/v1/skills"


def test_licensed_agents_only_each_as_one_string(acme: Client) -> None:
    listed = acme.door("GET", AGENTS).json()["agents"]
    assert {"agent": "Ana Diaz(4001)", "type": "XIMA"} in listed
    assert {"agent": "Yara Haddad(2001)", "type": "UC"} in listed
    unlicensed = acme.get("/Users", filter=f'{AGENT}:extension eq "2025"')["Resources"][0]
    assert "entitlements" not in unlicensed
    assert not [item for item in listed if item["agent"].endswith("(2025)")]
    assert all(set(item) == {"agent", "type"} for item in listed)


def test_a_new_agent_appears_once_licensed(tenant: Client) -> None:
    body = agent("jj@acme.example", extension="104") | {"displayName": "John (JJ) Spector"}
    id_ = tenant.post("/Users", body).json()["id"]
    assert tenant.door("GET", AGENTS).json() == {"agents": []}
    license_ = {"op": "add", "path": "entitlements", "value": [{"value": "voice"}]}
    tenant.patch(f"/Users/{id_}", license_)
    listed = tenant.door("GET", AGENTS).json()["agents"]
    assert listed == [{"agent": "John (JJ) Spector(104)", "type": "XIMA"}]


def test_skill_groups_are_the_queues_and_the_skills(tenant: Client) -> None:
    tenant.add_target("Queue", "support")
    tenant.add_target("Skill", "spanish")
    listed = tenant.door("GET", SKILLS).json()
    assert listed == {"skills": [{"name": "spanish"}, {"name": "support"}]}


def test_the_answers_are_json(tenant: Client) -> None:
    for path in (AGENTS, SKILLS):
        assert tenant.door("GET", path).headers["Content-Type"] == "application/json"


def test_the_documented_statuses(tenant: Client) -> None:
    root = tenant.running.root
    assert requests.get(root + AGENTS, timeout=30).status_code == 401
    assert Client(tenant.running, "agent").door("GET", AGENTS).status_code == 403
    assert tenant.door("GET", "/rest/api/v1/users").status_code == 404


def test_nothing_can_be_written(tenant: Client) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert tenant.door(method, AGENTS, {}).status_code == 405
