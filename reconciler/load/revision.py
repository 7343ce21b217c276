"""Ask git which commit the files are at, and read them as they were at a revision.

git itself is asked. Nothing of a revision is checked out, and no hook or filter of it runs.
"""

import posixpath
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Final

from reconciler.diagnostics import Diagnostic
from reconciler.errors import SetupError
from reconciler.load import files, folder, shared, tree
from reconciler.load.folder import Loaded
from reconciler.model import ConfigRef

_SECONDS: Final = 60

LINK: Final = "120000"
SUBMODULE: Final = "160000"
"""Modes of git-ls-tree(1)."""
IN_SUBMODULE: Final = "it is a submodule, whose files are in another repository"


@dataclass(frozen=True, slots=True)
class _Entry:
    """A file of a revision: the id of its content, or why there is none."""

    number: str = ""
    reason: str = ""


def config_ref(place: Path) -> ConfigRef:
    """Commit, and whether the folder or the shared files of its fleet were edited since.

    No commit outside git. Never fails.
    """
    try:
        commit = _git(place, "rev-parse", "--verify", "HEAD^{commit}").decode().strip()
        paths = [".", *map(str, shared.paths(place))]
        edited = _git(place, "--literal-pathspecs", "status", "--porcelain", "--", *paths)
    except (SetupError, UnicodeDecodeError):
        return ConfigRef(None, False, 0, "")
    return ConfigRef(commit, bool(edited.strip()), 0, "")


@dataclass(frozen=True, slots=True)
class Checkout:
    """The git repository whose root a folder is: its remote's address and its main branch."""

    remote: str = ""
    branch: str = ""


def checkout(place: Path) -> Checkout:
    """Return what git knows of a folder; empty texts where it is no root of one. Never fails."""
    try:
        top = Path(_line(place, "rev-parse", "--show-toplevel"))
        if top.resolve() != place.resolve():
            return Checkout()
    except (SetupError, UnicodeDecodeError, OSError):
        return Checkout()
    branch = ""
    for name in ("refs/remotes/origin/HEAD", "HEAD"):
        branch = branch or _answer(place, "symbolic-ref", "--short", name)
    return Checkout(_answer(place, "remote", "get-url", "origin"), branch.removeprefix("origin/"))


def _answer(place: Path, *arguments: str) -> str:
    try:
        return _line(place, *arguments)
    except (SetupError, UnicodeDecodeError):
        return ""


def _line(place: Path, *arguments: str) -> str:
    return _git(place, *arguments).decode().strip()


def at_revision(place: Path, ref: str) -> Loaded:
    """The files of a folder as they were, with the shared files of its fleet then.

    Raises `SetupError` where git does not know them.
    """
    commit = _commit(place, ref)
    entries = _entries(place, _listing(place, commit))
    if not entries:
        raise SetupError(
            f"there is no *.yaml file in {place} at {ref}", hint="name another revision"
        )
    own = folder.parsed(_texts(place, entries))
    fleet = fleet_above(place, commit)
    if fleet is None:
        return own

    def layer(shared_name: str) -> Loaded:
        return folder.parsed(
            (f"{fleet.prefix}/{name}", text)
            for name, text in fleet.texts.items()
            if name.startswith(f"{shared_name}/")
        )

    name = f"{fleet.prefix}/{shared.NAME}"
    return shared.layered(own, shared.parsed_file(name, fleet.texts[shared.NAME]), layer)


@dataclass(frozen=True, slots=True)
class FleetAbove:
    """The texts below the root of a fleet by name, and how a folder in it leads there."""

    prefix: str
    texts: Mapping[str, str | Diagnostic]


def fleet_above(place: Path, ref: str) -> FleetAbove | None:
    """The fleet whose `fleet.yaml` was in a folder above at a revision. Raises `SetupError`."""
    commit = _commit(place, ref)
    above = _git(place, "rev-parse", "--show-cdup").decode().strip().count("/")
    if not above:
        return None
    top = place.resolve().parents[above - 1]
    inside = PurePosixPath(place.resolve().relative_to(top).as_posix())
    names = [(parent / shared.NAME).as_posix() for parent in inside.parents]
    there = _git(top, "ls-tree", "-z", "--name-only", "--full-tree", commit, "--", *names)
    held = {*there.decode("utf-8", "surrogateescape").split("\0")}
    name = next((name for name in names if name in held), None)
    if name is None:
        return None
    root = PurePosixPath(name).parent
    prefix = posixpath.relpath(root.as_posix(), inside.as_posix())
    return FleetAbove(prefix, texts_at(top, commit, root.as_posix()))


def texts_at(place: Path, ref: str, below: str = ".") -> dict[str, str | Diagnostic]:
    """Every YAML file of a folder as it was, by its name below it, from two git processes."""
    commit = _commit(place, ref)
    listing = _listing(place, commit)
    if below != ".":
        start = f"{below}/"
        inside = {n: facts for n, facts in listing.items() if n.startswith(start)}
        listing = {name.removeprefix(start): facts for name, facts in inside.items()}
    return dict(_texts(place, _entries(place, listing)))


def _commit(place: Path, ref: str) -> str:
    if not ref or ref.startswith("-") or any(character in ref for character in "\0\n:"):
        raise SetupError(f"{ref!r} is not a revision", hint="name a commit, a branch or a tag")
    commit = _git(
        place, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}"
    )
    return commit.decode().strip()


