"""Find what was approved with a merged pull request, and check where it comes from.

A record counts only if the run that made it was started by the end of another run
(`workflow_run`), which GitHub always takes from the default branch: no file of a pull request can
make such a run, whatever branch it is opened on. Repository, calling file and branch of the run
are what GitHub's API says of it, not what the artefact says. The record itself must then be bound
to this repository, base branch, pull request, head, tenant and run.
"""

from __future__ import annotations

import stat
import zipfile
import zlib
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

from reconciler.errors import StalePlanError
from reconciler.forge.github import GitHub, NotFoundError
from reconciler.forge.job import Job, text_at
from reconciler.planfile import Approval, approval

FILE: Final = "approval.json"
PLANNING: Final = frozenset({"workflow_run"})
LARGEST_ARCHIVE: Final = 1024 * 1024
LARGEST_FILE: Final = 64 * 1024
HINT: Final = "have the new plan approved"


@dataclass(frozen=True, slots=True)
class PullRequest:
    number: int
    head: str


def merged_pull(github: GitHub, job: Job) -> PullRequest | None:
    """Return the pull request whose merge into the job's branch made the job's commit."""
    for pull in github.pulls_of(job.commit):
        if (
            pull.get("merged_at")
            and pull.get("merge_commit_sha") == job.commit
            and text_at(pull, "base", "ref") == job.branch
            and text_at(pull, "base", "repo", "full_name") == job.repository
        ):
            return PullRequest(int(pull["number"]), text_at(pull, "head", "sha"))
    return None


def open_pull(github: GitHub, job: Job, head: str, head_branch: str) -> PullRequest | None:
    """Return the open pull request of this head onto the job's branch, from this repository."""
    for pull in github.pulls_of(head):
        if (
            pull.get("state") == "open"
            and text_at(pull, "base", "ref") == job.branch
            and text_at(pull, "base", "repo", "full_name") == job.repository
            and text_at(pull, "head", "repo", "full_name") == job.repository
            and text_at(pull, "head", "ref") == head_branch
            and text_at(pull, "head", "sha") == head
        ):
            return PullRequest(int(pull["number"]), head)
    return None


def binding(job: Job, pull: PullRequest, run: str) -> dict[str, str]:
    """Return what a record of this pull request is bound to."""
    return {
        "repository": job.repository,
        "base": job.branch,
        "pull_request": str(pull.number),
        "head": pull.head,
        "run": run,
    }


def artefact_name(slug: str, head: str) -> str:
    return f"approval-{slug}-{head}"


def find(github: GitHub, job: Job, pull: PullRequest, tenant: str, slug: str) -> Approval:
    """Return the newest record for this tenant and head. Raises `StalePlanError` without one."""
    artefact = newest(github, job, artefact_name(slug, pull.head), PLANNING)
    if artefact is None:
        raise StalePlanError(
            f"no plan of pull request {pull.number} was approved for {tenant}: there is no record "
            f"of its head {pull.head[:12]} from {job.workflow} on {job.branch}",
            hint=HINT,
        )
    run = str(artefact["workflow_run"]["id"])
    record = approval.parse(content(github, artefact, FILE))
    for name, expected in binding(job, pull, run).items():
        if record.binding.get(name) != expected:
            stated = record.binding.get(name, "nothing")
            raise StalePlanError(f"the approval is for {name} {stated}, not {expected}", hint=HINT)
    if record.tenant != tenant:
        raise StalePlanError(f"the approval is for tenant {record.tenant}, not {tenant}", hint=HINT)
    return record


def newest(github: GitHub, job: Job, name: str, events: frozenset[str]) -> dict[str, Any] | None:
    """Return the newest artefact of this name that one of the job's own workflow's runs made.

    Artefacts of other runs are passed over: anybody who may push a branch can make one.
    """
    for artefact in github.artefacts(name):
        number = (artefact.get("workflow_run") or {}).get("id")
        if isinstance(number, int) and _is_own_run(github, job, number, events):
            return dict(artefact)
    return None


def _is_own_run(github: GitHub, job: Job, number: int, events: frozenset[str]) -> bool:
    try:
        run = github.workflow_run(number)
    except NotFoundError:
        return False
    return (
        text_at(run, "repository", "full_name") == job.repository
        and text_at(run, "head_repository", "full_name") == job.repository
        and text_at(run, "event") in events
        and text_at(run, "head_branch") == job.branch
        and text_at(run, "path").partition("@")[0] == job.workflow
    )


def content(github: GitHub, artefact: dict[str, Any], name: str) -> bytes:
    """Return the only file of an artefact. Raises `StalePlanError` where it cannot be had."""
    number, size = int(artefact["id"]), artefact.get("size_in_bytes")
    if artefact.get("expired"):
        raise StalePlanError(f"the artefact {artefact['name']} has expired", hint=HINT)
    if not isinstance(size, int) or size > LARGEST_ARCHIVE:
        raise StalePlanError(
            f"the artefact {artefact['name']} is larger than a record can be", hint=HINT
        )
    try:
        archive = github.download(number, largest=LARGEST_ARCHIVE)
    except NotFoundError as error:
        raise StalePlanError(f"the artefact {artefact['name']} is gone", hint=HINT) from error
    return _only_file(archive, name)


def _only_file(archive: bytes, name: str) -> bytes:
    """Return the content of the archive's only entry. Nothing is written to a disk.

    Raises `StalePlanError` for another entry, a link, a path, or more than `LARGEST_FILE` bytes,
    whatever size the entry states.
    """
    try:
        with zipfile.ZipFile(BytesIO(archive)) as opened:
            entries = opened.infolist()
            if [entry.filename for entry in entries] != [name]:
                raise _refusal(f"it does not hold {name} and nothing else")
            if stat.S_IFMT(entries[0].external_attr >> 16) not in (0, stat.S_IFREG):
                raise _refusal(f"its {name} is not a regular file")
            with opened.open(entries[0]) as file:
                content = file.read(LARGEST_FILE + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError) as error:
        raise _refusal("it is no ZIP archive that can be opened") from error
    if len(content) > LARGEST_FILE:
        raise _refusal(f"its {name} is larger than {LARGEST_FILE} bytes")
    return content


def _refusal(reason: str) -> StalePlanError:
    return StalePlanError(f"the artefact of the approval is refused: {reason}", hint=HINT)
