"""Options that several verbs share, one decorator each, and the types of their values."""

import os
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

FOLDER = click.Path(path_type=Path)


class Day(click.ParamType):
    """An ISO date, `2027-01-05`."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a date; write it as 2027-01-05", param, ctx)


class Acknowledgement(click.ParamType):
    """`agent.suspend=7`: seven of this class may pass, not eight."""

    name = "class=count"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, int]:
        what, equals, count = str(value).rpartition("=")
        if not equals or not what or not count.isdecimal():
            self.fail(f"{value!r} is not an acknowledgement; write it as agent.suspend=7")
        return what, int(count)


def folder(function: F) -> F:
    return click.argument("folder", metavar="[DIR]", type=FOLDER, default="desired-state")(function)


def as_of(function: F) -> F:
    return click.option(
        "--as-of", type=Day(), help="Judge dates as on this day [default: today in the tenant]."
    )(function)


def base(function: F) -> F:
    return click.option(
        "--base",
        metavar="GITREF",
        help="The files at this git revision: what was declared before.",
    )(function)


def allow(function: F) -> F:
    return click.option(
        "--allow",
        "allow",
        type=Acknowledgement(),
        multiple=True,
        help="Acknowledge a guard, narrowly: agent.suspend=7. Repeatable.",
    )(function)


def selection(function: F) -> F:
    function = click.option(
        "--exclude", metavar="ADDRESS", multiple=True, help="Leave this out. Repeatable."
    )(function)
    return click.option(
        "--select", metavar="ADDRESS", multiple=True, help="Plan only this. Repeatable."
    )(function)


def output_format(*names: str) -> Callable[[F], F]:
    def decorate(function: F) -> F:
        return click.option(
            "--format", "format_name", type=click.Choice(names), default=names[0], show_default=True
        )(function)

    return decorate


def sharing(function: F) -> F:
    """What a rendering that is shared needs: pseudonyms, and a bound for Markdown."""
    function = click.option(
        "--max-bytes",
        type=click.IntRange(min=1024),
        default=65_536,
        show_default=True,
        help="Bound of the Markdown.",
    )(function)
    function = click.option(
        "--link", metavar="URL", help="Where the whole plan is, for a Markdown that was cut."
    )(function)
    return click.option(
        "--redact", is_flag=True, help="Stable pseudonyms for names and e-mails; extensions stay."
    )(function)


def environ() -> Mapping[str, str]:
    return dict(os.environ)


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
