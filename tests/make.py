"""Small builders of values, for tests that need no files and no tenant.

resource   `resource("queue/support", extension="1001")`; sets and lists become collections
agent      a WebRTC agent: `agent(4001, "Ana Diaz")` is `agent/ana.diaz@acme.example`
desired    resources (and any field of `Desired`) to a desired state
reading    resources (and any field of `Reading`) to a live one; each gets an id
place      an origin, so that diagnostics and changes have a source
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from reconciler import kinds
from reconciler.diagnostics import Position
from reconciler.model import (
    NO_LEVEL,
    Capabilities,
    Desired,
    FieldValue,
    Reading,
    Resource,
    Tenant,
)

TODAY = date(2026, 11, 24)
EVERY_FIELD: Mapping[str, frozenset[str]] = {
    kind.name: frozenset(field.name for field in kind.scalars) | frozenset(kind.collections)
    for kind in kinds.KINDS.values()
}
FULL = Capabilities(
    observed=EVERY_FIELD,
    writable=EVERY_FIELD,
    creates=frozenset({kinds.AGENT, kinds.QUEUE, kinds.SKILL}),
    deletes=frozenset({kinds.AGENT}),
)
"""A tenant that shows and takes everything."""

BY_HAND = Capabilities(
    observed={"agent": frozenset({"name", "extension", "phone"}), "skill": frozenset()},
    writable={},
    by_hand=EVERY_FIELD,
)
"""A tenant that shows little and takes nothing over its API."""


@dataclass(frozen=True, slots=True)
class place:  # noqa: N801  # reads as a builder: place("agents.yaml", 12)
    """An origin in which every field is on the line of the entry."""

    file: str
    line: int = 1

    def at(self, *path: str | int) -> Position:
        return Position(self.file, self.line, 5)


def resource(address: str, **values: Any) -> Resource:
    """`id`, `version` and `origin` are the resource's own, everything else are fields."""
    own = {name: values.pop(name) for name in ("id", "version", "origin") if name in values}
    fields = {name: _value(name, value) for name, value in values.items()}
    return Resource(address, kinds.kind_of(address), fields, **own)


def agent(extension: int | str, name: str, **values: Any) -> Resource:
    """Active, with the e-mail that the name makes; `email=None` leaves it out."""
    email = values.pop("email", f"{name.lower().replace(' ', '.')}@acme.example")
    keys = {"name": name, "extension": str(extension), "phone": "webrtc", "active": True}
    if email:
        keys["email"] = email
    return resource(kinds.agent_address(email, str(extension)), **{**keys, **values})


def uc_agent(extension: int | str, name: str, **values: Any) -> Resource:
    return agent(extension, name, phone="uc", **values)


def desired(*resources: Resource, **values: Any) -> Desired:
    values = {"tenant": Tenant("acme", "sandbox"), "as_of": TODAY, **values}
    return Desired(resources={one.address: one for one in resources}, **values)


def reading(*resources: Resource, **values: Any) -> Reading:
    found = {one.address: _live(one, number) for number, one in enumerate(resources)}
    return Reading(found, values.pop("capabilities", FULL), **values)


def _live(one: Resource, number: int) -> Resource:
    return replace(one, id=one.id or f"id-{number}", origin=None)


def _value(name: str, value: Any) -> FieldValue:
    if name == "licenses":
        return frozenset(value)
    if name in kinds.MEMBERSHIPS and not isinstance(value, Mapping):
        return dict.fromkeys(value, NO_LEVEL)
    return value
