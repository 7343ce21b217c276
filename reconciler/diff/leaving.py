"""Agents who leave without an entry of their own: replaced ones, and unlisted ones with proof."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import count
from typing import Final

from reconciler import kinds
from reconciler.diff import changes, fields
from reconciler.diff.settle import Ground
from reconciler.model import Action, Change, ExtensionRange, FieldValue, Origin, Resource

EMPTY: Final[Mapping[str, FieldValue]] = {
    "active": False,
    "licenses": frozenset(),
    "queues": {},
    "skills": {},
}
"""Suspended: the person is kept; sign-in off, licenses released, memberships removed."""


def replaced(live: Resource, successor: Resource, ground: Ground) -> Change | None:
    """The old holder is suspended and gives up the number and the e-mail that the successor takes.
    An account keeps an e-mail: the same mailbox with a tag, and the change stands under that.
    """
    after, leaver = dict(EMPTY), live
    number, email = live.fields.get("extension"), live.fields.get("email")
    if number is not None and successor.fields.get("extension") == number:
        after["extension"] = None
    if isinstance(email, str) and successor.fields.get("email") == email:
        former = _former(email, ground)
        after["email"], leaver = former, replace(live, address=kinds.agent_address(former, None))
    reason = f"replaced by {successor.address}"
    return _suspended(live, after, ground, reason, successor.origin, leaver)


def _former(email: str, ground: Ground) -> str:
    """A tagged e-mail that nobody has, live or in the files."""
    desired = ground.desired
    everybody = (ground.reading.resources, desired.resources, desired.waiting)
    taken = {one.fields.get("email") for part in everybody for one in part.values()}
    tagged = (kinds.tagged(email, kinds.FORMER, number) for number in count(1))
    return next(each for each in tagged if each not in taken)


def suspended(live: Resource, where: ExtensionRange, ground: Ground) -> Change | None:
    reason = f"unlisted, and range {where.name} says suspend"
    return _suspended(live, EMPTY, ground, reason, where.origin)


def deleted(live: Resource, where: ExtensionRange, ground: Ground) -> Change:
    reason = f"unlisted, and range {where.name} says delete"
    capabilities = ground.reading.capabilities
    return changes.change(
        live, live, Action.DELETE, (), capabilities, reason=reason, origin=where.origin
    )


def _suspended(
    live: Resource,
    after: Mapping[str, FieldValue],
    ground: Ground,
    reason: str,
    origin: Origin | None,
    leaver: Resource | None = None,
) -> Change | None:
    """None where nothing is left to take away, as far as the tenant shows and takes. Who is
    suspended already and still holds something is updated, not suspended once more.
    """
    wanted = ground.stated(Resource(live.address, kinds.AGENT, after))
    differing = [
        item
        for item in fields.changed(wanted, live.fields)
        if ground.can_write(kinds.AGENT, kinds.split_path(item.path)[0])
    ]
    if not differing:
        return None
    capabilities = ground.reading.capabilities
    is_signed_on = any(item.path == "active" for item in differing)
    action = Action.SUSPEND if is_signed_on else Action.UPDATE
    return changes.change(
        leaver or live, live, action, differing, capabilities, reason=reason, origin=origin
    )
