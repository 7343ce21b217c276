"""Starting and stopping: what is printed, what is kept, what a wrong option says."""

import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import requests

from reconciler import sandbox
from tests.sandbox.tenant import Client

PROGRAM = "from pathlib import Path; from reconciler import sandbox; sandbox.serve({options})"
NAMES = ["url", "admin_token", "supervisor_token", "manager_token", "agent_token"]


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A tenant alone in a process."""
    program = PROGRAM.format(options=f"database=Path({str(tmp_path / 'tenant.db')!r})")
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        process.kill()


def announced(process: subprocess.Popen[str]) -> dict[str, str]:
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in NAMES]
    return dict(line.rstrip("\n").split("=", 1) for line in lines)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_is_and_ends_when_told(
    serving: subprocess.Popen[str], number: signal.Signals
) -> None:
    said = announced(serving)
    assert list(said) == NAMES
    assert all(re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{7,}", said[name]) for name in NAMES[1:])
    headers = {"Authorization": f"Bearer {said['admin_token']}"}
    answer = requests.get(said["url"] + "/LicensePools", headers=headers, timeout=30)
    assert {pool["purchased"] for pool in answer.json()["Resources"]} == {100}
    serving.send_signal(number)
    out, err = serving.communicate(timeout=30)
    assert (serving.returncode, out, err) == (0, "", "")


def test_a_restart_keeps_tokens_and_what_was_written(tmp_path: Path) -> None:
    database = tmp_path / "folder" / "tenant.db"
    with sandbox.start(database, pools={"voice": (2, None)}) as first:
        Client(first).add_licensed("ana@acme.example", "voice")
    with sandbox.start(database, seed="acme", pools={"voice": (9, None)}) as second:
        assert second.tokens == first.tokens
        client = Client(second)
        assert client.get("/Users")["totalResults"] == 1
        assert client.get("/LicensePools/voice")["purchased"] == 2


def test_starting_and_reading_writes_nothing(tmp_path: Path) -> None:
    database = tmp_path / "tenant.db"

    def rows() -> list[str]:
        with closing(sqlite3.connect(database)) as connection:
            return list(connection.iterdump())

    sandbox.start(database, seed="acme").stop()
    before = rows()
    with sandbox.start(database) as running:
        Client(running).get("/Users")
    assert rows() == before


def test_a_database_is_for_its_owner_only(tmp_path: Path) -> None:
    sandbox.start(tmp_path / "tenant.db").stop()
    assert (tmp_path / "tenant.db").stat().st_mode & 0o077 == 0


def test_a_tenant_without_a_database_leaves_no_file() -> None:
    running = sandbox.start()
    (row,) = [row for row in _open_files() if row.endswith("tenant.db")]
    running.stop()
    assert not Path(row).exists()


def _open_files() -> set[str]:
    folder = Path("/proc/self/fd")
    if not folder.exists():
        pytest.skip("this system does not list open files")
    return {str(link.readlink()) for link in folder.iterdir() if link.is_symlink()}


def test_stopping_ends_threads_and_frees_the_port() -> None:
    before = set(threading.enumerate())
    running = sandbox.start()
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {running.tokens['admin']}"
        session.get(running.url + "/Users", timeout=30)
        running.stop()
    running.stop()
    assert set(threading.enumerate()) == before
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", running.port)) != 0


def test_two_tenants_live_side_by_side(tmp_path: Path) -> None:
    with sandbox.start() as one, sandbox.start() as two:
        Client(one).add_agent("ana@acme.example")
        assert Client(two).get("/Users")["totalResults"] == 0
        stranger = requests.get(
            two.url + "/Users",
            headers={"Authorization": f"Bearer {one.tokens['admin']}"},
            timeout=30,
        )
        assert stranger.status_code == 401


def test_a_port_in_use_is_said(tenant: Client) -> None:
    with pytest.raises(sandbox.StartError, match=r"cannot listen on 127\.0\.0\.1:\d+"):
        sandbox.start(port=tenant.running.port)


def test_a_database_of_somebody_elses_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE run (id TEXT)")
    before = path.read_bytes()
    with pytest.raises(sandbox.StartError, match="holds something else"):
        sandbox.start(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"not a database at all, whatever it is called", None])
def test_what_is_no_database_is_said(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "tenant.db"
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    with pytest.raises(sandbox.StartError, match="cannot open the database"):
        sandbox.start(path)
