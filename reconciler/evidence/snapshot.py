"""A reading, with what is in evidence laid under what the tenant shows.

What the tenant shows wins. What it contradicts is refuted, with everything that was said on its
strength: a license that was never saved takes the levels with it, since nobody without a license
has a row on their page.
"""

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from reconciler import kinds
from reconciler.diagnostics import Diagnostic
from reconciler.evidence import newest, sentences
from reconciler.evidence.newest import OPEN, SAID, ByPath
from reconciler.evidence.people import Listed, People
from reconciler.model import Address, Attestation, Reading, Resource

SHOWN = frozenset({"name", "extension", "phone"})


def apply_evidence(
    reading: Reading,
    evidence: Iterable[Attestation],
    *,
    now: datetime,
    days: int,
    skills: Container[Address] = (),
) -> Reading:
    """`skills` are what the files call so: a tenant with skill groups tells no skill from a queue.
    Evidence counts for so many days.
    """
    named = _named(reading, skills) if reading.capabilities.licensed_only else reading
    everything = tuple(evidence)
    if not everything:
        return named
    people = People(named, everything)
    found = _Evidence(named, people)
    for item in newest.in_force(everything, now=now, days=days):
        found.add(item)
    for place, items in sorted(found.items.items()):
        found.judge(place, items)
    return replace(
        named,
        resources={**named.resources, **found.resources()},
        attested=found.attested(),
        identified=_identified(people, everything),
        open_steps=_open(people, everything),
        refuted=tuple(found.refuted),
        notes=(*named.notes, *found.notes),
    )


class _Evidence:
    """Evidence by the address in the reading that it is about, and what the reading makes of it."""

    def __init__(self, reading: Reading, people: People) -> None:
        self._reading, self._people = reading, people
        self.items: defaultdict[Address, list[Attestation]] = defaultdict(list)
        self.known: dict[Address, dict[str, Attestation]] = {}
        self.refuted: list[Attestation] = []
        self.notes: list[Diagnostic] = []

    def add(self, item: Attestation) -> None:
        place = _place(item, self._people, self._reading)
        if place is not None:
            self.items[place].append(item)
        is_listed = place in self._reading.resources
        if item.path == "name" and not is_listed and (other := self._people.holder_now(item)):
            self.notes.append(sentences.disagreement(other.address, item, other.fields["name"]))

    def judge(self, place: Address, items: Sequence[Attestation]) -> None:
        resource = self._reading.resources.get(place)
        checks = _Checks(place, resource, self._reading, self._people)
        known = newest.by_path(items)
        for refuted, because, note in checks.contradictions(known):
            self.notes.append(note)
            self.refuted += [replace(known[path], refuted=because) for path in sorted(refuted)]
            known = {path: item for path, item in known.items() if path not in refuted}
        self.known[place] = known

    def resources(self) -> dict[Address, Resource]:
        found = {}
        for place, known in self.known.items():
            resource = self._reading.resources.get(place)
            if resource:
                fields = {**newest.values(known), **resource.fields}
                found[place] = replace(resource, fields=fields)
        return found

    def attested(self) -> dict[Address, Mapping[str, Attestation]]:
        """Only of what the tenant does not show itself."""
        found: dict[Address, Mapping[str, Attestation]] = {}
        for place, known in self.known.items():
            resource = self._reading.resources.get(place)
            shown = resource.fields if resource else {}
            found[place] = {
                path: item for path, item in known.items() if kinds.split_path(path)[0] not in shown
            }
        return found


Contradiction = tuple[set[str], str, Diagnostic]


