"""What the order of a plan is judged by, and what it could not avoid."""

from collections.abc import Mapping
from dataclasses import dataclass, field

Address = str


@dataclass(frozen=True, slots=True)
class Baseline:
    """Coverage from which an interrupted run was judged: `before` it, and the `lowest` that its
    plan announced. The rest of the same changes is judged from it, too.
    """

    before: Mapping[Address, int] = field(default_factory=dict)
    lowest: Mapping[Address, int] = field(default_factory=dict)

    def floor(self, target: Address, minimum: int | None, before: int) -> int:
        """What coverage may not fall below: its minimum (one, if none is stated), or what there
        was if that was less; never less than what the interrupted plan announced.
        """
        least = 1 if minimum is None else minimum
        if target not in self.before:
            return min(least, before)
        announced = max(min(least, self.before[target]), self.lowest.get(target, least))
        return min(least, before, announced)


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Coverage of a queue or skill falls below both its before and its after in this plan.

    `is_proven`: every order was tried, and each one falls as far. Else only some were.
    """

    address: Address
    depth: int
    waited_for: tuple[Address, ...] = ()
    is_proven: bool = False


@dataclass(frozen=True, slots=True)
class Conflict:
    """No lawful order was found for these: what they lack, who holds it, what would resolve it.

    `is_proven`: every order was tried, or what they lack is not there in the end.
    """

    addresses: tuple[Address, ...]
    lacks: str
    held_by: tuple[Address, ...]
    resolutions: tuple[str, ...]
    is_proven: bool = False
