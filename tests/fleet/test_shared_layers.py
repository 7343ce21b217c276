"""Shared files of a fleet under each tenant's own: what wins, and where each value comes from."""

import subprocess
from datetime import date
from pathlib import Path

import pytest

from reconciler import load, validate
from reconciler.model import Desired, Limit
from tests.running import Run

SHARED = """\
profiles:
  tier-1:
    licenses: [voice]
    recording_mode: automatic
    no_answer_destination: null
  tier-2: {licenses: [sms]}
extension_ranges:
  agents: {purpose: webrtc_agent, range: 4000-4999, unlisted: report}
policy:
  limits: {agent: {suspend: 2, delete: 0}}
  protect: [queue/support]
"""
TENANT = """\
tenant: {name: acme, provider: sandbox, labels: {region: eu}}
profiles:
  tier-1: {recording_mode: manual}
policy:
  limits: {agent: {suspend: 7}}
  protect: [queue/sales]
queues: {support: {}, sales: {}}
agents:
  - {name: Ana Diaz, extension: 4001, email: ana@acme.example, profile: tier-1, queues: [support]}
"""
ANA = "agent/ana@acme.example"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "shared").mkdir()
    (tmp_path / "acme").mkdir()
    (tmp_path / "fleet.yaml").write_text("shared: [shared]\n")
    (tmp_path / "shared/base.yaml").write_text(SHARED)
    (tmp_path / "acme/tenant.yaml").write_text(TENANT)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def state(loaded: load.Loaded) -> Desired:
    documents, diagnostics = validate.schema(loaded.documents)
    assert [*loaded.diagnostics, *diagnostics] == []
    return load.state(documents, as_of=date(2026, 11, 24))


def test_a_tenants_own_value_wins_and_the_rest_is_shared(root: Path) -> None:
    desired = state(load.documents(root / "acme"))
    assert desired.resources[ANA].fields["recording_mode"] == "manual"
    assert desired.resources[ANA].fields["licenses"] == {"voice"}
    assert [(held.name, held.first) for held in desired.ranges] == [("agents", "4000")]
    assert desired.policy.limits["agent.suspend"] == Limit(count=7)
    assert desired.policy.limits["agent.delete"] == Limit(count=0)
    assert desired.policy.protect == {"queue/support", "queue/sales"}


def test_each_value_keeps_its_file_and_line(root: Path) -> None:
    loaded = load.documents(root / "acme")
    agent = state(load.documents(root / "acme")).resources[ANA]
    places = {
        source.path: f"{source.position.file}:{source.position.line}"
        for source in load.sources(loaded.documents, agent)
    }
    assert places["recording_mode"] == "tenant.yaml:3"
    assert places["licenses.voice"] == "../shared/base.yaml:3"


def test_explain_shows_the_layer_of_each_value(root: Path, run: Run) -> None:
    ran = run("explain", "agent/4001", "--in", "acme", "--offline", "--format", "json")
    layers = {row["path"]: row["layer"] for row in ran.json["values"]}
    assert layers["licenses.voice"] == "shared"
    assert layers["recording_mode"] == "tenant"


def test_a_later_shared_folder_is_laid_over_an_earlier_one(root: Path) -> None:
    (root / "eu").mkdir()
    (root / "eu/eu.yaml").write_text("profiles: {tier-1: {licenses: [voice, sms]}}\n")
    (root / "fleet.yaml").write_text("shared: [shared, eu]\n")
    assert state(load.documents(root / "acme")).resources[ANA].fields["licenses"] == {
        "voice",
        "sms",
    }


