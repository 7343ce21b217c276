"""Every command in the docs runs, in order, on the company of the repository."""

import re
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from reconciler import sandbox
from tests.running import Run

XIMA = "https://acme.xima.cloud"
GENESYS = "http://127.0.0.1:8700"
DOCS = sorted((Path(__file__).parents[1] / "docs").glob("*.md"))


CODE = re.compile(r"  # leaves with (\d+)$")


def commands(page: Path) -> list[tuple[list[str], int]]:
    """Each with the exit code that the page states, or 0."""
    blocks = re.findall(r"```console\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    lines = (line for block in blocks for line in block.splitlines() if line.startswith("$ "))
    return [(shlex.split(CODE.sub("", line[2:])), _code(line)) for line in lines]


def _code(line: str) -> int:
    stated = CODE.search(line)
    return int(stated.group(1)) if stated else 0


def samples(page: Path) -> list[tuple[str, str]]:
    """The files that a page shows, by name."""
    marked = r"<!-- sample: (\S+) -->\n```\w+\n(.*?)```"
    return re.findall(marked, page.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("page", [p for p in DOCS if commands(p)], ids=lambda page: page.stem)
def test_the_commands_of_a_page_run(
    page: Path, company: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with console(page) as (url, token):
        monkeypatch.setenv("RECONCILER_TOKEN_ACME", token)
        monkeypatch.setenv("RECONCILER_CLIENT_ID_ACME", "admin")
        monkeypatch.setenv("RECONCILER_CLIENT_SECRET_ACME", token)
        for name, text in samples(page):
            (company / name).parent.mkdir(parents=True, exist_ok=True)
            (company / name).write_text(_at(url, text), encoding="utf-8")
        for (program, *arguments), code in commands(page):
            assert program == "reconciler"
            ran = run(*arguments)
            assert ran.code == code, f"{arguments}: {ran.err}{ran.out}"


@contextmanager
def console(page: Path) -> Iterator[tuple[str, str]]:
    """Where a page on a vendor finds its tenant: the sandbox speaks these APIs, too."""
    if page.stem == "xima":
        with sandbox.start(seed="acme") as running:
            yield running.root, running.tokens["manager"]
    elif page.stem == "genesys":
        with sandbox.start() as running:
            yield running.root, running.tokens["admin"]
    else:
        yield XIMA, ""


def _at(url: str, text: str) -> str:
    return text.replace(XIMA, url).replace(GENESYS, url)


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.stem)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+?)\)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target
