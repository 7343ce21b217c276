"""A terminal gets text in its width; a pipe gets whole lines."""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from reconciler.render import terminal
from tests.running import Run

LONG = "    agent/x: " + " ".join(f"word{n}" for n in range(60))


@pytest.mark.parametrize("columns", [80, 120, 200])
def test_a_long_line_is_wrapped_between_words_and_nothing_is_cut(columns: int) -> None:
    lines = terminal.wrapped(LONG, columns).split("\n")
    assert max(map(len, lines)) <= columns
    assert " ".join(line.strip() for line in lines) == LONG.strip()
    assert {len(line) - len(line.lstrip()) for line in lines[1:]} == {8}


def test_what_fits_and_a_word_that_never_fits_stay_as_they_are() -> None:
    table = "license  purchased  assigned\nvoice            2         0"
    assert terminal.wrapped(table, 80) == table
    url = "https://" + "x" * 300
    assert terminal.wrapped(f"see {url}", 80).split("\n") == ["see", f"    {url}"]


def test_wide_letters_count_as_two_columns() -> None:
    lines = terminal.wrapped(" ".join(["漢字漢字"] * 20), 80).split("\n")
    assert max(sum(2 if c > "\u2e80" else 1 for c in line) for line in lines) <= 80


def at_a_terminal(columns: int, *arguments: str) -> list[str]:
    """The lines that a command writes to a terminal of that width."""
    parent, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    environ = {**os.environ, "TERM": "xterm", "NO_COLOR": "1"}
    environ.pop("COLUMNS", None)
    process = subprocess.Popen(
        [sys.executable, "-m", "reconciler", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=child,
        stderr=child,
        env=environ,
    )
    os.close(child)
    written = b""
    while True:
        try:
            part = os.read(parent, 65536)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        written += part
    os.close(parent)
    process.wait()
    return written.decode().replace("\r\n", "\n").split("\n")


@pytest.mark.parametrize(("columns", "widest"), [(40, 80), (100, 100), (300, 200)])
def test_a_plan_fits_the_terminal(company: Path, columns: int, widest: int) -> None:
    lines = at_a_terminal(columns, "plan")
    assert lines[-2].startswith(("Plan: ", "    "))
    assert max(map(len, lines)) <= widest


def test_a_pipe_gets_whole_lines(run: Run, company: Path) -> None:
    assert max(map(len, run("plan").out.split("\n"))) > 100
