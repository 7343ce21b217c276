"""Output of commands: results to stdout, all else to stderr, in the requested rendering."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from reconciler import scrubber
from reconciler.cli.exits import Exit
from reconciler.errors import SetupError

if TYPE_CHECKING:
    from reconciler.diagnostics import Diagnostic
    from reconciler.model import DriftReport, FleetReport, Plan, Verdict

MODULES = {"json": "document"}


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


def say(text: str) -> None:
    """Write a message to stderr: progress, diagnostics beside a result, next steps.

    A closed stderr is ignored, so that the command goes on.
    """
    with suppress(OSError, ValueError):
        click.echo(scrubbed(text).encode("utf-8", "backslashreplace").decode("utf-8"), err=True)


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


def diagnostics(findings: Sequence[Diagnostic], format_name: str, *, folder: str = "") -> None:
    """Write diagnostics as the result of the command."""
    render = rendering(format_name).diagnostics
    text = (
        render(findings, folder=folder) if format_name in ("github", "sarif") else render(findings)
    )
    if text.strip():
        result(_styled(text) if format_name == "text" else text)


def invalid(findings: Sequence[Diagnostic], format_name: str, *, folder: str = "") -> int:
    """Write diagnostics that stop a command, and return the exit code.

    JSON, SARIF and annotations go to stdout, text to stderr.
    """
    if format_name in ("json", "sarif", "github"):
        diagnostics(findings, format_name, folder=folder)
    else:
        say(rendering("text").diagnostics(findings).rstrip("\n"))
    return Exit.INVALID


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
    if redact:
        document = rendering("redact").plan(document)
    render = rendering(format_name).plan
    result(_formatted(render, document, format_name, detail, max_bytes, link, folder))


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
    if redact:
        report = rendering("redact").drift(report)
    render = rendering(format_name).drift
    result(_formatted(render, report, format_name, detail, max_bytes, link, folder))


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
        case "github" | "sarif":
            return render(value, folder=folder)
        case _:
            return render(value)


def verdict(run_verdict: Verdict, format_name: str) -> None:
    text = rendering(format_name).verdict(run_verdict)
    result(_styled(text) if format_name == "text" else text)


def _styled(text: str) -> str:
    from reconciler.render import terminal

    return terminal.styled(text) if terminal.wants_style(sys.stdout, os.environ) else text
