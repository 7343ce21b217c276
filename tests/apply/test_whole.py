"""The command itself against a tenant: Ctrl-C, an agent on a call, a tenant that goes away."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from reconciler.ledger import Run as KeptRun
from reconciler.ledger import RunState, open_ledger
from reconciler.model import Tenant
from tests.apply import survival
from tests.running import Run

PATIENCE = 60.0


def start(case: survival.Case) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "reconciler", *case.apply("--parallelism", "2")],
        cwd=case.root,
        env={**os.environ, **case.environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for_writes(case: survival.Case, count: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while len(case.writes) < count:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def history(case: survival.Case) -> tuple[KeptRun, ...]:
    kept = open_ledger(Tenant("acme", "scim"), environ={}, root=case.root)
    try:
        return kept.history("acme")
    finally:
        kept.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_apply_finishes_what_is_in_flight_and_knows_all_it_did(
    number: signal.Signals,
    database: Path,
    tmp_path: Path,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with survival.case(database, tmp_path / "case", {"latency_ms": 40}) as case:
        process = start(case)
        wait_for_writes(case, 4)
        process.send_signal(number)
        out, err = process.communicate(timeout=PATIENCE)
        assert process.returncode == 130, err
        assert "not started" in out
        assert "Traceback" not in err
        (kept,) = history(case)
        assert (kept.state, kept.unknown) == (RunState.FINISHED, 0)
        assert kept.counts["not started"] > 5
        assert kept.counts["failed"] == kept.counts["skipped"] == 0
        case.set_faults({})
        monkeypatch.chdir(case.root)
        monkeypatch.setenv("RECONCILER_TOKEN_ACME", case.running.tokens["admin"])
        assert run(*case.apply()).code == 0
        case.check()


def say_presence(case: survival.Case, extension: str, presence: str) -> None:
    answer = requests.put(
        case.running.root + "/presence",
        json={"extension": extension, "presence": presence},
        headers={"Authorization": f"Bearer {case.running.tokens['agent']}"},
        timeout=30,
    )
    assert answer.ok, answer.text


def test_an_agent_on_a_call_keeps_license_and_number_until_the_next_apply(
    database: Path, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eve Park exchanges her number with Dee Kim, and her web chat seat goes to somebody else."""
    with survival.case(database, tmp_path / "case") as case:
        monkeypatch.chdir(case.root)
        monkeypatch.setenv("RECONCILER_TOKEN_ACME", case.running.tokens["admin"])
        say_presence(case, "4005", "on_call")
        ran = run(*case.apply())
        assert ran.code == 3, ran.err
        assert "agent/eve.park@acme.example is on a call" in ran.out
        touched = {entry["address"] for entry in case.writes if "presence" not in entry["after"]}
        assert "agent/eve.park@acme.example" not in touched
        assert "agent/ana.diaz@acme.example" in touched
        say_presence(case, "4005", "ready")
        assert run(*case.apply()).code == 0
        case.check()


def test_a_tenant_that_loses_its_token_is_told_once(
    database: Path, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A manager reads everything and may change nothing: one clear no, not thirty."""
    with survival.case(database, tmp_path / "case") as case:
        monkeypatch.chdir(case.root)
        monkeypatch.setenv("RECONCILER_TOKEN_ACME", case.running.tokens["manager"])
        ran = run(*case.apply("--parallelism", "1"))
        assert ran.code == 3, ran.err
        assert case.writes == []
        (kept,) = history(case)
        assert kept.counts["failed"] == 1
        assert kept.counts["applied"] == 0
        assert kept.counts["not started"] + kept.counts["skipped"] > 20
