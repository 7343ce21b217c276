"""`reconciler fmt [DIR]`: quotes, order of keys, block style."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli import editing, options, output
from reconciler.cli.exits import Exit


@click.command("fmt")
@options.folder
@click.option(
    "--check", is_flag=True, help="Write nothing; leave with 1 if something would change."
)
def command(folder: Path, check: bool) -> int:
    """Format the files: quotes where a reader could guess wrong, keys in one order, block style."""
    from reconciler import edit, load

    loaded = load.own_documents(folder)
    if loaded.diagnostics:
        return output.invalid(loaded.diagnostics, "text")
    edits = edit.Edits(folder)
    with editing.refusals():
        for document in loaded.documents:
            edits.set(document.file, edit.formatted(edits.text(document.file)))
    names = [options.harmless(str(folder / name)) for name in sorted(edits.changed)]
    if not check:
        edits.write()
    for name in names:
        output.result(f"{'would format' if check else 'formatted'} {name}")
    return Exit.INVALID if check and names else Exit.DONE
