"""`kill -9` at any moment, with or without the ledger afterwards: plan, apply, and all is well.

Ten times here; as often as one likes with `RECONCILER_KILLS=200 pytest tests/apply/test_crash.py`.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from reconciler.ledger import RunState, open_ledger
from reconciler.model import Tenant
from tests.apply import survival
from tests.running import Run

KILLS = int(os.environ.get("RECONCILER_KILLS", "10"))
PATIENCE = 60.0
SLOWLY = {"latency_ms": 12}


@pytest.fixture(scope="module")
def wanted(database: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    """The end of an apply that nobody killed."""
    with survival.case(database, tmp_path_factory.mktemp("whole")) as case:
        assert start(case).wait(PATIENCE) == 0
        return case.end_state()


def start(case: survival.Case) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "reconciler", *case.apply()],
        cwd=case.root,
        env={**os.environ, **case.environ},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def kill_somewhere(case: survival.Case, chance: random.Random) -> int | None:
    """Kills the apply around a write of its plan, or before the first; its exit code otherwise."""
    moment = chance.randint(-3, 32)
    process = start(case)
    if moment < 0:
        time.sleep(chance.uniform(0, 2))
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        newest = case.get("/audit", newest=1, limit=1)["entries"]
        if newest[0]["seq"] - case.begun_at >= moment:
            time.sleep(chance.uniform(0, 0.03))
            break
    process.send_signal(signal.SIGKILL)
    return process.wait(PATIENCE)


@pytest.mark.parametrize("number", range(KILLS))
def test_a_killed_apply_is_finished_by_the_next_one(
    number: int,
    database: Path,
    wanted: dict[str, list[Any]],
    tmp_path: Path,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chance = random.Random(f"kill {number}")
    with survival.case(database, tmp_path / "case", SLOWLY) as case:
        code = kill_somewhere(case, chance)
        assert code in (-signal.SIGKILL, 0)
        case.come_to_rest()
        done = len(case.writes)
        monkeypatch.chdir(case.root)
        for name, value in case.environ.items():
            monkeypatch.setenv(name, value)
        if chance.random() < 0.5:
            shutil.rmtree(case.root / ".reconciler", ignore_errors=True)
        elif code:
            check_history(case, done)
        ran = run(*case.apply())
        assert ran.code == 0, ran.err + ran.out
        assert run(*case.plan("--detailed-exitcode")).code == 0
        case.check()
        assert case.end_state() == wanted


def check_history(case: survival.Case, done: int) -> None:
    """What the dead run says it did, and what it did not know, is all that it can have done."""
    kept = open_ledger(Tenant("acme", "scim"), environ={}, root=case.root)
    try:
        for one in kept.history("acme"):
            assert one.state is RunState.DIED
            assert one.counts["applied"] <= done <= one.counts["applied"] + one.unknown
    finally:
        kept.close()
