"""Rules that see the tenant, or the plan: what is found, what blocks, what was there before."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from reconciler import diff, order, plan, rules, validate
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.model import (
    Action,
    Capabilities,
    Change,
    Comparison,
    Desired,
    ExtensionRange,
    FieldChange,
    Graph,
    LicensePool,
    Policy,
    Reading,
    Resource,
    Waiver,
)
from reconciler.ordering import Conflict
from tests.make import EVERY_FIELD, FULL, agent, desired, place, reading, resource, uc_agent

VOICE = resource("license_pool/voice", purchased=10, assigned=0)
SUPPORT, SPANISH = resource("queue/support"), resource("skill/spanish")
TARGETS = (SUPPORT, SPANISH)
Found = list[tuple[str, str, str | None]]


def findings(
    wanted: Desired, live: Reading, *, graph: Graph | None = None, told: tuple[Diagnostic, ...] = ()
) -> list[Diagnostic]:
    comparison = diff.compare(wanted, live)
    ordered = order.operations(comparison.changes, live, plan.bounds(wanted, live))
    return validate.live(wanted, live, comparison, graph or ordered, told)


def found(wanted: Desired, live: Reading, rule: str, **how: Any) -> Found:
    return [
        (one.severity.value, one.rule, one.address)
        for one in findings(wanted, live, **how)
        if one.rule == rule
    ]


def directory(extension: str, **fields: Any) -> Resource:
    return resource(f"directory_entry/{extension}", extension=extension, **fields)


def member(number: int, name: str, **fields: Any) -> Resource:
    """Licensed, and in support."""
    return agent(number, name, **{"licenses": ["voice"], "queues": {"support": 5}, **fields})


def without(one: Resource, *names: str) -> Resource:
    return replace(one, fields={n: v for n, v in one.fields.items() if n not in names})


ANA, BO, CY = member(4001, "Ana Diaz"), member(4002, "Bo Chen"), member(4003, "Cy Roe")
LEFT = {"active": False, "licenses": [], "queues": {}, "skills": {}}


def test_every_rule_that_needs_a_tenant_explains_itself_and_is_known() -> None:
    for rule in (*rules.LIVE, *rules.NEEDS_A_PLAN):
        assert "Passes:" in str(rule.__doc__)
        assert "Fails:" in str(rule.__doc__)
        assert rule.ID in rules.IDS


def test_a_tenant_in_sync_has_no_findings() -> None:
    everyone = (ANA, BO, *TARGETS)
    assert findings(desired(*everyone), reading(*everyone, VOICE)) == []


# --- duplicates ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("holder", "rule"),
    [
        (directory("4001"), "duplicate-extension"),
        (directory("2001", email="ana.diaz@acme.example"), "duplicate-email"),
        (resource("queue/sales", extension="4001"), "duplicate-extension"),
    ],
)
def test_a_new_agent_may_not_take_what_the_tenant_has(holder: Resource, rule: str) -> None:
    ana = replace(ANA, origin=place("agents.yaml", 7))
    told = findings(desired(ana, *TARGETS), reading(holder, *TARGETS))
    [clash] = [one for one in told if one.rule == rule]
    assert clash.severity is Severity.ERROR
    assert holder.address in clash.summary
    assert {ana.address, holder.address} >= {clash.address}


def test_a_clash_with_the_uc_directory_is_told_of_the_agent_in_the_files() -> None:
    ana = replace(ANA, origin=place("agents.yaml", 7))
    told = findings(desired(ana, *TARGETS), reading(directory("4001"), *TARGETS))
    [clash] = [one for one in told if one.rule == "duplicate-extension"]
    assert clash.address == ana.address
    assert clash.position is not None
    assert clash.position.line == 7


def test_a_uc_agent_and_its_directory_entry_are_one_holder() -> None:
    una = uc_agent(2001, "Una Vega")
    live = reading(una, directory("2001", email="una.vega@acme.example"))
    assert found(desired(una), live, "duplicate-extension") == []


def test_a_number_that_is_freed_in_the_same_plan_may_be_taken() -> None:
    leaver = resource(ANA.address, **{**ANA.fields, **LEFT, "extension": None})
    hire = member(4001, "Dee Kim")
    live = reading(ANA, BO, *TARGETS, VOICE)
    assert found(desired(leaver, hire, BO, *TARGETS), live, "duplicate-extension") == []


def test_a_clash_that_the_tenant_had_before_is_a_warning() -> None:
    live = reading(ANA, directory("4001"), *TARGETS)
    assert found(desired(ANA, *TARGETS), live, "duplicate-extension") == [
        ("warning", "duplicate-extension", ANA.address)
    ]


def test_another_clash_of_the_same_agent_is_an_error() -> None:
    """It stood on 4001 like a directory entry; the plan moves it onto the next one."""
    moved = resource(ANA.address, **{**ANA.fields, "extension": "4005"})
    live = reading(ANA, directory("4001"), directory("4005"), *TARGETS)
    assert found(desired(moved, *TARGETS), live, "duplicate-extension") == [
        ("error", "duplicate-extension", ANA.address)
    ]


# --- seats ---------------------------------------------------------------------------------------


def voice(purchased: int, assigned: int = 0) -> Resource:
    return resource("license_pool/voice", purchased=purchased, assigned=assigned)


NEW = member(4009, "Dee Kim")


@pytest.mark.parametrize(
    ("purchased", "expected"),
    [(2, []), (1, [("error", "seats-exceeded", "license_pool/voice")])],
)
def test_a_plan_stays_within_the_seats(purchased: int, expected: Found) -> None:
    live = reading(ANA, *TARGETS, voice(purchased, 1))
    assert found(desired(ANA, NEW, *TARGETS), live, "seats-exceeded") == expected


def test_the_tenants_own_count_of_seats_holds() -> None:
    """Two are in use, of which it shows one."""
    live = reading(ANA, *TARGETS, voice(2, 2))
    assert found(desired(ANA, NEW, *TARGETS), live, "seats-exceeded") == [
        ("error", "seats-exceeded", "license_pool/voice")
    ]


def test_the_lower_of_the_two_numbers_binds() -> None:
    wanted = desired(ANA, NEW, *TARGETS, pools={"voice": LicensePool("voice", 1)})
    assert found(wanted, reading(ANA, *TARGETS, voice(9, 1)), "seats-exceeded")


def test_a_pool_that_was_over_before_is_a_warning_if_the_plan_leaves_it_so() -> None:
    live = reading(ANA, BO, *TARGETS, voice(1, 2))
    assert found(desired(ANA, BO, *TARGETS), live, "seats-exceeded") == [
        ("warning", "seats-exceeded", "license_pool/voice")
    ]


def test_a_pool_that_was_over_before_may_not_go_further() -> None:
    live = reading(ANA, BO, *TARGETS, voice(1, 2))
    assert found(desired(ANA, BO, NEW, *TARGETS), live, "seats-exceeded") == [
        ("error", "seats-exceeded", "license_pool/voice")
    ]


@pytest.mark.parametrize(
    ("purchased", "expected"),
    [(3, []), (2, [("error", "seats-exceeded", "license_pool/voice")])],
)
def test_a_pool_that_ends_over_its_number_gives_no_seat(purchased: int, expected: Found) -> None:
    """Four are in use; two give theirs up, and one is given."""
    dan = member(4004, "Dan Ray")
    live = reading(ANA, BO, CY, dan, *TARGETS, voice(purchased, 4))
    wanted = desired(ANA, BO, gone(CY), gone(dan), NEW, *TARGETS)
    assert found(wanted, live, "seats-exceeded") == expected


def test_a_pool_that_the_plan_brings_back_within_its_number_is_not_told() -> None:
    live = reading(ANA, BO, *TARGETS, voice(1, 2))
    wanted = desired(ANA, gone(BO), *TARGETS)
    assert found(wanted, live, "seats-exceeded") == []
    peaking = Graph((), peaks={"voice": 2})
    assert found(wanted, live, "seats-exceeded", graph=peaking) == []


@pytest.mark.parametrize(
    ("purchased", "said", "take"),
    [(2, "3 assigned, 2 purchased", "from 1"), (1, "3 assigned, 1 purchased", "from 2")],
)
def test_the_seats_that_are_missing_are_counted(purchased: int, said: str, take: str) -> None:
    live = reading(ANA, *TARGETS, voice(purchased, 1))
    [told] = [
        one
        for one in findings(desired(ANA, BO, CY, *TARGETS), live, graph=Graph(()))
        if one.rule == "seats-exceeded"
    ]
    assert said in told.summary
    assert take in told.hint


@pytest.mark.parametrize(("peak", "told"), [(1, []), (2, []), (3, ["3 on the way"])])
def test_the_seats_are_judged_at_the_peak(peak: int, told: list[str]) -> None:
    """One is in use before and after, of two."""
    live = reading(ANA, *TARGETS, voice(2, 1))
    graph = Graph((), peaks={"voice": peak})
    found = findings(desired(ANA, *TARGETS), live, graph=graph)
    seats = [one for one in found if one.rule == "seats-exceeded"]
    assert [one.severity for one in seats] == [Severity.ERROR] * len(told)
    assert all(words in one.summary for words, one in zip(told, seats, strict=True))


def test_a_pool_without_a_number_has_no_limit() -> None:
    wanted = desired(ANA, *TARGETS, pools={"voice": LicensePool("voice")})
    assert found(wanted, reading(ANA, *TARGETS), "seats-exceeded") == []


@pytest.mark.parametrize(
    ("stated", "shown", "differs"), [(5, 5, False), (5, 4, True), (4, 5, True)]
)
def test_another_number_of_seats_in_the_tenant_is_a_warning(
    stated: int, shown: int, differs: bool
) -> None:
    wanted = desired(pools={"voice": LicensePool("voice", stated, origin=place("a.yaml", 3))})
    told = [d for d in findings(wanted, reading(voice(shown))) if d.rule == "purchased-differs"]
    assert [one.severity for one in told] == [Severity.WARNING] * differs
    assert all("4 binds" in one.summary for one in told)


def test_a_pool_of_which_one_side_gives_no_number_does_not_differ() -> None:
    wanted = desired(pools={"voice": LicensePool("voice"), "sms": LicensePool("sms", 3)})
    assert findings(wanted, reading(voice(2))) == []


# --- coverage ------------------------------------------------------------------------------------


def staffed(*members: Resource, minimum: int | None = None, **values: Any) -> Desired:
    minimums = {} if minimum is None else {"queue/support": minimum}
    return desired(*members, *TARGETS, minimums=minimums, **values)


def gone(one: Resource) -> Resource:
    return resource(one.address, **{**one.fields, **LEFT})


UNDER: Found = [("error", "queue-under-minimum", "queue/support")]
LOW: Found = [("warning", "queue-under-minimum", "queue/support")]


@pytest.mark.parametrize(
    ("minimum", "expected"), [(1, []), (2, [("error", "queue-under-minimum", "queue/support")])]
)
def test_who_keeps_the_license_without_sign_in_answers_no_call(
    minimum: int, expected: Found
) -> None:
    live = reading(ANA, BO, *TARGETS)
    on_file = replace(BO, fields={**BO.fields, "active": False})
    wanted = staffed(ANA, on_file, minimum=minimum)
    assert found(wanted, live, "queue-under-minimum") == expected


@pytest.mark.parametrize(
    ("minimum", "expected"), [(None, []), (0, []), (1, []), (2, UNDER), (3, UNDER), (9, UNDER)]
)
def test_a_plan_does_not_take_a_queue_below_its_minimum(
    minimum: int | None, expected: Found
) -> None:
    """One of two leaves. A minimum above what there was is held down to what there was."""
    live = reading(ANA, BO, *TARGETS, VOICE)
    wanted = staffed(ANA, gone(BO), minimum=minimum)
    assert found(wanted, live, "queue-under-minimum") == expected


@pytest.mark.parametrize(("minimum", "expected"), [(None, UNDER), (1, UNDER), (0, [])])
def test_the_last_one_does_not_leave_unless_none_are_needed(
    minimum: int | None, expected: Found
) -> None:
    live = reading(ANA, *TARGETS, VOICE)
    assert found(staffed(gone(ANA), minimum=minimum), live, "queue-under-minimum") == expected


@pytest.mark.parametrize(("lowest", "expected"), [(2, []), (1, UNDER)])
def test_the_coverage_is_judged_at_the_lowest_moment(lowest: int, expected: Found) -> None:
    live = reading(ANA, BO, *TARGETS, VOICE)
    graph = Graph((), lowest={"queue/support": lowest})
    wanted = staffed(ANA, BO, minimum=2)
    assert found(wanted, live, "queue-under-minimum", graph=graph) == expected


def test_a_queue_that_is_only_low_on_the_way_asks_for_a_seat_and_not_for_a_successor() -> None:
    live, graph = reading(ANA, BO, *TARGETS, VOICE), Graph((), lowest={"queue/support": 0})
    (on_the_way,) = findings(staffed(ANA, gone(BO), minimum=1), live, graph=graph)
    (in_the_end,) = findings(staffed(ANA, gone(BO), minimum=2), live, graph=graph)
    assert "add a seat or a number" in on_the_way.hint
    assert "keep somebody in it" in in_the_end.hint


def test_who_leaves_counts_although_no_order_was_found() -> None:
    """A graph with conflicts holds no operation for them, so it knows of no low."""
    live = reading(ANA, *TARGETS, VOICE)
    told = found(staffed(gone(ANA)), live, "queue-under-minimum", graph=Graph(()))
    assert told == UNDER


def test_a_queue_that_had_fewer_before_is_a_warning() -> None:
    live = reading(ANA, *TARGETS, VOICE)
    assert found(staffed(ANA, minimum=2), live, "queue-under-minimum") == LOW
    assert found(staffed(ANA, minimum=1), live, "queue-under-minimum") == []


def test_only_a_new_queue_is_said_to_be_new() -> None:
    old = findings(staffed(ANA, minimum=2), reading(ANA, *TARGETS, VOICE))
    new = findings(staffed(ANA, minimum=2), reading(SPANISH, VOICE))
    assert [("is new" in one.summary, "minimum is 2" in one.summary) for one in (*old, *new)] == [
        (False, True),
        (True, True),
    ]


@pytest.mark.parametrize(
    ("before", "minimum", "said"),
    [
        (1, None, "falls to 0 licensed agents from 1; its callers reach nobody"),
        (2, 2, "falls to 1 licensed agent from 2; its minimum is 2"),
    ],
)
def test_a_queue_that_falls_is_told_with_its_numbers(
    before: int, minimum: int | None, said: str
) -> None:
    everyone = (ANA, BO)[:before]
    live = reading(*everyone, *TARGETS, VOICE)
    told = findings(staffed(*everyone[1:], gone(ANA), minimum=minimum), live)
    assert [one.summary for one in told if one.rule == "queue-under-minimum"] == [
        f"queue/support {said}"
    ]


def test_an_order_that_passes_by_an_empty_queue_takes_nothing_from_it() -> None:
    graph = Graph((), lowest={"queue/support": 0})
    assert found(staffed(), reading(*TARGETS), "queue-under-minimum", graph=graph) == []


def test_an_empty_queue_without_a_minimum_is_nobodys_concern() -> None:
    assert found(staffed(), reading(*TARGETS), "queue-under-minimum") == []


@pytest.mark.parametrize(
    ("minimum", "members", "expected"),
    [(None, (), LOW), (None, (NEW,), []), (2, (NEW,), LOW), (0, (), [])],
)
def test_a_new_queue_may_start_with_fewer(
    minimum: int | None, members: tuple[Resource, ...], expected: Found
) -> None:
    live = reading(VOICE, SPANISH)
    assert found(staffed(*members, minimum=minimum), live, "queue-under-minimum") == expected


def test_a_member_without_a_license_is_no_coverage() -> None:
    unlicensed = member(4009, "Dee Kim", licenses=[])
    told = found(staffed(unlicensed), reading(VOICE, SPANISH), "queue-under-minimum")
    assert told == LOW


def test_a_waiver_lets_a_queue_run_empty() -> None:
    waiver = Waiver("queue-under-minimum", "queue/support", "closes in spring")
    live = reading(ANA, *TARGETS, VOICE)
    wanted = staffed(gone(ANA), policy=Policy(waivers=(waiver,)))
    assert found(wanted, live, "queue-under-minimum") == []
    ended = replace(waiver, until=date(2026, 11, 23))
    wanted = staffed(gone(ANA), policy=Policy(waivers=(ended,)))
    assert found(wanted, live, "queue-under-minimum") == UNDER


# --- licenses and memberships, desired laid over live ---------------------------------------------

CHAT = resource("license_pool/web_chat", purchased=9, assigned=0, requires="voice")


def test_a_base_license_that_the_tenant_requires_has_to_come_along() -> None:
    """No file says so; the tenant's pool does."""
    wanted = agent(4001, "Ana Diaz", licenses=["web_chat"])
    assert found(desired(wanted), reading(VOICE, CHAT), "license-base-missing") == [
        ("error", "license-base-missing", ANA.address)
    ]


