"""The whole life of a tenant on servers that nobody here wrote, judged by what they then hold.

What a server cannot do is a named expectation (`LACKS`), with its reason.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
import yaml

from tests.foreign import foreign_servers
from tests.foreign.foreign_servers import Foreign
from tests.running import Ran, Run

ANA, BO, EVA = "ana@acme.example", "bo@acme.example", "eva@acme.example"
NAMES = ("scim2-server", "django-scim2", "canaille", "scimmy")
LACKS: dict[str, dict[str, str]] = {
    "scim2-server": {},
    "django-scim2": {
        "extension": "the default adapter keeps no phone numbers, though /Schemas has them",
        "licenses": "the default adapter keeps no entitlements, though /Schemas has them",
        "preferred_name": "Django's user has no nickname",
    },
    "canaille": {
        "licenses": "its users have no entitlements",
        "preferred_name": "its users have no nickname",
    },
    "scimmy": {},
}
MORE = {
    "django-scim2": ", members: {remove: values}",  # a filter in the path is answered 501
}
HEAD = """
tenant: {{name: foreign, provider: scim, url: "{url}", token_env: RECONCILER_TOKEN_FOREIGN,
  mapping: {mapping}}}
queues: {{support: {{}}, billing: {{}}}}
policy: {{limits: {{license: {{remove: 9}}, membership: {{remove: 9}}, agent: {{suspend: 9}}}}}}
agents:
"""
Fact = dict[str, Any]


def person(email: str, name: str, number: str, licenses: str, queues: str, more: str = "") -> str:
    return (
        f'  - {{name: {name}, extension: "{number}", email: {email}, licenses: {licenses}, '
        f"queues: {queues}{more}}}\n"
    )


def fact(name: str, extension: str, licenses: list[str], queues: list[str]) -> Fact:
    here = {"active": True, "name": name, "extension": extension}
    return {**here, "licenses": licenses, "queues": queues}


BO_LEFT = {**fact("Bo Chen", "0400", [], []), "active": False}
STEPS: dict[str, tuple[list[str], dict[str, Fact]]] = {
    "create": (
        [
            person(ANA, "Ana Diaz", "0400", "[voice]", "[support, billing]"),
            person(BO, "Bo Chen", "4002", "[voice, web_chat]", "[support]"),
        ],
        {
            ANA: fact("Ana Diaz", "0400", ["voice"], ["billing", "support"]),
            BO: fact("Bo Chen", "4002", ["voice", "web_chat"], ["support"]),
        },
    ),
    "update, swap and memberships": (
        [
            person(ANA, "Ana Maria Diaz", "4002", "[voice, sms]", "[billing]"),
            person(BO, "Bo Chen", "0400", "[voice]", "[support]"),
            person(EVA, "Eva Ng", "4003", "[voice]", "[support]"),
        ],
        {
            ANA: fact("Ana Maria Diaz", "4002", ["sms", "voice"], ["billing"]),
            BO: fact("Bo Chen", "0400", ["voice"], ["support"]),
            EVA: fact("Eva Ng", "4003", ["voice"], ["support"]),
        },
    ),
    "key move": (
        [
            person(ANA, "Ana Maria Diaz", "4002", "[voice, sms]", "[billing]"),
            person(BO, "Bo Chen", "0400", "[voice]", "[support]"),
            person(
                "eva.ng@acme.example",
                "Eva Ng",
                "4003",
                "[voice]",
                "[support]",
                f", previously: {{email: {EVA}}}",
            ),
        ],
        {
            ANA: fact("Ana Maria Diaz", "4002", ["sms", "voice"], ["billing"]),
            BO: fact("Bo Chen", "0400", ["voice"], ["support"]),
            "eva.ng@acme.example": fact("Eva Ng", "4003", ["voice"], ["support"]),
        },
    ),
}
MOVED = STEPS["key move"]
STEPS["suspend"] = (
    [
        MOVED[0][0],
        person(BO, "Bo Chen", "0400", "[voice]", "[support]", ", until: 2020-01-31"),
        MOVED[0][2],
    ],
    {**MOVED[1], BO: BO_LEFT},
)
STEPS["restore"] = MOVED


class Tenant:
    """A foreign server, and files for it."""

    def __init__(self, server: Foreign, folder: Path, run: Run) -> None:
        self.server, self.folder, self.run = server, folder, run

    def apply(self, entries: list[str]) -> Ran:
        lacks = "".join(f"{name}: none, " for name in LACKS[self.server.name])
        more = MORE.get(self.server.name, "")
        mapping = f"{{from: core, agent: {{{lacks}phone: unobserved}}{more}}}"
        self.folder.mkdir(exist_ok=True)
        text = HEAD.format(url=self.server.url, mapping=mapping) + "".join(entries)
        (self.folder / "all.yaml").write_text(text)
        return self.run("apply", "--yes")

    def _listed(self, name: str) -> list[Any]:
        request = Request(f"{self.server.url}/{name}")
        request.add_header("Authorization", f"Bearer {self.server.token}")
        with urlopen(request) as answer:
            found: list[Any] = json.load(answer).get("Resources", [])
        return found

    def facts(self) -> dict[str, Fact]:
        """What the server holds, by e-mail, as it says itself."""
        users, groups = self._listed("Users"), self._listed("Groups")
        return {
            user["userName"].lower(): {
                "active": user.get("active", True),
                "name": user.get("displayName") or user["name"].get("formatted"),
                "extension": next((p["value"] for p in user.get("phoneNumbers") or ()), None),
                "licenses": sorted(e["value"] for e in user.get("entitlements") or ()),
                "queues": sorted(
                    group["displayName"]
                    for group in groups
                    for member in group.get("members") or ()
                    if member["value"] in (user["id"], user["userName"])
                ),
            }
            for user in users
        }

    def expected(self, facts: dict[str, Fact]) -> dict[str, Fact]:
        lacks = LACKS[self.server.name]
        return {
            email: {name: value for name, value in found.items() if name not in lacks}
            for email, found in facts.items()
        }


@pytest.fixture(params=NAMES)
def tenant(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    run: Run,
) -> Iterator[Tenant]:
    base = tmp_path_factory.getbasetemp()
    cache = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "foreign"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RECONCILER_TOKEN_FOREIGN", "token-of-a-test")
    with foreign_servers.running(request.param, cache, tmp_path) as server:
        yield Tenant(server, tmp_path / "desired-state", run)


def test_a_tenant_lives_its_whole_life(tenant: Tenant) -> None:
    for step, (entries, facts) in STEPS.items():
        ran = tenant.apply(entries)
        assert ran.code == 0, (step, ran.out, ran.err)
        expected = tenant.expected(facts)
        held = tenant.expected(tenant.facts())
        assert held == expected, (step, ran.out, ran.err)
        again = tenant.run("plan", "--format", "json")
        assert again.json["changes"] == [], step
        assert tenant.run("drift").code == 0, step


def test_what_a_hand_changed_is_drift(tenant: Tenant) -> None:
    tenant.apply(STEPS["create"][0])
    user = next(user for user in tenant._listed("Users") if user["userName"] == ANA)
    user["active"] = False
    request = Request(f"{tenant.server.url}/Users/{user['id']}", method="PUT")
    request.add_header("Authorization", f"Bearer {tenant.server.token}")
    request.add_header("Content-Type", "application/scim+json")
    with urlopen(request, json.dumps(user).encode()):
        pass
    ran = tenant.run("drift", "--format", "json")
    assert ran.code == 2
    assert "active" in [item["path"] for item in ran.json["items"]]


def test_an_export_is_what_the_server_holds(tenant: Tenant) -> None:
    tenant.apply(STEPS["create"][0])
    out = tenant.folder.parent / "out"
    assert tenant.run("export", out).code == 0
    agents = [
        agent
        for file in sorted(out.rglob("*.yaml"))
        for agent in (yaml.safe_load(file.read_text()) or {}).get("agents", [])
    ]
    facts = tenant.facts()
    assert {agent["email"] for agent in agents} == facts.keys()
    for agent in agents:
        held = facts[agent["email"]]
        assert sorted(agent.get("queues", [])) == held["queues"]
        assert agent.get("name") == held["name"]
