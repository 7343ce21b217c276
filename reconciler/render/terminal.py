"""What only a terminal gets: its width, colors and a progress bar. Everywhere else there is none.

The text itself comes from `render.text`, which has made it harmless; here it is only wrapped and
colored. Nothing is ever cut: a line that is too long goes on in the next one, indented.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from time import monotonic
from typing import TextIO

from reconciler.model import Outcome, Result, TenantOutcome, TenantRow, TenantState

_STYLES = {"+": "green", "~": "yellow", "-": "red"}
_TITLES = {"Risk": "bold", "Blocked": "bold red"}

NARROWEST, WIDEST, HANGING = 80, 200, 4

Advance = Callable[[Outcome], None]


def wants_style(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Only a terminal that can, and never where NO_COLOR is set."""
    return stream.isatty() and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"


def width(stream: TextIO, environ: Mapping[str, str]) -> int | None:
    """Return the columns of a terminal, at least 80 and at most 200; None for everything else."""
    if not stream.isatty():
        return None
    stated = environ.get("COLUMNS", "")
    try:
        columns = int(stated) if stated.isdecimal() else os.get_terminal_size(stream.fileno())[0]
    except (OSError, ValueError):
        columns = NARROWEST
    return min(max(columns, NARROWEST), WIDEST)


def wrapped(text: str, columns: int) -> str:
    """Wrap lines between words; what follows is indented deeper than the line that it belongs to.

    A word that is longer than a line stays whole.
    """
    return "\n".join(part for line in text.split("\n") for part in _wrapped(line, columns))


def _wrapped(line: str, columns: int) -> Iterator[str]:
    from rich.cells import cell_len

    if cell_len(line) <= columns:
        yield line
        return
    indent = " " * (len(line) - len(line.lstrip(" ")) + HANGING)
    words = line.split(" ")
    part, used = words[0], cell_len(words[0])
    for word in words[1:]:
        size = cell_len(word)
        if word and used + 1 + size > columns and part.strip():
            yield part.rstrip()
            part, used = indent + word, len(indent) + size
        else:
            part, used = f"{part} {word}", used + 1 + size
    yield part.rstrip()


def styled(text: str) -> str:
    """The lines of a text rendering in color: signs and titles."""
    return "\n".join(map(_line, text.split("\n")))


@contextmanager
def progress(total: int, stream: TextIO, environ: Mapping[str, str]) -> Iterator[Advance]:
    """A bar that each outcome moves on; silent where `stream` is not a terminal."""
    if not stream.isatty() or environ.get("TERM") == "dumb":
        yield lambda outcome: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    plain = not wants_style(stream, environ)
    console = Console(file=stream, no_color=plain, highlight=False)
    told = TextColumn("{task.description}", markup=False)
    failed = 0
    with Progress(told, BarColumn(), MofNCompleteColumn(), console=console, transient=True) as bar:
        task = bar.add_task("applying", total=total)

        def advance(outcome: Outcome) -> None:
            nonlocal failed
            failed += outcome.result is Result.FAILED
            note = f"applying, {failed} failed" if failed else "applying"
            bar.update(task, advance=1, description=note)

        yield advance


@contextmanager
def fleet_progress(
    stream: TextIO, environ: Mapping[str, str]
) -> Iterator[Callable[[Mapping[str, TenantRow]], None]]:
    """A line that says how far a run over many tenants is; silent where there is no terminal."""
    if not stream.isatty() or environ.get("TERM") == "dumb":
        yield lambda rows: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    plain = not wants_style(stream, environ)
    console = Console(file=stream, no_color=plain, highlight=False)
    described = TextColumn("{task.description}", markup=False)
    columns = described, BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    begun = monotonic()
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("tenants", total=None)

        def observe(rows: Mapping[str, TenantRow]) -> None:
            described = fleet_line(rows, monotonic() - begun)
            done = sum(row.state is TenantState.DONE for row in rows.values())
            bar.update(task, completed=done, total=len(rows), description=described)

        yield observe


def fleet_line(rows: Mapping[str, TenantRow], seconds: float) -> str:
    """`16 running, 200 done, 3 failed, 41 requests/s`."""
    running = sum(row.state is TenantState.RUNNING for row in rows.values())
    done = sum(row.state is TenantState.DONE for row in rows.values())
    failed = sum(row.outcome is TenantOutcome.FAILED for row in rows.values())
    rate = sum(row.requests for row in rows.values()) / seconds if seconds > 0 else 0.0
    return f"{running} running, {done} done, {failed} failed, {rate:.0f} requests/s"


def _line(line: str) -> str:
    from rich.color import ColorSystem
    from rich.style import Style

    name = _TITLES.get(line) or _STYLES.get(line.lstrip()[:2].rstrip())
    if not name or (line.lstrip()[1:2] != " " and line not in _TITLES):
        return line
    return Style.parse(name).render(line, color_system=ColorSystem.STANDARD)
