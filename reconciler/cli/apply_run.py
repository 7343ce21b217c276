"""How an apply is shown while it runs: the plan, the question, progress and interrupts."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler.cli import by_hand, options, output
from reconciler.errors import StalePlanError

if TYPE_CHECKING:
    from reconciler import pipeline
    from reconciler.model import Outcome, Plan


class ApplyOptions:
    """How an apply runs and is shown.

    `stop` is set by Ctrl-C, and when somebody takes the lease away; `is_interrupted` tells which.
    `redacted_for` is the tenant whose people are not shown, once its plan was.
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
        self.redacted_for = ""
        self.yes, self.digest, self.parallelism = yes, digest, parallelism
        self.detail, self.format_name, self.by_hand = detail, format_name, guide_options
        self.stop = threading.Event()
        self.is_interrupted = False


def show(made: Plan, apply_options: ApplyOptions) -> bool:
    """Show the plan, and return whether it may be applied.

    Beside a JSON result it goes to stderr.
    """
    output.record(plan=made)
    is_applyable = made.applyable
    if apply_options.redact:
        apply_options.redacted_for = made.tenant.name
        made = output.rendering("redact").plan(made)
    if apply_options.format_name == "text":
        output.plan(made, "text", detail=apply_options.detail)
    else:
        output.say(output.rendering("text").plan(made, detail=apply_options.detail).rstrip("\n"))
    return is_applyable


def ask(made: Plan, apply_options: ApplyOptions) -> bool:
    """Ask for confirmation, and return whether somebody was asked.

    Raises `ClickException` (exit 1) unless the answer is yes.
    """
    if apply_options.yes or by_hand.is_by_hand(made):
        return False
    count = len(made.changes)
    tenant = options.harmless(made.tenant.name)
    options.confirm(f"Apply {count} change{'s' * (count != 1)} to {tenant}?")
    return True


def say_moved_on(apply_options: ApplyOptions) -> None:
    """Say that the files have moved on. Raises `StalePlanError` with `--strict`."""
    message = "the files no longer ask for just the changes of this plan"
    if apply_options.strict:
        raise StalePlanError(message, hint="plan again")
    output.say(f"{message}; it is judged by the files of now, and applied as it is")


def say_blockers(prepared: pipeline.PreparedPlan, apply_options: ApplyOptions) -> None:
    from reconciler.render import escape

    plan = replace(prepared.plan, blockers=tuple(prepared.blockers))
    if apply_options.redact:
        plan = output.rendering("redact").plan(plan)
    output.say("blocked; nothing was written:")
    for blocker in plan.blockers:
        acknowledge = f"  -> --allow {blocker.acknowledge}" if blocker.acknowledge else ""
        text = f"{blocker.guard}: {blocker.summary or f'{blocker.planned} of {blocker.limit}'}"
        output.say(f"  {escape.terminal(text + acknowledge)}")


def watch(running: Iterator[Outcome], total: int, outcomes: list[Outcome]) -> None:
    """Collect all outcomes, with a progress bar on a terminal."""
    from reconciler.render import terminal

    with terminal.progress(total, sys.stderr, os.environ) as advance:
        for outcome in running:
            outcomes.append(outcome)
            advance(outcome)


@contextmanager
def interrupts(apply_options: ApplyOptions) -> Iterator[None]:
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
