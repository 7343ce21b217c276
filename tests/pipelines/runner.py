"""Runs workflows as GitHub would: events, called workflows, matrices, environments, actions.

It reads the YAML as it is and stops at whatever it does not know. Every `run:` is run by bash with
the variables that GitHub sets. Stood in for are GitHub itself (`hub`, `gh`), four of its actions,
and `python3 -m venv` with `pip`, which would need a network; each of these is a real program.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.pipelines.expressions import Scope, UnknownExpressionError, condition, render, text
from tests.pipelines.hub import Hub, git

ROOT = Path(__file__).parents[2]
TOOL = "tool-owner/reconciler"
BOT = "github-actions[bot]"
JOB_KEYS = frozenset(
    [
        *("name", "needs", "if", "runs-on", "timeout-minutes", "environment", "concurrency"),
        *("permissions", "strategy", "steps", "outputs", "uses", "with", "secrets"),
    ]
)
STEP_KEYS = frozenset(["name", "id", "if", "uses", "with", "run", "env", "shell"])
LEVELS = {"none": 0, "read": 1, "write": 2}


@dataclass(frozen=True, slots=True)
class Source:
    """Where a workflow file is from: a commit of the customer's repository, or the tool."""

    hub: Hub
    commit: str = ""

    def read(self, path: str) -> dict[str, Any]:
        if not self.commit:
            content = (ROOT / path).read_text(encoding="utf-8")
        else:
            content = git(self.hub.remote, "show", f"{self.commit}:{path}")
        document: dict[str, Any] = yaml.safe_load(content)
        document["on"] = document.pop(True, document.get("on"))
        return document

    def called(self, address: str) -> tuple["Source", str]:
        if address.startswith("./"):
            return self, address.removeprefix("./")
        repository, _, rest = address.partition("/.github/")
        path, _, ref = rest.partition("@")
        assert repository == TOOL, address
        assert ref, address
        return Source(self.hub), f".github/{path}"


@dataclass(slots=True)
class Run:
    """One run of a calling file. `jobs` has result and outputs by path; `waiting` environments."""

    number: int
    path: str
    event: str
    payload: Mapping[str, Any]
    branch: str
    ref: str
    commit: str
    source: Source
    log: str = ""
    summary: str = ""
    jobs: dict[str, tuple[str, dict[str, str]]] = field(default_factory=dict)
    codes: dict[str, int] = field(default_factory=dict)
    queues: dict[str, str] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)
    released: set[str] = field(default_factory=set)

    @property
    def results(self) -> dict[str, str]:
        return {path: result for path, (result, _) in self.jobs.items()}

    @property
    def conclusion(self) -> str:
        if self.waiting - self.released:
            return "waiting"
        return "failure" if "failure" in self.results.values() else "success"


@dataclass(slots=True)
class Job:
    """One job while it runs."""

    run: Run
    path: str
    workspace: Path
    contexts: dict[str, Any]
    environ: dict[str, str]
    permissions: Mapping[str, str]
    failed: bool = False

    def scope(self, **more: Any) -> Scope:
        status = {
            "success": lambda: not self.failed,
            "failure": lambda: self.failed,
            "always": lambda: True,
            "cancelled": lambda: False,
        }
        return Scope({**self.contexts, **more}, status)


