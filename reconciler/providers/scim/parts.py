"""Parts of SCIM objects: one value of many changed, and everything else left as it came."""

from copy import deepcopy
from typing import Any

from reconciler import kinds
from reconciler.model import NO_LEVEL, Value
from reconciler.providers.scim import mapping
from reconciler.providers.scim.attributes import Record, entries, key, text
from reconciler.providers.scim.service import AGENT_ATTRIBUTES

Body = dict[str, Any]
STALE = ("display", "formatted", "$ref")
"""What a service derives from a value, and would contradict another one."""


def put(body: Body, name: str, value: Any) -> None:
    """Sets an attribute under the spelling it has; None or nothing takes it away."""
    spelled = key(body, name) or name
    if value is None or value == []:
        body.pop(spelled, None)
    else:
        body[spelled] = value


def extension(body: Body, urn: str) -> Body:
    """The extension's part of a user, under the URN as it is announced."""
    spelled = key(body, urn)
    if spelled is not None and spelled != urn:
        body[urn] = body.pop(spelled)
    if not isinstance(body.get(urn), dict):
        body[urn] = {}
    found: Body = body[urn]
    return found


def announce(body: Body, urn: str) -> None:
    """Names the extension among the object's schemas exactly if the object has it."""
    if key(body, urn) is not None and not extension(body, urn):
        del body[urn]
    spelled = key(body, "schemas") or "schemas"
    named = [name for name in body.get(spelled) or [] if str(name).lower() != urn.lower()]
    if urn in body:
        named.append(urn)
    put(body, spelled, named)


def merge_ours(body: Body, path: str, value: Value) -> None:
    """A field of the agent extension."""
    field, member = kinds.split_path(path)
    if member is None:
        put(body, AGENT_ATTRIBUTES[field], value)
    else:
        put(body, field, with_member(body, field, member, value))


def with_member(body: Record, name: str, member: str, value: Value) -> list[Any]:
    """A multi-valued attribute with one member set or taken away; the others stay untouched."""
    listed = [deepcopy(dict(entry)) for entry in entries(body, name)]
    ours = next((entry for entry in listed if text(entry, "value") == member), None)
    if value is None:
        return [entry for entry in listed if text(entry, "value") != member]
    if ours is None:
        return [*listed, entry(member, value)]
    if (level := kinds.value_level(value)) != NO_LEVEL:
        ours[key(ours, "level") or "level"] = level
    return listed


def entry(member: str, value: Value) -> Body:
    level = kinds.value_level(value)
    return {"value": member} if level == NO_LEVEL else {"value": member, "level": level}


def is_login(record: Record) -> bool:
    """Whether the user name is the e-mail, so that it changes with it."""
    return "@" in (text(record, "userName") or "@")


def emails(record: Record, value: Value) -> list[Body]:
    """The e-mails with the one of ours replaced: of work, or the same as the user name."""
    name = (text(record, "userName") or "").lower()
    listed = [dict(item) for item in entries(record, "emails")]
    same = (item for item in listed if (text(item, "value") or "").lower() == name)
    ours = mapping.our_entry({"emails": listed}, "emails") or next(same, None)
    return _replaced(listed, ours, value)


def phones(record: Record, value: Value) -> list[Body]:
    """The numbers with the work one replaced, written as it was written."""
    listed = [dict(item) for item in entries(record, "phoneNumbers")]
    ours = mapping.our_entry({"phoneNumbers": listed}, "phoneNumbers")
    if value is not None:
        value = mapping.renumbered(text(ours, "value") if ours else None, str(value))
    return _replaced(listed, ours, value)


def _replaced(listed: list[Body], ours: Record | None, value: Value) -> list[Body]:
    if value is None:
        return [item for item in listed if item is not ours]
    if ours is None:
        return [*listed, {"value": value, "type": "work"}]
    return [_with_value(item, value) if item is ours else item for item in listed]


def _with_value(item: Body, value: Value) -> Body:
    kept = {name: old for name, old in item.items() if name.lower() not in STALE}
    return {**kept, key(item, "value") or "value": value}
