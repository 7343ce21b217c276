"""A thousand people in a plan's worth of requests, and the pace at which they are sent."""

from pathlib import Path

import pytest

from reconciler.model import Tenant
from reconciler.providers import limiter_of
from reconciler.providers.genesys import capabilities
from reconciler.providers.rate_limiter import RateLimiter
from tests.genesys.other_standin import Behavior, Store
from tests.genesys.test_other_standin import BLOCK, environment, refereed
from tests.running import Run

__all__ = ["environment"]

PEOPLE, QUEUES = 1000, 20
LIMIT = 300
"""Requests a minute that the platform allows a client."""


def fill(store: Store) -> None:
    """A thousand people, each in one of twenty queues, with an extension, a license and a skill."""
    store.skills["s"] = {"id": "s", "name": "spanish", "state": "active"}
    for number in range(QUEUES):
        store.queues[f"q{number}"] = {"id": f"q{number}", "name": f"queue {number}"}
        store.members[f"q{number}"] = {}
    for number in range(PEOPLE):
        name = f"u{number:04}"
        contact = {"mediaType": "PHONE", "type": "WORK", "extension": str(4000 + number)}
        store.users[name] = {
            "id": name,
            "name": f"Person {number}",
            "email": f"{name}@acme.example",
            "state": "active",
            "version": 3,
            "addresses": [contact],
            "preferredName": None,
        }
        store.licenses[name] = {"cloudCX1"}
        store.has_skills[name] = {"s": 3.0}
        member = {"id": name, "ringNumber": 1, "joined": True, "memberBy": "user"}
        store.members[f"q{number % QUEUES}"][name] = member


def declare(url: str) -> None:
    block = BLOCK.format(url=url)
    queues = ", ".join(f"queue {number}: {{}}" for number in range(QUEUES))
    block = block.replace("support: {}, sales: {}, billing: {}", queues)
    people = [
        f"  - {{name: Person {n}, email: u{n:04}@acme.example, extension: '{4000 + n}', "
        f"licenses: [voice], queues: [queue {n % QUEUES}], skills: {{spanish: 3}}}}\n"
        for n in range(PEOPLE)
    ]
    skills = 'skills: {spanish: {}, French: {}, "spanish two": {}}'
    block = block.replace(skills, "skills: {spanish: {}}").replace(
        "purchased: 50", "purchased: 2000"
    )
    Path("desired-state").mkdir()
    Path("desired-state/all.yaml").write_text(block + "".join(people), encoding="utf-8")


@pytest.mark.usefixtures("environment")
def test_a_plan_of_a_thousand_people_with_nothing_to_do_is_few_requests(run: Run) -> None:
    with refereed(Behavior()) as (tenant, url):
        fill(tenant.store)
        declare(url)
        planned = run("plan", "--format", "json")
        assert (planned.code, planned.json["changes"]) == (0, []), planned.out + planned.err
        paths = [path for _, path, _, _ in tenant.requests]
        members = [path for path in paths if path.endswith("/members")]
        pages = len(paths) - len(members) - 1
        assert len(members) == QUEUES
        assert len(paths) <= pages + QUEUES + 10
        assert pages <= 2 + 1 + 1 + 2 + 1 + 10 + 1 + 10


class Clock:
    """Time that passes by sleeping."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_300_requests_a_minute_are_never_passed_and_95_in_100_of_them_used() -> None:
    clock = Clock()
    limiter = RateLimiter(clock=clock, sleep=clock.sleep, interval=capabilities.INTERVAL)
    moments = []
    for number in range(3000):
        ticket = limiter.take()
        assert ticket is not None
        clock.now += 0.03 if number % 7 else 0.2
        limiter.accepted(ticket)
        moments.append(ticket)
    counts = [sum(start <= m < start + 60 for m in moments) for start in moments[:-LIMIT:50]]
    assert max(counts) <= LIMIT
    assert min(counts) >= 0.95 * LIMIT


def test_the_pace_of_the_platform_holds_unless_the_files_state_another() -> None:
    tenant = Tenant("acme", "genesys", "https://api.example")
    assert limiter_of(tenant, None).rate == pytest.approx(1 / capabilities.INTERVAL)