def test_a_second_missing_base_is_an_error_beside_an_old_one() -> None:
    sms = resource("license_pool/sms", purchased=9, assigned=0, requires="voice")
    before = agent(4001, "Ana Diaz", licenses=["web_chat"])
    wanted = agent(4001, "Ana Diaz", licenses=["web_chat", "sms"])
    told = found(desired(wanted), reading(before, VOICE, CHAT, sms), "license-base-missing")
    assert sorted(severity for severity, _, _ in told) == ["error", "warning"]


def test_a_membership_that_the_files_state_needs_a_license_that_the_tenant_shows() -> None:
    """The files say nothing of licenses."""
    wanted = without(member(4001, "Ana Diaz"), "licenses")
    licensed = member(4001, "Ana Diaz", queues={})
    unlicensed = member(4001, "Ana Diaz", queues={}, licenses=[])
    rule = "membership-without-license"
    assert found(desired(wanted, *TARGETS), reading(licensed, *TARGETS), rule) == []
    assert found(desired(wanted, *TARGETS), reading(unlicensed, VOICE, *TARGETS), rule) == [
        ("error", rule, ANA.address)
    ]


@pytest.mark.parametrize(
    ("queues", "skills", "severity"),
    [
        ({"support": 5}, {}, "warning"),
        ({}, {"spanish": 5}, "warning"),
        ({"support": 5}, {"spanish": 5}, "error"),
    ],
)
def test_memberships_without_a_license_may_stay_and_not_grow(
    queues: dict[str, int], skills: dict[str, int], severity: str
) -> None:
    before = agent(4001, "Ana Diaz", licenses=[], queues={"support": 5}, skills={})
    wanted = agent(4001, "Ana Diaz", licenses=[], queues=queues, skills=skills)
    rule = "membership-without-license"
    told = found(desired(wanted, *TARGETS), reading(before, *TARGETS), rule)
    assert told == [(severity, rule, ANA.address)]


