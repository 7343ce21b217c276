"""The shell steps of the workflows, run as they are, with a stand-in `gh` on the PATH."""

import json
import os
import shutil
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
ACTION = ROOT / ".github/actions/reconciler/step.sh"


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A repository, what GitHub keeps of it, and running one step."""

    home: Path

    @property
    def state(self) -> Path:
        return self.home / "github"

    def step(self, name: str, **variables: str) -> subprocess.CompletedProcess[str]:
        environ = {
            "PATH": f"{self.home / 'bin'}:{os.environ['PATH']}",
            "HOME": str(self.home),
            "GH_STATE": str(self.state),
            "GITHUB_REPOSITORY": "acme/contact-centre",
            "GITHUB_STEP_SUMMARY": str(self.home / "summary.md"),
            "GITHUB_OUTPUT": str(self.home / "output"),
            "STEP": name,
            "NAME": "acme",
            "FOLDER": "desired-state",
            "OUT": str(self.home / "out"),
            **variables,
        }
        return subprocess.run(
            ["bash", str(ACTION)],
            cwd=self.home,
            env=environ,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def kept(self, name: str) -> Any:
        place = self.state / f"{name}.json"
        return json.loads(place.read_text()) if place.exists() else []

    def keep(self, name: str, value: Any) -> None:
        self.state.mkdir(exist_ok=True)
        (self.state / f"{name}.json").write_text(json.dumps(value))

    def upload(self, workflow: str, commit: str, artefact: str) -> None:
        """What upload-artifact does at the end of a run."""
        runs = self.kept("runs")
        runs.append({"id": len(runs) + 1, "workflow": workflow, "commit": commit})
        self.keep("runs", runs)
        place = self.state / "artefacts" / str(len(runs)) / artefact
        shutil.copytree(self.home / "out", place)
        shutil.rmtree(self.home / "out")

    def edit(self, before: str, after: str) -> None:
        place = self.home / "desired-state/agents/support.yaml"
        text = place.read_text()
        assert before in text
        place.write_text(text.replace(before, after))


@pytest.fixture
def pipeline(tmp_path: Path) -> Pipeline:
    """A checkout of `desired-state/`, with `reconciler` and the stand-in on the PATH."""
    shutil.copytree(ROOT / "desired-state", tmp_path / "desired-state")
    programs = tmp_path / "bin"
    programs.mkdir()
    shutil.copy(Path(__file__).parent / "gh", programs / "gh")
    program = programs / "reconciler"
    program.write_text(
        f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m reconciler "$@"\n'
    )
    program.chmod(0o755)
    python = programs / "python3"
    python.symlink_to(sys.executable)
    return Pipeline(tmp_path)


def test_a_pull_request_has_one_comment_that_is_updated(pipeline: Pipeline) -> None:
    first = pipeline.step("plan", PULL_REQUEST="7")
    assert first.returncode == 0, first.stderr + first.stdout
    pipeline.edit("name: Bo Chen", "name: Bo Chen-Meyer")
    assert pipeline.step("plan", PULL_REQUEST="7").returncode == 0
    comments = pipeline.kept("comments")
    assert len(comments) == 1
    assert comments[0]["on"] == "7"
    assert "Chen-Meyer" not in comments[0]["body"], "people are redacted in comments"
    assert (pipeline.home / "out/plan.json").exists()
    assert "<html" in (pipeline.home / "out/plan.html").read_text()
    assert "digest=sha256:" in (pipeline.home / "output").read_text()


def test_an_invalid_pull_request_fails_with_annotations(pipeline: Pipeline) -> None:
    pipeline.edit('extension: "4002"', 'extension: "4001"')
    ran = pipeline.step("plan", PULL_REQUEST="7")
    assert ran.returncode == 1
    assert "::error file=desired-state/agents/support.yaml" in ran.stdout
    assert "could not be made" in pipeline.kept("comments")[0]["body"]


def test_a_pull_request_cannot_send_the_token_to_a_host_of_its_own(pipeline: Pipeline) -> None:
    shutil.copytree(pipeline.home / "desired-state", pipeline.home / "base")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.2)
        port = listening.getsockname()[1]
        (pipeline.home / "desired-state/tenant.yaml").write_text(
            f"tenant: {{name: acme, provider: scim, url: 'http://127.0.0.1:{port}',\n"
            "  token_env: RECONCILER_TOKEN_STOLEN}\n"
        )
        ran = pipeline.step(
            "plan",
            TENANT_FROM="base",
            RECONCILER_HOSTS="tenant.example",
            RECONCILER_TOKEN="secret-token",
            RECONCILER_TOKEN_STOLEN="secret-token",
        )
        assert ran.returncode == 0, ran.stderr + ran.stdout
        with pytest.raises(TimeoutError):
            listening.accept()


def test_without_the_base_branch_the_host_list_still_holds(pipeline: Pipeline) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.2)
        port = listening.getsockname()[1]
        (pipeline.home / "desired-state/tenant.yaml").write_text(
            f"tenant: {{name: acme, provider: scim, url: 'http://127.0.0.1:{port}',\n"
            "  token_env: RECONCILER_TOKEN_STOLEN}\n"
        )
        ran = pipeline.step(
            "plan", RECONCILER_HOSTS="tenant.example", RECONCILER_TOKEN_STOLEN="secret-token"
        )
        assert ran.returncode == 1
        with pytest.raises(TimeoutError):
            listening.accept()


def approve(pipeline: Pipeline, number: int, head: str, merged_as: str) -> None:
    """A pull request is planned, its run keeps the plan, and it is merged."""
    ran = pipeline.step("plan", PULL_REQUEST=str(number))
    assert ran.returncode == 0, ran.stderr + ran.stdout
    pipeline.upload("plan.yml", head, "plan-acme")
    pulls = pipeline.kept("pulls") or {}
    pulls[merged_as] = {"number": number, "head": head}
    pipeline.keep("pulls", pulls)


def test_a_merge_applies_what_was_approved(pipeline: Pipeline) -> None:
    approve(pipeline, 7, "aaa", "merge-7")
    ran = pipeline.step("apply", GITHUB_SHA="merge-7")
    assert ran.returncode == 0, ran.stderr + ran.stdout
    assert "converged" in (pipeline.home / "out/apply.txt").read_text()
    assert pipeline.step("drift", BASE="").returncode == 0


def test_two_merges_in_a_row_end_applied(pipeline: Pipeline) -> None:
    """The first waits and is superseded; the second's files contain it, and are reviewed again."""
    pipeline.edit("name: Bo Chen", "name: Bo Chen-Meyer")
    approve(pipeline, 7, "aaa", "merge-7")
    pipeline.edit("name: Bo Chen-Meyer", "name: Bo Chen")
    pipeline.edit("name: Dagny Lund", "name: Dagny Lund-Berg")
    approve(pipeline, 8, "bbb", "merge-8")
    pipeline.edit("name: Bo Chen", "name: Bo Chen-Meyer")
    stopped = pipeline.step("apply", GITHUB_SHA="merge-8")
    assert stopped.returncode == 5, stopped.stderr + stopped.stdout
    assert not (pipeline.home / "out/apply.txt").read_text().count("applied,")
    posted = [c for c in pipeline.kept("comments") if "replan" in c["body"].splitlines()[0]]
    assert [comment["on"] for comment in posted] == ["8"]
    applied = pipeline.step("replan")
    assert applied.returncode == 0, applied.stderr + applied.stdout
    assert "converged" in (pipeline.home / "out/apply.txt").read_text()
    assert pipeline.step("drift").returncode == 0
    assert pipeline.kept("issues") == []


