"""What an apply does where a person changes the tenant: the sheet, the guide, the way back."""

from __future__ import annotations

import getpass
import json
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from reconciler import claims
from reconciler.cli import options, output
from reconciler.cli.exits import Exit
from reconciler.errors import LeaseHeldError, ReconcilerError

if TYPE_CHECKING:
    from reconciler import manual, pipeline
    from reconciler.manual.guide import Terminal
    from reconciler.model import Ledger, Outcome, Plan, Provider, Tenant

LARGEST_SHEET = 50_000_000
WITH_A_CONSOLE = frozenset({"xima"})
"""Providers whose tenants are changed page by page, by people."""
LOOKS = 10
SUFFIXES = ("md", "html", "csv", "json")


class GuideOptions:
    """How somebody is guided. `wait` is the patience, in seconds, until the tenant shows a step;
    `stem` is where the sheet is written, without a suffix; `folder` has the files it goes with;
    `page` is the only page that is asked about.
    """

    def __init__(
        self, by: str | None, wait: int, stem: Path, folder: Path, page: str | None = None
    ) -> None:
        self.by, self.wait, self.stem, self.folder = by or _user(), wait, stem, folder
        self.page = _page(page)


def _page(name: str | None) -> str | None:
    """As the console calls it, whatever the case. Raises `UsageError`."""
    if name is None:
        return None
    from reconciler.manual.console import PAGES

    pages = {page.name.casefold(): page.name for page in PAGES}
    if name.casefold() not in pages:
        raise click.UsageError(f"--page is one of {', '.join(pages.values())}")
    return pages[name.casefold()]


def page_leases(tenant: Tenant) -> dict[str, str]:
    """What is held by whoever applies one page, by its name; none where nothing is done by hand."""
    from reconciler.manual.console import PAGES

    if tenant.provider not in WITH_A_CONSOLE:
        return {}
    return {page.name: f"{tenant.name} ({page.name})" for page in PAGES}


@contextmanager
def lease(
    kept: Ledger, tenant: Tenant, reason: str, guide_options: GuideOptions, lost: Event
) -> Iterator[None]:
    """The tenant for one apply, or one page of its console: two people take different pages, and
    nobody applies the whole meanwhile. Raises `LeaseHeldError`.
    """
    pages = page_leases(tenant)
    own = pages.get(guide_options.page or "", tenant.name)
    others = [tenant.name] if own != tenant.name else list(pages.values())
    with kept.lease(own, reason, lost=lost):
        for other in others:
            _expect_free(kept, other, reason)
        yield


def _expect_free(kept: Ledger, name: str, reason: str) -> None:
    """Somebody who only looks, as we do here, holds it for a moment: so we look again."""
    for attempt in range(LOOKS, -1, -1):
        try:
            with kept.lease(name, reason):
                return
        except LeaseHeldError:
            if not attempt:
                raise
            time.sleep(0.1)


def is_by_hand(plan: Plan) -> bool:
    from reconciler.model import Execution

    return any(change.execution is Execution.MANUAL for change in plan.changes)


