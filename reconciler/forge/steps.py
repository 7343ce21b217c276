"""The steps of a pipeline, one a job.

Each runs verbs of this program as child processes and shares what they write with `--redact`. The
document of a plan, which has names, stays in a temporary folder of the job. In `out` is what may
be kept as an artefact: a page, a summary, the record of an approval.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from reconciler import load
from reconciler.errors import CannotTellError, ReconcilerError, SetupError, StalePlanError
from reconciler.forge import approvals, child, redaction, workspace
from reconciler.forge.github import GitHub
from reconciler.forge.job import Job, add_line, commit_of, slug, text_at
from reconciler.model import Tenant
from reconciler.planfile import approval

DONE: Final = 0
INVALID: Final = 1
CHANGES: Final = 2
BLOCKED: Final = 4
STALE: Final = 5
REPLAN: Final = "RECONCILER_REPLAN"
SCHEDULED: Final = frozenset({"schedule", "workflow_dispatch", "push"})
MAX_BYTES: Final = "60000"

Say = Callable[[str], None]


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


def tenants(job: Job, say: Say) -> int:
    """List the tenants for a matrix: name and slug of each."""
    listed = _tenants(job.folder)
    names = tuple(tenant.name for _, tenant in listed)
    rows = [{"name": name, "slug": slug(name, names)} for name in names]
    say(", ".join(names))
    _output(job, tenants=json.dumps(rows))
    return DONE


def validate(job: Job, say: Say) -> int:
    """Validate the files of every tenant, as annotations; no token, no network."""
    try:
        folders = [(folder, tenant.name) for folder, tenant in load.tenants(job.folder)]
    except ReconcilerError:
        folders = []
    code = DONE
    for folder, name in folders or [(job.folder, "")]:
        shape = ["--format", "github"] if job.is_github else []
        ran = child.run(["validate", str(folder), *shape], job.environ)
        people = redaction.people_of(name, (folder,))
        for text in (ran.out, ran.err):
            if text.strip():
                say(people.prose(text.rstrip("\n")))
        code = code or ran.code
    return code


def plan(step: Step) -> int:
    """Plan a pull request, comment on it, and record what its reviewers approve.

    Without a forge the files of the folder are planned, and the record is for the next job.
    """
    if not step.job.is_github:
        code = _plan_folder(step, step.folder, ())
        if code == DONE:
            step.share(approvals.FILE, step.record_file.read_text(encoding="utf-8"))
        return code
    pull = _requested(step)
    if pull is None:
        return DONE
    base, place = workspace.commit_here(step.job.environ), step.private / "merged"
    try:
        workspace.merged(step.job.environ, base, pull.head, place)
        folder = workspace.folder_in(place, step.folder)
        trusted = ("--tenant-from", str(step.folder), "--base", base)
        code = _plan_folder(step, folder, trusted)
    except SetupError as error:
        step.share("plan.md", f"The plan for this change could not be made: {error}\n")
        step.github.comment(pull.number, _marker("plan", step), _shared(step, "plan.md"))
        raise
    record = ""
    if code == DONE:
        binding = approvals.binding(step.job, pull, step.job.run)
        approved = approval.read(step.record_file).bound(**binding)
        step.share(approvals.FILE, approval.text(approved))
        record = approvals.artefact_name(step.slug, pull.head)
    _output(step.job, code=str(code), approval=record)
    step.github.comment(pull.number, _marker("plan", step), _shared(step, "plan.md"))
    return code


def apply(step: Step) -> int:
    """Apply what was approved, if the merged files and the tenant still ask for just that.

    Otherwise stop with 5, and hand on the record of the new plan for the reviewers of the
    environment `replanned-SLUG`.
    """
    job = step.job
    if not job.is_github:
        return _apply_record(step, job.out / approvals.FILE)
    if job.default_branch and job.branch != job.default_branch:
        raise StalePlanError(
            f"{job.branch} is not the default branch {job.default_branch}: nothing is applied",
            hint=f"merge into {job.default_branch}",
        )
    code = _plan_folder(step, step.folder, _base(job))
    if code != DONE:
        return code
    replan = step.record_file.read_text(encoding="utf-8")
    pull = approvals.merged_pull(step.github, job)
    try:
        code = _apply_record(step, _approved(step, pull))
    except StalePlanError as error:
        step.say(f"{error}" + (f"  -> {error.hint}" if error.hint else ""))
        code = STALE
    if code == STALE:
        _output(job, replan=replan)
        text = (
            "This is not what was approved, or nothing was. This is the plan now; it waits for the "
            f"reviewers of the environment replanned-{step.slug}.\n\n{_shared(step, 'plan.md')}"
        )
        step.share("replan.md", text)
        add_line(job.summary, text)
        if pull is not None:
            step.github.comment(pull.number, _marker("replan", step), text)
    _output(job, code=str(code))
    return code


def replan(step: Step) -> int:
    """Apply just what the reviewers of the environment saw: the record of the earlier job."""
    record = step.job.environ.get(REPLAN, "")
    if not record:
        raise StalePlanError("there is no record of a plan to apply", hint="run the apply again")
    step.record_file.write_text(record, encoding="utf-8")
    return _apply_record(step, step.record_file)


def due(step: Step) -> int:
    """Apply what differs only because a date was reached, in files that were merged."""
    ran = step.verb("apply", str(step.folder), "--due", "--yes", "--redact", *_base(step.job))
    _show_run(step, "due", ran)
    return ran.code


def drift(step: Step) -> int:
    """Report drift; on GitHub one issue a tenant is opened, updated and closed."""
    report = ("--format", "markdown", "--redact", "--max-bytes", MAX_BYTES, *_link(step.job))
    step.job.out.mkdir(parents=True, exist_ok=True)
    saved = ("-o", str(step.job.out / "drift.json"))
    base = ("--base", "HEAD") if step.job.is_github else ()
    ran = step.verb("drift", str(step.folder), *base, *_previous(step), *saved, *report)
    step.share("drift.md", ran.out)
    _output(step.job, code=str(ran.code))
    _publish(step, ran.out)
    if step.job.is_github and ran.code in (DONE, CHANGES):
        marker = _marker("drift", step)
        if ran.code == CHANGES:
            step.github.write_issue(marker, f"Drift in {step.tenant.name}", ran.out)
        else:
            step.github.close_issue(marker, f"Run {step.job.run} reports nothing to look at.")
        return DONE
    return ran.code


PER_TENANT: Final[Mapping[str, Callable[[Step], int]]] = {
    "plan": plan,
    "apply": apply,
    "replan": replan,
    "due": due,
    "drift": drift,
}
STEPS: Final = ("tenants", "validate", *PER_TENANT)


def run(name: str, job: Job, tenant: str | None, say: Say) -> int:
    """Run a step, and return its exit code. `tenant` may be left out where there is just one."""
    if name == "tenants":
        return tenants(job, say)
    if name == "validate":
        return validate(job, say)
    folder, of_name = _tenant(job.folder, tenant)
    names = tuple(each.name for _, each in _tenants(job.folder))
    with TemporaryDirectory(dir=job.environ.get("RUNNER_TEMP") or None) as private:
        step = Step(job, of_name, folder, slug(of_name.name, names), Path(private), say)
        return PER_TENANT[name](step)


def _tenants(folder: Path) -> list[tuple[Path, Tenant]]:
    listed = load.tenants(folder)
    if not listed:
        raise SetupError(
            f"no file below {folder} has a tenant block", hint="reconciler init writes one"
        )
    names = [tenant.name for _, tenant in listed]
    if twice := {name for name in names if names.count(name) > 1}:
        raise SetupError(f"two folders below {folder} are of the tenant {min(twice)}")
    return listed


def _tenant(folder: Path, name: str | None) -> tuple[Path, Tenant]:
    listed = _tenants(folder)
    named = [row for row in listed if name in (None, row[1].name)]
    if len(named) == 1:
        return named[0]
    known = ", ".join(tenant.name for _, tenant in listed)
    wrong = f"{folder} has several tenants" if name is None else f"there is no tenant {name}"
    raise SetupError(f"{wrong}: {known}", hint="name one of them with --name")


def _requested(step: Step) -> approvals.PullRequest | None:
    """Return the pull request that the run which just ended was about, if it is to be planned."""
    job, ended = step.job, step.job.event.get("workflow_run")
    head = commit_of(text_at(ended, "head_sha"))
    if text_at(ended, "event") != "pull_request" or not head:
        step.say("this run is not about a pull request: nothing is planned")
        return None
    if text_at(ended, "head_repository", "full_name") != job.repository:
        step.say("the pull request comes from a fork: it was validated, and is not planned")
        return None
    pull = approvals.open_pull(step.github, job, head, text_at(ended, "head_branch"))
    if pull is None:
        step.say(f"no open pull request onto {job.branch} has the head {head[:12]}")
    return pull


def _plan_folder(step: Step, folder: Path, more: tuple[str, ...]) -> int:
    """Plan a folder: the document and the record are private, summary and page are shared."""
    private = ("-o", str(step.plan_file), "--approval", str(step.record_file))
    shape = ("--format", "markdown", "--redact", "--max-bytes", MAX_BYTES, *_link(step.job))
    ran = step.verb("plan", str(folder), *more, *private, *shape, folders=(folder,))
    if step.plan_file.exists():
        page = step.verb("show", str(step.plan_file), "--format", "html", "--redact")
        step.share("plan.html", page.out)
        step.share("plan.md", ran.out)
    else:
        step.share(
            "plan.md",
            f"The plan for this change could not be made (exit code {ran.code}); the log of the "
            "run says why.\n",
        )
    _publish(step, _shared(step, "plan.md"))
    return ran.code


def _approved(step: Step, pull: approvals.PullRequest | None) -> Path:
    """Write the record of what was approved with a pull request, and return where it is."""
    if pull is None:
        raise StalePlanError(
            f"the commit {step.job.commit[:12]} is not the merge of a pull request into "
            f"{step.job.branch}",
            hint="have the new plan approved",
        )
    record = approvals.find(step.github, step.job, pull, step.tenant.name, step.slug)
    place = step.private / "approved.json"
    place.write_text(approval.text(record), encoding="utf-8")
    return place


def _apply_record(step: Step, record: Path) -> int:
    arguments = ("apply", str(step.folder), "--yes", "--redact", "--approval", str(record))
    ran = step.verb(*arguments, *_base(step.job))
    _show_run(step, "apply", ran)
    return ran.code


def _show_run(step: Step, name: str, ran: child.Finished) -> None:
    step.share(f"{name}.txt", ran.out)
    step.say(ran.out.rstrip("\n"))
    fence = "~" * 12
    add_line(step.job.summary, f"{fence}\n{ran.out.rstrip()}\n{fence}")


def _base(job: Job) -> tuple[str, ...]:
    """Name the commit before the push, where git still has it."""
    before = commit_of(text_at(job.event, "before"))
    return ("--base", before) if before and workspace.has_commit(job.environ, before) else ()


def _previous(step: Step) -> tuple[str, ...]:
    """Fetch the last report, so that each item keeps the time at which it was first seen."""
    if not step.job.is_github:
        return ()
    name = f"drift-{step.slug}"
    try:
        artefact = approvals.newest(step.github, step.job, name, SCHEDULED)
        if artefact is None:
            return ()
        report = approvals.content(step.github, artefact, "drift.json")
    except (StalePlanError, CannotTellError) as error:
        step.say(f"without the last report: {error}")
        return ()
    place = step.private / "previous.json"
    place.write_bytes(report)
    return ("--previous", str(place))


def _link(job: Job) -> tuple[str, ...]:
    return ("--link", job.link) if job.link else ()


def _publish(step: Step, text: str) -> None:
    """Show a summary on the page of the run, or on stdout where there is none."""
    if step.job.summary:
        add_line(step.job.summary, text)
    else:
        step.say(text.rstrip("\n"))


def _shared(step: Step, name: str) -> str:
    return (step.job.out / name).read_text(encoding="utf-8")


def _marker(name: str, step: Step) -> str:
    return f"<!-- reconciler: {name} {step.slug} -->"


def _output(job: Job, **values: str) -> None:
    for name, value in values.items():
        add_line(job.outputs, f"{name}={value.replace(chr(10), ' ').replace(chr(13), ' ')}")
