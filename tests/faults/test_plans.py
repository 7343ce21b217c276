"""The random plans themselves: without a fault they are applied as the files say."""

from pathlib import Path

import pytest

from tests.faults import judge
from tests.faults.judge import Databases
from tests.faults.plans import scenario
from tests.running import Run


@pytest.mark.parametrize("number", range(4))
def test_a_random_plan_is_applied_and_lawful_at_every_moment(
    number: int, databases: Databases, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with judge.case(number, scenario(number), databases, tmp_path / "case") as case:
        monkeypatch.chdir(case.root)
        monkeypatch.setenv("RECONCILER_TOKEN_ACME", case.environ["RECONCILER_TOKEN_ACME"])
        ran = run(*case.arguments("apply"))
        assert ran.code == 0, ran.err + ran.out
        assert len(case.writes) >= 5
        case.check_verdict(ran)
        judge.finish(case, run)
