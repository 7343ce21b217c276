"""`reconciler rename ADDRESS`: another name, e-mail or extension of an agent."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli import editing


@click.command("rename")
@click.argument("address", metavar="ADDRESS")
@click.option("--name", help="The new name.")
@click.option("--email", help="The new e-mail.")
@click.option("--extension", help="The new number.")
@editing.desired_folder
@editing.dry_run
def command(
    address: str,
    name: str | None,
    email: str | None,
    extension: str | None,
    folder: Path,
    dry_run: bool,
) -> int:
    """Change the name, e-mail or extension of an agent, who stays the same person."""
    from reconciler import edit

    stated = {"name": name, "email": email, "extension": extension}
    values = {key: value for key, value in stated.items() if value is not None}
    if not values:
        raise click.UsageError("give --name, --email or --extension")
    desired = editing.checked(folder)
    edits = edit.Edits(folder)
    with editing.refusals():
        edit.rename(edits, editing.named(desired, address), values)
    return editing.finish(edits, folder, dry_run=dry_run)
