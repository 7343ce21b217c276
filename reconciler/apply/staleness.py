"""Whether a saved plan still fits the tenant."""

from collections.abc import Iterator, Mapping

from reconciler import kinds
from reconciler.model import Action, Address, Change, Handle, Plan, Reading, Resource


def handles(plan: Plan, reading: Reading) -> dict[Address, Handle]:
    """Return the tenant's handle of everything that was read, by address.

    Changed objects are listed under their declared address too. A new object has none, even where
    somebody still has its address.
    """
    by_address = {a: Handle(r.id, r.version) for a, r in reading.resources.items() if r.id}
    by_id = kinds.by_id(reading.resources.values())
    for change in plan.changes:
        if change.action is Action.CREATE:
            by_address.pop(change.address, None)
    for change in plan.changes:
        if live := by_id.get((change.kind, change.live_id)):
            by_address[change.address] = Handle(change.live_id or "", live.version)
    return by_address


def stale(plan: Plan, reading: Reading) -> tuple[str, ...]:
    """Return what has moved since the plan was made, a line for each object.

    Changes of objects that the plan does not touch do not matter.
    """
    by_id = kinds.by_id(reading.resources.values())
    movers = frozenset(change.live_id for change in plan.changes if change.live_id)
    return tuple(line for change in plan.changes for line in _moved(change, by_id, reading, movers))


def _moved(
    change: Change,
    by_id: Mapping[tuple[str, str | None], Resource],
    reading: Reading,
    movers: frozenset[str],
) -> Iterator[str]:
    """Yield how the object of a change has moved.

    The holder of a new object's address may be about to release it (`movers`, by id).
    """
    if change.action is Action.CREATE:
        holder = reading.resources.get(change.address)
        if holder is not None and holder.id not in movers:
            yield f"{change.address} exists by now"
        return
    key = (change.kind, change.live_id)
    live = by_id.get(key) if change.live_id else reading.resources.get(change.address)
    if live is None:
        yield f"{change.address} is not there any more"
        return
    moved = list(_moved_fields(change, live))
    if moved:
        yield f"{change.address} has changed: {', '.join(moved)}"
    elif change.precondition and kinds.fingerprint(live) != change.precondition:
        yield f"{change.address} has changed in what the plan does not touch"


def _moved_fields(change: Change, live: Resource) -> Iterator[str]:
    """Yield changed fields, even with the same version: memberships may be kept elsewhere."""
    attestations = dict(kinds.flat(live.fields))
    for item in change.fields:
        is_observed = kinds.split_path(item.path)[0] in live.fields
        if is_observed and attestations.get(item.path) != item.before:
            yield f"{item.path} was {_text(item.before)}, is {_text(attestations.get(item.path))}"


def _text(value: object) -> str:
    return "not there" if value is None else str(value)
