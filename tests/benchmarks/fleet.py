"""What a fleet costs: a tenant in it against a bare plan, its memory, and a simulation of many.

Run by hand: `python tests/benchmarks/fleet.py [TENANTS]`. Embedded tenants with one agent each.
Two tenants at a time, so a tenant costs at most twice the time of the run divided by the tenants.
Machines are shared, so read ratios. `... budget` counts the arrivals at a loopback server, and
`... simulate` runs the real scheduler and the real request budget by a clock of its own.
"""

import heapq
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from reconciler.exits import Exit
from reconciler.fleet import open_store
from reconciler.fleet.budget import Bucket
from reconciler.fleet.pool import Ended
from reconciler.fleet.scheduler import Scheduler, Settings, Surroundings
from reconciler.fleet.selection import Wave
from reconciler.fleet.tenant import Task, finished
from reconciler.model import TenantOutcome, TenantRow

TENANT = """\
tenant: {{name: t{number}, provider: sandbox}}
license_pools: {{voice: {{purchased: 5}}}}
queues: {{support: {{default_level: 5}}}}
agents:
  - {{name: Ana Diaz, extension: 4001, email: ana@t{number}.example, profile: tier-1}}
"""
SHARED = "profiles: {tier-1: {licenses: [voice], queues: [support]}}\n"


def cost(arguments: Sequence[str], cwd: Path) -> tuple[float, float]:
    """Seconds of the clock, and peak megabytes of the process that is started."""
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "reconciler", *arguments],
        cwd=cwd,
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, process.returncode
    return time.perf_counter() - begun, usage.ru_maxrss / 1024


def measure(count: int) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        (root / "shared").mkdir()
        (root / "shared/profiles.yaml").write_text(SHARED)
        (root / "fleet.yaml").write_text("shared: [shared]\n")
        for number in range(count):
            (root / f"t{number}").mkdir()
            (root / f"t{number}/tenant.yaml").write_text(TENANT.format(number=number))
        few = ["--parallelism", "2"]
        cost(["fleet", "plan", *few], root)
        bare = [cost(["plan", f"t{number}"], root)[0] for number in range(3)]
        for engine in ("local", "dbos"):
            wall, peak = cost(["fleet", "plan", *few, "--engine", engine], root)
            bare += [cost(["plan", f"t{number}"], root)[0] for number in range(2)]
            each = 2 * wall / count
            ratio = each / statistics.median(bare)
            print(
                f"{engine}: {count} tenants in {wall:.1f} s; a tenant costs at most {each:.3f} s, "
                f"a bare plan {statistics.median(bare):.3f} s: ratio {ratio:.2f}; "
                f"peak of the first process {peak:.0f} MB",
                flush=True,
            )


def budget(rate: float = 40.0, processes: int = 8, seconds: float = 6.0) -> None:
    """Arrivals at a loopback server from processes that send as fast as their limiters let them."""
    import threading
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    arrivals: list[float] = []

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            arrivals.append(time.monotonic())
            self.send_response(204)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    with tempfile.TemporaryDirectory() as scratch:
        program = [sys.executable, __file__, "send", url, scratch, str(rate), str(seconds)]
        running = [subprocess.Popen(program) for _ in range(processes)]
        for process in running:
            process.wait()
    counts = [
        sum(begin <= each - arrivals[0] < begin + 1 for each in arrivals)
        for begin in range(1, int(seconds) - 1)
    ]
    print(f"{processes} processes, {rate:g} requests/s allowed: {counts} in whole seconds")


def send(url: str, scratch: str, rate: str, seconds: str) -> None:
    import requests

    from reconciler.fleet.budget import SharedLimiter

    with open_store({}, Path(scratch)) as store, requests.Session() as session:
        limiter = SharedLimiter(Bucket(store, "host", float(rate)))
        deadline = time.monotonic() + float(seconds)
        while time.monotonic() < deadline:
            limiter.take()
            session.get(url, timeout=10)


@dataclass
class Machines:
    """An engine by a clock of its own: `size` tenants at a time, each so many seconds."""

    size: int
    seconds: float
    now: float = 0.0
    running: list[tuple[float, int, Task]] = field(default_factory=list)
    number: int = 0

    @property
    def has_room(self) -> bool:
        return len(self.running) < self.size

    def submit(self, task: Task, timeout: float | None = None) -> None:
        self.number += 1
        heapq.heappush(self.running, (self.now + self.seconds, self.number, task))

    def wait(self, seconds: float) -> Sequence[Ended]:
        self.now, _, task = heapq.heappop(self.running)
        row = finished(task.row, Exit.DONE, outcome=TenantOutcome.UNCHANGED)
        return [Ended(task, row)]

    def stop(self) -> None:
        self.running.clear()


def simulate(tenants: int, machines: int, at_a_time: int, seconds: float, requests: int) -> None:
    """The real scheduler over tenants that take so long, and what each of its parts would need."""
    rows = {f"t{n}": TenantRow(f"t{n}", f"t{n}") for n in range(tenants)}
    engine = Machines(machines * at_a_time, seconds)
    records = [0]

    def record(changed: Sequence[TenantRow]) -> None:
        records[0] += 1

    surroundings = Surroundings(
        task_of=lambda row, verb: Task(row, "plan", "/"),
        record=record,
        is_cancelled=lambda: False,
        rest=lambda seconds: None,
        age=lambda folders: 0.0,
    )
    begun = time.process_time()
    Scheduler(engine, rows, Settings(), surroundings).run([Wave("all", tuple(rows))])
    busy = time.process_time() - begun
    with tempfile.TemporaryDirectory() as scratch, open_store({}, Path(scratch)) as store:
        bucket, tries = Bucket(store, "host", 1000.0), 300
        begun = time.perf_counter()
        for _ in range(tries):
            bucket.take()
        transaction = (time.perf_counter() - begun) / tries
    asked = requests * tenants / engine.now
    facts = {
        "tenants": tenants,
        "machines": machines,
        "at a time": machines * at_a_time,
        "hours": round(engine.now / 3600, 2),
        "scheduler: share of one core": round(busy / engine.now, 4),
        "rows kept a second": round(records[0] / engine.now, 1),
        "share of one writer": round(records[0] * transaction / engine.now, 3),
        "requests a second, without a budget": round(asked),
        "hours at 50 requests/s to one host": round(requests * tenants / 50 / 3600, 1),
        "one transaction, ms": round(transaction * 1000, 2),
    }
    print(json.dumps(facts, indent=2))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["budget"]:
            budget()
        case ["send", url, scratch, rate, seconds]:
            send(url, scratch, rate, seconds)
        case ["simulate"]:
            simulate(100_000, 50, 16, 20.0, 12)
        case [count]:
            measure(int(count))
        case _:
            measure(100)
