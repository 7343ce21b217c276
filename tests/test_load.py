"""Files to documents: texts as they were written, with their places, and everything refused."""

import gc
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler import load
from reconciler.diagnostics import Diagnostic, Position
from reconciler.errors import SetupError
from reconciler.load import files, folder
from reconciler.load.document import Document

Parse = Callable[[str, str], tuple[Document | None, list[Diagnostic]]]
PARSERS = [folder.parse_text, folder.pure]


def document(text: str) -> Document:
    found, problems = folder.parse_text("agents.yaml", text)
    assert found is not None
    assert problems == []
    return found


def refused(content: str | bytes) -> Diagnostic:
    """The only diagnostic of a file."""
    raw = content.encode() if isinstance(content, str) else content
    loaded = folder.parsed([("agents.yaml", files.text(raw, "agents.yaml"))])
    assert len(loaded.diagnostics) == 1, loaded.diagnostics
    return loaded.diagnostics[0]


@pytest.mark.parametrize("parse", PARSERS)
@pytest.mark.parametrize(
    "written", ["0400", "+15551234", "12:30", "no", "1e3", "4001.0", "2026-11-24", "0x10", "=", "Y"]
)
def test_a_scalar_is_the_text_that_was_written(parse: Parse, written: str) -> None:
    found, _ = parse("a.yaml", f"a: {written}\nb: [{written}]\n")
    assert found is not None
    assert found.content == {"a": written, "b": [written]}


@pytest.mark.parametrize("parse", PARSERS)
def test_a_plain_null_is_noted_and_a_quoted_one_is_a_text(parse: Parse) -> None:
    found, _ = parse("a.yaml", "agents:\n- {name: Null, email: 'null', extension: ~}\n")
    assert found is not None
    assert found.content == {"agents": [{"name": "Null", "email": "null", "extension": "~"}]}
    assert found.nulls == (("agents", 0, "name"), ("agents", 0, "extension"))


def test_every_member_has_its_place() -> None:
    found = document(
        "queues:\n  support:\n    priority: 5\nagents:\n  - name: Ana\n    queues: [a, b]\n"
    )
    assert found.at("queues", "support", "priority") == Position("agents.yaml", 3, 5)
    assert found.at("agents", 0) == Position("agents.yaml", 5, 5)
    assert found.at("agents", 0, "queues", 1) == Position("agents.yaml", 6, 17)


def test_an_unknown_member_has_the_place_of_what_is_around_it() -> None:
    found = document("agents:\n  - name: Ana\n")
    assert found.at("agents", 0, "queues", "support") == Position("agents.yaml", 2, 5)
    assert found.at("agents", 7) == Position("agents.yaml", 1, 1)
    assert found.at("nothing") == Position("agents.yaml", 1, 1)


def test_an_alias_is_a_copy_with_places_of_its_own() -> None:
    found = document("profiles:\n  a: &x {licenses: [voice]}\n  b: *x\nagents:\n  - name: Ana\n")
    profiles = found.content["profiles"]
    assert isinstance(profiles, dict)
    assert profiles["a"] == profiles["b"]
    assert profiles["a"] is not profiles["b"]
    assert found.at("profiles", "b") == Position("agents.yaml", 3, 3)
    assert found.at("agents", 0, "name") == Position("agents.yaml", 5, 5)


def test_a_whole_kind_may_be_an_alias() -> None:
    found = document("queues: &all\n  x: {priority: 1}\nskills: *all\nagents:\n  - name: Ana\n")
    assert found.content["skills"] == {"x": {"priority": "1"}}
    assert found.at("agents", 0) == Position("agents.yaml", 5, 5)


def test_a_duplicate_key_names_both_places_and_keeps_the_first_value() -> None:
    found, problems = folder.parse_text(
        "a.yaml", "agents:\n- name: Ana\n  email: x\n  name: Bo\n  extension: '1'\n"
    )
    assert found is not None
    assert found.content == {"agents": [{"name": "Ana", "email": "x", "extension": "1"}]}
    assert found.at("agents", 0, "extension") == Position("a.yaml", 5, 3)
    assert problems[0].rule == "duplicate-key"
    assert problems[0].position == Position("a.yaml", 4, 3)
    assert "a.yaml:2:3" in problems[0].summary


def test_a_duplicate_kind_is_dropped_with_all_its_places() -> None:
    found, problems = folder.parse_text(
        "a.yaml", "queues: {a: {}}\nqueues: {b: ~, c: {}}\nagents:\n- name: Ana\n"
    )
    assert found is not None
    assert found.content == {"queues": {"a": {}}, "agents": [{"name": "Ana"}]}
    assert found.nulls == ()
    assert found.at("agents", 0, "name") == Position("a.yaml", 4, 3)
    assert [problem.rule for problem in problems] == ["duplicate-key"]


@pytest.mark.parametrize(
    ("text", "offer"),
    [
        ("agents:\n- name: Ana\n  licenses:\n", "write `licenses: []` to take all of them away"),
        ("agents:\n- preferred_name:\n", "write `preferred_name: null` to clear it"),
        ("agents:\n- email:\n", "write a value"),
        ("agents:\n- extension:\n", "write a value"),
        ("queues:\n  a:\n    extension:\n", "write `extension: null` to clear it"),
        ("agents:\n", "write `agents: []` if there are none"),
        ("queues:\n", "write `queues: {}` if there are none"),
        ("queues:\n  support:\n", "write `support: {}` to state nothing more of it"),
        ("tenant:\n  name:\n", "write a value"),
        ("policy: {limits: }\n", "write `limits: {}` if there are none"),
        ("policy: {protect: }\n", "write `protect: []` if there are none"),
    ],
)
def test_a_key_with_nothing_behind_it_is_offered_both_ways_out(text: str, offer: str) -> None:
    found = refused(text)
    assert found.rule == "nothing-behind-key"
    assert found.hint == f"{offer}, or remove the line to leave it alone"


