"""The files of a folder: which ones, their text, and what is refused before any parser sees it.

Everything on which libyaml and the pure parser disagree (tabs, directives, odd line breaks) is
refused here, so that a file means the same with either of them.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import Final

from reconciler.diagnostics import Diagnostic, Position
from reconciler.errors import SetupError
from reconciler.load import wording

_SUFFIXES: Final = {".yaml", ".yml"}
_INVISIBLE: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]"
)
_TAB: Final = re.compile(r"^(?:[^#\t\n]|(?<=[^\s])#)*\t", re.MULTILINE)
_DIRECTIVE: Final = re.compile(r"^%", re.MULTILINE)


def below(folder: Path) -> list[Path]:
    """The YAML files below a folder in a fixed order, hidden ones left out."""
    if not folder.is_dir():
        what = "is a file, not a folder" if folder.exists() else "does not exist"
        raise SetupError(
            f"the folder {folder} {what}",
            hint="name the folder that holds the YAML files",
        )
    found = sorted(_walk(folder), key=lambda path: path.relative_to(folder).as_posix())
    if not found:
        raise SetupError(
            f"there is no *.yaml file in {folder}", hint="name the folder that holds them"
        )
    return found


def texts(
    folder: Path, *, holding: re.Pattern[bytes] | None = None
) -> Iterator[tuple[str, str | Diagnostic]]:
    """Every file by its name below the folder, with its text or why that is not read.

    `holding` leaves files out in which it is not found, before they are looked at any closer.
    """
    for path in below(folder):
        name = path.relative_to(folder).as_posix()
        content = read(path, name)
        if isinstance(content, Diagnostic):
            yield name, content
        elif holding is None or holding.search(content):
            yield name, text(content, name)


def is_read(name: PurePath) -> bool:
    """Whether a file is one of ours, by its name below the folder."""
    return name.suffix in _SUFFIXES and not any(part.startswith(".") for part in name.parts)


def read(path: Path, file: str) -> bytes | Diagnostic:
    """The content of one file, or why it is not read."""
    try:
        if path.stat().st_size > wording.LARGEST:
            return wording.diagnostic(wording.TOO_LARGE, Position(file, 1, 1))
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or "it cannot be read"
        return wording.diagnostic(wording.unreadable(reason), Position(file, 1, 1))


def text(content: bytes, file: str) -> str | Diagnostic:
    """Bytes to text that both parsers read alike, or why not."""
    if len(content) > wording.LARGEST:
        return wording.diagnostic(wording.TOO_LARGE, Position(file, 1, 1))
    try:
        decoded = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8-sig", "replace")
        return wording.diagnostic(wording.NOT_UTF_8, _position(file, before, len(before)))
    return _refused(decoded, file) or decoded


def _walk(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            path = Path(parent, name)
            if is_read(path.relative_to(folder)) and path.is_file():
                yield path


def _refused(content: str, file: str) -> Diagnostic | None:
    if found := _INVISIBLE.search(content):
        said = wording.control_character(found.group())
        return wording.diagnostic(said, _position(file, content, found.start()))
    if "\t" in content and (found := _TAB.search(content)):
        return wording.diagnostic(wording.TAB, _position(file, content, found.end() - 1))
    if "%" in content and (found := _DIRECTIVE.search(content)):
        return wording.diagnostic(wording.DIRECTIVE, _position(file, content, found.start()))
    return None


def _position(file: str, content: str, offset: int) -> Position:
    before = content[:offset].replace("\r\n", "\n").replace("\r", "\n")
    return Position(file, before.count("\n") + 1, len(before) - before.rfind("\n"))
