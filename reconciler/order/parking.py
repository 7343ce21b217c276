"""Find parking places: a free number of the same range, or the same e-mail with a tag."""

from collections import deque
from collections.abc import Iterable, Iterator

from reconciler import kinds
from reconciler.model import ExtensionRange
from reconciler.order.snapshot import Snapshot, token
from reconciler.order.tokens import EMAIL, EXTENSION, Token


class ParkingPlaces:
    """Hands out parking places. A number that was free at the start is preferred, from the far end
    of the range; then one that a step gave back. Never one that somebody moves to.
    """

    def __init__(self, snapshot: Snapshot, wanted: Iterable[Token]) -> None:
        self._snapshot, self._wanted = snapshot, frozenset(wanted)
        self._fresh: dict[ExtensionRange, Iterator[Token]] = {}
        self._spare: dict[ExtensionRange, deque[Token]] = {}
        self._emails: set[Token] = set()

    def take(self, held: Token) -> Token | None:
        if held.sort == EMAIL:
            return self._tagged(held.name)
        block = self.block(held)
        return self._number(block) if block else None

    def give(self, value: Token) -> None:
        """Offer a number that became free as a parking place."""
        if value.sort == EXTENSION and value not in self._wanted:
            block = self.block(value)
            if block:
                self._spare.setdefault(block, deque()).append(value)

    def claim(self, place: Token) -> Token:
        """Take this number and no other one."""
        block = self.block(place)
        if block and place in self._spare.get(block, ()):
            self._spare[block].remove(place)
        return place

    def is_wanted(self, value: Token) -> bool:
        """Whether somebody moves to the value in the end."""
        return value in self._wanted

    def block(self, held: Token) -> ExtensionRange | None:
        """The range of a number; where none is declared, the numbers that begin alike."""
        declared = self._declared(held.name)
        if declared or not held.name.isdecimal():
            return declared
        first, rest = held.name[0], len(held.name) - 1
        return ExtensionRange("", "", first + "0" * rest, first + "9" * rest)

    def _declared(self, number: str) -> ExtensionRange | None:
        return next((block for block in self._snapshot.bounds.ranges if block.holds(number)), None)

    def _number(self, block: ExtensionRange) -> Token | None:
        fresh = self._fresh.setdefault(block, self.free_numbers(block))
        spare = self._spare.get(block)
        return next(fresh, None) or (spare.popleft() if spare else None)

    def free_numbers(self, block: ExtensionRange) -> Iterator[Token]:
        for number in range(int(block.last), int(block.first) - 1, -1):
            name = str(number).zfill(len(block.last))
            value = token(EXTENSION, name)
            if value in self._snapshot.holders or value in self._wanted:
                continue
            if block.name or not self._declared(name):
                yield value

    def _tagged(self, email: str) -> Token:
        number = 1
        while True:
            value = token(EMAIL, kinds.tagged(email, kinds.PARKED, number))
            if value not in self._snapshot.holders and value not in self._wanted | self._emails:
                self._emails.add(value)
                return value
            number += 1
