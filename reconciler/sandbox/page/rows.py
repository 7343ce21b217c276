"""A form over many agents with one Save: what was shown, what came back, all or nothing.

Each row carries the id and version of its agent and, as JSON, the values that were shown.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import request
from sqlalchemy import ColumnElement

from reconciler.sandbox import roster
from reconciler.sandbox.database import Database, Transaction
from reconciler.sandbox.facts import Actor, Agent
from reconciler.sandbox.page import views
from reconciler.sandbox.page.visitors import ForbiddenError
from reconciler.sandbox.refusals import MissingError, RefusedError, StaleError

MOST = 200
LONGEST_SEARCH = 200


@dataclass(frozen=True, slots=True)
class Row:
    """One agent of the form. `was` is what the page had shown of it."""

    id: str
    version: int
    was: Any

    @property
    def was_set(self) -> frozenset[str]:
        return frozenset(self.was) if isinstance(self.was, list) else frozenset()

    @property
    def was_map(self) -> Mapping[str, str]:
        return self.was if isinstance(self.was, dict) else {}


class _UndoneError(Exception):
    """Some row was refused: the transaction is not to be committed."""


def sent() -> list[Row]:
    """The rows of the form that came back."""
    try:
        found = [Row(*_parts(text)) for text in request.form.getlist("row")]
    except (ValueError, RecursionError) as error:
        raise ForbiddenError("The form is not as this page made it.") from error
    if len(found) > MOST:
        raise ForbiddenError(f"A page has at most {MOST} rows.")
    return found


def row_state(agent: Agent, was: Any) -> str:
    """Return the hidden value of a row, which `sent` reads back."""
    return json.dumps([agent.id, agent.version, was])


def write(
    database: Database,
    actor: Actor,
    changed: Iterable[Row],
    change: Callable[[Transaction, Row, Agent], None],
) -> dict[str, str]:
    """All rows in one transaction, or none: then the reason for each refused row, by agent."""
    errors: dict[str, str] = {}
    changed = list(changed)
    if not changed:
        return errors
    try:
        with database.write(actor) as transaction:
            for row in changed:
                reason = _refusal(transaction, row, change)
                if reason:
                    errors[row.id] = reason
            if errors:
                raise _UndoneError
    except _UndoneError:
        pass
    return errors


def saved(count: int, what: str) -> str:
    if not count:
        return "Nothing was changed."
    return f"{what} of {count} {'agent' if count == 1 else 'agents'} saved."


def sought() -> str:
    """The search of the query; without NUL, which SQLite takes for the end of a text."""
    return request.args.get("q", "").replace("\0", "").strip()[:LONGEST_SEARCH]


def conditions(search: str) -> list[ColumnElement[bool]]:
    return [roster.matching(search)] if search else []


def _parts(text: str) -> tuple[str, int, Any]:
    parts = json.loads(text)
    if not isinstance(parts, list) or len(parts) != 3:
        raise ValueError
    id_, version, was = parts
    if not isinstance(id_, str) or not isinstance(version, int) or not _is_plain(was):
        raise ValueError
    return id_, version, was


def _is_plain(was: Any) -> bool:
    """A list of texts, or a map of texts to texts."""
    values = [*was, *was.values()] if isinstance(was, dict) else was
    return isinstance(values, list) and all(isinstance(value, str) for value in values)


def _refusal(
    transaction: Transaction, row: Row, change: Callable[[Transaction, Row, Agent], None]
) -> str | None:
    try:
        with transaction.connection.begin_nested():
            agent = roster.get(transaction, row.id)
            if agent is None:
                raise MissingError("somebody has deleted this agent")
            change(transaction, row, agent)
    except StaleError:
        return "Somebody else has changed this agent since: reload the page and look again."
    except RefusedError as error:
        return views.sentence(error.message)
    return None
