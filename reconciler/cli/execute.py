"""Carry out a prepared plan, and show how it ended."""

from __future__ import annotations

import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli import by_hand, options, output
from reconciler.cli.exits import Exit
from reconciler.errors import LeaseHeldError, ReconcilerError
from reconciler.model import Result

if TYPE_CHECKING:
    from reconciler import pipeline
    from reconciler.model import Ledger, Outcome, Plan, Provider, Verdict

SENT = frozenset({Result.APPLIED, Result.FAILED, Result.MANUAL})
"""Results of operations that were sent, or may have been."""


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
        approval: Path | None = None,
        redact: bool = False,
    ) -> None:
        self.strict, self.approval, self.redact = strict, approval, redact
        self.yes, self.digest, self.parallelism = yes, digest, parallelism
        self.detail, self.format_name, self.by_hand = detail, format_name, guide_options
        self.stop = threading.Event()
        self.is_interrupted = False


def execute(
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
            return _concluded(verdict, prepared.plan, apply_options)
        except Exception as error:  # whatever it is: what was sent is shown, and never exit code 1
            if not any(outcome.result in SENT for outcome in outcomes):
                raise
            return _broken_off(error, outcomes, prepared.plan, apply_options)


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


def show_verdict(verdict: Verdict, made: Plan, apply_options: ApplyOptions) -> None:
    tenant = made.tenant.name if apply_options.redact else ""
    output.verdict(verdict, apply_options.format_name, tenant=tenant)


def _concluded(verdict: Verdict, made: Plan, apply_options: ApplyOptions) -> int:
    """Show the verdict, and return the exit code."""
    from reconciler import pipeline

    show_verdict(verdict, made, apply_options)
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


def _broken_off(
    error: Exception, outcomes: list[Outcome], made: Plan, apply_options: ApplyOptions
) -> int:
    """Show the known outcomes after an unexpected error."""
    from reconciler import pipeline
    from reconciler.model import Verdict

    if not isinstance(error, ReconcilerError):
        output.say("".join(traceback.format_exception(error)).rstrip())
    verdict = Verdict(tuple(outcomes), converged=False)
    show_verdict(pipeline.add_doubt(verdict, f"{error}"), made, apply_options)
    output.say(f"cannot tell what the rest is: {options.harmless(str(error))}: plan again")
    return Exit.UNFINISHED


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
