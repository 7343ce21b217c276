"""Output of commands: results to stdout, all else to stderr, in the requested rendering."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from reconciler import scrubber
from reconciler.cli.exits import Exit
from reconciler.errors import SetupError, StalePlanError

if TYPE_CHECKING:
    from reconciler.diagnostics import Diagnostic
    from reconciler.edit import Taken
    from reconciler.model import (
        Dated,
        DriftReport,
        DueWork,
        FleetReport,
        Plan,
        SideComparison,
        Verdict,
    )

REPORT = "reconciler.run_report"
"""Where the context of a command keeps its `RunReport`."""

MODULES = {"json": "document"}
IN_FILES = ("github", "sarif", "junit")
"""Formats that point into the files, by their path below the repository."""


@dataclass(slots=True)
class RunReport:
    """What a run has shown so far, for what is made of it at its end."""

    command: str
    wants_metrics: bool = False
    plan: Plan | None = None
    drift: DriftReport | None = None
    verdict: Verdict | None = None

    @property
    def tenant(self) -> str:
        source = self.plan or self.drift
        return source.tenant.name if source else ""


def begin_report(command: str, *, wants_metrics: bool) -> RunReport:
    report = RunReport(command, wants_metrics)
    click.get_current_context().meta[REPORT] = report
    return report


def record(
    *,
    plan: Plan | None = None,
    drift: DriftReport | None = None,
    verdict: Verdict | None = None,
) -> None:
    """Keep what the run has come to, where somebody wants a report of it."""
    report = run_report()
    if report:
        report.plan, report.drift = plan or report.plan, drift or report.drift
        report.verdict = verdict or report.verdict


def run_report() -> RunReport | None:
    context = click.get_current_context(silent=True)
    report = context.meta.get(REPORT) if context else None
    return report if isinstance(report, RunReport) else None


def wants_metrics() -> bool:
    report = run_report()
    return report is not None and report.wants_metrics


def result(text: str) -> None:
    """Write a result to stdout, as UTF-8 in any locale, with a single final newline."""
    content = scrubbed(text).rstrip("\n").encode("utf-8", "backslashreplace") + b"\n"
    if sys.stdout is None:
        return
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    except (OSError, ValueError) as error:
        silence_stdout()
        if not isinstance(error, BrokenPipeError):
            reason = getattr(error, "strerror", None) or error
            raise SetupError(f"stdout cannot be written: {reason}") from error


def text(text: str) -> None:
    """Write plain text as a result: a terminal gets it in its width, and in color."""
    result(_styled(text))


def say(text: str) -> None:
    """Write a message to stderr: progress, diagnostics beside a result, next steps.

    A closed stderr is ignored, so that the command goes on.
    """
    with suppress(OSError, ValueError):
        click.echo(
            _fitted(scrubbed(text), sys.stderr).encode("utf-8", "backslashreplace").decode("utf-8"),
            err=True,
        )


def remind(made: Plan, verdict: Verdict) -> None:
    """Say after an apply what the tenant did beside the plan."""
    from reconciler.cli import options
    from reconciler.model import Result
    from reconciler.rules import tenant_consequence

    is_applied = any(outcome.result is Result.APPLIED for outcome in verdict.outcomes)
    for finding in made.diagnostics:
        if is_applied and finding.rule == tenant_consequence.ID:
            say(options.harmless(f"remember: {finding.summary}; {finding.hint}"))


def scrubbed(text: str) -> str:
    """Remove the secrets of the environment from text."""
    return scrubber.of(os.environ).text(text)


def silence_stdout() -> None:
    """Redirect stdout to the null device, so that the interpreter's exit does not fail."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def rendering(format_name: str) -> Any:
    """Return the module of `render` for a format."""
    return import_module(f"reconciler.render.{MODULES.get(format_name, format_name)}")


def diagnostics(
    findings: Sequence[Diagnostic],
    format_name: str,
    *,
    folder: str = "",
    upcoming: Sequence[Dated] = (),
) -> None:
    """Write diagnostics as the result of the command; JSON with the days that come up."""
    render = rendering(format_name).diagnostics
    match format_name:
        case "json":
            text = render(findings, upcoming)
        case _ if format_name in IN_FILES:
            text = render(findings, folder=folder)
        case _:
            text = render(findings)
    if text.strip():
        result(_styled(text) if format_name == "text" else text)


def invalid(
    findings: Sequence[Diagnostic], format_name: str, *, folder: str = "", redact: bool = False
) -> int:
    """Write diagnostics that stop a command, and return the exit code.

    JSON, SARIF, JUnit and annotations go to stdout, text to stderr. With `redact` the people whom
    the files of `folder` name are taken out.
    """
    if redact:
        findings = _without_people(findings, Path(folder))
    if format_name in ("json", *IN_FILES):
        diagnostics(findings, format_name, folder=folder)
    else:
        say(rendering("text").diagnostics(findings).rstrip("\n"))
    return Exit.INVALID


