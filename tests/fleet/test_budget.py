"""One request budget for each host, whoever sends; on PostgreSQL, too, where there is one."""

import heapq
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete

from reconciler.errors import SetupError
from reconciler.fleet import Store, open_store
from reconciler.fleet.budget import Bucket, SharedLimiter, opened, rate_of
from reconciler.fleet.store import HOSTS
from reconciler.model import Tenant
from reconciler.providers.rate_limit_headers import RateLimitHeaders

POSTGRES = os.environ.get("RECONCILER_TEST_POSTGRES")


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    environ = {}
    if request.param == "postgres":
        if not POSTGRES:
            pytest.skip("RECONCILER_TEST_POSTGRES names no database")
        environ = {"RECONCILER_LEDGER_FLEET": POSTGRES}
    with open_store(environ, tmp_path) as store:
        with store.database.transaction() as connection:
            connection.execute(delete(HOSTS))
        yield store


class Clock:
    """The database's clock, and what sleeps by it."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self, _connection: object = None) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def sent(buckets: list[Bucket], clock: Clock, seconds: float) -> list[float]:
    """When each token was given, where every process takes all that it gets, at once and again."""
    begun, given = clock.now, []
    queue = [(clock.now, number) for number in range(len(buckets))]
    while queue:
        clock.now, number = heapq.heappop(queue)
        if clock.now - begun >= seconds:
            continue
        tokens, wait = buckets[number].take()
        given += [clock.now - begun + wait] * tokens
        heapq.heappush(queue, (clock.now + (wait or 0.01), number))
    return [moment for moment in given if moment < seconds]


def test_sixteen_processes_send_no_more_than_one_would(store: Store, clock: Clock) -> None:
    buckets = [Bucket(store, "api.example", 20.0, clock) for _ in range(16)]
    given = sent(buckets, clock, 5.0)
    assert 90 <= len(given) <= 106
    for start in range(5):
        assert sum(start <= moment < start + 1 for moment in given) <= 26


def test_each_host_has_a_budget_of_its_own(store: Store, clock: Clock) -> None:
    one, other = (Bucket(store, host, 4.0, clock) for host in ("a.example", "b.example"))
    assert one.take() == (1, 0.0)
    assert one.take() == (1, pytest.approx(0.25, abs=1e-3))
    assert other.take() == (1, 0.0)


def test_a_refusal_holds_all_and_slows_all_down_once(store: Store, clock: Clock) -> None:
    one, other = (Bucket(store, "api.example", 40.0, clock) for _ in range(2))
    one.refuse(10.0, None)
    other.refuse(10.0, None)
    assert other.take() == (0, 10.0)
    clock.now += 11.0
    assert 4 <= other.take()[0] <= 7
    one.refuse(1.0, 8.0)
    clock.now += 2.0
    assert one.take()[0] == 2


def test_a_rate_grows_back_and_never_above_where_it_began(store: Store, clock: Clock) -> None:
    bucket = Bucket(store, "api.example", 40.0, clock)
    bucket.refuse(0.0, None)
    for _ in range(100):
        clock.now += 5.0
        bucket.take()
    clock.now += 5.0
    assert bucket.take()[0] == 10


@pytest.mark.parametrize("jump", [3600.0, -3600.0, -1800.0, -1.0])
def test_a_clock_that_is_an_hour_off_neither_stops_nor_floods(
    store: Store, clock: Clock, jump: float
) -> None:
    bucket = Bucket(store, "api.example", 20.0, clock)
    bucket.take()
    bucket.refuse(5.0, None)
    clock.now += jump
    tokens, wait = bucket.take()
    assert tokens <= 5
    assert wait <= 3600.0
    given = sent([bucket], clock, 10.0)
    assert 50 <= len(given) <= 206


def test_a_process_takes_a_few_tokens_at_once_and_gives_back_what_it_did_not_use(
    store: Store, clock: Clock
) -> None:
    bucket = Bucket(store, "api.example", 40.0, clock)
    bucket.take()
    clock.now += 10.0
    limiter = SharedLimiter(bucket, clock=clock, sleep=clock.sleep)
    assert limiter.take() is not None
    limiter.close()
    assert bucket.take()[0] == 9


def test_a_limiter_waits_for_its_token_and_counts_what_it_let_through(
    store: Store, clock: Clock
) -> None:
    limiter = SharedLimiter(
        Bucket(store, "api.example", 4.0, clock), clock=clock, sleep=clock.sleep
    )
    begun = clock.now
    for _ in range(9):
        assert limiter.take() is not None
    assert limiter.requests == 9
    assert 1.9 <= clock.now - begun <= 2.1


def test_patience_is_about_pauses_and_not_about_turns(store: Store, clock: Clock) -> None:
    limiter = SharedLimiter(
        Bucket(store, "api.example", 4.0, clock), clock=clock, sleep=clock.sleep
    )
    for _ in range(5):
        assert limiter.take(patience=0.0) is not None


def test_a_pause_that_another_process_was_asked_for_is_told_as_such(
    store: Store, clock: Clock
) -> None:
    bucket = Bucket(store, "api.example", 4.0, clock)
    bucket.refuse(30.0, None)
    limiter = SharedLimiter(bucket, clock=clock, sleep=clock.sleep)
    assert limiter.take(patience=5.0) is None
    assert limiter.held == pytest.approx(30.0)


def test_whoever_does_not_wait_so_long_is_told_at_once(store: Store, clock: Clock) -> None:
    limiter = SharedLimiter(
        Bucket(store, "api.example", 4.0, clock), clock=clock, sleep=clock.sleep
    )
    ticket = limiter.take()
    assert ticket is not None
    limiter.refused(ticket, RateLimitHeaders(retry_after=90.0))
    assert limiter.take(patience=5.0) is None


def test_a_budget_whose_database_is_gone_is_a_slow_one(tmp_path: Path, clock: Clock) -> None:
    store = open_store({}, tmp_path)
    limiter = SharedLimiter(
        Bucket(store, "api.example", 50.0, clock), clock=clock, sleep=clock.sleep
    )
    for path in (tmp_path / ".reconciler").glob("fleet.db*"):
        path.unlink()
    begun = clock.now
    for _ in range(3):
        assert limiter.take() is not None
    limiter.close()
    store.close()
    assert clock.now - begun >= 2.0


def test_an_embedded_tenant_needs_no_budget_and_no_database(tmp_path: Path) -> None:
    with opened({}, tmp_path) as limiter_of:
        limiter_of(Tenant("acme", "sandbox"))
        assert list(tmp_path.iterdir()) == []
        limiter_of(Tenant("acme", "scim", "https://api.example/scim/v2")).close()
        assert list(tmp_path.iterdir()) != []


@pytest.mark.parametrize("text", ["0", "-1", "many", "nan", "1e9"])
def test_a_rate_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(SetupError, match="RECONCILER_FLEET_RATE"):
        rate_of({"RECONCILER_FLEET_RATE": text})
