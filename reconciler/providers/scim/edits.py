"""One edit of one object, in the three forms that SCIM has for it: new, merged whole, and patch.

An edit knows no HTTP. `Seen` is what we know of the object before it: fields from the last reading,
or the whole record where those are not enough.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from reconciler import kinds
from reconciler.model import Address, FieldValue, Resource, Value
from reconciler.providers.scim import mapping, parts
from reconciler.providers.scim.attributes import GROUP, Record, entries, quoted, text
from reconciler.providers.scim.service import (
    AGENT_ATTRIBUTES,
    TARGET_ATTRIBUTES,
    USER_ATTRIBUTES,
    Service,
)

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

    def fits(self, record: Record) -> bool:
        """Whether the object already is as the edit would make it."""


@dataclass(frozen=True, slots=True)
class UserEdit:
    """Of an agent: sign-in, licenses, settings and, in the full mapping, memberships."""

    address: Address
    values: Mapping[str, Value]
    service: Service

    def new(self) -> Body:
        user = self.service.user
        name = self.values.get("email") or kinds.name_of(self.address)
        body: Body = {"schemas": [user.schema], "userName": name}
        if user.takes("active"):
            body["active"] = True
        if "email" in self.values and user.takes("emails"):
            body["emails"] = [{"value": name, "type": "work", "primary": True}]
        if user.requires("name"):
            body["name"] = _name(str(self.values.get("name") or name))
        self.merge(body)
        return body

    def merge(self, whole: Body) -> None:
        agent = self.service.agent
        for path, value in self.values.items():
            field, member = kinds.split_path(path)
            if field == "email":
                self._merge_email(whole, value)
            elif member is not None and field == "licenses":
                held = parts.with_member(whole, "entitlements", member, value)
                parts.put(whole, "entitlements", held)
            elif field in USER_ATTRIBUTES:
                parts.put(whole, USER_ATTRIBUTES[field], value)
            elif agent is None:
                parts.put(whole, "phoneNumbers", parts.phones(whole, value))
            else:
                parts.merge_ours(parts.extension(whole, agent), path, value)
        if agent:
            parts.announce(whole, agent)

    def _merge_email(self, whole: Body, value: Value) -> None:
        listed = parts.emails(whole, value)
        if parts.is_login(whole):
            parts.put(whole, "userName", value)
        if self.service.user.takes("emails"):
            parts.put(whole, "emails", listed)

    def is_plain(self, fields: Fields) -> bool:
        """An e-mail or a number is one of several; what seems to be done may have been undone."""
        if "email" in self.values or ("extension" in self.values and not self.service.agent):
            return False
        return all(_is_news(fields, path, value) for path, value in self.values.items())

    def steps(self, seen: Seen) -> list[Step]:
        return list(self._steps(seen))

    def _steps(self, seen: Seen) -> Iterator[Step]:
        record = seen.record or {}
        for path, value in self.values.items():
            field, member = kinds.split_path(path)
            if field == "email":
                if parts.is_login(record):
                    yield _scalar("userName", value)
                if self.service.user.takes("emails"):
                    yield _scalar("emails", parts.emails(record, value))
            elif member is not None:
                yield from _member(self._path(field), member, value, seen.fields.get(field))
            elif field == "extension" and not self.service.agent:
                yield _scalar("phoneNumbers", parts.phones(record, value))
            else:
                yield _scalar(self._path(field), value)

    def _path(self, field: str) -> str:
        if field in USER_ATTRIBUTES:
            return USER_ATTRIBUTES[field]
        return f"{self.service.agent}:{AGENT_ATTRIBUTES[field]}"

    def fits(self, record: Record) -> bool:
        return _fits(mapping.agents(self.service)(record), self.values)


@dataclass(frozen=True, slots=True)
class TargetEdit:
    """Of a queue or a skill that is an object of its own."""

    address: Address
    values: Mapping[str, Value]
    service: Service

    @property
    def _attributes(self) -> Mapping[str, str]:
        return TARGET_ATTRIBUTES[kinds.kind_of(self.address)]

    def new(self) -> Body:
        known = self.service.type_of(kinds.kind_of(self.address))
        assert known is not None
        body: Body = {"schemas": [known.schema], "name": kinds.name_of(self.address)}
        self.merge(body)
        return body

    def merge(self, whole: Body) -> None:
        for path, value in self.values.items():
            parts.put(whole, self._attributes[path], value)

    def is_plain(self, fields: Fields) -> bool:
        return True

    def steps(self, seen: Seen) -> list[Step]:
        return [_scalar(self._attributes[path], value) for path, value in self.values.items()]

    def fits(self, record: Record) -> bool:
        shown = mapping.targets(kinds.kind_of(self.address), self.service)(record)
        return shown is not None and _fits(shown, self.values)


@dataclass(frozen=True, slots=True)
class GroupEdit:
    """Of a queue that is a group: who joins and who leaves, as ids of users."""

    address: Address
    joined: Sequence[str]
    left: Sequence[str]
    service: Service

    def new(self) -> Body:
        known = self.service.types.get("Group")
        schema = known.schema if known else GROUP
        body: Body = {"schemas": [schema], "displayName": kinds.name_of(self.address)}
        self.merge(body)
        return body

    def merge(self, whole: Body) -> None:
        members = [dict(e) for e in entries(whole, "members") if text(e, "value") not in self.left]
        there = {text(entry, "value") for entry in members}
        members += [{"value": one} for one in self.joined if one not in there]
        parts.put(whole, "members", members)

    def is_plain(self, fields: Fields) -> bool:
        return True

    def steps(self, seen: Seen) -> list[Step]:
        """All who join in one step, each who leaves in one of their own."""
        left = [_remove("members", one) for one in self.left if self._is_there(seen, one)]
        if not self.joined:
            return left
        added = [{"value": one} for one in self.joined]
        return [{"op": "add", "path": "members", "value": added}, *left]

    def _is_there(self, seen: Seen, one: str) -> bool:
        return seen.record is None or any(
            text(entry, "value") == one for entry in entries(seen.record, "members")
        )

    def fits(self, record: Record) -> bool:
        members = set(mapping.member_ids(record))
        return members.issuperset(self.joined) and members.isdisjoint(self.left)


def _name(full: str) -> Body:
    given, _, family = full.rpartition(" ")
    return {"formatted": full, "givenName": given or full, "familyName": family}


def _fits(shown: Resource, values: Mapping[str, Value]) -> bool:
    """What the service does not show can contradict nothing."""
    flat = dict(kinds.flat(shown.fields))
    return all(
        _same(flat.get(path), value)
        for path, value in values.items()
        if kinds.split_path(path)[0] in shown.fields
    )


def _same(shown: Value, wanted: Value) -> bool:
    """A membership without a stated level may have any."""
    if wanted is True and shown is not False:
        return shown is not None
    return shown == wanted


def _is_news(fields: Fields, path: str, value: Value) -> bool:
    field, member = kinds.split_path(path)
    shown = fields.get(field)
    if member is None:
        return True
    if not isinstance(shown, frozenset | Mapping):
        return False
    is_there = member in shown
    return is_there if value is None else not is_there or value is not True


def _member(path: str, member: str, value: Value, shown: FieldValue) -> Iterator[Step]:
    """One license or membership: added where it is absent, else its level set, or removed."""
    is_there = isinstance(shown, frozenset | Mapping) and member in shown
    if value is None:
        if is_there:
            yield _remove(path, member)
    elif not is_there:
        yield {"op": "add", "path": path, "value": [parts.entry(member, value)]}
    elif value is not True:
        one = f"{path}[value eq {quoted(member)}].level"
        yield {"op": "replace", "path": one, "value": value}


def _remove(path: str, member: str) -> Step:
    return {"op": "remove", "path": f"{path}[value eq {quoted(member)}]"}


def _scalar(path: str, value: Any) -> Step:
    if value is None or value == []:
        return {"op": "remove", "path": path}
    return {"op": "replace", "path": path, "value": value}
