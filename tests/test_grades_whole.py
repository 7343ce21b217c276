"""A tenant that shows little, from its two lists and the ledger to what a person reads."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reconciler import diff, ledger, pipeline, planfile
from reconciler.evidence.sources import of_files
from reconciler.model import (
    Attestation,
    Desired,
    Outcome,
    Plan,
    Reader,
    Reading,
    Result,
    Tenant,
    Value,
    Writer,
)
from reconciler.render import document
from tests.make import agent, desired, resource
from tests.providers import servers
from tests.providers.test_bad_tenants import answering
from tests.running import Ran, Run
from tests.test_evidence import ANA, DAY, KNOWN, LISTED, NOW, shown, words

ROWS = {
    "/rest/api/v1/agents": {
        "agents": [
            {"agent": "Ana Diaz(4001)", "type": "XIMA"},
            {"agent": "Bo Chen(4002)", "type": "XIMA"},
        ]
    },
    "/rest/api/v1/skills": {"skills": [{"name": "support"}]},
}
TEAM = """
tenant:
  {{name: x, provider: xima, url: "{url}", token_env: RECONCILER_TOKEN_X, request_interval: 0}}
queues: {{support: {{}}}}
agents:
  - {{name: Ana Diaz, extension: 4001, email: ana.diaz@acme.example, licenses: [voice],
      queues: [support],
      recording_mode: {mode}}}
  - {{name: Bo Chen, extension: 4002, email: bo.chen@acme.example, licenses: [voice],
      queues: [support]}}
"""


SAID: Mapping[str, Value] = {
    "recording_mode": "manual",
    "licenses": None,
    "licenses.voice": True,
}


def answer(path: str) -> tuple[int, dict[str, str], bytes]:
    return 200, {}, json.dumps(ROWS[path]).encode()


@contextmanager
def little(company: Path, mode: str) -> Iterator[None]:
    """The two lists, files that state more, and a ledger in which one person vouches for Ana."""
    with answering(answer) as (url, _):
        (company / "desired-state").rename(company / "unused")
        (company / "desired-state").mkdir()
        (company / "desired-state/team.yaml").write_text(TEAM.format(url=url, mode=mode))
        tenant = Tenant("x", "xima", url, "RECONCILER_TOKEN_X")
        kept = ledger.open_ledger(tenant, environ=os.environ, root=company)
        at = datetime.now(UTC) - timedelta(days=12)
        kept.attest("x", [Attestation("agent/4001", p, v, "sam", at) for p, v in SAID.items()])
        kept.close()
        yield


@pytest.fixture
def asked(company: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs one command on that tenant; `mode` is what the files say of Ana."""
    monkeypatch.setenv("RECONCILER_TOKEN_X", servers.TOKEN)

    def command(*arguments: str, mode: str = "manual") -> Ran:
        with little(company, mode):
            return run(*arguments)

    return command


def test_a_plan_without_changes_says_how_far_it_sees(asked: Run) -> None:
    ran = asked("plan", "--detail")
    assert ran.code == 0
    assert "agent licenses: 1 attested (by sam; oldest 12 days ago), 1 unobserved" in ran.out
    assert "agent queues: 2 unobserved" in ran.out
    assert ran.out.rstrip().endswith(
        "nothing to do as far as the tenant shows: 2 values attested, 5 unobserved"
    )


def test_a_saved_plan_keeps_on_whose_word_a_value_stands(asked: Run, company: Path) -> None:
    assert asked("plan", "-o", "plan.json", mode="disabled").code == 0
    (change,) = planfile.read(company / "plan.json").changes
    (item,) = change.fields
    assert item.word
    assert (item.path, item.before, item.word.by) == ("recording_mode", "manual", "sam")


def test_drift_from_what_somebody_vouches_for_names_them(asked: Run) -> None:
    ran = asked("drift", "--detail", mode="disabled")
    assert ran.code == 2
    assert "files disabled, live manual (attested by sam 12 days ago)" in ran.out
    assert "as far as the tenant shows: 2 values attested, 5 unobserved" in ran.out


def test_an_export_says_what_nobody_has_seen(asked: Run, company: Path) -> None:
    assert asked("export", "out", "--group-by", "none").code == 0
    written = (company / "out/agents.yaml").read_text()
    assert "#   agent recording_mode: 1 attested (by sam; oldest on " in written
    assert "recording_mode: manual" in written


def test_an_apply_with_nothing_to_do_is_converged_as_far_as_the_tenant_shows(asked: Run) -> None:
    ran = asked("apply", "--yes", "--format", "json")
    assert ran.json["converged"] is True
    grades = {each["field"]: each for each in ran.json["grades"]}
    assert (grades["licenses"]["attested"], grades["licenses"]["unobserved"]) == (1, 1)


# --- the end of an apply -------------------------------------------------------------------------


class Listing:
    """A tenant, opened, that shows one reading and takes nothing."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    @property
    def reader(self) -> Reader:
        return self

    @property
    def writer(self) -> Writer:
        raise AssertionError("nothing is written here")

    def read(self) -> Reading:
        return self._reading

    def close(self) -> None:
        """Nothing is open."""


def test_a_verdict_counts_what_was_attested_meanwhile(tmp_path: Path) -> None:
    """Of Ana's recording a person says that it is done; Bo's licenses nobody has seen."""
    tenant = Tenant("x", "xima", "http://127.0.0.1:9", "RECONCILER_TOKEN_X")
    bo = agent(4002, "Bo Chen", licenses=["voice"])
    row = resource("agent/4002", name="Bo Chen", extension="4002", phone="webrtc", active=True)
    wanted, live = desired(ANA, bo, tenant=tenant), shown(LISTED, replace(row, id="agent:4002"))
    environment = pipeline.Environment({}, tmp_path, NOW)
    kept = ledger.open_ledger(tenant, environ={}, root=tmp_path)
    kept.attest("x", words(ANA.address, {**KNOWN, "recording_mode": "disabled"}, at=NOW - 5 * DAY))
    saved = planned(wanted, of_files(wanted, NOW).apply(live, kept), environment)
    (change,) = saved.changes
    assert [item.path for item in change.fields] == ["recording_mode"]
    prepared = pipeline.prepare(
        saved,
        pipeline.ValidationResult(wanted, ()),
        tmp_path,
        Listing(live),
        environment,
        pipeline.PlanOptions(),
        kept=kept,
    )
    run = pipeline.start(prepared, kept)
    kept.attest("x", [Attestation(ANA.address, "recording_mode", "manual", "vic", NOW)])
    done = [Outcome(operation, Result.MANUAL) for operation in prepared.graph.operations]
    verdict = pipeline.verify(prepared, Listing(live), kept, run, done)
    kept.close()
    grades = {each.field: each for each in verdict.grades}
    assert verdict.converged
    modes, licenses = grades["recording_mode"], grades["licenses"]
    assert (modes.attested, modes.unobserved, "vic" in modes.by) == (1, 0, True)
    assert (licenses.attested, licenses.unobserved) == (1, 1)
    assert "grades" in json.loads(document.verdict(verdict))


def planned(wanted: Desired, live: Reading, environment: pipeline.Environment) -> Plan:
    found = pipeline.ComparisonResult(wanted, live, None, diff.compare(wanted, live))
    return pipeline.plan(found, environment, pipeline.PlanOptions(), ())
