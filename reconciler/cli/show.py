"""`reconciler show PLAN`."""

from pathlib import Path
from typing import Any

import click

from reconciler.cli import options, output
from reconciler.cli.exits import Exit


@click.command("show")
@click.argument("plan_file", metavar="PLAN", type=options.FOLDER)
@click.option("--folder", default="desired-state", help="Where SARIF and annotations point into.")
@options.detail
@options.output_format("text", "json", "markdown", "html", "github", "sarif")
@options.sharing
def command(plan_file: Path, folder: str, format_name: str, **shown: Any) -> int:
    """Show a saved plan in any format."""
    from reconciler import planfile

    output.plan(planfile.read(plan_file), format_name, folder=folder, **shown)
    return Exit.DONE
