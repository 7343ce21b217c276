"""Names of the package are ordinary terms: nothing defined bears a name of this list."""

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "reconciler"

FORBIDDEN = frozenset(
    [
        "told",
        "asked",
        "known",
        "laid",
        "blind",
        "vouched",
        "said",
        "chosen",
        "settle",
        "settled",
        "aside",
        "scene",
        "portions",
        "stuck",
        "slots",
        "rehearsal",
        "desk",
        "course",
        "crowd",
        "bag",
        "scale",
        "dip",
        "manner",
        "pace",
        "doors",
        "ground",
        "wanted",
        "world",
        "found",
        "one",
        "shown",
        "judged",
        "sayable",
        "planned",
    ]
)


def definitions() -> Iterator[tuple[str, str]]:
    """Room and name of every module, class and function of the package."""
    for path in sorted(PACKAGE.rglob("*.py")):
        room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        yield room, path.stem
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                yield room, node.name


def test_no_module_class_or_function_bears_a_name_that_needs_a_map() -> None:
    assert [d for d in definitions() if d[1].strip("_").lower() in FORBIDDEN] == []