def test_memberships_without_a_license_may_become_fewer() -> None:
    before = agent(4001, "Ana Diaz", licenses=[], queues={"support": 5}, skills={"spanish": 5})
    wanted = agent(4001, "Ana Diaz", licenses=[], queues={"support": 5}, skills={})
    rule = "membership-without-license"
    told = found(desired(wanted, *TARGETS), reading(before, *TARGETS), rule)
    assert [severity for severity, _, _ in told] == ["warning"]


# --- ranges --------------------------------------------------------------------------------------

AGENTS = ExtensionRange("agents", "webrtc_agent", "4000", "4001")


def test_the_tenant_fills_a_range_as_well() -> None:
    live = reading(directory("4000"), ANA, *TARGETS, VOICE)
    told = findings(desired(ANA, *TARGETS, ranges=(AGENTS,)), live)
    assert any(one.rule == "extension-range-full" and "0 of 2" in one.summary for one in told)


def test_a_move_from_outside_to_outside_is_an_error() -> None:
    wanted = resource(ANA.address, **{**ANA.fields, "extension": "5002"})
    before = resource(ANA.address, **{**ANA.fields, "extension": "5001"})
    rule = "extension-outside-range"
    for stated, severity in ((wanted, "error"), (before, "warning")):
        live = reading(before, *TARGETS, VOICE)
        told = found(desired(stated, *TARGETS, ranges=(AGENTS,)), live, rule)
        assert told == [(severity, rule, ANA.address)]


