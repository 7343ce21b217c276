"""One request budget for each host, over all processes and machines of all fleets.

Processes share a token bucket in the fleet's database: a row for each host, changed in one
transaction by the clock of the database. A process takes a few tokens at once, as many as it may
use in a quarter of a second, so that the database is asked a few times a second and not once for
each request. Where a tenant asks for a pause, all processes make it, and all of them go on more
slowly; `RECONCILER_FLEET_RATE` sets the rate from which a host begins.
"""

import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from reconciler import providers
from reconciler.errors import SetupError
from reconciler.fleet.tenant import CountingLimiter, Limiters
from reconciler.model import Tenant
from reconciler.providers.rate_limit_headers import NOTHING, RateLimitHeaders

if TYPE_CHECKING:
    from reconciler.fleet.store import Store

VARIABLE: Final = "RECONCILER_FLEET_RATE"
RATE: Final = 50.0
"""Requests a second to one host that all processes together begin with."""
SLOWEST, FASTEST = 0.5, 1000.0
GROWTH: Final = 0.02
"""By how much of itself the rate grows in a second without a refusal, up to where it began."""
BATCH: Final = 0.25
"""Seconds' worth of its share that a process takes at once."""
LONGEST: Final = 3600.0
"""No clock is believed that says more has passed, or is to be waited."""
NEARLY: Final = 1e-6
"""What a token may lack by rounding: moments are seconds since 1970."""
CERTAIN: Final = 0.2
"""Seconds of waiting after which a pause may have begun that is to be kept."""
UNSHARED: Final = 1.0
"""Seconds between two requests of one process while the database cannot be used."""


@contextmanager
def opened(environ: Mapping[str, str], root: Path) -> Iterator[Limiters]:
    """Yield what gives each tenant a limiter that shares the budget of its host.

    The database is opened when the first tenant needs it: an embedded one has no host.
    """
    from reconciler.fleet.store import open_store

    rate = rate_of(environ)
    stores: list[Store] = []

    def limiter_of(tenant: Tenant) -> CountingLimiter:
        interval = providers.interval_of(tenant)
        host = urlsplit(tenant.url or "").netloc.lower()
        if not host:
            return CountingLimiter(interval=interval)
        if not stores:
            stores.append(open_store(environ, root))
        return SharedLimiter(Bucket(stores[0], host, rate), interval=interval)

    try:
        yield limiter_of
    finally:
        for store in stores:
            store.close()


def rate_of(environ: Mapping[str, str]) -> float:
    """The rate of a host by the variable. Raises `SetupError`."""
    text = environ.get(VARIABLE) or str(RATE)
    try:
        rate = float(text)
    except ValueError:
        rate = math.nan
    if not SLOWEST <= rate <= FASTEST:
        raise SetupError(
            f"{VARIABLE} is {text}, which is no number of requests a second",
            hint=f"write a number from {SLOWEST:g} to {FASTEST:g}",
        )
    return rate


