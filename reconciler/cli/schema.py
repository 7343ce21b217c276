"""`reconciler schema [NAME]`: a published JSON Schema, for editors and for programs."""

import click

from reconciler import validate
from reconciler.cli import output
from reconciler.cli.exits import Exit


@click.command("schema")
@click.argument("name", type=click.Choice(validate.SCHEMAS), default="desired-state")
def command(name: str) -> int:
    """Print the JSON Schema of the files, or of a document that a command writes."""
    output.result(validate.schema_text(name))
    return Exit.DONE
