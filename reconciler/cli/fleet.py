"""`reconciler fleet plan|apply|drift [ROOT]`, and `status`, `cancel` and `work`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from reconciler.cli import options, output
from reconciler.cli.exits import Exit

if TYPE_CHECKING:
    from reconciler.fleet import Request
    from reconciler.model import FleetReport

F = TypeVar("F", bound=Callable[..., Any])
FORMATS = ("text", "json", "markdown", "html", "junit")


class Checked(click.ParamType[Any]):
    """A text that a function of the fleet reads; what is wrong with it is a usage error."""

    def __init__(self, name: str, function: str) -> None:
        self.name, self._function = name, function

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from reconciler.fleet import selection

        try:
            return getattr(selection, self._function)(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


@click.group("fleet")
def command() -> None:
    """Plan, apply and check many tenants at once.

    Every folder below ROOT with a `tenant:` block is a tenant; `fleet.yaml` in ROOT names shared
    folders. Leaves with the worst exit code of all tenants.
    """


def common(function: F) -> F:
    """Add the options that choose the tenants, and say how the run goes."""
    decorators = (
        click.argument("root", metavar="[ROOT]", type=options.FOLDER, default="."),
        click.option(
            "--filter",
            "filter_text",
            metavar="TERMS",
            help="Only tenants with these labels: region=eu,provider!=xima.",
        ),
        click.option(
            "--parallelism",
            type=click.IntRange(1, 256),
            default=16,
            show_default=True,
            help="Tenants at a time.",
        ),
        click.option(
            "--run", "run_id", metavar="ID", help="Go on with the run of this id, or begin it."
        ),
        click.option(
            "--engine",
            type=click.Choice(["local", "dbos"]),
            default="local",
            show_default=True,
            help="What carries the run out.",
        ),
        click.option(
            "--queue",
            metavar="NAME",
            help="With --engine dbos: where other machines take tenants from [default: fleet].",
        ),
        click.option(
            "--timeout",
            type=Checked("time", "seconds"),
            default="15m",
            show_default=True,
            help="How long one tenant may take.",
        ),
        *reporting(),
    )
    for decorator in reversed(decorators):
        function = decorator(function)
    return function


def reporting() -> tuple[Callable[[Any], Any], ...]:
    return (
        click.option(
            "--report",
            "save_as",
            metavar="FILE",
            type=options.FOLDER,
            help="Save the report as JSON.",
        ),
        click.option("--junit", metavar="FILE", type=options.FOLDER, help="Save it as JUnit XML."),
        click.option("--html", metavar="FILE", type=options.FOLDER, help="Save it as a page."),
        options.output_format(*FORMATS),
        options.detail,
    )


def reported(function: F) -> F:
    for decorator in reversed(reporting()):
        function = decorator(function)
    return function


def affected(function: F) -> F:
    return click.option(
        "--affected",
        metavar="REF",
        help="Only tenants whose files come to something else than at this git revision.",
    )(function)


def failures(function: F) -> F:
    return click.option(
        "--max-failures",
        metavar="COUNT|SHARE",
        help="Begin no further tenant when more than so many have failed: 3, or 5%.",
    )(function)


@command.command("plan")
@common
@affected
@failures
@options.as_of
@click.option("-o", "out", metavar="DIR", type=options.FOLDER, help="Save the plans here.")
@click.option("--detailed-exitcode", is_flag=True, help="Leave with 2 when there are changes.")
def plan(
    root: Path, out: Path | None, as_of: date | None, detailed_exitcode: bool, **given: Any
) -> int:
    """Plan all tenants; writes nothing to any of them."""
    report = _run("plan", root, out=out, as_of=as_of.isoformat() if as_of else None, **given)
    has_changes = any(row.outcome == "changed" for row in report.rows)
    if report.exit_code == Exit.DONE and detailed_exitcode and has_changes:
        return Exit.CHANGES
    return report.exit_code


@command.command("apply")
@common
@failures
@click.option(
    "--plans",
    metavar="DIR",
    type=options.FOLDER,
    required=True,
    help="The plans that `fleet plan -o DIR` saved.",
)
@click.option(
    "--waves",
    metavar="WAVES",
    help="One wave after the other, by label, count or share: canary,10%,rest.",
)
@click.option(
    "--pause",
    type=Checked("time", "seconds"),
    default="0s",
    show_default=True,
    help="Between two waves: 30s, 10m.",
)
def apply(root: Path, plans: Path, waves: str | None, pause: float, **given: Any) -> int:
    """Apply saved plans, each under the lease and the ledger of its tenant."""
    return _run("apply", root, plans=plans, waves=waves, pause=pause, **given).exit_code


@command.command("drift")
@common
@affected
@failures
@options.as_of
def drift(root: Path, as_of: date | None, **given: Any) -> int:
    """Report which tenants are not as their files say."""
    return _run("drift", root, as_of=as_of.isoformat() if as_of else None, **given).exit_code


@command.command("status")
@click.argument("run_id", metavar="ID")
@reported
def status(run_id: str, **how: Any) -> int:
    """Show how far a run is."""
    from reconciler import fleet

    environment = options.environment()
    with fleet.open_store(environment.environ, environment.root) as store:
        report = fleet.status(run_id, store)
    _show(report, **how)
    return report.exit_code


@command.command("cancel")
@click.argument("run_id", metavar="ID")
@reported
def cancel(run_id: str, **how: Any) -> int:
    """Begin nothing more of a run; tenants that are under way end their operation."""
    from reconciler import fleet

    environment = options.environment()
    with fleet.open_store(environment.environ, environment.root) as store:
        was_over = fleet.status(run_id, store).finished_at is not None
        report = fleet.cancel(run_id, store)
    if was_over:
        output.say("the run had ended already")
    elif report.finished_at is None:
        output.say("what is under way ends its operation; `fleet status` shows the rest")
    _show(report, **how)
    return Exit.DONE


@command.command("work")
@click.option("--queue", metavar="NAME", default="fleet", show_default=True, help="Which queue.")
@click.option(
    "--parallelism",
    type=click.IntRange(1, 256),
    default=16,
    show_default=True,
    help="Tenants at a time.",
)
@click.option(
    "--idle",
    type=Checked("time", "seconds"),
    help="Leave when nothing was queued for so long: 30s, 10m [default: stay].",
)
def work(queue: str, parallelism: int, idle: float | None) -> int:
    """Do tenants that runs with --engine dbos queue, on this machine too."""
    from reconciler import fleet

    environment = options.environment()
    output.say(f"working on the queue {queue}")
    fleet.work(queue, parallelism, environment.environ, environment.root, idle)
    return Exit.DONE


def _run(
    verb: str,
    root: Path,
    *,
    filter_text: str | None,
    parallelism: int,
    run_id: str | None,
    engine: str,
    queue: str | None,
    timeout: float,
    max_failures: str | None,
    affected: str | None = None,
    pause: float = 0.0,
    out: Path | None = None,
    plans: Path | None = None,
    waves: str | None = None,
    as_of: str | None = None,
    **how: Any,
) -> FleetReport:
    from reconciler import fleet

    request = fleet.Request(
        verb,
        root.absolute(),
        run=run_id,
        engine=engine,
        filter=filter_text,
        affected=affected,
        as_of=as_of,
        out=out and out.absolute(),
        plans=plans and plans.absolute(),
        waves=waves,
        pause=pause,
        max_failures=max_failures,
        parallelism=parallelism,
        timeout=timeout,
        queue=queue,
    )
    _expect_usable(request)
    report = _carried_out(request)
    _show(report, **how)
    return report


def _expect_usable(request: Request) -> None:
    """Raise a usage error for a filter or a budget that cannot be read."""
    from reconciler.fleet import selection

    try:
        if request.filter is not None:
            selection.parse_filter(request.filter)
        selection.budget(request.max_failures, 1)
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def _carried_out(request: Request) -> FleetReport:
    from reconciler import fleet
    from reconciler.render import terminal

    environment = options.environment()
    with fleet.open_store(environment.environ, environment.root) as store:
        is_kept = bool(request.run) and store.find(request.run or "") is not None
        run = fleet.begin(request, store)
        shown = options.harmless(run.id)
        if not request.run:
            output.say(f"run {shown}; `--run {shown}` goes on with it")
        elif not is_kept:
            output.say(f"no run was called {shown}: a new run is begun under this id")
        elif run.finished_at is not None:
            output.say(f"the run {shown} had ended already; this is its report")
        request = replace(request, run=run.id)
        with (
            fleet.open_engine(request, run, environment.environ, environment.root, store) as engine,
            terminal.fleet_progress(sys.stderr, environment.environ) as observe,
        ):
            return fleet.carry_out(run, request, store, engine, observe)


def _show(
    report: FleetReport,
    *,
    save_as: Path | None,
    junit: Path | None,
    html: Path | None,
    format_name: str,
    detail: bool,
) -> None:
    for path, name in ((save_as, "json"), (junit, "junit"), (html, "html")):
        if path:
            options.save(path, output.rendering(name).fleet(report))
    output.fleet(report, format_name, detail=detail)
