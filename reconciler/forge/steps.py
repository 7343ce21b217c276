"""The steps of a pipeline, one a job.

Each runs verbs of this program as child processes and shares what they write with `--redact`. The
document of a plan, which has names, stays in a temporary folder of the job. In `out` is what may
be kept as an artefact: a page, a summary, the record of an approval.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from xml.etree import ElementTree

from reconciler import load, regular_files
from reconciler.errors import CannotTellError, ReconcilerError, SetupError, StalePlanError
from reconciler.forge import approvals, child, redaction, workspace
from reconciler.forge.job import Job, add_line, commit_of, slug, text_at
from reconciler.forge.step import (
    APPLIED,
    DONE,
    MAX_BYTES,
    Say,
    Step,
    base_of,
    find_tenant,
    link_of,
    list_tenants,
    marker_of,
    output,
    publish,
    shared,
    show_run,
)
from reconciler.planfile import approval
from reconciler.render.pseudonyms import People

INVALID: Final = 1
CHANGES: Final = 2
BLOCKED: Final = 4
STALE: Final = 5
LEDGER: Final = "RECONCILER_LEDGER"
REPLAN: Final = "RECONCILER_REPLAN"
SCHEDULED: Final = frozenset({"schedule", "workflow_dispatch"})
APPLYING: Final = SCHEDULED | {"push"}
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)")


def tenants(job: Job, say: Say) -> int:
    """List the tenants for a matrix: name and slug of each."""
    listed = list_tenants(job.folder)
    names = tuple(tenant.name for _, tenant in listed)
    rows = [{"name": name, "slug": slug(name, names)} for name in names]
    for row in rows:
        say(f"{row['name']}: environments plan-{row['slug']}, apply-{row['slug']}")
    output(job, tenants=json.dumps(rows))
    return DONE


def validate(job: Job, say: Say) -> int:
    """Validate the files of every tenant; no token, no network.

    On GitHub the result is annotations; elsewhere JUnit XML is kept in `out` beside the text.
    """
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
        if not job.is_github:
            _keep_test_report(job, folder, slug(name, tuple(each for _, each in folders)), people)
    return code


def _keep_test_report(job: Job, folder: Path, tenant: str, people: People) -> None:
    """Write `validate-TENANT.xml`; each text is redacted before it is escaped again."""
    report = child.run(["validate", str(folder), "--format", "junit"], job.environ)
    if not report.out:
        return
    root = ElementTree.fromstring(report.out)
    for element in root.iter():
        for key, value in element.attrib.items():
            element.set(key, people.prose(value))
        element.text = people.prose(element.text or "") or None
    job.out.mkdir(parents=True, exist_ok=True)
    place = job.out / f"validate-{tenant}.xml"
    place.write_text(ElementTree.tostring(root, "unicode") + "\n", encoding="utf-8")


def plan(step: Step) -> int:
    """Plan a pull request, comment on it, and record what its reviewers approve.

    Without a forge the files of the folder are planned, and the record is for the next job.
    """
    if not step.job.is_github:
        code = _plan_folder(step, step.folder, base_of(step.job))
        if code == DONE:
            step.share(approvals.FILE, _record(step))
        return code
    pull = _requested(step)
    if pull is None:
        return DONE
    base, place = workspace.commit_here(step.job.environ), step.private / "merged"
    try:
        workspace.merged(step.job.environ, base, pull.head, place)
        folder = workspace.folder_in(place, step.folder)
        trusted = ("--from", str(step.folder), "--base", base)
        code = _plan_folder(step, folder, trusted)
    except SetupError as error:
        step.share("plan.md", f"The plan for this change could not be made: {error}\n")
        step.github.comment(pull.number, marker_of("plan", step), shared(step, "plan.md"))
        raise
    record = ""
    if code == DONE:
        binding = approvals.binding(step.job, pull, step.job.run)
        approved = approval.read(step.record_file).bound(**binding)
        step.share(approvals.FILE, approval.text(approved))
        record = approvals.artefact_name(step.slug, pull.head)
    output(step.job, code=str(code), approval=record)
    step.github.comment(pull.number, marker_of("plan", step), shared(step, "plan.md"))
    return code


def apply(step: Step) -> int:
    """Apply what was approved, if the merged files and the tenant still ask for just that.

    Otherwise stop with 5, and hand on the record of the new plan for the reviewers of the
    environment `replanned-SLUG`.
    """
    job = step.job
    if not job.is_github:
        record = job.out / approvals.FILE
        if not record.exists():
            raise StalePlanError(
                f"{record} does not exist: no plan was approved", hint="run the step plan first"
            )
        return _apply_record(step, record)
    if job.default_branch and job.branch != job.default_branch:
        raise StalePlanError(
            f"{job.branch} is not the default branch {job.default_branch}: nothing is applied",
            hint=f"merge into {job.default_branch}",
        )
    code = _plan_folder(step, step.folder, _before(step))
    if code != DONE:
        output(job, code=str(code))
        return code
    replan = _record(step)
    pull = approvals.merged_pull(step.github, job)
    try:
        code = _apply_record(step, _approved(step, pull))
    except StalePlanError as error:
        step.say(f"{error}" + (f"  -> {error.hint}" if error.hint else ""))
        code = STALE
    if code == STALE:
        output(job, replan=replan)
        text = (
            "This is not what was approved, or nothing was. This is the plan now; it waits for the "
            f"reviewers of the environment replanned-{step.slug}.\n\n{shared(step, 'plan.md')}"
        )
        step.share("replan.md", text)
        add_line(job.summary, text)
        if pull is not None:
            step.github.comment(pull.number, marker_of("replan", step), text)
    output(job, code=str(code))
    return code


def replan(step: Step) -> int:
    """Apply just what the reviewers of the environment saw: the record of the earlier job."""
    record = step.job.environ.get(REPLAN, "")
    if not record:
        raise StalePlanError("there is no record of a plan to apply", hint="run the apply again")
    step.record_file.write_text(record, encoding="utf-8")
    return _apply_record(step, step.record_file)


def due(step: Step) -> int:
    """Apply what differs only because a date was reached, in files that were merged.

    What is more than that is posted: on GitHub in one issue a tenant, else where the log goes.
    """
    since, record = _last_apply(step)
    if step.job.is_github and not since and not step.job.environ.get(LEDGER):
        step.say("no apply is on record, so what is due is not known: nothing is applied")
        return DONE
    folder, shape = str(step.folder), ("--format", "markdown", "--redact", "--max-bytes", MAX_BYTES)
    ran = step.verb("plan", folder, "--due", "--detailed-exitcode", *since, *shape)
    publish(step, ran.out)
    code = ran.code
    if code == CHANGES:
        applied = step.verb("apply", folder, "--due", "--yes", "--redact", *since)
        show_run(step, "due", applied)
        code = applied.code
    elif code == DONE and record:
        step.share(APPLIED, record)
    output(step.job, code=str(code))
    if step.job.is_github:
        marker = marker_of("due", step)
        if code == DONE:
            step.github.close_issue(marker, f"Run {step.job.run} leaves nothing that is due.")
        elif code in (BLOCKED, STALE):
            text = f"What is due was not applied (exit code {code}).\n\n{ran.out}"
            step.github.write_issue(marker, f"Due work of {step.tenant.name}", text)
    return code


def drift(step: Step) -> int:
    """Report drift; on GitHub one issue a tenant is opened, updated and closed."""
    report = ("--format", "markdown", "--redact", "--max-bytes", MAX_BYTES, *link_of(step.job))
    step.job.out.mkdir(parents=True, exist_ok=True)
    saved = ("-o", str(step.job.out / "drift.json"))
    ran = step.verb("drift", str(step.folder), *_base(step), *_previous(step), *saved, *report)
    step.share("drift.md", ran.out)
    output(step.job, code=str(ran.code))
    publish(step, ran.out)
    if step.job.is_github and ran.code in (DONE, CHANGES):
        marker = marker_of("drift", step)
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
    folder, of_name = find_tenant(job.folder, tenant)
    names = tuple(each.name for _, each in list_tenants(job.folder))
    with TemporaryDirectory(dir=job.environ.get("RUNNER_TEMP") or None) as private:
        step = Step(job, of_name, folder, slug(of_name.name, names), Path(private), say)
        return PER_TENANT[name](step)


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


def _record(step: Step) -> str:
    """Return the record of the plan that this step has made."""
    return regular_files.text(step.record_file, largest=approval.LARGEST)


def _plan_folder(step: Step, folder: Path, more: tuple[str, ...]) -> int:
    """Plan a folder: the document and the record are private, summary and page are shared."""
    private = ("-o", str(step.plan_file), "--approval", str(step.record_file))
    shape = ("--format", "markdown", "--redact", "--max-bytes", MAX_BYTES, *link_of(step.job))
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
    publish(step, shared(step, "plan.md"))
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
    ran = step.verb(*arguments, *_before(step))
    show_run(step, "apply", ran)
    return ran.code


def _last_apply(step: Step) -> tuple[tuple[str, ...], str]:
    """Return options that say which commit was applied last and when, and the record of it.

    Both are empty where a ledger knows it, or no apply was recorded. Raises `CannotTellError` for
    a record that cannot be read: without it nobody knows which dates were reached since.
    """
    job = step.job
    if not job.is_github or job.environ.get(LEDGER):
        return (), ""
    artefact = approvals.newest(step.github, job, f"applied-{step.slug}", APPLYING)
    if artefact is None:
        return (), ""
    try:
        text = approvals.content(step.github, artefact, APPLIED).decode()
        record = json.loads(text)
    except StalePlanError as error:
        raise _no_last_apply(f"{error}") from error
    except (ValueError, RecursionError) as error:
        raise _no_last_apply("it is no JSON") from error
    commit, at = commit_of(text_at(record, "commit")), text_at(record, "at")
    if not commit or not workspace.has_commit(job.environ, commit) or not _MOMENT.fullmatch(at):
        raise _no_last_apply("its commit is not in this clone, or its time is none")
    return ("--base", commit, "--since", at), text


def _no_last_apply(reason: str) -> CannotTellError:
    return CannotTellError(
        f"the record of the last apply cannot be used: {reason}",
        hint="merge a change and have it applied, which records it anew",
    )


def _base(step: Step) -> tuple[str, ...]:
    """Return options for what was applied last; none where the ledger knows it, or nobody.

    A report without a base calls a difference by that name, and nobody's change by hand.
    """
    try:
        return _last_apply(step)[0]
    except CannotTellError as error:
        step.say(f"compared without what was applied last: {error}")
        return ()


def _before(step: Step) -> tuple[str, ...]:
    """Return options for who was declared before: as of the last apply, else before the push.

    A push whose apply failed is still to be done, so the commit before the next push is no base
    where another one is on record. A ledger adds whom it knows to any base.
    """
    return _base(step)[:2] or base_of(step.job)


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
