"""The job that a step runs in: what the forge says of it in variables and files."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from reconciler import regular_files
from reconciler.errors import SetupError

LARGEST_EVENT: Final = 32 * 1024 * 1024
BOT: Final = "github-actions[bot]"
_SAFE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_COMMIT: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Job:
    """`branch` is the branch that the job runs for, `workflow` the path of the calling file.

    On another forge than GitHub `repository` is empty. `summary` and `outputs` are the files that
    GitHub reads, if there are any.
    """

    environ: Mapping[str, str]
    folder: Path
    out: Path
    repository: str = ""
    branch: str = ""
    commit: str = ""
    workflow: str = ""
    run: str = ""
    link: str = ""
    bot: str = BOT
    summary: Path | None = None
    outputs: Path | None = None
    event: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_github(self) -> bool:
        return bool(self.repository)

    @property
    def default_branch(self) -> str:
        """The repository's default branch, or "" where the event does not tell."""
        return text_at(self.event, "repository", "default_branch")


def of_environment(environ: Mapping[str, str], folder: Path, out: Path) -> Job:
    """Read the job's variables and its event. Raises `SetupError` where the event is unreadable."""
    if not environ.get("GITHUB_ACTIONS"):
        return Job(environ, folder, out)
    repository, run = environ.get("GITHUB_REPOSITORY", ""), environ.get("GITHUB_RUN_ID", "")
    server = environ.get("GITHUB_SERVER_URL", "https://github.com")
    path = environ.get("GITHUB_WORKFLOW_REF", "").removeprefix(f"{repository}/")
    return Job(
        environ,
        folder,
        out,
        repository=repository,
        branch=environ.get("GITHUB_REF_NAME", ""),
        commit=environ.get("GITHUB_SHA", ""),
        workflow=path.partition("@refs/")[0],
        run=run,
        link=f"{server}/{repository}/actions/runs/{run}",
        bot=environ.get("RECONCILER_BOT") or BOT,
        summary=_path(environ, "GITHUB_STEP_SUMMARY"),
        outputs=_path(environ, "GITHUB_OUTPUT"),
        event=_event(_path(environ, "GITHUB_EVENT_PATH")),
    )


def _path(environ: Mapping[str, str], name: str) -> Path | None:
    return Path(environ[name]) if environ.get(name) else None


def _event(path: Path | None) -> Mapping[str, Any]:
    if path is None:
        return {}
    try:
        event = json.loads(regular_files.content(path, largest=LARGEST_EVENT))
    except ValueError as error:
        raise SetupError("the event of this run cannot be read: it is no JSON") from error
    return event if isinstance(event, dict) else {}


def text_at(value: Any, *keys: str) -> str:
    """Return the text below these keys, or "" where there is none."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, str) else ""


def commit_of(text: str) -> str:
    """Return a commit's id if this is one that exists; "" for the zeros of a new branch."""
    return text if _COMMIT.fullmatch(text) and text.strip("0") else ""


def slug(name: str, others: tuple[str, ...] = ()) -> str:
    """Return a tenant's name as part of the name of an environment, an artefact and a queue.

    An ordinary name stays. One with other characters, or with the same letters as another one but
    for their case, gets a part of its hash.
    """
    is_alone = all(name.casefold() != other.casefold() for other in others if other != name)
    if _SAFE.fullmatch(name) and is_alone:
        return name
    safe = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.")[:40] or "tenant"
    return f"{safe}-{hashlib.sha256(name.encode('utf-8', 'backslashreplace')).hexdigest()[:8]}"


def add_line(path: Path | None, text: str) -> None:
    """Append a line to a file that the forge reads. Raises `SetupError`."""
    if path is None:
        return
    try:
        with path.open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text.rstrip("\n") + "\n")
    except OSError as error:
        raise SetupError(f"{path} cannot be written: {os.strerror(error.errno or 0)}") from error
