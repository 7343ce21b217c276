"""Which paths an assistant may have read: what the command line named, and what lies below it."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from reconciler import regular_files
from reconciler.errors import SetupError

MOST_ENTRIES: Final = 20_000
"""Files and folders below one folder; more are no desired state of a person's making."""
MOST_BYTES: Final = 64 * 1024 * 1024
"""Bytes of YAML below one folder."""


class OutsideError(SetupError):
    """A path that the command line did not name."""


@dataclass(frozen=True, slots=True)
class Folders:
    """The named folders and files, resolved when the server was started, by their names."""

    roots: tuple[tuple[str, Path], ...]
    base: Path

    @classmethod
    def named(cls, paths: Sequence[Path], base: Path) -> "Folders":
        """Resolve the paths of the command line. Raises `SetupError` for one that is not there."""
        roots = []
        for path in paths:
            try:
                roots.append((str(path), (base / path).resolve(strict=True)))
            except (OSError, RuntimeError, ValueError) as error:
                raise SetupError(f"{path} cannot be read: {_reason(error)}") from error
        return cls(tuple(roots), base.resolve())

    @property
    def names(self) -> str:
        return ", ".join(name for name, _root in self.roots)

    def folder(self, text: str) -> Path:
        """Return a folder of a moderate size. Raises `OutsideError`, `SetupError`."""
        place = self._place(text, text or self._default())
        if not place.is_dir():
            raise SetupError(f"{text or self.names} is not a folder", hint=f"name {self.names}")
        _expect_moderate(place, text or self.names)
        return self._relative(place)

    def file(self, text: str) -> Path:
        """Return a file. Raises `OutsideError`, `SetupError`."""
        return self._relative(self._place(text, text))

    def _default(self) -> str:
        folders = [name for name, root in self.roots if root.is_dir()]
        if len(folders) != 1:
            raise SetupError("which folder is not clear", hint=f"name one of: {self.names}")
        return folders[0]

    def _place(self, text: str, name: str) -> Path:
        """Return a path without links, which lies where the command line allows."""
        outside = OutsideError(
            f"{text!r} is not below what this server was started for",
            hint=f"name a path in: {self.names}",
        )
        path = Path(name)
        if not name or ".." in path.parts:
            raise outside
        try:
            place = (self.base / path).resolve(strict=True)
        except FileNotFoundError:
            if not self._holds((self.base / path).resolve()):
                raise outside from None
            raise SetupError(f"{name} does not exist", hint=f"name {self.names}") from None
        except (OSError, RuntimeError, ValueError) as error:
            raise SetupError(f"{text!r} cannot be read: {_reason(error)}") from error
        if not self._holds(place):
            raise outside
        return place

    def _holds(self, place: Path) -> bool:
        return any(place == root or root in place.parents for _name, root in self.roots)

    def _relative(self, place: Path) -> Path:
        """Return the path as messages should show it."""
        return place.relative_to(self.base) if self.base in place.parents else place


def _expect_moderate(place: Path, shown: str) -> None:
    """Raise `SetupError` for a folder that is too large to answer about."""
    entries = size = 0
    pending = [place]
    while pending:
        try:
            listing = os.scandir(pending.pop())
        except OSError:  # the loader reports it, with its name
            continue
        with listing:
            for entry in listing:
                entries += 1
                if entry.is_dir(follow_symlinks=False):
                    pending.append(Path(entry.path))
                elif entry.name.endswith((".yaml", ".yml")):
                    size += entry.stat(follow_symlinks=False).st_size
                if entries > MOST_ENTRIES or size > MOST_BYTES:
                    raise SetupError(
                        f"{shown} is too large for this server: more than {MOST_ENTRIES} files and"
                        f" folders, or {regular_files.size_in_words(MOST_BYTES)} of YAML",
                        hint="run the command itself, or start the server for a smaller folder",
                    )


def _reason(error: OSError | RuntimeError | ValueError) -> str:
    return "a link leads back to itself" if isinstance(error, RuntimeError) else _of(error)


def _of(error: OSError | ValueError) -> str:
    return regular_files.reason(error)
