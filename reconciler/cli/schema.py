"""`reconciler schema [NAME]`: a published JSON Schema, for editors and for programs."""

import click

from reconciler import validate
from reconciler.cli import output
from reconciler.cli.exits import Exit


@click.command("schema")
@click.argument("name", type=click.Choice(validate.SCHEMAS), default="desired-state")
@click.option("--provider", help="With the keys that this installed provider adds to `tenant:`.")
def command(name: str, provider: str | None) -> int:
    """Print the JSON Schema of the files, or of a document that a command writes."""
    if provider is None:
        output.result(validate.schema_text(name))
        return Exit.DONE
    if name != "desired-state":
        raise click.UsageError("--provider is for the schema of the files")
    output.result(validate.desired_state_text(validate.addition(provider)))
    return Exit.DONE
