"""The tenant is read while the files are parsed, and nothing of that shows but the time."""

import threading
from pathlib import Path

import pytest

from reconciler import pipeline
from reconciler.cli import options
from reconciler.errors import CannotTellError, SetupError
from reconciler.model import Provider
from tests.providers import servers
from tests.running import Run

TENANT = "tenant: {{name: odd, provider: scim, url: '{url}', token_env: {name}}}\n"
VARIABLE = "RECONCILER_TOKEN_ODD"
AGENTS = "agents: [{name: Ana Diaz, extension: 4001, email: ana@acme.example, licenses: [fax]}]\n"
WRONG = "agents: [{name: Ana Diaz, colour: blue}]\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(VARIABLE, servers.TOKEN)
    folder = tmp_path / "desired-state"
    folder.mkdir()
    return folder


def state(folder: Path, url: str, **files: str) -> None:
    (folder / "tenant.yaml").write_text(TENANT.format(url=url, name=VARIABLE))
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)


def lasting() -> set[threading.Thread]:
    """The threads that the end of a process waits for."""
    return {thread for thread in threading.enumerate() if not thread.daemon}


def begun(folder: Path) -> Provider | None:
    """What reads ahead; its first reading is waited for."""
    with pipeline.ahead(folder, options.environment(), pipeline.PlanOptions()) as found:
        return found and found.provider(())


def test_reading_ahead_asks_nothing_twice(here: Path, run: Run) -> None:
    with servers.plain() as tenant:
        state(here, tenant.url, agents=AGENTS + "license_pools: {fax: {}}\n")
        made = run("plan", "--format", "json")
        assert made.code == 0, made.err
        assert made.json["live"]["requests"] == len(tenant.requests)


def test_names_that_only_the_files_call_licenses_are_waited_for(here: Path, run: Run) -> None:
    with servers.plain() as tenant:
        state(here, tenant.url, agents=AGENTS + "license_pools: {fax: {}}\n")
        assert run("apply", "--yes").code == 0
        again = run("plan", "--format", "json")
        assert again.json["changes"] == []


def test_an_error_in_the_files_comes_before_an_unreachable_tenant(here: Path, run: Run) -> None:
    state(here, "http://127.0.0.1:9/scim/v2", agents=AGENTS)
    assert run("plan").code == 1
    (here / "agents.yaml").unlink()
    assert run("plan").code == 7


def test_nobody_waits_for_a_tenant_whose_files_are_wrong(here: Path, run: Run) -> None:
    """It answers nothing while the command runs, and holds up no end of a process."""
    with servers.plain() as tenant, tenant.lock:
        state(here, tenant.url, agents=WRONG)
        before = lasting()
        assert run("plan").code == 1
        assert lasting() == before


@pytest.mark.parametrize(
    "files",
    [
        {"second": "tenant: {name: other, provider: scim}\n"},
        {"tenant": "tenant: {name: odd, provider: scim, url: '%s', tokn_env: %s}\n"},
        {"tenant": "tenant: {name: odd, provider: scim, url: '%s', url: x, token_env: %s}\n"},
        {"tenant": "tenant: {name: odd, provider: scim, url: '%s', token_env: HOME}\n# %s\n"},
    ],
    ids=["two blocks", "a wrong key", "a key twice", "a wrong variable"],
)
def test_a_doubtful_tenant_block_sends_nothing(here: Path, run: Run, files: dict[str, str]) -> None:
    with servers.plain() as tenant:
        state(here, tenant.url)
        for name, text in files.items():
            filled = text % (tenant.url, VARIABLE) if "%s" in text else text
            (here / f"{name}.yaml").write_text(filled)
        assert run("plan").code == 1
        assert tenant.requests == []


def test_a_host_that_is_not_listed_is_sent_nothing(
    here: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECONCILER_HOSTS", "acme.example")
    with servers.plain() as tenant:
        state(here, tenant.url, agents=WRONG)
        assert run("plan").code == 1
        assert tenant.requests == []


def test_validate_reads_no_tenant(here: Path, run: Run) -> None:
    with servers.plain() as tenant:
        state(here, tenant.url, queues="queues: {support: {}}\n")
        assert run("validate").code == 0
        assert tenant.requests == []


def test_what_goes_wrong_is_told_to_whoever_asks(here: Path) -> None:
    state(here, "http://127.0.0.1:9/scim/v2")
    with pytest.raises(CannotTellError):
        begun(here)


def test_the_second_reading_is_a_new_one(here: Path) -> None:
    with servers.plain() as tenant:
        state(here, tenant.url)
        provider = begun(here)
        assert provider
        first = provider.reader.read()
        tenant.add("Users", {"userName": "new@acme.example"})
        assert len(provider.reader.read().resources) == len(first.resources) + 1
        provider.close()


def test_what_reads_ahead_cannot_write(here: Path, run: Run) -> None:
    with servers.plain() as tenant:
        state(here, tenant.url, agents=AGENTS + "license_pools: {fax: {}}\n")
        run("plan")
        assert tenant.writes == []


def test_an_embedded_tenant_is_not_read_ahead(here: Path) -> None:
    (here / "tenant.yaml").write_text("tenant: {name: demo, provider: sandbox}\n")
    assert begun(here) is None


def test_a_folder_that_is_not_there_is_told_in_its_turn(here: Path) -> None:
    assert begun(here / "nowhere") is None
    with pytest.raises(SetupError):
        pipeline.check(here / "nowhere", options.environment(), pipeline.PlanOptions())
