"""Build plain content with positions from parser events; every scalar stays a text.

PyYAML's constructors are not used: they would read `0400` as 256 and `no` as false, keep the last
of two equal keys without a word, and take three times as long. What a parser accepts and we do not
(`<<`, tags, a second document, a key with nothing behind it) becomes a diagnostic and is left out
of the content together with its mark, so that the rest of the file is still read and judged.
"""

import re
from array import array
from collections.abc import Callable
from itertools import accumulate
from sys import intern
from typing import Any, Final

from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
)

from reconciler.diagnostics import Diagnostic, Position
from reconciler.load import wording
from reconciler.load.document import Content, Document, Path, members, packed, place, size

DEEPEST: Final = 32
ALIASED: Final = 100_000
"""How many values the aliases of one file may stand for."""

REPEATED: Final = 50
"""How many repeated keys of one file are told; each is a search through its mapping."""

_NOTHING: Final = frozenset({"", "~", "null", "Null", "NULL"})

_HALF: Final = re.compile("[\ud800-\udfff]")
_MERGE: Final = "<<"

Events = Callable[[], Any]
_Anchor = tuple[Any, "array[int]", tuple[Path, ...]]


class RefusedError(Exception):
    """Raised where the rest of a file cannot be read. It never leaves `load`."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.summary)
        self.diagnostic = diagnostic


class _Absent:
    """Placeholder for a value that was left out."""


_ABSENT = _Absent()


def document(file: str, events: Events) -> tuple[Document | None, list[Diagnostic]]:
    """Build a document from the events of one file.

    Raises `RefusedError`, and what the parser raises.
    """
    return _Builder(file, events).document()


class _Builder:
    """The state of one file under construction; its methods call each other as YAML nests."""

    def __init__(self, file: str, events: Events) -> None:
        self.file = file
        self.events = events
        self.marks: array[int] = array("Q")
        self.nulls: list[tuple[int, Path]] = []
        self.path: list[str | int] = []
        self.anchors: dict[str, _Anchor] = {}
        self.aliased = self.repeated = 0
        self.found: list[Diagnostic] = []
        self.texts: dict[str, str] = {}

    def document(self) -> tuple[Document | None, list[Diagnostic]]:
        """Build the one document of the file, with the diagnostics found on the way."""
        self.events()
        event = self.events()
        if type(event) is StreamEndEvent:
            self.report(wording.EMPTY_FILE, 0)
            return None, self.found
        top = self.events()
        content: Content | _Absent = _ABSENT
        if type(top) is MappingStartEvent:
            content = self.node(top)
            self.events()
            self.end()
        else:
            message = wording.top_level(top)
            self.report(message, 0 if message is wording.EMPTY_FILE else _packed(top))
        if not isinstance(content, dict):
            return None, self.found
        nulls = tuple(path for _, path in self.nulls)
        return Document(self.file, content, self.marks, nulls), self.found

    def end(self) -> None:
        """Report a second document in the same file."""
        event = self.events()
        if type(event) is DocumentStartEvent:
            self.report(wording.SECOND_DOCUMENT, _packed(event))

    def mapping(self) -> dict[str, Content]:
        """Build a mapping after its start event, up to its end event."""
        events, marks, texts = self.events, self.marks, self.texts
        content: dict[str, Content] = {}
        value: Any
        start = len(marks)
        while True:
            event = events()
            if type(event) is MappingEndEvent:
                return content
            key = self.key(event)
            mark = event.start_mark
            number = len(marks)
            marks.append(mark.line << 24 | mark.column)
            event = events()
            if type(event) is ScalarEvent and event.implicit[0] and event.value not in _NOTHING:
                value = texts.setdefault(event.value, event.value)
            else:
                value = self.member(key, event)
            if value is _ABSENT or key in content or key == _MERGE:
                self.drop(number, key, content, start)
            else:
                content[key] = value

    def sequence(self) -> list[Content]:
        """Build a list after its start event, up to its end event."""
        events, marks, texts = self.events, self.marks, self.texts
        content: list[Content] = []
        value: Any
        while True:
            event = events()
            if type(event) is SequenceEndEvent:
                return content
            mark = event.start_mark
            number = len(marks)
            marks.append(mark.line << 24 | mark.column)
            if type(event) is ScalarEvent and event.implicit[0] and event.value not in _NOTHING:
                value = texts.setdefault(event.value, event.value)
            else:
                value = self.member(len(content), event)
            if value is _ABSENT:
                self.forget(number)
            else:
                content.append(value)

    def member(self, step: str | int, event: Any) -> Any:
        """A value that is not just a plain text."""
        self.path.append(step)
        if type(event) is ScalarEvent:
            value = self.scalar(event)
        elif type(event) is AliasEvent:
            value = self.alias(event)
        else:
            value = self.node(event)
        self.path.pop()
        return value

    def scalar(self, event: Any) -> Any:
        """Return the text of a scalar, None for a null, `_ABSENT` for a key without a value."""
        value: Any = self.texts.setdefault(event.value, event.value)
        self.look_at(event)
        if event.tag is not None:
            self.report(wording.tag(event.tag), _packed(event))
        elif event.implicit[0] and value in _NOTHING:
            if value == "":
                self.report(wording.nothing(self.path), self.marks[-1])
                return _ABSENT
            self.nulls.append((len(self.marks) - 1, tuple(self.path)))
        if event.anchor is not None:
            null = event.implicit[0] and value in _NOTHING
            self.anchors[event.anchor] = (value, array("Q"), ((),) if null else ())
        return value

    def node(self, event: Any) -> Any:
        """Build a mapping or a list, and keep it where it has an anchor."""
        if event.tag is not None:
            self.report(wording.tag(event.tag), _packed(event))
        if len(self.path) >= DEEPEST:
            raise self.refused(wording.TOO_DEEP, event)
        number = len(self.marks)
        if event.anchor is not None:
            self.anchors[event.anchor] = (_ABSENT, array("Q"), ())
        value: Any = self.mapping() if type(event) is MappingStartEvent else self.sequence()
        if event.anchor is not None:
            depth = len(self.path)
            nulls = tuple(path[depth:] for mark, path in self.nulls if mark >= number)
            self.anchors[event.anchor] = (value, self.marks[number:], nulls)
        return value

    def key(self, event: Any) -> str:
        """Return the text of a key; a key of another shape is refused."""
        if type(event) is not ScalarEvent:
            raise self.refused(wording.ODD_KEY, event)
        if event.tag is not None:
            self.report(wording.tag(event.tag), _packed(event))
        if event.anchor is not None:
            raise self.refused(wording.ODD_KEY, event)
        if event.value == _MERGE:
            self.report(wording.MERGE_KEY, _packed(event))
        self.look_at(event)
        return intern(event.value)

    def look_at(self, event: Any) -> None:
        """Refuse a lone surrogate written as an escape: it cannot be encoded or sent."""
        if not event.value.isascii() and (half := _HALF.search(event.value)):
            raise self.refused(wording.control_character(half.group()), event)

    def alias(self, event: Any) -> Any:
        """A copy of what the anchor stands for, so that no two places share one value."""
        value, marks, nulls = self.anchors.get(event.anchor, (None, None, ()))
        if marks is None or value is _ABSENT:
            self.report(wording.alias(event.anchor, known=marks is not None), _packed(event))
            return _ABSENT
        self.aliased += 1 + len(marks)
        if self.aliased > ALIASED:
            raise self.refused(wording.ALIAS_BOMB, event)
        here, mark = tuple(self.path), len(self.marks) - 1
        self.nulls.extend((mark, here + path) for path in nulls)
        self.marks.extend(marks)
        return _copy(value)

    def drop(self, number: int, key: str, content: dict[str, Content], start: int) -> None:
        """Leave a member out that says nothing or repeats a key of its mapping."""
        if key in content and key != _MERGE:
            marks = zip(content, _starts(content, start), strict=True)
            first = next(mark for known, mark in marks if known == key)
            self.repeated += 1
            if self.repeated > REPEATED:
                raise RefusedError(wording.diagnostic(wording.REPEATED, self.place(number)))
            text = wording.duplicate(key, place(self.file, self.marks[first]))
            if self.path and isinstance(self.path[-1], int):
                text = text._replace(hint=wording.DASH_HINT)
            self.report(text, self.marks[number])
        self.forget(number)

    def forget(self, number: int) -> None:
        """Takes back everything that was noted since a member began."""
        del self.marks[number:]
        while self.nulls and self.nulls[-1][0] >= number:
            self.nulls.pop()

    def place(self, number: int) -> Position:
        """Return the position of a node by its number."""
        return place(self.file, self.marks[number])

    def report(self, text: wording.Wording, mark: int) -> None:
        """Add a diagnostic and go on."""
        self.found.append(wording.diagnostic(text, place(self.file, mark)))

    def refused(self, text: wording.Wording, event: Any) -> RefusedError:
        """Return the error that ends the reading of this file."""
        return RefusedError(wording.diagnostic(text, place(self.file, _packed(event))))


def _packed(event: Any) -> int:
    """Return the place of an event as one number."""
    return packed(event.start_mark.line, event.start_mark.column)


def _starts(value: Content, start: int) -> list[int]:
    """The mark of each member of a value whose first member has the mark `start`."""
    sizes = [1 + size(member) for _, member in members(value)]
    return list(accumulate(sizes, initial=start))[: len(sizes)]


def _copy(value: Any) -> Any:
    """Copy mappings and lists, so that an alias does not share its value."""
    if isinstance(value, dict):
        return {key: _copy(member) for key, member in value.items()}
    return [_copy(member) for member in value] if isinstance(value, list) else value
