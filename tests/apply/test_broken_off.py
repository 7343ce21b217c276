"""Whatever stops an apply after its first write: every outcome is shown, and the code is 3."""

import contextlib
import json
import os
import resource
import secrets
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import psycopg
import pytest

from reconciler.ledger import open_ledger
from reconciler.model import Tenant
from tests.apply import broken, survival
from tests.ledger.kept import POSTGRES, postgres_place
from tests.running import Ran

ACME = Tenant("acme", "scim")
DONE = {"applied", "failed", "skipped", "not started"}


def run(case: survival.Case, environ: Mapping[str, str] | None = None, **more: Any) -> Ran:
    """One apply in a process of its own, by one worker."""
    arguments = case.apply("--parallelism", "1", "--format", "json")
    ran = subprocess.run(
        [sys.executable, "-m", "reconciler", *arguments],
        cwd=case.root,
        env={**os.environ, **case.environ, **(environ or {})},
        capture_output=True,
        text=True,
        timeout=120,
        **more,
    )
    return Ran(ran.returncode, ran.stdout, ran.stderr)


def intended(case: survival.Case, environ: Mapping[str, str]) -> set[str]:
    """Addresses of all operations that the ledger knows were about to be sent."""
    kept = open_ledger(ACME, environ=environ, root=case.root)
    try:
        (newest, *_) = kept.history("acme")
        ((only),) = kept.history("acme", newest.id)
        return {one.address for one in only.operations if one.intended_at}
    finally:
        kept.close()


def check_verdict(ran: Ran, case: survival.Case) -> None:
    """The verdict names every operation, and claims no more than the tenant bears out."""
    assert ran.code == 3, ran
    assert "Traceback" not in ran.err
    verdict = ran.json
    assert verdict["converged"] is False or verdict["cannot_tell"]
    assert {one["result"] for one in verdict["outcomes"]} <= DONE
    assert sum(verdict["summary"].values()) == len(verdict["outcomes"]) > 10
    written = {entry["address"] for entry in case.writes}
    applied = {one["address"] for one in verdict["outcomes"] if one["result"] == "applied"}
    assert written & applied
    agents = {address for address in applied if address.startswith("agent/")}
    assert agents <= written
    assert "nothing was written" not in ran.err


# --- the tenant goes away ------------------------------------------------------------------------


@pytest.mark.parametrize("status", [401, 302, 500])
def test_a_tenant_that_goes_away_leaves_every_outcome_shown(
    database: Path, tmp_path: Path, status: int
) -> None:
    answer = (status, b"{}" if status != 500 else b'{"detail": "gone"}')
    with (
        survival.case(database, tmp_path / "case") as case,
        broken.before(case, 3, lambda: answer),
    ):
        ran = run(case)
        check_verdict(ran, case)
        assert any("what the tenant has now" in why for why in ran.json["cannot_tell"])
        assert "cannot tell" in ran.err


def test_a_tenant_that_is_gone_before_the_first_write_is_cannot_tell(
    database: Path, tmp_path: Path
) -> None:
    calls = iter(range(10**6))
    with (
        survival.case(database, tmp_path / "case") as case,
        broken.before(case, 0, lambda: (401, b"{}") if next(calls) > 4 else None),
    ):
        ran = run(case)
        assert (ran.code, case.writes) == (7, []), ran


# --- the ledger goes away ------------------------------------------------------------------------


@contextlib.contextmanager
def sqlite_ledger(case: survival.Case) -> Iterator[tuple[dict[str, str], Callable[[str], None]]]:
    """A file of its own, and how it breaks."""
    file = case.root / "ledger.db"
    holder: list[sqlite3.Connection] = []

    def spoil(how: str) -> None:
        if how == "deleted":
            for name in case.root.glob("ledger.db*"):
                name.unlink()
        elif how == "replaced":
            shutil.copy(file, case.root / "other.db")
            (case.root / "other.db").rename(file)
        else:
            holder.append(sqlite3.connect(file, isolation_level=None, check_same_thread=False))
            holder[0].execute("BEGIN IMMEDIATE")

    yield {"RECONCILER_LEDGER": f"sqlite:///{file}?timeout=0.2"}, spoil
    for connection in holder:
        connection.close()


