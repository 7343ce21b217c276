"""By hand: which changes of a module no test misses.

`python -m tests.mutation reconciler/guard.py --sample 40 --seed 1`. Works on a copy of the
repository in a temporary folder. Each mutant runs in a child of this process, which has loaded the
libraries already. Leaves with 1 where a mutant survives that `survivors.md` does not give a reason.
"""

import argparse
import os
import random
import shutil
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path

from tests.mutation import mutants

ROOT = Path(__file__).parents[2]
REASONS = Path(__file__).with_name("survivors.md")
COPIED = ("reconciler", "tests", "schemas", "docs", "desired-state", "pyproject.toml", "README.md")
LIBRARIES = ("pytest", "hypothesis", "yaml", "click", "sqlalchemy.orm", "jsonschema", "requests")
SECONDS = 180

TESTS = {
    "reconciler/guard.py": (
        "tests/test_guard.py",
        "tests/test_plan.py",
        "tests/test_stories.py",
    ),
    "reconciler/diff/identity.py": (
        "tests/test_diff_identity.py",
        "tests/test_diff.py",
        "tests/test_diff_unlisted.py",
        "tests/test_stories.py",
    ),
    "reconciler/planfile": (
        "tests/test_planfile.py",
        "tests/test_edited_plans.py",
        "tests/test_plan_saved.py",
    ),
    "reconciler/ledger": ("tests/ledger", "tests/test_apply_base.py", "tests/apply/test_crash.py"),
    "reconciler/rules": (
        "tests/test_rules_offline.py",
        "tests/test_rules_live.py",
        "tests/test_validate.py",
        "tests/test_stories.py",
    ),
}
"""The tests that cover a module, the ones of its own first."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("module", type=Path, nargs="+", help="such as reconciler/guard.py")
    parser.add_argument("--sample", type=int, help="so many mutants of each, at random")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    for library in LIBRARIES:
        import_module(library)
    survivors = 0
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        for name in COPIED:
            whole = ROOT / name
            (shutil.copytree if whole.is_dir() else shutil.copy)(whole, Path(folder, name))
        for module in options.module:
            survivors += _module(Path(folder), module, options.sample, options.seed)
    return int(survivors > 0)


def _module(folder: Path, module: Path, sample: int | None, seed: int) -> int:
    """How many mutants of one module survive without a reason."""
    copy = folder / module
    source = copy.read_text("utf-8")
    chosen = mutants.of(source)
    if sample is not None and sample < len(chosen):
        chosen = random.Random(seed).sample(chosen, sample)
        chosen.sort(key=lambda mutant: mutant.line)
    tests = [name for name in tests_of(str(module)) if (folder / name).exists()]
    if not _passes(folder, tests, quiet=False):
        print(f"{module}: the tests fail without a mutant", flush=True)
        return 1
    reasons = REASONS.read_text("utf-8") if REASONS.exists() else ""
    began, survivors, excused = time.monotonic(), 0, 0
    for mutant in chosen:
        copy.write_text(mutant.source, "utf-8")
        if _passes(folder, tests):
            is_excused = f"{module}` | {mutant.name} |" in reasons
            excused += is_excused
            survivors += not is_excused
            mark = "survives, with a reason" if is_excused else "SURVIVES"
            print(f"{mark}: {module}:{mutant.line} {mutant.name}", flush=True)
    copy.write_text(source, "utf-8")
    took = time.monotonic() - began
    print(f"{module}: {len(chosen)} mutants, {survivors} survive, {excused} with a reason", end="")
    print(f", {took:.0f} s", flush=True)
    return survivors


def tests_of(module: str) -> tuple[str, ...]:
    own = next(tests for prefix, tests in TESTS.items() if module.startswith(prefix))
    return (*own, "tests/mutation/test_survivors.py")


def _passes(folder: Path, tests: list[str], *, quiet: bool = True) -> bool:
    """Whether the tests pass, in a child of this process; one that hangs does not."""
    child = os.fork()
    if child == 0:
        _test(folder, tests, quiet=quiet)
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status) == 0
        time.sleep(0.02)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return False


def _test(folder: Path, tests: list[str], *, quiet: bool) -> None:
    """Never returns. Nothing of the product or the tests is loaded before; children of the tests
    find the copy by `PYTHONPATH`.
    """
    import pytest

    os.chdir(folder)
    os.environ["PYTHONPATH"] = str(folder)
    if quiet:
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 1)
        os.dup2(nothing, 2)
    for name in [name for name in sys.modules if name.split(".")[0] in ("tests", "reconciler")]:
        del sys.modules[name]
    here = str(ROOT)
    sys.path[:] = [str(folder), *(path for path in sys.path if path not in ("", here))]
    sys.dont_write_bytecode = True
    code = pytest.main(["-x", "-q", "-p", "no:cacheprovider", "--assert=plain", *tests])
    os._exit(int(code))


if __name__ == "__main__":
    sys.exit(main())
