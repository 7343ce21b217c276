"""What may be claimed of a tenant, on what evidence, and that nothing else claims it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler import claims
from reconciler.claims import Evidence

PACKAGE = Path(__file__).parents[1] / "reconciler"
CLAIMS = re.compile(
    r"\b(converged|nothing (left )?to do|in sync|up to date|by hand|does not have|not yet applied|"
    r"gone from the tenant|the tenant has no(ne)?|no drift|as the files say|as it was left|"
    r"(can|cannot) be applied|moved on)\b",
    re.IGNORECASE,
)
SIGHTED, PARTLY = Evidence(), Evidence(attested=2, unobserved=1)
HALF = Evidence(is_complete=False)


def sentences(path: Path) -> Iterator[tuple[int, str]]:
    """The texts of a module that people read: with a space, or a part of a longer one. Docstrings
    and the ledger's SQL are none.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = list(ast.walk(tree))
    docstrings = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    parts = {
        id(value) for node in nodes if isinstance(node, ast.JoinedStr) for value in node.values
    }
    for node in nodes:
        if not isinstance(node, ast.Constant) or id(node) in docstrings:
            continue
        text = str(node.value)
        if (" " in text or id(node) in parts) and not text.startswith("CREATE TABLE"):
            yield node.lineno, text


def lines(path: Path) -> Iterator[tuple[int, str]]:
    yield from enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)


def elsewhere() -> Iterator[Path]:
    """Everything but the module itself and the sandbox, which is a tenant and no report of one."""
    for path in sorted((*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.html"))):
        if path.name != "claims.py" and "sandbox" not in path.relative_to(PACKAGE).parts:
            yield path


def test_nothing_but_this_module_claims_anything_of_a_tenant() -> None:
    found = [
        f"{path.relative_to(PACKAGE)}:{line}: {text[:80]}"
        for path in elsewhere()
        for line, text in (sentences if path.suffix == ".py" else lines)(path)
        if CLAIMS.search(text)
    ]
    assert found == []


@pytest.mark.parametrize(
    "claim",
    [
        claims.nothing_to_do,
        claims.no_differences,
        claims.no_drift,
        claims.nothing_drifted,
        lambda evidence: claims.end_of_apply(evidence, is_converged=True, left=0),
    ],
)
def test_what_nobody_saw_bounds_every_claim(claim) -> None:  # type: ignore[no-untyped-def]
    assert "2 values attested, 1 unobserved" in claim(PARTLY)
    assert "attested" not in claim(SIGHTED)


@pytest.mark.parametrize(
    "claim",
    [claims.nothing_to_do, claims.no_differences, claims.no_drift, claims.nothing_drifted],
)
def test_half_a_reading_claims_nothing(claim) -> None:  # type: ignore[no-untyped-def]
    assert re.search("incomplete|which is not all", claim(HALF))


def test_what_is_left_is_not_converged_whatever_else_is_true() -> None:
    assert claims.end_of_apply(SIGHTED, is_converged=True, left=1) == "not converged: 1 change left"
    assert claims.end_of_apply(SIGHTED, is_converged=False, left=0) == "not converged"


def test_a_run_claims_only_what_it_recorded() -> None:
    assert claims.end_of_run(is_converged=None, counts={}) == ""
    assert claims.end_of_run(is_converged=False, counts={"manual": 3}) == "not converged"
    told = claims.end_of_run(is_converged=True, counts={"manual": 3})
    assert told.endswith("3 steps on somebody's word")
    assert "as far as the tenant showed" in told
    assert "somebody" not in claims.end_of_run(is_converged=True, counts={"applied": 3})
