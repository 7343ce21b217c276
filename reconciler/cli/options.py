"""Options that several verbs share, one decorator each, and the types of their values."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.shell_completion import CompletionItem

from reconciler import regular_files, scrubber
from reconciler.errors import SetupError

if TYPE_CHECKING:
    from reconciler.pipeline import Environment
    from reconciler.providers.retry import Waiting

F = TypeVar("F", bound=Callable[..., Any])


class AnyPath(click.ParamType[Path]):
    """A path that need not exist; whoever opens it reports what is wrong."""

    name = "path"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        try:
            if "\0" in str(value) or not os.fsencode(value):
                self.fail("the name of a file is not empty and holds no NUL character", param, ctx)
        except UnicodeEncodeError:
            self.fail("this name cannot be written in this system's encoding", param, ctx)
        return Path(value)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        return [CompletionItem(incomplete, type="file")]


FOLDER = AnyPath()


class Day(click.ParamType[date]):
    """An ISO date, `2027-01-05`."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a date; write it as 2027-01-05", param, ctx)


class DayOrMoment(click.ParamType[date | datetime]):
    """An ISO date, or a moment with its offset, `2027-01-05T03:00:00Z`."""

    name = "date"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> date | datetime:
        if isinstance(value, date):
            return value
        with suppress(ValueError):
            return date.fromisoformat(value)
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            moment = datetime.min
        is_usable = moment.tzinfo is not None and date.min.year < moment.year < date.max.year
        if not is_usable:
            self.fail(f"{value!r} is neither 2027-01-05 nor 2027-01-05T03:00:00Z", param, ctx)
        return moment


class Acknowledgement(click.ParamType[tuple[str, int]]):
    """`agent.suspend=7`: seven of this class may pass, not eight."""

    name = "class=count"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, int]:
        what, equals, count = str(value).rpartition("=")
        if not equals or not what or not count.isdecimal() or len(count) > 9:
            self.fail(f"{value!r} is not an acknowledgement; write it as agent.suspend=7")
        return what, int(count)


def is_file(path: Path) -> bool:
    """Return whether something other than a folder is there, readable or not."""
    try:
        return not stat.S_ISDIR(path.stat().st_mode)
    except OSError:
        return False


def is_missing_plan(path: Path) -> bool:
    """Return whether a path that leads nowhere was meant as a plan document."""
    return path.suffix == ".json" and not path.exists()


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


def due(function: F) -> F:
    return click.option(
        "--due",
        is_flag=True,
        help="Only what a date in the files asks for since the last apply; 5 if more differs.",
    )(function)


