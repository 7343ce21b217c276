"""Does a saved plan still fit the tenant?"""

from collections.abc import Iterator

from reconciler import kinds
from reconciler.model import Action, Address, Change, Handle, Plan, Reading, Resource


def handles(plan: Plan, reading: Reading) -> dict[Address, Handle]:
    """Everything that was read by its address, and changed objects by their declared one too."""
    known = {a: Handle(r.id, r.version) for a, r in reading.resources.items() if r.id}
    by_id = {r.id: r for r in reading.resources.values()}
    for change in plan.changes:
        live = by_id.get(change.live_id)
        if live and live.id:
            known[change.address] = Handle(live.id, live.version)
    return known


def stale(plan: Plan, reading: Reading) -> tuple[str, ...]:
    """What moved, one line an object; an unrelated change does not matter."""
    by_id = {resource.id: resource for resource in reading.resources.values()}
    return tuple(line for change in plan.changes for line in _moved(change, by_id, reading))


def _moved(change: Change, by_id: dict[str | None, Resource], reading: Reading) -> Iterator[str]:
    if change.action is Action.CREATE:
        if change.address in reading.resources:
            yield f"{change.address} exists by now"
        return
    live = by_id.get(change.live_id)
    if live is None:
        yield f"{change.address} is not there any more"
    elif change.precondition and kinds.fingerprint(live) != change.precondition:
        yield f"{change.address} has changed{_how(change, live)}"


def _how(change: Change, live: Resource) -> str:
    """The planned fields that are no longer as they were, if it is one of those."""
    shown = dict(kinds.flat(live.fields))
    moved = [
        f"{item.path} was {_text(item.before)}, is {_text(shown.get(item.path))}"
        for item in change.fields
        if shown.get(item.path) != item.before
    ]
    return f": {', '.join(moved)}" if moved else " in what the plan does not touch"


def _text(value: object) -> str:
    return "not there" if value is None else str(value)
