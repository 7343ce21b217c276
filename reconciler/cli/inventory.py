"""`reconciler inventory [DIR]`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli import by_hand, options, output
from reconciler.cli.exits import Exit

if TYPE_CHECKING:
    from reconciler import pipeline
    from reconciler.diagnostics import Diagnostic
    from reconciler.manual import inventory, inventory_due
    from reconciler.model import Ledger

FORMS = (".csv", ".xlsx", ".html")


@click.command("inventory")
@options.folder
@click.option(
    "-o", "out", metavar="FILE", type=options.FOLDER, help="Write a form: .csv .xlsx .html"
)
@click.option(
    "--take",
    "forms",
    metavar="FILE",
    multiple=True,
    type=options.FOLDER,
    help="Keep what a filled-in form says. Repeatable.",
)
@click.option("--guided", is_flag=True, help="Ask at the terminal, two questions a person.")
@click.option("--due", is_flag=True, help="Only whose evidence is old: list, form or questions.")
@click.option("--by", metavar="NAME", help="Who looked [default: you].")
@options.output_format("text", "json")
def command(
    folder: Path,
    out: Path | None,
    forms: tuple[Path, ...],
    guided: bool,
    due: bool,
    by: str | None,
    format_name: str,
) -> int:
    """Record what the console shows of everybody, where the tenant's API does not.

    Without an option, or with --due, says whose evidence is old.
    """
    if out is not None and out.suffix.lower() not in FORMS:
        raise click.UsageError(f"-o takes a name that ends in {', '.join(FORMS)}")
    who = by_hand.GuideOptions(by, 0, Path(), folder).by
    if forms:
        return _take(folder, forms, who)
    if guided:
        return _guided(folder, who, due=due)
    with _opened(folder, writes=False) as (environment, kept):
        from reconciler import pipeline

        found = pipeline.stock(folder, environment, kept)
        found_due = pipeline.due(found, environment)
        if out is not None:
            return _write(_form(found, environment, found_due if due else None), out)
    return _say_due(found_due, format_name)


@contextmanager
def _opened(folder: Path, *, writes: bool) -> Iterator[tuple[pipeline.Environment, Ledger | None]]:
    """With the tenant's lease, and a ledger that is made, where something is to be kept."""
    from reconciler import pipeline

    environment = options.environment()
    tenant = pipeline.require_tenant(folder, pipeline.PlanOptions())
    if not writes:
        with pipeline.existing_ledger(tenant, environment) as kept:
            yield environment, kept
        return
    with (
        pipeline.open_ledger(tenant, environment) as made,
        made.lease(tenant.name, f"inventory {folder}"),
    ):
        yield environment, made


def _form(
    found: pipeline.Stock, environment: pipeline.Environment, due: inventory_due.Due | None
) -> inventory.Form:
    from reconciler import load
    from reconciler.manual import inventory

    only = None if due is None else {person.address for person in due.asked}
    day = load.today(found.tenant, now=environment.now)
    return inventory.form(found.reading, found.tenant.name, day, only)


def _write(form: inventory.Form, out: Path) -> int:
    from reconciler.manual import form_files

    match out.suffix.lower():
        case ".xlsx":
            options.save_bytes(out, form_files.workbook(form))
        case ".csv":
            options.save_bytes(out, form_files.csv(form).encode())
        case _:
            options.save_bytes(out, form_files.html(form).encode())
    people = "1 person" if len(form.people) == 1 else f"{len(form.people)} people"
    name = options.harmless(str(out))
    output.say(f"{name}: a row for {people}; fill in what the console shows, then hand it in:")
    filled = name if out.suffix.lower() != ".html" else "FORM.csv"
    output.say(f"  reconciler inventory --take {filled}")
    return Exit.DONE


def _take(folder: Path, forms: Sequence[Path], by: str) -> int:
    from reconciler import pipeline
    from reconciler.diagnostics import has_errors
    from reconciler.manual import form_files

    rows: list[inventory.Filled] = []
    diagnostics: list[Diagnostic] = []
    for file in forms:
        filled, problems = form_files.read(file)
        rows += filled
        diagnostics += problems
    if has_errors(diagnostics):
        return _refused(diagnostics)
    with _opened(folder, writes=True) as (environment, kept):
        assert kept is not None
        found = pipeline.stock(folder, environment, kept)
        taken = pipeline.take_form(rows, found, kept, environment, by)
        if has_errors(taken.diagnostics):
            return _refused(taken.diagnostics)
        _say_findings(taken.diagnostics)
        _say_taken(taken)
        after = pipeline.due(pipeline.stock(folder, environment, kept), environment)
    _say_due(after, "text")
    return Exit.DONE


def _guided(folder: Path, by: str, *, due: bool) -> int:
    from reconciler import pipeline
    from reconciler.manual import inventory_guide

    if not by_hand.is_there():
        raise click.ClickException("nobody is there to ask; write a form with -o FILE")
    with _opened(folder, writes=True) as (environment, kept):
        assert kept is not None
        found = pipeline.stock(folder, environment, kept)
        asked = pipeline.due(found, environment) if due else None

        def record(row: inventory.Filled) -> Sequence[Diagnostic]:
            now = replace(environment, now=options.moment())
            return pipeline.take_form([row], found, kept, now, by).diagnostics

        form = _form(found, environment, asked)
        count = inventory_guide.ask(form, by_hand.ClickTerminal(), record, by)
        answers = "1 answer" if count == 1 else f"{count} answers"
        output.say(f"{answers} recorded by {options.harmless(by)}")
        after = pipeline.due(pipeline.stock(folder, options.environment(), kept), environment)
    _say_due(after, "text")
    return Exit.DONE


def _refused(found: Sequence[Diagnostic]) -> int:
    _say_findings(found)
    output.say("nothing was taken")
    return Exit.INVALID


def _say_findings(found: Sequence[Diagnostic]) -> None:
    if found:
        output.say(output.rendering("text").diagnostics(found).rstrip("\n"))


def _say_taken(taken: inventory.Taken) -> None:
    fields = ", ".join(f"{name} of {count}" for name, count in sorted(taken.fields.items()))
    people = "1 person" if taken.people == 1 else f"{taken.people} people"
    blank = f"; {taken.blank} rows were left blank" if taken.blank else ""
    output.say(f"taken of {people}: {fields or 'nothing'}{blank}")


def _say_due(found: inventory_due.Due, format_name: str) -> int:
    if format_name == "json":
        output.result(json.dumps(_document(found), ensure_ascii=False, indent=2))
        return Exit.DONE
    lines = [
        *(f"{person.label}: {_since(person, found.days)}" for person in found.overdue),
        *(f"this week: {person.label}" for person in found.asked),
        f"Inventory: {found.sentence or f'all {found.total} agents are known'}",
    ]
    output.text("\n".join(options.harmless(line) for line in lines))
    return Exit.DONE


def _since(person: inventory_due.DuePerson, days: int) -> str:
    missing = " and ".join(person.fields)
    return f"nobody has said {missing} in the last {days} days"


def _document(found: inventory_due.Due) -> dict[str, object]:
    def people(of: Sequence[inventory_due.DuePerson]) -> list[dict[str, object]]:
        return [
            {
                "address": person.address,
                "label": person.label,
                "unknown": list(person.fields),
                "since": person.since.isoformat() if person.since else None,
            }
            for person in of
        ]

    return {
        "agents": found.total,
        "attestation_days": found.days,
        "overdue": people(found.overdue),
        "asked": people(found.asked),
        "sentence": found.sentence,
    }
