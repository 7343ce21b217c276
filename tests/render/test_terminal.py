"""Color and progress on a terminal, and neither anywhere else."""

import io
import re

import pytest

from reconciler.model import Result
from reconciler.render import terminal, text
from tests.render import made


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "environ", "wanted"),
    [
        (Terminal(), {}, True),
        (Terminal(), {"NO_COLOR": ""}, True),
        (Terminal(), {"NO_COLOR": "1"}, False),
        (Terminal(), {"TERM": "dumb"}, False),
        (io.StringIO(), {}, False),
        (io.StringIO(), {"FORCE_COLOR": "1"}, False),
    ],
)
def test_only_a_terminal_that_wants_it_gets_color(
    stream: io.StringIO, environ: dict[str, str], wanted: bool
) -> None:
    assert terminal.wants_style(stream, environ) is wanted


def test_color_adds_nothing_but_color() -> None:
    plain = text.plan(made.small())
    styled = terminal.styled(plain)
    assert re.sub(r"\x1b\[[0-9;]*m", "", styled) == plain
    assert "\x1b[32m  + agent/dee.kim@acme.example" in styled
    assert "\x1b[31m  - agent/eli@acme.example" in styled
    assert "\x1b[33m  ~ agent/bo.chen@acme.example" in styled
    assert "\x1b[1;31mBlocked" in styled


def test_fields_are_not_taken_for_changes() -> None:
    line = "      licenses: -sms, +web_chat"
    assert terminal.styled(line) == line
    assert terminal.styled("-1 is not a change") == "-1 is not a change"


def test_a_bar_counts_outcomes_on_a_terminal() -> None:
    stream = Terminal()
    with terminal.progress(3, stream, {}) as advance:
        for outcome in made.verdict().outcomes:
            advance(outcome)
    assert "3/3" in stream.getvalue()
    assert "1 failed" in stream.getvalue()


def test_a_bar_without_color_has_no_color() -> None:
    stream = Terminal()
    with terminal.progress(3, stream, {"NO_COLOR": "1"}) as advance:
        advance(made.verdict().outcomes[0])
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]m", stream.getvalue())


def test_what_is_no_terminal_gets_no_bar() -> None:
    stream = io.StringIO()
    with terminal.progress(3, stream, {}) as advance:
        for outcome in made.verdict().outcomes:
            assert outcome.result in Result
            advance(outcome)
    assert stream.getvalue() == ""
