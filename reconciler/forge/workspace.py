"""The merged files of a pull request, made with git and without running anything of it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from reconciler.errors import SetupError

SECONDS: Final = 300
_KEPT: Final = ("PATH", "HOME", "LANG", "TMPDIR", "SYSTEMROOT")
_SETTINGS: Final = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_LFS_SKIP_SMUDGE": "1",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "reconciler",
    "GIT_AUTHOR_EMAIL": "reconciler@localhost",
    "GIT_COMMITTER_NAME": "reconciler",
    "GIT_COMMITTER_EMAIL": "reconciler@localhost",
}


def commit_here(environ: Mapping[str, str]) -> str:
    """Return the commit that is checked out."""
    return _git(environ, "rev-parse", "--verify", "HEAD^{commit}")


def has_commit(environ: Mapping[str, str], commit: str) -> bool:
    return _run(environ, "cat-file", "-e", f"{commit}^{{commit}}").returncode == 0


def merged(environ: Mapping[str, str], base: str, head: str, place: Path) -> None:
    """Check out at `place` what merging `head` into `base` gives. Raises `SetupError`.

    No hook of the repository runs, and no credential reaches git. Links are checked out as they
    are; the folder of the desired state may not be one that leads out of `place`.
    """
    if not has_commit(environ, head):
        raise SetupError(
            f"the commit {head[:12]} of the pull request is not in this clone",
            hint="fetch all branches; a branch that was pushed anew is planned by its own run",
        )
    merge = _run(environ, "merge-tree", "--write-tree", base, head)
    if merge.returncode == 1:
        raise SetupError(
            "the pull request conflicts with its base branch", hint="merge the base branch into it"
        )
    if merge.returncode:
        raise SetupError(f"git cannot merge the pull request: {_line(merge.stderr)}")
    tree = merge.stdout.decode().splitlines()[0]
    message = "What the pull request would give"
    commit = _git(environ, "commit-tree", tree, "-p", base, "-p", head, "-m", message)
    _git(environ, "worktree", "add", "--quiet", "--force", "--detach", str(place), commit)


def folder_in(place: Path, folder: Path) -> Path:
    """Return a folder below a checkout. Raises `SetupError` where it leads out of that."""
    inside = place / folder
    if folder.is_absolute() or place.resolve() not in (inside.resolve(), *inside.resolve().parents):
        raise SetupError(f"{folder} leads out of the repository")
    return inside


def _git(environ: Mapping[str, str], *arguments: str) -> str:
    ran = _run(environ, *arguments)
    if ran.returncode:
        raise SetupError(f"git {arguments[0]} failed: {_line(ran.stderr)}")
    return ran.stdout.decode().strip()


def _run(environ: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            ["git", "-c", "core.hooksPath=" + os.devnull, *arguments],
            env={name: environ[name] for name in _KEPT if name in environ} | _SETTINGS,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except FileNotFoundError as error:
        raise SetupError("the program git is not there") from error
    except subprocess.TimeoutExpired as error:
        raise SetupError(f"git {arguments[0]} took longer than {SECONDS} s") from error


def _line(text: bytes) -> str:
    lines = text.decode("utf-8", "backslashreplace").strip().splitlines()
    return lines[-1] if lines else "no reason given"
