"""`reconciler plan [DIR]`."""

from datetime import date
from pathlib import Path
from typing import Any

import click

from reconciler.cli import options, output, reports
from reconciler.cli.exits import Exit


@click.command("plan")
@options.folder
@click.option("-o", "out", metavar="FILE", type=options.FOLDER, help="Save the plan document.")
@click.option("--detailed-exitcode", is_flag=True, help="Leave with 2 when there are changes.")
@click.option(
    "--explain",
    metavar="ADDRESS",
    multiple=True,
    help="Instead of the plan, both sides of this, field by field. Repeatable.",
)
@options.as_of
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
    detailed_exitcode: bool,
    explain: tuple[str, ...],
    as_of: date | None,
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
    from reconciler import pipeline, planfile

    environment = options.environment()
    plan_options = pipeline.PlanOptions(
        as_of, base, dict(allow), select, exclude, tenant_from, observed
    )
    with pipeline.ahead(folder, environment, plan_options) as begun:
        checked = pipeline.check(folder, environment, plan_options)
        if checked.desired is None:
            return output.invalid(checked.diagnostics, format_name, folder=str(folder))
        compared = pipeline.compare(checked, folder, environment, plan_options, begun=begun)
    if explain:
        for explanation in pipeline.explain(explain, compared):
            output.result(output.rendering("text").explained(explanation))
        return Exit.DONE
    made = pipeline.plan(compared, environment, plan_options, checked.diagnostics)
    if out:
        options.save(out, planfile.text(made))
    output.plan(made, format_name, folder=str(folder), **rendering_options)
    if not made.applyable:
        return Exit.BLOCKED
    return Exit.CHANGES if detailed_exitcode and made.changes else Exit.DONE
