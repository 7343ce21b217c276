"""One changed object, and what a part of its change needs and gives.

A part is a mapping of paths to values. The parts of an agent that is stuck, in the order in which
they are tried: move, rename, join, up, shed, down (see `split`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reconciler import kinds
from reconciler.model import (
    Action,
    Address,
    Bounds,
    Change,
    License,
    Resource,
    Value,
    Verb,
)
from reconciler.order.stock import Key

Values = Mapping[str, Value]
UNIQUE = ("extension", "email")


@dataclass(slots=True)
class Item:
    """A changed object on its way: what it is now, and what is still to be done."""

    change: Change
    verb: Verb
    rest: dict[str, Value]
    unique: dict[str, str | None]
    licenses: frozenset[License]
    members: frozenset[Address]
    last: frozenset[int] = frozenset()
    is_there: bool = True
    done: bool = False

    @property
    def address(self) -> Address:
        return self.change.address


@dataclass(frozen=True, slots=True)
class Effect:
    """What a part needs and gives, and the object after it."""

    needs: tuple[Key, ...]
    gives: tuple[Key, ...]
    unique: Mapping[str, str | None]
    licenses: frozenset[License]
    members: frozenset[Address]
    targets: tuple[Address, ...]


def item(change: Change, live: Resource | None) -> Item:
    fields = live.fields if live else {}
    rest = {entry.path: entry.after for entry in change.fields}
    verb = {Action.CREATE: Verb.CREATE, Action.DELETE: Verb.DELETE}.get(change.action, Verb.UPDATE)
    held = fields.get("licenses")
    licenses = held if isinstance(held, frozenset) else frozenset()
    if live and verb is Verb.DELETE:
        rest.update({f"licenses.{name}": None for name in licenses})
        rest.update(
            {path: None for path, _ in kinds.flat(fields) if kinds.membership_address(path)}
        )
    return Item(
        change,
        verb,
        rest,
        {name: _folded(fields.get(name)) for name in UNIQUE},
        licenses,
        frozenset(memberships(live)) if live else frozenset(),
        is_there=live is not None,
    )


def memberships(agent: Resource) -> Iterator[Address]:
    for name, kind in kinds.MEMBERSHIPS.items():
        levels = agent.fields.get(name)
        if isinstance(levels, Mapping):
            yield from (kinds.address(kind, member) for member in levels)


def _folded(value: object) -> str | None:
    return str(value).lower() if value else None


def effect(item: Item, values: Values, *, deleted: bool = False) -> Effect:
    """What it takes to lay `values` over the object as it is now."""
    unique = dict(item.unique)
    licenses, members = set(item.licenses), set(item.members)
    targets = []
    for path, value in values.items():
        name, member = kinds.split_path(path)
        if path in UNIQUE:
            unique[path] = _folded(value)
        elif name == "licenses" and member:
            (licenses.discard if value is None else licenses.add)(member)
        elif target := kinds.membership_address(path):
            (members.discard if value is None else members.add)(target)
            if value is not None:
                targets.append(target)
    if deleted:
        unique, licenses, members = dict.fromkeys(UNIQUE), set(), set()
    needs, gives = _exchanged(item, unique, licenses, members)
    return Effect(
        needs, gives, unique, frozenset(licenses), frozenset(members), tuple(sorted(targets))
    )


def _exchanged(
    item: Item,
    unique: Mapping[str, str | None],
    licenses: set[License],
    members: set[Address],
) -> tuple[tuple[Key, ...], tuple[Key, ...]]:
    needs: list[Key] = []
    gives: list[Key] = []
    for name in UNIQUE:
        before, after = item.unique[name], unique[name]
        if before != after:
            needs += [(name, after)] if after else []
            gives += [(name, before)] if before else []
    needs += [("seat", name) for name in sorted(licenses - item.licenses)]
    gives += [("seat", name) for name in sorted(item.licenses - licenses)]
    covered = item.members if item.licenses else frozenset()
    covering = members if licenses else set()
    needs += [("cover", target) for target in sorted(covered - covering)]
    gives += [("cover", target) for target in sorted(covering - covered)]
    return tuple(needs), tuple(gives)


def split(item: Item, bounds: Bounds) -> Iterator[tuple[str, dict[str, Value]]]:
    """The parts of a stuck change, each lawful by itself, in the order in which they are tried."""
    rest = item.rest
    for path, name in (("extension", "move"), ("email", "rename")):
        if rest.get(path) is not None and item.is_there:
            yield name, {path: rest[path]}
    if not item.is_there:
        return
    licensed = bool(item.licenses)
    if licensed and (joins := _members(rest, leaving=False)):
        yield "join", joins
        if len(joins) > 1:
            yield from (("join", {path: value}) for path, value in joins.items())
    yield from _ups(item, bounds)
    yield from _sheds(item, bounds)
    if leaves := _members(rest, leaving=True):
        yield "down", leaves
        if len(leaves) > 1:
            yield from (("down", {path: value}) for path, value in leaves.items())


def _members(rest: Values, *, leaving: bool) -> dict[str, Value]:
    return {
        path: value
        for path, value in sorted(rest.items())
        if kinds.membership_address(path) and (value is None) is leaving
    }


def _ups(item: Item, bounds: Bounds) -> Iterator[tuple[str, dict[str, Value]]]:
    """Licenses to add, bases first; the memberships that they allow come with the first one."""
    added = {
        path: value
        for path, value in sorted(item.rest.items())
        if path.startswith("licenses.") and value is not None
    }
    for path in sorted(added, key=lambda p: (bounds.requires.get(_license(p)) is not None, p)):
        base = bounds.requires.get(_license(path))
        if base is None or base in item.licenses:
            yield "up", {path: True}


def _sheds(item: Item, bounds: Bounds) -> Iterator[tuple[str, dict[str, Value]]]:
    """Licenses that are not wanted any more; one stays while memberships do, and so do bases."""
    dropped = sorted(
        _license(path)
        for path, value in item.rest.items()
        if path.startswith("licenses.") and value is None
    )
    free = [
        name
        for name in dropped
        if not any(bounds.requires.get(other) == name for other in item.licenses - {name})
    ]
    if item.members and set(free) >= item.licenses:
        free = free[1:]
    if free:
        yield "shed", {f"licenses.{name}": None for name in free}
        if len(free) > 1:
            for name in free:
                yield "shed", {f"licenses.{name}": None}


def _license(path: str) -> License:
    return path.partition(".")[2]


def in_sequence(verb: Verb, values: Values) -> Iterator[tuple[str, Verb, dict[str, Value]]]:
    """One change where memberships stand on the queue: the agent's gains, each membership, the
    agent's losses. `both` marks the memberships, which do not wait for each other.
    """
    members = {p: v for p, v in sorted(values.items()) if kinds.membership_address(p)}
    losses = {p: v for p, v in values.items() if p not in members and _is_loss(p, v)}
    gains = {p: v for p, v in values.items() if p not in members and p not in losses}
    if verb is Verb.CREATE or gains:
        yield "up", Verb.CREATE if verb is Verb.CREATE else Verb.UPDATE, gains
    for path, value in members.items():
        yield "both", Verb.UPDATE, {path: value}
    if verb is Verb.DELETE:
        yield "down", Verb.DELETE, losses
    elif losses:
        yield "down", Verb.UPDATE, losses


def _is_loss(path: str, value: Value) -> bool:
    return value is None or (path == "active" and value is False)
