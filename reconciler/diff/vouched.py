"""Values that the tenant does not show, and what stands in for them.

Somebody's word counts as what the tenant has (`evidence` has laid it into the reading). Where there
is no word, what the files said before stands in for it, so that a reviewed edit becomes a change
although nobody sees the field; an unedited one stays unobserved.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from reconciler import kinds
from reconciler.diff.fields import Fields
from reconciler.grades import BASE, NEVER, Words
from reconciler.model import (
    Address,
    Attestation,
    Declared,
    FieldChange,
    FieldValue,
    Resource,
    Value,
)

NO_WORDS: Final[Words] = {}


class Before:
    """What the files said earlier."""

    def __init__(self, declared: Declared | None) -> None:
        self._declared = declared

    def laid_under(
        self, resource: Resource, stated: Fields, shown: Fields, words: Words
    ) -> tuple[Fields, Words]:
        """`shown` and `words`, with what was edited since and is known to nobody. Words on single
        members, which tell nothing of the whole, move what the files said.
        """
        said = self._declared.fields.get(resource.address) if self._declared else None
        if not said:
            return shown, words
        fields = kinds.with_values(_fields(said), _single(words, shown))
        edited = {
            name: fields[name]
            for name, value in stated.items()
            if name not in shown and name in fields and fields[name] != value
        }
        more = {name: self._word(resource.address, name) for name in edited}
        return {**shown, **edited}, {**words, **more}

    def value(self, address: Address, path: str) -> Value:
        """What the files said of one value; None where they said nothing."""
        fields = self._declared.fields.get(address) if self._declared else None
        return fields.get(path) if fields else None

    def assumed(
        self, address: Address, empty: Mapping[str, FieldValue], shown: Fields
    ) -> tuple[Fields, Words]:
        """`shown` with the fields of `empty` as the files said them, else as they stand there."""
        said = self._declared.fields.get(address) if self._declared else None
        fields = _fields(said) if said else {}
        assumed = {name: fields.get(name, value) for name, value in empty.items()}
        return {**shown, **assumed}, {name: self._word(address, name) for name in assumed}

    def _word(self, address: Address, name: str) -> Attestation:
        source = self._declared.source if self._declared else ""
        return Attestation(address, name, None, source, NEVER, BASE)


def with_word(item: FieldChange, words: Words) -> FieldChange:
    """The change, with the word that its `before` stands on; none where the tenant shows it."""
    word = words.get(item.path) or words.get(kinds.split_path(item.path)[0])
    return replace(item, word=word) if word else item


def _fields(said: Mapping[str, Value]) -> dict[str, FieldValue]:
    """Flat paths as fields; a collection that was stated empty stands by its name."""
    empty = kinds.empty(kinds.split_path(path)[0] for path in said)
    return kinds.with_values(empty, {p: v for p, v in said.items() if p not in empty})


def _single(words: Words, shown: Fields) -> dict[str, Value]:
    """Words on members of collections that are not known as a whole."""
    return {
        path: word.value
        for path, word in words.items()
        if kinds.split_path(path)[1] is not None and kinds.split_path(path)[0] not in shown
    }
