"""Faults between us and the platform, and a killed process: no lie, no double, nothing lost.

A sample by fixed seeds; all with `RECONCILER_WHOLE_MATRIX=1 pytest tests/genesys/test_faults.py`.
"""

import os
import random
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from reconciler.providers.genesys import api
from tests.faults.catalogue import FAULTS
from tests.faults.process import Reconciler
from tests.faults.proxy import Exchange, Moment, Proxy, proxy
from tests.genesys.stand_in import ID, SECRET, STATE, StandIn
from tests.genesys.test_commands import creations
from tests.running import Run

IS_WHOLE = bool(os.environ.get("RECONCILER_WHOLE_MATRIX"))
LISTINGS = (api.USERS, api.QUEUES, api.SKILLS, api.LICENSED, api.DEFINITIONS, api.POOLS)
READS = [(name, Moment(path)) for name in FAULTS for path in ("/oauth/token", *LISTINGS)]
WRITES = [(name, Moment("write", number)) for name in FAULTS for number in (2, 5, 9, 14, 20)]


def sample(cases: list[tuple[str, Moment]], count: int) -> list[Any]:
    picked = cases if IS_WHOLE else random.Random("faults of genesys").sample(cases, count)
    return [pytest.param(*case, id=f"{case[0]}-{case[1]}") for case in picked]


@pytest.fixture
def between(genesys: StandIn) -> Iterator[Proxy]:
    """A proxy that the files name in place of the stand-in."""
    with proxy(genesys.running.root) as made:
        root = made.url.removesuffix("/scim/v2")
        genesys.tenant = genesys.tenant.replace(genesys.running.root, root)
        genesys.declare(STATE)
        yield made


def finish(run: Run, genesys: StandIn, between: Proxy) -> None:
    """Without faults the next applies come to the end that the files describe."""
    between.behave()
    codes = [run("apply", "--yes").code for _ in range(2)]
    assert codes[-1] == 0
    assert run("plan", "--format", "json").json["changes"] == []
    made = creations(genesys)
    assert len(made) == len(set(made)) == 7


@pytest.mark.parametrize(("name", "moment"), sample(READS, 24))
def test_a_plan_says_the_truth_or_that_it_cannot_tell(
    run: Run, genesys: StandIn, between: Proxy, name: str, moment: Moment
) -> None:
    between.misbehave(FAULTS[name], moment)
    planned = run("plan", "--format", "json")
    assert planned.code in (0, 7), planned.err
    assert "Traceback" not in planned.err
    if planned.code == 0:
        assert len(planned.json["changes"]) == 7
    assert genesys.trail() == []


@pytest.mark.parametrize(("name", "moment"), sample(WRITES, 8))
def test_an_apply_doubles_nothing_and_the_next_one_ends_it(
    run: Run, genesys: StandIn, between: Proxy, name: str, moment: Moment
) -> None:
    between.misbehave(FAULTS[name], moment)
    applied = run("apply", "--yes")
    assert applied.code in (0, 3, 5, 7), applied.err
    assert "Traceback" not in applied.err
    if applied.code == 7:
        assert genesys.trail() == []
    finish(run, genesys, between)


@pytest.mark.parametrize(("number", "is_before"), [(3, True), (6, False), (12, True), (18, False)])
def test_an_apply_that_was_killed_is_ended_by_the_next(
    run: Run, genesys: StandIn, between: Proxy, number: int, is_before: bool
) -> None:
    secret = genesys.running.tokens["admin"]
    environ = {ID: "admin", SECRET: secret}
    case: Any = SimpleNamespace(root=genesys.folder, environ=environ)
    reconciler = Reconciler(case, ["apply", "--yes"])

    def strike(exchange: Exchange) -> None:
        if is_before:
            reconciler.kill()
            exchange.drop()
        else:
            answer = exchange.forward()
            reconciler.kill()
            exchange.reply(answer)

    course = between.misbehave(strike, Moment("write", number))
    reconciler.start()
    assert reconciler.wait().code != 0
    assert course.hits == 1
    finish(run, genesys, between)
