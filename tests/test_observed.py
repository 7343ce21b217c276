"""`--observed FILE`: what somebody saw counts as of its day, and never more than the tenant's own
answer.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reconciler import pipeline, sandbox
from reconciler.errors import SetupError
from reconciler.model import Attestation, Tenant
from tests.running import Run

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
DENVER = Tenant("acme", "xima", timezone="America/Denver")
CSV = "Extension;Licenses;Queues;Date;Source\n4001;voice;support:8;2026-11-20;licensing page\n"
YAML = (
    "observed: {date: 2026-11-20, source: licensing page}\n"
    "agents: [{extension: 4001, licenses: [voice], queues: {support: 8}}]\n"
)


def words(place: Path, text: str, name: str) -> tuple[Attestation, ...]:
    file = place / name
    file.write_text(text, encoding="utf-8")
    return pipeline.observations((file,), DENVER, NOW)


@pytest.mark.parametrize(("text", "name"), [(CSV, "seen.csv"), (YAML, "seen.yaml")])
def test_each_form_vouches_for_the_same(tmp_path: Path, text: str, name: str) -> None:
    found = words(tmp_path, text, name)
    assert {(word.address, word.path): word.value for word in found} == {
        ("agent/4001", "extension"): "4001",
        ("agent/4001", "licenses"): None,
        ("agent/4001", "licenses.voice"): True,
        ("agent/4001", "queues"): None,
        ("agent/4001", "queues.support"): 8,
    }
    assert {word.source for word in found} == {"file: licensing page"}
    assert {word.at for word in found} == {datetime(2026, 11, 20, 7, tzinfo=UTC)}


@pytest.mark.parametrize(
    ("text", "name", "problem"),
    [
        (CSV.replace("2026-11-20", ""), "a.csv", "nobody says when and where"),
        (CSV.replace("licensing page", ""), "a.csv", "nobody says when and where"),
        (CSV.replace("2026-11-20", "2026-11-25"), "a.csv", "2026-11-25 lies ahead"),
        (CSV.replace(";Date;Source", ""), "a.csv", "date"),
        (CSV.replace("4001", "40O1"), "a.csv", "extension"),
        ("agents: [{extension: 4001}]\n", "a.yaml", "nobody says when and where"),
        ("observed: {date: soon, source: x}\nagents: [{extension: 4001}]\n", "a.yaml", "when"),
        ("observed: {date: 2026-11-20, source: x}\n", "a.yaml", "nobody can tell who"),
        (YAML.replace("licenses", "licences"), "a.yaml", "licences"),
        (YAML + "more: 1\n", "a.yaml", "more"),
        ("more: 1\n", "a.yaml", "more"),
        ("observed: [\n", "a.yaml", "a.yaml:2:1"),
        ("\x00", "a.yaml", "a.yaml:1:1"),
        ("", "a.csv", "a.csv:1:1"),
    ],
)
def test_an_unclear_file_counts_for_nothing(
    tmp_path: Path, text: str, name: str, problem: str
) -> None:
    with pytest.raises(SetupError, match=problem):
        words(tmp_path, text, name)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="cannot be read"):
        pipeline.observations((tmp_path / "no.csv",), DENVER, NOW)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A Xima tenant and its files, in the current directory."""
    with sandbox.start(seed="acme") as running:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("RECONCILER_TOKEN_X", running.tokens["manager"])
        monkeypatch.delenv("RECONCILER_HOSTS", raising=False)
        (tmp_path / "desired-state").mkdir()
        (tmp_path / "desired-state/acme.yaml").write_text(
            f"tenant: {{name: acme, provider: xima, url: '{running.root}', "
            "token_env: RECONCILER_TOKEN_X, request_interval: 0}\n"
            "queues: {support: {}}\n"
            "agents: [{name: Ana Diaz, extension: 4001, email: ana.diaz@acme.example, "
            "licenses: [voice, web_chat], queues: {support: 8}}]\n"
        )
        yield tmp_path


def test_a_plan_knows_what_the_file_says_and_from_where(run: Run, folder: Path) -> None:
    assert run("plan", "--format", "json").json["changes"] == []
    (folder / "seen.csv").write_text(CSV)
    found = run("plan", "--format", "json", "--observed", "seen.csv").json
    (change,) = found["changes"]
    assert [(one["path"], one["before"], one["after"]) for one in change["fields"]] == [
        ("licenses.web_chat", None, True)
    ]
    assert change["execution"] == "manual"
    grades = {one["field"]: one for one in found["grades"]}
    assert grades["queues"]["attested"] == 1
    assert grades["queues"]["by"] == ["file: licensing page"]
    assert run("drift", "--observed", "seen.csv").code == 2


def test_a_file_that_disagrees_with_the_tenant_is_a_finding(run: Run, folder: Path) -> None:
    said = "extension,name,date,source\n4001,Anna Diaz,2026-11-20,roster\n"
    (folder / "seen.csv").write_text(said)
    found = run("drift", "--format", "json", "--observed", "seen.csv").json
    assert [one["rule"] for one in found["diagnostics"]] == ["observation-disagrees"]
    assert "Ana Diaz in the tenant and Anna Diaz by the word of roster of 2026-11-20" in json.dumps(
        found
    )


def test_a_file_with_errors_stops_a_plan(run: Run, folder: Path) -> None:
    (folder / "seen.csv").write_text(CSV.replace("4001", "x"))
    ran = run("plan", "--observed", "seen.csv")
    assert ran.code == 1
    assert "seen.csv:2:1" in ran.err


def test_an_export_takes_it_in(run: Run, folder: Path) -> None:
    (folder / "seen.csv").write_text(CSV)
    assert run("export", "out", "--observed", "seen.csv").code == 0
    text = "".join(file.read_text() for file in (folder / "out").rglob("*.yaml"))
    assert "queues: {support: 8}" in text or "support: 8" in text
