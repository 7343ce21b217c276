"""Add Agent, edit, delete: one agent at a time, with what is wrong said beside its field."""

from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from reconciler.sandbox import agents, claims, roster, targets
from reconciler.sandbox.database import Database, Transaction
from reconciler.sandbox.facts import UC, Agent
from reconciler.sandbox.page import forms, views
from reconciler.sandbox.page.visitors import Room, Visitor
from reconciler.sandbox.refusals import (
    MissingError,
    ReadOnlyError,
    RefusedError,
    StaleError,
)

Answer = str | AnyResponse


def register(page: Blueprint, database: Database, room: Room) -> None:
    @page.get("/agents/add")
    def add() -> Answer:
        room.editor()
        return _form(None, forms.EMPTY, {})

    @page.post("/agents/add")
    def added() -> Answer:
        return _added(database, room.writer())

    @page.get("/agents/<id_>")
    def agent(id_: str) -> Answer:
        visitor = room.reader()
        found = _present(database, id_)
        return _form(found, forms.filled(found.settings), {}, read_only=not visitor.writes)

    @page.post("/agents/<id_>")
    def changed(id_: str) -> Answer:
        return _changed(database, room.writer(), id_)

    @page.get("/agents/<id_>/delete")
    def delete(id_: str) -> Answer:
        room.editor()
        return _confirmation(_present(database, id_))

    @page.post("/agents/<id_>/delete")
    def deleted(id_: str) -> Answer:
        return _deleted(database, room.writer(), id_)

    @page.get("/extensions/<number>")
    def extension(number: str) -> Response:
        room.editor()
        with database.read() as transaction:
            holder = claims.holder(transaction, (claims.EXTENSION, number))
            own = holder == f"agent/{request.args.get('except', '')}"
            by = _named(transaction, holder) if holder and not own else None
        return jsonify({"taken_by": by})


def _added(database: Database, visitor: Visitor) -> Answer:
    given = forms.sent()
    errors = forms.errors(given)
    if not errors:
        settings = forms.new(given)
        try:
            with database.write(visitor.actor) as transaction:
                agents.add(transaction, settings)
        except RefusedError as error:
            errors = forms.beside(error)
        else:
            visitor.notices.append(
                f"{views.label(settings)} was added. Give a license next, then queues and skills."
            )
            return _back(q=settings.extension or "")
    return _form(None, given, errors)


def _changed(database: Database, visitor: Visitor, id_: str) -> Answer:
    given = forms.sent()
    found = _present(database, id_)
    is_uc = found.settings.phone == UC
    errors = {} if is_uc else forms.errors(given)
    if not errors:
        try:
            with database.write(visitor.actor) as transaction:
                _change(transaction, id_, given)
        except StaleError:
            errors = {"": "Somebody else has changed this agent since. Reload, and look again."}
        except RefusedError as error:
            errors = forms.beside(error)
        else:
            visitor.notices.append(f"{views.label(found.settings)} was saved.")
            return redirect(_list(found), HTTPStatus.SEE_OTHER)
    return _form(found, given, errors)


def _change(transaction: Transaction, id_: str, given: forms.Given) -> None:
    agent = roster.get(transaction, id_)
    if agent is None:
        raise MissingError(f"there is no agent {id_}")
    settings = forms.applied(given, agent.settings)
    agents.change(transaction, id_, settings, expected=forms.version())


def _deleted(database: Database, visitor: Visitor, id_: str) -> Answer:
    found = _present(database, id_)
    if found.settings.phone == UC:
        raise ReadOnlyError("a UC agent leaves when the UC directory lets go and is synchronized")
    try:
        with database.write(visitor.actor) as transaction:
            agents.remove(transaction, id_, expected=forms.version())
    except StaleError:
        error = "Somebody else has changed this agent since. Look again before you delete."
        return _confirmation(found, error)
    visitor.notices.append(f"{views.label(found.settings)} was deleted.")
    return _back()


def _present(database: Database, id_: str) -> Agent:
    with database.read() as transaction:
        found = roster.get(transaction, id_)
    if found is None:
        raise MissingError("there is no such agent, or somebody has deleted it")
    return found


def _form(
    agent: Agent | None, given: forms.Given, errors: dict[str, str], *, read_only: bool = False
) -> str:
    return views.render(
        "agent",
        agent=agent,
        given=given,
        errors=errors,
        dialog=forms.DIALOG,
        required=forms.REQUIRED,
        is_uc=agent is not None and agent.settings.phone == UC,
        read_only=read_only,
    )


def _confirmation(agent: Agent, error: str = "") -> str:
    if agent.settings.phone == UC:
        raise ReadOnlyError("a UC agent leaves when the UC directory lets go and is synchronized")
    return views.render("delete", agent=agent, error=error)


def _list(agent: Agent) -> str:
    return url_for("page.uc_phones" if agent.settings.phone == UC else "page.licensing")


def _back(**query: Any) -> AnyResponse:
    return redirect(url_for("page.licensing", **query), HTTPStatus.SEE_OTHER)


def _named(transaction: Transaction, holder: str) -> str:
    """The holder of a number as a person would say it."""
    kind, _, id_ = holder.partition("/")
    if kind == "agent":
        found = roster.get(transaction, id_)
        return views.label(found.settings) if found else "another agent"
    if kind == "directory":
        return "the UC directory"
    target = targets.get(transaction, kind, id_)
    return f"the {kind} {target.settings.name}" if target else f"another {kind}"
