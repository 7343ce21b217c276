"""The sample provider of the docs is built from its own folder, and the suite finds its bugs."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SAMPLE = Path(__file__).parents[2] / "docs" / "sample-provider"
MODULE = "reconciler_switchboard.py"

BUGS = {
    "half a listing is taken for whole": (
        'raise api.ImplausibleError(f"{what}: {len(entries)} were listed of {total}")',
        "break",
        "short_page",
        "the listing left somebody out whom its total counts, and the reading was taken for whole",
    ),
    "an error ends the listing": (
        "if answer.status != 200 or",
        "if answer.status == 404:\n                break\n            if answer.status != 200 or",
        "half_a_listing",
        "the second page was answered with 404, and the reading has 10 people",
    ),
    "only the first page is read": (
        "while len(entries) < total:",
        "while not entries and len(entries) < total:",
        "everything_is_read",
        "is in the store and was not read",
    ),
    "what is not shown is taken for empty": (
        "ours: person[theirs] for ours, theirs in FIELDS.items() if theirs in person",
        "ours: person.get(theirs) for ours, theirs in FIELDS.items()",
        "leaves_out",
        "`nickname` was left out of every entry, and preferred_name of",
    ),
    "a skill that is not shown is taken away": (
        "{**grades, **given}.items()",
        "given.items()",
        "members_come_and_go",
        "'spanish': 1",
    ),
    "a field is declared and never written": (
        "for path, v in values.items() if path in FIELDS",
        "for path, v in values.items() if path in FIELDS and path != 'extension'",
        "nothing_else and extension",
        "extension is '4001' in the store instead of",
    ),
    "a field is declared and never read": (
        "if theirs in person}\n",
        'if theirs in person and ours != "active"}\n',
        "everything_is_read",
        "active of agent/",
    ),
    "whatever was sent is taken for done": (
        "if answer.status != 200 or api.differing(agent(answer.body).fields, values):",
        "if answer.status != 200:",
        "confirm_says",
        "`confirm` takes a change of name for done before it is sent",
    ),
    "a new person is never found again": (
        'e["mail"] == values["email"]',
        'e["mail"] is values["email"]',
        "create_without_an_answer and carried",
        "it was accepted|not known|twice|failed",
    ),
    "a reading writes": (
        "        people = [agent",
        "        import requests\n        url = self._http.root + self._root + '/skills'\n"
        "        key = {'X-Api-Key': 'key-of-a-test'}\n"
        "        requests.post(url, json={'name': 'seen'}, headers=key)\n        people = [agent",
        "reading_sends_no_write",
        "a reading sent POST /sites/main/skills",
    ),
    "levels are other ones offline": (
        "    levels=LEVELS,\n)\nHandles",
        '    levels={"skills": (1, 4)},\n)\nHandles',
        "known_offline",
        "the ProviderType states the levels {'skills': (1, 5)}",
    ),
    "a change makes something else": (
        '            self._http.send("PATCH"',
        '            self._http.send("POST", f"{self._root}/skills", {"name": "extra"})\n'
        '            self._http.send("PATCH"',
        "nothing_else and preferred_name",
        "and skill/extra was created",
    ),
    "a level is cut off": (
        "if v is True else v for n, v in changed",
        "if v is True else min(v or 0, 4) or None for n, v in changed",
        "range_of_levels",
        "skills.spanish: 5 was written",
    ),
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel of the sample, built and installed there."""
    target = tmp_path_factory.mktemp("site")
    folder = shutil.copytree(SAMPLE, tmp_path_factory.mktemp("source") / "sample")
    command = [sys.executable, "-m", "pip", "install", "--no-deps", "--target", str(target)]
    built = subprocess.run(
        [*command, "--quiet", "--disable-pip-version-check", str(folder)],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert built.returncode == 0, built.stderr
    return target


def run_suite(site: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """The sample's own tests, in its own folder, with what is installed in `site`."""
    environ = {**os.environ, "PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-P", "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    return subprocess.run(
        [*command, *arguments],
        cwd=SAMPLE,
        env=environ,
        capture_output=True,
        text=True,
        timeout=600,
    )


def test_the_sample_is_at_most_150_lines() -> None:
    assert len((SAMPLE / MODULE).read_text(encoding="utf-8").splitlines()) <= 150


def test_the_sample_is_built_from_its_own_folder_and_passes(site: Path) -> None:
    assert any(path.name.startswith("reconciler_switchboard-") for path in site.iterdir())
    ran = run_suite(site)
    assert ran.returncode == 0, ran.stdout
    assert "skipped" not in ran.stdout.splitlines()[-1]


def test_the_plug_in_loads_no_test_of_the_suite() -> None:
    program = (
        "import sys, reconciler.testing.plugin\n"
        "assert not {'reconciler.testing.suite', 'reconciler.cli', 'requests'} & sys.modules.keys()"
    )
    assert subprocess.run([sys.executable, "-P", "-c", program], timeout=60).returncode == 0


@pytest.mark.parametrize("bug", BUGS)
def test_the_suite_finds_a_planted_bug(site: Path, tmp_path: Path, bug: str) -> None:
    old, new, tests, message = BUGS[bug]
    shutil.copytree(site, tmp_path / "site")
    module = tmp_path / "site" / MODULE
    text = module.read_text(encoding="utf-8")
    assert old in text, "the bug fits the sample no more"
    module.write_text(text.replace(old, new, 1), encoding="utf-8")
    ran = run_suite(tmp_path / "site", "-x", "-k", tests)
    assert ran.returncode == 1, ran.stdout
    assert any(part in ran.stdout for part in message.split("|")), ran.stdout
