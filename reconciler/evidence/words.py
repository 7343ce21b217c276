"""Attestations by object and path: the newest word stands, an old one is no word.

A collection is known only as a whole: `licenses` itself (with no value) says that its members were
all recorded; members on their own say nothing of the others, and so make no field.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from reconciler import kinds
from reconciler.model import Address, Attestation, FieldValue

Words = Mapping[str, Attestation]


def newest(
    words: Iterable[Attestation], *, now: datetime, days: int
) -> dict[Address, dict[str, Attestation]]:
    """By address and path. A collection's mark, if it is newer, ends what was known of members."""
    found: dict[Address, dict[str, Attestation]] = {}
    for word in words:
        if now - word.at > timedelta(days=days):
            continue
        known = found.setdefault(word.address, {})
        if word.path not in known or known[word.path].at <= word.at:
            known[word.path] = word
    return {address: dict(_whole(known)) for address, known in found.items()}


def values(words: Words) -> dict[str, FieldValue]:
    """The fields that words tell of."""
    empty = kinds.empty(words)
    said = {
        path: word.value
        for path, word in words.items()
        if path not in empty and _is_told(kinds.split_path(path), words)
    }
    return kinds.with_values(empty, said)


def _is_told(path: tuple[str, str | None], words: Words) -> bool:
    name, member = path
    return member is None or name in words


def _whole(known: Words) -> Iterator[tuple[str, Attestation]]:
    """Without members that are older than the word on their whole."""
    for path, word in known.items():
        name, member = kinds.split_path(path)
        mark = known.get(name) if member is not None else None
        if mark is None or word.at >= mark.at:
            yield path, word
