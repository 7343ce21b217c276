"""Documented and legal habits of SCIM services: nothing false is said, whatever a service does.

Each habit is a variation of one server (`habits`), and every claim is judged by its store.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.providers import habits, servers
from tests.running import Ran, Run

ANA, BO, EVA = "ana@acme.example", "bo@acme.example", "eva@acme.example"
HEAD = """
tenant:
  name: odd
  provider: scim
  url: "{url}"
  token_env: RECONCILER_TOKEN_ODD
queues: {{support: {{}}, billing: {{}}}}
policy: {{limits: {{license: {{remove: 9}}, membership: {{remove: 9}}, agent: {{suspend: 9}}}}}}
agents:
"""
ENTRY = (
    '  - {{name: {name}, extension: "{number}", email: {email}, licenses: {licenses}, '
    "queues: {queues}{more}}}\n"
)


def person(email: str, name: str, number: str, licenses: str, queues: str, more: str = "") -> str:
    return ENTRY.format(
        email=email, name=name, number=number, licenses=licenses, queues=queues, more=more
    )


FIRST = [
    person(ANA, "Ana Diaz", "0400", "[voice]", "[support, billing]"),
    person(BO, "Bo Chen", "4002", "[voice, web_chat]", "[support]"),
]
SECOND = [
    person(ANA, "Ana Maria Diaz", "4002", "[voice, sms]", "[billing]"),
    person(BO, "Bo Chen", "0400", "[voice]", "[support]"),
    person(EVA, "Eva Ng", "4003", "[voice]", "[support]"),
]
THIRD = [
    SECOND[0],
    person(BO, "Bo Chen", "0400", "[voice]", "[support]", ", until: 2020-01-31"),
    SECOND[2],
]
GONE = {"active": False, "name": "Bo Chen", "extension": "0400", "licenses": [], "queues": []}
HERE = {"active": True}
EXPECTED: list[tuple[list[str], dict[str, dict[str, Any]]]] = [
    (
        FIRST,
        {
            ANA: {
                **HERE,
                "name": "Ana Diaz",
                "extension": "0400",
                "licenses": ["voice"],
                "queues": ["billing", "support"],
            },
            BO: {
                **HERE,
                "name": "Bo Chen",
                "extension": "4002",
                "licenses": ["voice", "web_chat"],
                "queues": ["support"],
            },
        },
    ),
    (
        SECOND,
        {
            ANA: {
                **HERE,
                "name": "Ana Maria Diaz",
                "extension": "4002",
                "licenses": ["sms", "voice"],
                "queues": ["billing"],
            },
            BO: {
                **HERE,
                "name": "Bo Chen",
                "extension": "0400",
                "licenses": ["voice"],
                "queues": ["support"],
            },
            EVA: {
                **HERE,
                "name": "Eva Ng",
                "extension": "4003",
                "licenses": ["voice"],
                "queues": ["support"],
            },
        },
    ),
]
EXPECTED.append((THIRD, {**EXPECTED[1][1], BO: GONE}))


class Company:
    """A folder of files, a tenant with a habit, and the commands."""

    def __init__(self, folder: Path, tenant: habits.Tenant, run: Run) -> None:
        self.folder, self.tenant, self.run = folder, tenant, run

    def state(self, entries: list[str]) -> None:
        self.folder.mkdir(exist_ok=True)
        text = HEAD.format(url=self.tenant.url) + "".join(entries)
        (self.folder / "all.yaml").write_text(text)

    def apply(self, entries: list[str]) -> Ran:
        self.state(entries)
        return self.run("apply", "--yes")

    def facts(self) -> dict[str, dict[str, Any]]:
        found = self.tenant.facts()
        for person in found.values():
            person["licenses"] = sorted(name.lower() for name in person["licenses"])
        return found

    def plan(self) -> Any:
        ran = self.run("plan", "--format", "json")
        assert ran.code in (0, 4), ran.out + ran.err
        return ran.json

    def unobserved(self) -> set[str]:
        return {item["field"] for item in self.plan()["unobserved"]}


@pytest.fixture
def company(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> Iterator[Company]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RECONCILER_TOKEN_ODD", servers.TOKEN)
    with habits.running(request.param) as tenant:
        yield Company(tmp_path / "desired-state", tenant, run)


WORKING = [name for name, habit in habits.HABITS.items() if not habit.refuses]
REFUSING = [name for name, habit in habits.HABITS.items() if habit.refuses]


@pytest.mark.parametrize("company", WORKING, indirect=True)
def test_the_store_is_as_the_files_say_and_a_second_plan_is_empty(company: Company) -> None:
    for entries, expected in EXPECTED:
        ran = company.apply(entries)
        assert company.facts() == expected, ran.out + ran.err
        assert ran.code == 0, ran.out + ran.err
        again = company.plan()
        assert again["changes"] == []
        drift = company.run("drift")
        assert drift.code == 0, drift.out


@pytest.mark.parametrize("company", REFUSING, indirect=True)
def test_what_a_service_does_not_do_is_never_called_done(company: Company) -> None:
    company.apply(EXPECTED[0][0])
    ran = company.apply(EXPECTED[1][0])
    assert ran.code == 3
    assert company.tenant.habit.refuses in ran.out + ran.err
    assert "Traceback" not in ran.out + ran.err


@pytest.mark.parametrize("company", WORKING, indirect=True)
def test_what_a_hand_does_is_seen_or_said_to_be_unobserved(company: Company) -> None:
    company.apply(FIRST)
    user = company.tenant.user(ANA)
    user["active"] = "False" if isinstance(user.get("active"), str) else False
    for group in company.tenant.tables["Groups"].values():
        group["members"] = [m for m in group.get("members", []) if m["value"] != user["id"]]
    ran = company.run("drift", "--format", "json")
    seen = {item["path"] for item in ran.json["items"] if item["path"]}
    whole = {item["address"] for item in ran.json["items"] if item["path"] is None}
    unobserved = {item["field"] for item in ran.json["unobserved"]}
    if f"agent/{ANA}" not in whole:
        assert "active" in seen | unobserved
        assert seen & {"queues.support", "queues.billing"} or "queues" in unobserved


@pytest.mark.parametrize("company", WORKING, indirect=True)
def test_at_first_contact_a_leaver_is_out_of_everything_or_nobody_says_so(company: Company) -> None:
    """The ledger knows nothing, and Bo is in a queue, licensed and signed in."""
    company.apply(EXPECTED[1][0])
    for file in (company.folder.parent / ".reconciler").iterdir():
        file.unlink()
    ran = company.apply(EXPECTED[2][0])
    facts = company.facts()[BO]
    if ran.code == 0:
        assert not facts["active"]
        hidden = company.unobserved()
        assert not facts["queues"] or "queues" in hidden
        assert not facts["licenses"] or "licenses" in hidden


@pytest.mark.parametrize("company", WORKING, indirect=True)
def test_an_export_says_nothing_that_the_store_contradicts(company: Company) -> None:
    import yaml

    company.apply(FIRST)
    out = company.folder.parent / "out"
    assert company.run("export", out).code == 0
    found: dict[str, Any] = {}
    for file in out.rglob("*.yaml"):
        for agent in (yaml.safe_load(file.read_text()) or {}).get("agents", []):
            found[agent["email"]] = agent
    for email, facts in company.facts().items():
        agent = found[email]
        assert agent.get("active", True) == facts["active"]
        if "queues" in agent:
            assert sorted(agent["queues"]) == facts["queues"]
        if "licenses" in agent:
            assert sorted(agent["licenses"]) == facts["licenses"]
        if "extension" in agent:
            assert str(agent["extension"]) == facts["extension"]
        assert agent.get("name", facts["name"]) == facts["name"]
