"""The first pipeline of a customer's repository, for the forge that its git remote names."""

import importlib.metadata
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from reconciler import load, regular_files
from reconciler.errors import SetupError

NOWHERE: Final = "OWNER/reconciler@COMMIT"
"""Stands for the tool's own repository and commit, where the installation does not tell them."""
TOOL: Final = re.compile(r"[\w.-]+(/[\w.-]+)+@[\w./-]+\Z")

_HOSTS: Final = {"github": "github.com", "gitlab": "gitlab.com", "none": ""}
"""Where a forge is, as long as no git remote says another place."""
_SOURCE: Final = re.compile(r"(?:https|ssh)://(?:git@)?([\w.-]+)/([\w./-]+?)(?:\.git)?/?")
_SPECIAL: Final = re.compile(r"[*?+!\[\]\\]")

_CHECK: Final = """\
name: check
on: pull_request
jobs: {files: {uses: TOOL/.github/workflows/validate.yml@REF}}
"""
_PIPELINE: Final = """\
name: reconciler
on:
  workflow_run: {workflows: [check], types: [completed]}
  push: {branches: [BRANCH]}
  schedule: [{cron: "17 0 * * *"}]
permissions: {actions: read, contents: read, issues: write, pull-requests: write}
jobs: {tenants: {uses: TOOL/.github/workflows/pipeline.yml@REF, secrets: inherit}}
"""
_GITLAB: Final = """\
include: {project: TOOL, ref: "REF", file: /pipelines/gitlab.yml}
variables:
  RECONCILER_TOOL: https://HOST/TOOL.git
  RECONCILER_COMMIT: "REF"
  RECONCILER_TENANT: NAME
"""


@dataclass(frozen=True, slots=True)
class Forge:
    """`kind` is `github`, `gitlab` or `none`; `branch` is the one that merges go to."""

    kind: str
    host: str
    branch: str = "main"


def forge_of(root: Path, kind: str | None = None) -> Forge:
    """Return the forge of the repository whose root a folder is; `kind` where that is given."""
    checkout = load.checkout(root)
    host = _host(checkout.remote)
    kind = kind or next((name for name in ("github", "gitlab") if name in host), "none")
    return Forge(kind, host or _HOSTS[kind], checkout.branch or "main")


def _host(remote: str) -> str:
    """Return the host of a git remote, with the port where HTTP needs it; never a password."""
    scheme, is_url, rest = remote.rpartition("://")
    place = rest.split("/")[0].rpartition("@")[2].lower()
    return place if is_url and scheme.startswith("http") else place.partition(":")[0]


def tool_source(host: str) -> str:
    """Return the repository and commit on a host from which this tool was installed.

    `NOWHERE` where the installation does not tell, or is from another host.
    """
    try:
        source = json.loads(_installed_from())
    except (importlib.metadata.PackageNotFoundError, SetupError, ValueError):
        return NOWHERE
    commit = source.get("vcs_info", {}).get("commit_id", "")
    match = _SOURCE.fullmatch(source.get("url", ""))
    is_there = match and commit and match[1].lower() == host
    return f"{match[2]}@{commit}" if match and is_there else NOWHERE


def _installed_from() -> str:
    """Return what pip wrote down of the place that it installed this tool from (PEP 610)."""
    files = importlib.metadata.distribution("ccaas-reconciler").files or []
    for file in files:
        if file.name == "direct_url.json":
            return regular_files.text(Path(str(file.locate())), largest=64 * 1024)
    return "{}"


def pipeline(forge: Forge, tool: str, tenant: str) -> dict[str, str]:
    """Return the files of a pipeline by their path. `tool` is `owner/repository@ref` there."""
    repository, _at, ref = tool.partition("@")
    values = {"TOOL": repository, "REF": ref, "HOST": forge.host, "NAME": json.dumps(tenant)}
    if forge.kind == "github":
        values["BRANCH"] = _pattern(forge.branch)
        texts = {"check": _CHECK, "reconciler": _PIPELINE}
        return {f".github/workflows/{name}.yml": _filled(t, values) for name, t in texts.items()}
    return {".gitlab-ci.yml": _filled(_GITLAB, values)} if forge.kind == "gitlab" else {}


def _filled(text: str, values: Mapping[str, str]) -> str:
    names = re.compile(rf"\b({'|'.join(values)})\b")
    return names.sub(lambda match: values[match[1]], text)


def _pattern(branch: str) -> str:
    """Return a branch as a pattern of GitHub that matches it alone, as YAML."""
    return json.dumps(_SPECIAL.sub(lambda match: f"\\{match[0]}", branch))
