"""`reconciler export OUT [--from DIR]`."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli import options, output
from reconciler.cli.exits import Exit

if TYPE_CHECKING:
    from reconciler.export import Exported

GROUPINGS = ("queue", "skill", "range", "none")


@click.command("export")
@click.argument("out", metavar="OUT", type=options.FOLDER)
@options.from_folder
@click.option(
    "--group-by",
    type=click.Choice(GROUPINGS),
    default="queue",
    show_default=True,
    help="One file for each main queue, skill or extension range, or one file for all agents.",
)
@options.as_of
@options.observed
def command(
    out: Path, folder: Path, group_by: str, as_of: date | None, observed: tuple[Path, ...]
) -> int:
    """Write the live tenant as YAML that validates and plans to nothing."""
    from reconciler import export, load, pipeline

    world = options.world()
    wanted = pipeline.Wanted(as_of=as_of)
    tenant = pipeline.known_tenant(folder, wanted)
    if out.exists() and any(out.iterdir() if out.is_dir() else [out]):
        raise click.ClickException(f"{out} is not empty; nothing was written")
    day = as_of or load.today(tenant, now=world.now)
    filed = pipeline.observations(observed, tenant, world.now)
    exported = pipeline.export_live(tenant, world, day, filed, group_by=group_by)
    _write(exported, out)
    found = pipeline.check(out, world, pipeline.Wanted(as_of=day)).diagnostics
    whole = export.with_waivers(exported, found, day)
    _write(whole, out)
    if whole.diagnostics:
        output.say(output.rendering("text").diagnostics(whole.diagnostics).rstrip("\n"))
    output.result(f"{len(whole.files)} files written to {out}")
    return Exit.DONE


def _write(exported: Exported, out: Path) -> None:
    from reconciler.render import yaml

    try:
        for name, content in exported.files.items():
            head = (exported.comments.get(name, ""), yaml.known(exported.grades.get(name, ())))
            text = yaml.text(content, comment="\n".join(filter(None, head)))
            (out / name).parent.mkdir(parents=True, exist_ok=True)
            (out / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"{out} cannot be written: {error.strerror}") from error
