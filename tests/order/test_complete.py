"""Small plans are searched to the end: nothing is blocked, and no queue falls short, in vain."""

from dataclasses import replace
from random import Random

from reconciler import order
from reconciler.model import Bounds
from reconciler.ordering import Baseline
from tests.order import made, stepwise, trial
from tests.order.made import Situation
from tests.order.stories import left, ordered, person
from tests.order.tight import TARGETS, tight
from tests.order.trial import Plan


def test_tight_tenants_keep_the_rules_whatever_fails() -> None:
    for seed in range(150):
        chance = Random(seed)
        assert list(trial.complaints(tight(chance), chance)) == [], seed


def test_what_is_blocked_or_falls_has_no_better_order() -> None:
    """Compared with all that is possible, for a hundred tenants."""
    compared = 0
    for seed in range(240):
        plan = trial.plan(tight(Random(seed), 3))
        if plan.graph.conflicts or plan.graph.dips:
            compared += 1
            assert not stepwise.is_possible(plan, dips=bool(plan.graph.conflicts)), seed
    assert compared > 20


def test_the_judge_finds_the_orders_that_were_found() -> None:
    for seed in range(60):
        plan = trial.plan(tight(Random(seed), 3))
        if not plan.graph.conflicts:
            assert stepwise.is_possible(plan, dips=bool(plan.graph.dips)), seed


def test_the_free_seat_goes_to_whom_the_others_wait_for() -> None:
    """One newcomer takes over a leaver's number and his skill, another one joins his queue; either
    could have the free seat.
    """
    leo = person(4002, "leo", "voice", "queue/b", "skill/spanish")
    plan = ordered(
        {"ann": person(4001, "ann", "voice", "queue/b"), "leo": leo},
        {
            "leo": left(leo, extension=None),
            "agent/nea@acme.example": person(4003, "nea", "voice", "queue/b"),
            "agent/noa@acme.example": person(4002, "noa", "voice", "skill/spanish"),
        },
        purchased={"voice": 3},
    )
    assert not plan.graph.conflicts
    assert plan.graph.lowest == {"queue/b": 1, "skill/spanish": 1}
    assert plan.graph.peaks == {"voice": 3}
    assert [(dip.address, dip.is_proven) for dip in plan.graph.dips] == [("queue/b", True)]


def test_of_more_people_than_are_searched_the_plan_does_not_claim_to_know() -> None:
    """Thirteen leave a queue, thirteen others join it, and no seat is free."""
    people = {f"p{n}": person(4100 + n, f"p{n}", "voice", "queue/a") for n in range(13)}
    hires = {
        f"agent/n{n}@acme.example": person(4200 + n, f"n{n}", "voice", "queue/a") for n in range(13)
    }
    gone = {handle: left(one) for handle, one in people.items()}
    plan = ordered(people, {**gone, **hires}, purchased={"voice": 13}, last="4999")
    assert [dip.is_proven for dip in plan.graph.dips] == [False]
    assert any("not searched to the end" in o.why for o in plan.graph.operations)


def test_an_interrupted_plan_is_not_blocked_when_it_runs_again() -> None:
    """Whatever took effect of it, and whatever the queues' minimums are."""
    resumed = 0
    for seed in range(120):
        chance = Random(seed)
        situation = tight(chance, 4)
        minimums = {target: chance.randint(0, 3) for target in TARGETS}
        bounds = replace(made.bounds(situation), minimums=minimums)
        plan = _plan(situation, bounds)
        if plan.graph.conflicts or _falls_short(plan, bounds):
            continue
        baseline = Baseline(situation.live.coverage(), plan.graph.lowest)
        for done in trial.closed_sets(plan, chance):
            later = situation.after(plan.after(done))
            rest = _plan(later, replace(bounds, baseline=baseline))
            assert not rest.graph.conflicts, (seed, done)
            assert not _falls_short(rest, replace(bounds, baseline=baseline)), (seed, done)
            resumed += 1
    assert resumed > 300


def _plan(situation: Situation, bounds: Bounds) -> Plan:
    changes = made.changes(situation)
    graph = order.operations(changes, made.reading(situation.live), bounds)
    return Plan(situation, graph, made.handles(changes))


def _falls_short(plan: Plan, bounds: Bounds) -> bool:
    before = plan.situation.live.coverage()
    return any(
        lowest < bounds.baseline.floor(target, bounds.minimums.get(target), before[target])
        for target, lowest in plan.graph.lowest.items()
    )
