"""2,000 changes against a bare tenant that allows R requests a second, each in its own process.

Run by hand: `python tests/benchmarks/apply.py [RATE ...]`. Prints a table: seconds from the first
write to the last, what was got through of what the tenant would have allowed (all the time, and
once the pace has settled: the second half), how many answers were a 429, requests for each change,
and the command's own processor time. Machines are shared, so read ratios.
"""

import json
import math
import os
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import bare_tenant
import made

HERE = Path(__file__).parent
CHANGES = 2_000
RATES = (25, 100, 400)


@dataclass
class Limit:
    """At most `rate` requests in any second; what it let through, and when."""

    rate: int
    passed: deque[float] = field(default_factory=deque)
    accepted: int = 0
    refused: int = 0
    writes: list[float] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def wait(self, *, is_write: bool) -> float:
        """0 lets the request pass."""
        with self.lock:
            now = time.monotonic()
            while self.passed and now - self.passed[0] >= 1:
                self.passed.popleft()
            if len(self.passed) >= self.rate:
                self.refused += 1
                return 1 - (now - self.passed[0])
            self.passed.append(now)
            self.accepted += 1
            if is_write:
                self.writes.append(now)
            return 0

    def figures(self) -> dict[str, float]:
        half = self.writes[len(self.writes) // 2 :]
        return {
            "every": self.accepted + self.refused,
            "refused": self.refused,
            "seconds": self.writes[-1] - self.writes[0],
            "a_second": len(self.writes) / (self.writes[-1] - self.writes[0]),
            "settled": len(half) / (half[-1] - half[0]),
        }


class Answers(BaseHTTPRequestHandler):
    """Shows and takes whole users; a patch sets one attribute of the extension."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    limit: Limit
    users: dict[str, dict[str, Any]]
    bodies: dict[str, list[bytes]]

    def do_GET(self) -> None:
        if self.path == "/figures":
            self.answer(200, json.dumps(self.limit.figures()).encode())
        elif not self.is_refused(is_write=False):
            self.show()

    def do_PATCH(self) -> None:
        content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not self.is_refused(is_write=True):
            user = self.users[self.path.rpartition("/")[2]]
            patch(user, content)
            self.answer(200, json.dumps(user).encode())

    def show(self) -> None:
        path = urlsplit(self.path).path.removeprefix("/scim/v2")
        if path.startswith("/Users/"):
            self.answer(200, json.dumps(self.users[path.rpartition("/")[2]]).encode())
            return
        if path == "/Users":
            self.bodies["/Users"] = made.pages(list(self.users.values()), bare_tenant.SIZE)
        self.answer(200, bare_tenant.answer(self.bodies, self.path))

    def is_refused(self, *, is_write: bool) -> bool:
        wait = self.limit.wait(is_write=is_write)
        if wait:
            self.answer(429, b"{}", ("Retry-After", str(math.ceil(wait))))
        return bool(wait)

    def answer(self, status: int, body: bytes, *headers: tuple[str, str]) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/scim+json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Quiet: stdout carries the URL only."""


def serve(rate: int) -> None:
    Answers.limit = Limit(rate)
    Answers.users = {str(u["id"]): u for u in made.users(list(made.agents(CHANGES)))}
    Answers.bodies = bare_tenant.rendered(CHANGES, is_apart=False)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    sys.stdout.write(f"http://127.0.0.1:{server.server_port}/scim/v2\n")
    sys.stdout.flush()
    server.serve_forever()


def patch(user: dict[str, Any], content: dict[str, Any]) -> None:
    for step in content["Operations"]:
        user[made.AGENT][step["path"].rpartition(":")[2]] = step["value"]
    version = int(user["meta"]["version"].strip('W/"')) + 1
    user["meta"]["version"] = f'W/"{version}"'


def measure(rate: int, place: Path) -> dict[str, float]:
    command = [sys.executable, str(Path(__file__)), "serve", str(rate)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=HERE) as tenant:
        assert tenant.stdout
        try:
            url = tenant.stdout.readline().strip()
            made.write_files(place / "desired", CHANGES, url)
            for file in (place / "desired").glob("agents-*.yaml"):
                text = file.read_text().replace("destination: 3001", "destination: 3002")
                file.write_text(text)
            processor = apply(place)
            figures = url.replace("/scim/v2", "/figures")
            with urllib.request.urlopen(figures) as answer:
                return {**json.load(answer), "processor": processor}
        finally:
            tenant.terminate()


def apply(place: Path) -> float:
    """Seconds of processor time of the whole command, reading and planning included."""
    process = subprocess.Popen(
        [sys.executable, "-m", "reconciler", "apply", "desired", "--yes"],
        cwd=place,
        env={**os.environ, "RECONCILER_TOKEN_MADE": "made-token"},
        stdout=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, process.returncode
    return usage.ru_utime + usage.ru_stime


def main(rates: tuple[int, ...]) -> None:
    print("| R | seconds | share of R | settled | 429 | requests a change | processor s |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for rate in rates:
        with tempfile.TemporaryDirectory() as place:
            found = measure(rate, Path(place))
        cells = (
            f"{rate}",
            f"{found['seconds']:.1f}",
            f"{found['a_second'] / rate:.1%}",
            f"{found['settled'] / rate:.1%}",
            f"{found['refused'] / found['every']:.2%}",
            f"{found['every'] / CHANGES:.3f}",
            f"{found['processor']:.1f}",
        )
        print(f"| {' | '.join(cells)} |")


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve(int(sys.argv[2]))
    else:
        main(tuple(map(int, sys.argv[1:])) or RATES)
