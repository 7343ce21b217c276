"""What the tenant tells and takes besides SCIM.

GET  /audit                what happened (since=SEQ, address=agent/..., limit=N, newest=1)
GET  /realtime             per queue and skill: licensed, signed in, available
PUT  /presence             {"extension": "4001", "presence": "ready"}; an agent's own doing
GET  /directory            the directory on the UC platform, which the tenant may not know yet
PUT  /directory            {"entries": [...]} sets it
POST /directory/sync       pulls it in: {"pulled", "updated", "suspended", "conflicts"}
GET, PUT, DELETE /faults   {"faults": {...}, "writes": N}; see `faults`
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, jsonify, request

from reconciler.sandbox import access, agents, audit, directory, faults, roster
from reconciler.sandbox.database import Database
from reconciler.sandbox.errors import FaultsError
from reconciler.sandbox.facts import Entry
from reconciler.sandbox.misbehavior import Misbehavior
from reconciler.sandbox.refusals import InvalidError, MissingError
from reconciler.sandbox.web import answers

DOOR = "api"
MOST_AUDIT = 5000
MOST_ENTRIES = 50_000


def audit_and_realtime(database: Database, tokens: Mapping[str, str]) -> Blueprint:
    """What can be looked at."""
    doors = Blueprint("facts", __name__)

    @doors.get("/audit")
    def trail() -> Response:
        answers.actor(tokens, DOOR, access.READ)
        with database.read() as transaction:
            found = audit.entries(
                transaction,
                since=answers.number("since", 0, most=2**53),
                address=request.args.get("address"),
                newest_first=bool(request.args.get("newest")),
                limit=answers.number("limit", audit.PAGE, most=MOST_AUDIT),
            )
        return jsonify({"entries": found})

    @doors.get("/realtime")
    def wallboard() -> Response:
        answers.actor(tokens, DOOR, access.READ)
        with database.read() as transaction:
            return jsonify({"targets": roster.wallboard(transaction)})

    return doors


def presence(database: Database, tokens: Mapping[str, str]) -> Blueprint:
    """What an agent does in the agent client."""
    doors = Blueprint("presence", __name__)

    @doors.put("/presence")
    def put() -> Response:
        actor = answers.actor(tokens, DOOR, access.PRESENCE)
        wanted = answers.body()
        extension, value = _text(wanted, "extension"), _text(wanted, "presence")
        with database.write(actor) as transaction:
            agent = roster.by_extension(transaction, extension)
            if agent is None:
                raise MissingError(f"there is no agent {extension}", "extension")
            agent = agents.set_presence(transaction, agent.id, value)
        return jsonify({"extension": extension, "presence": agent.presence})

    return doors


def uc_directory(database: Database, tokens: Mapping[str, str]) -> Blueprint:
    """The UC platform's side of the tenant."""
    doors = Blueprint("directory", __name__)

    @doors.get("/directory")
    def get() -> Response:
        answers.actor(tokens, DOOR, access.READ)
        with database.read() as transaction:
            return jsonify({"entries": [asdict(item) for item in directory.announced(transaction)]})

    @doors.put("/directory")
    def put() -> Response:
        actor = answers.actor(tokens, DOOR, access.OPERATE)
        entries = answers.body().get("entries")
        if not isinstance(entries, list) or len(entries) > MOST_ENTRIES:
            raise InvalidError(f"entries is a list of at most {MOST_ENTRIES}", "entries")
        with database.write(actor) as transaction:
            directory.announce(transaction, [_entry(item) for item in entries])
            return jsonify({"entries": [asdict(item) for item in directory.announced(transaction)]})

    @doors.post("/directory/sync")
    def sync() -> Response:
        actor = answers.actor(tokens, "sync", access.WRITE)
        with database.write(actor) as transaction:
            return jsonify(asdict(directory.sync(transaction)))

    return doors


def misbehavior(course: Misbehavior, tokens: Mapping[str, str]) -> Blueprint:
    """Faults set, read and cleared while the tenant runs."""
    doors = Blueprint("faults", __name__)

    def state() -> Response:
        return jsonify({"faults": faults.as_json(course.faults), "writes": course.writes})

    @doors.get("/faults")
    def get() -> Response:
        answers.actor(tokens, DOOR, access.OPERATE)
        return state()

    @doors.put("/faults")
    def put() -> Response:
        answers.actor(tokens, DOOR, access.OPERATE)
        try:
            course.set(faults.parse(answers.body()))
        except FaultsError as error:
            raise InvalidError(str(error)) from error
        return state()

    @doors.delete("/faults")
    def delete() -> Response:
        answers.actor(tokens, DOOR, access.OPERATE)
        course.set(faults.NONE)
        return state()

    return doors


def _text(content: Mapping[str, Any], key: str) -> str:
    value = content.get(key)
    if not isinstance(value, str) or not value:
        raise InvalidError(f"{key} is missing", key)
    return value


def _entry(item: Any) -> Entry:
    known = ("id", "name", "email", "extension", "type")
    if not isinstance(item, dict) or not all(
        item.get(key) is None or isinstance(item[key], str) for key in known
    ):
        raise InvalidError("an entry has id, name, email, extension and type, all text", "entries")
    return Entry(
        id=item.get("id") or "",
        name=item.get("name") or "",
        email=item.get("email"),
        extension=item.get("extension"),
        type=item.get("type") or "user",
    )
