"""Whose evidence is old, and who is asked this week: a tenth of everybody, the oldest first."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from reconciler import kinds
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.evidence.grades import NEVER
from reconciler.manual.inventory import STEP
from reconciler.model import Address, Attestation, Reading, Resource

PARTS: Final = 10
"""A tenth of everybody is asked a week, so that nobody ever sits down for all of them again."""


@dataclass(frozen=True, slots=True)
class DuePerson:
    """Somebody whose evidence is old. `since` is None where nobody ever said anything."""

    address: Address
    label: str
    fields: tuple[str, ...]
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Due:
    """`overdue` are older than evidence counts; `asked` are this week's, the oldest first."""

    total: int
    days: int
    overdue: tuple[DuePerson, ...]
    asked: tuple[DuePerson, ...]

    @property
    def sentence(self) -> str:
        """For the nightly report; empty where nothing is due and nobody is asked."""
        if not self.asked and not self.overdue:
            return ""
        old = (
            f"what the console shows of {len(self.overdue)} of {self.total} agents has not been "
            f"recorded in the last {self.days} days"
        )
        names = ", ".join(person.label for person in self.asked[:3])
        more = f" and {len(self.asked) - 3} more" if self.asked[3:] else ""
        asked = f"this week look at {names}{more}" if self.asked else "this week's part is done"
        return f"{old}; {asked}" if self.overdue else asked


def due(reading: Reading, evidence: Iterable[Attestation], *, now: datetime, days: int) -> Due:
    """`evidence` is all that is kept; what `reading` has as attested counts today."""
    agents = [r for r in reading.resources.values() if r.kind == kinds.AGENT]
    ages = {agent.address: _oldest(agent, reading) for agent in agents}
    overdue = [_due(agent, reading) for agent in agents if ages[agent.address] is None]
    soon = now - timedelta(days=max(0, days - 7 * PARTS))
    old = [
        _due(agent, reading)
        for agent in sorted(agents, key=lambda one: ages[one.address] or NEVER)
        if (since := ages[agent.address]) is None or since <= soon
    ]
    week = now.date() - timedelta(days=now.weekday())
    renewed = {
        (e.name, e.extension) for e in evidence if e.step.startswith(STEP) and e.at.date() >= week
    }
    part = max(0, -(-len(agents) // PARTS) - len(renewed))
    return Due(len(agents), days, tuple(overdue), tuple(old[:part]))


def notices(
    reading: Reading, evidence: Sequence[Attestation], *, now: datetime, days: int
) -> Iterator[Diagnostic]:
    """For the nightly report, once somebody has begun an inventory."""
    sentence = due(reading, evidence, now=now, days=days).sentence
    if sentence and any(item.step.startswith(STEP) for item in evidence):
        hint = "write this week's form: `reconciler inventory --due -o FILE`"
        yield Diagnostic("inventory-due", Severity.WARNING, sentence, hint)


NEEDED: Final = ("licenses", "queues")
"""What has to be known of everybody, so that seats and coverage can be counted."""


def _oldest(agent: Resource, reading: Reading) -> datetime | None:
    """When the oldest of what is needed was said; None where something is not known."""
    known = reading.attested.get(agent.address, {})
    marks = [known.get(name) for name in NEEDED]
    times = [mark.at for mark in marks if mark is not None]
    return min(times) if len(times) == len(NEEDED) else None


def _due(agent: Resource, reading: Reading) -> DuePerson:
    known = reading.attested.get(agent.address, {})
    missing = tuple(name for name in NEEDED if name not in known)
    times = [known[name].at for name in NEEDED if name in known]
    return DuePerson(agent.address, kinds.label_of(agent), missing, min(times, default=None))
