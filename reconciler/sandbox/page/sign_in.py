"""Signing in with the token of a role, under a name for the audit trail."""

import secrets
from collections.abc import Mapping
from http import HTTPStatus

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from reconciler.sandbox import access, roster
from reconciler.sandbox.database import Database
from reconciler.sandbox.facts import Agent
from reconciler.sandbox.page import views, visitors
from reconciler.sandbox.page.visitors import Room, Visitor

LONGEST_NAME = 120


def register(page: Blueprint, database: Database, room: Room, tokens: Mapping[str, str]) -> None:
    @page.get("/sign-in")
    def sign_in() -> str | Response:
        visitor = room.present()
        return redirect(_home(visitor)) if visitor else views.render("sign_in", errors={}, name="")

    @page.post("/sign-in")
    def enter() -> str | Response:
        visitors.check_form()
        name = " ".join(request.form.get("name", "").split())
        role = _role(request.form.get("token", "").strip(), tokens)
        agent = _agent(database, name) if role == access.AGENT else None
        errors = _errors(name, role, agent)
        if errors:
            return views.render("sign_in", errors=errors, name=name)
        visitor = _visitor(name, role or "", agent)
        room.enter(visitor)
        return redirect(_home(visitor), HTTPStatus.SEE_OTHER)

    @page.post("/sign-out")
    def leave() -> Response:
        visitors.check_form()
        room.leave()
        return redirect(url_for("page.sign_in"), HTTPStatus.SEE_OTHER)


def _role(given: str, tokens: Mapping[str, str]) -> str | None:
    found = None
    for role, expected in tokens.items():
        if secrets.compare_digest(given.encode(), expected.encode()):
            found = role
    return found


def _agent(database: Database, name: str) -> Agent | None:
    """Agents say who they are by e-mail or extension."""
    with database.read() as transaction:
        return roster.by_email(transaction, name) or roster.by_extension(transaction, name)


def _errors(name: str, role: str | None, agent: Agent | None) -> dict[str, str]:
    errors = {}
    if not name:
        errors["name"] = "Say who you are: the audit trail names you."
    elif len(name) > LONGEST_NAME:
        errors["name"] = f"A name is at most {LONGEST_NAME} characters."
    elif role == access.AGENT and agent is None:
        errors["name"] = "There is no agent with this e-mail or extension."
    if role is None:
        errors["token"] = "This is not a token of this tenant."
    return errors


def _visitor(name: str, role: str, agent: Agent | None) -> Visitor:
    if agent is None:
        return Visitor(name, role)
    return Visitor(agent.settings.name or agent.settings.email, role, agent.id)


def _home(visitor: Visitor) -> str:
    return url_for("page.licensing" if visitor.reads else "page.presence")
