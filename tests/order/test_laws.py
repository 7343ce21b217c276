"""Laws of the order, over tenants that hypothesis makes; `long_run` tries many more by hand."""

from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.order import exhaustive, made, trial

CHANCE = st.randoms(use_true_random=False)
SLOW_TO_MAKE = [HealthCheck.too_slow, HealthCheck.data_too_large]


@settings(max_examples=500, deadline=None, suppress_health_check=SLOW_TO_MAKE)
@given(CHANCE, st.integers(0, 1 << 32))
def test_no_order_no_failure_and_no_resumption_breaks_a_rule(chance: Random, seed: int) -> None:
    """I1 to I5, peaks and lowest at every moment; the end is what was wanted, also after failures;
    shuffled input makes the same graph.
    """
    assert list(trial.complaints(made.situation(chance), Random(seed))) == []


@settings(max_examples=300, deadline=None, suppress_health_check=SLOW_TO_MAKE)
@given(CHANCE)
def test_what_is_called_blocked_has_no_lawful_order(chance: Random) -> None:
    """Compared with all that is possible on tiny tenants."""
    assert list(exhaustive.complaints(trial.plan(made.situation(chance, 3)))) == []


def test_a_large_tenant_keeps_the_rules_too() -> None:
    """Where not all orders can be tried: seeded, some forty agents."""
    for seed in range(6):
        chance = Random(seed)
        assert list(trial.complaints(made.situation(chance, 40), chance)) == []
