"""Scarce resources as counted tokens, each of which has one taker.

The order is safe because of what is kept here: a token that a step gave is handed to exactly one
taker, and the taker remembers the giver as a step to wait for. A token that was there at the start
costs nothing. A capacity in debt (a pool over its limit, an extension with two holders) keeps what
is given until the debt is paid; every later taker then waits for those who paid.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sized
from dataclasses import dataclass, field
from typing import NamedTuple

EXTENSION = "extension"
EMAIL = "email"
SEAT = "seat"
COVERAGE = "coverage"
FACT = "fact"

UNLIMITED = 1 << 40
BLOCK = 16


class Token(NamedTuple):
    """One unit of `name`: an extension, an e-mail, a seat of a pool, coverage, or a mere fact.

    A fact (a queue exists, an agent is licensed) is not used up by those who need it.
    """

    sort: str
    name: str


@dataclass(slots=True)
class Capacity:
    """The tokens of one kind: how many are left of the start, and which steps gave the others."""

    free: int
    debt: int = 0
    used: int = 0
    given: dict[int, int] = field(default_factory=dict)
    payers: list[int] = field(default_factory=list)

    @property
    def ready(self) -> bool:
        return self.free > 0 or bool(self.given)

    def give(self, step: int) -> tuple[int, ...]:
        """Return a token. Payers of a debt wait for the block of payers before theirs."""
        if not self.debt:
            self.given[step] = self.given.get(step, 0) + 1
            return ()
        self.debt -= 1
        self.payers.append(step)
        start = (len(self.payers) - 1) // BLOCK * BLOCK
        return tuple(self.payers[max(0, start - BLOCK) : start])

    def take(self, known: Collection[int]) -> tuple[int, ...]:
        """Take a token and return its givers, of those already `known` where possible."""
        giver = next((step for step in known if step in self.given), None)
        if giver is None and not self.free:
            giver = next(iter(self.given))
        if giver is None:
            self.free -= 1
            self.used += 1
            return self._paid()
        self.given[giver] -= 1
        if not self.given[giver]:
            del self.given[giver]
        return (giver, *self._paid())

    def _paid(self) -> tuple[int, ...]:
        return tuple(self.payers[(len(self.payers) - 1) // BLOCK * BLOCK :] if self.payers else ())


@dataclass(slots=True)
class Supply:
    """All capacities, the facts that steps established, and how many takers each token has."""

    holders: Mapping[Token, Sized]
    capacities: dict[Token, Capacity] = field(default_factory=dict)
    demand: Counter[Token] = field(default_factory=Counter)
    facts: dict[Token, int] = field(default_factory=dict)

    def has(self, token: Token) -> bool:
        if token.sort == FACT:
            return token in self.facts
        return self.capacity(token).ready

    def lacks(self, token: Token) -> bool:
        """Whether somebody still wants the token and there is none."""
        return self.demand[token] > 0 and not self.has(token)

    def take(self, token: Token, known: Collection[int]) -> tuple[int, ...]:
        if token.sort == FACT:
            return (self.facts[token],)
        return self.capacity(token).take(known)

    def give(self, token: Token, step: int) -> tuple[int, ...]:
        if token.sort == FACT:
            self.facts[token] = step
            return ()
        return self.capacity(token).give(step)

    def capacity(self, token: Token) -> Capacity:
        """Return the capacity of a token: one less its holders for a value, else unlimited."""
        capacity = self.capacities.get(token)
        if capacity is None:
            once = token.sort in (EXTENSION, EMAIL)
            capacity = (
                balance(1 - len(self.holders.get(token, ()))) if once else Capacity(UNLIMITED)
            )
            self.capacities[token] = capacity
        return capacity


def balance(left: int) -> Capacity:
    """Make a capacity of so many tokens, or of so much debt if negative."""
    return Capacity(max(0, left), max(0, -left))
