"""`reconciler validate [DIR]`."""

from datetime import date
from pathlib import Path

import click

from reconciler.cli import options, output
from reconciler.cli.exits import Exit


@click.command("validate")
@options.folder
@options.as_of
@options.output_format("text", "json", "github", "sarif", "junit")
def command(folder: Path, as_of: date | None, format_name: str) -> int:
    """Check the files: schema and offline rules; no token, no network."""
    from reconciler import pipeline

    plan_options = pipeline.PlanOptions(as_of=as_of)
    checked = pipeline.check(folder, options.environment(), plan_options)
    output.diagnostics(checked.diagnostics, format_name, folder=str(folder))
    if checked.desired is None:
        return Exit.INVALID
    if format_name == "text":
        output.result(f"{folder} is valid: {pipeline.describe_size(checked.desired)}")
    return Exit.DONE
