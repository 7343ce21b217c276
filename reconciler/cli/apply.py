"""`reconciler apply [PLAN|DIR]`."""

from __future__ import annotations

import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli import by_hand, options, output, reports
from reconciler.cli.exits import Exit
from reconciler.errors import LeaseHeldError, ReconcilerError, StalePlanError
from reconciler.model import Result

if TYPE_CHECKING:
    from reconciler import pipeline
    from reconciler.model import Ledger, Outcome, Plan, Provider, Verdict


SENT = frozenset({Result.APPLIED, Result.FAILED, Result.MANUAL})
"""Results of operations that were sent, or may have been."""


@click.command("apply")
@click.argument("what", metavar="[PLAN|DIR]", type=options.FOLDER, default="desired-state")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--expect-digest", metavar="DIGEST", help="Stop with 5 unless the plan has it.")
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
@options.output_format("text", "json")
@reports.reporting("apply")
def command(
    what: Path,
    yes: bool,
    expect_digest: str | None,
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
        yes, expect_digest, parallelism, detail, format_name, guide_options, strict=strict
    )
    if is_saved and attest:
        raise click.UsageError("--attest goes with a folder, so that what is open can be told")
    if is_saved and (select or exclude):
        raise click.UsageError("a saved plan is applied whole; select when it is made")
    if is_saved:
        return _saved(what, folder, plan_options, apply_options)
    if attest:
        return _attested(what, attest, plan_options, apply_options)
    return _folder(what, plan_options, apply_options)


class ApplyOptions:
    """How an apply runs and is shown.

    `stop` is set by Ctrl-C, and when somebody takes the lease away; `is_interrupted` tells which.
    """

    def __init__(
        self,
        yes: bool,
        digest: str | None,
        parallelism: int,
        detail: bool,
        format_name: str,
        guide_options: by_hand.GuideOptions,
        *,
        strict: bool = False,
    ) -> None:
        self.strict = strict
        self.yes, self.digest, self.parallelism = yes, digest, parallelism
        self.detail, self.format_name, self.by_hand = detail, format_name, guide_options
        self.stop = threading.Event()
        self.is_interrupted = False


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
        if not _show(made, apply_options):
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
    output.verdict(verdict, apply_options.format_name)
    return Exit.DONE


def _judged(
    prepared: pipeline.PreparedPlan, provider: Provider, kept: Ledger, apply_options: ApplyOptions
) -> int:
    if not prepared.plan.applyable:
        _say_blockers(prepared)
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
    with nullcontext() if is_by_hand else _interrupts(apply_options):
        if apply_options.stop.is_set():
            raise _stopped_early(apply_options)
        run = pipeline.start(prepared, kept)
        outcomes: list[Outcome] = []
        try:
            _carry_out(prepared, provider, kept, run, apply_options, outcomes)
            verdict = pipeline.verify(prepared, provider, kept, run, outcomes)
            return _concluded(verdict, apply_options)
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
        _watch(running, len(prepared.graph.operations), outcomes)
    except ReconcilerError:
        outcomes.clear()  # it is raised only where nothing was sent
        raise


def _concluded(verdict: Verdict, apply_options: ApplyOptions) -> int:
    """Show the verdict, and return the exit code."""
    from reconciler import pipeline

    output.verdict(verdict, apply_options.format_name)
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
    output.verdict(pipeline.add_doubt(verdict, f"{error}"), apply_options.format_name)
    output.say(f"cannot tell what the rest is: {options.harmless(str(error))}: plan again")
    return Exit.UNFINISHED


def _show(made: Plan, apply_options: ApplyOptions) -> bool:
    """Show the plan, and return whether it may be applied.

    Beside a JSON result it goes to stderr.
    """
    is_beside = apply_options.format_name != "text"
    output.plan(made, "text", detail=apply_options.detail, is_beside=is_beside)
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


def _watch(running: Iterator[Outcome], total: int, outcomes: list[Outcome]) -> None:
    """Collect all outcomes, with a progress bar on a terminal."""
    from reconciler.render import terminal

    with terminal.progress(total, sys.stderr, os.environ) as advance:
        for outcome in running:
            outcomes.append(outcome)
            advance(outcome)


@contextmanager
def _interrupts(apply_options: ApplyOptions) -> Iterator[None]:
    """Let Ctrl-C and SIGTERM finish what is in flight."""

    def interrupt(_number: int, _frame: Any) -> None:
        apply_options.is_interrupted = True
        apply_options.stop.set()

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    before = {number: signal.signal(number, interrupt) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
