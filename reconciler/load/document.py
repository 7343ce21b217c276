"""One parsed file: plain mappings, lists and texts, with the position of every member.

A member is one key with its value, or one entry of a list; a key and its value share the place of
the key. Places are packed into one array in the order of the file and are only looked up when a
place is shown, so that a hundred thousand agents cost eight bytes a value and no objects.
"""

from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import cast

from reconciler.diagnostics import Position

Path = tuple[str | int, ...]
Content = str | int | bool | dict[str, "Content"] | list["Content"] | None

MANY = 32
"""Members of a value, at any depth, from which on their places are worth keeping."""
_BITS = 24
_MASK = (1 << _BITS) - 1
"""Of a line, and of a column: a file has at most 16 MB. The 16 bits above name a file."""


def packed(line: int, column: int, file: int = 0) -> int:
    """Line and column as they come from the parser: counted from zero."""
    return (file << _BITS | line) << _BITS | column


def file_of(mark: int) -> int:
    """The number of the file that a mark is in: 0 is the document's own."""
    return mark >> 2 * _BITS


def place(file: str, mark: int) -> Position:
    """Convert a packed place to a position, counted from 1."""
    return Position(file, (mark >> _BITS & _MASK) + 1, (mark & _MASK) + 1)


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """A file below the folder. `file` is relative to the folder, `content` its top-level mapping.

    `marks` has one packed place a member, in the order of the file. `nulls` are the paths that hold
    a plain `null` or `~`: whether that means "clear it" or is a text, the schema decides. `others`
    are further files, of which single values come.
    """

    file: str
    content: dict[str, Content]
    marks: "array[int]"
    nulls: tuple[Path, ...] = ()
    others: tuple[str, ...] = ()
    offsets: dict[int, dict[str | int, int]] = field(default_factory=dict, repr=False)
    """By the identity of a mapping or list with many members below it, how far behind its own mark
    the mark of each member is: a place is asked for once for each finding.
    """

    def at(self, *path: str | int) -> Position:
        """The place of a member, or of the nearest known one around it."""
        if not self.marks:
            return self.start()
        mark = self.marks[self._mark(path)]
        return place((self.file, *self.others)[file_of(mark)], mark)

    def start(self) -> Position:
        """Return the first position of the file."""
        return Position(self.file, 1, 1)

    def _mark(self, path: Path) -> int:
        if not path:
            return 0
        mark, value = -1, cast(Content, self.content)
        for step in path:
            offset = self._offset(value, step)
            if offset is None:
                break
            mark += offset
            value = value[step]  # type: ignore[index]  # it has this member
        return max(mark, 0)

    def _offset(self, value: Content, step: str | int) -> int | None:
        """How far behind the mark of a value that of a member is; None where it has none."""
        known = self.offsets.get(id(value))
        if known is not None:
            return known.get(step)
        known, offset = {}, 1
        for key, member in members(value):
            if key == step and offset <= MANY:
                return offset
            known[key] = offset
            offset += 1 if type(member) is str else 1 + size(member)
        if offset > MANY:
            self.offsets[id(value)] = known
        return known.get(step)


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """The origin of one resource: its entry in a document."""

    document: Document
    path: Path

    def at(self, *path: str | int) -> Position:
        """Return the position of a member below this place."""
        return self.document.at(*self.path, *path)


def members(value: Content) -> Iterator[tuple[str | int, Content]]:
    """Yield keys and values of a mapping, or numbers and values of a list."""
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        yield from enumerate(value)


def size(value: Content) -> int:
    """How many members are below a value."""
    if isinstance(value, dict):
        return len(value) + sum(map(size, value.values()))
    if isinstance(value, list):
        return len(value) + sum(map(size, value))
    return 0


def document_of_entries(
    file: str, key: str, entries: Iterable[tuple[dict[str, Content], Mapping[str, Position]]]
) -> Document:
    """Make a document of entries that stand in no YAML file, such as the rows of a table.

    `key` is the kind, a list. Each entry comes with the positions of its keys; "" is the position
    of the entry itself, and of every key without one of its own.
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
    """Pack a position."""
    return packed(place.line - 1, place.column - 1)
