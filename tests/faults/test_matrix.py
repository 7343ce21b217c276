"""Fault x moment x command: no lie, no double, nothing lost, and the next apply finishes the work.

A sample by fixed seeds here, each fault once; the whole matrix with
`RECONCILER_WHOLE_MATRIX=1 pytest tests/faults/test_matrix.py`.
"""

import json
import os
import random
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults import judge
from tests.faults.catalogue import FAULTS
from tests.faults.judge import Case, Databases
from tests.faults.plans import scenario
from tests.faults.proxy import Moment
from tests.running import Ran, Run

IS_WHOLE = bool(os.environ.get("RECONCILER_WHOLE_MATRIX"))
VARIES = re.compile(r'\d{4}-\d\d-\d\dT[0-9:]+Z|"live_id": "[^"]*"')
"""Moments, and the tenant's own ids, about which it may say what it likes."""
READS = ("plan", "drift", "export")
READ_MOMENTS = (
    *(Moment(name) for name in ("ServiceProviderConfig", "ResourceTypes", "Schemas")),
    *(Moment(name) for name in ("Users", "Queues", "LicensePools")),
)
APPLY_MOMENTS = (
    *READ_MOMENTS,
    Moment("write", 1),
    Moment("write", 4),
    Moment("write", 7),
    Moment("list", 6),
    Moment("list", 1, after_write=True),
)
CASES = [
    (name, verb, moment)
    for name in FAULTS
    for verb in (*READS, "apply")
    for moment in (APPLY_MOMENTS if verb == "apply" else READ_MOMENTS)
]


def sample() -> list[tuple[str, str, Moment]]:
    if IS_WHOLE:
        return CASES
    chance = random.Random("a sample of the matrix")
    by_fault = {name: [case for case in CASES if case[0] == name] for name in FAULTS}
    return [chance.choice(cases) for cases in by_fault.values()]


def named(case: tuple[str, str, Moment]) -> str:
    return f"{case[0]}-{case[1]}-{case[2]}"


def of_reads() -> list[Any]:
    return [pytest.param(*case, id=named(case)) for case in sample() if case[1] != "apply"]


def of_applies() -> list[Any]:
    return [pytest.param(*case, id=named(case)) for case in sample() if case[1] == "apply"]


@pytest.fixture(scope="module")
def lasting(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Case, dict[str, str]]]:
    """One tenant for all commands that only read, and what each says without a fault."""
    with judge.case(0, scenario(0), databases, tmp_path_factory.mktemp("reads")) as case:
        yield case, {}


def at_home(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(case.root)
    for name, value in case.environ.items():
        monkeypatch.setenv(name, value)


def meaning(case: Case, verb: str, ran: Ran) -> str:
    """What a command said, without what differs from run to run."""
    if verb == "export":
        files = sorted((case.root / "out").rglob("*.yaml"))
        text = "\n".join(path.read_text(encoding="utf-8") for path in files)
        shutil.rmtree(case.root / "out")
        return text
    names = ("changes", "operations", "seats", "coverage", "unmanaged", "items", "unobserved")
    document = json.loads(ran.out)
    return VARIES.sub("", json.dumps({name: document.get(name) for name in names}))


@pytest.mark.parametrize(("name", "verb", "moment"), of_reads())
def test_a_command_that_reads_says_the_truth_or_that_it_cannot_tell(
    name: str,
    verb: str,
    moment: Moment,
    lasting: tuple[Case, dict[str, str]],
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case, truths = lasting
    at_home(case, monkeypatch)
    case.proxy.behave()
    if verb not in truths:
        truths[verb] = meaning(case, verb, run(*case.arguments(verb)))
    case.proxy.misbehave(FAULTS[name], moment)
    ran = run(*case.arguments(verb))
    assert "Traceback" not in ran.err
    if ran.code == 7:
        assert ran.err.startswith("reconciler: ") or "the tenant" in ran.err
    else:
        assert ran.code in (0, 2, 4), ran.err
        assert meaning(case, verb, ran) == truths[verb]
    assert case.writes == []


@pytest.mark.parametrize(("name", "verb", "moment"), of_applies())
def test_an_apply_loses_nothing_doubles_nothing_and_does_not_lie(
    name: str,
    verb: str,
    moment: Moment,
    databases: Databases,
    tmp_path: Path,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    number = sum(map(ord, name)) % 12
    with judge.case(number, scenario(number), databases, tmp_path / "case") as case:
        at_home(case, monkeypatch)
        case.proxy.misbehave(FAULTS[name], moment)
        ran = run(*case.arguments(verb))
        assert "Traceback" not in ran.err
        assert ran.code in (0, 3, 5, 7), ran.err + ran.out
        if ran.code in (5, 7):
            assert case.writes == []
        case.check_every_moment()
        case.check_verdict(ran)
        if ran.code == 0:
            case.check_end()
        judge.finish(case, run)
