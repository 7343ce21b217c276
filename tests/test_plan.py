"""The assembled plan: every list complete, every number right, and whether it may be applied."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from reconciler import diff, kinds, order, plan, planfile, validate
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.model import (
    Access,
    Action,
    Blocker,
    Bounds,
    Comparison,
    Coverage,
    Declared,
    Desired,
    ExtensionRange,
    Graph,
    LicensePool,
    Operation,
    Plan,
    RangeUse,
    Reading,
    Resource,
    Seats,
    Tenant,
    Verb,
)
from reconciler.ordering import Conflict
from tests.make import BY_HAND, FULL, agent, desired, reading, resource, uc_agent

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
STAMP = plan.Stamp("01STORY", "sha256:" + "0" * 64, NOW, "0.1.0")
SUPPORT, SALES = resource("queue/support"), resource("queue/sales")
SPANISH = resource("skill/spanish")
TARGETS = (SUPPORT, SALES, SPANISH)
AGENTS = ExtensionRange("agents", "webrtc_agent", "4000", "4009")


def member(number: int, name: str, **fields: Any) -> Resource:
    """Licensed, and in support."""
    filled = {"licenses": ["voice"], "queues": {"support": 5}, "skills": {}, **fields}
    return agent(number, name, **filled)


ANA, BO, CY = member(4001, "Ana Diaz"), member(4002, "Bo Chen"), member(4003, "Cy Roe")
LEFT = {"active": False, "licenses": [], "queues": {}, "skills": {}}


def but(one: Resource, **fields: Any) -> Resource:
    return resource(one.address, **{**one.fields, **fields})


def assembled(wanted: Desired, live: Reading, *, graph: Graph | None = None, **how: Any) -> Plan:
    comparison = how.pop("comparison", None) or diff.compare(wanted, live)
    bounds = plan.bounds(wanted, live)
    ordered = graph or order.operations(comparison.changes, live, bounds)
    how = {"diagnostics": (), "blockers": (), "acknowledged": (), "stamp": STAMP, **how}
    return plan.assemble(wanted, live, comparison, ordered, bounds, **how)


# --- bounds --------------------------------------------------------------------------------------


def pool(name: str, **fields: Any) -> Resource:
    return resource(f"license_pool/{name}", **fields)


@pytest.mark.parametrize(
    ("stated", "shown", "binds"), [(5, 9, 5), (9, 5, 5), (5, 5, 5), (None, 5, 5), (5, None, 5)]
)
def test_the_lower_number_of_seats_binds(stated: int | None, shown: int | None, binds: int) -> None:
    wanted = desired(pools={"voice": LicensePool("voice", stated)})
    assert plan.bounds(wanted, reading(pool("voice", purchased=shown))).purchased == {
        "voice": binds
    }


def test_a_pool_that_one_side_knows_is_kept_to() -> None:
    wanted = desired(pools={"sms": LicensePool("sms", 3)})
    found = plan.bounds(wanted, reading(pool("voice", purchased=4)))
    assert found.purchased == {"sms": 3, "voice": 4}


def test_a_pool_without_a_number_binds_nobody() -> None:
    assert plan.bounds(desired(pools={"sms": LicensePool("sms")}), reading()).purchased == {}


def test_what_a_license_requires_comes_from_both_sides() -> None:
    wanted = desired(pools={"sms": LicensePool("sms", 3, "voice"), "voice": LicensePool("voice")})
    live = reading(pool("sms", purchased=3), pool("web_chat", purchased=1, requires="voice"))
    assert plan.bounds(wanted, live).requires == {"sms": "voice", "web_chat": "voice"}


def test_bounds_carry_ranges_minimums_and_how_memberships_are_written() -> None:
    grouped = replace(FULL, members_on_queue=True)
    wanted = desired(ranges=(AGENTS,), minimums={"queue/support": 2})
    found = plan.bounds(wanted, reading(capabilities=grouped))
    assert found == Bounds((AGENTS,), {}, {}, {"queue/support": 2}, members_on_queue=True)


# --- the whole -----------------------------------------------------------------------------------


def test_a_plan_has_its_stamp_its_tenant_and_its_reading() -> None:
    tenant = Tenant("acme", "scim", "https://acme.example/scim/v2", "RECONCILER_TOKEN_ACME")
    live = reading(ANA, *TARGETS, requests=5)
    made = assembled(replace(desired(ANA, *TARGETS), tenant=tenant), live)
    assert (made.plan_id, made.digest, made.created_at) == ("01STORY", STAMP.digest, NOW)
    assert made.expires_at == datetime(2026, 12, 2, tzinfo=UTC)
    assert made.tenant.url == tenant.url
    assert (made.live.resources, made.live.requests) == (4, 5)
    assert "RECONCILER_TOKEN" not in planfile.text(made)


def test_the_summary_counts_every_action_of_every_kind() -> None:
    """One of each, and two queues and a skill as they were."""
    back = but(CY, active=False, licenses=[], queues={})
    wanted = desired(
        but(ANA, preferred_name="Ana"), but(BO, **LEFT), CY, member(4009, "Di Ko"), *TARGETS
    )
    live = reading(ANA, BO, back, *TARGETS)
    live = replace(live, resources={a: _blank(r) for a, r in live.resources.items()})
    none = {"create": 0, "update": 0, "suspend": 0, "restore": 0, "delete": 0, "unchanged": 0}
    assert assembled(wanted, live).summary == {
        "agent": {**none, "create": 1, "update": 1, "suspend": 1, "restore": 1},
        "queue": {**none, "unchanged": 2},
        "skill": {**none, "unchanged": 1},
    }


def _blank(one: Resource) -> Resource:
    """With a preferred name that is known to be empty."""
    return replace(one, fields={"preferred_name": None, **one.fields})


def test_a_plan_that_nothing_blocks_is_applyable() -> None:
    made = assembled(desired(ANA, *TARGETS), reading(ANA, *TARGETS))
    assert made.applyable
    assert made.complete
    assert made.blockers == ()


def test_a_guard_blocks_it() -> None:
    blocker = Blocker("agent.suspend", 7, 2, "agent.suspend=7")
    made = assembled(desired(ANA, *TARGETS), reading(ANA, *TARGETS), blockers=[blocker])
    assert not made.applyable
    assert made.complete
    assert made.blockers == (blocker,)


def test_an_error_blocks_it_and_a_warning_does_not() -> None:
    found = [Diagnostic("a-rule", severity, "wrong", "do it", ANA.address) for severity in Severity]
    made = assembled(desired(ANA, *TARGETS), reading(ANA, *TARGETS), diagnostics=found)
    assert not made.applyable
    assert made.blockers == (Blocker("a-rule", 1, 0, None, ANA.address, "wrong", "do it"),)
    assert made.diagnostics == tuple(found)
    warned = assembled(desired(ANA, *TARGETS), reading(ANA, *TARGETS), diagnostics=found[1:])
    assert warned.applyable


def test_a_plan_without_a_safe_order_is_incomplete() -> None:
    graph = Graph((), conflicts=(Conflict((ANA.address,), "a seat", (), ("add one",)),))
    assert not assembled(desired(ANA), reading(ANA), graph=graph).complete


def test_a_blocker_of_a_rule_has_the_numbers_of_its_pool_or_queue() -> None:
    found = [
        Diagnostic("seats-exceeded", Severity.ERROR, "", "", "license_pool/voice"),
        Diagnostic("queue-under-minimum", Severity.ERROR, "", "", "queue/support"),
    ]
    wanted = desired(ANA, but(BO, **LEFT), *TARGETS, minimums={"queue/support": 2})
    live = reading(ANA, BO, *TARGETS, pool("voice", purchased=1, assigned=2))
    made = assembled(wanted, live, diagnostics=found)
    assert [(b.guard, b.planned, b.limit) for b in made.blockers] == [
        ("seats-exceeded", 2, 1),
        ("queue-under-minimum", 1, 2),
    ]


def test_a_queue_that_had_fewer_is_limited_by_what_it_had() -> None:
    found = [Diagnostic("queue-under-minimum", Severity.ERROR, "", "", "queue/support")]
    wanted = desired(but(ANA, **LEFT), *TARGETS, minimums={"queue/support": 5})
    made = assembled(wanted, reading(ANA, *TARGETS), diagnostics=found)
    assert [(b.planned, b.limit) for b in made.blockers] == [(0, 1)]


# --- seats ---------------------------------------------------------------------------------------


def test_every_pool_is_listed_declared_or_live_changed_or_not() -> None:
    wanted = desired(
        ANA,
        member(4009, "Di Ko"),
        *TARGETS,
        pools={"sms": LicensePool("sms"), "web_chat": LicensePool("web_chat", 4, "voice")},
    )
    live = reading(ANA, *TARGETS, pool("voice", purchased=9, assigned=1), pool("fax", purchased=2))
    assert assembled(wanted, live).seats == (
        Seats("fax", 2, 0, 0, 0, 2, 0),
        Seats("sms", None, 0, 0, 0, None, 0),
        Seats("voice", 9, 1, 2, 2, 7, 0),
        Seats("web_chat", 4, 0, 0, 0, 4, 0, "voice"),
    )


def test_the_tenants_own_count_of_seats_is_the_one_shown() -> None:
    live = reading(ANA, *TARGETS, pool("voice", purchased=9, assigned=6))
    assert assembled(desired(but(ANA, **LEFT), *TARGETS), live).seats == (
        Seats("voice", 9, 6, 5, 6, 4, 0),
    )


def test_a_tenant_that_counts_too_few_is_corrected() -> None:
    live = reading(ANA, BO, *TARGETS, pool("voice", purchased=1, assigned=0))
    assert assembled(desired(ANA, BO, *TARGETS), live).seats == (Seats("voice", 1, 2, 2, 2, 0, 1),)


def test_the_peak_is_the_worst_moment_of_the_order() -> None:
    live = reading(ANA, *TARGETS, pool("voice", purchased=9, assigned=1))
    for peak, shown in ((5, 5), (0, 1)):
        made = assembled(desired(ANA, *TARGETS), live, graph=Graph((), peaks={"voice": peak}))
        assert made.seats[0].peak == shown


# --- coverage and access -------------------------------------------------------------------------


def test_every_queue_and_skill_is_listed_with_those_who_join_and_leave() -> None:
    """Cy is new; Bo leaves; Di moves to sales, which is created; retention is in no file."""
    di = member(4004, "Di Ko", skills={"spanish": 3})
    wanted = desired(
        ANA,
        but(BO, **LEFT),
        CY,
        but(di, queues={"sales": 5}),
        *TARGETS,
        minimums={"queue/support": 2},
    )
    live = reading(ANA, BO, di, SUPPORT, SPANISH, resource("skill/retention"))
    graph = Graph((), lowest={"queue/support": 1})
    assert assembled(wanted, live, graph=graph).coverage == (
        Coverage("queue/sales", 0, 0, 1, None, (di.address,)),
        Coverage("queue/support", 3, 1, 2, 2, (CY.address,), (BO.address, di.address)),
        Coverage("skill/retention", 0, 0, 0, None),
        Coverage("skill/spanish", 1, 1, 1, None),
    )


@pytest.mark.parametrize(("lowest", "shown"), [(None, 1), (2, 1), (0, 0)])
def test_the_lowest_moment_is_no_higher_than_before_and_after(
    lowest: int | None, shown: int
) -> None:
    graph = Graph((), lowest={} if lowest is None else {"queue/support": lowest})
    joins = assembled(desired(ANA, BO, *TARGETS), reading(ANA, *TARGETS), graph=graph)
    leaves = assembled(
        desired(ANA, but(BO, **LEFT), *TARGETS), reading(ANA, BO, *TARGETS), graph=graph
    )
    assert [p.coverage[1].lowest for p in (joins, leaves)] == [shown, shown]


def test_only_who_holds_a_license_covers_a_queue() -> None:
    idle = member(4004, "Di Ko", licenses=[])
    made = assembled(desired(but(idle, licenses=["voice"]), *TARGETS), reading(idle, *TARGETS))
    assert made.coverage[1] == Coverage("queue/support", 0, 0, 1, None, (idle.address,))


def test_another_level_is_neither_joining_nor_leaving() -> None:
    made = assembled(desired(but(ANA, queues={"support": 9}), *TARGETS), reading(ANA, *TARGETS))
    assert made.coverage[1] == Coverage("queue/support", 1, 1, 1, None)
    assert made.changes


@pytest.mark.parametrize(
    ("before", "after", "gains", "loses"),
    [
        ({"licenses": ["voice"]}, {"licenses": []}, False, True),
        ({"licenses": []}, {"licenses": ["sms"]}, True, False),
        ({"licenses": ["voice"]}, {"licenses": ["sms"]}, False, False),
        ({"licenses": ["voice"], "active": False}, {"licenses": ["voice"]}, True, False),
        ({"licenses": ["voice"]}, LEFT, False, True),
        ({"licenses": [], "queues": {}}, LEFT, False, False),
    ],
)
def test_access_is_a_license_and_a_sign_in(
    before: dict[str, Any], after: dict[str, Any], gains: bool, loses: bool
) -> None:
    was, will = but(ANA, **before), but(ANA, **{**before, "active": True, **after})
    made = assembled(desired(will, *TARGETS), reading(was, *TARGETS))
    who = (ANA.address,)
    assert made.access == Access(who if gains else (), who if loses else ())


def test_whose_licenses_nobody_sees_has_access_while_the_sign_in_is_on() -> None:
    unseen = resource("agent/4001", name="Ana Diaz", extension="4001", active=True, id="a")
    live = reading(unseen, capabilities=BY_HAND)
    given = desired(but(unseen, licenses=frozenset({"sms"})))
    before = Declared("HEAD", frozenset({"agent/4001"}), fields={"agent/4001": {"licenses": None}})
    made = assembled(given, live, comparison=diff.compare(given, live, declared=before))
    assert [item.path for item in made.changes[0].fields] == ["licenses.sms"]
    assert made.access == Access()
    assert assembled(desired(but(unseen, active=False)), live).access.lose == ("agent/4001",)


def test_who_is_deleted_loses_access_and_seats_and_leaves_the_queues() -> None:
    live = reading(ANA, BO, *TARGETS, pool("voice", purchased=9, assigned=2))
    change = replace(
        diff.compare(desired(but(BO, **LEFT), ANA, *TARGETS), live).changes[0],
        action=Action.DELETE,
        fields=(),
    )
    made = assembled(desired(ANA, *TARGETS), live, comparison=Comparison((change,), {}, {}))
    assert made.access.lose == (BO.address,)
    assert made.seats[0].after == 1
    assert made.coverage[1].leave == (BO.address,)
    assert made.summary["agent"]["delete"] == 1


def test_a_changed_e_mail_is_the_same_person() -> None:
    """The change stands under the new address; coverage and seats do not move."""
    new = member(4001, "Ana Diaz", email="ana.roe@acme.example")
    made = assembled(desired(new, *TARGETS), reading(ANA, *TARGETS))
    assert [change.action for change in made.changes] == [Action.UPDATE]
    assert made.access == Access()
    assert made.coverage[1] == Coverage("queue/support", 1, 1, 1, None)


def test_a_tenant_without_handles_is_known_by_address() -> None:
    """Where the tenant gives no id, a change is of what stands under its address."""
    live = reading(ANA, BO, *TARGETS, pool("voice", purchased=9, assigned=2))
    live = replace(live, resources={a: replace(r, id=None) for a, r in live.resources.items()})
    made = assembled(desired(ANA, but(BO, **LEFT), CY, *TARGETS), live)
    assert [change.live_id for change in made.changes] == [None, None]
    assert made.coverage[1] == Coverage(
        "queue/support", 2, 2, 2, None, (CY.address,), (BO.address,)
    )
    assert made.seats[0].after == 2
    assert made.access == Access((CY.address,), (BO.address,))
    after = kinds.after_changes(live.resources, made.changes)
    assert after[BO.address].fields["name"] == "Bo Chen"


# --- extensions ----------------------------------------------------------------------------------


def used(name: str, wanted: Desired, live: Reading) -> RangeUse:
    return next(use for use in assembled(wanted, live).extensions if use.range == name)


def test_every_declared_range_is_listed_with_what_is_free_in_it() -> None:
    other = ExtensionRange("queues", "queue", "1000", "1099", "report")
    wanted = desired(ANA, BO, *TARGETS, ranges=(AGENTS, other))
    live = reading(ANA, *TARGETS, resource("queue/hidden", extension="1001"))
    assert assembled(wanted, live).extensions == (
        RangeUse("agents", "4000", "4009", 1, 2, 8, 0, "webrtc_agent"),
        RangeUse("queues", "1000", "1099", 1, 1, 99, 0, "queue"),
    )


@pytest.mark.parametrize(
    ("holder", "foreign"),
    [
        (agent(4005, "Di Ko"), 0),
        (uc_agent(4005, "Una Vega"), 1),
        (resource("queue/x", extension="4005"), 1),
        (resource("directory_entry/4005", extension="4005", type="user"), 1),
        (resource("directory_entry/4005", extension="4005", type="group"), 1),
    ],
)
def test_numbers_held_by_what_does_not_belong_are_foreign(holder: Resource, foreign: int) -> None:
    found = used("agents", desired(ranges=(AGENTS,)), reading(holder))
    assert (found.used, found.foreign) == (1, foreign)


@pytest.mark.parametrize(("purpose", "foreign"), [("uc_user", 0), ("uc_group", 1)])
def test_a_uc_agent_and_its_directory_entry_hold_one_number(purpose: str, foreign: int) -> None:
    home = ExtensionRange("uc", purpose, "2000", "2009")
    entry = resource("directory_entry/2001", extension="2001", type="user")
    found = used("uc", desired(ranges=(home,)), reading(uc_agent(2001, "Una Vega"), entry))
    assert (found.used, found.free, found.foreign) == (1, 9, foreign)


def test_a_number_of_another_length_lies_in_no_range() -> None:
    found = used("agents", desired(ranges=(AGENTS,)), reading(agent("04001", "Di Ko")))
    assert found.used == 0


def test_a_move_within_a_range_takes_nothing() -> None:
    found = used(
        "agents",
        desired(but(ANA, extension="4007"), *TARGETS, ranges=(AGENTS,)),
        reading(ANA, *TARGETS),
    )
    assert (found.used, found.after, found.free) == (1, 1, 9)


def test_an_exchange_takes_nothing() -> None:
    swapped = (but(ANA, extension="4002"), but(BO, extension="4001"))
    found = used(
        "agents", desired(*swapped, *TARGETS, ranges=(AGENTS,)), reading(ANA, BO, *TARGETS)
    )
    assert (found.used, found.after, found.foreign) == (2, 2, 0)


# --- the rest ------------------------------------------------------------------------------------


def test_a_plan_without_changes_needs_no_request() -> None:
    made = assembled(desired(ANA, *TARGETS), reading(ANA, *TARGETS, requests=9))
    assert (made.forecast.requests, made.forecast.seconds) == (0, 0)


@pytest.mark.parametrize(("writes", "seconds"), [(1, 2), (10, 2), (11, 3)])
def test_the_forecast_counts_writes_and_two_readings(writes: int, seconds: int) -> None:
    operations = tuple(
        Operation(f"op-{n}", ANA.address, "agent", Verb.UPDATE, {}) for n in range(writes)
    )
    made = assembled(desired(ANA), reading(ANA, requests=5), graph=Graph(operations))
    assert (made.forecast.requests, made.forecast.seconds) == (writes + 10, seconds)


def test_what_is_left_alone_and_what_is_unseen_is_in_the_plan() -> None:
    stranger = agent(4005, "Temp Desk")
    blind = replace(ANA, fields={n: v for n, v in ANA.fields.items() if n != "skills"})
    made = assembled(desired(ANA, *TARGETS, ranges=(AGENTS,)), reading(blind, stranger, *TARGETS))
    assert [(one.label, one.unlisted) for one in made.unmanaged] == [("4005 Temp Desk", True)]
    assert [(one.kind, one.field, one.count) for one in made.unobserved] == [("agent", "skills", 1)]


def test_an_assembled_plan_fits_the_published_schema_and_comes_back() -> None:
    wanted = desired(
        but(ANA, extension="4002"), but(BO, extension="4001"), but(CY, **LEFT), *TARGETS,
        ranges=(AGENTS,), minimums={"queue/support": 3},
    )  # fmt: skip
    live = reading(ANA, BO, CY, SUPPORT, pool("voice", purchased=9, assigned=3))
    comparison = diff.compare(wanted, live)
    graph = order.operations(comparison.changes, live, plan.bounds(wanted, live))
    found = validate.live(wanted, live, comparison, graph)
    made = planfile.identified(assembled(wanted, live, graph=graph, diagnostics=found), bytes(5))
    assert validate.document(planfile.document(made), "plan") is None
    again = planfile.parse(planfile.text(made))
    planfile.verify(again)
    assert planfile.document(again) == planfile.document(made)
    assert [b.guard for b in made.blockers] == ["queue-under-minimum"]