def _without_people(findings: Sequence[Diagnostic], folder: Path) -> Sequence[Diagnostic]:
    from reconciler import load
    from reconciler.forge import redaction

    tenant = load.tenant(folder)
    names = redaction.names_in((folder,))
    redacted: tuple[Diagnostic, ...] = rendering("redact").diagnostics(
        findings, tenant.name if tenant else "", names
    )
    return redacted


def plan(
    document: Plan,
    format_name: str,
    *,
    detail: bool,
    redact: bool = False,
    max_bytes: int = 65_536,
    link: str | None = None,
    folder: str = "",
) -> None:
    """Write a plan as the result."""
    record(plan=document)
    if redact:
        document = rendering("redact").plan(document)
    render = rendering(format_name).plan
    result(_formatted(render, document, format_name, detail, max_bytes, link, folder))


def not_only_due(made: Plan, *, redact: bool) -> StalePlanError:
    """Return the error of a plan of due work beside which more differs."""
    from reconciler import pipeline

    document: Plan = rendering("redact").plan(made) if redact else made
    assert document.due is not None
    return pipeline.other_than_due(document.due)


def nothing_due(tenant: str, work: DueWork, format_name: str) -> int:
    """Write as the result that no date asks for anything, and return the exit code."""
    if format_name in IN_FILES:
        diagnostics((), format_name)
    else:
        render = rendering("json" if format_name == "json" else "text").nothing_due
        result(scrubbed(render(tenant, work)))
    return Exit.DONE


def drift(
    report: DriftReport,
    format_name: str,
    *,
    detail: bool,
    redact: bool = False,
    max_bytes: int = 65_536,
    link: str | None = None,
    folder: str = "",
) -> None:
    """Write a drift report as the result."""
    record(drift=report)
    if redact:
        report = rendering("redact").drift(report)
    render = rendering(format_name).drift
    result(_formatted(render, report, format_name, detail, max_bytes, link, folder))


def compared(
    made: SideComparison,
    format_name: str,
    *,
    detail: bool,
    redact: bool = False,
    max_bytes: int = 65_536,
    link: str | None = None,
) -> None:
    """Write a comparison of two sides as the result."""
    if redact:
        made = rendering("redact").compared(made)
    render = rendering(format_name).compared
    result(_formatted(render, made, format_name, detail, max_bytes, link, ""))


def taken(taken: Taken, folder: Path) -> int:
    """Show which files took live values over and what was not taken; return the exit code."""
    if taken.diagnostics:
        say(rendering("text").diagnostics(taken.diagnostics).rstrip("\n"))
    for file in taken.files:
        say(f"edited {escaped(str(folder / file))}")
    if not taken.files:
        say("nothing was edited")
    return Exit.DONE if taken.files else Exit.INVALID


def escaped(text: str) -> str:
    """Escape text for a terminal."""
    from reconciler.render import escape

    return escape.terminal(text)


def fleet(report: FleetReport, format_name: str, *, detail: bool, max_bytes: int = 65_536) -> None:
    """Write the report of a run over many tenants as the result."""
    render = rendering(format_name).fleet
    result(_formatted(render, report, format_name, detail, max_bytes, None, ""))


def _formatted(
    render: Callable[..., str],
    value: object,
    format_name: str,
    detail: bool,
    max_bytes: int,
    link: str | None,
    folder: str,
) -> str:
    match format_name:
        case "text":
            return _styled(render(value, detail=detail))
        case "markdown":
            return render(value, max_bytes=max_bytes, link=link)
        case "github" | "sarif" | "junit":
            return render(value, folder=folder)
        case _:
            return render(value)


def verdict(run_verdict: Verdict, format_name: str, *, tenant: str = "") -> None:
    """Write the end of an apply as the result; people are redacted where `tenant` is given."""
    record(verdict=run_verdict)
    if tenant:
        run_verdict = rendering("redact").verdict(run_verdict, tenant)
    text = rendering(format_name).verdict(run_verdict)
    result(_styled(text) if format_name == "text" else text)


def _styled(text: str) -> str:
    from reconciler.render import terminal

    fitted = _fitted(text, sys.stdout)
    return terminal.styled(fitted) if terminal.wants_style(sys.stdout, os.environ) else fitted


def _fitted(text: str, stream: TextIO | None) -> str:
    """Wrap text to the width of a terminal; a pipe or a file gets whole lines."""
    if stream is None or not stream.isatty():
        return text
    from reconciler.render import terminal

    columns = terminal.width(stream, os.environ)
    return terminal.wrapped(text, columns) if columns else text
