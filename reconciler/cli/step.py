"""`reconciler step STEP`: one step of a pipeline, on GitHub or elsewhere."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli import options, output

STEPS = ("tenants", "validate", "plan", "apply", "replan", "due", "drift")


@click.command("step")
@click.argument("step", metavar="STEP", type=click.Choice(STEPS))
@click.option("--name", metavar="TENANT", help="Which tenant, where the folder has several.")
@click.option(
    "--folder",
    metavar="DIR",
    type=options.FOLDER,
    default="desired-state",
    show_default=True,
    help="Where the tenants are: one, or a folder for each.",
)
@click.option(
    "--out",
    metavar="DIR",
    type=options.FOLDER,
    default="reconciler-out",
    show_default=True,
    help="What may be kept: summary, page, approval.",
)
def command(step: str, name: str | None, folder: Path, out: Path) -> int:
    """Run one step of a pipeline: tenants, validate, plan, apply, replan, due or drift.

    Everything that it shows or keeps is redacted. On GitHub it comments on the pull request,
    finds what was approved, and keeps one issue of drift a tenant.
    """
    from reconciler import forge

    job = forge.of_environment(options.environ(), folder, out)
    return forge.run(step, job, name or None, output.say)
