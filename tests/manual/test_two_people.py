"""Two people at one tenant: each takes a page, and the lease covers both."""

import threading
from contextlib import nullcontext
from pathlib import Path

import pytest

from reconciler import pipeline
from reconciler.cli import by_hand, options
from reconciler.errors import LeaseHeldError
from tests.manual.office import Office
from tests.manual.stand_in import Human, Scripted

FILES = (
    "name: Ana Soto, extension: 4001, licenses: [voice]",
    "name: Bo Chen, extension: 4002, licenses: [voice], queues: {sales: 3}",
    "name: Ida Voss, extension: 4950, email: ida@acme.example, licenses: [voice], "
    "queues: {support: 5}",
)


def manner(page: str | None) -> by_hand.GuideOptions:
    return by_hand.GuideOptions("sam", 0, Path("worksheet"), Path("desired-state"), page)


@pytest.mark.parametrize(
    ("first", "second", "fits"),
    [
        ("Agent Licensing", "skill levels", True),
        ("Agent Licensing", "Agent Licensing", False),
        ("Agent Licensing", None, False),
        (None, "Skill Levels", False),
    ],
)
def test_a_page_is_taken_by_one_and_the_tenant_by_nobody_meanwhile(
    office: Office, first: str | None, second: str | None, fits: bool
) -> None:
    office.files(*FILES)
    environment = options.environment()
    tenant = pipeline.require_tenant(office.folder / "desired-state", pipeline.PlanOptions())
    with (
        pipeline.open_ledger(tenant, environment) as kept,
        by_hand.lease(kept, tenant, "one", manner(first), threading.Event()),
    ):
        other = by_hand.lease(kept, tenant, "other", manner(second), threading.Event())
        with nullcontext() if fits else pytest.raises(LeaseHeldError), other:
            """Held by both, or refused."""


def test_another_page_is_a_usage_error(office: Office) -> None:
    office.files(*FILES)
    assert office.do("apply", "--page", "Levels").code == 64


def test_each_does_a_page_and_nothing_is_asked_twice(office: Office) -> None:
    office.files(*FILES[:2])
    assert office.do("apply").code == 3
    office.console.humans.append(Human("Zoe Zay", "4960", licenses={"voice"}))
    office.files(*FILES)
    levels = Scripted(office.console)
    office.guided(levels, page="Skill Levels")
    assert not [title for title in levels.asked if "Create" in title]
    assert "it needs step" in levels.text
    licensing = Scripted(office.console)
    office.guided(licensing, page="Agent Licensing")
    assert office.console.named("Ida Voss").licenses == {"voice"}
    rest = Scripted(office.console)
    verdict = office.guided(rest)
    assert verdict is not None
    assert verdict.converged
    assert office.console.named("Ida Voss").levels == {"support": 5}
    titles = [line for person in (levels, licensing, rest) for line in person.asked]
    steps = [line.split(": ", 1)[1].split("\n")[0] for line in titles if "Step " in line]
    assert len(steps) == len(set(steps))


def test_whoever_holds_a_page_is_told_and_can_be_released(office: Office) -> None:
    office.files(*FILES)
    environment = options.environment()
    tenant = pipeline.require_tenant(office.folder / "desired-state", pipeline.PlanOptions())
    with pipeline.open_ledger(tenant, environment) as kept:
        assert "nobody holds acme" in office.do("lock", "status").out
        with by_hand.lease(kept, tenant, "sam", manner("Skill Levels"), threading.Event()):
            assert "acme (Skill Levels) is held by" in office.do("lock", "status").out
            assert office.do("lock", "release", "--yes").out.strip() == "released"
