"""One step of a pipeline for one tenant: its files, its verbs, and what it shares."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from reconciler import load, regular_files
from reconciler.errors import SetupError
from reconciler.forge import child, redaction, workspace
from reconciler.forge.github import GitHub
from reconciler.forge.job import Job, add_line, commit_of, text_at
from reconciler.model import Tenant

DONE: Final = 0
Say = Callable[[str], None]

APPLIED: Final = "applied.json"
BASE: Final = "RECONCILER_BASE"
MAX_BYTES: Final = "60000"
LARGEST_SHARED: Final = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Step:
    """One tenant's step. `private` is a folder that no artefact is taken from."""

    job: Job
    tenant: Tenant
    folder: Path
    slug: str
    private: Path
    say: Say

    @property
    def github(self) -> GitHub:
        return GitHub(self.job.repository, self.job.environ, self.job.bot)

    @property
    def plan_file(self) -> Path:
        return self.private / "plan.json"

    @property
    def record_file(self) -> Path:
        return self.private / "approval.json"

    def share(self, name: str, text: str) -> None:
        """Write a file that may leave the job."""
        self.job.out.mkdir(parents=True, exist_ok=True)
        (self.job.out / name).write_text(text, encoding="utf-8", errors="backslashreplace")

    def verb(self, *arguments: str, folders: tuple[Path, ...] = ()) -> child.Finished:
        """Run a verb, and say without people what it wrote to stderr."""
        ran = child.run(list(arguments), child.environment_of(self.tenant, self.job.environ))
        if ran.err.strip():
            plan = self.plan_file if self.plan_file.exists() else None
            people = redaction.people_of(self.tenant.name, (self.folder, *folders), plan)
            self.say(people.prose(ran.err.rstrip("\n")))
        return ran


def list_tenants(folder: Path) -> list[tuple[Path, Tenant]]:
    listed = load.tenants(folder)
    if not listed:
        raise SetupError(
            f"no file below {folder} has a tenant block", hint="reconciler init writes one"
        )
    names = [tenant.name for _, tenant in listed]
    if twice := {name for name in names if names.count(name) > 1}:
        raise SetupError(f"two folders below {folder} are of the tenant {min(twice)}")
    return listed


def find_tenant(folder: Path, name: str | None) -> tuple[Path, Tenant]:
    listed = list_tenants(folder)
    named = [row for row in listed if name in (None, row[1].name)]
    if len(named) == 1:
        return named[0]
    known = ", ".join(tenant.name for _, tenant in listed)
    wrong = f"{folder} has several tenants" if name is None else f"there is no tenant {name}"
    raise SetupError(f"{wrong}: {known}", hint="name one of them with --name")


def show_run(step: Step, name: str, ran: child.Finished) -> None:
    """Share what an apply says; where it is done, also which commit was applied when."""
    step.share(f"{name}.txt", ran.out)
    step.say(ran.out.rstrip("\n"))
    add_line(step.job.summary, fenced(ran.out))
    if step.job.is_github and ran.code == DONE:
        at = datetime.now(UTC).isoformat(timespec="seconds")
        step.share(APPLIED, json.dumps({"commit": step.job.commit, "at": at}))


def fenced(text: str) -> str:
    fence = "~" * 12
    return f"{fence}\n{text.rstrip()}\n{fence}"


def base_of(job: Job) -> tuple[str, ...]:
    """Name the commit before the push, where git still has it; elsewhere RECONCILER_BASE."""
    stated = text_at(job.event, "before") if job.is_github else job.environ.get(BASE, "")
    before = commit_of(stated)
    return ("--base", before) if before and workspace.has_commit(job.environ, before) else ()


def link_of(job: Job) -> tuple[str, ...]:
    return ("--link", job.link) if job.link else ()


def publish(step: Step, text: str) -> None:
    """Show a summary on the page of the run, or on stdout where there is none."""
    if step.job.summary:
        add_line(step.job.summary, text)
    else:
        step.say(text.rstrip("\n"))


def shared(step: Step, name: str) -> str:
    """Read back a file that leaves the job."""
    return regular_files.text(step.job.out / name, largest=LARGEST_SHARED)


def marker_of(name: str, step: Step) -> str:
    return f"<!-- reconciler: {name} {step.slug} -->"


def output(job: Job, **values: str) -> None:
    for name, value in values.items():
        add_line(job.outputs, f"{name}={value.replace(chr(10), ' ').replace(chr(13), ' ')}")
