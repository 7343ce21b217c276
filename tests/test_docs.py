"""Every command in the docs runs, in order, on the company of the repository."""

import re
import shlex
from pathlib import Path

import pytest

from tests.running import Run

DOCS = sorted((Path(__file__).parents[1] / "docs").glob("*.md"))


def commands(page: Path) -> list[list[str]]:
    blocks = re.findall(r"```console\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    lines = (line for block in blocks for line in block.splitlines() if line.startswith("$ "))
    return [shlex.split(line.removeprefix("$ ")) for line in lines]


def samples(page: Path) -> list[tuple[str, str]]:
    """The files that a page shows, by name."""
    marked = r"<!-- sample: (\S+) -->\n```\w+\n(.*?)```"
    return re.findall(marked, page.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("page", [p for p in DOCS if commands(p)], ids=lambda page: page.stem)
def test_the_commands_of_a_page_run(page: Path, company: Path, run: Run) -> None:
    for name, text in samples(page):
        (company / name).write_text(text, encoding="utf-8")
    for program, *arguments in commands(page):
        assert program == "reconciler"
        ran = run(*arguments)
        assert ran.code == 0, f"{arguments}: {ran.err}{ran.out}"


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.stem)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+?)\)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target