def since(function: F) -> F:
    return click.option(
        "--since",
        type=DayOrMoment(),
        help="When the files were last applied [default: what the ledger says].",
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


def observed(function: F) -> F:
    return click.option(
        "--observed",
        metavar="FILE",
        type=FOLDER,
        multiple=True,
        help="What somebody saw where the tenant shows nothing: CSV or YAML. Repeatable.",
    )(function)


def by_hand(function: F) -> F:
    """Add the options of an apply by a person in the tenant's console."""
    function = click.option(
        "--wait",
        type=click.IntRange(0, 3600),
        default=240,
        show_default=True,
        help="Work sheet: seconds until the tenant shows a step that was done.",
    )(function)
    function = click.option("--by", metavar="NAME", help="Work sheet: who does it [default: you].")(
        function
    )
    function = click.option(
        "--page",
        metavar="PAGE",
        help="Work sheet: only this page; somebody else may take another.",
    )(function)
    function = click.option(
        "--attest",
        metavar="SHEET.csv",
        type=FOLDER,
        help="Work sheet: take a filled-in work sheet back.",
    )(function)
    return click.option(
        "--sheet",
        metavar="STEM",
        type=FOLDER,
        default="worksheet",
        show_default=True,
        help="Work sheet: where it is written without a terminal (.md .html .csv .json).",
    )(function)


def output_format(*names: str) -> Callable[[F], F]:
    def decorate(function: F) -> F:
        return click.option(
            "--format", "format_name", type=click.Choice(names), default=names[0], show_default=True
        )(function)

    return decorate


def approval(purpose: str) -> Callable[[F], F]:
    def decorate(function: F) -> F:
        return click.option("--approval", "approval", metavar="FILE", type=FOLDER, help=purpose)(
            function
        )

    return decorate


def redact(function: F) -> F:
    return click.option(
        "--redact", is_flag=True, help="Stable pseudonyms for names and e-mails; extensions stay."
    )(function)


def sharing(function: F) -> F:
    """Add the options of renderings that are shared: pseudonyms, and a bound for Markdown."""
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
    return redact(function)


def environ() -> Mapping[str, str]:
    return dict(os.environ)


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def moment() -> datetime:
    """Return the current time in microseconds, so that successive events differ."""
    return datetime.now(UTC)


def environment() -> Environment:
    from reconciler.pipeline import Environment

    try:
        root = Path.cwd()
    except OSError as error:
        raise SetupError(
            "the current directory is not there any more", hint="change to one that is"
        ) from error
    return Environment(environ=environ(), root=root, now=now(), on_wait=show_waiting)


def show_waiting(waiting: Waiting) -> None:
    """Say on stderr that the tenant asks for a pause: the first five times, then every tenth."""
    from reconciler.cli import output

    if waiting.times > 5 and waiting.times % 10:
        return
    times = f", {_ordinal(waiting.times)} time" if waiting.times > 1 else ""
    seconds = f"{waiting.seconds:.3g} s"
    if waiting.is_stated:
        output.say(f"the tenant asks to wait {seconds} ({waiting.status}{times})")
    else:
        output.say(f"the tenant refuses requests; waiting {seconds} ({waiting.status}{times})")


def _ordinal(number: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if 11 <= number % 100 <= 13 else ending}"


def detail(function: F) -> F:
    return click.option(
        "--detail/--brief", default=True, help="Every field of every change, or a line each."
    )(function)


def parallelism(function: F) -> F:
    return click.option(
        "--parallelism",
        type=click.IntRange(1, 64),
        default=8,
        show_default=True,
        help="Requests in flight at once.",
    )(function)


class RenamedOption(click.Option):
    """An option whose earlier names still work, and are not shown."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        names = self.opts
        self.opts = names[:1]
        try:
            return super().get_help_record(ctx)
        finally:
            self.opts = names


def tenant_from(function: F) -> F:
    return click.option(
        *("--from", "--tenant-from", "tenant_from"),
        metavar="DIR",
        type=FOLDER,
        cls=RenamedOption,
        help="Take the tenant block from this folder, and ignore the one in DIR.",
    )(function)


def trusted_folder(function: F) -> F:
    """Add `--from` of an apply: with a folder, that of `plan`; with a plan, also the files."""
    return click.option(
        *("--from", "--tenant-from", "tenant_from"),
        metavar="DIR",
        type=FOLDER,
        cls=RenamedOption,
        help="The folder to trust: its tenant block, and for a saved plan its files "
        "[default: DIR, or the folder that the plan was made from].",
    )(function)


def save(path: Path, text: str) -> None:
    """Write a text file whole or not at all. Raises `ClickException` (exit 1)."""
    if not path.name or os.path.isdir(path):  # noqa: PTH112  # also for names that are too long
        raise click.ClickException(f"{path} cannot be written: it is a folder")
    beside = path.with_name(f".{path.name[:40]}.{os.getpid()}")
    try:
        beside.write_text(scrubber.of(os.environ).text(text), encoding="utf-8")
        beside.replace(path)
    except (OSError, ValueError) as error:
        with suppress(OSError, ValueError):
            beside.unlink(missing_ok=True)
        reason = regular_files.reason(error)
        raise click.ClickException(f"{path} cannot be written: {reason}") from error


def save_bytes(path: Path, content: bytes) -> None:
    """Write a file whole or not at all. Raises `ClickException` (exit 1)."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror}") from error


def from_folder(function: F) -> F:
    """Add `--from`, for verbs that read only the tenant block."""
    return click.option(
        "--from",
        "folder",
        metavar="DIR",
        type=FOLDER,
        default="desired-state",
        show_default=True,
        help="Where the tenant block is read.",
    )(function)


def harmless(text: str) -> str:
    """Escape text for a terminal, and remove secrets."""
    from reconciler.render import escape

    return escape.terminal(scrubber.of(os.environ).text(text))


def confirm(question: str) -> None:
    """Ask a question. Raises `ClickException` (exit 1) unless somebody at a terminal says yes."""
    if sys.stdin is None or not sys.stdin.isatty():
        raise click.ClickException("nobody is there to ask; nothing was written (use --yes)")
    if not click.confirm(question, err=True):
        raise click.ClickException("declined; nothing was written")
