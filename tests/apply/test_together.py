"""Two people press the button at once: one applies, the other is told so and writes nothing.

Twice on each database here; `RECONCILER_PAIRS=20 pytest tests/apply/test_together.py` for more.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.apply import survival
from tests.ledger.kept import PLACES
from tests.running import Run

PAIRS = int(os.environ.get("RECONCILER_PAIRS", "2"))
PATIENCE = 90.0


@pytest.mark.parametrize("number", range(PAIRS))
@pytest.mark.parametrize("kind", sorted(PLACES))
def test_of_two_applies_of_one_plan_exactly_one_writes(
    kind: str,
    number: int,
    database: Path,
    tmp_path: Path,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with (
        PLACES[kind](tmp_path) as place,
        survival.case(database, tmp_path / "case", {"latency_ms": 5}) as case,
    ):
        monkeypatch.chdir(case.root)
        environ = {**os.environ, **case.environ, **place.environ}
        for name, value in (case.environ | dict(place.environ)).items():
            monkeypatch.setenv(name, value)
        assert run(*case.plan("-o", "plan.json")).code == 0
        command = [sys.executable, "-m", "reconciler", "apply", "plan.json", "--yes"]
        both = [
            subprocess.Popen(
                [*command, "--from", str(case.files)],
                cwd=case.root,
                env=environ,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            for _ in range(2)
        ]
        said = {one.communicate(timeout=PATIENCE)[0]: one.returncode for one in both}
        assert sorted(said.values())[0] == 0, said
        assert sorted(said.values())[1] in (5, 6), said
        assert run(*case.plan("--detailed-exitcode")).code == 0
        case.check()
