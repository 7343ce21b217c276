"""Skill Levels: who is in which queue and has which skill, as one matrix with one Save.

A cell is a level from 1 to 10, empty for no membership, or `x` for one without a level.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus

from flask import Blueprint, redirect, request
from sqlalchemy import func
from werkzeug.wrappers import Response

from reconciler.sandbox import agents, roster, targets
from reconciler.sandbox.database import Database, Transaction
from reconciler.sandbox.facts import QUEUE, SKILL, Agent, Target
from reconciler.sandbox.page import rows, views
from reconciler.sandbox.page.visitors import Room, Visitor
from reconciler.sandbox.refusals import InvalidError
from reconciler.sandbox.tables import AGENT

SIZE = 25
COLUMNS = 24
WITHOUT = "x"


@dataclass(frozen=True, slots=True)
class _Cells:
    """What was sent back: per agent and target the text typed; per refused agent, the reason."""

    typed: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    def text(self, agent: Agent, target: Target) -> str:
        typed = self.typed.get(agent.id)
        return typed.get(target.id, "") if typed is not None else cell(agent, target)


def register(page: Blueprint, database: Database, room: Room) -> None:
    @page.get("/levels")
    def levels() -> str:
        return _matrix(database, room.reader(), _Cells())

    @page.post("/levels")
    def save_levels() -> str | Response:
        return _save(database, room.writer())


def cell(agent: Agent, target: Target) -> str:
    memberships = agent.settings.queues if target.kind == QUEUE else agent.settings.skills
    if target.settings.name not in memberships:
        return ""
    level = memberships[target.settings.name]
    return WITHOUT if level is None else str(level)


def _save(database: Database, visitor: Visitor) -> str | Response:
    with database.read() as transaction:
        known = {target.id: target for target in _targets(transaction)}
    typed = {row.id: _typed(row, known) for row in rows.sent()}
    changed = [row for row in rows.sent() if _differs(row, typed[row.id])]
    errors = rows.write(
        database,
        visitor.actor,
        changed,
        lambda transaction, row, agent: _enroll(transaction, agent, row, typed[row.id], known),
    )
    if errors:
        return _matrix(database, visitor, _Cells(typed, errors))
    visitor.notices.append(rows.saved(len(changed), "Levels"))
    return redirect(views.again("page.levels"), HTTPStatus.SEE_OTHER)


def _typed(row: rows.Row, targets_by_name: Mapping[str, Target]) -> dict[str, str]:
    """What stands in the cells of a row that were shown."""
    sent = {id_: request.form.get(f"level:{row.id}:{id_}") for id_ in targets_by_name}
    return {id_: text.strip().lower() for id_, text in sent.items() if text is not None}


def _differs(row: rows.Row, typed: Mapping[str, str]) -> bool:
    return any(text != row.was_map.get(id_, "") for id_, text in typed.items())


def _enroll(
    transaction: Transaction,
    agent: Agent,
    row: rows.Row,
    typed: Mapping[str, str],
    targets_by_name: Mapping[str, Target],
) -> None:
    """Lays the changed cells over the memberships; columns that were not shown stay."""
    memberships = {QUEUE: dict(agent.settings.queues), SKILL: dict(agent.settings.skills)}
    for id_, text in typed.items():
        if text == row.was_map.get(id_, ""):
            continue
        target = targets_by_name[id_]
        name = target.settings.name
        memberships[target.kind].pop(name, None)
        if text:
            memberships[target.kind][name] = _level(text, target)
    settings = replace(agent.settings, queues=memberships[QUEUE], skills=memberships[SKILL])
    agents.change(transaction, agent.id, settings, expected=row.version)


def _level(text: str, target: Target) -> int | None:
    if text == WITHOUT:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 2 and 1 <= int(text) <= 10):
        raise InvalidError(
            f"the level for {target.settings.name} is a number from 1 to 10, or {WITHOUT}"
        )
    return int(text)


def _targets(transaction: Transaction) -> list[Target]:
    return [target for kind in (QUEUE, SKILL) for target in targets.page(transaction, kind)]


def _matrix(database: Database, visitor: Visitor, cells: _Cells) -> str:
    sought, target = rows.sought(), request.args.get("target", "").replace("\0", "")
    conditions = rows.conditions(sought)
    with database.read() as transaction:
        total = roster.count(transaction, *conditions)
        cut = views.cut(total, SIZE, {"q": sought, "target": target})
        found = roster.page(
            transaction,
            *conditions,
            offset=cut.offset,
            limit=SIZE,
            order=(func.folded(AGENT.c.name), AGENT.c.email_key),
        )
        every = _targets(transaction)
    columns = [one for one in every if not target or one.settings.name == target]
    return views.render(
        "levels",
        agents=found,
        targets=columns[:COLUMNS],
        every=every,
        left_out=max(0, len(columns) - COLUMNS),
        target=target,
        cut=cut,
        sought=sought,
        cells=cells,
        row=_row,
        notices=visitor.heard(),
    )


def _row(agent: Agent, columns: list[Target]) -> str:
    shown_cells = {target.id: cell(agent, target) for target in columns}
    return rows.row_state(agent, {id_: text for id_, text in shown_cells.items() if text})