class Bucket:
    """The tokens of one host, in the database."""

    def __init__(
        self, store: "Store", host: str, rate: float, now: Callable[[Any], float] | None = None
    ) -> None:
        self._database, self._host, self._first = store.database, host, rate
        self._now = now or store.database.now

    def take(self) -> tuple[int, float]:
        """Take tokens, at most `BATCH` seconds' worth, and how many seconds to wait before use.

        Where there is none, the next one is reserved: whoever waits asks once, in turn. During a
        pause none is taken, and the seconds are what is left of it.
        """

        def change(row: dict[str, float], now: float) -> tuple[int, float]:
            held = _held(row, now)
            if held:
                return 0, held
            passed = min(max(0.0, now - row["filled"]), LONGEST)
            rate = min(self._first, row["rate"] * math.exp(GROWTH * min(passed, 60.0)))
            tokens = min(max(1.0, rate * BATCH), row["tokens"] + passed * rate)
            taken = max(1, int(tokens + NEARLY))
            wait = max(0.0, (taken - tokens - NEARLY) / rate)
            row.update(tokens=tokens - taken, rate=rate, filled=now)
            return taken, wait

        taken, wait = self._change(change)
        return taken, wait

    def held(self) -> float:
        """Seconds for which the host still wants nobody to send."""

        return float(self._change(_held))

    def refuse(self, wait: float, rate: float | None) -> None:
        """All processes wait, and go on at half the rate, or at the rate that the tenant named."""

        def change(row: dict[str, float], now: float) -> None:
            held = _held(row, now)
            if not held:
                row["rate"] = max(SLOWEST, rate or row["rate"] / 2)
            until = now + max(held, min(wait, LONGEST))
            row.update(tokens=0.0, filled=until, held_from=now, held_until=until)

        self._change(change)

    def give_back(self, tokens: int) -> None:
        """Return tokens that were not used."""

        def change(row: dict[str, float], _now: float) -> None:
            row["tokens"] += tokens

        if tokens:
            self._change(change)

    def _change(self, change: Callable[[dict[str, float], float], Any]) -> Any:
        from sqlalchemy import select, update

        from reconciler.fleet.store import HOSTS

        with self._database.transaction() as connection:
            now = self._now(connection)
            new = {"host": self._host, "tokens": 1.0, "rate": self._first, "filled": now}
            self._database.is_new(connection, HOSTS, {**new, "held_from": 0.0, "held_until": 0.0})
            where = HOSTS.c.host == self._host
            kept = connection.execute(select(HOSTS).where(where).with_for_update()).first()
            assert kept is not None
            row = {name: value for name, value in kept._mapping.items() if name != "host"}
            result = change(row, now)
            connection.execute(update(HOSTS).where(where).values(row))
            return result


def _held(row: Mapping[str, float], now: float) -> float:
    """Seconds that are left of a pause; none where a clock went back to before it."""
    return max(0.0, row["held_until"] - now) if row["held_from"] <= now else 0.0


class SharedLimiter(CountingLimiter):
    """A rate limiter that takes a token of the shared bucket before it gives leave to send."""

    def __init__(
        self, bucket: Bucket, *, sleep: Callable[[float], None] = time.sleep, **settings: Any
    ) -> None:
        super().__init__(sleep=sleep, **settings)
        self._bucket, self._nap = bucket, sleep
        self._left, self._until = 0, -math.inf
        self._guard = threading.Lock()

    def take(self, patience: float = math.inf) -> float | None:
        """`patience` is about pauses that a tenant asks for, and not about turns."""
        deadline = self.clock() + patience
        while True:
            with self._guard:
                held = self._token()
            if held is None:
                return super().take(max(0.0, deadline - self.clock()))
            with self._lock:
                self._hold(self.clock() + held)
            if held > deadline - self.clock():
                return None
            self._nap(held)

    def refused(
        self, ticket: float, headers: RateLimitHeaders = NOTHING, status: int = 429
    ) -> None:
        super().refused(ticket, headers, status)
        with self._guard, suppress(SetupError):
            self._left = 0
            self._bucket.refuse(self.held, headers.allowed)

    def close(self) -> None:
        """Give back what was taken and not used."""
        with self._guard, suppress(SetupError):
            left, self._left = self._left, 0
            self._bucket.give_back(left)

    def _token(self) -> float | None:
        """Use a token, and return None; or the seconds that are left of a pause.

        Threads of this process wait for a reserved token one after the other. A batch is good for
        a second. An apply is not broken off because the budget's database is gone: it goes on
        slowly.
        """
        if not self._left or self.clock() > self._until:
            try:
                self._left, wait = self._bucket.take()
                if not self._left:
                    return wait
                self._nap(wait)
                held = self._bucket.held() if wait > CERTAIN else 0.0
            except SetupError:
                self._nap(UNSHARED)
                return None
            self._until = self.clock() + 1.0
            if held:
                self._left = 0
                return held
        self._left -= 1
        return None