def test_a_commit_without_an_approved_plan_is_not_applied(pipeline: Pipeline) -> None:
    ran = pipeline.step("apply", GITHUB_SHA="pushed-straight")
    assert ran.returncode == 5
    assert not (pipeline.home / "out/apply.txt").exists()


def test_drift_opens_updates_and_closes_one_issue(pipeline: Pipeline) -> None:
    first = pipeline.step("drift")
    assert first.returncode == 0, first.stderr + first.stdout
    pipeline.upload("drift.yml", "aaa", "drift-acme")
    assert pipeline.step("drift").returncode == 0
    issues = pipeline.kept("issues")
    assert [issue["open"] for issue in issues] == [True]
    assert (pipeline.home / "out/previous/drift.json").exists()
    approve(pipeline, 7, "aaa", "merge-7")
    assert pipeline.step("apply", GITHUB_SHA="merge-7").returncode == 0
    assert pipeline.step("drift").returncode == 0
    assert [issue["open"] for issue in pipeline.kept("issues")] == [False]


@pytest.mark.parametrize("name", ["RECONCILER_TOKEN_X; touch owned", "PATH", "reconciler_token"])
def test_a_hostile_variable_name_is_refused(pipeline: Pipeline, name: str) -> None:
    ran = pipeline.step("plan", TOKEN_ENV=name, RECONCILER_TOKEN="secret-token")
    assert ran.returncode == 1
    assert not (pipeline.home / "owned").exists()
    assert "secret-token" not in ran.stdout + ran.stderr
