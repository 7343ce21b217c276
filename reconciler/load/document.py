"""One parsed file: plain mappings, lists and texts, and the place of every member of them.

A member is one key with its value, or one entry of a list; a key and its value share the place of
the key. Places are packed into one array in the order of the file and are only looked up when a
place is shown, so that a hundred thousand agents cost eight bytes a value and no objects.
"""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass

from reconciler.diagnostics import Position

Path = tuple[str | int, ...]
Content = str | int | bool | dict[str, "Content"] | list["Content"] | None

_LINE_BITS = 32
_COLUMN_MASK = (1 << _LINE_BITS) - 1


def packed(line: int, column: int) -> int:
    """Line and column as they come from the parser: counted from zero."""
    return line << _LINE_BITS | column


def place(file: str, mark: int) -> Position:
    return Position(file, (mark >> _LINE_BITS) + 1, (mark & _COLUMN_MASK) + 1)


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """A file below the folder. `file` is relative to the folder, `content` its top-level mapping.

    `marks` has one packed place a member, in the order of the file; `entries` says which of them
    begin the members of the second level (one agent, one queue). `nulls` are the paths that hold a
    plain `null` or `~`: whether that means "clear it" or is a text, the schema decides.
    """

    file: str
    content: dict[str, Content]
    marks: "array[int]"
    entries: "array[int]"
    nulls: tuple[Path, ...] = ()

    def at(self, *path: str | int) -> Position:
        """The place of a member, or of the nearest known one around it."""
        return place(self.file, self.marks[self._mark(path)]) if self.marks else self.start()

    def start(self) -> Position:
        return Position(self.file, 1, 1)

    def _mark(self, path: Path) -> int:
        if not path:
            return 0
        mark, entry = 0, 0
        for key, value in self.content.items():
            if key == path[0]:
                return self._below(path[1:], value, mark, entry)
            mark += 1 + size(value)
            entry += len(value) if isinstance(value, dict | list) else 0
        return 0

    def _below(self, path: Path, value: Content, mark: int, entry: int) -> int:
        number = _number(value, path[0]) if path else None
        if number is None:
            return mark
        member = value[path[0]]  # type: ignore[index]  # _number has looked it up
        return _descend(path[1:], member, self.entries[entry + number])


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """The origin of one resource: its entry in a document."""

    document: Document
    path: Path

    def at(self, *path: str | int) -> Position:
        return self.document.at(*self.path, *path)


def _descend(path: Path, value: Content, mark: int) -> int:
    """The mark of a path below a member whose own mark is `mark`."""
    for step in path:
        below = mark + 1
        for key, member in members(value):
            if key == step:
                mark, value = below, member
                break
            below += 1 if type(member) is str else 1 + size(member)
        else:
            return mark
    return mark


def members(value: Content) -> Iterator[tuple[str | int, Content]]:
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        yield from enumerate(value)


def _number(value: Content, step: str | int) -> int | None:
    """Which member of a mapping or list that is, counted from zero."""
    if isinstance(value, dict) and step in value:
        return next(number for number, key in enumerate(value) if key == step)
    if isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value):
        return step
    return None


def size(value: Content) -> int:
    """How many members are below a value."""
    if isinstance(value, dict):
        return len(value) + sum(map(size, value.values()))
    if isinstance(value, list):
        return len(value) + sum(map(size, value))
    return 0
