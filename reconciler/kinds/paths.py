"""Addresses of resources, and the flat paths of their fields."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from reconciler.kinds.emails import email_key
from reconciler.kinds.table import AGENT, COLLECTIONS, MEMBERSHIPS
from reconciler.model import NO_LEVEL, Action, Address, Change, FieldValue, Resource, Value


def address(kind: str, name: str) -> Address:
    return f"{kind}/{name}"


def agent_address(email: str | None, extension: str | None) -> Address:
    """By e-mail, as it is compared, else by extension."""
    return address(AGENT, email_key(email or extension or ""))


def kind_of(address: Address) -> str:
    return address.partition("/")[0]


def name_of(address: Address) -> str:
    return address.partition("/")[2]


def label(address: Address, fields: Mapping[str, FieldValue]) -> str:
    """How people see it: `4001 Ana Diaz` for an agent, the bare name for everything else."""
    if kind_of(address) != AGENT:
        return name_of(address)
    parts = [fields.get("extension"), fields.get("name")]
    return " ".join(str(part) for part in parts if part) or name_of(address)


def label_of(resource: Resource) -> str:
    return label(resource.address, resource.fields)


def fingerprint(resource: Resource) -> str:
    """The version that the tenant gives, else a digest of all that it shows of the object."""
    if resource.version:
        return resource.version
    values = sorted((path, value) for path, value in flat(resource.fields) if value is not None)
    return "fields:" + hashlib.sha256(json.dumps(values).encode()).hexdigest()[:32]


def flat(fields: Mapping[str, FieldValue]) -> Iterator[tuple[str, Value]]:
    """The paths of a resource: `extension`, `licenses.voice`, `queues.support`."""
    for name, value in fields.items():
        if value is None or isinstance(value, str | int):
            yield name, value
        elif isinstance(value, frozenset):
            yield from ((f"{name}.{member}", True) for member in value)
        else:
            yield from ((f"{name}.{member}", level_value(level)) for member, level in value.items())


def stated_values(fields: Mapping[str, FieldValue]) -> dict[str, Value]:
    """By flat path, as the base of a later comparison: an empty collection is `None` by its name,
    so that it can be told from one that is not stated.
    """
    empty = {name: None for name, value in fields.items() if name in COLLECTIONS and not value}
    return {**dict(flat(fields)), **empty}


def level_value(level: int) -> Value:
    """A level as it stands in a field change: `True` where the membership has none."""
    return True if level == NO_LEVEL else level


def value_level(value: Value) -> int:
    """The other way round; `value` is not None."""
    return NO_LEVEL if value is True else int(value or NO_LEVEL)


def stated_levels(levels: Mapping[str, int]) -> dict[str, int | str] | list[str]:
    """Names to levels as a file says them; a list where no level is known."""
    if not any(levels.values()):
        return sorted(levels)
    return {n: "default" if v == NO_LEVEL else v for n, v in sorted(levels.items())}


def empty(names: Iterable[str]) -> dict[str, FieldValue]:
    """The collections among these fields, each without a member."""
    return {
        name: frozenset() if name == "licenses" else {} for name in names if name in COLLECTIONS
    }


def split_path(path: str) -> tuple[str, str | None]:
    """`queues.support` is `("queues", "support")`; `extension` is `("extension", None)`."""
    name, dot, member = path.partition(".")
    return (name, member) if dot and name in COLLECTIONS else (path, None)


def membership_address(path: str) -> Address | None:
    """`queue/support` for `queues.support`; None for every other path."""
    name, member = split_path(path)
    kind = MEMBERSHIPS.get(name)
    return address(kind, member) if kind and member else None


def covered(fields: Mapping[str, FieldValue]) -> Iterator[Address]:
    """The queues and skills whose calls an agent with these fields can get: none without a
    license.
    """
    if not fields.get("licenses"):
        return
    for name, kind in MEMBERSHIPS.items():
        members = fields.get(name)
        if isinstance(members, dict):
            yield from (address(kind, member) for member in members)


def coverage(agents: Iterable[Mapping[str, FieldValue]]) -> Counter[Address]:
    """How many agents cover each queue and skill: `covered`, of all of them at once."""
    licensed = [fields for fields in agents if fields.get("licenses")]
    counts: Counter[Address] = Counter()
    for name, kind in MEMBERSHIPS.items():
        shown = (fields.get(name) for fields in licensed)
        members = Counter(chain.from_iterable(held for held in shown if isinstance(held, dict)))
        counts.update({address(kind, member): count for member, count in members.items()})
    return counts


def with_values(
    fields: Mapping[str, FieldValue], values: Mapping[str, Value]
) -> dict[str, FieldValue]:
    """Fields after values were laid over them by path; None takes a member away."""
    after = dict(fields)
    for path, value in values.items():
        name, member = split_path(path)
        shown = after.get(name)
        if member is None:
            after[name] = value
        elif name == "licenses":
            held = shown if isinstance(shown, frozenset) else frozenset()
            after[name] = held - {member} if value is None else held | {member}
        else:
            levels = dict(shown) if isinstance(shown, Mapping) else {}
            levels.pop(member, None)
            if value is not None:
                levels[member] = value_level(value)
            after[name] = levels
    return after


def by_id(resources: Iterable[Resource]) -> dict[tuple[str, str | None], Resource]:
    """Resources by kind and id: a tenant may give a person and a group the same id."""
    return {(resource.kind, resource.id): resource for resource in resources if resource.id}


def after_changes(
    resources: Mapping[Address, Resource], changes: Sequence[Change]
) -> dict[Address, Resource]:
    """Live resources as they will be. A changed one stands under the address of its change, also
    where somebody else had that address before; a new one has nothing of whoever that was.
    """
    if not changes:
        return dict(resources)
    live = by_id(resources.values())
    found = [live.get((change.kind, change.live_id)) for change in changes]
    places = [
        one.address if one else change.address for one, change in zip(found, changes, strict=True)
    ]
    moved = set(places)
    after = {address: r for address, r in resources.items() if address not in moved}
    for change, place in zip(changes, places, strict=True):
        was = None if change.action is Action.CREATE else resources.get(place)
        if change.action is not Action.DELETE:
            values = {item.path: item.after for item in change.fields}
            fields = with_values(was.fields if was else {}, values)
            after[change.address] = Resource(change.address, change.kind, fields, change.live_id)
    return after
