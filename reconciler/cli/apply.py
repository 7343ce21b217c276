"""`reconciler apply [PLAN|DIR]`."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli import by_hand, options, output
from reconciler.cli.execute import ApplyOptions, execute, show_verdict
from reconciler.cli.exits import Exit
from reconciler.errors import StalePlanError

if TYPE_CHECKING:
    from reconciler import pipeline
    from reconciler.model import Ledger, Plan, Provider, Verdict


@click.command("apply")
@click.argument("what", metavar="[PLAN|DIR]", type=options.FOLDER, default="desired-state")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--expect-digest", metavar="DIGEST", help="Stop with 5 unless the plan has it.")
@options.approval("Stop with 5 unless DIR asks for just the changes that this record approves.")
@click.option(
    "--strict",
    is_flag=True,
    help="Stop with 5 where the files no longer ask for just the changes of a saved plan.",
)
@options.from_folder
@options.as_of
@options.base
@options.allow
@options.selection
@options.tenant_from
@options.observed
@options.parallelism
@options.by_hand
@options.detail
@options.redact
@options.output_format("text", "json")
def command(
    what: Path,
    yes: bool,
    expect_digest: str | None,
    approval: Path | None,
    strict: bool,
    folder: Path,
    as_of: date | None,
    base: str | None,
    allow: tuple[tuple[str, int], ...],
    select: tuple[str, ...],
    exclude: tuple[str, ...],
    tenant_from: Path | None,
    observed: tuple[Path, ...],
    parallelism: int,
    sheet: Path,
    attest: Path | None,
    by: str | None,
    page: str | None,
    wait: int,
    detail: bool,
    redact: bool,
    format_name: str,
) -> int:
    """Execute a plan: a saved document, or a folder that is planned first."""
    from reconciler import pipeline

    plan_options = pipeline.PlanOptions(
        as_of, base, dict(allow), select, exclude, tenant_from, observed
    )
    is_saved = options.is_file(what)
    guide_options = by_hand.GuideOptions(by, wait, sheet, folder if is_saved else what, page)
    apply_options = ApplyOptions(
        yes,
        expect_digest,
        parallelism,
        detail,
        format_name,
        guide_options,
        strict=strict,
        approval=approval,
        redact=redact,
    )
    if approval and (is_saved or attest):
        raise click.UsageError("--approval goes with a folder, whose plan is derived again")
    if is_saved and attest:
        raise click.UsageError("--attest goes with a folder, so that what is open can be told")
    if is_saved and (select or exclude):
        raise click.UsageError("a saved plan is applied whole; select when it is made")
    if is_saved:
        return _saved(what, folder, plan_options, apply_options)
    if attest:
        return _attested(what, attest, plan_options, apply_options)
    return _folder(what, plan_options, apply_options)


def _saved(
    plan_file: Path, folder: Path, plan_options: pipeline.PlanOptions, apply_options: ApplyOptions
) -> int:
    from reconciler import pipeline, planfile

    environment = options.environment()
    saved = planfile.read(plan_file)
    checked = pipeline.validate_for_today(folder, environment, plan_options, saved.as_of)
    if checked.desired is None:
        return output.invalid(checked.diagnostics, apply_options.format_name)
    tenant = checked.desired.tenant
    with (
        pipeline.open_ledger(tenant, environment) as kept,
        by_hand.lease(
            kept, tenant, f"apply {plan_file}", apply_options.by_hand, apply_options.stop
        ),
    ):
        pipeline.verify_saved_plan(saved, tenant, environment, kept, apply_options.digest)
        with pipeline.open_provider(
            tenant, environment, read_only=False, desired=checked.desired
        ) as provider:
            inputs = saved, checked, folder, provider, environment, plan_options
            ready = pipeline.prepare(*inputs, kept=kept)
            if ready.moved_on:
                _say_moved_on(apply_options)
            if not ready.plan.changes and not ready.blockers:
                verdict = pipeline.finish_unchanged(ready, kept)
                return _nothing_to_do(ready.plan, verdict, apply_options)
            if _show(ready.plan, apply_options) and _ask(ready.plan, apply_options):
                ready = pipeline.prepare(*inputs, kept=kept)
            return _judged(ready, provider, kept, apply_options)


def _folder(folder: Path, plan_options: pipeline.PlanOptions, apply_options: ApplyOptions) -> int:
    from reconciler import pipeline

    environment = options.environment()
    checked = pipeline.validate_for_today(folder, environment, plan_options, plan_options.as_of)
    if checked.desired is None:
        return output.invalid(checked.diagnostics, apply_options.format_name)
    desired = checked.desired
    tenant = desired.tenant
    with (
        pipeline.open_ledger(tenant, environment) as kept,
        by_hand.lease(kept, tenant, f"apply {folder}", apply_options.by_hand, apply_options.stop),
        pipeline.open_provider(tenant, environment, read_only=False, desired=desired) as provider,
    ):
        compared = pipeline.compare(checked, folder, environment, plan_options, provider=provider)
        ordered = pipeline.ordered_plan(compared, environment, plan_options, checked.diagnostics)
        made = ordered.plan
        if plan_options.as_of not in (None, desired.as_of):
            pipeline.require_same_plan_today(
                checked, compared, folder, environment, plan_options, made
            )
        if not made.changes and made.applyable:
            return _nothing_to_do(made, pipeline.finish_empty(made, compared, kept), apply_options)
        pipeline.verify_saved_plan(made, tenant, environment, kept, apply_options.digest)
        is_applyable = _show(made, apply_options)
        if apply_options.approval:
            pipeline.verify_approval(apply_options.approval, made, environment)
        if not is_applyable:
            return Exit.BLOCKED
        if _ask(made, apply_options):
            judged = ordered, compared
            ready = pipeline.prepare(
                made, checked, folder, provider, environment, plan_options, kept=kept, judged=judged
            )
        else:
            ready = pipeline.prepare_at_once(ordered, compared, checked, environment)
        return _judged(ready, provider, kept, apply_options)


def _attested(
    folder: Path, sheet: Path, plan_options: pipeline.PlanOptions, apply_options: ApplyOptions
) -> int:
    """Take a completed sheet back, and show what is left: exit 0 for nothing, else 3."""
    from reconciler import manual, pipeline

    environment = options.environment()
    checked = pipeline.validate_for_today(folder, environment, plan_options, plan_options.as_of)
    if checked.desired is None:
        return output.invalid(checked.diagnostics, apply_options.format_name)
    desired = checked.desired
    with (
        pipeline.open_ledger(desired.tenant, environment) as kept,
        kept.lease(desired.tenant.name, f"attest {sheet}", lost=apply_options.stop),
    ):
        rows = by_hand.take_back(sheet, desired.tenant, kept, apply_options.by_hand)
        if rows is None:
            return Exit.INVALID
        compared = pipeline.compare(checked, folder, environment, plan_options)
        made = pipeline.plan(compared, environment, plan_options, checked.diagnostics)
        manual.note(rows, made, kept, by=apply_options.by_hand.by)
        verdict = pipeline.remember_in_sync(made, compared, kept)
        if not made.changes and made.applyable:
            return _nothing_to_do(made, verdict, apply_options)
    _show(made, apply_options)
    return Exit.UNFINISHED


def _nothing_to_do(made: Plan, verdict: Verdict, apply_options: ApplyOptions) -> int:
    _show(made, apply_options)
    show_verdict(verdict, made, apply_options)
    return Exit.DONE


def _judged(
    prepared: pipeline.PreparedPlan, provider: Provider, kept: Ledger, apply_options: ApplyOptions
) -> int:
    if not prepared.plan.applyable:
        _say_blockers(prepared)
        return Exit.BLOCKED
    return execute(prepared, provider, kept, apply_options)


def _show(made: Plan, apply_options: ApplyOptions) -> bool:
    """Show the plan, and return whether it may be applied.

    Beside a JSON result it goes to stderr.
    """
    if apply_options.redact:
        made = output.rendering("redact").plan(made)
    if apply_options.format_name == "text":
        output.plan(made, "text", detail=apply_options.detail)
    else:
        output.say(output.rendering("text").plan(made, detail=apply_options.detail).rstrip("\n"))
    return made.applyable


def _ask(made: Plan, apply_options: ApplyOptions) -> bool:
    """Ask for confirmation, and return whether somebody was asked.

    Raises `ClickException` (exit 1) unless the answer is yes.
    """
    if apply_options.yes or by_hand.is_by_hand(made):
        return False
    count = len(made.changes)
    tenant = options.harmless(made.tenant.name)
    options.confirm(f"Apply {count} change{'s' * (count != 1)} to {tenant}?")
    return True


def _say_moved_on(apply_options: ApplyOptions) -> None:
    """Say that the files have moved on. Raises `StalePlanError` with `--strict`."""
    message = "the files no longer ask for just the changes of this plan"
    if apply_options.strict:
        raise StalePlanError(message, hint="plan again")
    output.say(f"{message}; it is judged by the files of now, and applied as it is")


def _say_blockers(prepared: pipeline.PreparedPlan) -> None:
    from reconciler.render import escape

    output.say("blocked; nothing was written:")
    for blocker in prepared.blockers:
        acknowledge = f"  -> --allow {blocker.acknowledge}" if blocker.acknowledge else ""
        text = f"{blocker.guard}: {blocker.summary or f'{blocker.planned} of {blocker.limit}'}"
        output.say(f"  {escape.terminal(text + acknowledge)}")
