"""A tenant that is faulty throughout, and a busy Monday: the end is that of a run without faults.

One fault at one moment is the matter of `test_matrix`.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.apply import survival
from tests.running import Run

IS_WHOLE = bool(os.environ.get("RECONCILER_WHOLE_MATRIX"))
THROUGHOUT: Mapping[str, Mapping[str, Any]] = {
    "half_of_the_answers_lost": {"drop_after": 0.25, "fail_after": 0.25, "seed": 4},
    "a_quarter_of_the_writes_refused": {"fail_before": 0.15, "html_503": 0.05, "seed": 5},
    "40_requests_a_second": {"rate_per_second": 40},
    "60_requests_a_second_and_not_told": {"rate_per_second": 60, "retry_after": False},
    "lists_that_move": {"moving_total": True, "page_clamp": 7},
}
SLOW = {"shown_a_second_late": {"stale_seconds": 1, "drop_after": 0.2, "seed": 6}}


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The busy Monday's tenant, to be copied by each case."""
    return survival.seeded(tmp_path_factory.mktemp("story"))


@pytest.fixture(scope="module")
def wanted(database: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    """The end of a run without faults."""
    return {}


def survive(
    case: survival.Case, run: Run, monkeypatch: pytest.MonkeyPatch, *first: str
) -> dict[str, list[Any]]:
    """An apply under faults, a new one without, and a plan that finds nothing left to do."""
    monkeypatch.chdir(case.root)
    for name, value in case.environ.items():
        monkeypatch.setenv(name, value)
    ran = run(*case.apply(*first))
    assert ran.code in (0, 3) or (ran.code == 7 and not case.writes), ran.err
    case.set_faults({})
    again = run(*case.apply())
    assert again.code == 0, again.err + again.out
    assert run(*case.plan("--detailed-exitcode")).code == 0
    case.check()
    return case.end_state()


def reference(
    database: Path, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> dict[str, list[Any]]:
    with survival.case(database, tmp_path / "reference") as case:
        return survive(case, run, monkeypatch)


@pytest.mark.parametrize("name", [*THROUGHOUT, *(SLOW if IS_WHOLE else ())])
def test_faults_throughout_change_nothing_about_the_end(
    name: str,
    database: Path,
    wanted: dict[str, list[Any]],
    tmp_path: Path,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not wanted:
        wanted.update(reference(database, tmp_path, run, monkeypatch))
    with survival.case(database, tmp_path / "case", {**THROUGHOUT, **SLOW}[name]) as case:
        assert survive(case, run, monkeypatch) == wanted


def test_the_story_has_at_least_25_operations(
    database: Path, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with survival.case(database, tmp_path / "case") as case:
        monkeypatch.chdir(case.root)
        monkeypatch.setenv("RECONCILER_TOKEN_ACME", case.running.tokens["admin"])
        made = run(*case.plan("--format", "json")).json
        assert len(made["operations"]) >= 25
        assert any("parked" in operation["why"] for operation in made["operations"])
        run(*case.apply())
        assert len(case.writes) >= 25
