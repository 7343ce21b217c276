"""Shell completion: what docs/first-hour.md tells people to put into their shell works."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[1] / "docs" / "first-hour.md"


def completed(words: str, number: int) -> list[str]:
    """The offers of bash for the last of some words."""
    variables = {
        "COMP_WORDS": words,
        "COMP_CWORD": str(number),
        "_RECONCILER_COMPLETE": "bash_complete",
    }
    command = [sys.executable, "-m", "reconciler"]
    done = subprocess.run(
        command, env={**os.environ, **variables}, capture_output=True, text=True, check=True
    )
    return done.stdout.split()


@pytest.mark.parametrize(
    ("words", "number", "offers"),
    [
        ("reconciler pl", 1, ["plain,plan"]),
        ("reconciler apply --du", 2, ["plain,--due"]),
        ("reconciler plan --format ma", 3, ["plain,markdown"]),
        ("reconciler plan des", 2, ["file,des"]),
        ("reconciler apply --from des", 3, ["file,des"]),
    ],
)
def test_verbs_options_choices_and_files_are_offered(
    words: str, number: int, offers: list[str]
) -> None:
    assert completed(words, number) == offers


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_of_the_docs_gets_a_script(shell: str) -> None:
    (variable,) = re.findall(rf"(_RECONCILER_COMPLETE)={shell}_source", PAGE.read_text())
    done = subprocess.run(
        [sys.executable, "-m", "reconciler"],
        env={**os.environ, variable: f"{shell}_source"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "_RECONCILER_COMPLETE" in done.stdout
