"""`reconciler move ADDRESS --to FILE|PROFILE`: another file, or another profile."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli import editing


@click.command("move")
@click.argument("addresses", metavar="ADDRESS...", nargs=-1, required=True)
@click.option(
    "--to",
    "target",
    metavar="FILE|PROFILE",
    required=True,
    help="A file below DIR (*.yaml), or the name of a profile.",
)
@editing.desired_folder
@editing.dry_run
def command(addresses: tuple[str, ...], target: str, folder: Path, dry_run: bool) -> int:
    """Move agents to another file, or give them another profile."""
    from reconciler import edit

    desired = editing.checked(folder)
    is_file = target.endswith((".yaml", ".yml"))
    if not is_file and target not in desired.profiles:
        profiles = ", ".join(sorted(desired.profiles)) or "none"
        raise click.ClickException(
            f"{target} is no profile ({profiles}) and no file name that ends in .yaml"
        )
    if is_file and not (folder / target).resolve().is_relative_to(folder.resolve()):
        raise click.ClickException(f"{target} does not lie below {folder}")
    edits = edit.Edits(folder)
    with editing.refusals():
        for address in addresses:
            agent = editing.named(desired, address)
            (edit.to_file if is_file else edit.to_profile)(edits, agent, target)
    return editing.finish(edits, folder, dry_run=dry_run)
