"""Whole plans as processes, and the stages of one, for 1,000, 10,000 and 100,000 agents.

Run by hand: `python tests/benchmarks/whole.py [COUNT ...]`. Each number of agents is planned twice:
with nothing to do, and with a tenth to change (for 10,000: 200 exchanges of numbers, 200 of
licenses with no seat free, 200 other updates). Prints a table; machines are shared, so read ratios.
The tenant is `bare_tenant.py` in its own process.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import made

HERE = Path(__file__).parent
T = TypeVar("T")
COUNTS = (1_000, 10_000, 100_000)
RUNS = 3


@dataclass(frozen=True)
class Run:
    """Seconds of the clock and of the processor, and peak megabytes."""

    wall: float
    busy: float
    peak: float


@contextmanager
def tenant(count: int, *, is_apart: bool = False, latency: int = 0) -> Iterator[str]:
    """A bare tenant in a process of its own; each answer waits `latency` milliseconds."""
    command = [sys.executable, str(HERE / "bare_tenant.py"), str(count)]
    command += [*(["apart"] if is_apart else []), f"latency={latency}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=HERE) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def whole(folder: Path, cwd: Path) -> Run:
    """`reconciler plan` in a process of its own."""
    command = [sys.executable, "-m", "reconciler", "plan", str(folder), "--format", "json"]
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=cwd,
        stdout=subprocess.DEVNULL,
        env={
            **os.environ,
            "RECONCILER_TOKEN_MADE": "made-token",
            "PYTHONPATH": str(HERE.parents[1]),
        },
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, process.returncode
    wall = time.perf_counter() - started
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def stages(folder: Path, cwd: Path) -> dict[str, float]:
    """Seconds of the processor for each stage, in this process, one after the other."""
    from datetime import UTC, datetime

    from reconciler import collector, diff, load, order, pipeline, plan, validate

    environment = pipeline.Environment(
        {"RECONCILER_TOKEN_MADE": "made-token"}, cwd, datetime.now(UTC)
    )
    times: dict[str, float] = {}

    def timed(name: str, call: Callable[[], T]) -> T:
        started = time.process_time()
        try:
            return call()
        finally:
            times[name] = time.process_time() - started

    with collector.paused():
        loaded = timed("load", lambda: load.documents(folder))
        documents, _ = timed("schema", lambda: validate.schema(loaded.documents))
        desired = timed("state", lambda: load.state(documents, as_of=environment.now.date()))
        timed("rules", lambda: validate.offline(desired))
        with pipeline.open_provider(desired.tenant, environment, read_only=True) as provider:
            reading = timed("read", provider.reader.read)
        comparison = timed("diff", lambda: diff.compare(desired, reading))
        bounds = plan.bounds(desired, reading)
        graph = timed("order", lambda: order.operations(comparison.changes, reading, bounds))
        timed("live", lambda: validate.live(desired, reading, comparison, graph))
    assert not graph.conflicts, graph.conflicts[0]
    times["changes"] = len(comparison.changes)
    return times


def measured(count: int, *, is_apart: bool) -> Run:
    """Prints a row and returns the medians, with the highest peak."""
    with tempfile.TemporaryDirectory() as scratch, tenant(count, is_apart=is_apart) as url:
        folder = Path(scratch) / "desired-state"
        made.write_files(folder, count, url)
        runs = [whole(folder, Path(scratch)) for _ in range(RUNS)]
        times = stages(folder, Path(scratch))
    middle = Run(
        statistics.median(run.wall for run in runs),
        statistics.median(run.busy for run in runs),
        max(run.peak for run in runs),
    )
    changes = int(times.pop("changes"))
    shown = "  ".join(f"{name} {seconds:.2f}" for name, seconds in times.items())
    row = f"{count:>8}  {changes:>7}  {middle.wall:6.2f}  {middle.busy:6.2f}  {middle.peak:7.0f}"
    print(f"{row}  {shown}", flush=True)
    return middle


def main(counts: list[int]) -> None:
    print("  agents  changes  wall s  busy s  peak MB  stages (busy s)")
    for count in counts:
        still = measured(count, is_apart=False)
        moving = measured(count, is_apart=True)
        ratio = (
            f"{moving.busy / still.busy:.2f} times as busy, {moving.wall / still.wall:.2f} as long"
        )
        print(f"{'':>8}  a tenth changed: {ratio}", flush=True)


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]] or list(COUNTS))
