"""The README's sample is what the program prints, and its commands are what CI runs."""

import re
from pathlib import Path

import pytest

from tests.running import Run

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def block(marker: str) -> str:
    found = re.search(rf"<!-- {re.escape(marker)} -->\n```\w*\n(.*?)```", README, re.DOTALL)
    assert found, marker
    return found.group(1)


def test_the_sample_plan_is_what_the_program_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "desired-state").mkdir()
    (tmp_path / "desired-state/team.yaml").write_text(block("sample: desired-state/team.yaml"))
    printed = run("plan").out
    assert printed[printed.index("Risk\n") :] == block("sample: reconciler plan")


def test_the_readme_stays_within_120_lines() -> None:
    assert len(README.splitlines()) <= 120


def test_every_verb_stands_in_the_readme() -> None:
    from reconciler.cli import VERBS

    assert [verb for verb in VERBS if f"`{verb}" not in README] == []
