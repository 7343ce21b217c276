"""The work of an import grows with the table, and the table is bounded: counted, not timed."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from reconciler import roster
from reconciler.roster.mapping import ColumnMap
from tests.running import Run

HEADER = "name,email,extension"


def wide(size: int) -> str:
    return HEADER + "".join(f",Column {n}" for n in range(size)) + "\nAna,ana@acme.example,4001\n"


def twice(size: int) -> str:
    return HEADER + ",email" * size + "\nAna,ana@acme.example,4001\n"


def odd(size: int) -> str:
    return HEADER + ",\x07" * size + "\nAna,ana@acme.example,4001\n"


def calls(work: Callable[[], Any]) -> int:
    """How many Python functions are entered."""
    count = 0

    def entered(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(entered)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("table", [wide, twice, odd])
def test_the_work_grows_with_the_columns_and_not_with_their_square(
    table: Callable[[int], str],
) -> None:
    small, large = table(100).encode(), table(400).encode()
    roster.read(small, "t.csv", mapping=ColumnMap())
    few = calls(lambda: roster.read(small, "t.csv", mapping=ColumnMap()))
    many = calls(lambda: roster.read(large, "t.csv", mapping=ColumnMap()))
    assert many < 6 * few


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (wide(8000), "8003 columns; at most 500"),
        (HEADER + "\n" + "a\n" * 130_000, "more than 120000 lines"),
        (HEADER + '\n"' + "a\n" * 130_000, "more than 120000 lines"),
    ],
)
def test_a_table_beyond_all_measure_is_one_finding(table: str, words: str) -> None:
    found = roster.read(table.encode(), "t.csv", mapping=ColumnMap())
    assert words in found.diagnostics[-1].summary
    assert found.rows == ()


def test_many_names_in_one_cell_are_placed_in_one_go(company: Any, run: Run) -> None:
    names = ";".join(f"q{n}" for n in range(1000))
    (company / "t.csv").write_text(f'{HEADER},queues\nAna,x@acme.example,4990,"{names}"\n')
    work = calls(lambda: run("import", "t.csv", "--output", "out"))
    assert work < 1_500_000
