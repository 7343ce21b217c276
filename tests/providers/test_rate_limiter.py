"""One rate limiter for all workers, in virtual time: just below the limit, silent while paused."""

import math
import random
import threading
from collections.abc import Callable
from itertools import pairwise

import pytest

from reconciler.providers.rate_limit_headers import RateLimitHeaders
from reconciler.providers.rate_limiter import RateLimiter
from reconciler.providers.retry import Waiting
from tests.providers import throttled
from tests.providers.clock import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def limiter(clock: Clock) -> RateLimiter:
    return RateLimiter(clock=clock, sleep=clock.sleep)


def spent(limiter: RateLimiter, seconds: float, clock: Clock) -> int:
    """How many requests it lets through in so many seconds."""
    end, count = clock.now + seconds, 0
    while clock.now < end:
        ticket = limiter.take()
        assert ticket is not None
        limiter.accepted(ticket)
        count += 1
    return count


def hurry(limiter: RateLimiter, clock: Clock, count: int) -> float:
    """So many requests at once, all taken; the ticket of one more."""
    for _ in range(count):
        limiter.accepted(limiter.take() or 0.0)
    clock.now += 0.01
    return limiter.take() or 0.0


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


def test_there_is_no_limit_before_the_first_refusal(limiter: RateLimiter, clock: Clock) -> None:
    hurry(limiter, clock, 1000)
    assert clock.now == 100.01
    assert limiter.rate is None


def test_nobody_sends_while_told_to_wait(limiter: RateLimiter, clock: Clock) -> None:
    ticket = hurry(limiter, clock, 50)
    limiter.refused(ticket, RateLimitHeaders(retry_after=30))
    told = clock.now
    assert limiter.held == pytest.approx(30)
    assert limiter.take() == clock.now >= told + 30


def test_a_longer_wait_than_there_is_patience_for_comes_back_at_once(
    limiter: RateLimiter, clock: Clock
) -> None:
    limiter.refused(hurry(limiter, clock, 50), RateLimitHeaders(retry_after=3600))
    before = clock.now
    assert limiter.take(60) is None
    assert clock.now == before


def test_a_refusal_halves_the_pace_and_a_second_later_it_is_at_95_percent(
    limiter: RateLimiter, clock: Clock
) -> None:
    limiter.refused(hurry(limiter, clock, 100), RateLimitHeaders(retry_after=1))
    clock.now += 1
    assert limiter.rate == pytest.approx(50)
    clock.now += 1
    assert limiter.rate == pytest.approx(95)
    clock.now += 200
    assert limiter.rate == pytest.approx(95)


def test_refusals_of_requests_that_flew_together_halve_it_once(
    limiter: RateLimiter, clock: Clock
) -> None:
    ticket = hurry(limiter, clock, 100)
    for _ in range(8):
        limiter.refused(ticket, RateLimitHeaders(retry_after=1))
    clock.now += 1
    assert limiter.rate == pytest.approx(50)


def test_without_a_word_on_waiting_the_pauses_double(limiter: RateLimiter, clock: Clock) -> None:
    pauses = []
    for _ in range(4):
        limiter.refused(limiter.take() or 0.0)
        pauses.append(round(limiter.held, 3))
        clock.now += limiter.held + 0.01
    assert pauses == [0.25, 0.5, 1, 2]


def test_a_stated_wait_that_proves_too_short_is_lengthened(
    limiter: RateLimiter, clock: Clock
) -> None:
    pauses = []
    for _ in range(10):
        limiter.refused(limiter.take() or 0.0, RateLimitHeaders(retry_after=1))
        pauses.append(round(limiter.held, 3))
    assert pauses == [1, 1, 1, 2, 4, 8, 8, 8, 8, 8]


@pytest.mark.parametrize("stated", [None, 0.0, -5.0, math.inf, math.nan, 1e9])
@pytest.mark.parametrize("seed", range(5))
def test_a_tenant_that_refuses_at_random_is_not_taken_for_an_ever_slower_one(
    stated: float | None, seed: int
) -> None:
    chance = random.Random(seed)
    ran = throttled.run(
        lambda _: 1.0 if chance.random() < 0.25 else 0.0, 23, tell=lambda _: stated, latency=0.01
    )
    assert ran.times[-1] < 20


