"""An apply that guides a person through the tenant's console, and looks at what comes of it."""

from __future__ import annotations

import getpass
import json
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import click

from reconciler import claims
from reconciler.cli import options, output
from reconciler.cli.exits import Exit
from reconciler.errors import CannotTellError, ReconcilerError

if TYPE_CHECKING:
    from reconciler import pipeline, worksheet
    from reconciler.model import Ledger, Outcome, Plan, Provider, Tenant

KEYS = {"d": "done", "s": "skip", "f": "failed", "b": "back", "q": "leave"}
SUFFIXES = ("md", "html", "csv", "json")
LARGEST_SHEET = 50_000_000


class Manner:
    """How somebody is guided. `wait` is the patience, in seconds, until the tenant shows a step;
    `stem` is where the sheet is written, without a suffix; `folder` has the files it goes with.
    """

    def __init__(self, by: str | None, wait: int, stem: Path, folder: Path) -> None:
        self.by, self.wait, self.stem, self.folder = by or _user(), wait, stem, folder


def is_by_hand(plan: Plan) -> bool:
    from reconciler.model import Execution

    return any(change.execution is Execution.MANUAL for change in plan.changes)


def is_there() -> bool:
    """Whether somebody sits at a terminal."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))


def write(prepared: pipeline.PreparedPlan, how: Manner) -> int:
    """The sheet in all its forms, side by side, and nothing done yet. Raises `ClickException`."""
    from reconciler import worksheet
    from reconciler.render import sheet as rendered

    sheet = worksheet.sheet(prepared.plan, prepared.reading)
    texts = {
        "md": rendered.markdown(sheet),
        "html": rendered.html(sheet),
        "csv": rendered.csv(sheet),
        "json": json.dumps(rendered.document(sheet), ensure_ascii=False, indent=2) + "\n",
    }
    names = {suffix: how.stem.with_name(f"{how.stem.name}.{suffix}") for suffix in SUFFIXES}
    for suffix, name in names.items():
        options.save(name, texts[suffix])
    written = options.harmless(", ".join(map(str, names.values())))
    csv = options.harmless(str(names["csv"]))
    output.say(f"this tenant is changed {claims.BY_HAND}; the work sheet is in {written}")
    folder = options.harmless(str(how.folder))
    output.say(f"fill in result, by and when in {csv} as the steps get done, then hand it in:")
    output.say(f"  reconciler apply {folder} --attest {csv}")
    return Exit.UNFINISHED


def walk(
    prepared: pipeline.PreparedPlan,
    provider: Provider,
    kept: Ledger,
    run: str,
    how: Manner,
    lost: Event,
) -> list[Outcome]:
    """Asks step by step and records each answer; the outcome of every operation. Of a run that is
    killed the ledger knows what was answered. Nothing more is asked once the lease is `lost`.
    """
    from reconciler import worksheet

    sheet = worksheet.sheet(prepared.plan, prepared.reading)
    operations = prepared.graph.operations
    asking = _Asking(
        worksheet.Walk(sheet, operations, kept, by=how.by, clock=options.now),
        prepared,
        provider,
        how.wait,
    )

    def record() -> list[Outcome]:
        outcomes = worksheet.with_proof(asking.walk.outcomes(operations), sheet, asking.shown)
        try:
            kept.record(run, outcomes if asking.walk.current is None else _settled(outcomes))
        except ReconcilerError as error:
            asking.stop(str(error))
        return outcomes

    kept.intend(run, operations)
    asking.run(record, lost)
    return record()


def take_back(
    file: Path, tenant: Tenant, kept: Ledger, how: Manner
) -> tuple[worksheet.Reported, ...] | None:
    """Records what a finished sheet says; None where a row cannot be believed (nothing is)."""
    from reconciler import pipeline, regular_files, worksheet

    hint = "name the filled-in work sheet (CSV)"
    content = regular_files.content(file, largest=LARGEST_SHEET, hint=hint)
    returned = worksheet.read(content, tenant.name, file=str(file))
    if returned.diagnostics:
        output.say(output.rendering("text").diagnostics(returned.diagnostics).rstrip("\n"))
        output.say("nothing was recorded")
        return None
    done = pipeline.attest(returned.rows, tenant, kept, by=how.by, now=options.now())
    output.say(f"{_steps(done)} recorded as done, {len(returned.rows) - done} as not done")
    return returned.rows


class _Asking:
    """A walk at a terminal. `shown` are the steps that the tenant's lists bear out."""

    def __init__(
        self,
        walk: worksheet.Walk,
        prepared: pipeline.PreparedPlan,
        provider: Provider,
        wait: int,
    ) -> None:
        self.walk, self._prepared, self._provider, self._wait = walk, prepared, provider, wait
        self.shown: list[worksheet.Step] = []
        self.is_stopped = False

    def run(self, record: Callable[[], object], lost: Event) -> None:
        """`record` is called after each answer."""
        from reconciler.render import sheet as rendered

        sheet, visit = self.walk.sheet, None
        output.say(f"\n{rendered.opening(sheet, self.walk.by, width=_width())}")
        while stop := self.walk.current:
            if stop.visit is not visit:
                output.say(f"\n{rendered.heading(stop, width=_width())}")
            visit = stop.visit
            output.say(f"\n{rendered.stop(stop, sheet, width=_width())}")
            word = "leave" if self.is_stopped else _asked()
            try:
                self._answer(stop, "leave" if lost.is_set() or self.is_stopped else word)
            except ReconcilerError as error:
                self.stop(str(error))
                break
            record()
        for step, said in self.walk.left_out():
            output.say(f"step {step.number} was left out: it needs step {said.waits_for}")

    def stop(self, why: str) -> None:
        """Asks nothing more: an answer that cannot be recorded would be forgotten."""
        if not self.is_stopped:
            output.say(f"the answer could not be recorded: {options.harmless(why)}")
        self.is_stopped = True

    def _answer(self, stop: worksheet.Stop, word: str) -> None:
        from reconciler.worksheet import Answer

        match word:
            case "done":
                self._done(stop)
            case "skip":
                self.walk.answer(Answer.SKIPPED)
            case "failed":
                self.walk.answer(Answer.FAILED, _what_happened())
            case "back":
                self._back()
            case _:
                self._leave()

    def _done(self, stop: worksheet.Stop) -> None:
        from reconciler.worksheet import Answer, Proof

        recorded = self.walk.answer(Answer.DONE)
        if stop.step and not recorded:
            output.say(f"step {stop.step.number}: noted; recorded when the page is saved")
        for step in recorded:
            if step.proof is Proof.NOTHING:
                output.say(f"step {step.number}: recorded as your word")
        self._look(recorded)

    def _back(self) -> None:
        if not self.walk.back():
            output.say("this is the first step")
        self.shown = [step for step in self.shown if step in self.walk.done]

    def _leave(self) -> None:
        if unsaved := self.walk.leave():
            output.say(f"the page was not saved, so {_steps(unsaved)} on it stay open")
        output.say("left; the same command goes on with what is open")

    def _look(self, done: Sequence[worksheet.Step]) -> None:
        """Until the tenant's lists bear out what they can tell of, within the patience."""
        from reconciler.worksheet import Proof

        wanted = [step for step in done if step.proof is not Proof.NOTHING]
        if not wanted:
            return
        shown: list[worksheet.Step] = []
        try:
            shown = self._waited(wanted)
        except CannotTellError as error:
            output.say(f"the tenant could not be looked at: {options.harmless(str(error))}")
        except KeyboardInterrupt:
            output.say("")
        for step in wanted:
            verdict = "the tenant shows it" if step in shown else "not shown; it is your word"
            output.say(f"step {step.number}: {verdict}")
        self.shown += shown

    def _waited(self, wanted: Sequence[worksheet.Step]) -> list[worksheet.Step]:
        from reconciler import pipeline
        from reconciler.worksheet import is_shown

        end, told = time.monotonic() + self._wait, False
        while True:
            reading = pipeline.look(self._prepared, self._provider)
            shown = [step for step in wanted if is_shown(step, reading)]
            if len(shown) == len(wanted) or time.monotonic() >= end:
                return shown
            if not told:
                output.say(f"looking for up to {self._wait} s; Ctrl-C goes on without")
                told = True
            time.sleep(min(1.0, self._wait))


def _settled(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """What may still be answered is not settled."""
    from reconciler.model import Result

    return [one for one in outcomes if one.result is not Result.NOT_STARTED]


def _asked() -> str:
    """One of the words of `KEYS`. The end of input and Ctrl-C leave."""
    words = ", ".join(f"[{key}] {word}" for key, word in KEYS.items())
    while True:
        _forget_what_was_typed()
        try:
            answer = click.prompt(words, err=True, prompt_suffix=" ? ", show_default=False)
        except click.Abort:
            output.say("")
            return "leave"
        for key, word in KEYS.items():
            if answer.strip().lower() in (key, word):
                return word
        output.say(f"{options.harmless(answer)!r} is none of them")


def _forget_what_was_typed() -> None:
    """An answer is to a question that was seen, not to one that comes up after a wait."""
    with suppress(ImportError, OSError):
        import termios

        termios.tcflush(sys.stdin, termios.TCIFLUSH)


def _width() -> int:
    return shutil.get_terminal_size().columns


def _what_happened() -> str:
    try:
        return str(click.prompt("What happened", err=True, default="", show_default=False))
    except click.Abort:
        return ""


def _steps(count: int) -> str:
    return "1 step" if count == 1 else f"{count} steps"


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "somebody"
