"""Every file that somebody names is a regular one within a bound; nothing waits for another."""

import ast
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler import regular_files
from reconciler.regular_files import UnreadableError
from tests.privileges import file_modes_count
from tests.running import Run
from tests.test_architecture import PACKAGE, room_path

PACKAGED = {"planfile/shape.py", "validate/schemas.py", "render/html/page.py"}
"""They read files of the package itself."""
PROCESS = {"ledger/process.py", "__main__.py"}
"""They ask the kernel about processes, and open the closed streams of this one."""
OPENERS = {"regular_files.py", "sandbox/regular_files.py"}
NOT_BY_PATH = {
    "forge/approvals.py",
    "providers/__init__.py",
    "providers/registry.py",
    "testing/trial.py",
}
"""They open an entry of an archive in memory, a tenant, or the metadata of a distribution."""
WRITES = {"forge/job.py"}
"""It appends to the files that the forge collects."""
SUITE = {"testing/writing.py"}
"""It reads what it has just exported into its own folder."""
READS = {"read_text", "read_bytes", "fdopen"}


def readers(path: Path) -> set[str]:
    """The calls of a module that open a file by a path."""
    calls = (
        node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)
    )
    found = set()
    for call in calls:
        if isinstance(call, ast.Name) and call.id == "open":
            found.add("open")
        if isinstance(call, ast.Attribute) and call.attr in READS:
            found.add(call.attr)
        is_open = isinstance(call, ast.Attribute) and call.attr == "open"
        if is_open and getattr(call.value, "id", "") not in ("providers", "os"):
            found.add("open")
    return found


def test_files_are_opened_in_one_place() -> None:
    opening = {room_path(path) for path in PACKAGE.rglob("*.py") if readers(path)}
    packaged_seed = {"sandbox/seeding.py"}
    allowed = OPENERS | PACKAGED | PROCESS | NOT_BY_PATH | WRITES | SUITE | packaged_seed
    assert opening - allowed == set()


def pipe(place: Path) -> Path:
    os.mkfifo(place / "pipe.csv")
    return place / "pipe.csv"


def folder(place: Path) -> Path:
    (place / "folder.csv").mkdir()
    return place / "folder.csv"


def device(place: Path) -> Path:
    return Path("/dev/zero")


def endless_link(place: Path) -> Path:
    (place / "link.csv").symlink_to("/dev/urandom")
    return place / "link.csv"


def loop(place: Path) -> Path:
    (place / "loop.csv").symlink_to("loop.csv")
    return place / "loop.csv"


def closed(place: Path) -> Path:
    (place / "closed.csv").write_text("x")
    (place / "closed.csv").chmod(0)
    return place / "closed.csv"


def huge(place: Path) -> Path:
    with (place / "huge.csv").open("wb") as sparse:
        sparse.truncate(2**40)
    return place / "huge.csv"


def missing(place: Path) -> Path:
    return place / "nowhere.csv"


def long_name(place: Path) -> Path:
    return place / ("n" * 300)


def nul(place: Path) -> Path:
    return place / "a\0b"


def half_letter(place: Path) -> Path:
    return place / "a\ud800b"


ODD: list[Callable[[Path], Path]] = [
    *(pipe, folder, device, endless_link, loop, closed, huge, missing, long_name, nul, half_letter)
]


@pytest.mark.parametrize("make", ODD, ids=lambda make: make.__name__)
def test_anything_else_is_refused_at_once(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    path = make(tmp_path)
    with file_modes_count(), pytest.raises(UnreadableError, match="cannot be read: ") as caught:
        regular_files.content(path, largest=1024)
    assert caught.value.reason
    assert "\n" not in str(caught.value)


COMMANDS: dict[str, list[str]] = {
    "plan --observed": ["plan", "--observed", "FILE"],
    "export --observed": ["export", "out", "--observed", "FILE"],
    "apply": ["apply", "FILE", "--yes"],
    "show": ["show", "FILE"],
    "apply --attest": ["apply", "--yes", "--attest", "FILE"],
    "import": ["import", "FILE", "--output", "out"],
    "drift --previous": ["drift", "--previous", "FILE"],
    "validate": ["validate", "FILE"],
    "plan --from": ["plan", "--from", "FILE"],
    "sandbox --seed": ["sandbox", "serve", "--seed", "FILE"],
    "sandbox --faults": ["sandbox", "serve", "--faults", "FILE"],
}


@pytest.mark.parametrize("make", ODD, ids=lambda make: make.__name__)
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_ends_with_one_line(
    company: Path, run: Run, command: str, make: Callable[[Path], Path]
) -> None:
    path = make(company)
    with file_modes_count():
        ran = run(*(str(path) if word == "FILE" else word for word in COMMANDS[command]))
    assert ran.code in (1, 64), ran
    assert ran.out + ran.err != ""
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("make", ODD, ids=lambda make: make.__name__)
@pytest.mark.parametrize("key", ["ca_file", "seed"])
def test_files_that_the_tenant_block_names_are_regular_ones(
    tmp_path: Path,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    key: str,
    make: Callable[[Path], Path],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RECONCILER_TOKEN_X", "a-token-of-a-test")
    name = str(make(tmp_path)).replace("\0", "\\0").replace("\ud800", "\\ud800")
    door = {
        "ca_file": "provider: scim, url: 'https://127.0.0.1:9', token_env: RECONCILER_TOKEN_X",
        "seed": "provider: sandbox",
    }[key]
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "a.yaml").write_text(f'tenant: {{name: acme, {door}, {key}: "{name}"}}\n')
    with file_modes_count():
        ran = run("plan", "d")
    assert ran.code == 1, ran
    assert "Traceback" not in ran.err
