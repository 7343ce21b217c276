"""The platform's paths as one blueprint.

    POST /oauth/token                                   a token for client credentials
    GET, POST /api/v2/users; GET, PATCH, DELETE .../{id}; POST .../search
    PATCH, PUT .../{id}/routingskills/bulk; DELETE .../{id}/routingskills/{skill}
    GET, POST /api/v2/routing/skills, /api/v2/routing/queues; GET .../{id}
    GET, POST .../queues/{id}/members
    GET /api/v2/license/definitions, /users, /users/{id}; POST /api/v2/license/organization
    GET /api/v2/telephony/providers/edges/extensionpools, .../extensions

`phones` has the phones and stations. They, and deleted users, are kept until the process ends;
everything else is in the database.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from flask import Blueprint, Response, jsonify, request

from reconciler.sandbox import agents, pools, roster, targets
from reconciler.sandbox.database import Database, Transaction
from reconciler.sandbox.facts import QUEUE, SKILL, Actor, Agent, Target, TargetSettings
from reconciler.sandbox.genesys import access, people, phones, shapes
from reconciler.sandbox.genesys.access import Clients
from reconciler.sandbox.genesys.shapes import Shape
from reconciler.sandbox.misbehavior import Misbehavior
from reconciler.sandbox.refusals import (
    ConflictError,
    InvalidError,
    MissingError,
    RefusedError,
    StaleError,
)

ROOT = "/api/v2"
KINDS = {"skills": SKILL, "queues": QUEUE}
PAGE, MEMBERS, MOST_INACTIVE = 25, 100, 10_000
READS_BY_POST = ("/search", "/license/users", "/license/infer")


def endpoints(database: Database, tokens: Mapping[str, str], course: Misbehavior) -> Blueprint:
    doors = Blueprint("genesys", __name__)
    state = _State(database, Clients(tokens, course), course)
    doors.post("/oauth/token")(state.clients.mint)
    for register in (
        _users,
        _search,
        _user,
        _skills_of_users,
        _targets,
        _members,
        _licenses,
        _telephony,
    ):
        group = Blueprint(register.__name__.strip("_"), __name__)
        register(group, state)
        doors.register_blueprint(group)
    doors.register_error_handler(RefusedError, _refused)
    doors.register_error_handler(_DeniedError, lambda error: _error(*error.args))
    return doors


class _DeniedError(Exception):
    """Status, code and message."""


class _State:
    """What all endpoints share: the database, who asks, and what is kept out of the database."""

    def __init__(self, database: Database, clients: Clients, course: Misbehavior) -> None:
        self.database, self.clients, self.course = database, clients, course
        self.deleted: dict[str, Shape] = {}
        self._late: dict[str, int] = {}

    def actor(self, permission: str) -> Actor:
        """Who sends the request. Raises `_DeniedError`: 401, or 403 that names the permission."""
        actor = self.clients.actor()
        if actor is None:
            raise _DeniedError(401, "bad.credentials", "invalid login credentials")
        writes = request.method != "GET" and not request.path.endswith(READS_BY_POST)
        if not access.may(actor, writes=writes):
            message = f"missing the following permission(s): [{permission}]"
            raise _DeniedError(403, "missing.permissions", message)
        return actor

    def created(self, id_: str) -> None:
        """Listings leave the new object out for as many readings as the fault says."""
        self._late[id_] = self.course.faults.listing_delay

    def listed(self, entries: Iterable[Shape]) -> Iterator[Shape]:
        """What listings show so far."""
        for entry in entries:
            left = self._late.get(entry["id"], 0)
            if left:
                self._late[entry["id"]] = left - 1
            else:
                yield entry

    def expect_user(self, id_: str) -> None:
        with self.database.read() as transaction:
            people.present(transaction, id_)

    @property
    def ranges(self) -> people.Ranges:
        return self.course.faults.extension_pools


def _users(doors: Blueprint, state: _State) -> None:
    @doors.get(f"{ROOT}/users")
    def listing() -> Response:
        state.actor("directory:user:view")
        wanted = request.args.get("state", "active")
        with state.database.read() as transaction:
            shown = list(state.listed(_people(transaction, state, {wanted})))
        if wanted == "inactive" and len(shown) > MOST_INACTIVE:
            raise InvalidError("more than 10000 inactive users cannot be listed")
        return jsonify(_page(shown, 500))

    @doors.post(f"{ROOT}/users")
    def create() -> Response:
        actor, body = state.actor("directory:user:add"), _body()
        email = str(body.get("email") or "").lower()
        if any(user["email"].lower() == email for user in state.deleted.values()):
            raise ConflictError("a deleted user has this email", "email")
        with state.database.write(actor) as transaction:
            agent = people.create(transaction, body, state.ranges)
        state.created(agent.id)
        return jsonify(shapes.user(agent, None))


def _search(doors: Blueprint, state: _State) -> None:
    @doors.post(f"{ROOT}/users/search")
    def search() -> Response:
        state.actor("directory:user:view")
        states, emails = _terms(_body().get("query") or ())
        with state.database.read() as transaction:
            every = _people(transaction, state, states)
        found = [u for u in every if emails is None or u["email"].lower() in emails]
        return jsonify({"results": found, "total": len(found), "pageNumber": 1, "pageSize": 25})


def _terms(query: Iterable[Mapping[str, Any]]) -> tuple[set[str], set[str] | None]:
    """The states and the e-mails that a search asks for; without a state it is active users."""
    states, emails = {"active"}, None
    for term in query:
        fields = term.get("fields") or ()
        values = {str(value) for value in term.get("values") or [term.get("value")]}
        if "state" in fields:
            states = values
        if "email" in fields:
            emails = {value.lower() for value in values}
    return states, emails


def _user(doors: Blueprint, state: _State) -> None:
    @doors.get(f"{ROOT}/users/<id_>")
    def user(id_: str) -> Response:
        state.actor("directory:user:view")
        if request.args.get("state") == "deleted":
            if id_ not in state.deleted:
                raise MissingError(f"there is no deleted user {id_}")
            return jsonify(state.deleted[id_])
        with state.database.read() as transaction:
            agent = people.present(transaction, id_)
            return jsonify(shapes.user(agent, _skill_ids(transaction)))

    @doors.patch(f"{ROOT}/users/<id_>")
    def patch(id_: str) -> Response:
        actor, body = state.actor("directory:user:edit"), _body()
        with state.database.write(actor) as transaction:
            if id_ in state.deleted:
                agent = people.restore(transaction, state.deleted[id_], body)
                del state.deleted[id_]
            else:
                agent = people.patch(transaction, id_, body, state.ranges)
        return jsonify(shapes.user(agent, None))

    @doors.delete(f"{ROOT}/users/<id_>")
    def delete(id_: str) -> Response:
        actor = state.actor("directory:user:delete")
        with state.database.write(actor) as transaction:
            agent = people.present(transaction, id_)
            state.deleted[id_] = shapes.user(agent, None, state="deleted")
            agents.remove(transaction, id_)
        return jsonify({})


def _skills_of_users(doors: Blueprint, state: _State) -> None:
    @doors.route(f"{ROOT}/users/<id_>/routingskills/bulk", methods=["PATCH", "PUT"])
    def bulk(id_: str) -> Response:
        actor, entries = state.actor("routing:skill:assign"), request.get_json(silent=True)
        with state.database.write(actor) as transaction:
            agent = people.set_skills(transaction, id_, entries, replaces=request.method == "PUT")
            return jsonify(_page(shapes.user_skills(agent, _skill_ids(transaction)), 500))

    @doors.get(f"{ROOT}/users/<id_>/routingskills")
    def listing(id_: str) -> Response:
        state.actor("directory:user:view")
        with state.database.read() as transaction:
            agent = people.present(transaction, id_)
            return jsonify(_page(shapes.user_skills(agent, _skill_ids(transaction)), 500))

    @doors.delete(f"{ROOT}/users/<id_>/routingskills/<skill>")
    def take(id_: str, skill: str) -> Response:
        actor = state.actor("routing:skill:assign")
        with state.database.write(actor) as transaction:
            people.take_skill(transaction, id_, skill)
        return Response(status=204)


def _targets(doors: Blueprint, state: _State) -> None:
    @doors.get(f"{ROOT}/routing/<any(skills,queues):what>")
    def listing(what: str) -> Response:
        state.actor(f"routing:{what[:-1]}:view")
        name = request.args.get("name", "").rstrip("*").lower()
        with state.database.read() as transaction:
            every = [_target(transaction, t) for t in targets.page(transaction, KINDS[what])]
        shown = (e for e in state.listed(every) if e["name"].lower().startswith(name))
        return jsonify(_page(shown, 500))

    @doors.post(f"{ROOT}/routing/<any(skills,queues):what>")
    def create(what: str) -> Response:
        actor = state.actor(f"routing:{what[:-1]}:add")
        settings = TargetSettings(name=str(_body().get("name") or ""))
        with state.database.write(actor) as transaction:
            target = targets.add(transaction, KINDS[what], settings)
            state.created(target.id)
            return jsonify(_target(transaction, target))

    @doors.get(f"{ROOT}/routing/<any(skills,queues):what>/<id_>")
    def queue(what: str, id_: str) -> Response:
        state.actor(f"routing:{what[:-1]}:view")
        with state.database.read() as transaction:
            return jsonify(_target(transaction, _present(transaction, KINDS[what], id_)))


def _members(doors: Blueprint, state: _State) -> None:
    @doors.get(f"{ROOT}/routing/queues/<id_>/members")
    def listing(id_: str) -> Response:
        state.actor("routing:queue:view")
        with state.database.read() as transaction:
            shown = [shapes.member(agent) for agent in _in_queue(transaction, id_)]
        if state.course.faults.short_members:
            del shown[-1:]
        return jsonify(_page(shown, MEMBERS, counts=False))

    @doors.post(f"{ROOT}/routing/queues/<id_>/members")
    def change(id_: str) -> Response:
        actor, entries = state.actor("routing:queueMember:manage"), request.get_json(silent=True)
        if not isinstance(entries, list) or len(entries) > MEMBERS:
            raise InvalidError(f"a list of at most {MEMBERS} members")
        removes = request.args.get("delete", "false").lower() == "true"
        with state.database.write(actor) as transaction:
            queue = _present(transaction, QUEUE, id_).settings.name
            ids = [str(entry.get("id")) for entry in entries]
            people.set_members(transaction, queue, ids, removes=removes)
        return Response(status=204)


def _licenses(doors: Blueprint, state: _State) -> None:
    @doors.get(f"{ROOT}/license/definitions")
    def definitions() -> Response:
        state.actor("authorization:license:view")
        with state.database.read() as transaction:
            return jsonify([shapes.definition(pool) for pool in pools.every(transaction)])

    @doors.get(f"{ROOT}/license/users")
    def listing() -> Response:
        state.actor("authorization:license:view")
        with state.database.read() as transaction:
            holders = roster.page(transaction, roster.licensed())
        return jsonify(_page(map(_licensed, holders), 100))

    @doors.get(f"{ROOT}/license/users/<id_>")
    def licensed_user(id_: str) -> Response:
        state.actor("authorization:license:view")
        with state.database.read() as transaction:
            agent = people.present(transaction, id_)
        held = [{"id": identifier} for identifier in shapes.licenses_of(agent)]
        return jsonify({"id": id_, "licenses": held})

    @doors.post(f"{ROOT}/license/organization")
    def assign() -> Response:
        actor, body = state.actor("authorization:grant:add"), _body()
        by_roles = state.course.faults.roles_decide
        with state.database.write(actor) as transaction:
            results = people.assign(transaction, body.get("assignments"), by_roles=by_roles)
        return jsonify(results)


def _telephony(doors: Blueprint, state: _State) -> None:
    edges = f"{ROOT}/telephony/providers/edges"

    @doors.get(f"{edges}/extensionpools")
    def extension_pools() -> Response:
        state.actor("telephony:extensionPool:view")
        shown = [
            {"id": f"pool-{start}-{end}", "startNumber": start, "endNumber": end, "state": "active"}
            for start, end in state.ranges
        ]
        return jsonify(_page(shown, 100))

    @doors.get(f"{edges}/extensions")
    def extensions() -> Response:
        state.actor("telephony:extensionPool:view")
        number = request.args.get("number")
        with state.database.read() as transaction:
            shown = [e for e in people.extensions(transaction) if number in (None, e["number"])]
        return jsonify(_page(shown, 100))

    def page(entries: Iterable[Shape]) -> Shape:
        return _page(state.listed(entries), 100)

    phones.register(doors, phones.Phones(state.expect_user, state.created), state.actor, page)


def _people(transaction: Transaction, state: _State, states: set[str]) -> list[Shape]:
    ids = _skill_ids(transaction)
    every = [shapes.user(agent, ids) for agent in roster.page(transaction)]
    every += state.deleted.values()
    return [user for user in every if "any" in states or user["state"] in states]


def _skill_ids(transaction: Transaction) -> dict[str, str]:
    return {target.settings.name: target.id for target in targets.page(transaction, SKILL)}


def _target(transaction: Transaction, target: Target) -> Shape:
    if target.kind == SKILL:
        return shapes.skill(target)
    count = _counts(transaction)[target.settings.name]
    return shapes.queue(target, count, is_joined=count)


def _counts(transaction: Transaction) -> dict[str, int]:
    counts: dict[str, int] = defaultdict(int)
    for agent in roster.page(transaction):
        for name in agent.settings.queues:
            counts[name] += 1
    return counts


def _in_queue(transaction: Transaction, id_: str) -> list[Agent]:
    """Sorted by name, so that a renamed one moves between pages."""
    name = _present(transaction, QUEUE, id_).settings.name
    found = [agent for agent in roster.page(transaction) if name in agent.settings.queues]
    return sorted(found, key=lambda agent: agent.settings.name or "")


def _present(transaction: Transaction, kind: str, id_: str) -> Target:
    target = targets.get(transaction, kind, id_)
    if target is None:
        raise MissingError(f"there is no {kind} {id_}")
    return target


def _licensed(agent: Agent) -> Shape:
    return {"id": agent.id, "licenses": shapes.licenses_of(agent)}


def _page(entries: Iterable[Shape], most: int, *, counts: bool = True) -> Shape:
    number, size = _number("pageNumber", 1), _number("pageSize", PAGE)
    if size > most:
        raise InvalidError(f"pageSize is at most {most}", "pageSize")
    return shapes.page(entries, number, size, counts=counts)


def _number(name: str, default: int) -> int:
    text = request.args.get(name, "")
    if text and (not text.isdecimal() or int(text) < 1):
        raise InvalidError(f"{name} is a number from 1", name)
    return int(text) if text else default


def _body() -> dict[str, Any]:
    content = request.get_json(force=True, silent=True)
    if not isinstance(content, dict):
        raise InvalidError("the body is not a JSON object")
    return content


def _refused(error: RefusedError) -> Response:
    """A version conflict and a taken value are both 409."""
    if isinstance(error, MissingError):
        return _error(404, "not.found", error.message)
    if isinstance(error, StaleError | ConflictError):
        return _error(409, "general.conflict", error.message)
    return _error(400, "bad.request", error.message)


def _error(status: int, code: str, message: str) -> Response:
    response = jsonify(shapes.error(status, code, message))
    response.status_code = status
    response.headers["ININ-Correlation-Id"] = "sandbox"
    return response
