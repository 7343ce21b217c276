"""Walk a folder for YAML files.

A path that cannot be opened is an entry with the reason and is never left out: agents declared
there would otherwise look undeclared.
"""

import errno
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Final

from reconciler import regular_files

_SUFFIXES: Final = {".yaml", ".yml"}

LOOP: Final = "it is a link that leads back to itself"
DANGLING: Final = "it is a link to something that is not there"
OUTSIDE: Final = "it is a link to a place outside of this folder"
ODD_NAME: Final = "its name is not UTF-8"
FOLDER: Final = "it is a folder with the name of a file"


def is_read(name: PurePath) -> bool:
    """Whether a file is one of ours, by its name below the folder."""
    return has_suffix(name.name) and not any(part.startswith(".") for part in name.parts)


def has_suffix(name: str) -> bool:
    """Tell whether a name is one of a YAML file."""
    return PurePath(name).suffix in _SUFFIXES


def printable(name: str) -> str:
    """A name that is not UTF-8 with its odd bytes as `\\xff`."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def walk(root: Path) -> list[tuple[str, Path | str]]:
    """Path by name below `root`, or why there is none, sorted by name. `root` is resolved."""
    result = _Walk(root)
    result.run()
    own = set(result.files.values())
    links: dict[Path, str] = {}
    for name, target in sorted(result.links.items()):
        if target not in own:
            links.setdefault(target, name)
    entries: dict[str, Path | str] = {**result.files, **result.problems}
    return sorted([*entries.items(), *((name, target) for target, name in links.items())])


@dataclass(frozen=True, slots=True)
class _Folder:
    """A folder to look into. `through` are the real folders of the links that led here."""

    place: Path
    name: PurePath
    through: tuple[Path, ...] = ()


@dataclass(slots=True)
class _Walk:
    """By name below the root: plain files, what links lead to, and what cannot be read."""

    root: Path
    files: dict[str, Path] = field(default_factory=dict)
    links: dict[str, Path] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    pending: list[_Folder] = field(default_factory=list)
    linked: set[Path] = field(default_factory=set)

    def run(self) -> None:
        """Visit every folder below the root."""
        self.pending = [_Folder(self.root, PurePath())]
        while self.pending:
            folder = self.pending.pop()
            try:
                entries = list(os.scandir(folder.place))
            except (OSError, ValueError) as error:
                self._refuse(folder.name, regular_files.reason(error))
                continue
            for entry in entries:
                if not entry.name.startswith("."):
                    self._entry(entry, folder)

    def _entry(self, entry: os.DirEntry[str], folder: _Folder) -> None:
        """Visit an entry of a folder, following it where it is a link."""
        name, path = folder.name / entry.name, Path(entry.path)
        try:
            status = entry.stat(follow_symlinks=False)
            if stat.S_ISLNK(status.st_mode):
                self._link(path, name, folder)
            else:
                through = (*folder.through, path) if folder.through else ()
                self._visit(path, status.st_mode, name, through)
        except (OSError, ValueError) as error:
            self._refuse(name, regular_files.reason(error))

    def _visit(self, path: Path, mode: int, name: PurePath, through: tuple[Path, ...]) -> None:
        """Collect a file of ours, or queue a folder; anything else of our suffix is a problem."""
        is_ours, is_folder = has_suffix(name.name), stat.S_ISDIR(mode)
        if not (is_ours or is_folder):
            return
        if printable(name.name) != name.name:
            self._refuse(name, ODD_NAME)
        elif is_folder and is_ours:
            self._refuse(name, FOLDER)
        elif is_folder:
            self.pending.append(_Folder(path, name, through))
        elif wrong := regular_files.kind(mode):
            self._refuse(name, wrong)
        else:
            (self.links if through else self.files)[name.as_posix()] = path

    def _link(self, path: Path, name: PurePath, folder: _Folder) -> None:
        """Follow a link that stays inside the root and does not lead back to a folder above it."""
        target, wrong = _followed(path)
        if wrong:
            self._refuse(name, wrong)
            return
        mode = target.stat().st_mode
        is_folder = stat.S_ISDIR(mode)
        is_inside = target == self.root or self.root in target.parents
        if not is_inside and (is_folder or has_suffix(name.name)):
            self._refuse(name, OUTSIDE)
        elif target in (folder.place, *folder.place.parents, *folder.through):
            self._refuse(name, LOOP)
        elif not (is_folder and target in self.linked):
            self.linked.add(target)
            self._visit(target, mode, name, (*folder.through, target))

    def _refuse(self, name: PurePath, reason: str) -> None:
        """Note why an entry cannot be read."""
        self.problems[printable(name.as_posix())] = reason


def _followed(path: Path) -> tuple[Path, str]:
    """What a link leads to, or why it cannot be followed."""
    try:
        return path.resolve(strict=True), ""
    except FileNotFoundError:
        return path, DANGLING
    except RuntimeError:  # Python before 3.13
        return path, LOOP
    except OSError as error:
        return path, LOOP if error.errno == errno.ELOOP else regular_files.reason(error)
