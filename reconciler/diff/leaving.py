"""Agents who leave without an entry of their own: replaced ones, and unlisted ones with proof."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from reconciler.diff import changes, fields
from reconciler.model import (
    Action,
    Address,
    Change,
    Desired,
    ExtensionRange,
    FieldValue,
    Reading,
    Resource,
)

EMPTY: Mapping[str, FieldValue] = {
    "active": False,
    "licenses": frozenset(),
    "queues": {},
    "skills": {},
}
"""Suspended: the person is kept; sign-in off, licenses released, memberships removed."""


def replaced(
    resource: Resource, successor: Address, desired: Desired, reading: Reading
) -> Iterator[Change]:
    """The old holder is suspended and gives up the number, if somebody takes it."""
    after = dict(EMPTY)
    taker = desired.resources.get(successor)
    number = resource.fields.get("extension")
    if taker and taker.fields.get("extension") == number:
        after["extension"] = None
    yield from _suspended(resource, after, reading, f"replaced by {successor}", taker)


def unlisted(resource: Resource, where: ExtensionRange, reading: Reading) -> Iterator[Change]:
    placed = replace(resource, origin=where.origin)
    if where.unlisted == "delete" and resource.fields.get("phone") != "uc":
        yield changes.change(
            placed,
            resource,
            Action.DELETE,
            (),
            reading.capabilities,
            f"unlisted, and range {where.name} says delete",
        )
    else:
        reason = f"unlisted, and range {where.name} says suspend"
        yield from _suspended(resource, EMPTY, reading, reason, placed)


def _suspended(
    resource: Resource,
    after: Mapping[str, FieldValue],
    reading: Reading,
    reason: str,
    place: Resource | None,
) -> Iterator[Change]:
    shown = {name: value for name, value in after.items() if name in resource.fields}
    found = tuple(fields.changed(shown, resource.fields))
    placed = replace(resource, origin=place.origin if place else None)
    if found:
        yield changes.change(placed, resource, Action.SUSPEND, found, reading.capabilities, reason)
