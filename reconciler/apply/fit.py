"""Does a saved plan still fit the tenant?"""

from collections.abc import Iterator, Mapping

from reconciler import kinds
from reconciler.model import Action, Address, Change, Handle, Plan, Reading, Resource


def handles(plan: Plan, reading: Reading) -> dict[Address, Handle]:
    """Everything that was read by its address, and changed objects by their declared one too. A new
    object has none, also where somebody still has its address.
    """
    known = {a: Handle(r.id, r.version) for a, r in reading.resources.items() if r.id}
    by_id = _by_id(reading)
    for change in plan.changes:
        if change.action is Action.CREATE:
            known.pop(change.address, None)
    for change in plan.changes:
        if live := by_id.get(change.live_id or ""):
            known[change.address] = Handle(change.live_id or "", live.version)
    return known


def stale(plan: Plan, reading: Reading) -> tuple[str, ...]:
    """What moved, one line an object; an unrelated change does not matter."""
    by_id = _by_id(reading)
    movers = frozenset(change.live_id for change in plan.changes if change.live_id)
    return tuple(line for change in plan.changes for line in _moved(change, by_id, reading, movers))


def _by_id(reading: Reading) -> Mapping[str, Resource]:
    return {resource.id: resource for resource in reading.resources.values() if resource.id}


def _moved(
    change: Change, by_id: Mapping[str, Resource], reading: Reading, movers: frozenset[str]
) -> Iterator[str]:
    """Whoever has the address of a new object may be about to give it up (`movers`, by id)."""
    if change.action is Action.CREATE:
        holder = reading.resources.get(change.address)
        if holder is not None and holder.id not in movers:
            yield f"{change.address} exists by now"
        return
    live = by_id.get(change.live_id) if change.live_id else reading.resources.get(change.address)
    if live is None:
        yield f"{change.address} is not there any more"
        return
    moved = list(_moved_fields(change, live))
    if moved:
        yield f"{change.address} has changed: {', '.join(moved)}"
    elif change.precondition and kinds.fingerprint(live) != change.precondition:
        yield f"{change.address} has changed in what the plan does not touch"


def _moved_fields(change: Change, live: Resource) -> Iterator[str]:
    """Also where the version stands still: memberships may be kept on another object."""
    shown = dict(kinds.flat(live.fields))
    for item in change.fields:
        is_shown = kinds.split_path(item.path)[0] in live.fields
        if is_shown and shown.get(item.path) != item.before:
            yield f"{item.path} was {_text(item.before)}, is {_text(shown.get(item.path))}"


def _text(value: object) -> str:
    return "not there" if value is None else str(value)
