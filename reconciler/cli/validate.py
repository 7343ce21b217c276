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
    upcoming = pipeline.coming_up(checked)
    output.diagnostics(checked.diagnostics, format_name, folder=str(folder), upcoming=upcoming)
    if checked.desired is None:
        return Exit.INVALID
    if format_name == "text":
        output.text(f"{folder} is valid: {pipeline.describe_size(checked.desired)}")
        if upcoming:
            output.text(output.rendering("text").upcoming(upcoming))
    return Exit.DONE