def test_a_list_entry_with_nothing_behind_it_is_told() -> None:
    assert refused("agents:\n-\n- name: Ana\n").position == Position("agents.yaml", 2, 2)


@pytest.mark.parametrize(
    ("content", "rule", "line", "column"),
    [
        ("", "empty-file", 1, 1),
        ("# nothing yet\n", "empty-file", 1, 1),
        ("---\n", "empty-file", 1, 1),
        (b"agents:\n- name: Zo\xeb\n", "not-utf-8", 2, 11),
        ("agents:\n\t- name: Ana\n", "tab", 2, 1),
        ("agents:\n- name:\tAna\n", "tab", 2, 8),
        ("agents: []\nagents: []\n", "duplicate-key", 2, 1),
        ("agents: &a [*a]\n", "unknown-alias", 1, 13),
        ("agents: [*nobody]\n", "unknown-alias", 1, 10),
        ("agents:\n- <<: {name: Ana}\n", "merge-key", 2, 3),
        ("agents:\n- name: !shout Ana\n", "custom-tag", 2, 9),
        ("agents: !!seq []\n", "custom-tag", 1, 9),
        ("agents: []\n---\nqueues: {}\n", "second-document", 2, 1),
        ("- name: Ana\n", "not-a-mapping", 1, 1),
        ("agents\n", "not-a-mapping", 1, 1),
        ("agents:\n- name: A\x07na\n", "control-character", 2, 10),
        ("agents:\n- name: A\u2028na\n", "control-character", 2, 10),
        ('agents:\n- name: "A\\ud83d\\ude00"\n', "control-character", 2, 9),
        ("%YAML 1.2\n---\nagents: []\n", "yaml-syntax", 1, 1),
        ("? [agents]\n: []\n", "yaml-syntax", 1, 3),
        ("a: " + "[" * 40 + "]" * 40, "yaml-syntax", 1, 35),
        ("agents: [\n", "yaml-syntax", 2, 1),
        ("agents: 'x\n", "yaml-syntax", 2, 1),
        ("agents: a: b\n", "yaml-syntax", 1, 10),
        ("agents:\n  - a\n - b\n", "yaml-syntax", 3, 2),
        ("agents: @x\n", "yaml-syntax", 1, 9),
    ],
)
def test_what_is_refused_gives_one_diagnostic_with_its_place(
    content: str | bytes, rule: str, line: int, column: int
) -> None:
    found = refused(content)
    assert (found.rule, found.position) == (rule, Position("agents.yaml", line, column))
    assert found.summary
    assert found.hint


def test_a_byte_order_mark_is_accepted() -> None:
    assert files.text(b"\xef\xbb\xbfagents: []\n", "a.yaml") == "agents: []\n"


def test_a_tab_in_a_comment_is_nobodys_business() -> None:
    assert (
        folder.parse_text("a.yaml", str(files.text(b"agents: []  #\tnone yet\n", "a.yaml")))[1]
        == []
    )


def test_an_alias_bomb_is_refused_at_once() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    assert refused("\n".join(lines)).rule == "alias-bomb"


def test_a_file_over_the_limit_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "large.yaml").open("wb") as large:
        large.truncate(50 * 1024 * 1024)
    assert [found.rule for found in load.documents(tmp_path).diagnostics] == ["file-too-large"]


def test_all_problems_of_all_files_come_in_one_run(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("agents:\n- licenses:\n- <<: x\n- {name: !x y}\n")
    (tmp_path / "b.yml").write_text("agents: [\n")
    (tmp_path / "c.yaml").write_text("queues: {}\n")
    loaded = load.documents(tmp_path)
    rules = ["nothing-behind-key", "merge-key", "custom-tag", "yaml-syntax"]
    assert [found.rule for found in loaded.diagnostics] == rules
    assert [document.file for document in loaded.documents] == ["a.yaml", "c.yaml"]
    assert not loaded.whole


def test_files_are_found_below_the_folder_and_hidden_ones_are_not(tmp_path: Path) -> None:
    for name in (
        "b.yml",
        "agents/a.yaml",
        ".hidden.yaml",
        ".git/c.yaml",
        "notes.txt",
        "x/.y/d.yaml",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("agents: []\n")
    loaded = load.documents(tmp_path)
    assert [document.file for document in loaded.documents] == ["agents/a.yaml", "b.yml"]
    assert loaded.whole


@pytest.mark.parametrize("made", ["nothing", "a file", "an empty folder"])
def test_a_folder_without_files_is_a_setup_error(tmp_path: Path, made: str) -> None:
    place = tmp_path / "desired-state"
    if made == "a file":
        place.write_text("agents: []\n")
    elif made == "an empty folder":
        place.mkdir()
    with pytest.raises(SetupError) as raised:
        load.documents(place)
    assert raised.value.hint


def test_the_collector_runs_again_after_parsing() -> None:
    folder.parsed([("a.yaml", "agents: [\n")])
    assert gc.isenabled()


def test_line_breaks_of_other_systems_count_as_one_line() -> None:
    for line_break in ("\r\n", "\r"):
        text = f"agents:{line_break}- name: Ana{line_break}  email: x{line_break}"
        assert document(text).at("agents", 0, "email") == Position("agents.yaml", 3, 3)
