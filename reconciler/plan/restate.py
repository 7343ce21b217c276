"""What a plan changes as desired state: judged where the files moved on, verified at the end."""

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
    """What the plan wants of each object it changes; all that it is judged by is of `trusted`.

    `reading` is the tenant before the first write: collections are stated whole, those too to which
    somebody comes back who steps aside.
    """
    return replace(
        trusted,
        resources=_wanted(plan, reading),
        identities=dict(_identities(plan, reading)),
        waiting={},
        not_yet={},
    )


def _identities(plan: Plan, reading: Reading) -> Iterator[tuple[Address, Identity]]:
    """Whom each change is about, by the tenant's own id."""
    ids = {resource.id for resource in reading.resources.values()}
    for change in plan.changes:
        if change.live_id and change.live_id in ids and change.kind == kinds.AGENT:
            yield change.address, Identity(previously={"id": change.live_id})


def _is_whole(name: str, known: Mapping[str, FieldValue], change: Change) -> bool:
    """Of a collection that nobody has seen the change tells some members and not the others."""
    return name not in kinds.COLLECTIONS or name in known or change.action is Action.CREATE


def _wanted(plan: Plan, reading: Reading) -> Mapping[Address, Resource]:
    live = {resource.id: resource for resource in reading.resources.values() if resource.id}
    after = kinds.after_changes(reading.resources, plan.changes)
    written: dict[Address, set[str]] = {}
    for operation in plan.operations:
        written.setdefault(operation.address, set()).update(operation.set)
    found = {}
    for change in plan.changes:
        resource = after.get(change.address)
        if change.action is Action.DELETE or resource is None:
            continue
        paths = (item.path for item in change.fields)
        stated = {kinds.split_path(p)[0] for p in (*paths, *written.get(change.address, ()))}
        known = live.get(change.live_id or "", resource).fields
        kept = {
            name: value
            for name, value in resource.fields.items()
            if (name in stated or name in KEYS) and _is_whole(name, known, change)
        }
        found[change.address] = Resource(change.address, change.kind, kept)
    return found
