"""Settings of an apply, and the clock that it uses."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field


def _wait(stop: threading.Event, seconds: float) -> bool:
    return stop.wait(seconds)


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of an apply.

    `patience` is how many seconds one write may wait for a busy tenant, `lost_tries` how often it
    is sent again after an answer was lost. `wait` returns True as soon as the run is stopped.
    """

    parallelism: int = 8
    live_calls: str = "skip"
    patience: float = 600.0
    lost_tries: int = 3
    clock: Callable[[], float] = field(default=time.monotonic)
    wait: Callable[[threading.Event, float], bool] = field(default=_wait)
