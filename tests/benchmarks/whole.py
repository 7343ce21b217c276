"""Whole no-op plans as processes, and the stages of one, for 1,000, 10,000 and 100,000 agents.

Run by hand: `python tests/benchmarks/whole.py [COUNT ...]`. Prints a table; machines are shared, so
read ratios. The tenant is `bare_tenant.py` in its own process.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import made

HERE = Path(__file__).parent
T = TypeVar("T")
COUNTS = (1_000, 10_000, 100_000)
RUNS = 3


@contextmanager
def tenant(count: int) -> Iterator[str]:
    command = [sys.executable, str(HERE / "bare_tenant.py"), str(count)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=HERE) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def whole(folder: Path, cwd: Path) -> tuple[float, float]:
    """Seconds and peak megabytes of `reconciler plan` in a process of its own."""
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
    return time.perf_counter() - started, usage.ru_maxrss / 1024


def stages(folder: Path, cwd: Path) -> dict[str, float]:
    """Seconds of each stage, in this process, one after the other."""
    from datetime import UTC, datetime

    from reconciler import diff, load, order, pipeline, plan, validate

    world = pipeline.World({"RECONCILER_TOKEN_MADE": "made-token"}, cwd, datetime.now(UTC))
    times: dict[str, float] = {}

    def timed(name: str, call: Callable[[], T]) -> T:
        started = time.perf_counter()
        try:
            return call()
        finally:
            times[name] = time.perf_counter() - started

    loaded = timed("load", lambda: load.documents(folder))
    documents, _ = timed("schema", lambda: validate.schema(loaded.documents))
    desired = timed("state", lambda: load.state(documents, as_of=world.now.date()))
    timed("rules", lambda: validate.offline(desired))
    with pipeline.opened(desired.tenant, world, read_only=True) as provider:
        reading = timed("read", provider.reader.read)
    comparison = timed("diff", lambda: diff.compare(desired, reading))
    assert comparison.changes == ()
    bounds = plan.bounds(desired, reading)
    graph = timed("order", lambda: order.operations(comparison.changes, reading, bounds))
    timed("live", lambda: validate.live(desired, reading, comparison, graph))
    return times


def main(counts: list[int]) -> None:
    print(f"{'agents':>8}  {'whole s':>8}  {'peak MB':>8}  stages (s)")
    for count in counts:
        with tempfile.TemporaryDirectory() as scratch, tenant(count) as url:
            folder = Path(scratch) / "desired-state"
            made.write_files(folder, count, url)
            runs = [whole(folder, Path(scratch)) for _ in range(RUNS)]
            seconds = statistics.median(run[0] for run in runs)
            peak = max(run[1] for run in runs)
            shown = "  ".join(f"{n} {s:.2f}" for n, s in stages(folder, Path(scratch)).items())
            print(f"{count:>8}  {seconds:8.2f}  {peak:8.0f}  {shown}", flush=True)
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"(this process peaked at {own:.0f} MB)")


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]] or list(COUNTS))
