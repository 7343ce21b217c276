"""List and read the files of a folder, and refuse unsafe text before it is parsed.

Everything on which libyaml and the pure parser disagree (tabs, directives, odd line breaks) is
refused here, so that a file means the same with either of them.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from reconciler import regular_files
from reconciler.diagnostics import Diagnostic, Position
from reconciler.errors import SetupError
from reconciler.load import tree, wording

UNREADABLE: Final = "file-unreadable"
"""The rule of what cannot be looked into."""
_INVISIBLE: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]"
)
_TAB: Final = re.compile(r"^(?:[^#\t\n]|(?<=[^\s])#)*\t", re.MULTILINE)
_DIRECTIVE: Final = re.compile(r"^%", re.MULTILINE)


def listing(folder: Path) -> list[tuple[str, Path | Diagnostic]]:
    """The YAML files below a folder by name, hidden ones left out, and what cannot be looked into.

    A link is followed where it leads to something inside the folder; a file that is reached by
    several links is listed once, by its own name where it has one that is read. Raises `SetupError`
    where there is no folder, or nothing in it.
    """
    try:
        root = folder.resolve(strict=True)
        is_folder = root.is_dir()
    except FileNotFoundError:
        raise _no_folder(folder, "does not exist") from None
    except (OSError, RuntimeError, ValueError) as error:
        raise _no_folder(folder, f"cannot be read: {_reason(error)}") from error
    if not is_folder:
        raise _no_folder(folder, "is a file, not a folder")
    paths = tree.walk(root)
    if not paths:
        raise SetupError(
            f"there is no *.yaml file in {folder}", hint="name the folder that holds them"
        )
    return [
        (name, unreadable(name, entry) if isinstance(entry, str) else entry)
        for name, entry in paths
    ]


def texts(
    folder: Path, *, holding: re.Pattern[bytes] | None = None
) -> Iterator[tuple[str, str | Diagnostic]]:
    """Every file by its name below the folder, with its text or why that is not read.

    `holding` leaves files out in which it is not found, before they are looked at any closer.
    """
    for name, path in listing(folder):
        content = path if isinstance(path, Diagnostic) else read(path, name)
        if isinstance(content, Diagnostic):
            yield name, content
        elif holding is None or holding.search(content):
            yield name, text(content, name)


def read(path: Path, file: str) -> bytes | Diagnostic:
    """The content of one file, or why it is not read."""
    try:
        if path.stat().st_size > wording.LARGEST:
            return wording.diagnostic(wording.TOO_LARGE, Position(file, 1, 1))
        return regular_files.content(path, largest=wording.LARGEST)
    except regular_files.UnreadableError as error:
        return unreadable(file, error.reason)
    except OSError as error:
        return unreadable(file, regular_files.reason(error))


def unreadable(file: str, reason: str) -> Diagnostic:
    """The diagnostic of what cannot be read."""
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


def _no_folder(folder: Path, what: str) -> SetupError:
    """Return the error for a folder that cannot be read."""
    return SetupError(
        f"the folder {folder} {what}", hint="name the folder that holds the YAML files"
    )


def _reason(error: OSError | RuntimeError | ValueError) -> str:
    """Older versions of Python report a loop of links as a `RuntimeError`."""
    if isinstance(error, RuntimeError):
        return tree.LOOP
    return regular_files.reason(error)


def _refused(content: str, file: str) -> Diagnostic | None:
    """Return a diagnostic for the first character that no file may hold, else None."""
    if match := _INVISIBLE.search(content):
        message = wording.control_character(match.group())
        return wording.diagnostic(message, _position(file, content, match.start()))
    if "\t" in content and (match := _TAB.search(content)):
        return wording.diagnostic(wording.TAB, _position(file, content, match.end() - 1))
    if "%" in content and (match := _DIRECTIVE.search(content)):
        return wording.diagnostic(wording.DIRECTIVE, _position(file, content, match.start()))
    return None


def _position(file: str, content: str, offset: int) -> Position:
    """Convert an offset in the text to a position; every line break counts as one."""
    before = content[:offset].replace("\r\n", "\n").replace("\r", "\n")
    return Position(file, before.count("\n") + 1, len(before) - before.rfind("\n"))
