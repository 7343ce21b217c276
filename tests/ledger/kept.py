"""Ledgers of one's own, on SQLite and on PostgreSQL, and the plans and operations to put in."""

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import update

from reconciler.ledger import open_ledger
from reconciler.ledger.database import Database, open_database
from reconciler.ledger.sql import SqlLedger
from reconciler.ledger.tables import LEASES
from reconciler.model import (
    ConfigRef,
    LiveRef,
    Operation,
    Outcome,
    Plan,
    Policy,
    Result,
    Tenant,
    TenantRef,
    Value,
    Verb,
)

POSTGRES = os.environ.get("RECONCILER_TEST_POSTGRES")
ACME = Tenant("acme", "sandbox")
ANA = "agent/ana.diaz@acme.example"
BO = "agent/bo.chen@acme.example"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a ledger is; opened as often as a test likes, as other processes would."""

    root: Path
    environ: Mapping[str, str]
    opened: list[SqlLedger] = field(default_factory=list)

    def open(self) -> SqlLedger:
        self.opened.append(open_ledger(ACME, environ=self.environ, root=self.root))
        return self.opened[-1]

    def close(self) -> None:
        for ledger in self.opened:
            ledger.close()

    def database(self) -> Database:
        return open_database(ACME, environ=self.environ, root=self.root)

    def silent_for(self, seconds: float) -> None:
        """As if whoever holds a lease had given no sign of life for so long."""
        database = self.database()
        with database.transaction() as connection:
            earlier = {
                "beat": LEASES.c.beat - seconds,
                "since": LEASES.c.since - seconds,
                "expires": LEASES.c.expires - seconds,
            }
            connection.execute(update(LEASES).values(earlier))
        database.close()

    def elsewhere(self) -> None:
        """As if whoever holds a lease were a process of another machine."""
        database = self.database()
        with database.transaction() as connection:
            connection.execute(update(LEASES).values(process="another-machine 7 7", host="far"))
        database.close()

    def start(self, script: str) -> "subprocess.Popen[str]":
        """A process of its own with `ledger` at hand."""
        opening = (
            "import sys, time\n"
            "from pathlib import Path\n"
            "from reconciler.errors import LeaseHeldError\n"
            "from reconciler.ledger import open_ledger\n"
            "from reconciler.model import Tenant\n"
            f"ledger = open_ledger(Tenant('acme', 'sandbox'), environ={dict(self.environ)!r}, "
            f"root=Path({str(self.root)!r}))\n"
        )
        return subprocess.Popen(
            [sys.executable, "-c", opening + script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )


@contextmanager
def sqlite_place(root: Path) -> Iterator[Place]:
    yield Place(root, {})


@contextmanager
def postgres_place(root: Path) -> Iterator[Place]:
    """A schema of its own in the database that `.ci/postgres` starts."""
    if not POSTGRES:
        reason = "RECONCILER_TEST_POSTGRES is not set; .ci/postgres starts one and prints its URL"
        if "CI" in os.environ:
            pytest.fail(reason)
        pytest.skip(reason)
    schema = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(POSTGRES, autocommit=True) as server:
        server.execute(f"CREATE SCHEMA {schema}")
        yield Place(root, {"RECONCILER_LEDGER": f"{POSTGRES}?options=-csearch_path%3D{schema}"})
        server.execute(f"DROP SCHEMA {schema} CASCADE")


PLACES = {"sqlite": sqlite_place, "postgres": postgres_place}


def plan(
    plan_id: str = "01JD0000000000000000000001", *, protect: frozenset[str] = frozenset()
) -> Plan:
    return Plan(
        tool_version="0.1.0",
        plan_id=plan_id,
        digest="sha256:" + "0" * 64,
        created_at=datetime(2026, 11, 24, 9, tzinfo=UTC),
        as_of=date(2026, 11, 24),
        expires_at=datetime(2026, 12, 1, 9, tzinfo=UTC),
        tenant=TenantRef("acme", "sandbox", None),
        config=ConfigRef(None, False, 1, "sha256:" + "1" * 64),
        live=LiveRef(True, 0, 0),
        applyable=True,
        complete=True,
        summary={},
        changes=(),
        operations=(),
        policy=Policy(protect=protect),
    )


def operation(
    name: str, address: str = ANA, verb: Verb = Verb.UPDATE, /, **values: Value
) -> Operation:
    """`operation("op-1", licenses__voice=True)`: two underscores stand for the dot of a path."""
    paths = {path.replace("__", "."): value for path, value in values.items()}
    return Operation(name, address, address.partition("/")[0], verb, paths)


def applied(*operations: Operation) -> list[Outcome]:
    return [Outcome(one, Result.APPLIED) for one in operations]
