"""Mistakes of people get messages of their own: merge conflicts, and a missing dash in a list."""

from pathlib import Path

import pytest

from tests.running import Run

HEAD = "tenant: {name: acme, provider: sandbox}\n"
ANA = '  - name: Ana\n    extension: "4001"\n    email: ana@acme.example\n'
BO = 'name: Bo\n{0}extension: "4002"\n{0}email: bo@acme.example\n'


def findings(run: Run, text: str) -> list[tuple[str, int]]:
    Path("files").mkdir()
    Path("files/team.yaml").write_text(HEAD + text, encoding="utf-8")
    ran = run("validate", "files", "--format", "json")
    assert ran.code == 1
    return [(item["rule"], item["line"]) for item in ran.json["diagnostics"]]


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_merge_conflict_is_named_with_its_lines(run: Run) -> None:
    text = f"agents:\n<<<<<<< HEAD\n{ANA}=======\n{ANA}>>>>>>> the-other-branch\n"
    assert findings(run, text) == [("conflict-marker", 3)]
    assert "lines 3 to 11" in run("validate", "files").out
    assert "keep what is right of both sides" in run("plan", "files").err


def test_every_conflict_of_a_file_is_named(run: Run) -> None:
    part = "<<<<<<< HEAD\n# a\n||||||| base\n# b\n=======\n# c\n>>>>>>> theirs\n"
    assert findings(run, f"{part}agents:\n{ANA}{part}") == [
        ("conflict-marker", 2),
        ("conflict-marker", 13),
    ]


def test_half_a_conflict_is_one_as_well(run: Run) -> None:
    assert findings(run, f"agents:\n{ANA}>>>>>>> theirs\n") == [("conflict-marker", 6)]


def test_arrows_inside_a_text_are_no_conflict(run: Run, tmp_path: Path) -> None:
    Path("files").mkdir()
    note = "policy:\n  allow:\n    - what: agent.suspend\n      count: 1\n      reason: |\n"
    text = f"{HEAD}{note}        <<<<<<< a quotation\n"
    Path("files/team.yaml").write_text(text, encoding="utf-8")
    assert run("validate", "files").code == 0


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"agents:\n{ANA}  {BO.format('    ')}", 6),
        (f"agents:\n{ANA}  {BO.format('  ')}", 6),
        (f"agents:\n{ANA}\n  # the second\n  {BO.format('  ')}", 8),
        (f"agents:\n  {BO.format('  ')}", 2),
        (f"agents:\n    {BO.format('    ')}{ANA}", 3),
        (f"agents:\n    # the first\n    {BO.format('    ')}\n{ANA}", 4),
        (f"agents:\n  {BO.format('  ')}{ANA.replace('  -', '-').replace('    ', '  ')}", 3),
    ],
)
def test_a_missing_dash_is_named_where_the_entry_begins(run: Run, text: str, line: int) -> None:
    assert findings(run, text)[0] == ("missing-dash", line)


def test_a_key_that_is_repeated_in_an_entry_may_be_a_missing_dash(run: Run) -> None:
    assert findings(run, f"agents:\n{ANA}    {BO.format('    ')}")[0] == ("duplicate-key", 6)
    assert "write `- ` before its first key" in run("validate", "files").out


def test_another_mistake_of_indentation_is_none_of_a_dash(run: Run) -> None:
    assert findings(run, "queues:\n  support:\n    extension: 1001\n   priority: 5\n")[0] == (
        "yaml-syntax",
        5,
    )