@contextlib.contextmanager
def postgres_ledger(case: survival.Case) -> Iterator[tuple[dict[str, str], Callable[[str], None]]]:
    """A schema and a role of its own, and how the server takes them away."""
    role = f"role_{secrets.token_hex(6)}"
    with postgres_place(case.root) as place:
        url = place.environ["RECONCILER_LEDGER"]
        schema = url.rpartition("%3D")[2]
        assert POSTGRES is not None
        with psycopg.connect(POSTGRES, autocommit=True) as server:
            server.execute(f"CREATE ROLE {role} LOGIN")
            server.execute(f"ALTER SCHEMA {schema} OWNER TO {role}")

            def spoil(how: str) -> None:
                if how == "deleted":
                    server.execute(f"DROP SCHEMA {schema} CASCADE")
                    server.execute(f"CREATE SCHEMA {schema}")
                elif how == "read-only":
                    server.execute(f"ALTER ROLE {role} SET default_transaction_read_only = on")
                else:
                    server.execute(f"ALTER ROLE {role} NOLOGIN")
                server.execute(f"SELECT pg_terminate_backend(pid) {OF_ROLE}", (role,))

            yield {"RECONCILER_LEDGER": url.replace("tests@", f"{role}@")}, spoil
            server.execute(f"SELECT pg_terminate_backend(pid) {OF_ROLE}", (role,))
            server.execute(f"ALTER SCHEMA {schema} OWNER TO CURRENT_USER")
            server.execute(f"DROP OWNED BY {role} CASCADE")
            server.execute(f"DROP ROLE {role}")


OF_ROLE = "FROM pg_stat_activity WHERE usename = %s"


@pytest.mark.parametrize(
    ("ledger", "how"),
    [
        (sqlite_ledger, "deleted"),
        (sqlite_ledger, "replaced"),
        (sqlite_ledger, "locked"),
        (postgres_ledger, "deleted"),
        (postgres_ledger, "read-only"),
        (postgres_ledger, "gone"),
    ],
)
def test_a_ledger_that_goes_away_stops_the_apply_and_every_outcome_is_shown(
    database: Path, tmp_path: Path, ledger: Any, how: str
) -> None:
    with survival.case(database, tmp_path / "case") as case, ledger(case) as (environ, spoil):
        broke = []

        def once() -> None:
            if not broke:
                broke.append(spoil(how))

        with broken.before(case, 3, once) as door:
            ran = run(case, environ)
            check_verdict(ran, case)
            assert "ledger" in " ".join(ran.json["cannot_tell"])
            assert door.writes <= 5


@pytest.mark.parametrize("kilobytes", [48, 200, 400])
def test_a_full_disk_never_lets_anything_be_sent_that_is_not_recorded(
    database: Path, tmp_path: Path, kilobytes: int
) -> None:
    """The disk is full for this process where its files may not grow any more."""
    with survival.case(database, tmp_path / "case") as case:
        environ = {"RECONCILER_LEDGER": f"sqlite:///{case.root}/ledger.db"}
        open_ledger(ACME, environ=environ, root=case.root).close()

        def bound() -> None:
            size = kilobytes * 1024
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

        ran = run(case, environ, preexec_fn=bound)
        written = {entry["address"] for entry in case.writes}
        assert "Traceback" not in ran.err
        if not written:
            assert ran.code == 1, ran
        else:
            assert ran.code == 3, ran
            check_verdict(ran, case)
            agents = {address for address in written if address.startswith("agent/")}
            assert agents <= intended(case, environ)
        case.check()


def test_a_mistake_of_the_program_shows_what_was_sent(database: Path, tmp_path: Path) -> None:
    """A body that breaks a promise of the library that parses it: nothing foresees it."""
    with (
        survival.case(database, tmp_path / "case") as case,
        broken.before(case, 3, lambda: (200, json.dumps({"schemas": 1, "id": []}).encode())),
    ):
        ran = run(case)
        assert ran.code == 3, ran
        assert len(ran.json["outcomes"]) > 10
