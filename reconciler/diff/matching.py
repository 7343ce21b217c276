"""Inputs and result of matching declared agents with live ones."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Final

from reconciler.diagnostics import Diagnostic
from reconciler.diff.roster import Roster
from reconciler.model import Address, Desired, Identity, Resource, Value

NOBODY: Final = Identity()
IDENTIFYING: Final = ("name", "email", "extension")


@dataclass(frozen=True, slots=True)
class MatchInputs:
    """Desired agents, live agents, and what helps to match them.

    `applied` are values that were declared at each address before; `is_applied` says that the last
    apply left them in the tenant. `known` are agents whom evidence knows by e-mail, where the
    tenant shows none. `may_exist` returns whether the tenant may have a declared agent without
    showing it.
    """

    desired: Desired
    live: Roster
    may_exist: Callable[[Resource], bool]
    applied: Mapping[Address, Mapping[str, Value]] = field(default_factory=dict)
    known: Mapping[Address, Resource] = field(default_factory=dict)
    is_applied: bool = False

    def identity(self, agent: Resource) -> Identity:
        """Return what the entry states of itself; `previously` counts until it was applied."""
        stated = self.desired.identities.get(agent.address, NOBODY)
        if stated.previously and "id" not in stated.previously and self._was_applied(agent):
            return replace(stated, previously={})
        return stated

    def _was_applied(self, agent: Resource) -> bool:
        """Return whether the last apply left name, e-mail and number as the entry states them.

        Whoever had the e-mail before that change had another name or number.
        """
        applied = self.applied.get(agent.address, {}) if self.is_applied else {}
        return all(
            agent.fields.get(key) and applied.get(key) == agent.fields[key] for key in IDENTIFYING
        )


class MatchReason(IntEnum):
    """Why a live agent may be the declared one, best first.

    `WRITTEN` is the agent named by `previously:`, `E_MAIL` the holder of today's e-mail; `STALE` is
    the same where the entry also has a `previously:` that may belong to an earlier change.
    `REMEMBERED` is an agent that an interrupted apply of this entry changed.
    """

    ID = 0
    COMPLETE = 1
    WRITTEN_AND_NAME = 2
    STALE_AND_NAME = 3
    WRITTEN_AND_NUMBER = 4
    E_MAIL_AND_NAME = 5
    STALE_AND_NUMBER = 6
    REMEMBERED = 7
    WRITTEN = 8
    PARKED_NAMESAKE = 9
    E_MAIL = 10


@dataclass(slots=True)
class Matching:
    """Who is who.

    `pairs` maps declared addresses to live agents, `taken` live addresses to declared agents,
    `replaced` live addresses to the successor's. `stopped` are declared addresses that cannot be
    matched for sure, `in_question` the live ones that they may be.
    """

    pairs: dict[Address, Resource] = field(default_factory=dict)
    replaced: dict[Address, Address] = field(default_factory=dict)
    stopped: set[Address] = field(default_factory=set)
    in_question: set[Address] = field(default_factory=set)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    taken: dict[Address, Resource] = field(default_factory=dict)
    reasons: dict[Address, MatchReason] = field(default_factory=dict)

    def pair(
        self, agent: Resource, person: Resource, reason: MatchReason = MatchReason.E_MAIL
    ) -> None:
        """Record that the declared agent is the live one."""
        self.pairs[agent.address] = person
        self.taken[person.address] = agent
        self.reasons[agent.address] = reason

    def stop(self, agent: Resource, person: Resource | None, problem: Diagnostic) -> None:
        """Leave the declared agent, and the live one it may be, unchanged, and report why."""
        if self.pairs.get(agent.address) is not None:
            del self.taken[self.pairs.pop(agent.address).address]
        self.stopped.add(agent.address)
        if person is not None:
            self.in_question.add(person.address)
        self.diagnostics.append(problem)

    def is_open(self, agent: Resource, person: Resource) -> bool:
        is_done = agent.address in self.pairs or agent.address in self.stopped
        return not is_done and person.address not in self.taken
