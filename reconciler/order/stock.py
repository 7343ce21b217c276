"""Tokens of everything scarce, and who gave them.

A key is a tuple: `("extension", "4001")`, `("email", …)`, `("seat", "voice")`, `("cover",
"queue/support")`. Extensions and e-mails have one token at the most; seats and cover are counted.
"""

from collections import deque
from collections.abc import Iterable, Mapping

Key = tuple[str, str]


class Stock:
    """What is free, and the step that freed it (None where it was free from the start).

    `debts` are seats over a pool's limit: releases pay them first and give nothing, and whoever
    takes a seat afterwards comes after all of those releases.
    """

    def __init__(
        self, held: Iterable[Key], counted: Mapping[Key, int], debts: Mapping[Key, int]
    ) -> None:
        self._held = set(held)
        self._free = dict(counted)
        self._given: dict[Key, deque[int]] = {}
        self._debts = dict(debts)
        self._payers: dict[Key, list[int]] = {}
        self.taken_free: dict[Key, int] = {}

    def has(self, key: Key, count: int = 1) -> bool:
        if key[0] in ("extension", "email"):
            return key not in self._held
        if key not in self._free:
            return True
        return self._free[key] + len(self._given.get(key, ())) >= count

    def take(self, key: Key) -> list[int]:
        """Takes one; returns the steps that have to come first."""
        if key[0] in ("extension", "email"):
            self._held.add(key)
            return list(self._given.pop(key, ()))
        if key not in self._free:
            return []
        before = list(self._payers.get(key, ()))
        if self._free[key] > 0:
            self._free[key] -= 1
            self.taken_free[key] = self.taken_free.get(key, 0) + 1
            return before
        return [*before, self._given[key].popleft()]

    def give(self, key: Key, step: int) -> None:
        if self._debts.get(key, 0) > 0:
            self._debts[key] -= 1
            self._payers.setdefault(key, []).append(step)
            return
        self._held.discard(key)
        self._given.setdefault(key, deque()).append(step)

    def lend(self, key: Key) -> None:
        """One more than there is: a dip."""
        self._free[key] = self._free.get(key, 0) + 1

    def is_free_from_the_start(self, key: Key) -> bool:
        return key not in self._held and key not in self._given

    def given(self, kind: str) -> list[Key]:
        """Values that were freed in this plan and that nobody has taken yet."""
        return [key for key in self._given if key[0] == kind and key not in self._held]
