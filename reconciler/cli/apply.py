"""`reconciler apply [PLAN|DIR]`."""

from __future__ import annotations

import traceback
from contextlib import nullcontext
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli import by_hand, options, output, reports
from reconciler.cli.apply_run import (
    ApplyOptions,
    ask,
    interrupts,
    say_blockers,
    say_moved_on,
    show,
    watch,
)
from reconciler.cli.exits import Exit
from reconciler.errors import LeaseHeldError, ReconcilerError
from reconciler.model import DueWork, Result

if TYPE_CHECKING:
    from reconciler import pipeline
    from reconciler.model import Ledger, Outcome, Plan, Provider, Verdict


SENT = frozenset({Result.APPLIED, Result.FAILED, Result.MANUAL})
"""Results of operations that were sent, or may have been."""


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
@options.due
@options.as_of
@options.since
@options.base
@options.allow
@options.selection
@options.trusted_folder
@options.observed
@options.parallelism
@options.by_hand
@options.detail
@options.redact
@options.output_format("text", "json")
@reports.reporting("apply")
def command(
    what: Path,
    yes: bool,
    expect_digest: str | None,
    approval: Path | None,
    strict: bool,
    due: bool,
    as_of: date | None,
    since: date | datetime | None,
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
    from reconciler import pipeline, planfile

    is_saved = options.is_file(what) or options.is_missing_plan(what)
    if approval and (is_saved or attest):
        raise click.UsageError("--approval goes with a folder, whose plan is derived again")
    if is_saved and attest:
        raise click.UsageError("--attest goes with a folder, so that what is open can be told")
    if is_saved and (select or exclude):
        raise click.UsageError("a saved plan is applied whole; select when it is made")
    plan_options = pipeline.PlanOptions(
        as_of, base, dict(allow), select, exclude, tenant_from, observed, due, since
    )
    saved, folder = None, what
    if is_saved:
        saved = planfile.read(what)
        folder = tenant_from or pipeline.folder_of(saved, options.environment().root)
        plan_options = replace(plan_options, tenant_from=None)
    guide_options = by_hand.GuideOptions(by, wait, sheet, folder, page)
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
    if saved:
        return _saved(saved, what, folder, plan_options, apply_options)
    if attest:
        return _attested(what, attest, plan_options, apply_options)
    return _folder(what, plan_options, apply_options)


def _saved(
    saved: Plan,
    plan_file: Path,
    folder: Path,
    plan_options: pipeline.PlanOptions,
    apply_options: ApplyOptions,
) -> int:
    from reconciler import pipeline

    environment = options.environment()
    checked = pipeline.validate_for_today(folder, environment, plan_options, saved.as_of)
    if checked.desired is None:
        return _invalid(checked, folder, apply_options)
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
                say_moved_on(apply_options)
            if not ready.plan.changes and not ready.blockers:
                verdict = pipeline.finish_unchanged(ready, kept)
                return _nothing_to_do(ready.plan, verdict, apply_options)
            if show(ready.plan, apply_options) and ask(ready.plan, apply_options):
                ready = pipeline.prepare(*inputs, kept=kept)
            return _apply_prepared(ready, provider, kept, apply_options)


def _invalid(checked: pipeline.ValidationResult, folder: Path, apply_options: ApplyOptions) -> int:
    return output.invalid(
        checked.diagnostics,
        apply_options.format_name,
        folder=str(folder),
        redact=apply_options.redact,
    )


def _folder(folder: Path, plan_options: pipeline.PlanOptions, apply_options: ApplyOptions) -> int:
    from reconciler import pipeline

    environment = options.environment()
    checked = pipeline.validate_for_today(folder, environment, plan_options, plan_options.as_of)
    if checked.desired is None:
        return _invalid(checked, folder, apply_options)
    desired = checked.desired
    tenant = desired.tenant
    work = None
    if plan_options.due:
        work, is_reached = pipeline.dates_reached(checked, folder, environment, plan_options)
        if not is_reached:
            return output.nothing_due(tenant.name, work, apply_options.format_name)
    with (
        pipeline.open_ledger(tenant, environment) as kept,
        by_hand.lease(kept, tenant, f"apply {folder}", apply_options.by_hand, apply_options.stop),
        pipeline.open_provider(tenant, environment, read_only=False, desired=desired) as provider,
    ):
        compared = pipeline.compare(checked, folder, environment, plan_options, provider=provider)
        if work:
            compared, work = pipeline.due_only(compared, environment, plan_options, work)
        ordered = pipeline.ordered_plan(
            compared, environment, plan_options, checked.diagnostics, due=work
        )
        if work and work.others:
            return _not_only_due(ordered.plan, work, apply_options)
        if plan_options.as_of not in (None, desired.as_of):
            pipeline.require_same_plan_today(
                checked, compared, folder, environment, plan_options, ordered.plan
            )
        inputs = checked, folder, provider, environment, plan_options
        return _build_plan(ordered, compared, inputs, kept, apply_options)


def _build_plan(
    ordered: pipeline.OrderedPlan,
    compared: pipeline.ComparisonResult,
    inputs: tuple[
        pipeline.ValidationResult, Path, Provider, pipeline.Environment, pipeline.PlanOptions
    ],
    kept: Ledger,
    apply_options: ApplyOptions,
) -> int:
    """Show a plan that was just made, ask, and carry it out."""
    from reconciler import pipeline

    checked, _, provider, environment, _ = inputs
    made = ordered.plan
    if not made.changes and made.applyable:
        return _nothing_to_do(made, pipeline.finish_empty(made, compared, kept), apply_options)
    tenant = compared.desired.tenant
    pipeline.verify_saved_plan(made, tenant, environment, kept, apply_options.digest)
    is_applyable = show(made, apply_options)
    if apply_options.approval:
        pipeline.verify_approval(apply_options.approval, made, environment)
    if not is_applyable:
        return Exit.BLOCKED
    ready = pipeline.prepare_at_once(ordered, compared, checked, environment)
    if ask(made, apply_options):
        ready = pipeline.prepare(made, *inputs, kept=kept, judged=(ordered, compared))
    return _apply_prepared(ready, provider, kept, apply_options)


def _not_only_due(made: Plan, work: DueWork, apply_options: ApplyOptions) -> int:
    """Stop with 5 where something is due and more differs; nothing is written."""
    if not work.addresses and made.applyable:
        return output.nothing_due(made.tenant.name, work, apply_options.format_name)
    show(made, apply_options)
    raise output.not_only_due(made, redact=apply_options.redact)


def _attested(
    folder: Path, sheet: Path, plan_options: pipeline.PlanOptions, apply_options: ApplyOptions
) -> int:
    """Take a completed sheet back, and show what is left: exit 0 for nothing, else 3."""
    from reconciler import manual, pipeline

    environment = options.environment()
    checked = pipeline.validate_for_today(folder, environment, plan_options, plan_options.as_of)
    if checked.desired is None:
        return _invalid(checked, folder, apply_options)
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
    show(made, apply_options)
    return Exit.UNFINISHED


def _nothing_to_do(made: Plan, verdict: Verdict, apply_options: ApplyOptions) -> int:
    show(made, apply_options)
    output.verdict(verdict, apply_options.format_name, tenant=apply_options.redacted_for)
    return Exit.DONE


def _apply_prepared(
    prepared: pipeline.PreparedPlan, provider: Provider, kept: Ledger, apply_options: ApplyOptions
) -> int:
    if not prepared.plan.applyable:
        say_blockers(prepared, apply_options)
        return Exit.BLOCKED
    return _execute(prepared, provider, kept, apply_options)


def _execute(
    prepared: pipeline.PreparedPlan,
    provider: Provider,
    kept: Ledger,
    apply_options: ApplyOptions,
) -> int:
    from reconciler import pipeline

    is_by_hand = by_hand.is_by_hand(prepared.plan)
    if is_by_hand and (apply_options.yes or not by_hand.is_there()):
        return by_hand.write(prepared, kept, apply_options.by_hand)
    with nullcontext() if is_by_hand else interrupts(apply_options):
        if apply_options.stop.is_set():
            raise _stopped_early(apply_options)
        run = pipeline.start(prepared, kept)
        outcomes: list[Outcome] = []
        try:
            _carry_out(prepared, provider, kept, run, apply_options, outcomes)
            verdict = pipeline.verify(prepared, provider, kept, run, outcomes)
            return _concluded(verdict, apply_options, prepared.plan)
        except Exception as error:  # whatever it is: what was sent is shown, and never exit code 1
            if not any(outcome.result in SENT for outcome in outcomes):
                raise
            return _broken_off(error, outcomes, apply_options)


def _stopped_early(apply_options: ApplyOptions) -> Exception:
    if apply_options.is_interrupted:
        return click.Abort()
    return LeaseHeldError("the lease was taken away before the first write", hint="apply again")


def _carry_out(
    prepared: pipeline.PreparedPlan,
    provider: Provider,
    kept: Ledger,
    run: str,
    apply_options: ApplyOptions,
    outcomes: list[Outcome],
) -> None:
    """Carry out the plan, and add `outcomes` as they become known.

    Over the tenant's API, or by a person.
    """
    from reconciler import apply, pipeline

    if by_hand.is_by_hand(prepared.plan):
        outcomes += by_hand.guide(
            prepared, provider, kept, run, apply_options.by_hand, apply_options.stop
        )
        return
    settings = apply.Settings(
        parallelism=apply_options.parallelism, live_calls=prepared.plan.policy.live_calls
    )
    running = pipeline.execute(
        prepared, provider, kept, run, settings=settings, stop=apply_options.stop
    )
    try:
        watch(running, len(prepared.graph.operations), outcomes)
    except ReconcilerError:
        outcomes.clear()  # it is raised only where nothing was sent
        raise


def _concluded(verdict: Verdict, apply_options: ApplyOptions, made: Plan) -> int:
    """Show the verdict, and return the exit code."""
    from reconciler import pipeline

    output.verdict(verdict, apply_options.format_name, tenant=apply_options.redacted_for)
    if tenant := apply_options.redacted_for:
        redact = output.rendering("redact")
        made, verdict = redact.plan(made), redact.verdict(verdict, tenant)
    output.remind(made, verdict)
    if apply_options.stop.is_set() and not apply_options.is_interrupted:
        output.say("the lease was taken away; nothing more was started: plan and apply again")
        return Exit.UNFINISHED
    if apply_options.is_interrupted:
        output.say("interrupted; what was in flight is recorded: plan and apply again to go on")
        return Exit.INTERRUPTED
    for why in verdict.cannot_tell:
        output.say(f"cannot tell: {options.harmless(why)}")
    done = all(outcome.result in pipeline.DONE for outcome in verdict.outcomes)
    is_certain = verdict.converged and not verdict.cannot_tell
    return Exit.DONE if done and is_certain else Exit.UNFINISHED


def _broken_off(error: Exception, outcomes: list[Outcome], apply_options: ApplyOptions) -> int:
    """Show the known outcomes after an unexpected error."""
    from reconciler import pipeline
    from reconciler.model import Verdict

    if not isinstance(error, ReconcilerError):
        output.say("".join(traceback.format_exception(error)).rstrip())
    verdict = Verdict(tuple(outcomes), converged=False)
    verdict = pipeline.add_doubt(verdict, f"{error}")
    output.verdict(verdict, apply_options.format_name, tenant=apply_options.redacted_for)
    output.say(f"cannot tell what the rest is: {options.harmless(str(error))}: plan again")
    return Exit.UNFINISHED
