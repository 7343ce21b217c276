"""The engine on DBOS gives the same report, keeps no secret, and shares its queue with machines."""

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url

from reconciler import sandbox
from tests.fleet.test_selection import replace

POSTGRES = os.environ.get("RECONCILER_TEST_POSTGRES")


def start(*arguments: str | Path, **environ: str) -> subprocess.Popen[str]:
    """In a process of its own: DBOS has one instance for each."""
    return subprocess.Popen(
        [sys.executable, "-m", "reconciler", "fleet", *map(str, arguments)],
        env={**os.environ, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def run(*arguments: str | Path, **environ: str) -> tuple[int, Any]:
    code, out, err = finish(start(*arguments, "--format", "json", "--parallelism", "2", **environ))
    assert out, err
    return code, json.loads(out)


def lasting(report: Any) -> list[Any]:
    """The rows without what differs from run to run."""
    changing = ("seconds", "requests", "attempts", "digest")
    return [{k: v for k, v in row.items() if k not in changing} for row in report["tenants"]]


def test_both_engines_give_the_same_report_and_keep_no_secret(root: Path) -> None:
    replace(root / "beta/tenant.yaml", "queues: {support: {default_level: 5}}\n", "")
    with sandbox.start() as running:
        token = running.tokens["admin"]
        scim = f"provider: scim, url: {running.url}, token_env: RECONCILER_TOKEN_ACME"
        replace(root / "acme/tenant.yaml", "provider: sandbox", scim)
        reports = [
            run("plan", root, "--engine", engine, "-o", "plans", RECONCILER_TOKEN_ACME=token)
            for engine in ("local", "dbos")
        ]
        (code, local), (other_code, durable) = reports
        assert (code, other_code) == (1, 1)
        assert lasting(local) == lasting(durable)
        assert [row["outcome"] for row in durable["tenants"]] == ["changed", "failed", "changed"]
        code, applied = run(
            *("apply", root, "--plans", "plans", "--engine", "dbos", "--filter", "name!=beta"),
            RECONCILER_TOKEN_ACME=token,
        )
        assert (code, applied["totals"]["outcomes"]["changed"]) == (0, 2)
    databases = {path.name for path in Path(".reconciler").glob("*.db")}
    assert {"fleet.db", "fleet-engine.db"} <= databases
    for path in Path.cwd().rglob("*"):
        assert not path.is_file() or token.encode() not in path.read_bytes(), path


OPENED = """
import os
import sys
from pathlib import Path
from dbos import DBOS, SetWorkflowID
from reconciler import fleet
from reconciler.fleet import Pool, Setup, durable
from reconciler.fleet.tenant import Task

place = Path.cwd()
request = fleet.Request("plan", Path(sys.argv[1]), run="one", engine="dbos")
with (
    fleet.open_store(os.environ, place) as store,
    Pool(1, Setup(dict(os.environ), str(place))) as pool,
    durable.opened(pool, store, os.environ, place, run="one") as engine,
):
"""
STOP_WITHOUT_A_TASK = """
    DBOS.register_queue("elsewhere")
    with SetWorkflowID("two:plan:acme"):
        DBOS.enqueue_workflow("elsewhere", durable._registered()[0], "two", {}, None)
    engine.stop()
    print(DBOS.list_workflows(workflow_ids=["two:plan:acme"])[0].status)
"""
WORK_OF_A_CANCELLED_RUN = """
    run = fleet.begin(request, store)
    store.cancel("one")
    for row in list(store.rows("one").values())[:2]:
        if row.folder == "beta":
            store.mark_begun("one", "beta")
        engine.submit(Task(row, "plan", str(request.root)))
    while engine._open:
        for ended in engine.wait(60):
            print(ended.task.row.folder, ended.row.outcome, ended.row.requests)
"""


def in_the_engine(script: str, root: Path) -> list[str]:
    command = [sys.executable, "-c", OPENED + script, str(root)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
    return sorted(ran.stdout.splitlines())


def test_a_run_that_stops_between_two_waves_leaves_what_others_queued(root: Path) -> None:
    assert in_the_engine(STOP_WITHOUT_A_TASK, root) == ["ENQUEUED"]


def test_what_a_cancelled_run_left_in_the_queue_is_not_begun(root: Path) -> None:
    ended = in_the_engine(WORK_OF_A_CANCELLED_RUN, root)
    assert ended == ["acme not-started 0", "beta cancelled 0"]


def test_a_damaged_database_of_the_engine_is_told(root: Path) -> None:
    Path(".reconciler").mkdir()
    Path(".reconciler/fleet-engine.db").write_text("this is no database, and never was one")
    code, _, err = finish(start("plan", root, "--engine", "dbos"))
    assert code == 1
    assert "the database of the engine cannot be used" in err
    assert "Traceback" not in err


@pytest.mark.skipif(not POSTGRES, reason="RECONCILER_TEST_POSTGRES names no database")
def test_another_machine_joins_over_postgresql(root: Path) -> None:
    name = f"fleet_{os.getpid()}"
    with psycopg.connect(POSTGRES or "", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        url = make_url(POSTGRES or "").set(database=name).render_as_string(hide_password=False)
        try:
            worker = start("work", "--parallelism", "2", "--idle", "20s", RECONCILER_LEDGER=url)
            code, report = run("plan", root, "--engine", "dbos", RECONCILER_LEDGER=url)
            assert (code, report["totals"]["outcomes"]["changed"]) == (0, 3)
            worker.send_signal(2)
            assert finish(worker)[0] in (0, 130)
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_what_an_engine_began_no_other_one_goes_on_with(root: Path) -> None:
    code, _ = run("plan", root, "--run", "one", "--filter", "name=acme")
    assert code == 0
    code, _, err = finish(
        start("plan", root, "--run", "one", "--filter", "name=acme", "--engine", "dbos")
    )
    assert code == 1
    assert "is carried out by the engine local" in err


def test_a_locked_database_of_the_fleet_is_told(root: Path) -> None:
    assert run("plan", root, "--run", "one", "--filter", "name=acme")[0] == 0
    holder = sqlite3.connect(".reconciler/fleet.db", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    url = f"sqlite:///{Path('.reconciler/fleet.db').absolute()}?timeout=1"
    code, _, err = finish(start("status", "one", RECONCILER_LEDGER_FLEET=url))
    holder.execute("ROLLBACK")
    holder.close()
    assert code == 1
    assert "the fleet database" in err
    assert "locked" in err
