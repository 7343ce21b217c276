"""What a run leaves behind besides its result: a notice (`--notify`) and metrics (`--metrics`).

Both are checked before the run begins and made after it ended. Neither changes its exit code.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from reconciler.cli import exits, options, output
from reconciler.cli.exits import Exit
from reconciler.errors import ReconcilerError, SetupError

if TYPE_CHECKING:
    from reconciler.notices import Service

F = TypeVar("F", bound=Callable[..., Any])

NOTIFY = "RECONCILER_NOTIFY"
NOTIFYING = frozenset({"drift", "apply"})
LARGEST = 1024 * 1024
RESULTS = {
    "drift": frozenset({Exit.DONE, Exit.CHANGES}),
    "plan": frozenset({Exit.DONE, Exit.CHANGES, Exit.BLOCKED}),
    "apply": frozenset({Exit.DONE}),
}
"""The exit codes with which a command came to a result."""


class NoticeAddress(click.ParamType[str]):
    """Where a notice goes. The value is a secret, so no message repeats it."""

    name = "url"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from reconciler import notices

        try:
            return notices.check(str(value))
        except notices.NoticeAddressError as error:
            self.fail(str(error), param, ctx)


def _notify(function: F) -> F:
    return click.option(
        "--notify",
        "notify",
        metavar="URL",
        type=NoticeAddress(),
        multiple=True,
        envvar=NOTIFY,
        help="Send a short summary without people: https (webhook, Slack, Teams), slack, "
        f"workflows, mailtos. Repeatable; or in {NOTIFY}, where it is in no list of processes.",
    )(function)


def _metrics(function: F) -> F:
    return click.option(
        "--metrics",
        metavar="FILE.prom",
        type=options.FOLDER,
        help="Write metrics for the textfile collector of the node exporter.",
    )(function)


def reporting(command: str) -> Callable[[Callable[..., Any]], Callable[..., int]]:
    """Add `--metrics`, and `--notify` where it is offered, and see to them when the run is over."""

    def decorate(function: Callable[..., Any]) -> Callable[..., int]:
        @functools.wraps(function)
        def wrapper(
            *arguments: Any, metrics: Path | None = None, notify: tuple[str, ...] = (), **rest: Any
        ) -> int:
            if metrics:
                _expect_place(metrics)
            services = _services(notify)
            report = output.begin_report(command, wants_metrics=metrics is not None)
            try:
                code = int(function(*arguments, **rest))
            except (ReconcilerError, click.ClickException) as error:
                if not isinstance(error, click.UsageError):
                    code, text = _ended(error)
                    _deliver(report, code, services, metrics, rest, error=text)
                raise
            _deliver(report, code, services, metrics, rest)
            return code

        with_metrics = _metrics(wrapper)
        return _notify(with_metrics) if command in NOTIFYING else with_metrics

    return decorate


def _services(urls: tuple[str, ...]) -> tuple[Service, ...]:
    """Open the addresses of notices. Raises `SetupError`."""
    if not urls:
        return ()
    from reconciler import notices

    return notices.opened(urls)


def _ended(error: ReconcilerError | click.ClickException) -> tuple[int, str]:
    """Return the exit code of an error, and its text."""
    if isinstance(error, ReconcilerError):
        return exits.of_error(error), str(error)
    return Exit.INVALID, error.format_message()


def _expect_place(file: Path) -> None:
    """Raise `SetupError` where no file can be written, before anything is done."""
    try:
        is_there = file.parent.is_dir() and not file.is_dir()
    except (OSError, ValueError):
        is_there = False
    if not is_there:
        raise SetupError(f"{file} cannot be written", hint="name a file in a folder that exists")


def _deliver(
    report: output.RunReport,
    code: int,
    services: tuple[Service, ...],
    metrics: Path | None,
    arguments: dict[str, Any],
    *,
    error: str = "",
) -> None:
    """Write the metrics and send the notices; whatever happens here is a line on stderr."""
    if not (services or metrics):
        return
    try:
        tenant = report.tenant or _tenant_of(arguments)
        if metrics:
            _write_metrics(metrics, report, tenant, code)
        if services:
            _send(services, report, tenant, code, error)
    except (Exception, KeyboardInterrupt) as failure:  # the run is over, and its code stands
        output.say(f"the report of this run is not complete: {type(failure).__name__}")


def _tenant_of(arguments: dict[str, Any]) -> str:
    """Return the tenant of a run that ended before it knew; "" where the files do not say."""
    from reconciler import load

    for name in ("tenant_from", "folder", "what"):
        folder = arguments.get(name)
        if folder is not None and not options.is_file(folder):
            try:
                tenant = load.tenant(folder)
            except ReconcilerError:
                continue
            if tenant:
                return tenant.name
    return ""


def _send(
    services: tuple[Service, ...], report: output.RunReport, tenant: str, code: int, error: str
) -> None:
    from reconciler import notices
    from reconciler.render import notice

    meaning = f"{code}, {exits.MEANING.get(code, 'an unknown code')}"
    title = notice.title(report.command, tenant, meaning)
    body = notice.body(
        tenant=tenant, plan=report.plan, drift=report.drift, verdict=report.verdict, error=error
    )
    texts = (output.scrubbed(text) for text in (title, body or title))
    for problem in notices.send(services, notices.Notice(*texts)):
        output.say(problem)


def _write_metrics(file: Path, report: output.RunReport, tenant: str, code: int) -> None:
    from reconciler import regular_files
    from reconciler.render import metrics

    try:
        before = regular_files.text(file, largest=LARGEST)
    except SetupError:  # not there yet, or not ours
        before = ""
    run = metrics.Run(
        report.command,
        tenant or metrics.tenant_of(before),
        code,
        is_success=code in RESULTS[report.command],
        now=options.now(),
    )
    text = metrics.text(
        run, plan=report.plan, drift=report.drift, verdict=report.verdict, before=before
    )
    try:
        options.save(file, text)
    except click.ClickException as error:
        output.say(options.harmless(error.message))