def test_each_pause_is_announced_once_and_counted(clock: Clock) -> None:
    announced: list[Waiting] = []
    limiter = RateLimiter(clock=clock, sleep=clock.sleep, on_wait=announced.append)
    flight = [hurry(limiter, clock, 20) for _ in range(8)]
    for ticket in flight:
        limiter.refused(ticket, RateLimitHeaders(retry_after=3))
    limiter.refused(limiter.take() or 0.0, status=503)
    assert announced == [Waiting(3, 1, 429, is_stated=True), Waiting(0.5, 2, 503, is_stated=False)]


def test_a_limit_that_was_lowered_is_found_again(limiter: RateLimiter, clock: Clock) -> None:
    limiter.refused(hurry(limiter, clock, 400), RateLimitHeaders(retry_after=1))
    tenant = throttled.sliding(50)
    refused = 0
    while clock.now < 150:
        ticket = limiter.take() or 0.0
        if tenant(clock.now):
            refused += 1
            limiter.refused(ticket, RateLimitHeaders(retry_after=1))
        else:
            limiter.accepted(ticket)
    assert refused < 8
    assert 45 < (limiter.rate or 0) < 51


def test_a_limit_that_was_raised_is_found_too(limiter: RateLimiter, clock: Clock) -> None:
    limiter.refused(hurry(limiter, clock, 50), RateLimitHeaders(retry_after=1))
    spent(limiter, 270, clock)
    assert (limiter.rate or 0) > 200


def test_a_refusal_after_a_few_requests_proves_no_limit(limiter: RateLimiter, clock: Clock) -> None:
    """Somebody else used the tenant up in that second."""
    limiter.refused(hurry(limiter, clock, 6), RateLimitHeaders(retry_after=1))
    spent(limiter, 12, clock)
    assert (limiter.rate or 0) > 400


def test_an_interval_is_kept_to_whatever_the_answers_allow(clock: Clock) -> None:
    limiter = RateLimiter(clock=clock, sleep=clock.sleep, interval=3)
    assert spent(limiter, 30, clock) in (10, 11)
    limiter.accepted(limiter.take() or 0.0, RateLimitHeaders(remaining=99, reset=1, allowed=100))
    assert spent(limiter, 3_000, clock) in (1_000, 1_001)
    limiter.refused(limiter.take() or 0.0, RateLimitHeaders(retry_after=1))
    assert spent(limiter, 300, clock) < 101


def test_an_interval_is_kept_to_after_a_rest_as_well(clock: Clock) -> None:
    limiter = RateLimiter(clock=clock, sleep=clock.sleep, interval=3)
    taken = []
    for rest in (0, 10, 0, 4, 0, 0):
        clock.now += rest
        taken.append(limiter.take() or 0.0)
    between = [after - before for before, after in pairwise(taken)]
    assert min(between) == pytest.approx(3)


def test_a_limit_that_the_tenant_names_is_kept_to_from_the_start(
    limiter: RateLimiter, clock: Clock
) -> None:
    limiter.accepted(limiter.take() or 0.0, RateLimitHeaders(remaining=99, reset=10, allowed=10))
    assert spent(limiter, 10, clock) in (95, 96, 97)


def test_an_exhausted_quota_holds_everybody_until_its_reset(
    limiter: RateLimiter, clock: Clock
) -> None:
    limiter.accepted(limiter.take() or 0.0, RateLimitHeaders(remaining=0, reset=5))
    assert limiter.take() == pytest.approx(105)
    assert limiter.rate is None


def test_threads_share_it(clock: Clock) -> None:
    lock = threading.Lock()

    def sleep(seconds: float) -> None:
        with lock:
            clock.sleep(seconds)

    limiter = RateLimiter(clock=clock, sleep=sleep)
    limiter.accepted(limiter.take() or 0.0, RateLimitHeaders(allowed=100))
    before = clock.now

    def work() -> None:
        for _ in range(100):
            limiter.accepted(limiter.take() or 0.0)

    workers = [threading.Thread(target=work) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert clock.now - before >= 800 / 100 - 1
