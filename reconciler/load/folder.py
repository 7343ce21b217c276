"""Read a folder into documents and report every problem of every file."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from yaml.error import YAMLError
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner

from reconciler import collector
from reconciler.diagnostics import Diagnostic
from reconciler.load import builder, files, mistakes, wording
from reconciler.load.document import Document

try:
    from yaml.cyaml import CBaseLoader

    _FAST: Any = CBaseLoader
except ImportError:  # PyYAML was built without libyaml: the pure parser does the same, slower
    _FAST = None

_RETOLD: Final = 256 * 1024
"""Up to this size the pure parser has the last word on a file that libyaml refuses."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The documents that could be read, and diagnostics of the rest; `files` counts all."""

    documents: tuple[Document, ...]
    diagnostics: tuple[Diagnostic, ...]
    files: int

    @property
    def whole(self) -> bool:
        """Whether every file was read: without one, references to its content would dangle."""
        return len(self.documents) == self.files


def relative(folder: Path, root: Path) -> str | None:
    """Where a folder is below another one, links followed; None where it is not there."""
    try:
        place, top = (root / folder).resolve(strict=True), root.resolve(strict=True)
    except (OSError, RuntimeError, ValueError):  # not there, a loop of links, no name of a file
        return None
    is_there = place.is_dir() and place.is_relative_to(top)
    return place.relative_to(top).as_posix() if is_there else None


def documents(folder: Path) -> Loaded:
    """Read every YAML file below a folder. Raises `SetupError` where there is none."""
    return parsed(files.texts(folder))


def parsed(texts: Iterable[tuple[str, str | Diagnostic]]) -> Loaded:
    """Parses named texts; a text that was refused already stays a diagnostic."""
    documents_read: list[Document] = []
    diagnostics: list[Diagnostic] = []
    count = 0
    with collector.paused():
        for name, text in texts:
            count += 1
            document, problems = (
                (None, [text]) if isinstance(text, Diagnostic) else parse_text(name, text)
            )
            diagnostics.extend(problems)
            if document:
                documents_read.append(document)
    return Loaded(tuple(documents_read), tuple(diagnostics), count)


def parse_text(name: str, text: str) -> tuple[Document | None, list[Diagnostic]]:
    """Parses one text with libyaml where there is one."""
    if conflicts := mistakes.conflict_markers(name, text):
        return None, conflicts
    try:
        return _built(name, (_FAST or PureParser)(text).get_event)
    except YAMLError as error:
        if len(text) > _RETOLD:
            return None, [mistakes.missing_dash(text, wording.syntax(error, name))]
    return pure(name, text)


def pure(name: str, text: str) -> tuple[Document | None, list[Diagnostic]]:
    """Parses one text without libyaml: the same values, the same words."""
    try:
        return _built(name, PureParser(text).get_event)
    except YAMLError as error:
        return None, [mistakes.missing_dash(text, wording.syntax(error, name))]


def _built(name: str, events: builder.Events) -> tuple[Document | None, list[Diagnostic]]:
    """Build a document; a refusal is its only diagnostic."""
    try:
        return builder.document(name, events)
    except builder.RefusedError as refused:
        return None, [refused.diagnostic]


class PureParser(Reader, Scanner, Parser):
    """PyYAML's own three layers, without the ones that guess types."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)

    def get_event(self) -> Any:
        """Return the next event of the parser."""
        return Parser.get_event(self)  # type: ignore[no-untyped-call]  # untyped in the stubs
