"""A saved plan as desired state: what it changes, and what it was judged by, without the files."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from reconciler import diff, guard, kinds, order, plan, planfile, validate
from reconciler.model import (
    Action,
    Comparison,
    Desired,
    ExtensionRange,
    Identity,
    LicensePool,
    Limit,
    Plan,
    Policy,
    Reading,
    Resource,
    Tenant,
    Waiver,
)
from tests.make import agent, desired, reading, resource

TENANT = Tenant("acme", "sandbox")
SUPPORT, SALES, SPANISH = (
    resource(address) for address in ("queue/support", "queue/sales", "skill/spanish")
)
VOICE = resource("license_pool/voice", purchased=9, assigned=3)
EMPTY: dict[str, Any] = {"preferred_name": None, "skills": {}}
ANA = agent(4001, "Ana Diaz", licenses=["voice", "sms"], queues={"support": 5}, **EMPTY)
BO = agent(4002, "Bo Chen", licenses=["voice"], queues={"support": 5, "sales": 3}, **EMPTY)
CY = agent(4003, "Cy Roe", licenses=["voice"], queues={"support": 5}, **EMPTY)
DI = agent(4004, "Di Ko", licenses=["sms"], queues={"support": 5}, **EMPTY)
FULL_POOLS = (
    resource("license_pool/sms", purchased=1, assigned=1),
    resource("license_pool/voice", purchased=1, assigned=1),
)
LEFT = {"active": False, "licenses": [], "queues": {}, "skills": {}}
LIVE = reading(ANA, BO, CY, SUPPORT, SPANISH, VOICE)


def but(one: Resource, **fields: Any) -> Resource:
    return resource(one.address, **{**one.fields, **fields})


def saved(wanted: Desired, live: Reading = LIVE, comparison: Comparison | None = None) -> Plan:
    """Through its document, as an apply finds it."""
    found = comparison or diff.compare(wanted, live)
    bounds = plan.bounds(wanted, live)
    graph = order.operations(found.changes, live, bounds)
    blockers, acknowledged = guard.check(wanted, live, found, allow={})
    made = plan.assemble(
        wanted,
        live,
        found,
        graph,
        bounds,
        diagnostics=validate.live(wanted, live, found, graph),
        blockers=blockers,
        acknowledged=acknowledged,
        stamp=plan.Stamp("01STORY", "sha256:" + "0" * 64, datetime(2026, 11, 24, tzinfo=UTC), "1"),
    )
    return planfile.parse(planfile.text(made))


MARRIED = "ana.roe@acme.example"
WANTED = desired(
    agent(4001, "Ana Diaz", email=MARRIED, preferred_name="Ana", licenses=["voice"]),
    but(BO, **LEFT),
    CY,
    agent(4009, "Di Ko", licenses=["voice"], queues={"sales": 5}, skills={"spanish": 7}),
    *(SUPPORT, SALES, SPANISH),
    minimums={"queue/support": 1},
    pools={"voice": LicensePool("voice", 5), "sms": LicensePool("sms", None, "voice")},
    ranges=(ExtensionRange("agents", "webrtc_agent", "4000", "4099", "suspend"),),
    policy=Policy(
        limits={"agent.suspend": Limit(count=0)},
        protect=frozenset([CY.address]),
        waivers=(Waiver("a-rule", CY.address, "moves"),),
    ),
)


def applied(made: Plan, live: Reading = LIVE) -> Reading:
    return replace(live, resources=kinds.after_changes(live.resources, made.changes))


def test_once_applied_nothing_of_it_is_left() -> None:
    made = saved(WANTED)
    wanted = plan.restate(made, LIVE, WANTED)
    assert {change.action.value for change in made.changes} == {"create", "update", "suspend"}
    assert diff.compare(wanted, applied(made)).changes == ()


def test_before_it_is_applied_all_of_it_is_left() -> None:
    """The person whose e-mail changes is known by the number."""
    made = saved(WANTED)
    again = diff.compare(plan.restate(made, LIVE, WANTED), LIVE).changes
    assert [(c.address, c.action, c.fields) for c in again] == [
        (c.address, c.action, c.fields) for c in made.changes
    ]


def test_it_wants_nothing_of_what_it_does_not_change() -> None:
    made = saved(WANTED)
    wanted = plan.restate(made, LIVE, WANTED)
    assert set(wanted.resources) == {change.address for change in made.changes}
    assert CY.address not in wanted.resources
    assert "queues" not in wanted.resources[f"agent/{MARRIED}"].fields


def test_a_collection_is_wanted_whole() -> None:
    made = saved(desired(but(BO, queues={"support": 5}), ANA, CY))
    wanted = plan.restate(made, LIVE, WANTED)
    assert wanted.resources[BO.address].fields["queues"] == {"support": 5}


def test_a_queue_that_somebody_steps_out_of_is_wanted_and_makes_the_same_operations() -> None:
    turned = (but(CY, licenses=["sms"]), but(DI, licenses=["voice"]))
    live = reading(CY, DI, SUPPORT, SPANISH, *FULL_POOLS)
    made = saved(desired(*turned), live)
    wanted = plan.restate(made, live, WANTED)
    again = order.operations(made.changes, live, plan.bounds(wanted, live))
    assert wanted.resources[CY.address].fields["queues"] == {"support": 5}
    assert "queues" not in wanted.resources[DI.address].fields
    # a plan alone knows less than the files, so that its search proves less: the reasons differ
    assert [(o.id, o.set, o.after) for o in again.operations] == [
        (o.id, o.set, o.after) for o in made.operations
    ]


def test_who_is_deleted_is_not_wanted() -> None:
    gone = diff.compare(desired(but(BO, **LEFT), ANA, CY), LIVE).changes[0]
    deleted = replace(gone, action=Action.DELETE, fields=())
    made = saved(desired(ANA, CY), comparison=Comparison((deleted,), {}, {}))
    assert plan.restate(made, LIVE, WANTED).resources == {}


def test_it_is_judged_by_the_same_pools_ranges_minimums_and_policy() -> None:
    wanted = plan.restate(saved(WANTED), LIVE, WANTED)
    again, first = plan.bounds(wanted, LIVE), plan.bounds(WANTED, LIVE)
    assert replace(again, stated={}) == replace(first, stated={})
    assert wanted.policy == WANTED.policy
    assert wanted.as_of == WANTED.as_of


def test_it_finds_the_same_order_and_the_same_blockers() -> None:
    made = saved(WANTED)
    wanted = plan.restate(made, LIVE, WANTED)
    graph = order.operations(made.changes, LIVE, plan.bounds(wanted, LIVE))
    comparison = Comparison(made.changes, {}, dict(LIVE.resources))
    assert graph.operations == made.operations
    blockers, _ = guard.check(wanted, LIVE, comparison, allow={})
    assert [b.guard for b in blockers] == ["agent.suspend"] == [b.guard for b in made.blockers]


def test_two_people_without_emails_who_are_to_exchange_numbers_stay_who_they_are() -> None:
    ana, bo = agent(4001, "Ana Diaz", email=None), agent(4002, "Bo Chen", email=None)
    wanted = desired(
        agent(4002, "Ana Diaz", email=None),
        agent(4001, "Bo Chen", email=None),
        identities={
            "agent/4002": Identity(previously={"extension": "4001"}),
            "agent/4001": Identity(previously={"extension": "4002"}),
        },
    )
    live = reading(ana, bo)
    made = saved(wanted, live)
    again = diff.compare(plan.restate(made, live, WANTED), live)
    assert [(c.address, c.fields) for c in again.changes] == [
        (c.address, c.fields) for c in made.changes
    ]
