"""`reconciler drift [DIR]`."""

from datetime import date
from pathlib import Path
from typing import Any

import click

from reconciler.cli import options, output
from reconciler.cli.exits import Exit


@click.command("drift")
@options.folder
@click.option("-o", "out", metavar="FILE", type=options.FOLDER, help="Save the report as JSON.")
@click.option(
    "--previous",
    metavar="FILE",
    type=options.FOLDER,
    help="An earlier report: since when each item is known.",
)
@options.as_of
@options.base
@options.tenant_from
@options.detail
@options.output_format("text", "json", "markdown", "html", "github", "sarif")
@options.sharing
def command(
    folder: Path,
    out: Path | None,
    previous: Path | None,
    as_of: date | None,
    base: str | None,
    tenant_from: Path | None,
    format_name: str,
    **shown: Any,
) -> int:
    """Report where the tenant is not as the files say."""
    from reconciler import drift, pipeline

    world = options.world()
    wanted = pipeline.Wanted(as_of, base, tenant_from=tenant_from)
    checked = pipeline.check(folder, world, wanted)
    if checked.desired is None:
        return output.invalid(checked.diagnostics, format_name, folder=str(folder))
    compared = pipeline.compare(checked.desired, folder, world, wanted)
    report = pipeline.report(compared, world, previous)
    if out:
        options.save(out, output.rendering("json").drift(report))
    output.drift(report, format_name, folder=str(folder), **shown)
    return Exit.CHANGES if drift.has_drifted(report) else Exit.DONE