@dataclass(slots=True)
class Runner:
    """`environments` has the secrets of each; `reviewed` are those that wait for somebody."""

    hub: Hub
    programs: Path
    environments: dict[str, dict[str, str]]
    variables: dict[str, str] = field(default_factory=dict)
    reviewed: frozenset[str] = frozenset()
    runs: list[Run] = field(default_factory=list)
    installs: list[str] = field(default_factory=list)

    def pull_request(self, number: int) -> list[Run]:
        """What opening or pushing to a pull request starts, and what the ends of that start."""
        pull = self.hub.pull(number)
        base, head = pull["base"]["ref"], pull["head"]["sha"]
        clone = self.hub.clone
        git(clone, "checkout", "--quiet", "--detach", self.hub.tip(base))
        git(clone, "merge", "--quiet", "--no-ff", "-m", "Test merge", head)
        merged = git(clone, "rev-parse", "HEAD")
        ref = f"refs/pull/{number}/merge"
        git(clone, "push", "--quiet", "--force", "origin", f"HEAD:{ref}")
        repository = pull["base"]["repo"]
        payload = {"number": number, "pull_request": pull, "repository": repository}
        return self._start(
            "pull_request",
            payload,
            ref=ref,
            commit=merged,
            head=(pull["head"]["ref"], head, pull["head"]["repo"]["full_name"]),
        )

    def push(self, payload: Mapping[str, Any]) -> list[Run]:
        return self._start("push", payload, ref=payload["ref"], commit=payload["after"])

    def schedule(self) -> list[Run]:
        ref, commit = f"refs/heads/{self.hub.branch}", self.hub.tip(self.hub.branch)
        return self._start("schedule", {"schedule": "17 0 * * *"}, ref=ref, commit=commit)

    def release(self, run: Run, environment: str) -> Run:
        """A reviewer of an environment lets a waiting job go on."""
        run.released.add(environment)
        return self._go_on(run)

    def _start(
        self,
        event: str,
        payload: Mapping[str, Any],
        *,
        ref: str,
        commit: str,
        head: tuple[str, str, str] | None = None,
    ) -> list[Run]:
        started = []
        for path, document in self._callers(commit):
            if not _listens(document["on"], event, ref, payload):
                continue
            branch = ref.removeprefix("refs/heads/").removeprefix("refs/")
            head_branch, head_commit, owner = head or (branch, commit, self.hub.repository)
            number = self.hub.begin_run(event, head_branch, head_commit, path)
            source = Source(self.hub, commit)
            run = Run(number, path, event, payload, branch, ref, commit, source)
            self.runs.append(run)
            started.append(self._go_on(run))
            ended = {
                "workflow": {"name": document["name"], "path": path},
                "workflow_run": {
                    "id": number,
                    "name": document["name"],
                    "event": event,
                    "conclusion": run.conclusion,
                    "head_sha": head_commit,
                    "head_branch": head_branch,
                    "head_repository": {"full_name": owner},
                },
                "repository": {"default_branch": self.hub.branch},
            }
            if event != "workflow_run":
                tip = self.hub.tip(self.hub.branch)
                where = f"refs/heads/{self.hub.branch}"
                started += self._start("workflow_run", ended, ref=where, commit=tip)
        return started

    def _callers(self, commit: str) -> Iterator[tuple[str, dict[str, Any]]]:
        listed = git(self.hub.remote, "ls-tree", "--name-only", commit, ".github/workflows/")
        for path in listed.splitlines():
            yield path, Source(self.hub, commit).read(path)

    def _go_on(self, run: Run) -> Run:
        document = run.source.read(run.path)
        granted = document.get("permissions", {"contents": "read"})
        self._workflow(run, run.source, document, {}, granted, {"inherited": "yes"}, "")
        return run

    def _workflow(
        self,
        run: Run,
        source: Source,
        document: Mapping[str, Any],
        inputs: Mapping[str, Any],
        granted: Mapping[str, str],
        secrets: Mapping[str, str],
        prefix: str,
    ) -> str:
        """Run the jobs of one file, and return its result."""
        results: dict[str, tuple[str, dict[str, str]]] = {}
        for name in _in_order(document["jobs"]):
            job = document["jobs"][name]
            assert set(job) <= JOB_KEYS, f"{name}: {set(job) - JOB_KEYS}"
            needs = job.get("needs", [])
            needs = [needs] if isinstance(needs, str) else needs
            if any(results[each][0] == "waiting" for each in needs):
                results[name] = ("waiting", {})
                continue
            own = {each: results[each] for each in needs}
            contexts = {
                "github": self._github(run),
                "inputs": dict(inputs),
                "vars": self.variables,
                "needs": {
                    each: {"result": result, "outputs": out} for each, (result, out) in own.items()
                },
            }
            status = {
                "success": lambda own=own: all(r == "success" for r, _ in own.values()),
                "failure": lambda own=own: any(r == "failure" for r, _ in own.values()),
                "always": lambda: True,
                "cancelled": lambda: False,
            }
            scope = Scope(contexts, status)
            path = f"{prefix}{name}"
            if not condition(job.get("if"), scope):
                results[name] = ("skipped", {})
                continue
            asked = job.get("permissions", document.get("permissions", granted))
            for scope_name, level in asked.items():
                has = granted.get(scope_name, "none")
                assert LEVELS[level] <= LEVELS[has], f"{path}: {scope_name}: {level} of {has}"
            results[name] = self._legs(run, source, job, scope, asked, secrets, path)
        kinds = {result for result, _ in results.values()}
        return next((k for k in ("waiting", "failure", "success") if k in kinds), "skipped")

    def _legs(
        self,
        run: Run,
        source: Source,
        job: Mapping[str, Any],
        scope: Scope,
        granted: Mapping[str, str],
        secrets: Mapping[str, str],
        path: str,
    ) -> tuple[str, dict[str, str]]:
        matrix = render(job.get("strategy", {}).get("matrix"), scope)
        legs: list[dict[str, Any]] = [{}]
        if matrix is not None:
            ((key, values),) = matrix.items()
            assert values, "GitHub refuses an empty matrix"
            legs = [{key: value} for value in values]
        ends = []
        for leg in legs:
            mark = f"{path}[{next(iter(leg.values()))['slug']}]" if leg else path
            inner = Scope({**scope.contexts, "matrix": leg}, scope.status)
            if mark in run.jobs and run.jobs[mark][0] != "waiting":
                ends.append(run.jobs[mark])
                continue
            if "uses" in job:
                end = self._called(run, source, job, inner, granted, secrets, mark)
            else:
                end = self._job(run, job, inner, granted, secrets, mark)
            run.jobs[mark] = end
            ends.append(end)
        kinds = [result for result, _ in ends]
        worst = next(k for k in ("waiting", "failure", "success", "skipped") if k in kinds)
        return worst, {key: value for _, out in ends for key, value in out.items()}

    def _called(
        self,
        run: Run,
        source: Source,
        job: Mapping[str, Any],
        scope: Scope,
        granted: Mapping[str, str],
        secrets: Mapping[str, str],
        path: str,
    ) -> tuple[str, dict[str, str]]:
        assert job.get("secrets") in (None, "inherit")
        inner, file = source.called(job["uses"])
        document = inner.read(file)
        declared = document["on"]["workflow_call"].get("inputs", {})
        given = render(job.get("with", {}), scope)
        assert set(given) <= set(declared), given
        for name, about in declared.items():
            assert name in given or not about.get("required"), name
        inputs = {name: given.get(name, about.get("default")) for name, about in declared.items()}
        passed = secrets if job.get("secrets") == "inherit" else {}
        return self._workflow(run, inner, document, inputs, granted, passed, f"{path}/"), {}

    def _job(
        self,
        run: Run,
        job: Mapping[str, Any],
        scope: Scope,
        granted: Mapping[str, str],
        inherited: Mapping[str, str],
        path: str,
    ) -> tuple[str, dict[str, str]]:
        environment = render(job.get("environment"), scope)
        secrets: dict[str, str] = {}
        if environment:
            if run.ref != f"refs/heads/{self.hub.branch}":
                run.log += f"{path}: this ref may not deploy to {environment}\n"
                return "failure", {}
            if environment in self.reviewed and environment not in run.released:
                run.waiting.add(environment)
                return "waiting", {}
            secrets = self.environments.get(environment, {}) if inherited else {}
        if group := render(job.get("concurrency"), scope):
            run.queues[path] = group["group"]
        workspace = self.hub.home / "work" / f"{run.number}-{len(run.jobs)}-{len(run.codes)}"
        temp = workspace.with_name(workspace.name + "-temp")
        for folder in (workspace, temp):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
        token = f"{BOT}:{','.join(f'{name}={level}' for name, level in granted.items())}"
        github = {**scope.contexts["github"], "token": token, "workspace": str(workspace)}
        this = Job(
            run,
            path,
            workspace,
            {
                **scope.contexts,
                "github": github,
                "secrets": secrets,
                "steps": {},
                "job": {"workflow_repository": TOOL, "workflow_sha": "f" * 40},
                "runner": {"temp": str(temp)},
            },
            self._environ(run, workspace, temp),
            granted,
        )
        for step in job["steps"]:
            self._step(this, step)
        outputs = render(job.get("outputs", {}), this.scope())
        texts = {key: text(value) for key, value in outputs.items()}
        run.summary += (temp / "summary").read_text() if (temp / "summary").exists() else ""
        return ("failure" if this.failed else "success"), texts

    def _step(self, job: Job, step: Mapping[str, Any], *, outer: Mapping[str, str] = {}) -> None:
        assert set(step) <= STEP_KEYS, step
        if not condition(step.get("if"), job.scope()):
            return
        environ = {
            key: text(value) for key, value in render(step.get("env", {}), job.scope()).items()
        }
        environ = {**outer, **environ}
        outputs: dict[str, str] = {}
        if "run" in step:
            code, outputs = self._run(job, render(step["run"], job.scope()), environ)
        else:
            code, outputs = self._uses(
                job, step["uses"], render(step.get("with", {}), job.scope()), environ
            )
        job.run.codes[f"{job.path}: {step.get('name', step.get('uses'))}"] = code
        job.failed = job.failed or code != 0
        if "id" in step:
            job.contexts["steps"][step["id"]] = {"outputs": outputs}

    def _run(self, job: Job, script: str, environ: Mapping[str, str]) -> tuple[int, dict[str, str]]:
        temp = Path(job.environ["RUNNER_TEMP"])
        place, output = temp / "step.sh", temp / "output"
        place.write_text(script)
        output.write_text("")
        ran = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(place)],
            cwd=job.workspace,
            env={**job.environ, **environ, "GITHUB_OUTPUT": str(output)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        job.run.log += f"--- {job.path}\n{ran.stdout}{ran.stderr}"
        lines = [line.partition("=") for line in output.read_text().splitlines()]
        assert all(equals for _, equals, _ in lines)
        return ran.returncode, {key: value for key, _, value in lines}

    def _uses(
        self, job: Job, action: str, given: Mapping[str, Any], environ: Mapping[str, str]
    ) -> tuple[int, dict[str, str]]:
        match action.partition("@")[0]:
            case "actions/checkout":
                return self._checkout(job, given), {}
            case "actions/setup-python":
                assert set(given) == {"python-version"}
                return 0, {}
            case "actions/upload-artifact":
                return self._upload(job, given), {}
            case local if local.startswith("./"):
                return self._composite(job, local, given, environ)
            case _:
                raise UnknownExpressionError(action)

    def _checkout(self, job: Job, given: Mapping[str, Any]) -> int:
        assert given["persist-credentials"] is False
        assert set(given) <= {
            "repository",
            "ref",
            "path",
            "token",
            *("fetch-depth", "persist-credentials"),
        }
        if given.get("repository") == TOOL:
            assert given["ref"] == "f" * 40
            (job.workspace / given["path"]).symlink_to(ROOT)
            return 0
        assert "repository" not in given
        assert "path" not in given
        self.hub.checkout(job.workspace, job.run.commit, deep=given.get("fetch-depth") == 0)
        return 0

    def _upload(self, job: Job, given: Mapping[str, Any]) -> int:
        assert set(given) <= {"name", "path", "overwrite", "if-no-files-found"}
        name = given["name"]
        assert re.fullmatch(r'[^":<>|*?\r\n\\/]+', name), name
        pattern = given["path"].rstrip("/")
        found = sorted(str(place) for place in job.workspace.glob(pattern))
        files: dict[str, bytes] = {}
        for place in map(Path, found):
            inner = sorted(place.rglob("*")) if place.is_dir() else [place]
            root = place if place.is_dir() else place.parent
            files |= {str(p.relative_to(root)): p.read_bytes() for p in inner if p.is_file()}
        if not files:
            return 0 if given["if-no-files-found"] == "ignore" else 1
        self.hub.upload(job.run.number, name, files)
        return 0

    def _composite(
        self, job: Job, action: str, given: Mapping[str, Any], environ: Mapping[str, str]
    ) -> tuple[int, dict[str, str]]:
        place = job.workspace / action
        document = yaml.safe_load((place / "action.yml").read_text())
        assert document["runs"]["using"] == "composite"
        declared = document["inputs"]
        assert set(given) <= set(declared)
        inputs = {
            name: text(given.get(name, about.get("default"))) for name, about in declared.items()
        }
        github = {**job.contexts["github"], "action_path": str(place)}
        contexts = {
            "github": github,
            "inputs": inputs,
            "steps": {},
            "runner": job.contexts["runner"],
        }
        inner = Job(job.run, job.path, job.workspace, contexts, job.environ, job.permissions)
        for step in document["runs"]["steps"]:
            assert "uses" in step or step["shell"] == "bash"
            self._step(inner, step, outer=environ)
        outputs = {name: about["value"] for name, about in document["outputs"].items()}
        return int(inner.failed), {
            key: text(value) for key, value in render(outputs, inner.scope()).items()
        }

    def _github(self, run: Run) -> dict[str, Any]:
        return {
            "event_name": run.event,
            "event": dict(run.payload),
            "repository": self.hub.repository,
            "run_id": str(run.number),
            "token": "",
        }

    def _environ(self, run: Run, workspace: Path, temp: Path) -> dict[str, str]:
        event = temp / "event.json"
        event.write_text(json.dumps(run.payload))
        return {
            "PATH": f"{self.programs}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(temp),
            "LANG": "C.UTF-8",
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": run.event,
            "GITHUB_EVENT_PATH": str(event),
            "GITHUB_REF": run.ref,
            "GITHUB_REF_NAME": run.branch,
            "GITHUB_REPOSITORY": self.hub.repository,
            "GITHUB_RUN_ID": str(run.number),
            "GITHUB_SERVER_URL": "https://github.example",
            "GITHUB_SHA": run.commit,
            "GITHUB_STEP_SUMMARY": str(temp / "summary"),
            "GITHUB_WORKFLOW_REF": f"{self.hub.repository}/{run.path}@{run.ref}",
            "GITHUB_WORKSPACE": str(workspace),
            "GH_STORE": str(self.hub.home),
            "RUNNER_TEMP": str(temp),
        }


def programs(place: Path) -> Path:
    """A folder with stand-ins for `gh`, and for `python3` with `venv` and `pip`."""
    place.mkdir(parents=True)
    shutil.copy(Path(__file__).with_name("gh"), place / "gh")
    for name in ("python3", "python"):
        (place / name).write_text(
            f'#!/bin/sh\nexec "{sys.executable}" "{Path(__file__).with_name("standin_python.py")}" '
            f'"{ROOT}" "$@"\n'
        )
        (place / name).chmod(0o755)
    gh = (place / "gh").read_text().replace("#!/usr/bin/env python3", f"#!{sys.executable}")
    (place / "gh").write_text(gh)
    assert os.access(place / "gh", os.X_OK)
    return place


def _listens(on: Any, event: str, ref: str, payload: Mapping[str, Any]) -> bool:
    if isinstance(on, str):
        on = {on: None}
    if event not in on:
        return False
    wanted = on[event] or {}
    match event:
        case "push":
            assert set(wanted) <= {"branches"}
            return ref.removeprefix("refs/heads/") in wanted.get("branches", [ref[11:]])
        case "workflow_run":
            assert wanted["types"] == ["completed"]
            return payload["workflow"]["name"] in wanted["workflows"]
        case "schedule":
            return all(set(each) == {"cron"} for each in wanted)
        case _:
            assert not wanted
            return True


def _in_order(jobs: Mapping[str, Any]) -> Iterator[str]:
    pending = list(jobs)
    while pending:
        for name in pending:
            needs = jobs[name].get("needs", [])
            needs = [needs] if isinstance(needs, str) else needs
            if not set(needs) & set(pending):
                pending.remove(name)
                yield name
                break
        else:
            raise AssertionError(f"a ring of needs: {pending}")
