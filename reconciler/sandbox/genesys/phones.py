"""WebRTC phones and the stations of people, as the platform's paths.

    GET, POST /api/v2/telephony/providers/edges/phones; GET .../sites, .../phonebasesettings
    GET /api/v2/stations
    PUT /api/v2/users/{id}/station/associatedstation/{station}, .../defaultstation/{station}

There is one site and one base setting. Phones are kept until the process ends. The station of a new
phone is missing from as many listings as `listing_delay` says.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from flask import Blueprint, Response, jsonify, request

from reconciler.sandbox.facts import Actor
from reconciler.sandbox.genesys.shapes import Shape
from reconciler.sandbox.refusals import ConflictError, InvalidError, MissingError

ROOT = "/api/v2"
EDGES = f"{ROOT}/telephony/providers/edges"
SITE = {"id": "site-1", "name": "Main site"}
LINE = {"id": "line-1", "name": "WebRTC line"}
BASE = {
    "id": "base-1",
    "name": "WebRTC phones",
    "phoneMetaBase": {"id": "inin_webrtc_softphone.json"},
    "lines": [LINE],
}


class Phones:
    """Phones by the id of their user. `present` raises `MissingError` for an unknown user."""

    def __init__(self, present: Callable[[str], None], created: Callable[[str], None]) -> None:
        self._present, self._created = present, created
        self._phones: dict[str, Shape] = {}

    def add(self, body: Shape) -> Shape:
        user = _id(body, "webRtcUser")
        self._present(user)
        stated = (_id(body, "site"), _id(body, "phoneBaseSettings"), _id(body, "lineBaseSettings"))
        if stated != (SITE["id"], BASE["id"], LINE["id"]) or not body.get("lines"):
            raise InvalidError("a phone names its site, base settings and lines", "lines")
        if user in self._phones:
            raise ConflictError(f"user {user} has a WebRTC phone", "webRtcUser")
        self._phones[user] = {**body, "id": f"phone-{user}", "state": "active"}
        self._created(f"phone-{user}")
        self._created(f"station-{user}")
        return self._phones[user]

    def of(self, user: str | None) -> list[Shape]:
        """The phones of a user, or all."""
        return [phone for owner, phone in self._phones.items() if user in (None, owner)]

    def stations(self, user: str | None) -> Iterator[Shape]:
        for phone in self.of(user):
            owner = phone["webRtcUser"]["id"]
            yield {"id": f"station-{owner}", "name": phone.get("name"), "webRtcUserId": owner}

    def associate(self, user: str, station: str) -> None:
        self._present(user)
        if not any(entry["id"] == station for entry in self.stations(user)):
            raise MissingError(f"there is no station {station} of user {user}")


def register(
    doors: Blueprint,
    phones: Phones,
    actor: Callable[[str], Actor],
    page: Callable[[Iterable[Shape]], Shape],
) -> None:
    """`actor` refuses who lacks a permission; `page` makes an answer of a listing."""

    @doors.get(f"{EDGES}/<any(sites,phonebasesettings):what>")
    def settings(what: str) -> Response:
        actor("telephony:plugin:all")
        name = request.args.get("name", "").strip("*").lower()
        entry: Shape = SITE if what == "sites" else BASE
        return jsonify(page([entry] if name in entry["name"].lower() else []))

    @doors.get(f"{EDGES}/phones")
    def listing() -> Response:
        actor("telephony:plugin:all")
        return jsonify(page(phones.of(request.args.get("webRtcUser.id"))))

    @doors.post(f"{EDGES}/phones")
    def create() -> Response:
        actor("telephony:plugin:all")
        body: Any = request.get_json(force=True, silent=True)
        return jsonify(phones.add(body if isinstance(body, dict) else {}))

    @doors.get(f"{ROOT}/stations")
    def stations() -> Response:
        actor("telephony:plugin:all")
        return jsonify(page(phones.stations(request.args.get("webRtcUserId"))))

    @doors.put(f"{ROOT}/users/<id_>/station/<any(associatedstation,defaultstation):role>/<station>")
    def associate(id_: str, role: str, station: str) -> Response:
        is_default = role == "defaultstation"
        change = "phone:assign" if is_default else "otherStationAssociation:edit"
        actor(f"telephony:{change}")
        phones.associate(id_, station)
        return Response(status=202)


def _id(body: Shape, key: str) -> str:
    value = body.get(key)
    return str(value.get("id")) if isinstance(value, dict) else ""
