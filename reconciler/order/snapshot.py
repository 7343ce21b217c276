"""The tenant before the first step: who holds what, which seats are taken, who covers a queue."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from reconciler import kinds
from reconciler.model import (
    Action,
    Address,
    Bounds,
    Change,
    FieldValue,
    License,
    Reading,
    Resource,
)
from reconciler.order.tokens import EMAIL, EXTENSION, Token

VALUES: Mapping[str, tuple[str, ...]] = {
    kinds.AGENT: (EXTENSION, EMAIL),
    kinds.DIRECTORY_ENTRY: (EXTENSION, EMAIL),
    kinds.QUEUE: (EXTENSION,),
}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`holders` names a changed resource as its change does, any other by its live address."""

    changes: tuple[Change, ...]
    live: Mapping[Address, Resource]
    bounds: Bounds
    holders: Mapping[Token, Sequence[Address]]
    seats: Mapping[License, int]
    coverage: Mapping[Address, int]
    made: frozenset[Address]


def snapshot(changes: Iterable[Change], reading: Reading, bounds: Bounds) -> Snapshot:
    """`live` maps the address of a change to what it changes."""
    wanted = sorted(
        (change for change in changes if change.action is not Action.NO_OP),
        key=lambda change: change.address,
    )
    live = _matches(wanted, reading)
    names = {resource.address: address for address, resource in live.items()}
    return Snapshot(
        changes=tuple(wanted),
        live=live,
        bounds=bounds,
        holders=_holders(reading, names),
        seats=_seats(reading),
        coverage=kinds.coverage(r.fields for r in _of_kind(reading, kinds.AGENT)),
        made=frozenset(
            change.address
            for change in wanted
            if change.action is Action.CREATE and change.kind in kinds.MEMBERSHIPS.values()
        ),
    )


def token(sort: str, value: object) -> Token:
    """Values are compared as e-mails are: without case, and composed."""
    return Token(sort, kinds.email_key(str(value)))


def collection(fields: Mapping[str, FieldValue], name: str) -> Iterable[str]:
    """The members of `licenses`, `queues` or `skills`; none where it is unobserved."""
    shown = fields.get(name)
    return shown if isinstance(shown, (frozenset, Mapping)) else ()


def _matches(changes: Sequence[Change], reading: Reading) -> dict[Address, Resource]:
    ids = {change.live_id for change in changes if change.live_id is not None}
    by_id: dict[tuple[str, str | None], Resource] = {
        (resource.kind, resource.id): resource
        for resource in reading.resources.values()
        if resource.id in ids
    }
    found = {}
    for change in changes:
        resource = by_id.get((change.kind, change.live_id))
        if resource is None and change.action is not Action.CREATE:
            resource = reading.resources.get(change.address)
        if resource is not None:
            found[change.address] = resource
    return found


def _holders(reading: Reading, names: Mapping[Address, Address]) -> dict[Token, Sequence[Address]]:
    """UC agents stand in the directory, too: the same value twice, and neither ever moves."""
    holders: dict[Token, list[Address]] = {}
    for resource in reading.resources.values():
        for sort in VALUES.get(resource.kind, ()):
            value = resource.fields.get(sort)
            if value:
                owner = names.get(resource.address, resource.address)
                holders.setdefault(token(sort, value), []).append(owner)
    return {held: sorted(owners) for held, owners in holders.items()}


def _seats(reading: Reading) -> Counter[License]:
    """The tenant's own count where it shows one: it may know of more than the agents show."""
    seats: Counter[License] = Counter()
    for resource in _of_kind(reading, kinds.AGENT):
        seats.update(collection(resource.fields, "licenses"))
    for pool in _of_kind(reading, kinds.LICENSE_POOL):
        assigned = pool.fields.get("assigned")
        name = kinds.name_of(pool.address)
        if isinstance(assigned, int):
            seats[name] = max(seats[name], assigned)
    return seats


def _of_kind(reading: Reading, kind: str) -> Iterable[Resource]:
    return (resource for resource in reading.resources.values() if resource.kind == kind)
