"""The first pipeline of a customer's repository, for the forge that its git remote names."""

import importlib.metadata
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from reconciler import load

NOWHERE: Final = "OWNER/reconciler@COMMIT"
"""Stands for the tool's own repository and commit, where the installation does not tell them."""
TOOL: Final = re.compile(r"[\w.-]+/[\w.-]+@[\w./-]+\Z")

_GITHUB_SOURCE: Final = re.compile(
    r"(?:https|ssh)://(?:git@)?github\.com/([\w.-]+/[\w.-]+?)(?:\.git)?/?"
)
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
include:
  - remote: https://raw.githubusercontent.com/TOOL/REF/pipelines/gitlab.yml
variables:
  RECONCILER_TOOL: https://github.com/TOOL.git
  RECONCILER_COMMIT: "REF"
  RECONCILER_TENANT: NAME
"""


def detect(root: Path) -> str:
    """Return the forge of the repository whose root this folder is; else `none`."""
    checkout = load.checkout(root)
    host = re.sub(r"^\w+://|^[^@/]*@", "", checkout.remote).split("/")[0].lower()
    return next((forge for forge in ("github", "gitlab") if forge in host), "none")


def tool_source() -> str:
    """Return the repository and commit that this tool was installed from, or `NOWHERE`."""
    try:
        text = importlib.metadata.distribution("ccaas-reconciler").read_text("direct_url.json")
        source = json.loads(text or "{}")
    except (importlib.metadata.PackageNotFoundError, ValueError):
        return NOWHERE
    commit = source.get("vcs_info", {}).get("commit_id", "")
    match = _GITHUB_SOURCE.fullmatch(source.get("url", ""))
    return f"{match[1]}@{commit}" if match and commit else NOWHERE


def pipeline(forge: str, root: Path, tool: str, tenant: str) -> dict[str, str]:
    """Return the files of a pipeline by their path. `tool` is `owner/repository@ref` on GitHub."""
    repository, _at, ref = tool.partition("@")
    values = {"TOOL": repository, "REF": ref, "NAME": json.dumps(tenant)}
    if forge == "github":
        values["BRANCH"] = _pattern(load.checkout(root).branch or "main")
        texts = {"check": _CHECK, "reconciler": _PIPELINE}
        return {f".github/workflows/{name}.yml": _filled(t, values) for name, t in texts.items()}
    return {".gitlab-ci.yml": _filled(_GITLAB, values)} if forge == "gitlab" else {}


def _filled(text: str, values: Mapping[str, str]) -> str:
    names = re.compile(rf"\b({'|'.join(values)})\b")
    return names.sub(lambda match: values[match[1]], text)


def _pattern(branch: str) -> str:
    """Return a branch as a pattern of GitHub that matches it alone, as YAML."""
    return json.dumps(_SPECIAL.sub(lambda match: f"\\{match[0]}", branch))
