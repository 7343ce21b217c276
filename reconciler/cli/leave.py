"""`reconciler leave ADDRESS --on DATE`: an agent's last working day."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from reconciler.cli import editing, options


@click.command("leave")
@click.argument("addresses", metavar="ADDRESS...", nargs=-1, required=True)
@click.option("--on", "day", type=options.Day(), required=True, help="The last working day.")
@editing.desired_folder
@editing.dry_run
def command(addresses: tuple[str, ...], day: date, folder: Path, dry_run: bool) -> int:
    """State the last working day of agents; the day after they are suspended."""
    from reconciler import edit

    desired = editing.checked(folder)
    edits = edit.Edits(folder)
    with editing.refusals():
        for address in addresses:
            edit.leave(edits, editing.named(desired, address), day)
    return editing.finish(edits, folder, dry_run=dry_run)
