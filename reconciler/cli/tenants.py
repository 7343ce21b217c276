"""`reconciler tenants [ROOT]`."""

import json
from pathlib import Path

import click

from reconciler.cli import options, output
from reconciler.cli.exits import Exit


@click.command("tenants")
@click.argument("root", metavar="[ROOT]", type=options.FOLDER, default=".")
@options.output_format("text", "json")
def command(root: Path, format_name: str) -> int:
    """List the tenants below a folder: every folder whose files have a `tenant:` block."""
    from reconciler import load
    from reconciler.render import escape

    tenants = load.tenants(root)
    entries = [
        {
            "name": tenant.name,
            "folder": folder.as_posix(),
            "provider": tenant.provider,
            "url": tenant.url,
            "token_env": tenant.token_env,
        }
        for folder, tenant in tenants
    ]
    if format_name == "json":
        output.result(json.dumps(entries, ensure_ascii=False))
    else:
        lines = (f"{e['name']}  {e['folder']}  {e['provider']}" for e in entries)
        output.result("\n".join(escape.terminal(line) for line in lines))
    return Exit.DONE
