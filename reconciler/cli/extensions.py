"""`reconciler extensions [DIR]`: which numbers of each range are used, reserved and free."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli import editing, options, output
from reconciler.cli.exits import Exit

if TYPE_CHECKING:
    from reconciler.model import Desired, ExtensionRange


@click.command("extensions")
@options.folder
@click.option("--free", "interval", metavar="RANGE", help="Print the next free numbers of a range.")
@click.option("-n", "count", type=click.IntRange(1), default=1, show_default=True, help="How many.")
@click.option(
    "--live", is_flag=True, help="Count the numbers that the tenant shows in use as well."
)
@options.output_format("text", "json")
def command(folder: Path, interval: str | None, count: int, live: bool, format_name: str) -> int:
    """Show how many numbers of each range are used, reserved and free, or the next free ones."""
    from reconciler import pipeline

    desired = editing.checked(folder)
    live_numbers = pipeline.live_extensions(desired, options.environment()) if live else {}
    if interval is None:
        rows = [_row(extension_range, desired, live_numbers) for extension_range in desired.ranges]
        output.result(json.dumps(rows, indent=2) if format_name == "json" else _table(rows))
        return Exit.DONE
    interval_range = pipeline.find_range(desired, interval)
    if interval_range is None:
        names = (
            ", ".join(extension_range.name for extension_range in desired.ranges)
            or "none is declared"
        )
        raise click.ClickException(f"there is no range {options.harmless(interval)}: {names}")
    free = pipeline.free_extensions(interval_range, desired, live_numbers, count)
    output.result(json.dumps(free) if format_name == "json" else "\n".join(free))
    if len(free) < count:
        output.say(f"range {interval_range.name} has {len(free)} free, and {count} were asked for")
        return Exit.INVALID
    return Exit.DONE


def _row(
    extension_range: ExtensionRange, desired: Desired, live: dict[str, str]
) -> dict[str, object]:
    from reconciler import pipeline

    used, reserved = pipeline.declared_extensions(desired)
    held = {number for number in used if extension_range.holds(number)}
    later = {number for number in reserved if extension_range.holds(number)}
    others = {number for number in live if extension_range.holds(number)} - held - later
    size = int(extension_range.last) - int(extension_range.first) + 1
    return {
        "range": extension_range.name,
        "purpose": extension_range.purpose,
        "from": extension_range.first,
        "to": extension_range.last,
        "used": len(held),
        "reserved": len(later),
        "tenant_only": len(others) if live else None,
        "free": size - len(held) - len(later) - len(others),
    }


def _table(rows: list[dict[str, object]]) -> str:
    from reconciler.render.text import lines

    if not rows:
        return "no extension range is declared"
    names = [name for name in rows[0] if any(row[name] is not None for row in rows)]
    cells = [[str(row[name]) for name in names] for row in rows]
    return "\n".join(lines.table([name.replace("_", " ") for name in names], cells))
