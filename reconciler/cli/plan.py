"""`reconciler plan [DIR]`."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli import options, output, reports
from reconciler.cli.exits import Exit

if TYPE_CHECKING:
    from reconciler.model import Plan
    from reconciler.pipeline import PlanOptions


@click.command("plan")
@options.folder
@click.option("-o", "out", metavar="FILE", type=options.FOLDER, help="Save the plan document.")
@options.approval("Save the record of this plan's digest, for `apply DIR --approval`.")
@click.option("--detailed-exitcode", is_flag=True, help="Leave with 2 when there are changes.")
@click.option(
    "--explain",
    metavar="ADDRESS",
    multiple=True,
    help="Instead of the plan, both sides of this, field by field. Repeatable.",
)
@options.due
@options.as_of
@options.since
@options.base
@options.allow
@options.selection
@options.tenant_from
@options.observed
@options.detail
@options.output_format("text", "json", "markdown", "html", "github", "sarif", "junit")
@options.sharing
@reports.reporting("plan")
def command(
    folder: Path,
    out: Path | None,
    approval: Path | None,
    detailed_exitcode: bool,
    explain: tuple[str, ...],
    due: bool,
    as_of: date | None,
    since: date | datetime | None,
    base: str | None,
    allow: tuple[tuple[str, int], ...],
    select: tuple[str, ...],
    exclude: tuple[str, ...],
    tenant_from: Path | None,
    observed: tuple[Path, ...],
    format_name: str,
    **rendering_options: Any,
) -> int:
    """Compare the files with the tenant and show the change plan; writes nothing."""
    from reconciler import pipeline

    environment = options.environment()
    plan_options = pipeline.PlanOptions(
        as_of, base, dict(allow), select, exclude, tenant_from, observed, due, since
    )
    if explain and rendering_options["redact"]:
        raise click.UsageError("--explain shows people as they are: it goes without --redact")
    if due:
        if explain:
            raise click.UsageError("--explain goes without --due")
        return _due(folder, out, plan_options, detailed_exitcode, format_name, rendering_options)
    with pipeline.ahead(folder, environment, plan_options) as begun:
        checked = pipeline.check(folder, environment, plan_options)
        if checked.desired is None:
            return output.invalid(
                checked.diagnostics,
                format_name,
                folder=str(folder),
                redact=rendering_options["redact"],
            )
        compared = pipeline.compare(checked, folder, environment, plan_options, begun=begun)
    if explain:
        for explanation in pipeline.explain(explain, compared):
            output.text(output.rendering("text").explained(explanation))
        return Exit.DONE
    made = pipeline.plan(compared, environment, plan_options, checked.diagnostics)
    _save(made, out, approval)
    output.plan(made, format_name, folder=str(folder), **rendering_options)
    if not made.applyable:
        return Exit.BLOCKED
    return Exit.CHANGES if detailed_exitcode and made.changes else Exit.DONE


def _save(made: Plan, out: Path | None, approval: Path | None) -> None:
    """Save the document of a plan, and the record for its approval, where they are named."""
    from reconciler import planfile

    if out:
        options.save(out, planfile.text(made))
    if approval:
        options.save(approval, planfile.approval.text(planfile.approval.of_plan(made)))


def _due(
    folder: Path,
    out: Path | None,
    plan_options: PlanOptions,
    detailed_exitcode: bool,
    format_name: str,
    rendering_options: dict[str, Any],
) -> int:
    """Show the plan of due work; the tenant is read only if a date in the files was reached."""
    from reconciler import pipeline, planfile

    environment = options.environment()
    checked = pipeline.check(folder, environment, plan_options)
    if checked.desired is None:
        return output.invalid(
            checked.diagnostics, format_name, folder=str(folder), redact=rendering_options["redact"]
        )
    name = checked.desired.tenant.name
    work, is_reached = pipeline.dates_reached(checked, folder, environment, plan_options)
    if not is_reached:
        return output.nothing_due(name, work, format_name)
    compared = pipeline.compare(checked, folder, environment, plan_options)
    compared, work = pipeline.due_only(compared, environment, plan_options, work)
    made = pipeline.plan(compared, environment, plan_options, checked.diagnostics, due=work)
    if not work.addresses and made.applyable:
        return output.nothing_due(name, work, format_name)
    if out:
        options.save(out, planfile.text(made))
    output.plan(made, format_name, folder=str(folder), **rendering_options)
    if work.others:
        raise output.not_only_due(made, redact=rendering_options["redact"])
    if not made.applyable:
        return Exit.BLOCKED
    return Exit.CHANGES if detailed_exitcode else Exit.DONE
