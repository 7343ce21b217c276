"""Time that passes only while somebody sleeps."""

import threading


class Clock:
    """Sleeping turns the clock and is counted; shared by threads."""

    def __init__(self, now: float = 100.0) -> None:
        self.now, self.slept = now, [0.0]
        self._lock = threading.Lock()

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.now += seconds
            self.slept.append(seconds)
