"""What counts as approved: where a record must come from, and what its artefact may be."""

import io
import json
import os
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from reconciler.errors import CannotTellError, SetupError, StalePlanError
from reconciler.forge import approvals, child
from reconciler.forge.github import GitHub
from reconciler.forge.job import Job, slug
from reconciler.model import Tenant
from tests.pipelines.hub import Hub
from tests.pipelines.runner import BOT, ROOT, programs

WORKFLOW = ".github/workflows/reconciler.yml"
HEAD = "a" * 40
NAME = f"approval-acme-{HEAD}"
PULL = approvals.PullRequest(1, HEAD)
RECORD = {
    "format_version": "1.0",
    "tenant": "acme",
    "digest": "sha256:" + "0" * 64,
    "created_at": "2026-01-01T00:00:00+00:00",
    "expires_at": "2026-01-08T00:00:00+00:00",
    "applyable": True,
}


@dataclass(frozen=True, slots=True)
class Forge:
    hub: Hub
    github: GitHub
    job: Job

    def plan_run(self, event: str = "workflow_run", path: str = WORKFLOW, **more: Any) -> int:
        branch = more.pop("head_branch", "main")
        return self.hub.begin_run(event, branch, "b" * 40, path, **more)

    def record(self, run: int, **changes: Any) -> bytes:
        binding = {
            "repository": "acme/centre",
            "base": "main",
            "pull_request": "1",
            "head": HEAD,
            "run": str(run),
        }
        binding |= changes.pop("binding", {})
        return json.dumps({**RECORD, "binding": binding, **changes}).encode()

    def upload(self, run: int, **changes: Any) -> int:
        return self.hub.upload(run, NAME, {"approval.json": self.record(run, **changes)})

    def find(self) -> Any:
        return approvals.find(self.github, self.job, PULL, "acme", "acme")


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return programs(tmp_path_factory.mktemp("tools") / "bin")


@pytest.fixture
def forge(tmp_path: Path, tools: Path, monkeypatch: pytest.MonkeyPatch) -> Forge:
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    hub = Hub(tmp_path, "acme/centre", "main")
    hub.store({"pulls": [], "runs": [], "artifacts": [], "comments": [], "issues": []})
    environ = {
        "PATH": os.environ["PATH"],
        "GH_STORE": str(tmp_path),
        "GH_TOKEN": f"{BOT}:actions=read,contents=read,pull-requests=write",
    }
    job = Job(
        environ,
        tmp_path,
        tmp_path,
        repository="acme/centre",
        branch="main",
        commit="c" * 40,
        workflow=WORKFLOW,
        run="1",
    )
    return Forge(hub, GitHub("acme/centre", environ, BOT), job)


def test_a_record_of_the_default_branchs_own_run_counts(forge: Forge) -> None:
    forge.upload(forge.plan_run())
    assert forge.find().digest == RECORD["digest"]


def test_the_newest_of_several_counts(forge: Forge) -> None:
    forge.upload(forge.plan_run())
    forge.upload(forge.plan_run(), digest="sha256:new")
    assert forge.find().digest == "sha256:new"


@pytest.mark.parametrize(
    "run",
    [
        {"event": "pull_request"},
        {"event": "push"},
        {"event": "workflow_dispatch"},
        {"head_branch": "evil"},
        {"path": ".github/workflows/evil.yml"},
        {"repository": {"full_name": "mallory/centre"}},
        {"head_repository": {"full_name": "mallory/centre"}},
    ],
    ids=str,
)
def test_a_run_that_anybody_can_make_does_not_count(forge: Forge, run: Mapping[str, Any]) -> None:
    forge.upload(forge.plan_run(**run))
    with pytest.raises(StalePlanError, match="no plan of pull request 1 was approved"):
        forge.find()


def test_it_does_not_hide_the_one_that_counts_either(forge: Forge) -> None:
    forge.upload(forge.plan_run())
    forge.upload(forge.plan_run("pull_request", head_branch="evil"), digest="sha256:evil")
    assert forge.find().digest == RECORD["digest"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"binding": {"repository": "mallory/centre"}}, "for repository mallory/centre"),
        ({"binding": {"base": "evil"}}, "for base evil"),
        ({"binding": {"pull_request": "2"}}, "for pull_request 2"),
        ({"binding": {"head": "d" * 40}}, "for head dddd"),
        ({"binding": {"run": "17"}}, "for run 17"),
        ({"tenant": "globex"}, "for tenant globex"),
    ],
    ids=str,
)
def test_a_record_that_is_bound_to_something_else_is_refused(
    forge: Forge, changes: dict[str, Any], message: str
) -> None:
    forge.upload(forge.plan_run(), **changes)
    with pytest.raises(StalePlanError, match=message):
        forge.find()


