"""Parts of SCIM objects: one value of many changed, and everything else left as it came."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from reconciler import kinds
from reconciler.model import NO_LEVEL, Value
from reconciler.providers.scim import convert
from reconciler.providers.scim.attributes import Record, entries, key, pick, text
from reconciler.providers.scim.mapping import Collection
from reconciler.providers.scim.paths import Path
from reconciler.providers.scim.service import Type

Body = dict[str, Any]
STALE = ("display", "formatted", "$ref")
"""What a service derives from a value, and would contradict another one."""
NAME_PARTS = ("formatted", "givenName", "familyName")


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


# --- collections ---------------------------------------------------------------------------------


def with_member(body: Record, place: Collection, member: str, value: Value) -> Any:
    """A collection with one member set or taken away; the others stay untouched."""
    if place.joined is not None:
        return joined(body, place, member, value)
    listed = [deepcopy(dict(entry)) for entry in entries(body, place.path.attribute)]
    ours = next((entry for entry in listed if _is_called(entry, place, member)), None)
    if value is None:
        return [entry for entry in listed if not _is_called(entry, place, member)]
    if ours is None:
        return [*listed, entry(place, member, value)]
    if place.level and (level := kinds.value_level(value)) != NO_LEVEL:
        ours[key(ours, place.level) or place.level] = convert.scaled(level, place.scale)
    return listed


def _is_called(entry: Record, place: Collection, member: str) -> bool:
    names = (text(entry, place.key), text(entry, "display"))
    return member.lower() in [name.lower() for name in names if name]


def joined(body: Record, place: Collection, member: str, value: Value) -> str | None:
    """The text of a collection whose names are joined as one."""
    separator = place.joined or ","
    names = convert.split(text(body, place.path.attribute), separator)
    if value is None:
        names = [name for name in names if name != member]
    elif member not in names:
        names.append(member)
    return f"{separator.strip()} ".join(names) if names else None


def entry(place: Collection, member: str, value: Value) -> Body:
    level = kinds.value_level(value)
    if level == NO_LEVEL or place.level is None:
        return {place.key: member}
    return {place.key: member, place.level: convert.scaled(level, place.scale)}


# --- e-mails, numbers, names ---------------------------------------------------------------------


def is_login(record: Record) -> bool:
    """Whether the user name is the e-mail, so that it changes with it."""
    return "@" in (text(record, "userName") or "@")


def emails(record: Record, path: Path, value: Value, user: Type) -> list[Body]:
    """The e-mails with the one of ours replaced: of work, or the same as the user name."""
    name = (text(record, "userName") or "").lower()
    listed = [dict(item) for item in entries(record, path.attribute)]
    same = (item for item in listed if (text(item, "value") or "").lower() == name)
    ours = convert.our_entry({path.attribute: listed}, path.attribute, path.selector)
    made = valued(path, value, user, is_primary=not listed)
    return _replaced(listed, ours or next(same, None), value, made)


def selected(record: Record, path: Path, value: Value, user: Type) -> list[Body]:
    """A multi-valued attribute with the entry of ours replaced; a number as it was written."""
    listed = [dict(item) for item in entries(record, path.attribute)]
    ours = convert.our_entry({path.attribute: listed}, path.attribute, path.selector)
    if value is not None and path.attribute.lower() == convert.PHONES:
        value = convert.renumbered(text(ours, "value") if ours else None, str(value))
    return _replaced(listed, ours, value, valued(path, value, user), path.sub or "value")


def valued(path: Path, value: Value, user: Type, *, is_primary: bool = False) -> Body:
    """A new entry, with the sub-attributes that the service announces and no others."""
    made: Body = {path.sub or "value": value}
    if path.selector and user.takes(f"{path.top}.{path.selector[0]}"):
        made[path.selector[0]] = path.selector[1]
    if is_primary and user.takes(f"{path.top}.primary"):
        made["primary"] = True
    return made


def _replaced(
    listed: list[Body], ours: Record | None, value: Value, made: Body, name: str = "value"
) -> list[Body]:
    if value is None:
        return [item for item in listed if item is not ours]
    if ours is None:
        return [*listed, made]
    return [_with_value(item, value, name) if item is ours else item for item in listed]


def _with_value(item: Body, value: Value, name: str) -> Body:
    kept = {part: old for part, old in item.items() if part.lower() not in STALE}
    return {**kept, key(item, name) or name: value}


def name_parts(full: str, before: object, user: Type) -> Body:
    """A name in the parts that the service announces; parts of it that are none of ours stay."""
    given, _, family = full.rpartition(" ")
    if not given:
        given, family = full, full if user.requires("name.familyName") else ""
    values = dict(zip(NAME_PARTS, (full, given, family), strict=True))
    kept = dict(before) if isinstance(before, Mapping) else {}
    kept = {part: old for part, old in kept.items() if key(values, part) is None}
    return kept | {p: v for p, v in values.items() if v and user.takes(f"name.{p}")}


def boolean(value: Value, path: Path, user: Type, record: Record | None) -> Value:
    """A boolean, or the text that the service has in its place."""
    announced = user.attribute(path.announced)
    shown = pick(record or {}, path.attribute)
    is_text = isinstance(shown, str) or (announced is not None and announced.type == "string")
    if not isinstance(value, bool) or not is_text:
        return value
    return str(value).lower() if isinstance(shown, str) and shown.islower() else str(value)
