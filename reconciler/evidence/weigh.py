"""A reading, with what people vouch for laid over what the API leaves out."""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from reconciler import claims, kinds
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.evidence import words
from reconciler.model import Address, Attestation, FieldValue, Reading, Resource


def weigh(
    reading: Reading,
    vouched: Iterable[Attestation],
    *,
    now: datetime,
    days: int,
    skills: Container[Address] = (),
) -> Reading:
    """`skills` are what the files call so: a tenant with skill groups tells no skill from a queue.
    Words count for so many days.
    """
    named = _called(reading, skills) if reading.capabilities.licensed_only else reading
    known = words.newest(vouched, now=now, days=days)
    if not known:
        return named
    laid = _Laid(named, _addresses(named, known))
    return replace(
        named,
        resources={**named.resources, **laid.resources(known)},
        attested=laid.attested(known),
        notes=(*named.notes, *laid.disagreements(known)),
    )


@dataclass(frozen=True, slots=True)
class _Laid:
    """`live` maps the address that a word is about to the one that the reading has."""

    reading: Reading
    live: Mapping[Address, Address]

    def attested(
        self, known: Mapping[Address, words.Words]
    ) -> dict[Address, Mapping[str, Attestation]]:
        """Only of what the tenant does not show itself."""
        found: dict[Address, Mapping[str, Attestation]] = {}
        for address, said in known.items():
            place = self.live.get(address, address)
            shown = self._shown(place)
            found[place] = {
                path: word for path, word in said.items() if kinds.split_path(path)[0] not in shown
            }
        return found

    def resources(self, known: Mapping[Address, words.Words]) -> dict[Address, Resource]:
        found = {}
        for address, said in known.items():
            resource = self.reading.resources.get(self.live.get(address, address))
            if resource:
                fields = {**words.values(said), **resource.fields}
                found[resource.address] = replace(resource, fields=fields)
        return found

    def disagreements(self, known: Mapping[Address, words.Words]) -> Iterator[Diagnostic]:
        for address, said in sorted(known.items()):
            place = self.live.get(address, address)
            shown = self._shown(place)
            if place not in self.reading.resources:
                yield from self._absent(address, said)
            yield from self._unheard_of(place, said)
            for path, word in sorted(said.items()):
                if path in shown and word.value is not None and shown[path] != word.value:
                    yield _disagreement(place, word, shown[path])

    def _unheard_of(self, place: Address, said: words.Words) -> Iterator[Diagnostic]:
        """Names that the tenant has nowhere: a slip of the pen, most likely."""
        for path, word in sorted(said.items()):
            name, member = kinds.split_path(path)
            if member is None or word.value is None:
                continue
            if name == "licenses":
                is_known = member in kinds.LICENSES or not self.reading.capabilities.licensed_only
            else:
                targets = (kinds.address(kind, member) for kind in kinds.MEMBERSHIPS.values())
                is_known = any(target in self.reading.resources for target in targets)
            if not is_known:
                yield Diagnostic(
                    "observation-disagrees",
                    Severity.WARNING,
                    f"{path} of {place} stands there by the word of {_who(word)}, and "
                    + claims.has_no(f"{_what(name)} {member}"),
                    "correct the record: write the name as the console has it",
                    place,
                )

    def _absent(self, address: Address, said: words.Words) -> Iterator[Diagnostic]:
        """Somebody's word has it that it is licensed, and the list of the licensed lacks it."""
        held = sorted(
            path
            for path, word in said.items()
            if kinds.split_path(path)[0] == "licenses" and word.value
        )
        if held and self.reading.capabilities.licensed_only:
            word = said[held[0]]
            yield Diagnostic(
                "observation-disagrees",
                Severity.WARNING,
                f"{address} has a license by the word of {_who(word)}, and the tenant does not "
                "list it",
                "look at the licensing page: was the page saved?",
                address,
            )

    def _shown(self, place: Address) -> Mapping[str, FieldValue]:
        resource = self.reading.resources.get(place)
        return resource.fields if resource else {}


def _called(reading: Reading, skills: Container[Address]) -> Reading:
    found = {}
    for resource in reading.resources.values():
        skill = kinds.address(kinds.SKILL, kinds.name_of(resource.address))
        if resource.kind == kinds.QUEUE and skill in skills:
            resource = replace(resource, address=skill, kind=kinds.SKILL)
        found[resource.address] = resource
    return replace(reading, resources=found)


def _addresses(reading: Reading, known: Mapping[Address, words.Words]) -> dict[Address, Address]:
    """Where the objects that words are about stand in the reading: agents by number, since while
    numbers are exchanged somebody else may stand under the address that the files have.
    """
    by_number = {
        resource.fields["extension"]: address
        for address, resource in reading.resources.items()
        if resource.kind == kinds.AGENT and resource.fields.get("extension")
    }
    found = {}
    for address, said in known.items():
        number = said["extension"].value if "extension" in said else None
        there = reading.resources.get(address)
        if number in by_number and not (there and there.fields.get("email")):
            found[address] = by_number[number]
    return found


def _disagreement(place: Address, word: Attestation, shown: FieldValue) -> Diagnostic:
    return Diagnostic(
        "observation-disagrees",
        Severity.WARNING,
        f"{word.path} of {place} is {_shown(shown)} in the tenant and {_shown(word.value)} by the "
        f"word of {_who(word)}",
        "the tenant's answer counts; correct the record",
        place,
    )


def _shown(value: object) -> object:
    return ("yes" if value else "no") if isinstance(value, bool) else value


def _who(word: Attestation) -> str:
    return f"{word.by} of {word.at:%Y-%m-%d}"


def _what(name: str) -> str:
    return "license" if name == "licenses" else "queue or skill"