def test_what_is_wrong_with_a_stranger_is_not_told() -> None:
    """An agent in no file, whom nobody touches, outside of every range."""
    live = reading(agent(5001, "Temp Desk", licenses=[]), ANA, *TARGETS, VOICE)
    told = findings(desired(ANA, *TARGETS, ranges=(AGENTS,)), live)
    assert [one for one in told if one.address == "agent/temp.desk@acme.example"] == []


def test_what_is_wrong_with_a_stranger_whom_the_plan_changes_is_told() -> None:
    """An unlisted agent on a number of the UC directory is suspended, and keeps the number."""
    stranger = agent(4001, "Temp Desk", licenses=["voice"])
    live = reading(stranger, directory("4001"), VOICE)
    leaving = Change(
        stranger.address,
        "agent",
        "4001 Temp Desk",
        Action.SUSPEND,
        (FieldChange("active", True, False), FieldChange("licenses.voice", True, None)),
        "unlisted",
        live_id="id-0",
    )
    for changes, count in (((leaving,), 1), ((), 0)):
        told = validate.live(desired(), live, Comparison(changes, {}, {}), Graph(()), ())
        assert len([one for one in told if one.rule == "duplicate-extension"]) == count


# --- references ----------------------------------------------------------------------------------


def test_a_license_of_which_the_tenant_has_no_pool_is_dangling() -> None:
    wanted = agent(4001, "Ana Diaz", licenses=["voice", "sms"])
    told = [d for d in findings(desired(wanted), reading(VOICE)) if d.rule == "dangling-reference"]
    assert [(one.severity, one.address) for one in told] == [(Severity.ERROR, ANA.address)]
    assert "license_pool/sms" in told[0].summary


