"""`reconciler explain ADDRESS`: where each value of an agent comes from, and what is live."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli import editing, options, output
from reconciler.cli.exits import Exit
from reconciler.errors import ReconcilerError

if TYPE_CHECKING:
    from reconciler.model import Desired, Resource

NOT_ASKED = "the tenant was not asked"


@click.command("explain")
@click.argument("address", metavar="ADDRESS")
@editing.desired_folder
@click.option("--offline", is_flag=True, help="Do not ask the tenant.")
@options.as_of
@options.output_format("text", "json")
def command(address: str, folder: Path, offline: bool, as_of: Any, format_name: str) -> int:
    """Show where each value of an agent comes from (file, line, profile), and what is live."""
    from reconciler import pipeline

    desired = editing.checked(folder)
    agent = editing.named(desired, address)
    live, why = (None, NOT_ASKED) if offline else _live(desired, folder, agent)
    rows = [asdict(origin) for origin in pipeline.origins(folder, agent, live)]
    if format_name == "json":
        document = {"address": agent.address, "values": rows, "live": bool(live), "why": why}
        output.result(json.dumps(document, indent=2))
    else:
        output.text(_text(agent, rows, live is not None, why))
    return Exit.DONE


def _live(desired: Desired, folder: Path, agent: Resource) -> tuple[Resource | None, str]:
    """Return the live agent, or the reason why there is none."""
    from reconciler import pipeline

    try:
        live = pipeline.find_live(desired, folder, agent, options.environment())
    except ReconcilerError as error:
        return None, f"{NOT_ASKED}: {error}"
    return live, "" if live else "the tenant shows nobody who this is"


def _text(agent: Resource, rows: list[dict[str, Any]], has_live: bool, why: str) -> str:
    from reconciler import kinds
    from reconciler.render.text import lines

    cells = []
    for row in rows:
        place = f"{row['file']}:{row['line']}"
        shared = ", shared" if row["layer"] == "shared" else ""
        profile = f"profile {row['profile']}{shared}" if row["profile"] else ""
        live = [_word(row["live"])] if has_live else []
        cells.append([row["path"], _word(row["value"]), *live, place, profile])
    heads = ["field", "value", *(["live"] if has_live else []), "from", ""]
    table = "\n".join(_columns([heads, *cells]))
    notes = f"\n{options.harmless(why)}" if why else ""
    return f"{lines.joined([f'{agent.address}  {kinds.label_of(agent)}'])}\n{table}{notes}"


def _columns(rows: list[list[str]]) -> list[str]:
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    padded = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    )
    return [f"  {options.harmless(line.rstrip())}" for line in padded]


def _word(value: object) -> str:
    if value is None:
        return "–"
    return (
        {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
    )
