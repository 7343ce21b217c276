"""A process that is killed, interrupted or has a mad clock, at any request of a random plan.

The moment is a request that passes the proxy, before it reaches the tenant or before its answer
comes back; nothing here waits for luck. 40 kills; 1,000 with
`RECONCILER_KILLS=1000 pytest tests/faults/test_kills.py`.
"""

import os
import random
import shutil
import signal
from pathlib import Path

import pytest

from reconciler.ledger import RunState, open_ledger
from reconciler.model import Tenant
from tests.faults import judge
from tests.faults.judge import Case, Databases
from tests.faults.plans import scenario
from tests.faults.process import Reconciler
from tests.faults.proxy import Exchange, Fault, Moment
from tests.running import Run

KILLS = int(os.environ.get("RECONCILER_KILLS", "40"))
SIGNALS = KILLS // 5
JUMPS = KILLS // 10


def when(chance: random.Random) -> Moment:
    """Mostly around a write."""
    if chance.random() < 0.8:
        return Moment("write", chance.randint(1, 14))
    return chance.choice(
        [
            Moment("discovery", chance.randint(1, 3)),
            Moment("list", chance.randint(1, 8)),
            Moment("list", chance.randint(1, 3), after_write=True),
        ]
    )


def striking(strike: "object", chance: random.Random, reconciler: Reconciler) -> Fault:
    """Strikes before the request reaches the tenant, or after, before the answer comes back."""
    is_before = chance.random() < 0.5

    def fault(exchange: Exchange) -> None:
        if is_before:
            reconciler.signal(int(strike))  # type: ignore[call-overload]  # a signal's number
            if strike == signal.SIGKILL and chance.random() < 0.5:
                exchange.drop()
                return
            exchange.reply(exchange.forward())
        else:
            answer = exchange.forward()
            reconciler.signal(int(strike))  # type: ignore[call-overload]  # the same
            exchange.reply(answer)

    return fault


def struck(case: Case, strike: signal.Signals, chance: random.Random) -> Reconciler:
    parallelism = ("--parallelism", chance.choice(("1", "8")))
    reconciler = Reconciler(case, case.arguments("apply", *parallelism))
    case.proxy.misbehave(striking(strike, chance, reconciler), when(chance))
    reconciler.start()
    return reconciler


def at_home(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(case.root)
    for name, value in case.environ.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize("number", range(KILLS))
def test_a_killed_apply_is_finished_by_the_next_one(
    number: int, databases: Databases, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the ledger that it left, or without one."""
    chance = random.Random(f"kill {number}")
    plan = chance.randint(0, 19)
    with judge.case(plan, scenario(plan), databases, tmp_path / "case") as case:
        ran = struck(case, signal.SIGKILL, chance).wait()
        assert ran.code in (-signal.SIGKILL, 0), ran.err
        case.come_to_rest()
        at_home(case, monkeypatch)
        if chance.random() < 0.3:
            shutil.rmtree(case.root / ".reconciler", ignore_errors=True)
        elif ran.code:
            check_history(case)
        judge.finish(case, run)


def check_history(case: Case) -> None:
    """What the dead run says it did, and what it did not know, is all that it can have done."""
    if not (case.root / ".reconciler").exists():
        assert case.writes == []
        return
    ledger = open_ledger(Tenant("acme", "scim"), environ={}, root=case.root)
    try:
        for dead in ledger.history("acme"):
            assert dead.state is RunState.DIED
            assert dead.counts["applied"] <= len(case.writes)
            assert len({entry["address"] for entry in case.writes}) <= (
                dead.counts["applied"] + dead.unknown
            )
    finally:
        ledger.close()


@pytest.mark.parametrize("number", range(SIGNALS))
def test_an_interrupted_apply_says_what_it_did_and_is_finished_by_the_next_one(
    number: int, databases: Databases, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(f"signal {number}")
    plan = chance.randint(0, 19)
    strike = chance.choice((signal.SIGINT, signal.SIGTERM))
    with judge.case(plan, scenario(plan), databases, tmp_path / "case") as case:
        ran = struck(case, strike, chance).wait()
        assert "Traceback" not in ran.err
        assert ran.code in (0, 130, 143, -strike), ran.err
        if ran.code == -strike:  # before the first write, where nobody has to be told anything
            assert case.writes == []
        case.check_verdict(ran)
        at_home(case, monkeypatch)
        judge.finish(case, run)


@pytest.mark.parametrize("number", range(JUMPS))
def test_a_clock_that_jumps_a_day_loses_nothing(
    number: int, databases: Databases, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(f"clock {number}")
    plan = chance.randint(0, 19)
    with judge.case(plan, scenario(plan), databases, tmp_path / "case") as case:
        reconciler = Reconciler(case, case.arguments("apply"), jumps=number)
        if chance.random() < 0.5:
            case.proxy.misbehave(striking(signal.SIGKILL, chance, reconciler), when(chance))
        reconciler.start()
        ran = reconciler.wait()
        assert ran.code in (0, -signal.SIGKILL), ran.err
        case.come_to_rest()
        at_home(case, monkeypatch)
        judge.finish(case, run)
