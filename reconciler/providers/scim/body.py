"""Our values as SCIM attributes: the body of a create, the steps of a patch, a merged whole."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from reconciler import kinds
from reconciler.model import NO_LEVEL, Address, FieldValue, Value
from reconciler.providers.scim.attributes import USER, Record, entries, key, quoted, text
from reconciler.providers.scim.discovery import Service
from reconciler.providers.scim.mapping import AGENT_TEXTS, QUEUE_ATTRIBUTES, USER_TEXTS, is_work

Set = Mapping[str, Value]
Step = dict[str, Any]
AGENT_SCALARS = {**AGENT_TEXTS, "review_own_recordings": "reviewOwnRecordings"}


def user(values: Set, service: Service, user_name: str) -> dict[str, Any]:
    """A new user, with everything in one request."""
    schema = service.schemas.get("User") or USER
    body: dict[str, Any] = {"schemas": [schema], "userName": user_name, "active": True}
    if "email" in values:
        body["emails"] = [{"value": values["email"], "type": "work", "primary": True}]
    merge_user(body, values, service)
    if service.agent and service.agent in body:
        body["schemas"].append(service.agent)
    return body


def target(address: Address, values: Set, service: Service) -> dict[str, Any]:
    """A new queue or skill, or a group where queues are groups."""
    name = kinds.name_of(address)
    if not service.is_full:
        return {"schemas": [service.schemas.get("Group") or GROUP_SCHEMA], "displayName": name}
    kind = "Queue" if kinds.kind_of(address) == kinds.QUEUE else "Skill"
    body: dict[str, Any] = {"schemas": [service.schemas[kind]], "name": name}
    merge_target(body, values)
    return body


GROUP_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Group"


def merge_user(body: dict[str, Any], values: Set, service: Service) -> None:
    """Puts values into a whole user; everything that is not named stays as it came."""
    for path, value in values.items():
        field, member = kinds.split_path(path)
        if field == "active":
            put(body, "active", value)
        elif field == "email":
            put(body, "userName", value)
            put(body, "emails", emails(body, value))
        elif field == "licenses":
            put(body, "entitlements", _with(body, "entitlements", str(member), value))
        elif field in USER_TEXTS:
            put(body, USER_TEXTS[field], value)
        elif not service.agent:
            _merge_phone(body, field, value)
        else:
            _merge_agent(part(body, service.agent), field, member, value)


def _merge_phone(body: dict[str, Any], field: str, value: Value) -> None:
    assert field == "extension", field
    put(body, "phoneNumbers", phones(body, value))


def _merge_agent(extension: dict[str, Any], field: str, member: str | None, value: Value) -> None:
    if member is None:
        put(extension, AGENT_SCALARS[field], value)
    else:
        put(extension, field, _with(extension, field, member, value, level=True))


def merge_target(body: dict[str, Any], values: Set) -> None:
    for path, value in values.items():
        put(body, QUEUE_ATTRIBUTES[path], value)


def part(body: dict[str, Any], urn: str) -> dict[str, Any]:
    """The extension's part of a user, in whatever case the tenant spelled its URN."""
    found = body.setdefault(key(body, urn) or urn, {})
    assert isinstance(found, dict)
    return found


def put(body: dict[str, Any], name: str, value: Any) -> None:
    """Sets an attribute under the spelling it has; None or nothing takes it away."""
    spelled = key(body, name) or name
    if value is None or value == []:
        body.pop(spelled, None)
    else:
        body[spelled] = value


def _with(body: Record, name: str, member: str, value: Value, *, level: bool = False) -> list[Any]:
    """A multi-valued attribute with one member set or taken away; the others stay untouched."""
    kept = [deepcopy(dict(e)) for e in entries(body, name) if text(e, "value") != member]
    if value is None:
        return kept
    old = next((dict(e) for e in entries(body, name) if text(e, "value") == member), {})
    return [*kept, {**old, **entry(member, value if level else True)}]


