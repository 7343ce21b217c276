"""One pace for all workers, in virtual time: just below the limit, and never while told to wait."""

import math
import threading
from collections.abc import Callable
from itertools import pairwise

import pytest

from reconciler.providers.pace import Pace
from reconciler.providers.told import Told
from tests.providers import throttled


class Clock:
    """Sleeping turns the clock."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pace(clock: Clock) -> Pace:
    return Pace(clock=clock, sleep=clock.sleep)


def spent(pace: Pace, seconds: float, clock: Clock) -> int:
    """How many requests it lets through in so many seconds."""
    end, count = clock.now + seconds, 0
    while clock.now < end:
        ticket = pace.take()
        assert ticket is not None
        pace.accepted(ticket)
        count += 1
    return count


def hurry(pace: Pace, clock: Clock, count: int) -> float:
    """So many requests at once, all taken; the ticket of one more."""
    for _ in range(count):
        pace.accepted(pace.take() or 0.0)
    clock.now += 0.01
    return pace.take() or 0.0


@pytest.mark.parametrize("limiter", [throttled.sliding, throttled.fixed, throttled.bucket])
@pytest.mark.parametrize("tell", [math.ceil, lambda wait: wait, lambda _wait: None])
@pytest.mark.parametrize("rate", [25, 100, 400])
def test_it_settles_just_below_what_the_tenant_allows(
    limiter: Callable[[float], throttled.Limiter],
    tell: Callable[[float], float | None],
    rate: float,
) -> None:
    ran = throttled.run(limiter(rate), int(rate * 90), tell=tell)
    assert ran.share(rate, start=30) >= 0.93
    assert ran.refused / (ran.accepted + ran.refused) < 0.01


def test_there_is_no_limit_before_the_first_refusal(pace: Pace, clock: Clock) -> None:
    hurry(pace, clock, 1000)
    assert clock.now == 100.01
    assert pace.rate is None


def test_nobody_sends_while_told_to_wait(pace: Pace, clock: Clock) -> None:
    ticket = hurry(pace, clock, 50)
    pace.refused(ticket, Told(wait=30))
    told = clock.now
    assert pace.held == pytest.approx(30)
    assert pace.take() == clock.now >= told + 30


def test_a_longer_wait_than_there_is_patience_for_comes_back_at_once(
    pace: Pace, clock: Clock
) -> None:
    pace.refused(hurry(pace, clock, 50), Told(wait=3600))
    before = clock.now
    assert pace.take(60) is None
    assert clock.now == before


def test_a_refusal_halves_the_pace_and_a_second_later_it_is_at_95_percent(
    pace: Pace, clock: Clock
) -> None:
    pace.refused(hurry(pace, clock, 100), Told(wait=1))
    clock.now += 1
    assert pace.rate == pytest.approx(50)
    clock.now += 1
    assert pace.rate == pytest.approx(95)
    clock.now += 200
    assert pace.rate == pytest.approx(95)


def test_refusals_of_requests_that_flew_together_halve_it_once(pace: Pace, clock: Clock) -> None:
    ticket = hurry(pace, clock, 100)
    for _ in range(8):
        pace.refused(ticket, Told(wait=1))
    clock.now += 1
    assert pace.rate == pytest.approx(50)


def test_without_a_word_on_waiting_the_pauses_double(pace: Pace, clock: Clock) -> None:
    pauses = []
    for _ in range(4):
        pace.refused(pace.take() or 0.0)
        pauses.append(round(pace.held))
        clock.now += pace.held + 0.01
    assert pauses == [1, 2, 4, 8]


def test_a_limit_that_was_lowered_is_found_again(pace: Pace, clock: Clock) -> None:
    pace.refused(hurry(pace, clock, 400), Told(wait=1))
    limiter = throttled.sliding(50)
    refused = 0
    while clock.now < 150:
        ticket = pace.take() or 0.0
        if limiter(clock.now):
            refused += 1
            pace.refused(ticket, Told(wait=1))
        else:
            pace.accepted(ticket)
    assert refused < 8
    assert 45 < (pace.rate or 0) < 51


def test_a_limit_that_was_raised_is_found_too(pace: Pace, clock: Clock) -> None:
    pace.refused(hurry(pace, clock, 50), Told(wait=1))
    spent(pace, 270, clock)
    assert (pace.rate or 0) > 200


def test_a_refusal_after_a_few_requests_proves_no_limit(pace: Pace, clock: Clock) -> None:
    """Somebody else used the tenant up in that second."""
    pace.refused(hurry(pace, clock, 6), Told(wait=1))
    spent(pace, 12, clock)
    assert (pace.rate or 0) > 400


def test_an_interval_is_kept_to_whatever_the_answers_allow(clock: Clock) -> None:
    pace = Pace(clock=clock, sleep=clock.sleep, interval=3)
    assert spent(pace, 30, clock) in (10, 11)
    pace.accepted(pace.take() or 0.0, Told(remaining=99, reset=1, allowed=100))
    assert spent(pace, 3_000, clock) in (1_000, 1_001)
    pace.refused(pace.take() or 0.0, Told(wait=1))
    assert spent(pace, 300, clock) < 101


def test_an_interval_is_kept_to_after_a_rest_as_well(clock: Clock) -> None:
    pace = Pace(clock=clock, sleep=clock.sleep, interval=3)
    taken = []
    for rest in (0, 10, 0, 4, 0, 0):
        clock.now += rest
        taken.append(pace.take() or 0.0)
    between = [after - before for before, after in pairwise(taken)]
    assert min(between) == pytest.approx(3)


def test_a_limit_that_the_tenant_names_is_kept_to_from_the_start(pace: Pace, clock: Clock) -> None:
    pace.accepted(pace.take() or 0.0, Told(remaining=99, reset=10, allowed=10))
    assert spent(pace, 10, clock) in (95, 96, 97)


def test_an_exhausted_quota_holds_everybody_until_its_reset(pace: Pace, clock: Clock) -> None:
    pace.accepted(pace.take() or 0.0, Told(remaining=0, reset=5))
    assert pace.take() == pytest.approx(105)
    assert pace.rate is None


def test_threads_share_it(clock: Clock) -> None:
    lock = threading.Lock()

    def sleep(seconds: float) -> None:
        with lock:
            clock.sleep(seconds)

    pace = Pace(clock=clock, sleep=sleep)
    pace.accepted(pace.take() or 0.0, Told(allowed=100))
    before = clock.now

    def work() -> None:
        for _ in range(100):
            pace.accepted(pace.take() or 0.0)

    workers = [threading.Thread(target=work) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert clock.now - before >= 800 / 100 - 1
