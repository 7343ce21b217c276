"""Days in the files that come up soon, and days that were reached and still change the tenant."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Final

from reconciler.model import Action, Address, Change, Dated, DateEvent

DAYS: Final = 30
"""So many days ahead are listed."""


def upcoming(items: Iterable[Dated], as_of: date) -> tuple[Dated, ...]:
    """Return the days of the next 30: a start that lies ahead, an end that is not over."""
    last = as_of + timedelta(days=DAYS) if as_of <= date.max - timedelta(days=DAYS) else date.max
    return tuple(item for item in items if not is_reached(item, as_of) and item.day <= last)


def overdue(items: Iterable[Dated], changes: Iterable[Change], as_of: date) -> tuple[Dated, ...]:
    """Return the days that were reached and whose effect is among the changes of a plan."""
    by_address = {change.address: change for change in changes}
    return tuple(item for item in items if is_reached(item, as_of) and _is_open(item, by_address))


def is_reached(item: Dated, as_of: date) -> bool:
    """A start holds on its day; whatever ends holds for the whole of its last day."""
    return item.day <= as_of if item.event is DateEvent.START else item.day < as_of


def _is_open(item: Dated, changes: Mapping[Address, Change]) -> bool:
    involved = [changes[address] for address in item.affected if address in changes]
    if item.path is None:
        begins = item.event is DateEvent.START
        actions = {Action.CREATE, Action.RESTORE} if begins else {Action.SUSPEND, Action.DELETE}
        return any(change.action in actions for change in involved)
    begins = item.event is DateEvent.START
    return any(
        field.path == item.path and (field.after is not None) is begins
        for change in involved
        for field in change.fields
    )
