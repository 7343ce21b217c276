"""What the files state on earlier days, and whether that explains a difference."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from reconciler import kinds
from reconciler.model import Address, Desired, Value


class NotYet(Enum):
    """What files state of an entry that begins later: nothing is created, changed or removed."""

    STATED = "not yet"


Sides = tuple[Value, Value, Value]
"""Base, desired, live."""


@dataclass(frozen=True, slots=True)
class EarlierFiles:
    """What the files state on earlier days.

    `days` are the desired states from the day of the base on, one for each day on which a date in
    them was reached. `base` is what the base's own files state on the day of the report, where
    those can be read. `is_applied`: the base is what an apply left, on whichever of the days, and
    what the files stated before that day is over.
    """

    days: Sequence[Desired] = ()
    base: Desired | None = None
    is_applied: bool = False

    def explains(self, address: Address, path: str | None, sides: Sides) -> bool:
        """Return whether the tenant has what unchanged files stated on an earlier day."""
        base, desired, live = sides
        if not self.is_unmoved(address, path, base, desired):
            return False
        if self.is_applied and base == desired and type(base) is type(desired):
            return False
        is_base = not self.is_applied or base is None or same(live, base)
        return any(
            is_base if isinstance(value, NotYet) else same(live, value)
            for value in self._stated_since(address, path, base)
        )

    def is_unmoved(self, address: Address, path: str | None, base: Value, desired: Value) -> bool:
        """Return whether files and base agreed on the day of the base, and agree today."""
        if not self._stated_since(address, path, base):
            return False
        if self.base is None:
            return True
        stated = _stated(self.base, address, path)
        return not isinstance(stated, NotYet) and same(desired, stated)

    def begins(self, address: Address) -> bool:
        """Return whether unchanged files ask for the object today, and did not before."""
        return self.explains(address, None, (None, True, None))

    def _stated_since(
        self, address: Address, path: str | None, base: Value
    ) -> list[Value | NotYet]:
        """Return what the files state from the day of the base on; empty where no day fits it."""
        stated = [_stated(day, address, path) for day in self.days]
        bases = [
            number
            for number, value in enumerate(stated)
            if isinstance(value, NotYet) or same(base, value)
        ]
        if self.is_applied:
            return stated[bases[-1] :] if bases else []
        return stated if bases[:1] == [0] else []


def _stated(desired: Desired, address: Address, path: str | None) -> Value | NotYet:
    """Return what the files state of a path; for a whole object, whether it is there."""
    if address in desired.waiting or path in desired.not_yet.get(address, ()):
        return NotYet.STATED
    resource = desired.resources.get(address)
    if resource is None:
        return None
    if path is None:
        return there(resource.fields.get("active") is not False)
    name, member = kinds.split_path(path)
    value = resource.fields.get(name)
    if member is None:
        return value if isinstance(value, str | int) else None
    return dict(kinds.flat({name: value})).get(path) if value is not None else None


def same(value: Value, other: Value) -> bool:
    """Compare two values; a membership without a level (`True`) equals one with any level."""
    if isinstance(value, bool) and isinstance(other, bool):
        return value is other
    if value is True or other is True:
        return None not in (value, other)
    return value == other


def there(is_present: bool) -> Value:
    return True if is_present else None
