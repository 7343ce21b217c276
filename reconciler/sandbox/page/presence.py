"""What an agent sees: the own presence, and what the own license gives. Nothing of anybody else."""

from http import HTTPStatus

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from reconciler.sandbox import agents, roster
from reconciler.sandbox.database import Database
from reconciler.sandbox.facts import Agent
from reconciler.sandbox.page import views, visitors
from reconciler.sandbox.page.visitors import Room, StrangerError, Visitor
from reconciler.sandbox.refusals import RefusedError


def register(page: Blueprint, database: Database, room: Room) -> None:
    @page.get("/my-presence")
    def presence() -> str:
        visitor = room.agent()
        return _form(_own(database, visitor), visitor, "")

    @page.post("/my-presence")
    def set_presence() -> str | Response:
        visitor = room.agent()
        visitors.check_form()
        own = _own(database, visitor)
        try:
            with database.write(visitor.actor) as transaction:
                agents.set_presence(transaction, own.id, request.form.get("presence", ""))
        except RefusedError as error:
            return _form(own, visitor, views.sentence(error.message))
        visitor.notices.append("Your presence was set.")
        return redirect(url_for("page.presence"), HTTPStatus.SEE_OTHER)


def _own(database: Database, visitor: Visitor) -> Agent:
    with database.read() as transaction:
        own = roster.get(transaction, visitor.agent or "")
    if own is None:
        raise StrangerError  # deleted since: there is nobody to be
    return own


def _form(own: Agent, visitor: Visitor, error: str) -> str:
    return views.render("presence", agent=own, error=error, notices=visitor.heard())
