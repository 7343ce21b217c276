"""Xima's documented tenant API, over the same database: two lists, and nothing can be written.

    GET /rest/api/v1/agents   {"agents": [{"agent": "Ana Diaz(4001)", "type": "XIMA"}]}
    GET /rest/api/v1/skills   {"skills": [{"name": "support"}]}

Licensed agents only. A skill group of Xima is a queue or a skill here. 401 without a valid token,
403 where the token's role sees no licensing; a body for errors is not documented, so there is none.
"""

from collections.abc import Mapping

from flask import Blueprint, Response, jsonify, request

from reconciler.sandbox import access, roster, targets
from reconciler.sandbox.database import Database
from reconciler.sandbox.facts import UC, AgentSettings

DOOR = "xima"


def endpoints(database: Database, tokens: Mapping[str, str]) -> Blueprint:
    doors = Blueprint("xima", __name__, url_prefix="/rest/api/v1")

    @doors.before_request
    def admit() -> Response | None:
        actor = access.bearer(request.headers.get("Authorization"), tokens, DOOR)
        if actor is None:
            return Response(status=401)
        return None if access.may(actor.role, access.READ) else Response(status=403)

    @doors.get("/agents")
    def agents() -> Response:
        with database.read() as transaction:
            found = roster.page(transaction, roster.licensed())
        return jsonify({"agents": [_listed(agent.settings) for agent in found]})

    @doors.get("/skills")
    def skills() -> Response:
        with database.read() as transaction:
            names = targets.names(transaction)
        return jsonify({"skills": [{"name": name} for name in names]})

    return doors


def _listed(settings: AgentSettings) -> dict[str, str]:
    label = f"{settings.name or settings.email}({settings.extension or ''})"
    return {"agent": label, "type": "UC" if settings.phone == UC else "XIMA"}
