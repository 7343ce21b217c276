"""A reconciler in a process of its own, forked from one that has everything imported."""

import multiprocessing
import os
import random
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from tests.faults.judge import Case
from tests.running import Ran

PATIENCE = 60.0
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(
    ["reconciler.cli.apply", "reconciler.pipeline", "reconciler.providers.scim", "reconciler.apply"]
)


class Reconciler:
    """`jumps`: its wall clock goes a day forth and back at random, as long as it runs."""

    def __init__(self, case: Case, arguments: list[str], *, jumps: int | None = None) -> None:
        self._case = case
        given = (arguments, case.root, dict(case.environ), jumps)
        self._process = _FORKS.Process(target=_work, args=given)

    def start(self) -> None:
        self._process.start()

    def kill(self) -> None:
        self._process.kill()

    def signal(self, number: int) -> None:
        if self._process.pid and self._process.is_alive():
            os.kill(self._process.pid, number)

    def wait(self) -> Ran:
        """Raises where it hangs."""
        self._process.join(PATIENCE)
        code = self._process.exitcode
        if code is None:
            self._process.kill()
            self._process.join()
            raise TimeoutError(f"it did not end within {PATIENCE} seconds")
        out, err = (self._case.root / name for name in ("out.txt", "err.txt"))
        return Ran(code, _text(out), _text(err))


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


def _work(arguments: list[str], root: Path, environ: Mapping[str, str], jumps: int | None) -> None:
    os.chdir(root)
    os.environ.update(environ)
    for name, number in (("out.txt", 1), ("err.txt", 2)):
        os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    if jumps is not None:
        chance, true = random.Random(jumps), time.time
        time.time = lambda: true() + chance.choice((-86_400, 0, 0, 86_400))
    from reconciler.cli import main

    sys.argv = ["reconciler"]
    main(arguments)
