"""Many writers at once, and a process killed in the middle: no rule broken, no word lost.

`SANDBOX_SECONDS=30 pytest tests/sandbox/test_durability.py` runs the writers for longer.
"""

import itertools
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import requests

from reconciler import sandbox
from tests.sandbox.tenant import AGENT, Client, agent

WRITERS = 16
SEATS = 10
SECONDS = float(os.environ.get("SANDBOX_SECONDS", "2"))


def together(work: Callable[[int], object]) -> list[object]:
    """Does the work in as many threads as there are writers, all starting at once."""
    gate = threading.Barrier(WRITERS)

    def one(number: int) -> object:
        gate.wait()
        return work(number)

    with ThreadPoolExecutor(WRITERS) as pool:
        return list(pool.map(one, range(WRITERS)))


class Seats:
    """How many seats clients are sure to hold: from a success until a release is asked for."""

    def __init__(self) -> None:
        self.held = self.most = self.given = self.refused = 0
        self._lock = threading.Lock()

    def take(self) -> None:
        with self._lock:
            self.held += 1
            self.given += 1
            self.most = max(self.most, self.held)

    def give_back(self) -> None:
        with self._lock:
            self.held -= 1

    def refuse(self) -> None:
        with self._lock:
            self.refused += 1


def test_16_writers_never_get_more_seats_than_there_are() -> None:
    seats, until = Seats(), time.monotonic() + SECONDS
    with sandbox.start(pools={"voice": (SEATS, None)}) as running:
        client = Client(running)

        def work(number: int) -> None:
            for turn in itertools.count():
                if time.monotonic() > until:
                    return
                answer = client.post("/Users", agent(f"a{number}-{turn}@acme.example", ("voice",)))
                if answer.status_code == 409:
                    seats.refuse()
                    continue
                assert answer.status_code == 201, answer.text
                seats.take()
                assert client.get("/LicensePools/voice")["assigned"] <= SEATS
                seats.give_back()
                client.send("DELETE", f"/Users/{answer.json()['id']}").raise_for_status()

        together(work)
        assert client.get("/LicensePools/voice")["assigned"] == 0
    assert seats.most <= SEATS
    assert seats.refused > 0
    assert seats.given > SEATS


def test_of_16_writers_one_gets_the_extension(tmp_path: Path) -> None:
    database = tmp_path / "tenant.db"
    with sandbox.start(database) as one, sandbox.start(database) as two:
        clients = itertools.cycle((Client(one), Client(two)))
        given = [next(clients) for _ in range(WRITERS)]

        def work(number: int) -> int:
            body = agent(f"a{number}@acme.example", extension="4001")
            return given[number].post("/Users", body).status_code

        assert sorted(map(int, map(str, together(work)))) == [201] + [409] * (WRITERS - 1)
        assert Client(one).get("/Users")["totalResults"] == 1


def test_16_writers_to_one_agent_lose_nothing() -> None:
    with sandbox.start(seed="acme") as running:
        client = Client(running)
        found = client.get("/Users", filter=f'{AGENT}:extension eq "4107"')["Resources"][0]

        def work(number: int) -> int:
            change = {"op": "add", "path": "roles", "value": [{"value": f"role {number}"}]}
            return client.patch(f"/Users/{found['id']}", change).status_code

        assert set(together(work)) == {204}
        stored = client.get(f"/Users/{found['id']}")
        assert len(stored["roles"]) == WRITERS
        assert stored["meta"]["version"] == f'W/"{WRITERS + 1}"'


PROGRAM = """
import pathlib, sys
from reconciler import sandbox
sandbox.serve(database=pathlib.Path(sys.argv[1]))
"""


@contextmanager
def process(database: Path) -> Iterator[tuple[subprocess.Popen[str], str, dict[str, str]]]:
    command = [sys.executable, "-c", PROGRAM, str(database)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None
        lines = [started.stdout.readline().rstrip("\n").partition("=")[2] for _ in range(5)]
        yield started, lines[0], {"Authorization": f"Bearer {lines[1]}"}
        started.kill()


def write_until_killed(
    url: str, headers: dict[str, str], number: int, told: Callable[[], None]
) -> list[str]:
    """Adds agents with a license and a queue each; returns whom the tenant has acknowledged."""
    acknowledged: list[str] = []
    for turn in itertools.count():
        email = f"a{number}-{turn}@acme.example"
        body = agent(email, ("voice",), queues=[{"value": "support", "level": 5}])
        try:
            answer = requests.post(url + "/Users", json=body, headers=headers, timeout=30)
        except requests.RequestException:
            return acknowledged
        assert answer.status_code == 201, answer.text
        acknowledged.append(email)
        told()
    raise AssertionError


@pytest.mark.parametrize("writes", [3, 20, 61])
def test_a_kill_loses_no_acknowledged_write_and_leaves_no_half_write(
    tmp_path: Path, writes: int
) -> None:
    database, count = tmp_path / "tenant.db", itertools.count(1)
    with process(database) as (started, url, headers):
        body = {"schemas": ["urn:ietf:params:scim:schemas:ccaas:2.0:Queue"], "name": "support"}
        requests.post(url + "/Queues", json=body, headers=headers, timeout=30).raise_for_status()

        def told() -> None:
            if next(count) == writes:
                started.send_signal(signal.SIGKILL)

        with ThreadPoolExecutor(4) as pool:
            told_of = list(
                pool.map(lambda number: write_until_killed(url, headers, number, told), range(4))
            )
    acknowledged = {email for emails in told_of for email in emails}
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        query = """
            SELECT email,
                   (SELECT count(*) FROM assignment WHERE agent = agent.seq),
                   (SELECT count(*) FROM membership WHERE agent = agent.seq),
                   (SELECT count(*) FROM claim WHERE owner = 'agent/' || agent.id),
                   (SELECT count(*) FROM audit WHERE audit.id = agent.id)
            FROM agent"""
        rows = {email: counts for email, *counts in connection.execute(query)}
    assert len(acknowledged) >= writes
    assert acknowledged <= set(rows)
    assert all(counts == [1, 1, 1, 1] for counts in rows.values())
    with sandbox.start(database) as running:
        assert Client(running).add_agent("after@acme.example").status_code == 201
