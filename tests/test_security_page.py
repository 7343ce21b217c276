"""The page on security names tests; each of them exists."""

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs" / "security.md"
NAMED = re.findall(r"`([\w/]+\.py)::(\w+)`", PAGE.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("file", "name"), sorted(set(NAMED)))
def test_a_test_that_the_page_names_exists(file: str, name: str) -> None:
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_promise_names_a_test_and_a_section() -> None:
    page = PAGE.read_text(encoding="utf-8")
    table = page.partition("## What is promised")[2].partition("## What is not promised")[0]
    rows = [line for line in table.splitlines() if line.startswith("| ") and "**" not in line][1:]
    promises = [row for row in rows if not row.startswith("| ---")]
    for row in promises:
        _promise, tests, sections = (cell.strip() for cell in row.strip("|").split("|"))
        assert "::test_" in tests, row
        assert re.search(r"V\d+\.\d+", sections), row
