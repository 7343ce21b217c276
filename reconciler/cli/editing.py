"""Shared steps of verbs that edit files: show the difference, check the result, write it."""

from __future__ import annotations

import difflib
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from reconciler import load
from reconciler.cli import options, output
from reconciler.cli.exits import Exit
from reconciler.errors import ReconcilerError

if TYPE_CHECKING:
    from reconciler.edit import Edits
    from reconciler.model import Desired, Resource

F = TypeVar("F", bound=Callable[..., object])


def dry_run(function: F) -> F:
    return click.option(
        "--dry-run", is_flag=True, help="Show what would change, and write nothing."
    )(function)


def desired_folder(function: F) -> F:
    return click.option(
        "--in",
        "folder",
        metavar="DIR",
        type=options.FOLDER,
        default="desired-state",
        show_default=True,
        help="The folder of the files.",
    )(function)


def checked(folder: Path) -> Desired:
    """Load the files. Raises `Exit` with 1 where they hold an error: nothing is edited then."""
    from reconciler import pipeline

    result = pipeline.check(folder, options.environment(), pipeline.PlanOptions())
    if result.desired is None:
        raise click.exceptions.Exit(output.invalid(result.diagnostics, "text"))
    return result.desired


def named(desired: Desired, address: str) -> Resource:
    """Return the declared agent that an address or a number means."""
    from reconciler import pipeline

    agent = pipeline.find_agent(desired, address)
    if agent is not None:
        return agent
    near = pipeline.similar_agent(desired, address)
    offer = (
        f"; did you mean {near}?" if near else "; give the e-mail or extension that the files state"
    )
    target = address if "/" in address else f"agent/{address}"
    raise click.ClickException(f"no file declares {options.harmless(target)}{offer}")


@contextmanager
def refusals() -> Iterator[None]:
    """Turn a refused edit into one line and exit code 1."""
    from reconciler.edit import UneditableError

    try:
        yield
    except UneditableError as error:
        raise click.ClickException(f"{error}; edit the file yourself") from error


def finish(edits: Edits, folder: Path, *, dry_run: bool) -> int:
    """Show the difference and the summary of the following plan, and write if all is valid."""
    if not edits.changed:
        output.say("nothing to change")
        return Exit.DONE
    output.result(difference(edits))
    with tempfile.TemporaryDirectory() as temporary:
        copy = load.copied(folder, Path(temporary))
        edits.write(copy)
        code = _judge(copy)
    if code is not Exit.DONE:
        output.say("nothing was written: the files would not be valid")
        return code
    if dry_run:
        output.say("nothing was written (--dry-run)")
        return Exit.DONE
    edits.write()
    for name in sorted(edits.changed):
        output.say(f"edited {options.harmless(str(folder / name))}")
    return Exit.DONE


def difference(edits: Edits) -> str:
    """Return a unified diff of all files that change."""
    lines: list[str] = []
    for name, text in sorted(edits.changed.items()):
        before = edits.before[name].splitlines(keepends=True)
        lines += difflib.unified_diff(before, text.splitlines(keepends=True), name, name)
    return "\n".join(options.harmless(line.rstrip("\r\n")) for line in lines)


def _judge(folder: Path) -> Exit:
    """Return diagnostics of the edited files, and the last line of their plan if it can be made."""
    from reconciler import pipeline
    from reconciler.render import facts

    environment, plan_options = options.environment(), pipeline.PlanOptions()
    result = pipeline.check(folder, environment, plan_options)
    if result.diagnostics:
        output.say(output.rendering("text").diagnostics(result.diagnostics).rstrip("\n"))
    if result.desired is None:
        return Exit.INVALID
    try:
        compared = pipeline.compare(result, folder, environment, plan_options)
        made = pipeline.plan(compared, environment, plan_options, result.diagnostics)
    except ReconcilerError as error:
        output.say(f"no plan: {options.harmless(str(error))}")
        return Exit.DONE
    output.say(f"Plan: {facts.headline(made)}")
    return Exit.DONE
