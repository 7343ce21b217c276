"""Values that nobody has seen, and what stands in for them.

What is in evidence counts as what the tenant has (`snapshot` has laid it into the reading). Where
there is nothing, an edit of the files still has to be done: what they said before stands in. So
does a step that was asked for and never answered, and a key that the files state for the first
time. What the files said all along, and nobody has seen, is unobserved and no change.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Final

from reconciler import kinds
from reconciler.evidence.grades import BASE, NEVER
from reconciler.evidence.newest import ByPath
from reconciler.model import (
    Address,
    Attestation,
    Declared,
    FieldChange,
    FieldValue,
    Reading,
    Resource,
    Value,
)

Fields = Mapping[str, FieldValue]

NO_EVIDENCE: Final[ByPath] = {}
_NOTHING_ELSE: Final[Mapping[str, Value]] = {kinds.WHOLE: True}


class Before:
    """What the files said earlier, and which steps are open."""

    def __init__(self, declared: Declared | None, reading: Reading) -> None:
        self._declared, self._reading = declared, reading

    def base_for(
        self,
        resource: Resource,
        live: Resource,
        stated: Fields,
        fields: Fields,
        attestations: ByPath,
    ) -> tuple[Fields, ByPath]:
        """`shown` and `known`, with what has to be done although nobody has seen the field.
        Evidence on single members, which tells nothing of the whole, moves what was said before.
        """
        unseen = {name: value for name, value in stated.items() if name not in fields}
        if not unseen:
            return fields, attestations
        open_ = self._open(resource, live)
        said = self._declared_values(resource, live)
        if said is None and any(not step.extension for step in open_.values()):
            said = _NOTHING_ELSE  # somebody who is being made, and is not finished yet
        edited: dict[str, FieldValue] = {}
        for name, value in unseen.items():
            before = self._before(name, value, said, open_, attestations)
            if before != value:
                edited[name] = before
        more = {
            name: self._unseen(resource.address, is_stated=said is not None and _states(said, name))
            for name in edited
        }
        return {**fields, **edited}, {**more, **attestations}

    def value(self, address: Address, path: str) -> Value:
        """What the files said of one value; None where they said nothing."""
        fields = self._declared.fields.get(address) if self._declared else None
        return fields.get(path) if fields else None

    def assumed(
        self, address: Address, empty: Mapping[str, FieldValue], fields: Fields
    ) -> tuple[Fields, ByPath]:
        """`shown` with the fields of `empty` as the files said them, else as they stand there."""
        said = (self._declared.fields.get(address) if self._declared else None) or {}
        stated = {path: value for path, value in said.items() if path != kinds.WHOLE}
        found: dict[str, FieldValue] = {}
        for name, value in empty.items():
            own = {path: v for path, v in stated.items() if _is_of(path, name)}
            found[name] = _with(own, name, {}) if own else value
        words = {name: self._unseen(address, is_stated=name in said) for name in found}
        return {**fields, **found}, words

    def _before(
        self,
        name: str,
        value: FieldValue,
        said: Mapping[str, Value] | None,
        open_: ByPath,
        attestations: ByPath,
    ) -> FieldValue:
        """What stands in for one field; the value that is stated where nothing is to do."""
        single = _single(attestations, name)
        asked = {path for path in open_ if _is_of(path, name)} - single.keys()
        if said is not None and (_states(said, name) or kinds.WHOLE in said):
            before = {p: v for p, v in said.items() if _is_of(p, name)}
        elif asked:
            before = dict(kinds.flat({name: value}))
        else:
            return value
        is_open = asked & dict(kinds.flat({name: value})).keys()
        return _with({p: v for p, v in before.items() if p not in is_open}, name, single)

    def _declared_values(self, resource: Resource, live: Resource) -> Mapping[str, Value] | None:
        """What the files said of it; None where they are not known to have said anything."""
        if self._declared is None:
            return None
        whole = _NOTHING_ELSE if self._declared.is_whole else {}
        fields = self._entry(resource, live)
        return {**(fields or {}), **whole} if fields is not None or whole else None

    def _entry(self, resource: Resource, live: Resource) -> Mapping[str, Value] | None:
        """What was said of the same person: an address that is a number may be another's by now."""
        assert self._declared is not None
        name = resource.fields.get("name") or live.fields.get("name")
        for address in (resource.address, live.address):
            if address in self._declared.addresses:
                fields = self._declared.fields.get(address, {})
                if "@" in address or _is_of_name(fields, name):
                    return fields
        return self._by_name.get(name) if name else None

    @cached_property
    def _by_name(self) -> Mapping[FieldValue, Mapping[str, Value]]:
        """What was said of people by their only name, where their address was a number."""
        assert self._declared is not None
        named = [
            (fields["name"], fields)
            for address, fields in self._declared.fields.items()
            if "@" not in address and fields.get("name")
        ]
        counts = Counter(name for name, _ in named)
        return {name: fields for name, fields in named if counts[name] == 1}

    def _open(self, resource: Resource, live: Resource) -> ByPath:
        steps = self._reading.open_steps
        return {**steps.get(resource.address, {}), **steps.get(live.address, {})}

    def _unseen(self, address: Address, *, is_stated: bool) -> Attestation:
        source = self._declared.source if self._declared and is_stated else ""
        return Attestation(address, "", None, source, NEVER, BASE)


def with_word(item: FieldChange, attestations: ByPath) -> FieldChange:
    """The change, with the evidence that its `before` stands on; none where the tenant shows it."""
    word = attestations.get(item.path) or attestations.get(kinds.split_path(item.path)[0])
    return replace(item, word=word) if word else item


def _is_of_name(fields: Mapping[str, Value], name: FieldValue) -> bool:
    return "name" not in fields or name is None or fields["name"] == name


def _states(values: Mapping[str, Value], name: str) -> bool:
    return any(_is_of(path, name) for path in values)


def _is_of(path: str, name: str) -> bool:
    return kinds.split_path(path)[0] == name


def _with(values: Mapping[str, Value], name: str, single: Mapping[str, Value]) -> FieldValue:
    """A field made of flat values; a collection that was stated empty stands by its name."""
    empty = kinds.empty([name])
    members = {path: value for path, value in values.items() if path not in empty}
    return kinds.with_values({**empty}, {**members, **single}).get(name)


def _single(attestations: ByPath, name: str) -> dict[str, Value]:
    """Evidence on the field, or on single members of it."""
    return {path: item.value for path, item in attestations.items() if _is_of(path, name)}
