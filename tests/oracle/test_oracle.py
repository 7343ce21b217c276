"""Three hundred tenants with fixed seeds; any number by hand: `python -m tests.oracle 20000`."""

from collections.abc import Iterator

import pytest

from tests.oracle.__main__ import as_text, findings
from tests.oracle.generator import case
from tests.oracle.server import Service

COUNT = 300
PORTION = 20


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with Service() as running:
        yield running


@pytest.mark.parametrize("first", range(0, COUNT, PORTION))
def test_the_plan_of_a_tenant_says_and_does_what_is_true(service: Service, first: int) -> None:
    wrong = {
        seed: problems
        for seed in range(first, first + PORTION)
        if (problems := findings(service, case(seed), seed))
    }
    assert not wrong, "\n".join(as_text(case(seed), f[:3], seed) for seed, f in wrong.items())
