"""One finished command, and how a test asks for one."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from reconciler import cli
from reconciler.providers.rate_limiter import RateLimiter


@dataclass(frozen=True, slots=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Ran]


def runner(capfd: pytest.CaptureFixture[str], *, waits: bool = True) -> Run:
    """Runs `reconciler ARGUMENTS` in this process and gives exit code, stdout and stderr.

    Where it does not wait, the pauses before another try pass on its clock and take no time: for a
    tenant that counts readings, and not seconds.
    """

    def run(*arguments: str | Path) -> Ran:
        capfd.readouterr()
        limiter = None if waits else without_waiting()
        code = cli.run([str(argument) for argument in arguments], limiter=limiter)
        captured = capfd.readouterr()
        return Ran(int(code), captured.out, captured.err)

    return run


def without_waiting() -> RateLimiter:
    pauses: list[float] = []
    return RateLimiter(clock=lambda: time.monotonic() + sum(pauses), sleep=pauses.append)
