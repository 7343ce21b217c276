"""`--from`: the folder that is trusted, and where a saved plan finds its files without it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler import planfile
from tests.running import Run

TEAM = """
tenant: {name: NAME, provider: sandbox}
agents:
  - {name: Ana Diaz, extension: 4001, email: ana@acme.example}
"""


def team(folder: Path, name: str = "small") -> Path:
    folder.mkdir(parents=True)
    (folder / "all.yaml").write_text(TEAM.replace("NAME", name))
    return folder


@pytest.fixture
def planned(company: Path, run: Run) -> Path:
    team(company / "teams" / "small")
    assert run("plan", "teams/small", "-o", "plan.json").code == 0
    return company / "plan.json"


def test_a_saved_plan_finds_the_folder_that_it_was_made_from(planned: Path, run: Run) -> None:
    assert json.loads(planned.read_text())["config"]["folder"] == "teams/small"
    assert run("apply", "plan.json", "--yes").code == 0


def test_the_folder_is_no_part_of_the_digest(planned: Path, company: Path, run: Run) -> None:
    team(company / "elsewhere")
    assert run("plan", "elsewhere", "-o", "other.json").code == 0
    one, other = (json.loads((company / n).read_text()) for n in ("plan.json", "other.json"))
    assert one["digest"] == other["digest"]
    assert one["config"]["folder"] != other["config"]["folder"]


def test_from_names_another_folder_that_is_trusted(planned: Path, company: Path, run: Run) -> None:
    (company / "teams" / "small").rename(company / "trusted")
    assert run("apply", "plan.json", "--from", "trusted", "--yes").code == 0


def test_a_folder_of_another_tenant_is_not_taken(planned: Path, company: Path, run: Run) -> None:
    file = company / "teams" / "small" / "all.yaml"
    file.write_text(TEAM.replace("NAME", "large"))
    refused = run("apply", "plan.json", "--yes")
    assert (refused.code, "the plan is for tenant small" in refused.err) == (5, True)
    (company / "desired-state").rename(company / "kept")
    team(company / "desired-state")
    assert run("apply", "plan.json", "--yes").code == 0


@pytest.mark.parametrize("is_linked", [True, False])
def test_where_the_folder_is_not_below_the_current_one_the_message_says_so(
    is_linked: bool,
    planned: Path,
    company: Path,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    below = company / "elsewhere"
    below.mkdir()
    if is_linked:
        (below / "teams").symlink_to(company / "teams")
    monkeypatch.chdir(below)
    refused = run("apply", planned, "--yes")
    assert refused.code == 1
    assert "teams/small, from which it was made, is not below the current folder" in refused.err
    assert "--from DIR" in refused.err


@pytest.mark.parametrize("named", ["../outside", "OUTSIDE", "link", "a\0b", "plan.json", "gone"])
def test_a_document_cannot_lead_out_of_the_current_folder(
    named: str, planned: Path, company: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever can edit a document can write its checksum anew."""
    outside = team(company / "outside")
    here = company / "here"
    here.mkdir()
    (here / "link").symlink_to(outside)
    monkeypatch.chdir(here)
    saved = planfile.read(planned)
    config = replace(saved.config, folder=named.replace("OUTSIDE", str(outside)))
    (here / "plan.json").write_text(planfile.text(replace(saved, config=config)))
    refused = run("apply", "plan.json", "--yes")
    assert (refused.code, "is not below the current folder" in refused.err) == (1, True)


def test_a_plan_of_a_folder_elsewhere_names_none(
    planned: Path, company: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    (company / "elsewhere").mkdir()
    monkeypatch.chdir(company / "elsewhere")
    made = run("plan", "../teams/small", "--format", "json")
    assert (made.code, made.json["config"]["folder"]) == (0, None)


@pytest.mark.parametrize("option", ["--from", "--tenant-from"])
@pytest.mark.parametrize("verb", ["plan", "drift", "apply"])
def test_the_tenant_block_of_the_trusted_folder_counts(
    verb: str, option: str, company: Path, run: Run
) -> None:
    team(company / "change", "other")
    team(company / "base")
    ran = run(verb, "change", option, "base", *(["--yes"] if verb == "apply" else []))
    assert "small (sandbox)" in ran.out


def test_help_shows_one_name(run: Run) -> None:
    for verb in ("plan", "drift", "apply"):
        rendered = run(verb, "--help").out
        assert ("--from DIR" in rendered, "--tenant-from" in rendered) == (True, False)


def test_a_plan_that_is_not_there_is_not_taken_for_a_folder(company: Path, run: Run) -> None:
    ran = run("apply", "plan.json", "--yes")
    assert (ran.code, "plan.json cannot be read as a plan" in ran.err) == (1, True)
    assert "make one: reconciler plan -o FILE" in ran.err
