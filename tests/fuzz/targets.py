"""What reads bytes of strangers: each target ends with a value, or with a `ReconcilerError`.

Anything else that comes out of a target is a finding. `corpus/<target>/` holds what to start from,
and every input that was a finding once.
"""

import json
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Collection, Mapping
from contextlib import closing
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from reconciler import errors, load, planfile, validate
from reconciler.ledger import open_ledger
from reconciler.model import Attestation, Outcome, Result, Tenant
from reconciler.providers import answers
from reconciler.providers.answers import Answer
from reconciler.providers.rate_limit_headers import RateLimitHeaders
from reconciler.providers.scim.discovery import discover
from reconciler.providers.scim.members import MemberReader
from reconciler.providers.scim.reader import ScimReader
from reconciler.providers.transport import Transport
from reconciler.roster import rows
from tests.test_planfile import plan

CORPUS = Path(__file__).parent / "corpus"
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def read_yaml(data: bytes) -> None:
    """A folder with one file: documents, schema, state, offline rules."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "file.yaml").write_bytes(data)
        loaded = load.documents(Path(folder))
        documents, _ = validate.schema(loaded.documents)
        desired = load.state(documents, as_of=date(2026, 11, 24))
        validate.offline(desired, whole=loaded.whole)


def read_plan(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "plan.json")
        path.write_bytes(data)
        planfile.verify(planfile.read(path))


def read_csv(data: bytes) -> None:
    rows.read(data, "roster.csv")


class Canned(Transport):
    """Answers of a document `{path: body}`; a body that is text stands for the bytes themselves."""

    def __init__(self, bodies: Mapping[str, Any]) -> None:
        super().__init__("http://127.0.0.1:9", "token", read_only=True)
        self._bodies = bodies

    def get(self, path: str, params: Any = None, *, accept: Collection[int] = ()) -> Answer:
        body = self._bodies.get(path.strip("/"))
        if body is None:
            return Answer(404, None, {})
        content = (
            body.encode("utf-8", "replace") if isinstance(body, str) else json.dumps(body).encode()
        )
        return answers.of_read(Answer(200, answers.parsed(content), {}), path)

    def pause(self, attempt: int) -> None:
        """Nobody waits here."""


def read_scim(data: bytes) -> None:
    """Discovery and a whole reading; the bytes are a document of answers by path, or one answer."""
    try:
        bodies = json.loads(data)
    except (ValueError, RecursionError):
        bodies = {name: data.decode("utf-8", "replace") for name in ("Users", "Groups", "Schemas")}
    transport = Canned(bodies if isinstance(bodies, dict) else {"Users": bodies})
    try:
        service = discover(transport)
        ScimReader(transport, service, MemberReader(transport, service)).read()
        RateLimitHeaders.parse({"Retry-After": data.decode("latin-1"), "Date": "x"})
    finally:
        transport.close()


@cache
def _ledger() -> Path:
    """A ledger with a row of each kind."""
    root = Path(tempfile.mkdtemp(prefix="fuzz-ledger-"))
    ledger = open_ledger(Tenant("acme", "scim"), environ={}, root=root)
    try:
        ledger.remember("acme", {"agent/ana@acme.example": {"extension": "4001", "active": True}})
        ledger.seen("acme", ["agent/ana@acme.example extension"], NOW)
        made = plan()
        first, *_ = made.operations
        with ledger.lease("acme", "fuzz"):
            ledger.use_plan("plan", "acme")
            run = ledger.begin(made)
            ledger.intend(run, made.operations)
            ledger.record(run, [Outcome(first, Result.APPLIED, "", "id-1", None)])
            word = Attestation("agent/ana@acme.example", "extension", "4001", "sam", NOW)
            ledger.attest("acme", [word])
    finally:
        ledger.close()
    (path,) = (root / ".reconciler").glob("*.db")
    return path


def read_ledger(data: bytes) -> None:
    """A ledger one of whose cells holds the bytes: the first says where, the rest is the value."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, ".reconciler", _ledger().name)
        path.parent.mkdir()
        shutil.copy(_ledger(), path)
        with closing(sqlite3.connect(path)) as connection:
            _put(connection, data)
        ledger = open_ledger(Tenant("acme", "scim"), environ={}, root=Path(folder))
        try:
            ledger.declared("acme")
            ledger.lease_status("acme")
            for kept in ledger.history("acme"):
                ledger.history("acme", kept.id)
            ledger.was_used("plan")
            tuple(ledger.attestations("acme"))
            ledger.seen("acme", ["agent/ana@acme.example extension"], NOW)
        finally:
            ledger.close()


def _put(connection: sqlite3.Connection, data: bytes) -> None:
    """SQLite keeps any type in any column; a row that its rules refuse stays as it was."""
    names = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%version%'"
    cells = [
        (table, column)
        for (table,) in connection.execute(names).fetchall()
        for _, column, *_ in connection.execute(f"PRAGMA table_info('{table}')").fetchall()
    ]
    table, column = cells[(data[0] if data else 0) % len(cells)]
    value: Any = data[1:]
    if data[1:2] != b"\0":
        value = value.decode("utf-8", "replace")
    try:
        connection.execute(f"UPDATE {table} SET {column} = ?", (value,))
        connection.commit()
    except sqlite3.Error:
        connection.rollback()


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    "yaml": read_yaml,
    "plan": read_plan,
    "csv": read_csv,
    "scim": read_scim,
    "ledger": read_ledger,
}


def run(name: str, data: bytes) -> None:
    """Raises what is a finding."""
    try:
        TARGETS[name](data)
    except errors.ReconcilerError as error:
        if not str(error) or "\n" in str(error):
            raise ValueError("an error is one sentence") from error


def corpus(name: str) -> list[bytes]:
    """What to start from; a plan is made anew, as its format moves on."""
    kept = [path.read_bytes() for path in sorted((CORPUS / name).iterdir())]
    return [*kept, planfile.text(plan()).encode()] if name == "plan" else kept