def is_there() -> bool:
    """Whether somebody sits at a terminal."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))


def write(prepared: pipeline.PreparedPlan, kept: Ledger, guide_options: GuideOptions) -> int:
    """The sheet in all its forms, side by side, and nothing done yet. Raises `ClickException`."""
    from reconciler import manual
    from reconciler.manual import rendering

    sheet = manual.sheet(prepared.plan, prepared.reading)
    sheet = replace(
        sheet, visits=tuple(v for v in sheet.visits if guide_options.page in (None, v.page))
    )
    texts = {
        "md": rendering.markdown(sheet),
        "html": rendering.html(sheet),
        "csv": rendering.csv(sheet),
        "json": json.dumps(rendering.document(sheet), ensure_ascii=False, indent=2) + "\n",
    }
    names = {
        suffix: guide_options.stem.with_name(f"{guide_options.stem.name}.{suffix}")
        for suffix in SUFFIXES
    }
    for suffix, name in names.items():
        options.save(name, texts[suffix])
    manual.ask(sheet, kept, options.now())
    written = options.harmless(", ".join(map(str, names.values())))
    csv = options.harmless(str(names["csv"]))
    output.say(f"this tenant is changed {claims.BY_HAND}; the work sheet is in {written}")
    folder = options.harmless(str(guide_options.folder))
    output.say(f"fill in result, by and when in {csv} as the steps get done, then hand it in:")
    output.say(f"  reconciler apply {folder} --attest {csv}")
    return Exit.UNFINISHED


def guide(
    prepared: pipeline.PreparedPlan,
    provider: Provider,
    kept: Ledger,
    run: str,
    guide_options: GuideOptions,
    lost: Event,
    terminal: Terminal | None = None,
) -> list[Outcome]:
    """Asks step by step and records each answer; the outcome of every operation. Of a run that is
    killed the ledger knows what was answered. Nothing more is asked once the lease is `lost`.
    """
    from reconciler import manual, pipeline
    from reconciler.manual.guide import Guide, final_outcomes

    sheet = manual.sheet(prepared.plan, prepared.reading)
    operations = prepared.graph.operations
    session = manual.GuidedSession(
        sheet, operations, kept, by=guide_options.by, clock=options.moment, page=guide_options.page
    )
    asking = Guide(
        session,
        terminal or ClickTerminal(),
        prepared.reading,
        lambda: pipeline.look(prepared, provider),
        guide_options.wait,
    )

    def record() -> list[Outcome]:
        found = manual.with_proof(session.outcomes(operations), sheet, asking.shown)
        try:
            kept.record(run, found if session.current is None else final_outcomes(found))
        except ReconcilerError as error:
            asking.stop(str(error))
        return found

    kept.intend(run, operations)
    manual.ask(sheet, kept, options.now())
    asking.run(record, lost)
    return record()


def take_back(
    file: Path, tenant: Tenant, kept: Ledger, guide_options: GuideOptions
) -> tuple[manual.Reported, ...] | None:
    """Records what a finished sheet says; None where a row cannot be believed (nothing is)."""
    from reconciler import manual, regular_files

    hint = "name the filled-in work sheet (CSV)"
    content = regular_files.content(file, largest=LARGEST_SHEET, hint=hint)
    moment = manual.Moment(options.moment(), ZoneInfo(tenant.timezone))
    returned = manual.read(content, tenant.name, moment, file=str(file))
    if returned.diagnostics:
        output.say(output.rendering("text").diagnostics(returned.diagnostics).rstrip("\n"))
        output.say("nothing was recorded")
        return None
    done = manual.attest(returned.rows, tenant, kept, by=guide_options.by, now=moment.now)
    steps = "1 step" if done == 1 else f"{done} steps"
    output.say(f"{steps} recorded as done, {len(returned.rows) - done} as not done")
    return returned.rows


class ClickTerminal:
    """The terminal of this process: questions on stderr, answers from stdin."""

    def say(self, text: str) -> None:
        output.say(text)

    def width(self) -> int:
        return shutil.get_terminal_size().columns

    def choose(self, choices: Sequence[str]) -> str:
        """By its word or first letter (`leave` by q). What was typed too early answers nothing."""
        keys = {("q" if word == "leave" else word[0]): word for word in choices}
        prompt = ", ".join(f"[{key}] {word}" for key, word in keys.items())
        while True:
            _forget_what_was_typed()
            try:
                answer = click.prompt(prompt, err=True, prompt_suffix=" ? ", show_default=False)
            except click.Abort:
                output.say("")
                return choices[-1]
            word = answer.strip().lower()
            if word in choices or word in keys:
                return keys.get(word, word)
            output.say(f"{options.harmless(answer)!r} is none of them")

    def ask(self, question: str) -> str:
        try:
            return str(click.prompt(question, err=True, default="", show_default=False))
        except click.Abort:
            return ""

    def line(self, question: str) -> str | None:
        try:
            return str(click.prompt(question, err=True, default="", show_default=False))
        except click.Abort:
            output.say("")
            return None


def _forget_what_was_typed() -> None:
    """An answer is to a question that was seen, not to one that comes up after a wait."""
    with suppress(ImportError, OSError):
        import termios

        termios.tcflush(sys.stdin, termios.TCIFLUSH)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "somebody"
