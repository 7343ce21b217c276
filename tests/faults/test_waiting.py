"""A tenant that asks to wait: the command line shows it, and the work is done all the same."""

from pathlib import Path

import pytest

from tests.faults import judge
from tests.faults.catalogue import FAULTS
from tests.faults.judge import Databases
from tests.faults.plans import scenario
from tests.faults.proxy import Moment
from tests.running import Run


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("busy_429_half", "the tenant asks to wait 0.5 s (429)"),
        ("busy_503_none", "the tenant refuses requests; waiting 0.25 s (503)"),
        ("busy_429_inf", "the tenant refuses requests; waiting 0.25 s (429)"),
    ],
)
@pytest.mark.parametrize(
    "moment", [Moment("Schemas"), Moment("Users"), Moment("write", 2)], ids=str
)
def test_the_command_line_shows_that_the_tenant_asks_to_wait(
    name: str,
    text: str,
    moment: Moment,
    databases: Databases,
    tmp_path: Path,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with judge.case(2, scenario(2), databases, tmp_path / "case") as case:
        monkeypatch.chdir(case.root)
        monkeypatch.setenv("RECONCILER_TOKEN_ACME", case.environ["RECONCILER_TOKEN_ACME"])
        case.proxy.misbehave(FAULTS[name], moment)
        ran = run(*case.arguments("apply"))
        assert ran.code == 0
        assert text in ran.err.splitlines()
        case.check_end()
