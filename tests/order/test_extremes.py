"""The worst moment of all orders, compared with a walk through every one of them."""

from collections.abc import Sequence
from random import Random

from reconciler.order.extremes import greatest_sum


def test_the_worst_moment_is_that_of_some_order() -> None:
    for seed in range(400):
        chance = Random(seed)
        size = chance.randint(1, 10)
        density = chance.random()
        after = [[n for n in range(node) if chance.random() < density] for node in range(size)]
        weights = {n: chance.randint(-2, 2) for n in range(size) if chance.random() < 0.8}
        assert greatest_sum(weights, after) == _of_every_order(weights, after), seed


def _of_every_order(weights: dict[int, int], after: Sequence[Sequence[int]]) -> int:
    moments: list[frozenset[int]] = [frozenset()]
    for node, before in enumerate(after):
        moments += [done | {node} for done in moments if done.issuperset(before)]
    return max(sum(weights.get(node, 0) for node in done) for done in moments)


def test_a_taker_of_a_free_seat_that_waits_for_a_release_reaches_no_peak() -> None:
    assert greatest_sum({0: -1, 1: 1}, [[], [0]]) == 0
    assert greatest_sum({0: -1, 1: 1}, [[], []]) == 1


def test_a_long_chain_is_no_recursion() -> None:
    length = 20_000
    after = [[]] + [[node - 1] for node in range(1, length)]
    weights = {0: -1, length - 1: 2}
    assert greatest_sum(weights, after) == 1
