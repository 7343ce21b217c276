"""Two tenants, another default branch, another folder, a name with unusual characters."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pipelines import customer
from tests.pipelines.customer import PEOPLE, Customer, agent
from tests.pipelines.test_github import change_by_hand, users

ODD = "acme & sons/zürich"
SLUG = "acme-sons-z-rich-"


@pytest.fixture
def both(tmp_path: Path) -> Iterator[Customer]:
    from reconciler.forge.job import slug

    made = customer.make(
        tmp_path / "home of $(touch owned)",
        (ODD, "globex"),
        branch="trunk",
        folder="call centres",
        repository="Acme-Org/contact.centre_1--x",
        reviewed=frozenset({f"replanned-{slug(ODD)}", "replanned-globex"}),
        slugs={ODD: slug(ODD)},
    )
    yield made
    for running in made.tenants.values():
        running.stop()


def test_a_tenant_that_waits_for_its_reviewers_holds_up_no_other(both: Customer) -> None:
    ana, bo = agent("Ana Diaz", 4001), agent("Bo Chen", 4002)
    first = both.hub.open_pull(
        "first", both.team(ana, tenant=ODD) | both.team(ana, tenant="globex")
    )
    _, plan = both.runner.pull_request(first)
    assert plan.conclusion == "success", plan.log
    (begun,) = both.runner.push(both.hub.merge(first))
    assert begun.conclusion == "success", begun.log
    assert sorted(users(both, ODD)) == sorted(users(both, "globex")) == ["4001"]

    odd = both.hub.open_pull("odd", both.team(ana, bo, tenant=ODD))
    other = both.hub.open_pull("globex", both.team(ana, bo, tenant="globex"))
    for number in (odd, other):
        _, plan = both.runner.pull_request(number)
        assert plan.conclusion == "success", plan.log
    change_by_hand(both, "4001", "Dee Novak", ODD)

    (waiting,) = both.runner.push(both.hub.merge(odd))
    assert waiting.conclusion == "waiting", waiting.log
    assert sorted(users(both, ODD)) == ["4001"]
    (second,) = both.runner.push(both.hub.merge(other))
    assert sorted(users(both, "globex")) == ["4001", "4002"], second.log
    assert len({queue for queue in second.queues.values() if "apply" in queue}) == 2

    released = both.runner.release(waiting, next(iter(waiting.waiting)))
    assert sorted(users(both, ODD)) == ["4001", "4002"], released.log
    assert users(both, ODD)["4001"]["displayName"] == "Ana Diaz"
    late = both.runner.release(second, next(iter(second.waiting)))
    assert sorted(users(both, ODD)) == ["4001", "4002"], late.log

    for person in PEOPLE:
        assert person not in both.hub.everything_shared() + both.logs, person
