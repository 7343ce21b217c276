"""`reconciler import FILE.csv --output DIR`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli import options, output
from reconciler.cli.exits import Exit

if TYPE_CHECKING:
    from reconciler.roster import ColumnMap, ImportResult


_VALUE = re.compile(r"(?P<header>.+?):\s+(?P<word>.+)=(?P<ours>.*)", re.DOTALL)


class Meaning(click.ParamType[tuple[str, str | None, str]]):
    """The value of `--map`.

    `Mailbox=email` says what a column holds, `Mailbox=` that it is ignored, `aktiv: ja=yes` what a
    word in a column means. Converts to header, word (or None) and meaning.
    """

    name = "header=field"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str | None, str]:
        from reconciler.roster import FIELDS

        if isinstance(value, tuple):
            return value
        if word := _VALUE.fullmatch(str(value)):
            return word["header"], word["word"], word["ours"]
        header, equals, field = str(value).rpartition("=")
        if not equals or not header.strip():
            self.fail(
                f'{value!r} is not a column and its meaning; write it as "Mailbox=email", or as '
                '"aktiv: ja=yes" for a word in a column'
            )
        if field and field not in FIELDS:
            self.fail(f"{field!r} is no field; there are {', '.join(FIELDS)}")
        return header, None, field


def column_map(meanings: Sequence[tuple[str, str | None, str]]) -> ColumnMap:
    """Return the column mapping given on the command line."""
    from reconciler.roster import ColumnMap

    values: dict[str, dict[str, str]] = {}
    for header, word, ours in meanings:
        if word is not None:
            values.setdefault(header, {})[word] = ours
    return ColumnMap({header: field for header, word, field in meanings if word is None}, values)


def kept_map(folder: Path) -> Path:
    """Return the file beside the desired state that keeps the column mapping."""
    return folder.with_name(f"{folder.name}.columns.json")


@click.command("import")
@click.argument("table", metavar="FILE.csv", type=options.FOLDER)
@click.option(
    "--output",
    "out",
    metavar="DIR",
    type=options.FOLDER,
    required=True,
    help="Where it is written.",
)
@click.option(
    "--desired",
    "folder",
    metavar="DIR",
    type=options.FOLDER,
    default="desired-state",
    show_default=True,
    help="The files that are there: ranges, profiles, who is declared already.",
)
@click.option(
    "--map",
    "mapping",
    type=Meaning(),
    multiple=True,
    help='What a column holds: "Mailbox=email"; "Mailbox=" ignores it; "aktiv: ja=yes" says what a '
    "word in it means. Kept beside DIR for the next time. Repeatable.",
)
@click.option("--force", is_flag=True, help="Replace what an earlier import wrote.")
@options.as_of
@options.output_format("text", "json")
def command(
    table: Path,
    out: Path,
    folder: Path,
    mapping: tuple[tuple[str, str | None, str], ...],
    force: bool,
    as_of: date | None,
    format_name: str,
) -> int:
    """Turn a roster (CSV) into YAML to review; never talks to a tenant."""
    from reconciler import pipeline, roster
    from reconciler.diagnostics import has_errors

    earlier = _earlier(out)
    if earlier and not force:
        raise click.ClickException(f"{earlier[0]} exists; nothing was written (use --force)")
    file = str(table)
    columns = saved_column_map(folder, mapping)
    rows = roster.read(content_of(table), file, mapping=columns, needed=roster.NEEDED)
    plan_options = pipeline.PlanOptions(as_of=as_of)
    replaced = _below(folder, earlier)
    result = pipeline.import_roster(
        rows, file, folder, options.environment(), plan_options, replaced=replaced
    )
    if result.files:
        _write(result, table, out, earlier)
        keep_map(folder, columns, mapping)
    _show(result, out, format_name)
    return Exit.INVALID if has_errors(result.diagnostics) else Exit.DONE


def saved_column_map(folder: Path, meanings: Sequence[tuple[str, str | None, str]]) -> ColumnMap:
    """Merge the mapping of the command line over the saved one. Raises `SetupError`."""
    from reconciler import regular_files, roster
    from reconciler.roster import mapping

    path = kept_map(folder)
    stated = column_map(meanings)
    if not path.is_file():
        return stated
    text = regular_files.text(path, largest=roster.LARGEST)
    return stated.over(mapping.parse(text, str(path)))


def keep_map(
    folder: Path, columns: ColumnMap, meanings: Sequence[tuple[str, str | None, str]]
) -> None:
    """Save the mapping for the next table of the same kind."""
    from reconciler.roster import mapping

    if meanings:
        path = kept_map(folder)
        options.save(path, mapping.text(columns))
        output.say(f"the meaning of the columns is kept in {options.harmless(str(path))}")


def content_of(table: Path) -> bytes:
    """Read a table of people. Raises `UnreadableError`."""
    from reconciler import regular_files, roster

    return regular_files.content(table, largest=roster.LARGEST, hint="name a CSV file")


def _earlier(out: Path) -> list[Path]:
    """Return the files that an earlier import has written there."""
    from reconciler.pipeline import STEM

    name = re.compile(rf"{STEM}(-\d+)?\.yaml")
    there = sorted(out.iterdir()) if out.is_dir() else []
    return [path for path in there if name.fullmatch(path.name)]


def _below(folder: Path, paths: Sequence[Path]) -> frozenset[str]:
    """Return the names of those files that are in the folder."""
    root = folder.resolve()
    paths_found = (path.resolve() for path in paths)
    return frozenset(p.relative_to(root).as_posix() for p in paths_found if p.is_relative_to(root))


def _write(result: ImportResult, table: Path, out: Path, earlier: Sequence[Path]) -> None:
    from reconciler import scalars
    from reconciler.render import yaml

    comment = f"Imported from {scalars.text(table.name)} by `reconciler import`."
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, content in result.files.items():
            options.save(out / name, yaml.text(content, comment=comment))
        for path in earlier:
            if path.name not in result.files:
                path.unlink()
    except OSError as error:
        raise click.ClickException(f"{out} cannot be written: {error.strerror}") from error


def _show(result: ImportResult, out: Path, format_name: str) -> None:
    if format_name == "json":
        output.result(output.rendering("json").imported(result, folder=str(out)))
        return
    if result.diagnostics:
        output.say(output.rendering("text").diagnostics(result.diagnostics).rstrip("\n"))
    output.text(output.rendering("text").imported(result, folder=str(out)))
