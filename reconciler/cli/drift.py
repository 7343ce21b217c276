"""`reconciler drift [DIR]`."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
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
@click.option(
    "-o",
    "out",
    metavar="FILE",
    type=options.FOLDER,
    help="Save the report as JSON; with --redact without people.",
)
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
@options.since
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
    since: date | datetime | None,
    base: str | None,
    tenant_from: Path | None,
    observed: tuple[Path, ...],
    format_name: str,
    **rendering_options: Any,
) -> int:
    """Report where the tenant is not as the files say."""
    from reconciler import drift, pipeline

    environment = options.environment()
    plan_options = pipeline.PlanOptions(
        as_of, base, tenant_from=tenant_from, observed=observed, since=since
    )
    with pipeline.ahead(folder, environment, plan_options) as begun:
        checked = pipeline.check(folder, environment, plan_options)
        if checked.desired is None:
            return output.invalid(
                checked.diagnostics,
                format_name,
                folder=str(folder),
                redact=rendering_options["redact"],
            )
        compared = pipeline.compare(
            checked, folder, environment, plan_options, audited=True, begun=begun
        )
    report = pipeline.report(compared, environment, previous)
    if output.wants_metrics():
        output.record(plan=pipeline.plan(compared, environment, plan_options, checked.diagnostics))
    redacted = output.rendering("redact").drift(report)
    if previous:
        report = _first_seen(report, redacted, previous)
        redacted = output.rendering("redact").drift(report)
    if out:
        saved = redacted if rendering_options["redact"] else report
        options.save(out, output.rendering("json").drift(saved))
    output.drift(report, format_name, folder=str(folder), **rendering_options)
    if take:
        return _take(take, folder, compared, report)
    return Exit.CHANGES if drift.has_drifted(report) else Exit.DONE


def _first_seen(report: DriftReport, redacted: DriftReport, previous: Path) -> DriftReport:
    """Return the report with the times of an earlier report that was saved with `--redact`."""
    from reconciler import drift

    seen = drift.previous(previous)
    items = (
        replace(item, first_seen=seen.get(drift.key(hidden.address, item.path), item.first_seen))
        for item, hidden in zip(report.items, redacted.items, strict=True)
    )
    return replace(report, items=tuple(items))


def _take(
    addresses: tuple[str, ...], folder: Path, compared: ComparisonResult, report: DriftReport
) -> int:
    """Write the named live values into the files, and show which files changed."""
    from reconciler import pipeline

    return output.taken(pipeline.take(addresses, folder, compared, report), folder)
