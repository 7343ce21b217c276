"""Runs the jobs of a GitLab file: `extends`, `rules`, artefacts of the same pipeline, variables."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.pipelines.hub import Hub
from tests.pipelines.runner import ROOT

RESERVED = {"variables", "default", "include", "stages", "workflow"}
STAGES = ["build", "test", "deploy", ".post"]
TERM = re.compile(r'\$(\w+) (==|!=) (?:"([^"]*)"|\$(\w+))')
KEYS = frozenset(
    [
        *("stage", "rules", "script", "before_script", "variables", "environment", "artifacts"),
        *("needs", "resource_group", "image", "interruptible"),
    ]
)


@dataclass(slots=True)
class Pipeline:
    """One pipeline. `environments` are the protected variables of each environment."""

    hub: Hub
    variables: Mapping[str, str]
    environments: Mapping[str, Mapping[str, str]]
    base: Mapping[str, str]
    log: str = ""
    codes: dict[str, int] = field(default_factory=dict)
    manual: list[str] = field(default_factory=list)

    @property
    def kept(self) -> Path:
        return self.hub.home / f"pipeline-{id(self)}"

    def run(self, ci: Mapping[str, str]) -> "Pipeline":
        """Run every job whose rules hold, stage by stage; those by hand wait in `manual`."""
        document = yaml.safe_load((ROOT / "pipelines/gitlab.yml").read_text(encoding="utf-8"))
        variables = {**document["variables"], **self.variables, **ci}
        jobs = {
            name: _extended(document, job)
            for name, job in document.items()
            if name not in RESERVED and not name.startswith(".")
        }
        for name, job in sorted(jobs.items(), key=lambda item: STAGES.index(item[1]["stage"])):
            when = _when(job["rules"], variables)
            if when == "manual":
                self.manual.append(name)
            elif when:
                self._job(name, job, variables, ci["CI_COMMIT_SHA"])
        return self

    def play(self, name: str, ci: Mapping[str, str]) -> None:
        """Somebody presses the button of a job."""
        assert name in self.manual
        document = yaml.safe_load((ROOT / "pipelines/gitlab.yml").read_text(encoding="utf-8"))
        variables = {**document["variables"], **self.variables, **ci}
        self._job(name, _extended(document, document[name]), variables, ci["CI_COMMIT_SHA"])

    def _job(
        self, name: str, job: Mapping[str, Any], variables: Mapping[str, str], commit: str
    ) -> None:
        assert set(job) <= KEYS, set(job) - KEYS
        workspace = self.hub.home / "gitlab work" / name
        self.hub.checkout(workspace, commit, deep=job["variables"]["GIT_DEPTH"] == "0")
        if self.kept.exists():
            shutil.copytree(self.kept, workspace, dirs_exist_ok=True)
        own = {**variables, **job["variables"]}
        own = {key: _expanded(str(value), own) for key, value in own.items()}
        environ = {**self.base, **own}
        environ |= self.environments.get(job.get("environment", {}).get("name", ""), {})
        lines = [*job["before_script"], *job["script"]]
        ran = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", "\n".join(lines)],
            cwd=workspace,
            env={**environ, "CI": "true"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        self.log += f"--- {name}\n{ran.stdout}{ran.stderr}"
        self.codes[name] = ran.returncode
        for place in job["artifacts"]["paths"]:
            if (workspace / place).exists():
                shutil.copytree(workspace / place, self.kept / place, dirs_exist_ok=True)

    def artefacts(self) -> str:
        return "\n".join(
            place.read_text() for place in sorted(self.kept.rglob("*")) if place.is_file()
        )


def _extended(document: Mapping[str, Any], job: Mapping[str, Any]) -> dict[str, Any]:
    base = document[job["extends"]]
    own = {key: value for key, value in job.items() if key != "extends"}
    variables = {**base.get("variables", {}), **own.get("variables", {})}
    return {**base, **own, "variables": variables}


def _when(rules: list[Mapping[str, str]], variables: Mapping[str, str]) -> str:
    for rule in rules:
        terms = rule["if"].split(" && ")
        if all(_holds(term, variables) for term in terms):
            return rule.get("when", "on_success")
    return ""


def _holds(term: str, variables: Mapping[str, str]) -> bool:
    match = TERM.fullmatch(term)
    assert match, f"unknown rule {term}"
    name, sign, text, other = match.groups()
    value = text if text is not None else variables.get(other, "")
    return (variables.get(name, "") == value) == (sign == "==")


def _expanded(text: str, variables: Mapping[str, str]) -> str:
    return re.sub(r"\$(\w+)", lambda match: str(variables.get(match[1], "")), text)