def committed_at(place: Path, ref: str) -> datetime:
    """When a revision was made, by its committer's clock. Raises `SetupError`."""
    wanted = ("--no-patch", "--format=%cI", "--end-of-options", f"{ref}^{{commit}}")
    output = _git(place, "show", *wanted)
    return datetime.fromisoformat(output.decode().strip())


def _listing(place: Path, commit: str) -> dict[str, tuple[str, str]]:
    """Mode and object id of everything in the folder at a commit, by name."""
    listing = _git(place, "ls-tree", "-r", "-z", commit).decode("utf-8", "surrogateescape")
    found = {}
    for line in listing.split("\0"):
        facts, _, name = line.partition("\t")
        if name:
            mode, _kind, number = facts.split()
            found[name] = (mode, number)
    return found


def _entries(place: Path, listing: Mapping[str, tuple[str, str]]) -> dict[str, _Entry]:
    """The YAML files of a listing by name. Links are followed as they are in a folder."""
    visible = {n: facts for n, facts in listing.items() if not f"/{n}".count("/.")}
    plain = (_plain(name, *facts) for name, facts in visible.items())
    entries = dict(entry for entry in plain if entry)
    blobs = {n: number for n, (mode, number) in listing.items() if mode.startswith("100")}
    links = {
        name: _git(place, "cat-file", "blob", number).decode("utf-8", "surrogateescape")
        for name, (mode, number) in visible.items()
        if mode == LINK
    }
    targets: dict[str, str] = {}
    for name, target in sorted(links.items()):
        reached, wrong = _linked(name, target, blobs, links)
        if wrong:
            entries[tree.printable(name)] = _Entry(reason=wrong)
        for shown, path in reached.items():
            targets.setdefault(path, shown)
    entries |= {n: _Entry(blobs[path]) for path, n in targets.items() if path not in entries}
    return dict(sorted(entries.items()))


def _plain(name: str, mode: str, number: str) -> tuple[str, _Entry] | None:
    """The entry of what is no link; None for what is none of ours."""
    printable = tree.printable(name)
    if mode == SUBMODULE:
        return printable, _Entry(reason=IN_SUBMODULE)
    if mode == LINK or not tree.is_read(PurePosixPath(name)):
        return None
    return printable, _Entry(number) if printable == name else _Entry(reason=tree.ODD_NAME)


def _linked(
    name: str, target: str, blobs: Mapping[str, str], links: Mapping[str, str]
) -> tuple[dict[str, str], str]:
    """The files that a link leads to, by the name that they have through it, or what is wrong."""
    path, wrong = _resolved(name, target, links)
    is_ours = tree.has_suffix(PurePosixPath(name).name)
    if wrong:
        is_harmless = wrong == tree.OUTSIDE and not is_ours and PurePosixPath(name).suffix
        return {}, "" if is_harmless else wrong
    if path in blobs:
        return ({name: path} if is_ours else {}), ""
    below = [other for other in blobs if other.startswith(f"{path}/")]
    if not below:
        return {}, tree.DANGLING
    return {f"{name}{one[len(path) :]}": one for one in below if tree.has_suffix(one)}, ""


def _resolved(name: str, target: str, links: Mapping[str, str]) -> tuple[str, str]:
    """Where a link leads within the folder, or why that cannot be told from the tree."""
    visited = {name}
    while True:
        if target.startswith("/"):
            return target, tree.OUTSIDE
        path = posixpath.normpath(posixpath.join(posixpath.dirname(name), target))
        if path == ".." or path.startswith("../"):
            return path, tree.OUTSIDE
        if path == "." or name.startswith(f"{path}/"):
            return path, tree.LOOP
        link = next(
            (
                candidate
                for candidate in links
                if path == candidate or path.startswith(f"{candidate}/")
            ),
            None,
        )
        if link is None:
            return path, ""
        if link in visited:
            return path, tree.LOOP
        visited.add(link)
        name, target = link, f"{links[link]}{path[len(link) :]}"


def _texts(place: Path, entries: Mapping[str, _Entry]) -> Iterator[tuple[str, str | Diagnostic]]:
    """Name and text of each file, from one git process."""
    numbers = [entry.number for entry in entries.values() if entry.number]
    rest = _git(place, "cat-file", "--batch", given="\n".join(numbers)) if numbers else b""
    for name, entry in entries.items():
        if not entry.number:
            yield name, files.unreadable(name, entry.reason)
            continue
        header, _, rest = rest.partition(b"\n")
        facts = header.split()
        if len(facts) != 3:
            yield name, files.unreadable(name, "git does not hold its content")
            continue
        size = int(facts[2])
        yield name, files.text(rest[:size], name)
        rest = rest[size + 1 :]


def _git(place: Path, *arguments: str, given: str = "") -> bytes:
    """Run git without locks and without a monitor, and return its output."""
    command = ["git", "-C", str(place), "--no-optional-locks", "-c", "core.fsmonitor=false"]
    try:
        run = subprocess.run(
            [*command, *arguments], input=given.encode(), capture_output=True, timeout=_SECONDS
        )
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise SetupError("git did not answer", hint="install git, or leave --base out") from error
    if run.returncode:
        lines = run.stderr.decode("utf-8", "replace").strip().splitlines()
        raise SetupError(
            f"git does not know that: {lines[0] if lines else arguments[-1]}",
            hint="name a commit, a branch or a tag of the repository that holds the folder",
        )
    return run.stdout
