"""One edit of one object, in the forms that SCIM has for it: new, merged whole, and patches.

An edit knows no HTTP. `Seen` is what we know of the object before it: fields from the last reading,
or the whole record where those are not enough.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any, Protocol
from urllib.parse import quote

from reconciler import kinds
from reconciler.model import Address, FieldValue, Resource, Value
from reconciler.providers.scim import convert, parts
from reconciler.providers.scim.attributes import GROUP, Record, entries, pick, quoted
from reconciler.providers.scim.mapping import Collection, MembersOf, Scalar, Target
from reconciler.providers.scim.paths import Path
from reconciler.providers.scim.service import Service

_NAME = "name"
"""Of a queue or skill: what it is called, where that changes."""

Body = dict[str, Any]
Step = dict[str, Any]
Fields = Mapping[str, FieldValue]


@dataclass(frozen=True, slots=True)
class Seen:
    fields: Fields
    record: Record | None = None


class Edit(Protocol):
    def new(self) -> Body:
        """The body of a POST, with everything in it."""

    def merge(self, whole: Body) -> None:
        """Lays the edit over a whole object; everything that is not named stays as it came."""

    def is_plain(self, fields: Fields) -> bool:
        """Whether these fields are enough to tell the steps, without the record."""

    def steps(self, seen: Seen) -> list[Step]:
        """A patch (RFC 7644 section 3.5.2)."""

    def replacements(self, record: Record) -> list[Step]:
        """A patch of whole attributes, for a service that knows no filter in a path."""

    def fits(self, record: Record) -> bool:
        """Whether the object already is as the edit would make it, as far as it is shown."""


@dataclass(frozen=True, slots=True)
class UserEdit:
    """Of an agent: sign-in, licenses, settings and, where they stand on a user, memberships."""

    address: Address
    values: Mapping[str, Value]
    service: Service

    def new(self) -> Body:
        user, place = self.service.user, self.service.fields.agent.get("active")
        name = self.values.get("email") or kinds.name_of(self.address)
        body: Body = {"schemas": [user.schema], "userName": name}
        if "active" not in self.values and isinstance(place, Scalar):
            self._lay(body, "active", None, True)
        if "name" not in self.values and user.requires("name"):
            body["name"] = parts.name_parts(str(name), None, user)
        self.merge(body)
        return body

    def merge(self, whole: Body) -> None:
        for path, value in self.values.items():
            field, member = kinds.split_path(path)
            self._lay(whole, field, member, value)
        for urn in self.service.fields.urns():
            parts.announce(whole, self.service.spelled(urn))

    def _lay(self, whole: Body, field: str, member: str | None, value: Value) -> None:
        place = self.service.fields.agent[field]
        if isinstance(place, Collection):
            part = self._part(whole, place.path)
            if member is None:
                parts.put(part, place.path.attribute, None)
            else:
                laid = parts.with_member(part, place, member, value)
                parts.put(part, place.path.attribute, laid)
        elif isinstance(place, Scalar):
            for path in self._paths(place):
                part = self._part(whole, path)
                if (laid := self._after_edit(part, field, path, value)) is not _LEFT:
                    parts.put(part, path.attribute, laid)

    def _part(self, whole: Body, path: Path) -> Body:
        return parts.extension(whole, self.service.spelled(path.urn)) if path.urn else whole

    def _paths(self, place: Scalar) -> list[Path]:
        """What can be written of a field. E-mails before the login, which tells which is ours."""
        taken = [path for path in place.paths if self.service.user.takes(path.announced)]
        return sorted(taken, key=lambda path: path.attribute.lower() == "username")

    def _after_edit(self, part: Record, field: str, path: Path, value: Value) -> Any:
        """The whole attribute after the edit; `_LEFT` where it stays as it is."""
        user = self.service.user
        if path.attribute.lower() == "username":
            return value if parts.is_login(part) else _LEFT
        if path.attribute.lower() == convert.NAME and path.sub is None:
            return parts.name_parts(str(value), pick(part, "name"), user) if value else None
        if field == "email" and path.selector:
            return parts.emails(part, path, value, user)
        if path.selector or path.sub:
            return parts.selected(part, path, value, user)
        return parts.boolean(value, path, user, part)

    def is_plain(self, fields: Fields) -> bool:
        """Not where a value is one of several; and what seems to be done may have been undone."""
        return all(
            self._is_simple(path) and _is_news(fields, path, value)
            for path, value in self.values.items()
        )

    def _is_simple(self, path: str) -> bool:
        place = self.service.fields.agent[kinds.split_path(path)[0]]
        if isinstance(place, Collection):
            return place.joined is None
        return isinstance(place, Scalar) and all(
            one.selector is None and one.sub is None and one.attribute.lower() not in _INTERWOVEN
            for one in self._paths(place)
        )

    def steps(self, seen: Seen) -> list[Step]:
        return list(self._steps(seen))

    def _steps(self, seen: Seen) -> Iterator[Step]:
        yield from self._joined(seen.record or {})
        for path, value in self.values.items():
            field, member = kinds.split_path(path)
            place = self.service.fields.agent[field]
            if isinstance(place, Scalar):
                yield from self._scalars(field, place, value, seen.record or {})
            elif isinstance(place, Collection) and member and place.joined is None:
                whole = self.service.path(place.path)
                yield from _member(whole, place, member, value, seen.fields.get(field))

    def _joined(self, record: Record) -> Iterator[Step]:
        """Names that are one text change with it, all at once."""
        fields = dict.fromkeys(kinds.split_path(path)[0] for path in self.values)
        places = [self.service.fields.agent[field] for field in fields]
        for place in places:
            if isinstance(place, Collection) and place.joined is not None:
                whole: Body = deepcopy(dict(record))
                self.merge(whole)
                part = _within(whole, place.path)
                yield _scalar(self.service.path(place.path), pick(part, place.path.attribute))

    def _scalars(self, field: str, place: Scalar, value: Value, record: Record) -> Iterator[Step]:
        paths = self._paths(place)
        if field == "name" and self.service.user.schema.lower() not in self.service.user.described:
            paths = [p for p in paths if pick(record, p.attribute) is not None] or paths
        for path in paths:
            laid = self._after_edit(_within(record, path), field, path, value)
            if laid is not _LEFT:
                yield _scalar(self.service.path(path), laid)

    def replacements(self, record: Record) -> list[Step]:
        whole: Body = deepcopy(dict(record))
        self.merge(whole)
        found: dict[str, Step] = {}
        for field in dict.fromkeys(kinds.split_path(path)[0] for path in self.values):
            place = self.service.fields.agent[field]
            if isinstance(place, MembersOf):
                continue
            for path in [place.path] if isinstance(place, Collection) else self._paths(place):
                name = self.service.path(path)
                found[name] = _scalar(name, pick(_within(whole, path), path.attribute))
        return list(found.values())

    def fits(self, record: Record) -> bool:
        return _fits(convert.agents(self.service)(record), self.values)


_LEFT = object()
_INTERWOVEN = frozenset({"username", convert.NAME})
"""Attributes whose new value depends on the old one, or that others depend on."""


@dataclass(frozen=True, slots=True)
class TargetEdit:
    """Of a queue or a skill that is an object of its own."""

    address: Address
    values: Mapping[str, Value]
    service: Service

    @property
    def _target(self) -> Target:
        target = self.service.target(kinds.kind_of(self.address))
        assert target is not None
        return target

    def new(self) -> Body:
        known = self.service.type_of(kinds.kind_of(self.address))
        assert known is not None
        body: Body = {"schemas": [known.schema], self._target.name: kinds.name_of(self.address)}
        self.merge(body)
        return body

    def merge(self, whole: Body) -> None:
        for field, value in self.values.items():
            if field == _NAME:
                whole[self._target.name] = value
                continue
            path = self._target.fields[field]
            part = parts.extension(whole, path.urn) if path.urn else whole
            parts.put(part, path.attribute, value)

    def is_plain(self, fields: Fields) -> bool:
        return True

    def steps(self, seen: Seen) -> list[Step]:
        paths = self._target.fields
        return [
            _scalar(self._target.name if f == _NAME else self.service.path(paths[f]), value)
            for f, value in self.values.items()
        ]

    def replacements(self, record: Record) -> list[Step]:
        return self.steps(Seen({}))

    def fits(self, record: Record) -> bool:
        shown = convert.targets(kinds.kind_of(self.address), self.service)(record)
        if shown is None or kinds.name_of(shown.address) != self.values.get(
            _NAME, kinds.name_of(shown.address)
        ):
            return False
        return _fits(shown, {f: value for f, value in self.values.items() if f != _NAME})


@dataclass(frozen=True, slots=True)
class GroupEdit:
    """Of a queue that is a group: who joins and who leaves, as ids of users.

    `is_hidden`: the service shows no members, so that an object can contradict nothing. `ids` tells
    which users the listed members are.
    """

    address: Address
    joined: Sequence[str]
    left: Sequence[str]
    service: Service
    is_hidden: bool = False
    ids: Callable[[Sequence[str]], list[str]] = list

    def new(self) -> Body:
        known, target = self.service.group, self.service.target(kinds.QUEUE)
        name = target.name if target else "displayName"
        body: Body = {
            "schemas": [known.schema if known else GROUP],
            name: kinds.name_of(self.address),
        }
        self.merge(body)
        return body

    def merge(self, whole: Body) -> None:
        left, listed = folded(self.left), list(entries(whole, "members"))
        members = [dict(entry) for entry in listed if self._id(entry) not in left]
        there = {self._id(entry) for entry in members}
        members += [self._entry(member) for member in self.joined if member.lower() not in there]
        parts.put(whole, "members", members)

    def _entry(self, member: str) -> Body:
        """A new member, with its address where the service requires that."""
        known = self.service.group
        if known is None or not known.requires("members.$ref"):
            return {"value": member}
        return {"value": member, "$ref": f"..{self.service.user.endpoint}/{quote(member)}"}

    def _id(self, entry: Record) -> str:
        """The user that a member is, to be compared."""
        return self.ids([convert.member_id(entry) or ""])[0].lower()

    def is_plain(self, fields: Fields) -> bool:
        return not (self.left and self.service.fields.remove == "list")

    def halves(self) -> list["GroupEdit"]:
        """Who joins, then who leaves, as writes of their own: a refused leave costs no join."""
        halves = (replace(self, left=()), replace(self, joined=()))
        return [half for half in halves if half.joined or half.left]

    def steps(self, seen: Seen) -> list[Step]:
        """All who join in one step, each who leaves in one of their own."""
        gone, way = self._listed(seen), self.service.fields.remove
        if gone and way == "list" and seen.record is not None:
            return self.replacements(seen.record)
        left = [_remove("members", "value", member) for member in gone]
        if gone and way == "values":
            values = [{"value": member} for member in gone]
            left = [{"op": "remove", "path": "members", "value": values}]
        if not self.joined:
            return left
        added = [self._entry(member) for member in self.joined]
        return [{"op": "add", "path": "members", "value": added}, *left]

    def replacements(self, record: Record) -> list[Step]:
        whole: Body = dict(record)
        self.merge(whole)
        return [_scalar("members", pick(whole, "members"))]

    def _listed(self, seen: Seen) -> list[str]:
        """Who leaves, as the service lists them; blindly by id where the record is not known."""
        if seen.record is None:
            return list(self.left)
        left = folded(self.left)
        members = (e for e in entries(seen.record, "members") if self._id(e) in left)
        return [value for entry in members if (value := convert.member_id(entry))]

    def fits(self, record: Record) -> bool:
        return self.holds(convert.member_ids(record))

    def holds(self, members: Sequence[str]) -> bool:
        """Whether these members are as the edit would have them; ids are compared without case."""
        if self.is_hidden and not members:
            return True
        there = folded(self.ids(members))
        return folded(self.joined) <= there and there.isdisjoint(folded(self.left))


def folded(identifiers: Iterable[str]) -> set[str]:
    return {identifier.lower() for identifier in identifiers}


def _within(record: Record, path: Path) -> Record:
    """The part of an object that a path leads into."""
    part = pick(record, path.urn) if path.urn else record
    return part if isinstance(part, Mapping) else {}


def _fits(resource: Resource, values: Mapping[str, Value]) -> bool:
    """What the service does not show can contradict nothing. Licenses are known in any case."""
    flat = {_folded(path): value for path, value in kinds.flat(resource.fields)}
    return all(
        _same(flat.get(_folded(path)), value)
        for path, value in values.items()
        if kinds.split_path(path)[0] in resource.fields
    )


def _folded(path: str) -> str:
    return path.lower() if kinds.split_path(path)[0] == "licenses" else path


def _same(value: Value, wanted: Value) -> bool:
    """A membership without a stated level may have any."""
    if wanted is True and value is not False:
        return value is not None
    return value == wanted


def _is_news(fields: Fields, path: str, value: Value) -> bool:
    field, member = kinds.split_path(path)
    shown = fields.get(field)
    if member is None:
        return True
    if not isinstance(shown, frozenset | Mapping):
        return False
    is_there = member in shown
    return is_there if value is None else not is_there or value is not True


def _member(
    path: str, place: Collection, member: str, value: Value, shown: FieldValue
) -> Iterator[Step]:
    """One license or membership: added where it is absent, else its level set, or removed."""
    names = shown if isinstance(shown, frozenset | Mapping) else ()
    spelled = {name.lower(): name for name in names} | {name: name for name in names}
    member = spelled.get(member, spelled.get(member.lower(), member))
    is_there = member in names
    if value is None:
        if is_there:
            yield _remove(path, place.key, member)
    elif not is_there:
        yield {"op": "add", "path": path, "value": [parts.entry(place, member, value)]}
    elif value is not True and place.level:
        one = f"{path}[{place.key} eq {quoted(member)}].{place.level}"
        level = convert.scaled(kinds.value_level(value), place.scale)
        yield {"op": "replace", "path": one, "value": level}


def _remove(path: str, key: str, member: str) -> Step:
    return {"op": "remove", "path": f"{path}[{key} eq {quoted(member)}]"}


def _scalar(path: str, value: Any) -> Step:
    if value is None or value == []:
        return {"op": "remove", "path": path}
    return {"op": "replace", "path": path, "value": value}
