"""Whom evidence is about, on the tenant's list of today.

Xima gives nobody an id: the list has a name and a number, and both can change. Evidence is keyed by
the person as known when it was made: by e-mail where there was one, else by name and number. A
number alone means whoever was listed under it then. People are followed over renames and changes
of number that are in evidence themselves; whoever cannot be told for certain is nobody.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from reconciler import kinds
from reconciler.evidence.newest import READING, SAID
from reconciler.model import Address, Attestation, Reading, Resource

DAY = timedelta(days=1)
MOVES = frozenset({"name", "extension"})


@dataclass(frozen=True, slots=True)
class Listed:
    """A row of the tenant's list; an empty name is not known."""

    name: str
    extension: str

    def is_same(self, other: "Listed") -> bool:
        return self.extension == other.extension and is_same_name(self.name, other.name)


@dataclass(frozen=True, slots=True)
class Step:
    """What one save says of the row of one person: as it was before, and what it became."""

    at: datetime
    address: Address
    id: str
    before: Listed
    values: Mapping[str, str]

    def after(self, row: Listed) -> Listed:
        return Listed(
            self.values.get("name", row.name), self.values.get("extension", row.extension)
        )


class People:
    """The rows of a reading, and what is known of who had which before."""

    def __init__(self, reading: Reading, evidence: Sequence[Attestation]) -> None:
        agents = [r for r in reading.resources.values() if r.kind == kinds.AGENT]
        self._by_number = {_text(agent, "extension"): agent for agent in agents}
        self._by_name: defaultdict[str, list[Resource]] = defaultdict(list)
        for one in agents:
            self._by_name[_text(one, "name")].append(one)
        usable = sorted((e for e in evidence if not e.refuted), key=_save)
        self._sightings: defaultdict[str, list[Attestation]] = defaultdict(list)
        for item in usable:
            if item.source == READING:
                self._sightings[item.extension].append(item)
        steps = [_step(list(group)) for _, group in groupby(usable, key=_save)]
        self._saves = {(step.at, step.address, step.id): step for step in steps}
        self._moves = [step for step in steps if step.before.extension and step.values]
        self._mailed: defaultdict[Address, list[Listed]] = defaultdict(list)
        for step in steps:
            if _has_email(step.address):
                self._mailed[step.address] += _rows(self._mailed[step.address], step)

    def row(self, item: Attestation) -> Address | None:
        """The address of the row that this evidence is about; None where nobody can tell."""
        found = self._of_person(item.address) if _has_email(item.address) else self._then(item)
        return found.address if found else None

    def holder_now(self, item: Attestation) -> Resource | None:
        """Who is listed today under the number that evidence has somebody by."""
        return self._by_number.get(item.extension or self._number_then(item))

    def was_listed(self, row: Listed, since: datetime) -> bool:
        """Whether a reading showed this row at or after a moment."""
        return any(s.name == row.name and s.at >= since for s in self._sightings[row.extension])

    def holder(self, extension: str, at: datetime) -> str:
        """Who was listed under a number at that time: as last seen before, else as first after."""
        known = self._sightings[extension]
        before = [item for item in known if item.at <= at]
        chosen = before[-1:] or known[:1]
        return chosen[0].name if chosen else ""

    def new_sightings(self, at: datetime) -> Iterator[Attestation]:
        """Rows that differ from what was last seen under their number."""
        for number, agent in sorted(self._by_number.items()):
            name, known = _text(agent, "name"), self._sightings[number]
            if number and (not known or known[-1].name != name):
                address = kinds.agent_address(None, number)
                yield Attestation(
                    address, "extension", number, "", at, READING, name=name, extension=number
                )

    def _of_person(self, address: Address) -> Resource | None:
        rows = self._mailed.get(address)
        if not rows:
            return None
        last, names = rows[-1], {row.name for row in rows if row.name}
        there = self._by_number.get(last.extension)
        if there and (not names or any(is_same_name(_text(there, "name"), name) for name in names)):
            return there
        return self._only(last.name)

    def _then(self, item: Attestation) -> Resource | None:
        number = item.extension or self._number_then(item)
        if not item.name and self._changed_hands(number, item):
            return None
        row = Listed(item.name or self.holder(number, item.at), number)
        for step in self._moves:
            if step.at > item.at and step.before.is_same(row):
                row = step.after(row)
        there = self._by_number.get(row.extension)
        if there and is_same_name(row.name, _text(there, "name")):
            return there
        return self._only(row.name)

    def _changed_hands(self, number: str, item: Attestation) -> bool:
        """Whether two people had a number on the day of a file, which tells no time."""
        is_day = item.source not in (SAID, READING)
        return is_day and self.holder(number, item.at) != self.holder(number, item.at + DAY)

    def _number_then(self, item: Attestation) -> str:
        """Of evidence that does not say how somebody was listed."""
        step = self._saves.get(_save(item))
        return (step and step.values.get("extension")) or kinds.name_of(item.address)

    def _only(self, name: str) -> Resource | None:
        namesakes = self._by_name.get(name, []) if name else []
        return namesakes[0] if len(namesakes) == 1 else None


def is_same_name(one: str, other: str) -> bool:
    """Without case, and whatever the blanks; a name that is not known may be any."""
    return not one or not other or _folded(one) == _folded(other)


def _folded(name: str) -> list[str]:
    return name.casefold().split()


def _save(item: Attestation) -> tuple[datetime, Address, str]:
    return item.at, item.address, item.step


def _step(items: Sequence[Attestation]) -> "Step":
    first = items[0]
    values = {e.path: str(e.value) for e in items if e.path in MOVES and e.value is not None}
    return Step(first.at, first.address, first.step, Listed(first.name, first.extension), values)


def _rows(people: Sequence[Listed], step: "Step") -> list[Listed]:
    """Under which rows somebody was listed before and after a step."""
    last = people[-1] if people else Listed("", "")
    before = Listed(step.before.name or last.name, step.before.extension or last.extension)
    return [before, step.after(before)]


def _has_email(address: Address) -> bool:
    return "@" in address


def _text(agent: Resource, field: str) -> str:
    value = agent.fields.get(field)
    return value if isinstance(value, str) else ""
