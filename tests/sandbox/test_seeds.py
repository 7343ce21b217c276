"""Seeds start a tenant, through its own rules; the packaged one is out of sync on purpose."""

import json
from pathlib import Path

import pytest

from reconciler import sandbox
from reconciler.sandbox import seeding
from tests.sandbox.tenant import AGENT, Client


def extension_of(user: dict[str, dict[str, str]]) -> str:
    return user[AGENT]["extension"]


def test_every_packaged_seed_starts_a_tenant() -> None:
    assert seeding.packaged()
    for name in seeding.packaged():
        with sandbox.start(seed=name) as running:
            assert Client(running).get("/Users")["totalResults"] > 0


def test_acme_holds_somebody_whom_no_file_names(acme: Client) -> None:
    users = {extension_of(user): user for user in acme.get("/Users")["Resources"]}
    assert users["4107"]["displayName"] == "Temp Desk"
    assert "4014" not in users


def test_the_groups_of_acme_occupy_their_range(acme: Client) -> None:
    entries = acme.get("/DirectoryEntries")["Resources"]
    groups = [entry["extension"] for entry in entries if entry["type"] == "group"]
    assert groups
    assert all("3000" <= extension <= "3999" for extension in groups)
    taken = acme.add_agent("new@acme.example", extension="3001")
    assert taken.status_code == 409


def test_a_uc_agent_of_a_seed_takes_name_and_email_from_the_directory(acme: Client) -> None:
    found = acme.get("/Users", filter=f'{AGENT}:extension eq "2002"')["Resources"]
    assert [(user["displayName"], user["userName"]) for user in found] == [
        ("Zoe Martin", "zoe.martin@acme.example")
    ]


def test_a_seed_may_be_a_file(tmp_path: Path) -> None:
    seed = {"license_pools": {"voice": {"purchased": 2}}, "queues": {"support": {}}}
    path = tmp_path / "seed.json"
    path.write_text(json.dumps(seed))
    with sandbox.start(seed=path) as running:
        client = Client(running)
        assert client.get("/LicensePools")["Resources"][0]["purchased"] == 2
        assert client.get("/Queues")["Resources"][0]["name"] == "support"


def test_without_a_seed_there_are_100_seats_of_each_license() -> None:
    with sandbox.start() as running:
        pools = Client(running).get("/LicensePools")["Resources"]
    assert {pool["name"]: pool["purchased"] for pool in pools} == {
        "voice": 100,
        "web_chat": 100,
        "sms": 100,
        "transcription": 100,
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not JSON"),
        ("[]", "not a JSON object"),
        ('{"agent": []}', "unknown key agent"),
        ('{"agents": [{"email": "a@b.example", "licenses": ["fax"]}]}', "no license fax"),
        ('{"agents": [{"email": "a@b.example", "surname": "B"}]}', "wrong shape"),
        ('{"agents": [{"name": "A"}]}', "wrong shape"),
        ('{"agents": ["A"]}', "wrong shape"),
        ('{"license_pools": {"voice": 3}}', "wrong shape"),
        ('{"license_pools": {"voice": {"purchased": -1}}}', "purchased is a number"),
        ('{"license_pools": {"sms": {"purchased": 1, "requires": "voice"}}}', "has no pool"),
    ],
)
def test_a_seed_that_cannot_be_is_refused_with_the_reason(
    tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "seed.json"
    path.write_text(text)
    with pytest.raises(sandbox.SeedError, match=message):
        sandbox.start(seed=path)


def test_an_unknown_seed_is_refused() -> None:
    with pytest.raises(sandbox.SeedError, match="neither packaged"):
        sandbox.start(seed="nowhere")
