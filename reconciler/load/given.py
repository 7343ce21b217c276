"""Entries that stand in no YAML yet, as a document: what is said of them names where they are."""

from array import array
from collections.abc import Iterable, Mapping

from reconciler.diagnostics import Position
from reconciler.load.document import Content, Document, packed, size


def given(
    file: str, key: str, entries: Iterable[tuple[dict[str, Content], Mapping[str, Position]]]
) -> Document:
    """A document with one kind that is a list. Each entry comes with the places of its keys; ""
    is the place of the entry, and of a key that has none.
    """
    listed: list[Content] = []
    marks = array("Q", [packed(0, 0)])
    for fields, places in entries:
        own = places[""]
        marks.append(_mark(own))
        for name, value in fields.items():
            marks.extend([_mark(places.get(name, own))] * (1 + size(value)))
        listed.append(fields)
    return Document(file, {key: listed}, marks)


def _mark(place: Position) -> int:
    return packed(place.line - 1, place.column - 1)
