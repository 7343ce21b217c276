"""Does a saved plan still fit the tenant?"""

from collections.abc import Iterator, Mapping

from reconciler import kinds
from reconciler.model import Action, Address, Change, Handle, Plan, Reading, Resource


def handles(plan: Plan, reading: Reading) -> dict[Address, Handle]:
    """Everything that was read by its address, and changed objects by their declared one too."""
    known = {a: Handle(r.id, r.version) for a, r in reading.resources.items() if r.id}
    by_id = kinds.by_id(reading.resources.values())
    for change in plan.changes:
        if live := by_id.get((change.kind, change.live_id)):
            known[change.address] = Handle(change.live_id or "", live.version)
    return known


def stale(plan: Plan, reading: Reading) -> tuple[str, ...]:
    """What moved, one line an object; an unrelated change does not matter."""
    by_id = kinds.by_id(reading.resources.values())
    return tuple(line for change in plan.changes for line in _moved(change, by_id, reading))


def _moved(
    change: Change, by_id: Mapping[tuple[str, str | None], Resource], reading: Reading
) -> Iterator[str]:
    if change.action is Action.CREATE:
        if change.address in reading.resources:
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
    """Also where the version stands still: memberships may be kept on another object."""
    shown = dict(kinds.flat(live.fields))
    for item in change.fields:
        is_shown = kinds.split_path(item.path)[0] in live.fields
        if is_shown and shown.get(item.path) != item.before:
            yield f"{item.path} was {_text(item.before)}, is {_text(shown.get(item.path))}"


def _text(value: object) -> str:
    return "not there" if value is None else str(value)
