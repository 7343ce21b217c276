"""Fixtures for whole runs: a company folder of one's own, and a command runner."""

import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.running import Run, runner

ROOT = Path(__file__).parents[1]

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # a shell starts background jobs so, and programs that tests start would inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rewrite", action="store_true", help="write what the golden tests expect")


Golden = Callable[[Path, str], None]


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Compares a text with a file; with `--rewrite` it writes the file, to be reviewed as text."""

    def compare(path: Path, text: str) -> None:
        if request.config.getoption("--rewrite"):
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8")

    return compare


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of `desired-state/` in an empty current directory, with no variables of ours set."""
    shutil.copytree(ROOT / "desired-state", tmp_path / "desired-state")
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("RECONCILER_")]:
        monkeypatch.delenv(name)
    return tmp_path


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    return runner(capfd)
