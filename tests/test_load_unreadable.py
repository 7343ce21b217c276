"""What cannot be read is an error that names it: nobody who stands there counts as undeclared."""

import os
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler import load
from reconciler.errors import SetupError
from reconciler.load import files
from tests.privileges import file_modes_count
from tests.running import Run

AGENTS = "agents: [{name: Ana Diaz, extension: 4001, email: ana@acme.example}]\n"
COMPANY = """\
tenant: {name: acme, provider: sandbox}
extension_ranges: {webrtc-agents: {purpose: webrtc_agent, range: 4000-4999, unlisted: suspend}}
"""

Break = Callable[[Path], None]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with half of the people in `team/t.yaml`."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "desired-state"
    (folder / "team").mkdir(parents=True)
    (folder / "company.yaml").write_text(COMPANY)
    (folder / "team" / "t.yaml").write_text(AGENTS)
    return folder


def dangling(place: Path) -> None:
    file = place / "team" / "t.yaml"
    file.unlink()
    file.symlink_to("moved.yaml")


def dangling_folder(place: Path) -> None:
    (place / "team").rename(place.parent / "moved")
    (place / "team").symlink_to("nowhere")


def link_loop(place: Path) -> None:
    file = place / "team" / "t.yaml"
    file.unlink()
    file.symlink_to("v.yaml")
    (place / "team" / "v.yaml").symlink_to("t.yaml")


def link_to_above(place: Path) -> None:
    (place / "team" / "again").symlink_to("..")


def outside_file(place: Path) -> None:
    file = place / "team" / "t.yaml"
    file.rename(place.parent / "t.yaml")
    file.symlink_to("../../t.yaml")


def outside_folder(place: Path) -> None:
    (place / "team").rename(place.parent / "team")
    (place / "team").symlink_to("../team")


def pipe(place: Path) -> None:
    file = place / "team" / "t.yaml"
    file.unlink()
    os.mkfifo(file)


def listening(place: Path) -> None:
    file = place / "team" / "t.yaml"
    file.unlink()
    with socket.socket(socket.AF_UNIX) as opened:
        before = Path.cwd()
        os.chdir(file.parent)
        opened.bind("t.yaml")
        os.chdir(before)


def device(place: Path) -> None:
    file = place / "team" / "t.yaml"
    file.unlink()
    file.symlink_to("/dev/zero")


def closed_folder(place: Path) -> None:
    (place / "team").chmod(0)


def folder_that_only_lists(place: Path) -> None:
    (place / "team").chmod(0o444)


def closed_file(place: Path) -> None:
    (place / "team" / "t.yaml").chmod(0)


def too_long(place: Path) -> None:
    """A path longer than the system takes: made step by step, read by nobody at once."""
    here = os.open(place / "team", os.O_RDONLY)
    for _ in range(20):
        os.mkdir("d" * 250, dir_fd=here)
        below = os.open("d" * 250, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)


def odd_name(place: Path) -> None:
    (place / "team" / "t.yaml").rename(place / "team" / os.fsdecode(b"t\xff.yaml"))


def odd_folder(place: Path) -> None:
    (place / "team").rename(place / os.fsdecode(b"team\xff"))


def folder_as_file(place: Path) -> None:
    file = place / "team" / "t.yaml"
    file.unlink()
    file.mkdir()


BREAKS: list[Break] = [
    *(dangling, dangling_folder, link_loop, link_to_above, outside_file, outside_folder, pipe),
    *(listening, device, closed_folder, folder_that_only_lists, closed_file, too_long),
    *(odd_name, odd_folder, folder_as_file),
]


@pytest.mark.parametrize("spoil", BREAKS, ids=lambda spoil: spoil.__name__)
def test_what_cannot_be_read_is_an_error_that_names_it(place: Path, run: Run, spoil: Break) -> None:
    spoil(place)
    for arguments in (["validate"], ["plan"], ["apply", "--yes"], ["drift"]):
        with file_modes_count():
            ran = run(*arguments)
        assert ran.code == 1, ran
        assert "team" in ran.out + ran.err
        assert "cannot be read" in ran.out + ran.err


def test_a_file_that_goes_away_while_the_folder_is_read_is_an_error(place: Path) -> None:
    texts = files.texts(place)
    next(texts)
    (place / "team" / "t.yaml").unlink()
    loaded = load.folder.parsed(texts)
    assert [found.rule for found in loaded.diagnostics] == ["file-unreadable"]
    assert not loaded.whole


def test_the_folder_itself_may_be_closed_or_a_loop(place: Path, run: Run) -> None:
    place.chmod(0)
    with file_modes_count():
        assert run("validate").code == 1
    place.chmod(0o755)
    (place.parent / "a").symlink_to("b")
    (place.parent / "b").symlink_to("a")
    assert "leads back to itself" in run("validate", "a").err


