"""What runs beside a write token is pinned by hash, and the pins are those of `pyproject.toml`."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PINS = ROOT / ".github" / "requirements" / "runtime.txt"
NOTIFY = PINS.with_name("notify.txt")
WORKFLOWS = [ROOT / "action.yml", *sorted((ROOT / ".github" / "workflows").glob("*.yml"))]
INSTALL = ROOT / "pipelines" / "install.sh"
HASH = re.compile(r" +--hash=sha256:[0-9a-f]{64}")


def pins(path: Path = PINS) -> dict[str, str]:
    """Version by name."""
    rows = re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {canonicalize_name(name): version for name, version in rows}


def stated() -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"]
    texts = [
        *project["project"]["dependencies"],
        *extras["sandbox"],
        *extras["postgres"],
        *project["build-system"]["requires"],
    ]
    return [Requirement(text) for text in texts]


def jobs() -> list[Any]:
    return [
        pytest.param(job, id=f"{path.stem}-{name}")
        for path in WORKFLOWS
        for name, job in yaml.safe_load(path.read_text(encoding="utf-8")).get("jobs", {}).items()
    ]


@pytest.mark.parametrize("requirement", stated(), ids=str)
def test_a_requirement_has_a_pin_that_fits(requirement: Requirement) -> None:
    """If it fails: run `.ci/lock` and have the change reviewed."""
    version = pins().get(canonicalize_name(requirement.name))
    assert version is not None
    assert requirement.specifier.contains(version, prereleases=True)


def test_the_pins_for_notices_are_those_of_the_runtime_and_more() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    more = pins(NOTIFY)
    assert pins().items() <= more.items()
    for text in project["project"]["optional-dependencies"]["notify"]:
        requirement = Requirement(text)
        assert requirement.specifier.contains(more[canonicalize_name(requirement.name)])


@pytest.mark.parametrize("path", [PINS, NOTIFY], ids=lambda path: path.stem)
def test_every_pin_has_a_hash_and_no_source_of_its_own(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if "==" in line:
            assert HASH.match(following), line
        else:
            assert line.startswith("#") or HASH.match(line), line


@pytest.mark.parametrize("job", jobs())
def test_a_job_that_holds_a_secret_installs_by_hash_alone(job: Any) -> None:
    """By the action at the root, and by nothing else."""
    if "secrets." not in str(job) or "steps" not in job:
        return
    assert not [step for step in job["steps"] if "pip install" in str(step.get("run", ""))]
    assert "./.reconciler-tool" in [step.get("uses") for step in job["steps"]]
    installs = re.findall(r'"\$\{pip\[@\]\}" install (.*)', INSTALL.read_text(encoding="utf-8"))
    assert len(installs) == 3
    for options in installs:
        assert "--require-hashes" in options or "--no-deps --no-build-isolation" in options


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_an_action_is_pinned_by_its_commit(path: Path) -> None:
    uses = re.findall(r"uses: (\S+)", path.read_text(encoding="utf-8"))
    for action in uses:
        assert action.startswith("./") or re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action), action
