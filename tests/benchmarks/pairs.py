"""What reading ahead, pausing the collector and hand-made pictures bring, each as a paired ratio.

Run by hand: `python tests/benchmarks/pairs.py [COUNT [ROUNDS [LATENCY_MS]]]`. In each round the
same plan runs as a process with a mechanism and right after it without; the ratio of a round is
without to with. A machine's load falls on both alike, so read the median ratio, not the seconds.
For pictures, the bars of four licenses are drawn by ours and by pygal (`pip install pygal`).
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import made
import whole

HERE = Path(__file__).parent
PLAIN = "from reconciler.__main__ import main; main()"
WITHOUT = {
    "pausing the collector": (
        "from contextlib import contextmanager; from reconciler import collector\n"
        "@contextmanager\n"
        "def running():\n"
        "    yield\n"
        "collector.paused = running\n"
    ),
    "reading ahead": (
        "from contextlib import nullcontext; from reconciler import pipeline\n"
        "pipeline.ahead = lambda *_: nullcontext(None)\n"
    ),
}


def run(program: str, folder: Path) -> tuple[float, float]:
    """Seconds of the clock and of the processor of a plan."""
    command = [sys.executable, "-c", program, "plan", str(folder), "--format", "json"]
    environment = {
        **os.environ,
        "RECONCILER_TOKEN_MADE": "made-token",
        "PYTHONPATH": str(HERE.parents[1]),
    }
    started = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=folder.parent, stdout=subprocess.DEVNULL, env=environment
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, process.returncode
    return time.perf_counter() - started, usage.ru_utime + usage.ru_stime


def processes(count: int, rounds: int, latency: int) -> None:
    """Prints for each mechanism how many times as long and as busy a plan is without it."""
    with tempfile.TemporaryDirectory() as scratch, whole.tenant(count, latency=latency) as url:
        folder = Path(scratch) / "desired-state"
        made.write_files(folder, count, url)
        for name, patch in WITHOUT.items():
            pairs = [(run(PLAIN, folder), run(patch + PLAIN, folder)) for _ in range(rounds)]
            wall = [without[0] / plain[0] for plain, without in pairs]
            busy = [without[1] / plain[1] for plain, without in pairs]
            print(
                f"without {name}: {statistics.median(wall):.2f} times as long "
                f"({min(wall):.2f} to {max(wall):.2f}), {statistics.median(busy):.2f} as busy "
                f"({min(busy):.2f} to {max(busy):.2f})",
                flush=True,
            )


def pictures(rounds: int) -> None:
    """Prints how the seat bars of four licenses compare with the same bars drawn by pygal."""
    from reconciler.model import Seats
    from reconciler.render.html import pictures as ours

    pools = [
        Seats(name, 40, 30, 35, 36, 4, 0) for name in ("voice", "web_chat", "sms", "transcription")
    ]
    started = time.process_time()
    import pygal  # type: ignore[import-not-found]  # of nobody but this comparison

    imported = time.process_time() - started
    ratios = []
    for _ in range(rounds):
        started = time.process_time()
        for _ in range(100):
            drawn = [ours.seats(pool) for pool in pools]
        own = time.process_time() - started
        started = time.process_time()
        for pool in pools:
            chart = pygal.HorizontalStackedBar()
            for name in ("assigned", "after", "peak"):
                chart.add(name, getattr(pool, name))
            text = chart.render()
        ratios.append((time.process_time() - started) / (own / 100))
    print(
        f"pygal: {statistics.median(ratios):.0f} times as busy, {imported:.2f} s to import, "
        f"{len(text)} bytes a chart for {len(drawn[0].bars)} bars"
    )


if __name__ == "__main__":
    agents, repeats, wait = [*map(int, sys.argv[1:]), *(3_000, 5, 0)[len(sys.argv) - 1 :]]
    processes(agents, repeats, wait)
    pictures(repeats)
