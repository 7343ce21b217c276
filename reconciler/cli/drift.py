"""`reconciler drift [DIR]`."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli import options, output, reports
from reconciler.cli.exits import Exit

if TYPE_CHECKING:
    from reconciler.model import DriftReport
    from reconciler.pipeline import ComparisonResult


@click.command("drift")
@options.folder
@click.option("-o", "out", metavar="FILE", type=options.FOLDER, help="Save the report as JSON.")
@click.option(
    "--previous",
    metavar="FILE",
    type=options.FOLDER,
    help="An earlier report: since when each item is known.",
)
@click.option(
    "--take",
    metavar="ADDRESS",
    multiple=True,
    help="Write the live values of this into the YAML, comments kept. Repeatable.",
)
@options.as_of
@options.base
@options.tenant_from
@options.observed
@options.detail
@options.output_format("text", "json", "markdown", "html", "github", "sarif", "junit")
@options.sharing
@reports.reporting("drift")
def command(
    folder: Path,
    out: Path | None,
    previous: Path | None,
    take: tuple[str, ...],
    as_of: date | None,
    base: str | None,
    tenant_from: Path | None,
    observed: tuple[Path, ...],
    format_name: str,
    **rendering_options: Any,
) -> int:
    """Report where the tenant is not as the files say."""
    from reconciler import drift, pipeline

    environment = options.environment()
    plan_options = pipeline.PlanOptions(as_of, base, tenant_from=tenant_from, observed=observed)
    with pipeline.ahead(folder, environment, plan_options) as begun:
        checked = pipeline.check(folder, environment, plan_options)
        if checked.desired is None:
            return output.invalid(checked.diagnostics, format_name, folder=str(folder))
        compared = pipeline.compare(
            checked, folder, environment, plan_options, audited=True, begun=begun
        )
    report = pipeline.report(compared, environment, previous)
    if output.wants_metrics():
        output.record(plan=pipeline.plan(compared, environment, plan_options, checked.diagnostics))
    if out:
        options.save(out, output.rendering("json").drift(report))
    output.drift(report, format_name, folder=str(folder), **rendering_options)
    if take:
        return _take(take, folder, compared, report)
    return Exit.CHANGES if drift.has_drifted(report) else Exit.DONE


def _take(
    addresses: tuple[str, ...], folder: Path, compared: ComparisonResult, report: DriftReport
) -> int:
    """Write the named live values into the files, and show which files changed."""
    from reconciler import pipeline

    taken = pipeline.take(addresses, folder, compared, report)
    if taken.diagnostics:
        output.say(output.rendering("text").diagnostics(taken.diagnostics).rstrip("\n"))
    for file in taken.files:
        output.say(f"edited {options.harmless(str(folder / file))}")
    if not taken.files:
        output.say("nothing was edited")
    return Exit.DONE if taken.files else Exit.INVALID
