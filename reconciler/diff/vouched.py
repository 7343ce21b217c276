"""Values that the tenant does not show: how well they are known, and what stands in for them.

Somebody's word counts as what the tenant has (`evidence` has laid it into the reading). Where there
is no word, what the files said before stands in for it, so that a reviewed edit becomes a change
although nobody sees the field; an unedited one stays unobserved.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from reconciler import kinds
from reconciler.diff.fields import Fields
from reconciler.model import (
    Address,
    Attestation,
    Declared,
    FieldChange,
    FieldValue,
    Grade,
    Graded,
    Resource,
    Value,
)

Words = Mapping[str, Attestation]

BASE: Final = "base"
NO_WORDS: Final[Words] = {}


class Tally:
    """Counts the grades of stated values, and who vouches since when."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str, Grade]] = Counter()
        self._words: defaultdict[tuple[str, str], list[Attestation]] = defaultdict(list)

    def add(self, kind: str, stated: Iterable[str], shown: Fields, words: Words) -> None:
        of_field: defaultdict[str, list[Attestation]] = defaultdict(list)
        for path, word in words.items():
            of_field[kinds.split_path(path)[0]].append(word)
        for name in stated:
            grade = Grade.UNOBSERVED if name not in shown else Grade.OBSERVED
            if name in of_field and name in shown:
                grade = Grade.ATTESTED
                self._words[kind, name].extend(of_field[name])
            self._counts[kind, name, grade] += 1

    def graded(self) -> Iterator[Graded]:
        for kind, name in sorted({(kind, name) for kind, name, _ in self._counts}):
            words = self._words[kind, name]
            observed, attested, unobserved = (self._counts[kind, name, grade] for grade in Grade)
            yield Graded(
                kind,
                name,
                observed,
                attested,
                unobserved,
                tuple(sorted({source(word) for word in words})),
                min((word.at for word in words), default=None),
            )


class Before:
    """What the files said earlier."""

    def __init__(self, declared: Declared | None) -> None:
        self._declared = declared
        self._at = datetime(1970, 1, 1, tzinfo=UTC)

    def laid_under(
        self, resource: Resource, stated: Fields, shown: Fields, words: Words
    ) -> tuple[Fields, Words]:
        """`shown` and `words`, with what was edited since and is known to nobody."""
        said = self._declared.fields.get(resource.address) if self._declared else None
        if not said:
            return shown, words
        fields = _fields(said)
        edited = {
            name: fields[name]
            for name, value in stated.items()
            if name not in shown and name in fields and fields[name] != value
        }
        more = {name: self._word(resource.address, name) for name in edited}
        return {**shown, **edited}, {**words, **more}

    def _word(self, address: Address, name: str) -> Attestation:
        source = self._declared.source if self._declared else ""
        return Attestation(address, name, None, source, self._at, BASE)


def with_word(item: FieldChange, words: Words) -> FieldChange:
    """The change, with the word that its `before` stands on; none where the tenant shows it."""
    word = words.get(item.path) or words.get(kinds.split_path(item.path)[0])
    return replace(item, word=word) if word else item


def grade(word: Attestation | None) -> Grade:
    """How well a value is known that stands on this word."""
    if word is None:
        return Grade.OBSERVED
    return Grade.UNOBSERVED if word.source == BASE else Grade.ATTESTED


def source(word: Attestation) -> str:
    """Who says so: a person, or the file that an operator gave."""
    return word.by if word.source == "attested" else word.source


def _fields(said: Mapping[str, Value]) -> dict[str, FieldValue]:
    """Flat paths as fields; a collection that was stated empty stands by its name."""
    names = {kinds.split_path(path)[0] for path in said} & kinds.COLLECTIONS
    empty: dict[str, FieldValue] = {
        name: frozenset() if name == "licenses" else {} for name in names
    }
    return kinds.with_values(empty, {p: v for p, v in said.items() if p not in names})
