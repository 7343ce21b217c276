"""`reconciler show PLAN`."""

from pathlib import Path
from typing import Any

import click

from reconciler.cli import options, output
from reconciler.cli.exits import Exit
from reconciler.errors import StalePlanError


@click.command("show")
@click.argument("plan_file", metavar="PLAN", type=options.FOLDER)
@click.option("--folder", default="desired-state", help="Where SARIF and annotations point into.")
@options.detail
@options.output_format("text", "json", "markdown", "html", "github", "sarif")
@options.sharing
def command(plan_file: Path, folder: str, format_name: str, **rendering_options: Any) -> int:
    """Show a saved plan in any format."""
    from reconciler import planfile

    saved = planfile.read(plan_file)
    try:
        planfile.verify(saved)
        output.say("as it was when the plan was made; apply makes it again and verifies it")
    except StalePlanError as error:
        output.say(f"not verified: {options.harmless(str(error))}; apply refuses this document")
    output.plan(saved, format_name, folder=folder, **rendering_options)
    return Exit.DONE
