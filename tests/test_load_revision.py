"""What git knows of a folder."""

import subprocess
from pathlib import Path

import pytest

from reconciler import load
from reconciler.errors import SetupError

GIT = (
    "git",
    "-c",
    "user.name=Ana",
    "-c",
    "user.email=ana@acme.example",
    "-c",
    "commit.gpgsign=false",
)


def git(place: Path, *arguments: str) -> str:
    run = subprocess.run([*GIT, *arguments], cwd=place, check=True, capture_output=True, text=True)
    return run.stdout.strip()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A repository whose folder `desired` has two commits and a tag on the first."""
    folder = tmp_path / "desired"
    (folder / "agents").mkdir(parents=True)
    git(tmp_path, "init", "-q")
    (folder / "agents" / "é.yaml").write_text("agents: [{extension: 4001}]\n")
    (folder / ".hidden.yaml").write_text("agents: [\n")
    (folder / "notes.txt").write_text("no\n")
    (tmp_path / "outside.yaml").write_text("agents: [\n")
    (folder / "link.yaml").symlink_to("b.yaml")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "one")
    git(tmp_path, "tag", "first")
    (folder / "b.yaml").write_text("queues: {support: {}}\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "two")
    return folder


def test_the_files_of_a_revision_are_read_as_they_were(place: Path) -> None:
    (place / "agents" / "é.yaml").write_text("agents: []\n")
    first, second = load.at_revision(place, "first"), load.at_revision(place, "HEAD")
    assert [document.file for document in first.documents] == ["agents/é.yaml"]
    assert first.documents[0].content == {"agents": [{"extension": "4001"}]}
    assert [document.file for document in second.documents] == ["agents/é.yaml", "b.yaml"]


def test_a_broken_file_of_a_revision_is_a_diagnostic(place: Path) -> None:
    (place / "b.yaml").write_text("queues: [\n")
    git(place, "commit", "-q", "-a", "-m", "broken")
    loaded = load.at_revision(place, "HEAD")
    assert [found.rule for found in loaded.diagnostics] == ["yaml-syntax"]
    assert not loaded.whole


@pytest.mark.parametrize(
    "ref", ["--output=x", "-", "", "nowhere", "HEAD:desired", "a\nb", "HEAD^{tree}", "a\0b"]
)
def test_what_is_no_commit_is_a_setup_error(place: Path, ref: str) -> None:
    with pytest.raises(SetupError):
        load.at_revision(place, ref)


def test_a_revision_without_files_is_a_setup_error(place: Path) -> None:
    empty = place.parent / "empty"
    empty.mkdir()
    with pytest.raises(SetupError, match=r"no \*\.yaml file"):
        load.at_revision(empty, "HEAD")


def test_the_commit_is_known_and_whether_the_folder_was_edited(place: Path) -> None:
    commit = git(place, "rev-parse", "HEAD")
    (place.parent / "outside.yaml").write_text("edited outside\n")
    clean = load.config_ref(place)
    assert (clean.commit, clean.dirty) == (commit, False)
    (place / "new.yaml").write_text("agents: []\n")
    assert load.config_ref(place).dirty


@pytest.mark.parametrize("made", [True, False])
def test_outside_git_there_is_no_commit(tmp_path: Path, made: bool) -> None:
    place = tmp_path / "desired"
    if made:
        place.mkdir()
    found = load.config_ref(place)
    assert (found.commit, found.dirty) == (None, False)


def test_without_git_there_is_no_commit_and_no_revision(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    assert load.config_ref(place).commit is None
    with pytest.raises(SetupError, match="git"):
        load.at_revision(place, "HEAD")
