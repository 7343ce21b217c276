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
@click.option("--swap", metavar="ADDRESS", help="Exchange extensions with this agent.")
@editing.desired_folder
@editing.dry_run
def command(
    address: str,
    name: str | None,
    email: str | None,
    extension: str | None,
    swap: str | None,
    folder: Path,
    dry_run: bool,
) -> int:
    """Change the name, e-mail or extension of an agent, who stays the same person."""
    from reconciler import edit

    stated = {"name": name, "email": email, "extension": extension}
    values = {key: value for key, value in stated.items() if value is not None}
    if swap and values:
        raise click.UsageError("--swap exchanges extensions and nothing else; give it on its own")
    if not values and not swap:
        raise click.UsageError("give --name, --email, --extension or --swap")
    desired = editing.checked(folder)
    edits = edit.Edits(folder)
    with editing.refusals():
        if swap:
            edit.swap(edits, editing.named(desired, address), editing.named(desired, swap))
        else:
            edit.rename(edits, editing.named(desired, address), values)
    return editing.finish(edits, folder, dry_run=dry_run)
