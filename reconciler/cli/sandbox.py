"""`reconciler sandbox serve`."""

from pathlib import Path

import click

from reconciler.cli import options
from reconciler.cli.exits import Exit
from reconciler.errors import SetupError


@click.group("sandbox")
def command() -> None:
    """Run the embedded tenant."""


@command.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0 takes a free one.")
@click.option("--database", type=options.FOLDER, help="An SQLite file; without it, in memory.")
@click.option("--seed", help="The name of a packaged seed, or a file.")
@click.option("--faults", type=options.FOLDER, help="A JSON file that says how to misbehave.")
@click.option(
    "--speak",
    type=click.Choice(["scim", "genesys"]),
    default="scim",
    show_default=True,
    help="Whose access to print: genesys is its platform API.",
)
def serve(
    host: str,
    port: int,
    database: Path | None,
    seed: str | None,
    faults: Path | None,
    speak: str,
) -> int:
    """Serve SCIM and the Agent Licensing page until interrupted.

    Prints url and tokens, a line each, once the port accepts connections.
    """
    try:
        host.encode("idna")
    except UnicodeError:
        raise click.UsageError("--host is not the name or address of a host") from None
    try:
        from reconciler import sandbox
    except ImportError as error:
        raise SetupError(
            "the embedded tenant is not installed",
            hint="pip install 'ccaas-reconciler[sandbox]'",
        ) from error
    try:
        sandbox.serve(
            database=database, seed=seed, host=host, port=port, faults=faults, speak=speak
        )
    except sandbox.StartError as error:
        raise SetupError(str(error)) from error
    return Exit.DONE
