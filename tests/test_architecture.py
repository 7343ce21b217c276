"""Imports run downhill, third-party packages have one home, the sandbox is its own house."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "reconciler"

FLOORS = (
    ("diagnostics", "ordering"),
    ("model",),
    ("claims", "kinds", "errors", "scalars", "collector", "scrubber"),
    ("regular_files", "exits"),
    ("evidence", "rules", "providers"),
    (
        *("load", "validate", "read", "diff", "order", "guard", "plan"),
        *("ledger", "apply", "drift", "export", "edit", "roster", "notices"),
    ),
    ("planfile",),
    ("render",),
    ("manual",),
    ("pipeline",),
    ("forge", "fleet"),
    ("assistants",),
    ("cli",),
    ("__main__", "testing"),
)
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}

HOMES = {
    "yaml": {"load", "providers"},  # the latter for the mappings that the package holds as data
    "ruamel": {"edit"},
    "jsonschema": {"validate"},
    "jsonschema_rs": {"validate"},
    "deepdiff": {"diff"},
    "requests": {"providers"},
    "urllib3": {"providers"},
    "sqlalchemy": {"ledger", "fleet"},
    "psycopg": {"ledger"},
    "dbos": {"fleet"},
    "rich": {"render"},
    "jinja2": {"render"},
    "markupsafe": {"render"},
    "click": {"cli"},
    "openpyxl": {"manual"},
    "pytest": {"testing"},
    "mcp": {"assistants"},
    "mcp_types": {"assistants"},
    "anyio": {"assistants"},
    "apprise": {"notices"},
}
STARTS_THE_SANDBOX = {"providers/sandbox.py", "cli/sandbox.py"}


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if "sandbox/" not in room_path(path))


def room_path(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def own_rooms(path: Path) -> set[str]:
    names = (name.split(".") for name in imports(path))
    return {name[1] for name in names if name[0] == "reconciler" and len(name) > 1}


@pytest.mark.parametrize("path", modules(), ids=room_path)
def test_imports_run_downhill(path: Path) -> None:
    here = room(path)
    if here == "__init__":
        assert not own_rooms(path)
        return
    for other in own_rooms(path) - {here, "sandbox", "__version__"}:
        assert FLOOR[other] < FLOOR[here], f"{here} imports {other}"


@pytest.mark.parametrize("path", modules(), ids=room_path)
def test_each_third_party_package_has_one_home(path: Path) -> None:
    for package in {name.split(".")[0] for name in imports(path)} - set(sys.stdlib_module_names):
        if package != "reconciler":
            assert package in HOMES, f"{package} has no home yet"
            assert room(path) in HOMES[package], f"{package} imported in {room(path)}"


def test_only_the_sandbox_provider_and_verb_start_the_sandbox() -> None:
    starters = {room_path(path) for path in modules() if "sandbox" in own_rooms(path)}
    assert starters <= STARTS_THE_SANDBOX


def test_the_sandbox_imports_nothing_of_the_reconciler() -> None:
    for path in (PACKAGE / "sandbox").rglob("*.py"):
        assert own_rooms(path) <= {"sandbox"}, path


def test_no_file_is_longer_than_400_lines() -> None:
    sizes = {room_path(path): len(path.read_text().splitlines()) for path in PACKAGE.rglob("*.py")}
    for name, lines in sorted(sizes.items(), key=lambda item: -item[1])[:5]:
        print(f"{lines:5} {name}")  # noqa: T201  # the top five, shown when the test fails
    assert {name: lines for name, lines in sizes.items() if lines > 400} == {}
