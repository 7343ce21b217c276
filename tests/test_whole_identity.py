"""Who is who over several commands: what an entry says of who it was is history once applied."""

from pathlib import Path

import pytest

from reconciler import diff, kinds
from tests.desired import read
from tests.make import agent, reading
from tests.running import Run

HEAD = "tenant: {name: acme, provider: sandbox}\nlicense_pools: {voice: {purchased: 9}}\nagents:\n"
EXCHANGED = """\
  - {name: Eva Roe, email: bo@acme.example, extension: 4001, previously: {email: eva@acme.example}}
  - {name: Bo Oka, email: eva@acme.example, extension: 4003, previously: {email: bo@acme.example}}
"""
BEFORE = """\
  - {name: Eva Roe, email: eva@acme.example, extension: 4001}
  - {name: Bo Oka, email: bo@acme.example, extension: 4003}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "desired-state").mkdir()
    return tmp_path / "desired-state/all.yaml"


def test_a_rename_by_hand_after_an_exchange_of_e_mails_is_drift_of_that_person(
    run: Run, folder: Path, tmp_path: Path
) -> None:
    for agents in (BEFORE, EXCHANGED):
        folder.write_text(HEAD + agents)
        assert run("apply", "--yes").code == 0
    assert run("plan", "--detailed-exitcode").code == 0
    hand = tmp_path / "hand"
    hand.mkdir()
    renamed = EXCHANGED.replace("Eva Roe", "Changed By Hand").replace("previously", "# ")
    lines = [line.split(", #")[0] + "}" if "#" in line else line for line in renamed.splitlines()]
    (hand / "all.yaml").write_text(HEAD + "\n".join(lines) + "\n")
    kept = tmp_path / ".reconciler/ledger.db"
    saved = kept.read_bytes()
    assert run("apply", "hand", "--yes").code == 0
    kept.write_bytes(saved)
    report = run("drift", "--format", "json")
    assert report.code == 2
    (item,) = report.json["items"]
    assert (item["address"], item["path"], item["live"]) == (
        "agent/bo@acme.example",
        "name",
        "Changed By Hand",
    )
    assert run("apply", "--yes").code == 0


def test_a_newcomer_on_an_old_e_mail_has_nothing_of_whoever_had_it() -> None:
    live = reading(agent(4028, "Dee Roe", email="dee@acme.example", licenses=["web_chat"]))
    wanted = read(
        "agents:\n"
        "  - {name: Dee Roe, email: bo@acme.example, extension: 4028,"
        " previously: {email: dee@acme.example}}\n"
        "  - {name: Eva Roe, email: dee@acme.example, extension: 4031, licenses: [voice]}\n"
    ).desired
    changes = diff.compare(wanted, live).changes
    after = kinds.after_changes(live.resources, changes)
    assert after["agent/dee@acme.example"].fields["licenses"] == {"voice"}
    assert after["agent/bo@acme.example"].fields["licenses"] == {"web_chat"}


def test_a_leaver_gives_the_number_up_to_somebody_who_is_only_on_file() -> None:
    wanted = read(
        "agents:\n"
        "  - {name: Dee, email: dee@acme.example, extension: 4002, until: 2020-01-31}\n"
        "  - {name: Bo, email: bo@acme.example, extension: 4002, active: false}\n"
    )
    fields = {address: one.fields for address, one in wanted.desired.resources.items()}
    assert fields["agent/dee@acme.example"]["extension"] is None
    assert fields["agent/bo@acme.example"]["extension"] == "4002"


def test_who_is_on_file_holds_the_number() -> None:
    rules = read(
        "agents:\n"
        "  - {name: Ana, email: ana@acme.example, extension: 4002}\n"
        "  - {name: Bo, email: bo@acme.example, extension: 4002, active: false}\n"
    ).rules
    assert rules == ["duplicate-extension"]
