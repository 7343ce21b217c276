"""Other forges: the template for GitLab, the plain script, the container file, the package."""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

from reconciler import sandbox
from tests.pipelines.customer import PEOPLE, agent, team
from tests.pipelines.gitlab import Pipeline
from tests.pipelines.hub import Hub, git
from tests.pipelines.runner import ROOT, programs

SOURCES = (
    *("LICENSE", "README.md", "pyproject.toml", "action.yml", "pipelines", "schemas"),
    *("reconciler", ".github/requirements"),
)
ANA, BO = agent("Ana Diaz", 4001), agent("Bo Chen", 4002)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this repository as its users get it, at a commit."""
    place = tmp_path_factory.mktemp("tool") / "source"
    for name in SOURCES:
        inner = ROOT / name
        if inner.is_dir():
            ignore = shutil.ignore_patterns("__pycache__")
            shutil.copytree(inner, place / name, ignore=ignore)
        else:
            place.mkdir(exist_ok=True)
            shutil.copy(inner, place / name)
    git(place, "init", "--quiet")
    git(place, "add", "--all")
    git(place, "commit", "--quiet", "-m", "The tool")
    return place


@pytest.fixture
def tenant() -> Iterator[sandbox.Running]:
    with sandbox.start() as running:
        yield running


@pytest.fixture
def base(tmp_path: Path) -> Mapping[str, str]:
    path = f"{programs(tmp_path / 'programs')}:/usr/local/bin:/usr/bin:/bin"
    return {"PATH": path, "HOME": str(tmp_path), "LANG": "C.UTF-8"}


def files(running: sandbox.Running, *agents: str) -> dict[str, str]:
    block = f"{{name: acme, provider: scim, url: '{running.url}', token_env: RECONCILER_TOKEN_A}}"
    return {"state/tenant.yaml": f"tenant: {block}\n", "state/team.yaml": team(*agents)}


def test_on_gitlab_a_person_releases_just_the_plan_that_was_shown(
    tmp_path: Path, source: Path, tenant: sandbox.Running, base: Mapping[str, str]
) -> None:
    hub = Hub.make(tmp_path / "hub", "acme/centre", "trunk", files(tenant, ANA))
    before = hub.tip("trunk")
    commit = hub.commit(files(tenant, ANA, BO), "Add Bo")
    hub.push("trunk")
    variables = {
        "RECONCILER_TOOL": str(source),
        "RECONCILER_COMMIT": git(source, "rev-parse", "HEAD"),
        "RECONCILER_FOLDER": "state",
        "RECONCILER_TENANT": "acme",
        "RECONCILER_HOSTS": f"127.0.0.1:{tenant.port}",
        "CI_DEFAULT_BRANCH": "trunk",
    }
    ledger = {"RECONCILER_LEDGER": f"sqlite:///{tmp_path}/ledger.db"}
    environments = {
        "plan": {**ledger, "RECONCILER_TOKEN": tenant.tokens["manager"]},
        "apply": {**ledger, "RECONCILER_TOKEN": tenant.tokens["admin"]},
    }

    def begin(ci: Mapping[str, str]) -> Pipeline:
        return Pipeline(hub, variables, environments, base).run(ci)

    asked = begin(
        {
            "CI_PIPELINE_SOURCE": "merge_request_event",
            "CI_COMMIT_SHA": commit,
            "CI_MERGE_REQUEST_DIFF_BASE_SHA": before,
        }
    )
    assert asked.codes == {"validate": 0, "plan": 0}, asked.log
    merge = {
        "CI_PIPELINE_SOURCE": "push",
        "CI_COMMIT_BRANCH": "trunk",
        "CI_COMMIT_SHA": commit,
        "CI_COMMIT_BEFORE_SHA": before,
    }
    merged = begin(merge)
    assert (merged.codes, merged.manual) == ({"merged": 0}, ["apply"]), merged.log
    merged.play("apply", merge)
    assert merged.codes["apply"] == 0, merged.log
    assert "converged" in merged.log

    again = hub.commit(files(tenant, ANA), "Bo is nobody's business")
    hub.push("trunk")
    night = begin(
        {
            "CI_PIPELINE_SOURCE": "schedule",
            "CI_COMMIT_BRANCH": "trunk",
            "CI_COMMIT_SHA": again,
            "CI_COMMIT_BEFORE_SHA": "0" * 40,
        }
    )
    assert night.codes == {"due": 0, "drift": 0}, night.log
    for pipeline in (asked, merged, night):
        for person in PEOPLE:
            assert person not in pipeline.log + pipeline.artefacts(), person


@pytest.mark.parametrize(
    ("address", "pins"), [("", "runtime.txt"), ("https://hooks.acme.example/a", "notify.txt")]
)
def test_what_notices_need_is_installed_where_an_address_is_set(
    tmp_path: Path, source: Path, base: Mapping[str, str], address: str, pins: str
) -> None:
    step(source, "validate", tmp_path, {**base, "RECONCILER_NOTIFY": address})
    assert (tmp_path / "tool/pins").read_text() == pins


def test_a_validation_keeps_a_test_report_without_people(
    tmp_path: Path, source: Path, tenant: sandbox.Running, base: Mapping[str, str]
) -> None:
    """The apostrophe and the ampersand are escaped in XML, and still belong to a person."""
    person = agent("Zoe", 4001).replace("zoe@", "zoe.o'hara@").replace("Zoe", '"Zoe O\'Hara & Co"')
    for name, text in files(tenant, person, person.replace("4001", "4002")).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    ran = step(source, "validate", tmp_path, base)
    assert ran.returncode == 1, ran.stderr
    (report,) = (tmp_path / "reconciler-out").glob("validate-*.xml")
    root = ElementTree.fromstring(report.read_text())
    assert "redacted.invalid" in report.read_text()
    assert [each.get("failures") for each in root] == [root[0].get("tests")]
    for name in ("hara", "Hara", "@acme.example"):
        assert name not in report.read_text()


def test_an_apply_without_a_record_is_refused_with_5(
    tmp_path: Path, source: Path, tenant: sandbox.Running, base: Mapping[str, str]
) -> None:
    for name, text in files(tenant, ANA).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    environ = {**base, "RECONCILER_TOKEN": tenant.tokens["admin"]}
    ran = step(source, "apply", tmp_path, environ)
    assert ran.returncode == 5, ran.stderr
    assert "run the step plan first" in ran.stderr


def test_what_was_edited_after_the_plan_is_not_applied(
    tmp_path: Path, source: Path, tenant: sandbox.Running, base: Mapping[str, str]
) -> None:
    out = tmp_path / "reconciler-out"
    for name, text in files(tenant, ANA).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    environ = {**base, "RECONCILER_TOKEN": tenant.tokens["admin"]}
    assert step(source, "plan", tmp_path, environ).returncode == 0
    assert (out / "approval.json").exists()
    (tmp_path / "state/team.yaml").write_text(team(ANA, BO))
    ran = step(source, "apply", tmp_path, environ)
    assert ran.returncode == 5, ran.stderr
    assert "other changes than those that were approved" in ran.stderr


def step(
    source: Path, name: str, place: Path, environ: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", str(source / "pipelines/run.sh"), name, "--folder", "state"],
        cwd=place,
        env={**environ, "RECONCILER_HOME": str(place / "tool")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_plain_script_plans_applies_and_reports(
    tmp_path: Path, source: Path, tenant: sandbox.Running, base: Mapping[str, str]
) -> None:
    for name, text in files(tenant, ANA, BO).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    environ = {**base, "RECONCILER_TOKEN": tenant.tokens["admin"]}
    logs = ""
    for name in ("validate", "plan", "apply", "due", "drift"):
        ran = step(source, name, tmp_path, environ)
        assert ran.returncode == 0, ran.stderr
        logs += ran.stdout + ran.stderr
    assert "converged" in logs
    kept = [place.read_text() for place in (tmp_path / "reconciler-out").iterdir()]
    for person in PEOPLE:
        assert person not in logs + "".join(kept), person


def test_the_steps_of_the_container_file_give_a_tool_that_runs(
    tmp_path: Path, source: Path, base: Mapping[str, str]
) -> None:
    """Without a builder: its COPY and RUN lines in a folder that stands for the root."""
    root = tmp_path / "root"
    (root / "opt").mkdir(parents=True)
    content = (ROOT / "pipelines/Containerfile").read_text()
    lines = [line.partition(" ")[::2] for line in content.splitlines() if not line.startswith("#")]
    for word, rest in lines:
        if word == "COPY":
            copy_into(root, source, rest)
        elif word == "RUN" and "useradd" not in rest:
            command = rest.replace("/opt/", f"{root}/opt/")
            subprocess.run(["bash", "-ec", command], env=dict(base), check=True, timeout=120)
    stated = dict(lines)
    assert set(stated) <= {"FROM", "COPY", "RUN", "USER", "WORKDIR", "ENTRYPOINT", "CMD"}
    assert "@sha256:" in stated["FROM"]
    assert stated["USER"].partition(":")[0] not in ("", "0", "root")
    (program,) = yaml.safe_load(stated["ENTRYPOINT"])
    ran = subprocess.run([f"{root}{program}", "--version"], capture_output=True, check=True)
    assert b"reconciler" in ran.stdout


def copy_into(root: Path, source: Path, names_and_target: str) -> None:
    *names, into = names_and_target.split()
    for name in names:
        target = root / into.lstrip("/")
        target = target / name if into.endswith("/") else target
        target.parent.mkdir(parents=True, exist_ok=True)
        if (source / name).is_dir():
            shutil.copytree(source / name, target)
        else:
            shutil.copy(source / name, target)


@pytest.mark.skipif(
    subprocess.run(["docker", "info"], capture_output=True, check=False, timeout=60).returncode != 0
    if shutil.which("docker")
    else True,
    reason="there is no container builder here; the test above runs the same steps",
)
def test_the_container_is_built(source: Path) -> None:
    command = ["docker", "build", "--quiet", "-f", "pipelines/Containerfile", "."]
    subprocess.run(command, cwd=source, check=True, timeout=600)


@pytest.mark.parametrize("kind", ["wheel", "sdist"])
def test_a_package_is_built_and_runs_in_an_empty_folder(
    tmp_path: Path, source: Path, kind: str
) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-d", str(tmp_path / "dist"), "-t", kind]
    subprocess.run(build, cwd=source, check=True, capture_output=True, timeout=120)
    (package,) = (tmp_path / "dist").iterdir()
    place = tmp_path / "environment"
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", str(place)], check=True, timeout=60
    )
    site = next(place.glob("lib/python*/site-packages"))
    dependencies = [each for each in sys.path if each.endswith("site-packages")]
    (site / "dependencies.pth").write_text("\n".join(dependencies))
    options = (
        "--quiet",
        "--no-index",
        "--no-deps",
        "--no-build-isolation",
        "--disable-pip-version-check",
    )
    pip = [sys.executable, "-m", "pip", "--python", str(place / "bin/python"), "install", *options]
    subprocess.run([*pip, "--ignore-installed", str(package)], check=True, timeout=120)
    assert (site / "reconciler/schemas/desired-state.schema.json").exists()
    empty = tmp_path / "empty"
    empty.mkdir()
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    for line in (
        "init --name acme --provider sandbox",
        "validate",
        "plan",
        "schema desired-state",
        "step plan",
    ):
        program = [str(place / "bin/reconciler"), *shlex.split(line)]
        ran = subprocess.run(
            program, cwd=empty, env=environ, capture_output=True, check=False, timeout=60
        )
        assert ran.returncode == 0, ran.stderr.decode()


def test_the_hooks_of_pre_commit_are_verbs() -> None:
    from reconciler.cli import VERBS

    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert {hook["entry"] for hook in hooks} == {"reconciler validate", "reconciler fmt"}
    assert all(hook["entry"].split()[1] in VERBS for hook in hooks)


def test_nothing_that_a_customer_uses_leads_out_of_its_folder() -> None:
    used = [ROOT / "action.yml", *ROOT.glob("pipelines/*"), *ROOT.glob(".github/workflows/*")]
    for place in used:
        assert "../" not in place.read_text(encoding="utf-8"), place
