"""`reconciler init [FOLDER]`: the first files of a repository."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import click

from reconciler.cli import options, output
from reconciler.cli.exits import Exit

PROVIDERS: Final = ("sandbox", "scim", "xima")
NEEDS_URL: Final = frozenset(PROVIDERS) - {"sandbox"}

RANGES: Final = {
    "uc-users": ("uc_user", "2000-2999"),
    "uc-groups": ("uc_group", "3000-3999"),
    "queues": ("queue", "1000-1999"),
    "webrtc-agents": ("webrtc_agent", "4000-4999"),
}
"""The best practice of the vendor's page on agent licensing; to be changed to the own numbers."""

GITIGNORE: Final = ".reconciler/\n"
EDITOR: Final = """\
{
  "yaml.schemas": {"desired-state.schema.json": "desired-state/**/*.yaml"}
}
"""
AGENTS: Final = """\
# For assistants that work in this repository

`desired-state/` says how a contact centre is to be. Nothing here is applied before it is merged.

- Read before you edit: `reconciler explain ADDRESS`, `reconciler extensions`, `reconciler plan`.
- Edit with the verbs where there is one: `reconciler hire`, `leave`, `move`, `rename`. They keep
  comments and show what follows. `reconciler fmt` keeps the files in order.
- Check with `reconciler validate` (no network) and `reconciler plan` (reads, cannot write).
- Do not run `reconciler apply`: the pipeline applies what was merged after review.
- Absent means unmanaged: a line that you take out stops managing a value, it does not clear it.
- No token, password or secret belongs into a file; `token_env` holds the name of a variable.
- Taking somebody out is `until: DATE`, not deleting the entry.
"""


@click.command("init")
@click.argument("root", metavar="[FOLDER]", type=options.FOLDER, default=".")
@click.option("--name", prompt="Name of the tenant", help="A short name, such as acme.")
@click.option(
    "--provider",
    type=click.Choice(PROVIDERS),
    prompt="Provider",
    default="sandbox",
    show_default=True,
    help="`sandbox` makes a tenant to play with.",
)
@click.option("--url", help="The address of the tenant's API (scim, xima).")
@click.option("--token-env", help="The name of the variable that holds the token.")
@click.option("--timezone", default="UTC", show_default=True, help="Dates are days there.")
def command(
    root: Path, name: str, provider: str, url: str | None, token_env: str | None, timezone: str
) -> int:
    """Write the first files of a repository, and say what to type next."""
    if provider in NEEDS_URL:
        url = url or click.prompt("Address of the API")
        token_env = token_env or click.prompt("Variable of the token", default=_variable(name))
    files = _files(name, provider, url, token_env, timezone)
    there = [path for path in files if (root / path).exists()]
    if there:
        raise click.ClickException(f"{root / there[0]} exists; nothing was written")
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        options.save(root / path, text)
        output.say(f"wrote {options.harmless(str(root / path))}")
    return _checked(root, provider)


def _checked(root: Path, provider: str) -> int:
    from reconciler import pipeline

    result = pipeline.check(root / "desired-state", options.environment(), pipeline.PlanOptions())
    if result.desired is None:
        return output.invalid(result.diagnostics, "text")
    first = "reconciler plan" if provider == "sandbox" else "reconciler export live"
    where = "" if root == Path() else f"cd {root} && "
    output.text(f"next: {where}{first}")
    return Exit.DONE


def _variable(name: str) -> str:
    return "RECONCILER_TOKEN_" + re.sub(r"\W+", "_", name).upper()


def _files(
    name: str, provider: str, url: str | None, token_env: str | None, timezone: str
) -> dict[str, str]:
    from reconciler import validate
    from reconciler.render import yaml

    block = {"name": name, "provider": provider, "url": url, "token_env": token_env}
    stated = {key: value for key, value in block.items() if value} | {"timezone": timezone}
    ranges = {
        key: {"purpose": purpose, "range": interval} for key, (purpose, interval) in RANGES.items()
    }
    return {
        "desired-state/tenant.yaml": yaml.text({"tenant": stated}),
        "desired-state/extension_ranges.yaml": yaml.text(
            {"extension_ranges": ranges},
            comment="Change these to the numbers in use.",
        ),
        "desired-state.schema.json": validate.schema_text("desired-state"),
        ".gitignore": GITIGNORE,
        ".vscode/settings.json": EDITOR,
        "AGENTS.md": AGENTS,
    }
