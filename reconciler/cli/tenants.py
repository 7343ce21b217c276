"""`reconciler tenants [ROOT] [--probe]`."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reconciler import errors
from reconciler.cli import options, output
from reconciler.cli.exits import Exit

if TYPE_CHECKING:
    from reconciler.model import Tenant

Entry = Mapping[str, Any]


@click.command("tenants")
@click.argument("root", metavar="[ROOT]", type=options.FOLDER, default=".")
@click.option(
    "--probe",
    is_flag=True,
    help="Ask each SCIM service which mapping fits it and what it does not show. Nothing is "
    "written.",
)
@options.output_format("text", "json")
def command(root: Path, probe: bool, format_name: str) -> int:
    """List the tenants below a folder: every folder whose files have a `tenant:` block."""
    from reconciler import load

    tenants = load.tenants(root)
    entries = [_entry(folder, tenant) for folder, tenant in tenants]
    code = Exit.DONE
    if probe:
        for entry, (_, tenant) in zip(entries, tenants, strict=True):
            code = _worse(code, _add_probe(entry, tenant))
    if format_name == "json":
        output.result(json.dumps(entries, ensure_ascii=False))
    else:
        from reconciler.render import escape

        lines = (line for entry in entries for line in _lines(entry))
        output.text("\n".join(escape.terminal(line) for line in lines))
    return code


def _entry(folder: Path, tenant: "Tenant") -> dict[str, Any]:
    return {
        "name": tenant.name,
        "folder": folder.as_posix(),
        "provider": tenant.provider,
        "url": tenant.url,
        "token_env": tenant.token_env,
    }


def _worse(one: Exit, other: Exit) -> Exit:
    """The first of 1, 7, 0 that holds."""
    return next(
        code for code in (Exit.INVALID, Exit.CANNOT_TELL, Exit.DONE) if code in (one, other)
    )


def _add_probe(entry: dict[str, Any], tenant: "Tenant") -> Exit:
    """What the service shows, or in one line why nobody can tell."""
    from reconciler import pipeline

    try:
        probes = pipeline.probe(tenant, options.environment())
    except errors.ReconcilerError as error:
        hint = f" -> {error.hint}" if error.hint else ""
        entry["error"] = f"{error}{hint}"
        is_unknown = isinstance(error, errors.CannotTellError)
        return Exit.CANNOT_TELL if is_unknown else Exit.INVALID
    best = probes[0]
    entry |= {
        "mapping": best.mapping,
        "agents": best.agents,
        "queues": best.queues,
        "skills": best.skills,
        "seen": list(best.seen),
        "empty": list(best.empty),
        "unobserved": list(best.unobserved),
        "mappings": {one.mapping: len(one.seen) for one in probes},
    }
    return Exit.DONE


def _lines(entry: Entry) -> Iterator[str]:
    yield f"{entry['name']}  {entry['folder']}  {entry['provider']}"
    if "error" in entry:
        yield f"  {entry['error']}"
    if "mapping" not in entry:
        return
    yield (
        f"  mapping {entry['mapping']} fits best: {entry['agents']} agents, "
        f"{entry['queues']} queues, {entry['skills']} skills"
    )
    for name, words in (
        ("seen", "seen"),
        ("empty", "empty for everybody"),
        ("unobserved", "unobserved"),
    ):
        yield f"  {words}: {', '.join(entry[name]) or 'nothing'}"
    counts = ", ".join(f"{name} {count}" for name, count in entry["mappings"].items())
    yield f"  fields seen by mapping: {counts}"