def test_where_the_tenant_shows_no_pools_no_license_is_dangling() -> None:
    wanted = agent(4001, "Ana Diaz", licenses=["voice", "sms"])
    assert found(desired(wanted), reading(), "dangling-reference") == []


def test_a_license_that_somebody_has_already_is_not_judged() -> None:
    has = agent(4001, "Ana Diaz", licenses=["sms"])
    assert found(desired(has), reading(has, VOICE), "dangling-reference") == []


def test_what_is_taken_away_or_changed_is_not_judged() -> None:
    """The tenant shows neither a pool for sms nor the queue; the agent has both."""
    has = agent(4001, "Ana Diaz", licenses=["voice", "sms"], queues={"support": 5})
    wants = agent(4001, "Ana Diaz", licenses=["voice"], queues={"support": 8})
    live = reading(has, VOICE, SPANISH)
    comparison = diff.compare(desired(wants), live)
    assert len(comparison.changes[0].fields) == 2
    told = validate.live(desired(wants), live, comparison, Graph(()), ())
    assert [one for one in told if one.rule == "dangling-reference"] == []


def test_a_queue_that_is_neither_there_nor_created_is_dangling() -> None:
    """The files declare it, and `--select` left it out."""
    live = reading(VOICE)
    wanted = desired(ANA, SUPPORT)
    whole = diff.compare(wanted, live)
    part = replace(whole, changes=tuple(c for c in whole.changes if c.kind == "agent"))
    for comparison, count in ((whole, 0), (part, 1)):
        told = validate.live(wanted, live, comparison, Graph(()), ())
        assert len([one for one in told if one.rule == "dangling-reference"]) == count


