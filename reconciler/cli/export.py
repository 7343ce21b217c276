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
    from reconciler.pipeline import PlanOptions

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
@click.option("--select", metavar="ADDRESS|GLOB", multiple=True, help="Only this. Repeatable.")
@click.option("--exclude", metavar="ADDRESS|GLOB", multiple=True, help="All but this. Repeatable.")
@options.as_of
@options.observed
def command(
    out: Path,
    folder: Path,
    group_by: str,
    select: tuple[str, ...],
    exclude: tuple[str, ...],
    as_of: date | None,
    observed: tuple[Path, ...],
) -> int:
    """Write the live tenant as YAML that validates and plans to nothing.

    Over files that are there, only what differs is changed; comments and order are kept.
    """
    from reconciler import export, load, pipeline

    environment = options.environment()
    plan_options = pipeline.PlanOptions(as_of=as_of, select=select, exclude=exclude)
    if out.is_dir() and any(out.iterdir()):
        return _over(out, plan_options, observed)
    if out.exists() and not out.is_dir():
        raise click.ClickException(f"{out} is not a folder; nothing was written")
    tenant = pipeline.require_tenant(folder, plan_options)
    day = as_of or load.today(tenant, now=environment.now)
    filed = pipeline.observations(observed, tenant, environment.now)
    exported = pipeline.export_live(
        tenant, environment, day, filed, group_by=group_by, options=plan_options
    )
    _write(exported, out)
    diagnostics = pipeline.check(out, environment, pipeline.PlanOptions(as_of=day)).diagnostics
    whole = export.with_waivers(exported, diagnostics, day)
    _write(whole, out)
    if whole.diagnostics:
        output.say(output.rendering("text").diagnostics(whole.diagnostics).rstrip("\n"))
    output.result(f"{len(whole.files)} files written to {out}")
    return Exit.DONE


def _over(out: Path, plan_options: PlanOptions, observed: tuple[Path, ...]) -> int:
    """Update existing files from the tenant."""
    from reconciler import pipeline

    environment = options.environment()
    tenant = pipeline.require_tenant(out, plan_options)
    filed = pipeline.observations(observed, tenant, environment.now)
    taken = pipeline.export_over(out, environment, plan_options, filed)
    if taken.diagnostics:
        output.say(output.rendering("text").diagnostics(taken.diagnostics).rstrip("\n"))
    for file in taken.files:
        output.result(f"edited {options.harmless(str(out / file))}")
    if not taken.files:
        output.result(f"nothing differs; {options.harmless(str(out))} was left as it is")
    return Exit.INVALID if taken.diagnostics else Exit.DONE


def _write(exported: Exported, out: Path) -> None:
    from reconciler import regular_files
    from reconciler.render import yaml

    try:
        for name, content in exported.files.items():
            head = (
                exported.comments.get(name, ""),
                yaml.evidence_comment(exported.grades.get(name, ())),
            )
            text = yaml.text(content, comment="\n".join(filter(None, head)))
            (out / name).parent.mkdir(parents=True, exist_ok=True)
            options.save(out / name, text)
    except (OSError, ValueError) as error:
        reason = regular_files.reason(error)
        raise click.ClickException(f"{out} cannot be written: {reason}") from error
