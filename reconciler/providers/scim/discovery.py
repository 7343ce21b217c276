"""Asking a service what it is (RFC 7644 section 4). Each of the three endpoints may be missing."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from reconciler.errors import ImplausibleError
from reconciler.providers.answers import BUSY
from reconciler.providers.scim.attributes import (
    AGENT,
    ENTERPRISE,
    GROUP,
    USER,
    Record,
    entries,
    integer,
    key,
    pick,
    supports,
    text,
)
from reconciler.providers.scim.mapping import FieldMap
from reconciler.providers.scim.service import Attribute, Service, Type
from reconciler.providers.transport import Transport
from reconciler.providers.workers import Workers

SCHEMAS = {"User": USER, "Group": GROUP}
OURS = "urn:ietf:params:scim:schemas:ccaas:2.0:"
REFUSALS = frozenset(range(300, 600)) - BUSY
"""To a question that a service need not understand, each of these is a no. A busy service (429,
503) has not answered it: the transport asks again."""
ENDPOINTS = {
    "User": "/Users",
    "Group": "/Groups",
    "Queue": "/Queues",
    "Skill": "/Skills",
    "LicensePool": "/LicensePools",
    "DirectoryEntry": "/DirectoryEntries",
}
MOST_PAGES = 100

Schemas = Mapping[str, Record]


def discover(transport: Transport, stated: FieldMap | None = None) -> Service:
    """Raises `CannotTellError` where the service does not answer, or shows half of what it is."""
    with Workers(3) as workers:
        asked = [
            workers.submit(_listed, transport, path)
            for path in ("ServiceProviderConfig", "ResourceTypes", "Schemas")
        ]
        configs, types, listed = (answer.result() for answer in asked)
    schemas = {(text(schema, "id") or "").lower(): schema for schema in listed}
    config: Record = configs[0] if configs else {}
    pagination = pick(config, "pagination")
    pagination = pagination if isinstance(pagination, Mapping) else {}
    filtering = pick(config, "filter")
    sizes = [
        integer(pagination, "maxPageSize"),
        integer(filtering, "maxResults") if isinstance(filtering, Mapping) else None,
    ]
    return Service(
        types=_types(transport.root, types, schemas, stated),
        agent=_agent_urn(_announced(types, "User"), schemas),
        can_patch=supports(config, "patch") is True,
        can_filter=supports(config, "filter"),
        has_etags=supports(config, "etag") is not False,
        by_cursor=pick(pagination, "index") is False and pick(pagination, "cursor") is True,
        largest_page=min((size for size in sizes if size), default=None),
        stated=stated,
    )


def with_agents(transport: Transport, service: Service) -> Service:
    """The service with our extension where people have it and no schema says so: a discovery that
    is missing, for good or for a moment, does not make a tenant a smaller one.
    """
    if service.stated or service.agent or service.user.described:
        return service
    answer = transport.get(service.user.endpoint, {"startIndex": 1, "count": 10}, accept=REFUSALS)
    body = answer.body if answer.status == 200 and isinstance(answer.body, Mapping) else {}
    records = list(entries(body, "Resources"))
    agent = next((urn for record in records if (urn := key(record, AGENT))), None)
    if agent is None:
        return service
    ours = {
        name: Type(usual, f"{OURS}{name}", is_announced=False)
        for name, usual in ENDPOINTS.items()
        if name not in SCHEMAS
    }
    seen = {urn.lower() for record in records for urn in (AGENT, ENTERPRISE) if key(record, urn)}
    user = replace(service.user, missing=service.user.missing - seen)
    return replace(service, agent=agent, types={**ours, **service.types, "User": user})


def _listed(transport: Transport, path: str) -> list[Record]:
    """The resources of a discovery endpoint; none where the service has no such endpoint."""
    found: list[Record] = []
    for _ in range(MOST_PAGES):
        query = {"startIndex": 1 + len(found)} if found else None
        answer = transport.get(path, query)
        if answer.status != 200:
            return []
        body = {"Resources": answer.body} if isinstance(answer.body, list) else answer.body
        if not isinstance(body, Mapping):
            raise ImplausibleError(f"{path} answers something else than SCIM", hint="check `url:`")
        if not key(body, "Resources"):
            return found or ([body] if body and integer(body, "totalResults") is None else [])
        more = [entry for entry in entries(body, "Resources") if entry not in found]
        found += more
        if not more or len(found) >= (integer(body, "totalResults") or 0):
            break
    return found


def _types(
    root: str, listed: list[Record], schemas: Schemas, stated: FieldMap | None
) -> dict[str, Type]:
    """Where nothing is announced, users and perhaps groups; of ours what a schema speaks of, and
    what the tenant's mapping names.
    """
    named = {target.type for target in stated.targets.values()} if stated else set()
    urns = stated.urns() if stated else frozenset()
    found = {}
    for name in {**ENDPOINTS, **dict.fromkeys(sorted(named))}:
        announced, usual = _announced(listed, name), ENDPOINTS.get(name, f"/{name}s")
        if announced:
            endpoint = _below(root, text(announced, "endpoint") or usual)
            found[name] = _type(announced, endpoint, name, schemas, urns)
        elif name == "User" or (
            not listed and (name == "Group" or name in named or _schema_of(schemas, name))
        ):
            found[name] = _type({}, usual, name, schemas, urns)
    return found


def _announced(listed: Iterable[Record], name: str) -> Record:
    """A resource type by its schema, or by its name."""
    schema = SCHEMAS.get(name, f":{name}").lower()
    for resource_type in listed:
        if (text(resource_type, "schema") or "").lower().endswith(schema):
            return resource_type
        if name.lower() in {(text(resource_type, n) or "").lower() for n in ("id", "name")}:
            return resource_type
    return {}


def _below(root: str, endpoint: str) -> str:
    """An endpoint below our root, whatever host or prefix it was announced with."""
    path = urlsplit(endpoint).path.rstrip("/")
    prefix = urlsplit(root).path.rstrip("/")
    if prefix and path.startswith(prefix + "/"):
        return path[len(prefix) :]
    if "://" in endpoint:
        return "/" + path.rpartition("/")[2]
    return "/" + path.lstrip("/")


def _type(
    announced: Record, endpoint: str, name: str, schemas: Schemas, urns: frozenset[str]
) -> Type:
    schema = text(announced, "schema") or SCHEMAS.get(name) or _schema_of(schemas, name) or name
    extensions = [text(e, "schema") or "" for e in entries(announced, "schemaExtensions")]
    is_silent = key(announced, "schemaExtensions") is None
    if name == "User":
        extensions += [
            urn for urn in (AGENT, *sorted(urns - {ENTERPRISE})) if urn.lower() in schemas
        ]
        extensions += [ENTERPRISE] if is_silent and ENTERPRISE.lower() in schemas else []
    missing = {ENTERPRISE.lower()} - {urn.lower() for urn in extensions}
    attributes = dict(_attributes(schemas.get(schema.lower(), {}), ""))
    described = {schema.lower()} if attributes else set()
    for urn in extensions:
        of_extension = dict(_attributes(schemas.get(urn.lower(), {}), f"{urn.lower()}:"))
        attributes |= of_extension
        described |= {urn.lower()} if of_extension else set()
    return Type(
        endpoint, schema, attributes, frozenset(described), frozenset(missing), bool(announced)
    )


def _schema_of(schemas: Schemas, name: str) -> str | None:
    ending = f":ccaas:2.0:{name}".lower()
    found = (schema for urn, schema in schemas.items() if urn.endswith(ending))
    return next((text(schema, "id") for schema in found), None)


def _attributes(schema: Record, prefix: str) -> Iterator[tuple[str, Attribute]]:
    """The attributes of a schema, and the parts of complex ones as `emails.value`."""
    for attribute in entries(schema, "attributes"):
        name = prefix + (text(attribute, "name") or "").lower()
        parts = list(entries(attribute, "subAttributes"))
        yield name, _attribute(attribute, has_parts=bool(parts))
        for part in parts:
            yield f"{name}.{(text(part, 'name') or '').lower()}", _attribute(part)


def _attribute(described: Record, *, has_parts: bool = False) -> Attribute:
    return Attribute(
        (text(described, "returned") or "").lower(),
        (text(described, "mutability") or "").lower(),
        pick(described, "required") is True,
        (text(described, "type") or "").lower(),
        has_parts,
    )


def _agent_urn(user: Record, schemas: Schemas) -> str | None:
    """Our extension as the service spells it: of users, or at least among its schemas."""
    for extension in entries(user, "schemaExtensions"):
        urn = text(extension, "schema") or ""
        if urn.lower() == AGENT.lower():
            return urn
    if key(user, "schemaExtensions") is None and AGENT.lower() in schemas:
        return text(schemas[AGENT.lower()], "id")
    return None
