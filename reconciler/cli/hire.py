"""`reconciler hire`: new agents into the files, with numbers from their range."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli import editing, options, output
from reconciler.cli.exits import Exit
from reconciler.cli.import_ import Meaning, content_of, saved_column_map
from reconciler.errors import ReconcilerError

if TYPE_CHECKING:
    from reconciler.model import Desired
    from reconciler.roster import ColumnMap


@click.command("hire")
@click.option("--name", help="The full name.")
@click.option("--email", help="What the agent signs in with.")
@click.option("--extension", default="next", show_default=True, help="The number.")
@click.option("--range", "interval", metavar="NAME", help="The range of the next free number.")
@click.option("--phone", type=click.Choice(["webrtc", "uc"]), help="[default: by the range]")
@click.option("--profile", multiple=True, help="A profile. Repeatable.")
@click.option("--license", "licenses", multiple=True, help="A license. Repeatable.")
@click.option("--queue", "queues", metavar="NAME[:LEVEL]", multiple=True, help="Repeatable.")
@click.option("--skill", "skills", metavar="NAME[:LEVEL]", multiple=True, help="Repeatable.")
@click.option("--from", "start", type=options.Day(), help="The first day [default: now].")
@click.option("--until", "end", type=options.Day(), help="The last working day.")
@click.option("--csv", "table", type=options.FOLDER, metavar="FILE", help="Many at once.")
@click.option(
    "--map", "mapping", type=Meaning(), multiple=True, help='Of the CSV: "Mailbox=email".'
)
@click.option("--file", default="", metavar="FILE", help="Where the entries go, below DIR.")
@editing.desired_folder
@editing.dry_run
def command(
    name: str | None,
    email: str | None,
    extension: str,
    interval: str | None,
    phone: str | None,
    profile: tuple[str, ...],
    licenses: tuple[str, ...],
    queues: tuple[str, ...],
    skills: tuple[str, ...],
    start: date | None,
    end: date | None,
    table: Path | None,
    mapping: tuple[tuple[str, str | None, str], ...],
    file: str,
    folder: Path,
    dry_run: bool,
) -> int:
    """Add an agent, or all agents of a CSV, to the files."""
    if (table is None) == (name is None and email is None):
        raise click.UsageError("give either --name and --email, or --csv FILE")
    row = {
        "name": name,
        "email": email,
        "extension": extension,
        "range": interval,
        "phone": phone,
        "profile": ";".join(profile),
        "licenses": ";".join(licenses),
        "queues": ";".join(queues),
        "skills": ";".join(skills),
        "from": start.isoformat() if start else None,
        "until": end.isoformat() if end else None,
    }
    if table is not None:
        return _add(
            content_of(table), str(table), saved_column_map(folder, mapping), folder, file, dry_run
        )
    return _add(_table(row), "hire", None, folder, file, dry_run)


def _table(row: dict[str, str | None]) -> bytes:
    """Return one person as a table of one row, so that both ways are read alike."""
    stated = {key: value for key, value in row.items() if value}
    text = io.StringIO()
    writer = csv.DictWriter(text, stated)
    writer.writeheader()
    writer.writerow(stated)
    return text.getvalue().encode()


def _add(
    table: bytes, source: str, mapping: ColumnMap | None, folder: Path, file: str, dry_run: bool
) -> int:
    from reconciler import edit, pipeline, roster
    from reconciler.diagnostics import has_errors

    desired = editing.checked(folder)
    rows = roster.read(table, source, mapping=mapping, needed=roster.NEEDED)
    result = pipeline.import_roster(
        rows,
        source,
        folder,
        options.environment(),
        pipeline.PlanOptions(),
        taken=_live_numbers(desired),
    )
    if result.diagnostics:
        output.say(output.rendering("text").diagnostics(result.diagnostics).rstrip("\n"))
    if has_errors(result.diagnostics) or not result.agents:
        output.say("nobody was added; nothing was written")
        return Exit.INVALID
    edits = edit.Edits(folder)
    entries = [entry for content in result.files.values() for entry in content["agents"]]
    with editing.refusals():
        for address, entry in zip(result.agents, entries, strict=True):
            edit.hire(edits, desired, address, entry, file)
    return editing.finish(edits, folder, dry_run=dry_run)


def _live_numbers(desired: Desired) -> frozenset[str]:
    """Return extensions in use in the tenant; none, with a message, if it does not answer."""
    from reconciler import pipeline, read

    try:
        with pipeline.open_provider(
            desired.tenant, options.environment(), read_only=True, desired=desired
        ) as provider:
            reading = read.live(provider)
    except ReconcilerError as error:
        output.say(f"numbers are chosen by the files alone: {options.harmless(str(error))}")
        return frozenset()
    held = (resource.fields.get("extension") for resource in reading.resources.values())
    return frozenset(number for number in held if isinstance(number, str))
