"""What an editor makes of the schema that the installed tool prints."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler import cli
from tests.editor.client import Editor, editor

PROGRAM = os.environ.get("RECONCILER_TEST_YAML_SERVER")
pytestmark = pytest.mark.skipif(
    not PROGRAM, reason="RECONCILER_TEST_YAML_SERVER names no yaml-language-server; .ci/run does"
)

MODELINE = "# yaml-language-server: $schema={schema}\n"
TEXT = (
    """\
agents:
  - name: Ana Diaz
    extension: 4001
    email: ana@acme.example
    recording_mode: automatic
"""
    + " " * 4
    + "\n"
)


@pytest.fixture
def schema(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> Path:
    """The schema as `reconciler schema` prints it."""
    assert cli.run(["schema"]) == 0
    path = tmp_path / "desired-state.schema.json"
    path.write_bytes(capfdbinary.readouterr().out)
    return path


@pytest.fixture
def opened(schema: Path) -> Iterator[Editor]:
    assert PROGRAM
    with editor(PROGRAM, schema) as session:
        yield session


def document(schema: Path, text: str = TEXT) -> str:
    return MODELINE.format(schema=schema.as_uri()) + text


def test_a_right_file_has_no_diagnostic(opened: Editor, schema: Path) -> None:
    assert opened.open(document(schema)) == []


def test_a_misspelt_key_is_marked_at_its_line(opened: Editor, schema: Path) -> None:
    found = opened.open(document(schema, TEXT.replace("recording_mode", "recordingmode")))
    assert [
        (one["range"]["start"]["line"], "recordingmode" in one["message"]) for one in found
    ] == [(5, True)]


def test_a_value_that_is_none_of_the_choices_is_marked(opened: Editor, schema: Path) -> None:
    found = opened.open(document(schema, TEXT.replace("automatic", "sometimes")))
    assert [one["range"]["start"]["line"] for one in found] == [5]


def test_keys_of_an_agent_are_offered_and_described(opened: Editor, schema: Path) -> None:
    opened.open(document(schema))
    offered = {item["label"]: item for item in opened.at("completion", 6, 4)["items"]}
    assert {"preferred_name", "licenses", "queues", "until"} <= offered.keys()
    assert "suspended" in str(offered["until"]["documentation"])


def test_choices_are_offered_behind_the_key(opened: Editor, schema: Path) -> None:
    opened.open(document(schema, TEXT.replace("automatic", "")))
    labels = {item["label"] for item in opened.at("completion", 5, 20)["items"]}
    assert {"automatic", "manual", "disabled"} <= labels


def test_hovering_over_a_key_explains_it(opened: Editor, schema: Path) -> None:
    opened.open(document(schema))
    assert "unique over agents" in str(opened.at("hover", 3, 6))
