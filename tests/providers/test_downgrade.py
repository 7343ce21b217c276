"""A tenant with our extension whose discovery is missing is not taken for a smaller one."""

from pathlib import Path

import pytest

from tests.providers import servers
from tests.running import Run

FILES = """
tenant: {{name: odd, provider: scim, url: "{url}", token_env: RECONCILER_TOKEN_ODD{more}}}
queues: {{support: {{extension: "1001"}}}}
agents:
  - {{name: Ana Diaz, extension: "4001", email: ana@acme.example, licenses: [voice],
      queues: {{support: 8}}}}
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RECONCILER_TOKEN_ODD", servers.TOKEN)
    (tmp_path / "desired-state").mkdir()
    return tmp_path / "desired-state" / "all.yaml"


def blind(tenant: servers.Plain) -> None:
    """Every discovery endpoint answers 404, and people are shown without our extension."""
    tenant.odd.schemas = False
    for user in tenant.tables["Users"].values():
        user.pop(servers.AGENT, None)


def test_what_the_ledger_knows_of_a_mapping_outranks_a_missing_discovery(
    here: Path, run: Run
) -> None:
    with servers.plain(full=True) as tenant:
        here.write_text(FILES.format(url=tenant.url, more=""))
        assert run("apply", "--yes").code == 0
        writes = len(tenant.writes)
        blind(tenant)
        tenant.tables["Groups"] = {}
        for command in (("plan",), ("apply", "--yes"), ("drift",)):
            ran = run(*command)
            assert ran.code == 7
            assert "does not announce it now" in ran.err
        assert len(tenant.writes) == writes


def test_who_says_so_in_the_files_may_go_on_with_groups(here: Path, run: Run) -> None:
    with servers.plain(full=True) as tenant:
        here.write_text(FILES.format(url=tenant.url, more=""))
        run("apply", "--yes")
        blind(tenant)
        tenant.tables["Groups"] = {}
        here.write_text(FILES.format(url=tenant.url, more=", mapping: core"))
        assert run("plan").code == 0


def test_an_extension_that_people_have_outranks_a_missing_discovery(here: Path, run: Run) -> None:
    with servers.plain(full=True) as tenant:
        here.write_text(FILES.format(url=tenant.url, more=""))
        assert run("apply", "--yes").code == 0
        for file in (here.parent.parent / ".reconciler").iterdir():
            file.unlink()
        tenant.odd.schemas = False
        ran = run("plan", "--format", "json")
        assert ran.code == 0
        assert ran.json["changes"] == []
