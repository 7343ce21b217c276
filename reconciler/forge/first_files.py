"""The first pipeline of a customer's repository, for the forge that its git remote names."""

import importlib.metadata
import json
import re
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
# A merge request is checked and planned; the default branch is applied by a person's click; a
# schedule reports drift. Masked and protected variables: RECONCILER_TOKEN_…, RECONCILER_HOSTS.
default:
  image: python:3.11
  before_script: ["pip install --quiet 'ccaas-reconciler[sandbox]==VERSION'"]
validate:
  rules: [{if: $CI_PIPELINE_SOURCE == "merge_request_event"}]
  script: [reconciler validate --format junit > junit.xml]
  artifacts: {when: always, reports: {junit: junit.xml}}
plan:
  rules: [{if: $CI_PIPELINE_SOURCE == "merge_request_event"}]
  environment: {name: plan, action: prepare}
  script: [reconciler plan --redact --format junit > junit.xml]
  artifacts: {when: always, reports: {junit: junit.xml}}
apply:
  rules:
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH && $CI_PIPELINE_SOURCE != "schedule"
      when: manual
  environment: {name: apply}
  resource_group: apply
  script: [reconciler apply --yes --redact]
drift:
  rules: [{if: $CI_PIPELINE_SOURCE == "schedule"}]
  environment: {name: plan, action: prepare}
  script: ['reconciler drift --base "$CI_COMMIT_SHA" --redact --format junit > junit.xml']
  artifacts: {when: always, reports: {junit: junit.xml}}
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


def pipeline(forge: str, root: Path, tool: str, version: str) -> dict[str, str]:
    """Return the files of a pipeline by their path. `tool` is `owner/repository@ref`."""
    if forge == "gitlab":
        return {".gitlab-ci.yml": _GITLAB.replace("VERSION", version)}
    if forge == "none":
        return {}
    repository, _at, ref = tool.partition("@")
    branch = load.checkout(root).branch or "main"
    return {
        f".github/workflows/{name}.yml": text.replace("TOOL", repository)
        .replace("REF", ref)
        .replace("BRANCH", _pattern(branch))
        for name, text in (("check", _CHECK), ("reconciler", _PIPELINE))
    }


def _pattern(branch: str) -> str:
    """Return a branch as a pattern of GitHub that matches it alone, as YAML."""
    return json.dumps(_SPECIAL.sub(lambda match: f"\\{match[0]}", branch))
