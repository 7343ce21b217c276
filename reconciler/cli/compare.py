"""`reconciler compare A B`."""

from datetime import date
from pathlib import Path
from typing import Any

import click

from reconciler.cli import options, output
from reconciler.cli.exits import Exit

LIVE = "live:"


@click.command("compare")
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@click.option("--live", is_flag=True, help="Compare the tenants of both folders, not their files.")
@click.option(
    "--take",
    metavar="ADDRESS",
    multiple=True,
    help="Write B's values of this into the files of A, comments kept. Repeatable.",
)
@options.as_of
@options.detail
@options.output_format("text", "json", "markdown", "html")
@options.sharing
def command(
    a: str,
    b: str,
    live: bool,
    take: tuple[str, ...],
    as_of: date | None,
    format_name: str,
    **rendering_options: Any,
) -> int:
    """Show what differs between two folders, a folder and a tenant, or two tenants, by name.

    A and B are folders with files. `live:DIR` is the tenant that the `tenant:` block below DIR
    names; tenants are only read. Exit codes: 0 the same, 2 something differs.

    \b
      reconciler compare production training          two folders
      reconciler compare desired-state live:training  files, and another tenant
      reconciler compare production training --live   two tenants
    """
    from reconciler import pipeline

    sides = [_side(name, is_live=live) for name in (a, b)]
    if take and sides[0].is_live:
        raise click.UsageError(
            f"--take writes into the files of A, and {a} is a tenant; name a folder first"
        )
    environment, plan_options = options.environment(), pipeline.PlanOptions(as_of=as_of)
    compared = pipeline.compare_sides(sides[0], sides[1], environment, plan_options)
    if compared.comparison is None:
        return output.invalid(compared.diagnostics, format_name)
    output.compared(compared.comparison, format_name, **rendering_options)
    if take:
        folder = sides[0].folder
        taken = pipeline.take_sides(take, folder, compared, environment, plan_options)
        return output.taken(taken, folder)
    return Exit.CHANGES if compared.comparison.differs else Exit.DONE


def _side(name: str, *, is_live: bool) -> Any:
    from reconciler.pipeline import SideOption

    folder = options.FOLDER.convert(name.removeprefix(LIVE) or ".", None, None)
    return SideOption(name, Path(folder), is_live or name.startswith(LIVE))