def test_what_is_wrong_in_a_shared_file_is_told_at_its_own_line(root: Path, run: Run) -> None:
    (root / "shared/base.yaml").write_text("profiles:\n  tier-1:\n    licences: [voice]\n")
    ran = run("validate", "acme")
    assert ran.code == 1
    assert "../shared/base.yaml:3" in ran.err + ran.out


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("shared: [missing]\n", "missing does not exist"),
        ("shared: [../elsewhere]\n", "is a list of folders below"),
        ("shared: eu\n", "is a list of folders below"),
        ("share: [eu]\n", "`share` is not known here"),
        ("shared: [\n", "fleet.yaml"),
    ],
)
def test_a_wrong_fleet_file_stops_the_tenant(root: Path, run: Run, text: str, words: str) -> None:
    (root / "fleet.yaml").write_text(text)
    ran = run("validate", "acme")
    assert ran.code == 1
    assert words in ran.err + ran.out


def test_agents_do_not_stand_in_a_shared_folder(root: Path, run: Run) -> None:
    (root / "shared/more.yaml").write_text("agents: [{name: Bo Chen, extension: 4002}]\n")
    ran = run("validate", "acme")
    assert ran.code == 1
    assert "`agents` stands in a shared folder" in ran.err + ran.out


def test_a_revision_has_the_shared_files_of_its_time(root: Path) -> None:
    for arguments in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=t", "-c", "user.email=t@acme.example", "commit", "-qm", "first"],
    ):
        subprocess.run(["git", *arguments], cwd=root, check=True)
    (root / "shared/base.yaml").write_text("profiles: {tier-1: {licenses: [sms]}}\n")
    before = state(load.at_revision(root / "acme", "HEAD"))
    assert before.resources[ANA].fields["licenses"] == {"voice"}
    assert state(load.Fleet.at(root, "HEAD").documents("acme")) == before
    assert state(load.Fleet.now(root).documents("acme")) == state(load.documents(root / "acme"))


def test_an_edit_of_a_shared_file_is_an_uncommitted_edit_of_the_tenant(root: Path) -> None:
    who = ["-c", "user.name=t", "-c", "user.email=t@acme.example"]
    for arguments in (["init", "-q"], ["add", "."], [*who, "commit", "-qm", "first"]):
        subprocess.run(["git", *arguments], cwd=root, check=True)
    (root / "other").mkdir()
    (root / "other/tenant.yaml").write_text("tenant: {name: other, provider: sandbox}\n")
    assert not load.config_ref(root / "acme").dirty
    (root / "shared/base.yaml").write_text("profiles: {tier-1: {licenses: [sms]}}\n")
    assert load.config_ref(root / "acme").dirty


@pytest.mark.parametrize("content", [b"shared: [shared]\nshared: [shared]\n", b"shared: [\xff]\n"])
def test_a_copy_of_a_tenant_is_wrong_where_its_fleet_file_is(
    root: Path, tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    (root / "fleet.yaml").write_bytes(content)
    copy = load.copied(root / "acme", tmp_path_factory.mktemp("copy"))
    problems = [each.summary for each in load.documents(root / "acme").diagnostics]
    assert problems
    assert [each.summary for each in load.documents(copy).diagnostics] == problems


def test_fmt_leaves_shared_files_alone(root: Path, run: Run) -> None:
    run("fmt", "acme")
    assert (root / "shared/base.yaml").read_text() == SHARED


def test_verbs_that_edit_judge_a_tenant_with_its_shared_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in {
        "fleet.yaml": "shared: [shared]\n",
        "shared/base.yaml": "profiles: {std: {licenses: [voice]}}\n",
        "a/tenant.yaml": "tenant: {name: a, provider: sandbox}\n"
        "license_pools: {voice: {purchased: 9}}\n"
        "agents:\n"
        '  - {name: Ana, email: ana@acme.example, extension: "4001", profile: std}\n',
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    bo = ("--name", "Bo", "--email", "bo@acme.example", "--extension", "4002", "--profile", "std")
    assert run("hire", *bo, "--in", "a").code == 0
    assert run("apply", "a", "--yes").code == 0
    assert run("rename", "4002", "--name", "Bob", "--in", "a").code == 0
    assert run("export", "a", "--from", "a").code == 0
    assert "name: Bo\n" in (tmp_path / "a/tenant.yaml").read_text(encoding="utf-8")
