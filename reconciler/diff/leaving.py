"""Changes for agents who leave without an entry: replaced ones, and unlisted ones with proof."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import count
from typing import Final

from reconciler import kinds
from reconciler.diff import changes
from reconciler.diff.compare_one import ComparisonContext
from reconciler.model import Action, Change, ExtensionRange, FieldValue, Origin, Resource

EMPTY: Final[Mapping[str, FieldValue]] = {
    "active": False,
    "licenses": frozenset(),
    "queues": {},
    "skills": {},
}
"""Suspended: the person is kept; sign-in off, licenses released, memberships removed."""


def replaced(live: Resource, successor: Resource, context: ComparisonContext) -> Change | None:
    """Suspend the old holder, who releases the number and e-mail that the successor takes.

    An account needs an e-mail: it gets the same mailbox with a tag, and the change is listed under
    it.
    """
    after, leaver = dict(EMPTY), live
    number, email = live.fields.get("extension"), live.fields.get("email")
    if number is not None and successor.fields.get("extension") == number:
        after["extension"] = None
    if isinstance(email, str) and successor.fields.get("email") == email:
        former = _former(email, context)
        after["email"], leaver = former, replace(live, address=kinds.agent_address(former, None))
    reason = f"replaced by {successor.address}"
    return _suspended(live, after, context, reason, successor.origin, leaver)


def _former(email: str, context: ComparisonContext) -> str:
    """Return a tagged e-mail that nobody has, live or in the files."""
    desired = context.desired
    everybody = (context.reading.resources, desired.resources, desired.waiting)
    taken = {resource.fields.get("email") for part in everybody for resource in part.values()}
    tagged = (kinds.tagged(email, kinds.FORMER, number) for number in count(1))
    return next(each for each in tagged if each not in taken)


def suspended(live: Resource, where: ExtensionRange, context: ComparisonContext) -> Change | None:
    """Suspend an unlisted agent as the range says; None where nothing is left to remove."""
    reason = f"unlisted, and range {where.name} says suspend"
    return _suspended(live, EMPTY, context, reason, where.origin)


def deleted(live: Resource, where: ExtensionRange, context: ComparisonContext) -> Change:
    """Delete an unlisted agent as the range says."""
    reason = f"unlisted, and range {where.name} says delete"
    capabilities = context.reading.capabilities
    return changes.change(
        live, live, Action.DELETE, (), capabilities, reason=reason, origin=where.origin
    )


def _suspended(
    live: Resource,
    after: Mapping[str, FieldValue],
    context: ComparisonContext,
    reason: str,
    origin: Origin | None,
    leaver: Resource | None = None,
) -> Change | None:
    """Build the suspension; None where the tenant shows nothing that can be removed.

    An agent who is suspended and still holds something is updated, not suspended again.
    """
    stated = context.stated(Resource(live.address, kinds.AGENT, after))
    differing = [
        item
        for item in changes.field_changes(stated, live.fields)
        if context.can_write(kinds.AGENT, kinds.split_path(item.path)[0])
    ]
    if not differing:
        return None
    capabilities = context.reading.capabilities
    is_signed_on = any(item.path == "active" for item in differing)
    action = Action.SUSPEND if is_signed_on else Action.UPDATE
    return changes.change(
        leaver or live, live, action, differing, capabilities, reason=reason, origin=origin
    )
