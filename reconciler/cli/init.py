"""`reconciler init [FOLDER]`: the first files of a repository."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click

from reconciler.cli import options, output
from reconciler.cli.exits import Exit

FORGES: Final = ("github", "gitlab", "none")
PROVIDERS: Final = ("sandbox", "scim", "xima", "genesys")
NEEDS_URL: Final = frozenset(PROVIDERS) - {"sandbox"}
OAUTH: Final = frozenset({"genesys"})
"""They want the id and secret of an OAuth client in place of a token."""
OF_OAUTH: Final = frozenset({"client_id_env", "client_secret_env"})
VARIABLES: Final = {
    "token_env": "token",
    "client_id_env": "OAuth client's id",
    "client_secret_env": "OAuth client's secret",
}

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

`desired-state/` says how a contact centre is to be: who is an agent, with which number, licenses,
queues and skills. What is merged here changes who receives calls. Nothing is applied before it
was reviewed and merged.

## What you may edit

- The YAML files in `desired-state/`, for what you were asked. Prefer the verbs, which keep
  comments and show what follows: `reconciler hire`, `leave`, `move`, `rename`, `fmt`.
- Not without being asked in so many words: `tenant:`, `policy:` (limits, protected addresses,
  `allow`, `waivers`), `purchased`, `min_agents`, the pipeline, this file. A check that fails is a
  reason to ask, never a reason to raise a limit.
- No token, password or address of a chat hook belongs into a file; `token_env` holds the name of
  a variable.

## What to know

- Absent means unmanaged: a line that you take out stops managing a value, it does not clear it.
- Taking somebody out is `until: DATE` (the last working day), not deleting the entry. A change of
  somebody's name, e-mail or number is `reconciler rename`, so that they stay the same person.
- Numbers come from the ranges: `reconciler extensions --free RANGE`. Keep leading zeros, in
  quotes.
- People in these files are personal data: quote extensions instead of names in titles, branches
  and commit messages.

## How to check

| command | asks the tenant | says |
| --- | --- | --- |
| `reconciler validate` | no | schema and rules, with file and line; 1 names what is wrong |
| `reconciler fmt --check` | no | whether the files are in order |
| `reconciler explain ADDRESS` | reads | where each value of an agent comes from, and what is live |
| `reconciler plan` | reads | what an apply would change; 4 means that a rule or a limit stops it |
| `reconciler drift` | reads | where the tenant differs from the files; 2 means that it does |

`reconciler mcp` serves the same to an assistant, with no way to write. Put the last line of the
plan into the pull request.

## Never

Never run `reconciler apply`, `lock`, `inventory`, or a step of the pipeline, and never change the
tenant in its console: the pipeline applies what was merged. If a plan shows somebody who stops
receiving calls and nobody asked for that, stop and ask.
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
@click.option("--url", help="The address of the tenant's API (all but sandbox).")
@click.option("--token-env", help="The name of the variable that holds the token.")
@click.option("--client-id-env", help="The name of the variable of the OAuth client's id.")
@click.option("--client-secret-env", help="The name of the variable of the client's secret.")
@click.option("--timezone", default="UTC", show_default=True, help="Dates are days there.")
@click.option(
    "--forge",
    type=click.Choice(FORGES),
    help="Whose pipeline is written [default: as the git remote says].",
)
@click.option(
    "--tool",
    metavar="OWNER/REPOSITORY@REF",
    help="Where the pipeline finds this tool there [default: where it was installed from].",
)
def command(
    root: Path,
    name: str,
    provider: str,
    url: str | None,
    timezone: str,
    forge: str | None,
    tool: str | None,
    **variables: str | None,
) -> int:
    """Write the first files of a repository, its pipeline and AGENTS.md; say what to type next."""
    from reconciler.forge import first_files

    if tool and not first_files.TOOL.match(tool):
        raise click.UsageError("--tool is owner/repository@ref, such as acme/reconciler@v0.1.0")
    if provider in NEEDS_URL:
        url = url or click.prompt("Address of the API")
    where = first_files.forge_of(root, forge)
    tool = tool or first_files.tool_source(where.host)
    files = {
        **_files(name, provider, url, _variables(name, provider, variables), timezone),
        **first_files.pipeline(where, tool, name),
    }
    there = [path for path in files if (root / path).exists()]
    if there:
        raise click.ClickException(f"{root / there[0]} exists; nothing was written")
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        options.save(root / path, text)
        output.say(f"wrote {options.harmless(str(root / path))}")
    _say_pipeline(where.kind, tool)
    return _checked(root, provider)


def _say_pipeline(forge: str, tool: str) -> None:
    """Say what is left to do for the pipeline."""
    from reconciler.forge import first_files

    if forge == "none":
        output.say("no pipeline was written: no git remote here names a forge (--forge github)")
    elif tool == first_files.NOWHERE:
        output.say(f"in the pipeline, put the tool's repository in place of {tool} (--tool)")


def _checked(root: Path, provider: str) -> int:
    from reconciler import pipeline

    result = pipeline.check(root / "desired-state", options.environment(), pipeline.PlanOptions())
    if result.desired is None:
        return output.invalid(result.diagnostics, "text")
    first = "reconciler plan" if provider == "sandbox" else "reconciler export live"
    where = "" if root == Path() else f"cd {root} && "
    output.text(f"next: {where}{first}")
    return Exit.DONE


def _variables(name: str, provider: str, stated: Mapping[str, str | None]) -> dict[str, str]:
    """Return the variables that the tenant's block names; what was not stated is asked for."""
    if provider not in NEEDS_URL:
        return {}
    suffix = re.sub(r"\W+", "_", name).upper()
    return {
        key: stated[key]
        or click.prompt(
            f"Variable of the {words}",
            default=f"RECONCILER_{key.removesuffix('_env').upper()}_{suffix}",
        )
        for key, words in VARIABLES.items()
        if (key in OF_OAUTH) == (provider in OAUTH)
    }


def _files(
    name: str, provider: str, url: str | None, variables: Mapping[str, str], timezone: str
) -> dict[str, str]:
    from reconciler import validate
    from reconciler.render import yaml

    block = {"name": name, "provider": provider, "url": url, **variables}
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
