"""Agent Licensing and UC Phone Licensing: the table, its license boxes, and one Save for the page.

The form says of each row what was shown and at which version. Only what the person changed is
written, and only if the agent is still at that version; one refusal, and nothing is written.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus

from flask import Blueprint, redirect, request, url_for
from sqlalchemy import ColumnElement, func
from werkzeug.wrappers import Response

from reconciler.sandbox import agents, directory, pools, roster
from reconciler.sandbox.database import Database, Transaction
from reconciler.sandbox.facts import UC, WEBRTC, Agent
from reconciler.sandbox.page import rows, views
from reconciler.sandbox.page.visitors import Room, Visitor
from reconciler.sandbox.tables import AGENT

SIZE = 50
NO_LICENSE = "none"


@dataclass(frozen=True, slots=True)
class _Boxes:
    """What was sent back for a page: the boxes checked and the reasons, by agent."""

    checked: Mapping[str, frozenset[str]] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


def register(page: Blueprint, database: Database, room: Room) -> None:
    @page.get("/")
    def licensing() -> str | Response:
        visitor = room.present()
        if visitor is not None and not visitor.reads:
            return redirect(url_for("page.presence"))
        return _table(database, room.reader(), "page.licensing", _Boxes())

    @page.post("/")
    def save_licenses() -> str | Response:
        return _save(database, room.writer(), "page.licensing")

    @page.get("/uc")
    def uc_phones() -> str:
        return _table(database, room.reader(), "page.uc_phones", _Boxes())

    @page.post("/uc")
    def save_uc_licenses() -> str | Response:
        return _save(database, room.writer(), "page.uc_phones")

    @page.post("/uc/sync")
    def sync() -> Response:
        visitor = room.writer()
        with database.write(visitor.actor) as transaction:
            found = directory.sync(transaction)
        visitor.notices += _sync_notices(found)
        return redirect(url_for("page.uc_phones"), HTTPStatus.SEE_OTHER)


def _save(database: Database, visitor: Visitor, endpoint: str) -> str | Response:
    checked = _checked()
    moved = {
        row.id: (row, checked[row.id]) for row in rows.sent() if row.was_set != checked[row.id]
    }
    errors = rows.write(
        database,
        visitor.actor,
        sorted((row for row, _ in moved.values()), key=lambda row: _gains(row, moved[row.id][1])),
        lambda transaction, row, agent: _license(transaction, agent, row, moved[row.id][1]),
    )
    if errors:
        return _table(database, visitor, endpoint, _Boxes(checked, errors))
    visitor.notices.append(rows.saved(len(moved), "Licenses"))
    return redirect(views.again(endpoint), HTTPStatus.SEE_OTHER)


def _gains(row: rows.Row, after: frozenset[str]) -> bool:
    """Who only gives seats back comes first: the next row may need them."""
    return bool(after - row.was_set)


def _license(
    transaction: Transaction, agent: Agent, row: rows.Row, licenses: frozenset[str]
) -> None:
    settings = replace(agent.settings, licenses=licenses)
    agents.change(transaction, agent.id, settings, expected=row.version)


def _checked() -> dict[str, frozenset[str]]:
    return {row.id: frozenset(request.form.getlist(f"license:{row.id}")) for row in rows.sent()}


def _table(database: Database, visitor: Visitor, endpoint: str, boxes: _Boxes) -> str:
    sought, license_ = rows.sought(), request.args.get("license", "")
    phone = UC if endpoint == "page.uc_phones" else request.args.get("phone", "")
    conditions = [*rows.conditions(sought), *_phone(phone), *_license_filter(license_)]
    with database.read() as transaction:
        total = roster.count(transaction, *conditions)
        everybody = roster.count(transaction, *_phone(UC if endpoint == "page.uc_phones" else ""))
        cut = views.cut(total, SIZE, {"q": sought, "license": license_, "phone": _stated(phone)})
        found = roster.page(
            transaction,
            *conditions,
            offset=cut.offset,
            limit=SIZE,
            order=(func.folded(AGENT.c.name), AGENT.c.email_key),
        )
        seats = pools.every(transaction)
    return views.render(
        "licensing",
        agents=found,
        pools=seats,
        cut=cut,
        everybody=everybody,
        sought=sought,
        license=license_,
        phone=phone,
        uc_page=endpoint == "page.uc_phones",
        boxes=boxes,
        row=lambda agent: rows.row_state(agent, sorted(agent.settings.licenses)),
        notices=visitor.heard(),
    )


def _stated(phone: str) -> str:
    return "" if request.path == "/uc" else phone


def _phone(phone: str) -> list[ColumnElement[bool]]:
    return [AGENT.c.phone == phone] if phone in (WEBRTC, UC) else []


def _license_filter(license_: str) -> list[ColumnElement[bool]]:
    if not license_:
        return []
    return [~roster.licensed() if license_ == NO_LICENSE else roster.holding(license_)]


def _sync_notices(sync: directory.Sync) -> list[str]:
    parts = [
        f"{len(names)} {word}: {', '.join(names[:10])}{' and more' if len(names) > 10 else ''}."
        for word, names in (
            ("pulled in", sync.pulled),
            ("updated", sync.updated),
            ("suspended", sync.suspended),
            ("in conflict", sync.conflicts),
        )
        if names
    ]
    return (
        ["The UC directory was synchronized.", *parts]
        if parts
        else ["The UC directory was synchronized: nothing had changed."]
    )
