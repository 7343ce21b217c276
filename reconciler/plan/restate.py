"""A plan's changes as desired state, to judge them where the files moved on, and to verify them."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from reconciler import kinds
from reconciler.model import (
    Action,
    Address,
    Change,
    Desired,
    FieldValue,
    Identity,
    Plan,
    Reading,
    Resource,
)

KEYS = ("name", "email", "extension", "phone")


def restate(plan: Plan, reading: Reading, trusted: Desired) -> Desired:
    """Return what the plan wants of each object it changes; the rest is taken from `trusted`.

    `reading` is the tenant before the first write. Collections are stated whole, also those to
    which somebody returns who stepped aside.
    """
    return replace(
        trusted,
        resources=_desired_resources(plan, reading),
        identities=dict(_identities(plan, reading)),
        waiting={},
        not_yet={},
    )


def _identities(plan: Plan, reading: Reading) -> Iterator[tuple[Address, Identity]]:
    """Yield whom each change is about, by the tenant's own id."""
    ids = {resource.id for resource in reading.resources.values()}
    for change in plan.changes:
        if change.live_id and change.live_id in ids and change.kind == kinds.AGENT:
            yield change.address, Identity(previously={"id": change.live_id})


def _is_whole(name: str, live_fields: Mapping[str, FieldValue], change: Change) -> bool:
    """Return whether the collection is known whole; an unobserved one is known in part."""
    return name not in kinds.COLLECTIONS or name in live_fields or change.action is Action.CREATE


def _desired_resources(plan: Plan, reading: Reading) -> Mapping[Address, Resource]:
    live = kinds.by_id(reading.resources.values())
    after = kinds.after_changes(reading.resources, plan.changes)
    written: dict[Address, set[str]] = {}
    for operation in plan.operations:
        written.setdefault(operation.address, set()).update(operation.set)
    resources = {}
    for change in plan.changes:
        resource = after.get(change.address)
        if change.action is Action.DELETE or resource is None:
            continue
        paths = (item.path for item in change.fields)
        stated = {kinds.split_path(p)[0] for p in (*paths, *written.get(change.address, ()))}
        live_fields = live.get((change.kind, change.live_id), resource).fields
        fields = {
            name: value
            for name, value in resource.fields.items()
            if (name in stated or name in KEYS) and _is_whole(name, live_fields, change)
            if name != "name" or change.kind == kinds.AGENT  # that of a queue is its address
        }
        resources[change.address] = Resource(change.address, change.kind, fields)
    return resources
