"""By hand: turns round each comparison of the guards and says which ones no test misses.

`python -m tests.benchmarks.comparisons [MODULE ...]` works on copies in a temporary folder; without
a module it takes `guard`. A rule is `rules/seats_exceeded`; its mutants are killed by the tests of
the rules or by a golden story.
"""

import ast
import copy
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
OTHERS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
TESTS = {"guard": ("tests/test_guard.py", "tests/test_stories.py")}
RULES = ("tests/test_rules_live.py", "tests/test_rules_offline.py", "tests/test_stories.py")


def main() -> int:
    """Exit code 1 if a mutant survives."""
    modules = sys.argv[1:] or ["guard"]
    survivors = [where for module in modules for where in _survivors(module)]
    sys.stdout.write(f"survivors: {', '.join(survivors) or 'none'}\n")
    return int(bool(survivors))


def _survivors(module: str) -> Iterator[str]:
    text = (ROOT / "reconciler" / f"{module}.py").read_text(encoding="utf-8")
    assert _passes(module, text), f"the tests of {module} fail without a mutant"
    for where, mutant in _mutants(ast.parse(text)):
        killed = not _passes(module, mutant)
        sys.stdout.write(f"{'killed' if killed else 'survives':9} {module}.py {where}\n")
        sys.stdout.flush()
        if not killed:
            yield f"{module}.py {where}"


def _mutants(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Where, and the text with one comparison, one `and` or `or`, or one `not` turned round."""
    for number, node in enumerate(ast.walk(tree)):
        for turned in _turned(node):
            mutant = copy.deepcopy(tree)
            there = next(n for at, n in enumerate(ast.walk(mutant)) if at == number)
            vars(there).update(vars(turned))
            there.__class__ = turned.__class__
            line = getattr(node, "lineno", 0)
            yield f"line {line}: {ast.unparse(node)} -> {ast.unparse(turned)}", ast.unparse(mutant)


def _turned(node: ast.AST) -> Iterator[ast.expr]:
    match node:
        case ast.Compare(ops=[only]):
            for other in OTHERS[type(only)]:
                yield ast.Compare(node.left, [other()], node.comparators)
        case ast.BoolOp(op=ast.And()):
            yield ast.BoolOp(ast.Or(), node.values)
        case ast.BoolOp(op=ast.Or()):
            yield ast.BoolOp(ast.And(), node.values)
        case ast.UnaryOp(op=ast.Not()):
            yield node.operand


def _passes(module: str, text: str) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        for part in ("reconciler", "tests", "schemas", "docs", "desired-state"):
            shutil.copytree(ROOT / part, Path(folder, part))
        shutil.copy(ROOT / "pyproject.toml", folder)
        Path(folder, "reconciler", f"{module}.py").write_text(text, encoding="utf-8")
        tests = TESTS.get(module, RULES)
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests],
            cwd=folder,
            env={**os.environ, "CI": "true"},
            capture_output=True,
            check=False,
        )
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
