"""A worker, or a whole fleet, is killed at any request: no tenant is applied twice or forgotten.

The moment is a request that passes a proxy, before it reaches the tenant or before its answer comes
back; nothing here waits for luck. A few kills of each kind; more with
`RECONCILER_FLEET_KILLS=200 pytest tests/fleet/test_kills.py`.
"""

import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import requests

from reconciler import fleet, sandbox
from reconciler.fleet.pool import Pool, Setup
from reconciler.model import FleetReport, TenantOutcome
from tests.faults.proxy import Exchange, Moment, Proxy, proxy
from tests.fleet.test_selection import replace

KILLS = int(os.environ.get("RECONCILER_FLEET_KILLS", "3"))
WRITES = 3
"""Of the plan of one tenant: the queue, the agent, and a second agent."""


@pytest.fixture
def tenant(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Proxy, sandbox.Running]]:
    """`acme` behind a proxy; the other tenants are embedded."""
    with sandbox.start() as running, proxy(running.url) as between:
        monkeypatch.setenv("RECONCILER_TOKEN_ACME", running.tokens["admin"])
        scim = f"provider: scim, url: {between.url}, token_env: RECONCILER_TOKEN_ACME"
        file = root / "acme/tenant.yaml"
        replace(file, "provider: sandbox", scim)
        with file.open("a") as more:
            more.write("  - {name: Bo Chen, extension: 4002, email: bo@acme.example}\n")
        yield between, running


def carried_out(
    root: Path, command: str, struck: Callable[[Pool], None], **how: Any
) -> FleetReport:
    request = fleet.Request(command, root, parallelism=1, filter="name=acme", **how)
    with (
        fleet.open_store(os.environ, Path.cwd()) as store,
        Pool(1, Setup(dict(os.environ), str(Path.cwd()))) as pool,
    ):
        struck(pool)
        return fleet.carry_out(fleet.begin(request, store), request, store, pool, lambda rows: None)


def striking(kill: Callable[[], None], chance: random.Random) -> Callable[[Exchange], None]:
    """Kill before the request reaches the tenant, or after, before the answer comes back."""
    is_before = chance.random() < 0.5

    def fault(exchange: Exchange) -> None:
        if is_before:
            kill()
            exchange.drop()
        else:
            answer = exchange.forward()
            kill()
            exchange.reply(answer)

    return fault


def moment(chance: random.Random) -> Moment:
    if chance.random() < 0.7:
        return Moment("write", chance.randint(1, WRITES))
    return Moment("list", chance.randint(1, 6))


def creations(running: sandbox.Running) -> Mapping[str, int]:
    """How often each object was created, by the tenant's own audit trail."""
    token = {"Authorization": f"Bearer {running.tokens['admin']}"}
    answer = requests.get(f"{running.root}/audit", headers=token, timeout=10).json()
    created = [entry["address"] for entry in answer["entries"] if entry["action"] == "create"]
    return Counter(address for address in created if not address.startswith("license"))


@pytest.mark.parametrize("seed", range(KILLS))
def test_a_tenant_whose_worker_is_killed_is_applied_once(
    seed: int, tenant: tuple[Proxy, sandbox.Running], root: Path
) -> None:
    between, running = tenant
    chance = random.Random(seed)
    plans = Path("plans").absolute()
    carried_out(root, "plan", lambda pool: None, out=plans)

    def strike(pool: Pool) -> None:
        def kill() -> None:
            for pid in pool.pids:
                os.kill(pid, signal.SIGKILL)

        between.misbehave(striking(kill, chance), moment(chance))

    report = carried_out(root, "apply", strike, plans=plans)
    row = next(row for row in report.rows if row.tenant == "acme")
    assert (row.outcome, row.reason) == (TenantOutcome.CHANGED, "")
    assert row.attempts == 2
    assert set(creations(running).values()) == {1}
    between.behave()
    again = carried_out(root, "plan", lambda pool: None)
    assert next(r.outcome for r in again.rows if r.tenant == "acme") is TenantOutcome.UNCHANGED


@pytest.mark.parametrize("seed", range(max(1, KILLS // 4)))
@pytest.mark.parametrize("engine", ["local", "dbos"])
def test_a_fleet_that_is_killed_goes_on_under_its_id_and_every_tenant_ends_once(
    engine: str, seed: int, tenant: tuple[Proxy, sandbox.Running], root: Path
) -> None:
    between, running = tenant
    chance = random.Random(1000 + seed)

    def start(*arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "reconciler", "fleet", *arguments]
        return subprocess.Popen(
            [*command, "--parallelism", "2", "--format", "json", "--report", "report.json"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    planned = start("plan", str(root), "-o", "plans")
    assert planned.wait(120) == 0, planned.stderr
    apply = ("apply", str(root), "--plans", "plans", "--run", "one", "--engine", engine)
    first = start(*apply)
    ended = Event()

    def kill() -> None:
        os.killpg(first.pid, signal.SIGKILL)
        first.wait(60)
        ended.set()

    between.misbehave(striking(kill, chance), moment(chance))
    assert ended.wait(120)
    between.behave()
    Path("report.json").unlink()
    second = start(*apply)
    _, err = second.communicate(timeout=120)
    assert second.returncode == 0, err
    report = json.loads(Path("report.json").read_text())
    assert {row["tenant"]: row["outcome"] for row in report["tenants"]} == dict.fromkeys(
        ("acme", "beta", "core"), "changed"
    )
    assert set(creations(running).values()) == {1}
    for process in (planned, first, second):
        assert process.stderr
        process.stderr.close()


def test_a_tenant_that_never_answers_is_given_up(
    tenant: tuple[Proxy, sandbox.Running], root: Path
) -> None:
    between, _ = tenant
    over = Event()
    between.misbehave(lambda exchange: over.wait(60) and None, Moment("discovery"))
    report = carried_out(root, "plan", lambda pool: None, timeout=1.0)
    over.set()
    row = next(row for row in report.rows if row.tenant == "acme")
    assert (row.outcome, row.cause) == (TenantOutcome.CANNOT_TELL, "timeout")
    assert report.exit_code == 7