def test_a_queue_of_a_tenant_that_shows_no_queues_is_not_judged() -> None:
    observed = {kind: names for kind, names in EVERY_FIELD.items() if kind == "agent"}
    blind = Capabilities(observed, EVERY_FIELD, creates=FULL.creates)
    live = reading(VOICE, capabilities=blind)
    assert found(desired(ANA, SUPPORT), live, "dangling-reference") == []


# --- order ---------------------------------------------------------------------------------------


def test_a_plan_without_a_safe_order_names_the_smallest_set_and_the_ways_out() -> None:
    ana = resource(ANA.address, **{**ANA.fields, "extension": "4000"})
    bo = member(4000, "Bo Chen")
    to_ana, to_bo = (
        replace(ana, fields={**ana.fields, "extension": "4001"}),
        replace(bo, fields={**bo.fields, "extension": "4000"}),
    )
    live = reading(to_ana, to_bo, *TARGETS, VOICE)
    swapped = (
        replace(ana, origin=place("agents.yaml", 2)),
        replace(bo, fields={**bo.fields, "extension": "4001"}, origin=place("agents.yaml", 5)),
    )
    told = findings(desired(*swapped, *TARGETS, ranges=(AGENTS,)), live)
    [conflict] = [one for one in told if one.rule == "no-safe-order"]
    assert conflict.severity is Severity.ERROR
    assert ana.address in conflict.summary
    assert bo.address in conflict.summary
    assert "agents" in conflict.hint
    assert conflict.position is not None


def test_of_a_large_set_the_first_are_named_and_the_others_counted() -> None:
    many = tuple(f"agent/{number}" for number in range(8))
    graph = Graph((), conflicts=(Conflict(many, "a seat of voice", (), ("add 8 seats",)),))
    told = findings(desired(ANA, *TARGETS), reading(ANA, *TARGETS, VOICE), graph=graph)
    assert "agent/4 and 3 more" in told[0].summary
    assert told[0].hint == "add 8 seats"


# --- what was told before ------------------------------------------------------------------------


def test_what_the_files_alone_showed_is_not_told_twice() -> None:
    idle = member(4001, "Ana Diaz", queues={}, skills={})
    rule = "license-without-membership"
    live = reading(idle, VOICE)
    [first] = [one for one in findings(desired(idle), live) if one.rule == rule]
    assert found(desired(idle), live, rule, told=(first,)) == []


def test_a_warning_that_was_told_does_not_hide_an_error() -> None:
    warned = Diagnostic("queue-under-minimum", Severity.WARNING, "low", "", "queue/support")
    live = reading(ANA, *TARGETS, VOICE)
    told = found(staffed(gone(ANA)), live, "queue-under-minimum", told=(warned,))
    assert told == UNDER