def test_links_inside_the_folder_are_followed_and_no_file_is_read_twice(place: Path) -> None:
    (place / ".store").mkdir()
    (place / "team" / "t.yaml").rename(place / ".store" / "v1")
    (place / "team" / "t.yaml").symlink_to("../.store/v1")
    (place / "team" / "u.yaml").symlink_to("t.yaml")
    (place / "b").symlink_to("team")
    (place / "again.yaml").symlink_to("company.yaml")
    (place / "README.md").symlink_to("/etc/hostname")
    loaded = load.documents(place)
    assert loaded.diagnostics == ()
    assert [found.file for found in loaded.documents] == ["b/t.yaml", "company.yaml"]


def test_many_links_to_one_folder_are_walked_once(place: Path) -> None:
    for level in range(40):
        (place / f"d{level}").mkdir()
        for name in ("a", "b"):
            (place / f"d{level}" / name).symlink_to(f"../d{level + 1}")
    (place / "d40").mkdir()
    (place / "d40" / "x.yaml").write_text("queues: {support: {}}\n")
    assert len(load.documents(place).documents) == 3


def test_a_folder_may_be_nested_as_deeply_as_the_system_allows(place: Path) -> None:
    deep = place
    for _ in range(400):
        deep /= "d"
        deep.mkdir()
    (deep / "x.yaml").write_text("queues: {support: {}}\n")
    assert len(load.documents(place).documents) == 3


def test_tenants_are_not_listed_while_a_folder_cannot_be_looked_into(place: Path, run: Run) -> None:
    closed_folder(place)
    with file_modes_count():
        ran = run("tenants")
    assert (ran.code, ran.out) == (1, "")
    assert "desired-state/team" in ran.err


# --- at a revision -------------------------------------------------------------------------------


def committed(place: Path) -> None:
    run = ["git", "-c", "user.name=A", "-c", "user.email=a@acme.example"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "one"]):
        subprocess.run([*run, *command], cwd=place.parent, check=True, capture_output=True)


@pytest.mark.parametrize(
    "spoil",
    [dangling, dangling_folder, link_loop, link_to_above, outside_file, outside_folder, odd_name],
    ids=lambda spoil: spoil.__name__,
)
def test_a_revision_with_a_link_to_elsewhere_is_no_base(
    place: Path, run: Run, spoil: Break
) -> None:
    (place / "team" / "u.yaml").write_text("queues: {support: {}}\n")
    spoil(place)
    committed(place)
    loaded = load.at_revision(place, "HEAD")
    assert {found.rule for found in loaded.diagnostics} == {"file-unreadable"}
    subprocess.run(["rm", "-rf", place / "team"], check=True)
    ran = run("plan", "--base", "HEAD")
    assert ran.code == 1
    assert "team" in ran.err


def test_a_submodule_in_a_revision_is_no_base(place: Path) -> None:
    committed(place)
    other = place.parent / "other"
    other.mkdir()
    subprocess.run(["git", "init", "-q", other], check=True)
    commit = ["git", "-C", other, "-c", "user.name=A", "-c", "user.email=a@acme.example", "commit"]
    subprocess.run([*commit, "-q", "--allow-empty", "-m", "x"], check=True)
    add = ["git", "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "--force"]
    subprocess.run([*add, other, "desired-state/sub"], cwd=place.parent, check=True)
    git = ["git", "-c", "user.name=A", "-c", "user.email=a@acme.example", "commit", "-q", "-m"]
    subprocess.run([*git, "two"], cwd=place.parent, check=True)
    loaded = load.at_revision(place, "HEAD")
    assert [str(found.position) for found in loaded.diagnostics] == ["sub:1:1"]


def test_a_content_that_git_lacks_is_an_error(place: Path) -> None:
    committed(place)
    for found in (place.parent / ".git" / "objects").glob("??/*"):
        if subprocess.run(
            ["git", "-C", place, "cat-file", "-t", found.parent.name + found.name],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.startswith("blob"):
            found.unlink()
    loaded = load.at_revision(place, "HEAD")
    assert {found.rule for found in loaded.diagnostics} == {"file-unreadable"}


def test_links_in_a_revision_are_followed_as_in_the_folder(place: Path) -> None:
    (place / ".store").mkdir()
    (place / "team" / "t.yaml").rename(place / ".store" / "v1.yaml")
    (place / "team" / "t.yaml").symlink_to("../.store/v1.yaml")
    (place / "again.yaml").symlink_to("company.yaml")
    (place / "store").symlink_to(".store")
    committed(place)
    loaded = load.at_revision(place, "HEAD")
    assert loaded.diagnostics == ()
    assert [found.file for found in loaded.documents] == ["company.yaml", "store/v1.yaml"]


def test_a_revision_cannot_be_named_as_an_option(place: Path) -> None:
    committed(place)
    with pytest.raises(SetupError):
        load.at_revision(place, "--all")
