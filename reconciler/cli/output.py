"""Where text goes: results to stdout, everything else to stderr; and which rendering was asked."""

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
    from reconciler.model import DriftReport, Plan, Verdict

MODULES = {"json": "document"}


def result(text: str) -> None:
    """To stdout, as UTF-8 whatever the locale, with one line end."""
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
    """To stderr: progress, findings that stand beside a result, what to do next.

    Where nobody listens any more nothing is said; what is being done goes on.
    """
    with suppress(OSError, ValueError):
        click.echo(scrubbed(text).encode("utf-8", "backslashreplace").decode("utf-8"), err=True)


def scrubbed(text: str) -> str:
    """Text that leaves this program, without the secrets of its environment."""
    return scrubber.of(os.environ).text(text)


def silence_stdout() -> None:
    """Nobody reads it any more; the interpreter must not complain about that while it ends."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def rendering(format_name: str) -> Any:
    """The module of `render` for a format."""
    return import_module(f"reconciler.render.{MODULES.get(format_name, format_name)}")


def diagnostics(found: Sequence[Diagnostic], format_name: str, *, folder: str = "") -> None:
    """The findings as the result of the command."""
    render = rendering(format_name).diagnostics
    text = render(found, folder=folder) if format_name in ("github", "sarif") else render(found)
    if text.strip():
        result(_styled(text) if format_name == "text" else text)


def invalid(found: Sequence[Diagnostic], format_name: str, *, folder: str = "") -> int:
    """Findings that stop a command: JSON, SARIF and annotations where they were asked for, else
    text on stderr.
    """
    if format_name in ("json", "sarif", "github"):
        diagnostics(found, format_name, folder=folder)
    else:
        say(rendering("text").diagnostics(found).rstrip("\n"))
    return Exit.INVALID


def plan(
    shown: Plan,
    format_name: str,
    *,
    detail: bool,
    redact: bool = False,
    max_bytes: int = 65_536,
    link: str | None = None,
    folder: str = "",
) -> None:
    """A plan as the result."""
    if redact:
        shown = rendering("redact").plan(shown)
    render = rendering(format_name).plan
    result(_asked(render, shown, format_name, detail, max_bytes, link, folder))


def drift(
    shown: DriftReport,
    format_name: str,
    *,
    detail: bool,
    redact: bool = False,
    max_bytes: int = 65_536,
    link: str | None = None,
    folder: str = "",
) -> None:
    """A drift report as the result."""
    if redact:
        shown = rendering("redact").drift(shown)
    render = rendering(format_name).drift
    result(_asked(render, shown, format_name, detail, max_bytes, link, folder))


def _asked(
    render: Callable[..., str],
    shown: object,
    format_name: str,
    detail: bool,
    max_bytes: int,
    link: str | None,
    folder: str,
) -> str:
    match format_name:
        case "text":
            return _styled(render(shown, detail=detail))
        case "markdown":
            return render(shown, max_bytes=max_bytes, link=link)
        case "github" | "sarif":
            return render(shown, folder=folder)
        case _:
            return render(shown)


def verdict(shown: Verdict, format_name: str) -> None:
    text = rendering(format_name).verdict(shown)
    result(_styled(text) if format_name == "text" else text)


def _styled(text: str) -> str:
    from reconciler.render import terminal

    return terminal.styled(text) if terminal.wants_style(sys.stdout, os.environ) else text
