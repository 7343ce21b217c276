"""What git knows: which commit the files are of, and what they were at another revision.

git itself is asked. Nothing of a revision is checked out, and no hook or filter of it runs.
"""

import subprocess
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Final

from reconciler.diagnostics import Diagnostic
from reconciler.errors import SetupError
from reconciler.load import files, folder
from reconciler.load.folder import Loaded
from reconciler.model import ConfigRef

_SECONDS: Final = 60


def config_ref(place: Path) -> ConfigRef:
    """Commit and whether the folder was edited since; no commit outside git. Never fails."""
    try:
        commit = _git(place, "rev-parse", "--verify", "HEAD^{commit}").decode().strip()
        edited = _git(place, "status", "--porcelain", "--", ".")
    except (SetupError, UnicodeDecodeError):
        return ConfigRef(None, False, 0, "")
    return ConfigRef(commit, bool(edited.strip()), 0, "")


def at_revision(place: Path, ref: str) -> Loaded:
    """The files of a folder as they were. Raises `SetupError` where git does not know them."""
    if not ref or ref.startswith("-") or any(character in ref for character in "\0\n:"):
        raise SetupError(f"{ref!r} is not a revision", hint="name a commit, a branch or a tag")
    commit = _git(
        place, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}"
    )
    names = _names(place, commit.decode().strip())
    if not names:
        raise SetupError(
            f"there is no *.yaml file in {place} at {ref}", hint="name another revision"
        )
    return folder.parsed(_texts(place, names))


def committed_at(place: Path, ref: str) -> datetime:
    """When a revision was made, by its committer's clock. Raises `SetupError`."""
    wanted = ("--no-patch", "--format=%cI", "--end-of-options", f"{ref}^{{commit}}")
    shown = _git(place, "show", *wanted)
    return datetime.fromisoformat(shown.decode().strip())


def _names(place: Path, commit: str) -> dict[str, str]:
    """The YAML files of the folder at a commit, by name, with the id of their content."""
    listing = _git(place, "ls-tree", "-r", "-z", commit).decode("utf-8", "replace")
    found = {}
    for line in listing.split("\0"):
        facts, _, name = line.partition("\t")
        if facts.startswith("100") and files.is_read(PurePosixPath(name)):
            found[name] = facts.split()[2]
    return dict(sorted(found.items()))


def _texts(place: Path, names: Mapping[str, str]) -> Iterator[tuple[str, str | Diagnostic]]:
    """Name and text of each file, from one git process."""
    rest = _git(place, "cat-file", "--batch", given="\n".join(names.values()))
    for name in names:
        header, _, rest = rest.partition(b"\n")
        size = int(header.split()[2])
        yield name, files.text(rest[:size], name)
        rest = rest[size + 1 :]


def _git(place: Path, *arguments: str, given: str = "") -> bytes:
    command = ["git", "-C", str(place), "--no-optional-locks", "-c", "core.fsmonitor=false"]
    try:
        run = subprocess.run(
            [*command, *arguments], input=given.encode(), capture_output=True, timeout=_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SetupError("git did not answer", hint="install git, or leave --base out") from error
    if run.returncode:
        said = run.stderr.decode("utf-8", "replace").strip().splitlines()
        raise SetupError(
            f"git does not know that: {said[0] if said else arguments[-1]}",
            hint="name a commit, a branch or a tag of the repository that holds the folder",
        )
    return run.stdout
