"""What a service announces (RFC 7644 section 4). Each of the three endpoints may be missing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler import errors
from reconciler.providers.scim.attributes import (
    AGENT,
    GROUP,
    USER,
    Record,
    entries,
    key,
    pick,
    text,
)
from reconciler.providers.transport import Transport

OURS = ("User", "Group", "Queue", "Skill", "LicensePool", "DirectoryEntry")


@dataclass(frozen=True, slots=True)
class Service:
    """`endpoints` and `schemas` are keyed by resource type; `agent` is the announced URN.

    `user_attributes` holds the announced attributes of a user in lower case, empty where there is
    no schema to ask; `unreturned` are writable ones that an answer leaves out.
    """

    endpoints: Mapping[str, str]
    schemas: Mapping[str, str] = field(default_factory=dict)
    agent: str | None = None
    patch: bool = False
    filter: bool = False
    user_attributes: frozenset[str] = frozenset()
    unreturned: frozenset[str] = frozenset()

    @property
    def is_full(self) -> bool:
        return self.agent is not None

    def announces(self, name: str) -> bool:
        return not self.user_attributes or name.lower() in self.user_attributes


def discover(transport: Transport) -> Service:
    """Asks the service what it is. Raises `CannotTellError` where it does not answer at all."""
    config = _optional(transport, "ServiceProviderConfig")
    types = list(_listed(_optional(transport, "ResourceTypes")))
    schemas = {
        (text(schema, "id") or "").lower(): schema
        for schema in _listed(_optional(transport, "Schemas"))
    }
    by_name = {name: _type(types, name) for name in OURS}
    user = schemas.get(USER.lower(), {})
    return Service(
        endpoints=_endpoints(by_name, bool(types)),
        schemas={n: text(t, "schema") or "" for n, t in by_name.items() if t},
        agent=_agent_urn(by_name["User"], schemas, bool(types)),
        patch=_supports(config, "patch"),
        filter=_supports(config, "filter"),
        user_attributes=frozenset(n.lower() for n in _names(user)),
        unreturned=frozenset(_unreturned(user)),
    )


def _optional(transport: Transport, path: str) -> Record:
    """A discovery answer; empty where the service has no such endpoint."""
    try:
        answer = transport.get(path)
    except errors.ImplausibleError:
        if path == "ServiceProviderConfig":
            raise
        return {}
    if answer.status != 200 or not isinstance(answer.body, Mapping | list):
        return {}
    return answer.body if isinstance(answer.body, Mapping) else {"Resources": answer.body}


def _listed(answer: Record) -> Iterator[Record]:
    """A list response; some services answer one bare resource."""
    if key(answer, "Resources"):
        yield from entries(answer, "Resources")
    elif answer:
        yield answer


def _type(types: list[Record], name: str) -> Record:
    for resource_type in types:
        if name.lower() in {(text(resource_type, n) or "").lower() for n in ("id", "name")}:
            return resource_type
    return {}


def _endpoints(by_name: Mapping[str, Record], announced: bool) -> dict[str, str]:
    found = {name: text(kind, "endpoint") or "" for name, kind in by_name.items() if kind}
    if not announced:
        found = {"User": "/Users", "Group": "/Groups"}
    found.setdefault("User", "/Users")
    return {name: endpoint for name, endpoint in found.items() if endpoint}


def _agent_urn(user: Record, schemas: Mapping[str, Record], announced: bool) -> str | None:
    for extension in entries(user, "schemaExtensions"):
        urn = text(extension, "schema") or ""
        if urn.lower() == AGENT.lower():
            return urn
    if not announced and AGENT.lower() in schemas:
        return text(schemas[AGENT.lower()], "id")
    return None


def _supports(config: Record, feature: str) -> bool:
    block: Any = pick(config, feature)
    return isinstance(block, Mapping) and pick(block, "supported") is True


def _names(schema: Record) -> Iterator[str]:
    for attribute in entries(schema, "attributes"):
        yield text(attribute, "name") or ""


def _unreturned(schema: Record) -> Iterator[str]:
    for attribute in entries(schema, "attributes"):
        name = text(attribute, "name") or ""
        writable = pick(attribute, "mutability") in ("readWrite", "writeOnly", None)
        hidden = pick(attribute, "returned") in ("never", "request")
        if writable and hidden and name != "password":
            yield name


SCHEMAS = {"User": USER, "Group": GROUP}
