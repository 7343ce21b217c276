"""Look-ups stay cheap however many agents there are: from an index, one page at a time."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text

from reconciler.sandbox import agents, roster
from reconciler.sandbox.database import Database, Transaction
from reconciler.sandbox.facts import Actor, AgentSettings
from reconciler.sandbox.scim.kinds import kinds

INDEXED = [
    (name, attribute) for name, kind in kinds(core=False).items() for attribute in kind.indexed
]


@pytest.fixture
def transaction(tmp_path: Path) -> Iterator[Transaction]:
    database = Database(tmp_path / "tenant.db")
    with database.write(Actor("test", "admin", "test")) as opened:
        yield opened
    database.close()


def plans(transaction: Transaction, work: Any) -> list[str]:
    """How SQLite answers each statement of the work."""
    seen: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        seen.append((statement, parameters))

    engine = transaction.connection.engine
    event.listen(engine, "before_cursor_execute", note)
    work()
    event.remove(engine, "before_cursor_execute", note)
    steps = []
    for statement, parameters in seen:
        rows = transaction.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        steps += [row[3] for row in rows]
    return steps


@pytest.mark.parametrize(("kind", "attribute"), INDEXED)
def test_an_indexed_attribute_is_found_without_a_scan(
    transaction: Transaction, kind: str, attribute: str
) -> None:
    row = kinds(core=False)[kind]
    where = row.indexed[attribute]("value")
    steps = plans(transaction, lambda: row.page(transaction, [where], 0, None))
    assert steps
    counted = "GROUP BY" if kind == "LicensePool" else "SCAN"
    assert not [step for step in steps if step.startswith(counted)]


@pytest.mark.parametrize("look", [roster.get, roster.by_email, roster.by_extension])
def test_an_agent_is_found_without_a_scan(transaction: Transaction, look: Any) -> None:
    agents.add(transaction, AgentSettings("ana@acme.example", extension="4001"))
    steps = plans(transaction, lambda: look(transaction, "4001"))
    assert steps
    assert not [step for step in steps if step.startswith("SCAN")]


def test_a_page_reads_that_page_only(transaction: Transaction) -> None:
    for number in range(30):
        agents.add(transaction, AgentSettings(f"a{number}@acme.example"))
    asked: list[Any] = []
    event.listen(
        transaction.connection.engine,
        "before_cursor_execute",
        lambda _c, _cursor, statement, parameters, *_: asked.append((statement, parameters)),
    )
    found = roster.page(transaction, offset=10, limit=5)
    assert [agent.settings.email for agent in found] == [
        f"a{n}@acme.example" for n in range(10, 15)
    ]
    assert len(asked) == 3
    assert "LIMIT" in asked[0][0]


def test_text_is_found_as_it_is_written(transaction: Transaction) -> None:
    people = ("50% Off", "500 Off", "Under_Score", "UnderXScore", "O'Neil", "Élodie Ström")
    for number, name in enumerate(people):
        agents.add(transaction, AgentSettings(f"{number}@acme.example", name=name))

    def named(sought: str) -> list[str | None]:
        found = roster.page(transaction, roster.matching(sought))
        assert roster.count(transaction, roster.matching(sought)) == len(found)
        return [agent.settings.name for agent in found]

    assert named("0% o") == ["50% Off"]
    assert named("r_s") == ["Under_Score"]
    assert named("o'n") == ["O'Neil"]
    assert named("éLODIE s") == ["Élodie Ström"]
    assert named("' OR 1=1 --") == []


def test_the_foreign_keys_are_enforced(transaction: Transaction) -> None:
    row = transaction.connection.execute(text("PRAGMA foreign_keys")).scalar()
    assert row == 1
    assert transaction.connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
