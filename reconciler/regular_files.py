"""Open files that somebody named: regular files within a bound, and nothing else.

A named pipe, a device or a socket may block for ever or never end, so none is opened. Every file
that a command line, a variable or the YAML names is read through `content`.
"""

import os
import shutil
import stat
from pathlib import Path
from typing import Final

from reconciler.errors import SetupError

_KINDS: Final = (
    (stat.S_ISDIR, "it is a folder"),
    (stat.S_ISFIFO, "it is a pipe, not a file"),
    (stat.S_ISSOCK, "it is a socket, not a file"),
    (stat.S_ISCHR, "it is a device, not a file"),
    (stat.S_ISBLK, "it is a device, not a file"),
)
_FLAGS: Final = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
"""Not blocking: a pipe that takes the place of the file after the first look holds nobody up."""
_CHUNK: Final = 4 * 1024 * 1024


class UnreadableError(SetupError):
    """A file that was not read; `reason` is the phrase behind `cannot be read:`."""

    def __init__(self, shown: str, reason: str, *, hint: str = "") -> None:
        super().__init__(f"{shown} cannot be read: {reason}", hint=hint)
        self.reason = reason


def content(path: Path, *, largest: int, shown: str = "", hint: str = "") -> bytes:
    """The bytes of a regular file of at most `largest` bytes. Raises `UnreadableError`."""
    name = shown or str(path)
    try:
        _expect_regular(path.stat())
        descriptor = os.open(path, _FLAGS)
        try:
            return _bounded(descriptor, largest)
        finally:
            os.close(descriptor)
    except (OSError, ValueError) as error:
        raise UnreadableError(name, reason(error), hint=hint) from error


def text(path: Path, *, largest: int, shown: str = "", hint: str = "") -> str:
    """The same as UTF-8, a byte-order mark left out. Raises `UnreadableError`."""
    try:
        return content(path, largest=largest, shown=shown, hint=hint).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableError(shown or str(path), "it is not UTF-8", hint=hint) from error


def copy_folder(source: Path, target: Path) -> None:
    """Copy the regular files of a folder and of those below it; anything else is left out.

    Raises `SetupError`.
    """
    try:
        shutil.copytree(source, target, ignore=_not_regular, dirs_exist_ok=True)
    except OSError as error:
        raise SetupError(f"{source} cannot be copied: {reason(error)}") from error


def copy_file(source: Path, target: Path) -> None:
    """Write the content of a regular file to another place. Raises `OSError`."""
    _expect_regular(source.stat())
    shutil.copyfile(source, target)


def _not_regular(folder: str, names: list[str]) -> list[str]:
    paths = ((name, Path(folder, name)) for name in names)
    return [name for name, path in paths if not path.is_file() and not path.is_dir()]


def reason(error: OSError | ValueError) -> str:
    """Why a path cannot be used, in a few words."""
    if isinstance(error, OSError):
        return error.strerror or str(error) or type(error).__name__
    if isinstance(error, UnicodeError):
        return "its name cannot be written in this system's encoding"
    return "its name holds a NUL character" if "null" in str(error) else str(error)


def kind(mode: int) -> str:
    """What stands in the place of a regular file, as a phrase; "" for a regular file."""
    if stat.S_ISREG(mode):
        return ""
    return next((words for is_it, words in _KINDS if is_it(mode)), "it is not a regular file")


def size_in_words(size: int) -> str:
    mega = 1024 * 1024
    return f"{size // mega} MB" if size >= mega else f"{size} bytes"


def _expect_regular(status: os.stat_result) -> None:
    if wrong := kind(status.st_mode):
        raise OSError(0, wrong)


def _bounded(descriptor: int, largest: int) -> bytes:
    before = os.fstat(descriptor)
    _expect_regular(before)
    parts: list[bytes] = []
    size = before.st_size
    while size <= largest and (part := os.read(descriptor, _CHUNK)):
        parts.append(part)
        size = max(size, sum(map(len, parts)))
    if size > largest:
        raise OSError(0, f"it is larger than {size_in_words(largest)}")
    after = os.fstat(descriptor)
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise OSError(0, "it changed while it was read")
    return b"".join(parts)