@dataclass(frozen=True, slots=True)
class _Checks:
    """Evidence on one object against the tenant's own lists."""

    place: Address
    resource: Resource | None
    reading: Reading
    people: People

    def contradictions(self, attestations: ByPath) -> Iterator[Contradiction]:
        if self.resource is None:
            yield from self._absent(attestations)
        else:
            yield from self._still_licensed(attestations)
            yield from self._other_values(attestations)
        yield from self._unknown_names(attestations)

    def _absent(self, attestations: ByPath) -> Iterator[Contradiction]:
        """The list holds everybody who has a license, and this one is not on it."""
        if not self.reading.capabilities.licensed_only:
            return
        if kinds.kind_of(self.place) != kinds.AGENT:
            if attestations:
                item = next(iter(attestations.values()))
                yield (
                    set(attestations),
                    sentences.NOT_LISTED,
                    sentences.missing_skill(self.place, item),
                )
            return
        held = sorted(
            path for path in attestations if _is_license(path) and attestations[path].value
        )
        if held:
            on_its_strength = {
                path for path in attestations if _needs_license(path, attestations[path])
            }
            note = sentences.not_licensed(self.place, attestations[held[0]])
            yield on_its_strength, sentences.NOT_LISTED, note

    def _still_licensed(self, attestations: ByPath) -> Iterator[Contradiction]:
        """Said to have no license, and on the list of the licensed."""
        if not self.reading.capabilities.licensed_only or "licenses" not in attestations:
            return
        licenses = {path for path in attestations if _is_license(path)}
        if not any(attestations[path].value for path in licenses):
            note = sentences.still_licensed(self.place, attestations["licenses"])
            yield licenses | ({"active"} & attestations.keys()), sentences.STILL_LISTED, note

    def _other_values(self, attestations: ByPath) -> Iterator[Contradiction]:
        """A dialog that was not saved: what else was typed into it is withdrawn, too."""
        assert self.resource is not None
        shown = self.resource.fields
        for path in sorted(attestations.keys() & SHOWN & shown.keys()):
            item = attestations[path]
            if item.value is None or shown[path] == item.value:
                continue
            note = sentences.disagreement(self.place, item, shown[path])
            yield self._of_step(item, attestations), sentences.SHOWN_OTHERWISE, note

    def _of_step(self, item: Attestation, attestations: ByPath) -> set[str]:
        """What one save stands or falls with; what was seen since has only changed again."""
        row = Listed(
            _text(attestations, "name", item.name), _text(attestations, "extension", item.extension)
        )
        if not item.step or self.people.was_listed(row, item.at):
            return {item.path}
        return {path for path, other in attestations.items() if other.step == item.step}

    def _unknown_names(self, attestations: ByPath) -> Iterator[Contradiction]:
        """Names that the tenant has nowhere: a slip of the pen, or a skill that was not saved. Of
        a list that was read from a file the rest is then not known as a whole.
        """
        for path, item in sorted(attestations.items()):
            name, member = kinds.split_path(path)
            if member is None or item.value is None or self._is_known(name, member):
                continue
            whole = {name} if item.source != newest.SAID else set()
            note = sentences.unknown_name(self.place, item, name, member)
            yield {path} | (whole & attestations.keys()), sentences.UNKNOWN_NAME, note

    def _is_known(self, name: str, member: str) -> bool:
        if name == "licenses":
            return member in kinds.LICENSES or not self.reading.capabilities.licensed_only
        targets = (kinds.address(kind, member) for kind in kinds.MEMBERSHIPS.values())
        return any(target in self.reading.resources for target in targets)


def _named(reading: Reading, skills: Container[Address]) -> Reading:
    """The skill groups, by the kind that the files have them as."""
    found = {}
    for resource in reading.resources.values():
        skill = kinds.address(kinds.SKILL, kinds.name_of(resource.address))
        if resource.kind == kinds.QUEUE and skill in skills:
            resource = replace(resource, address=skill, kind=kinds.SKILL)
        found[resource.address] = resource
    return replace(reading, resources=found)


def _place(item: Attestation, people: People, reading: Reading) -> Address | None:
    """Of somebody who is not listed, the address of the evidence, unless that is another's now."""
    if kinds.kind_of(item.address) != kinds.AGENT:
        return item.address
    if (row := people.row(item)) is not None:
        return row
    return None if item.address in reading.resources else item.address


def _identified(people: People, evidence: Sequence[Attestation]) -> dict[Address, Address]:
    """Rows of the people whose e-mail is in evidence; of a row that two claim, nobody's."""
    persons = {e.address: e for e in evidence if "@" in e.address and not e.refuted}
    rows = {address: people.row(item) for address, item in persons.items()}
    claims = Counter(row for row in rows.values() if row)
    return {address: row for address, row in rows.items() if row and claims[row] == 1}


def _open(
    people: People, evidence: Sequence[Attestation]
) -> dict[Address, Mapping[str, Attestation]]:
    """Steps that were asked for and that nobody called done since, however long ago, by the row or
    address of whom they are about.
    """
    found: defaultdict[Address, dict[str, Attestation]] = defaultdict(dict)
    for item in sorted(evidence, key=lambda e: (e.at, e.source == SAID)):
        if item.source not in (OPEN, SAID) or item.refuted:
            continue
        place = people.row(item) or item.address
        if item.source == OPEN:
            found[place][item.path] = item
        else:
            found[place].pop(item.path, None)
    return dict(found)


def _is_license(path: str) -> bool:
    return kinds.split_path(path)[0] == "licenses"


def _needs_license(path: str, item: Attestation) -> bool:
    """What is only true of somebody with a license."""
    name, member = kinds.split_path(path)
    if name == "licenses":
        return True
    if name in kinds.MEMBERSHIPS:
        return member is None or item.value is not None
    return name == "active" and item.value is True


def _text(attestations: ByPath, path: str, otherwise: str) -> str:
    return str(attestations[path].value) if path in attestations else otherwise
