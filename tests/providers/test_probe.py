"""`reconciler tenants --probe`: which mapping fits, what stays unobserved, nothing written."""

from pathlib import Path

import pytest

from tests.providers import habits, servers
from tests.running import Run

TENANT = "tenant: {{name: odd, provider: scim, url: '{url}', token_env: RECONCILER_TOKEN_ODD}}\n"
PERSON = {
    "userName": "ana@acme.example",
    "displayName": "Ana Diaz",
    "active": True,
    "phoneNumbers": [{"value": "4001", "type": "work"}],
}
ROUTING = "urn:ietf:params:scim:schemas:extension:genesys:purecloud:2.0:User"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RECONCILER_TOKEN_ODD", servers.TOKEN)
    (tmp_path / "acme").mkdir()
    return tmp_path / "acme" / "tenant.yaml"


def test_a_probe_names_the_mapping_and_what_nobody_sees(here: Path, run: Run) -> None:
    with servers.plain() as tenant:
        tenant.add("Users", dict(PERSON))
        here.write_text(TENANT.format(url=tenant.url))
        ran = run("tenants", "--probe", "--format", "json")
        (found,) = ran.json
        assert ran.code == 0
        assert found["mapping"] in ("core", "entra")
        assert {"active", "email", "extension", "name"} == set(found["seen"])
        assert "recording_mode" in found["unobserved"]
        assert tenant.writes == []


def test_a_service_with_skills_of_its_own_is_told_apart(here: Path, run: Run) -> None:
    with servers.plain() as tenant:
        skills = {"routingSkills": [{"name": "spanish", "proficiency": 3.5}]}
        tenant.add("Users", {**PERSON, ROUTING: skills})
        here.write_text(TENANT.format(url=tenant.url))
        ran = run("tenants", "--probe")
        assert "mapping genesys fits best" in ran.out
        assert "skills" in ran.out
        assert tenant.writes == []


def test_a_service_that_refuses_is_one_line_and_exit_7(
    here: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECONCILER_TOKEN_ODD", "another-token-of-some-length")
    with servers.plain() as tenant:
        here.write_text(TENANT.format(url=tenant.url))
        ran = run("tenants", "--probe")
    assert ran.code == 7
    assert "the token is not accepted" in ran.out


def test_a_mapping_that_hides_members_is_shown_as_such(here: Path, run: Run) -> None:
    with habits.running("members never shown") as tenant:
        user = tenant.add("Users", dict(PERSON))
        tenant.add("Groups", {"displayName": "support", "members": [{"value": user["id"]}]})
        here.write_text(TENANT.format(url=tenant.url))
        (found,) = run("tenants", "--probe", "--format", "json").json
        assert "queues" in found["unobserved"]