def archive_of(*entries: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry, text in entries:
            archive.writestr(entry, text)
    return content.getvalue()


def link() -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo("approval.json")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return entry


def lying_about_its_size() -> bytes:
    """A bomb whose directory says that it is small."""
    bomb = archive_of(("approval.json", b"0" * 10_000_000))
    return bomb.replace((10_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))


ARCHIVES: dict[str, Callable[[], bytes]] = {
    "an empty list": lambda: archive_of(("approval.json", b"[]")),
    "no JSON": lambda: archive_of(("approval.json", b"\xff")),
    "brackets without end": lambda: archive_of(("approval.json", b"[" * 60_000)),
    "a bomb": lambda: archive_of(("approval.json", b"0" * 200_000_000)),
    "a bomb that lies": lying_about_its_size,
    "a link": lambda: archive_of((link(), b"/etc/passwd")),
    "a path upwards": lambda: archive_of(("../approval.json", b"{}")),
    "an absolute path": lambda: archive_of(("/approval.json", b"{}")),
    "another file": lambda: archive_of(("plan.json", b"{}")),
    "one file too many": lambda: archive_of(("approval.json", b"{}"), ("x", b"")),
    "nothing": archive_of,
    "no archive": lambda: b"not a zip",
    "half an archive": lambda: archive_of(("approval.json", b"{}" * 5000))[:-40],
    "a large archive": lambda: os.urandom(approvals.LARGEST_ARCHIVE + 1),
}


@pytest.mark.parametrize("kind", ARCHIVES)
def test_an_artefact_that_holds_anything_else_is_one_line(forge: Forge, kind: str) -> None:
    forge.hub.upload_archive(forge.plan_run(), NAME, ARCHIVES[kind]())
    with pytest.raises(StalePlanError) as refusal:
        forge.find()
    assert "\n" not in str(refusal.value)
    assert refusal.value.hint


def test_an_encrypted_archive_is_refused(forge: Forge) -> None:
    archive = bytearray(archive_of(("approval.json", b"{}")))
    archive[archive.index(b"PK\x01\x02") + 8] |= 1
    archive[6] |= 1
    forge.hub.upload_archive(forge.plan_run(), NAME, bytes(archive))
    with pytest.raises(StalePlanError):
        forge.find()


def test_an_expired_artefact_is_refused(forge: Forge) -> None:
    forge.upload(forge.plan_run())
    kept = forge.hub.kept
    kept["artifacts"][0]["expired"] = True
    forge.hub.store(kept)
    with pytest.raises(StalePlanError, match="has expired"):
        forge.find()


@pytest.mark.parametrize("token", ["revoked", ""])
def test_a_revoked_token_is_one_line(forge: Forge, token: str) -> None:
    github = replace(forge.github, environ={**forge.github.environ, "GH_TOKEN": token})
    with pytest.raises(CannotTellError, match="HTTP 401"):
        approvals.find(github, forge.job, PULL, "acme", "acme")


def test_a_token_without_a_permission_is_one_line(forge: Forge) -> None:
    github = replace(forge.github, environ={**forge.github.environ, "GH_TOKEN": f"{BOT}:"})
    with pytest.raises(CannotTellError, match="HTTP 403"):
        approvals.find(github, forge.job, PULL, "acme", "acme")


def test_a_pull_request_onto_another_branch_is_none_of_the_job(forge: Forge) -> None:
    pull = {
        "number": 2,
        "merged_at": "2026-01-01",
        "merge_commit_sha": forge.job.commit,
        "state": "open",
        "head": {"sha": HEAD, "ref": "x", "repo": {"full_name": "acme/centre"}},
        "base": {"ref": "evil", "repo": {"full_name": "acme/centre"}},
    }
    kept = forge.hub.kept
    forge.hub.store({**kept, "pulls": [pull]})
    assert approvals.merged_pull(forge.github, forge.job) is None
    assert approvals.open_pull(forge.github, forge.job, HEAD, "x") is None


def test_a_slug_is_the_name_unless_it_cannot_be() -> None:
    assert slug("acme") == "acme"
    odd = {slug(name) for name in ("acme/1", "acme:1", "$(id)", "zürich", " ", "../x", "a" * 99)}
    assert len(odd) == 7
    assert all(set(each) <= set("abcdefghijklmnopqrstuvwxyzid0123456789-_.") for each in odd)
    assert slug("Acme", ("Acme", "acme")) != slug("acme", ("Acme", "acme"))


def test_a_verb_gets_the_secrets_of_the_job_under_the_names_of_the_tenant() -> None:
    tenant = Tenant(
        "acme",
        "genesys",
        "https://api.acme.example",
        client_id_env="RECONCILER_CLIENT_ID_ACME",
        client_secret_env="RECONCILER_CLIENT_SECRET_ACME",
    )
    job = {"RECONCILER_CLIENT_ID": "an-id", "RECONCILER_CLIENT_SECRET": "a-secret", "GH_TOKEN": "x"}
    inner = child.environment_of(tenant, job)
    assert inner["RECONCILER_CLIENT_ID_ACME"] == "an-id"
    assert inner["RECONCILER_CLIENT_SECRET_ACME"] == "a-secret"
    assert "GH_TOKEN" not in inner
    with pytest.raises(SetupError, match="client_id_env of acme is not a variable"):
        child.environment_of(replace(tenant, client_id_env="PATH"), job)


def test_every_job_that_gets_a_token_gets_the_secrets_of_a_client_as_well() -> None:
    for path in (ROOT / ".github/workflows").glob("*.yml"):
        lines = path.read_text(encoding="utf-8").splitlines()
        counts = [
            sum(line.strip() == f"{name}: ${{{{ secrets.{name} }}}}" for line in lines)
            for name in child.SECRETS.values()
        ]
        assert len(set(counts)) == 1, path.name


def test_a_step_refuses_a_variable_that_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state/tenant.yaml").write_text(
        "tenant: {name: acme, provider: scim, url: 'https://acme.example', token_env: 'PATH'}\n"
    )
    ran = subprocess.run(
        [sys.executable, "-m", "reconciler", "step", "drift", "--folder", "state"],
        cwd=tmp_path,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "RECONCILER_TOKEN": "secret-token",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 1
    assert "is not a variable whose name begins with RECONCILER_TOKEN" in ran.stderr
    assert "secret-token" not in ran.stdout + ran.stderr