def entry(member: str, value: Value) -> dict[str, Any]:
    level = kinds.value_level(value)
    return {"value": member} if level == NO_LEVEL else {"value": member, "level": level}


def emails(record: Record, value: Value) -> list[dict[str, Any]]:
    """The e-mails with the work one replaced; others and their marks stay."""
    old = (text(record, "userName") or "").lower()
    return _replaced(
        record,
        "emails",
        value,
        lambda e: (
            (text(e, "type") or "").lower() == "work"
            or (text(e, "value") or "").lower() in (old, str(value).lower())
        ),
    )


def phones(record: Record, value: Value) -> list[dict[str, Any]]:
    return _replaced(record, "phoneNumbers", value, is_work)


def _replaced(record: Record, name: str, value: Value, is_ours: Any) -> list[dict[str, Any]]:
    listed = [dict(item) for item in entries(record, name)]
    ours = next((item for item in listed if is_ours(item)), None)
    if value is None:
        return [item for item in listed if item is not ours]
    if ours is None:
        return [*listed, {"value": value, "type": "work"}]
    ours[key(ours, "value") or "value"] = value
    for stale in ("display", "formatted", "$ref"):
        ours.pop(stale, None)
    return listed


def user_steps(
    values: Set, shown: Mapping[str, FieldValue], record: Record | None, service: Service
) -> Iterator[Step]:
    """A patch of a user (RFC 7644 section 3.5.2). `shown` is what the tenant has now; `record`
    is the whole user where an e-mail or a number among several changes.
    """
    for path, value in values.items():
        field, member = kinds.split_path(path)
        if field == "email":
            yield {"op": "replace", "path": "userName", "value": value}
            yield {"op": "replace", "path": "emails", "value": emails(record or {}, value)}
        elif field == "active":
            yield {"op": "replace", "path": "active", "value": value}
        elif field == "extension" and not service.agent:
            yield _scalar("phoneNumbers", phones(record or {}, value))
        elif member is not None:
            yield from _member_steps(field, member, value, shown.get(field), service)
        else:
            yield _scalar(_path(field, service), value)


def _path(field: str, service: Service) -> str:
    if field in USER_TEXTS:
        return USER_TEXTS[field]
    return f"{service.agent}:{AGENT_SCALARS[field]}"


def _scalar(path: str, value: Any) -> Step:
    if value is None or value == []:
        return {"op": "remove", "path": path}
    return {"op": "replace", "path": path, "value": value}


def _member_steps(
    field: str, member: str, value: Value, shown: FieldValue, service: Service
) -> Iterator[Step]:
    """One license or membership: added where it is absent, else its level set, or removed."""
    path = "entitlements" if field == "licenses" else f"{service.agent}:{field}"
    there = isinstance(shown, frozenset | Mapping) and member in shown
    one = f"{path}[value eq {quoted(member)}]"
    if value is None:
        if there:
            yield {"op": "remove", "path": one}
    elif not there:
        new = {"value": member} if field == "licenses" else entry(member, value)
        yield {"op": "add", "path": path, "value": [new]}
    elif field != "licenses" and value is not True:
        yield {"op": "replace", "path": f"{one}.level", "value": value}


def target_steps(values: Set) -> Iterator[Step]:
    for path, value in values.items():
        yield _scalar(QUEUE_ATTRIBUTES[path], value)


def group_steps(joined: list[str], left: list[str]) -> Iterator[Step]:
    """All who join in one step, each who leaves in one of their own."""
    if joined:
        yield {"op": "add", "path": "members", "value": [{"value": one} for one in joined]}
    for one in left:
        yield {"op": "remove", "path": f"members[value eq {quoted(one)}]"}


def merge_members(body: dict[str, Any], joined: list[str], left: list[str]) -> None:
    members = [dict(e) for e in entries(body, "members") if text(e, "value") not in left]
    there = {text(e, "value") for e in members}
    members += [{"value": one} for one in joined if one not in there]
    put(body, "members", members)
