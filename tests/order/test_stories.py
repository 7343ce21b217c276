"""What happens in a contact centre, one story a test; the judge tries all orders of each."""

from dataclasses import replace
from random import Random
from typing import Any

import pytest

from reconciler import order
from reconciler.model import Action, Bounds, Change, ExtensionRange, FieldChange, Graph, Value
from tests.make import agent, reading, resource
from tests.order import made, trial
from tests.order.stories import left, ordered, person, reasons, waits, writes
from tests.order.tenant import Flat, Tenant, Terms

ANA, BO = person(4001, "ana"), person(4002, "bo")
CHI, DEE = person(4003, "chi"), person(4004, "dee")
FULL = ExtensionRange("agents", "webrtc_agent", "4001", "4002")
QUEUES = ExtensionRange("queues", "queue", "4200", "4201")
NIGHT = ExtensionRange("night", "webrtc_agent", "4500", "4599")
FOUR = {"ana": ANA, "bo": BO, "chi": CHI, "dee": DEE}


# --- values --------------------------------------------------------------------------------------


def test_two_people_exchange_extensions() -> None:
    plan = ordered(
        {"ana": ANA, "bo": BO},
        {"ana": ANA | {"extension": "4002"}, "bo": BO | {"extension": "4001"}},
    )
    assert writes(plan) == [
        ("ana", {"extension": "4009"}),
        ("bo", {"extension": "4001"}),
        ("ana", {"extension": "4002"}),
    ]
    assert waits(plan) == [(), ("op-1",), ("op-2",)]
    assert reasons(plan) == [
        "parked: 4002 is held by agent/bo@acme.example until op-2",
        "waits for op-1 (frees 4001)",
        "waits for op-2 (frees 4002)",
    ]


def test_two_people_exchange_emails() -> None:
    plan = ordered(
        {"ana": ANA, "bo": BO},
        {"ana": ANA | {"email": BO["email"]}, "bo": BO | {"email": ANA["email"]}},
    )
    assert writes(plan) == [
        ("ana", {"email": "bo+parked@acme.example"}),
        ("bo", {"email": "bo@acme.example"}),
        ("ana", {"email": "ana@acme.example"}),
    ]


def test_an_email_with_a_tag_is_parked_with_a_dot() -> None:
    tagged = ANA | {"email": "ana+webrtc@acme.example"}
    plan = ordered(
        {"ana": tagged, "bo": BO},
        {"ana": tagged | {"email": BO["email"]}, "bo": BO | {"email": tagged["email"]}},
    )
    assert ("bo", {"email": "ana+webrtc.parked@acme.example"}) not in writes(plan)
    parked = [o.set["email"] for o in plan.graph.operations if "parked" in o.why]
    assert parked == ["bo+parked@acme.example"] or parked == ["ana+webrtc.parked@acme.example"]


def test_an_email_is_not_parked_on_one_that_somebody_has() -> None:
    plan = ordered(
        {"ana": ANA, "bo": BO, "chi": {**CHI, "email": "bo+parked@acme.example"}},
        {
            "ana": {**ANA, "email": "bo@acme.example"},
            "bo": {**BO, "email": "ana@acme.example"},
        },
    )
    assert writes(plan)[0][1] == {"email": "bo+parked2@acme.example"}


def test_an_email_in_capitals_is_held_all_the_same() -> None:
    loud = BO | {"email": "BO@acme.example"}
    plan = ordered(
        {"ana": ANA, "bo": loud},
        {"ana": ANA | {"email": "bo@acme.example"}, "bo": loud | {"email": "bo.chen@acme.example"}},
    )
    assert writes(plan) == [
        ("bo.chen", {"email": "bo.chen@acme.example"}),
        ("bo", {"email": "bo@acme.example"}),
    ]


def test_two_people_exchange_extensions_and_emails_with_one_parking() -> None:
    plan = ordered(
        {"ana": ANA, "bo": BO},
        {
            "ana": ANA | {"email": BO["email"], "extension": "4002"},
            "bo": BO | {"email": ANA["email"], "extension": "4001"},
        },
    )
    assert len(writes(plan)) == 3
    assert set(writes(plan)[0][1]) == {"extension", "email"}


def test_four_rotate_and_one_leaves_a_queue_too() -> None:
    licensed = {h: one | {"licenses.voice": True, "queues.a": 5} for h, one in FOUR.items()}
    turned = dict(zip(licensed, ["4002", "4003", "4004", "4001"], strict=True))
    wanted = {h: licensed[h] | {"extension": number} for h, number in turned.items()}
    del wanted["bo"]["queues.a"]
    plan = ordered(licensed, wanted)
    assert len(writes(plan)) == 5
    assert sum("parked" in reason for reason in reasons(plan)) == 1
    assert plan.graph.lowest == {"queue/a": 3}


def test_a_chain_of_three_ends_in_a_leavers_number() -> None:
    wanted = {
        "ana": ANA | {"extension": "4002"},
        "bo": BO | {"extension": "4003"},
        "chi": CHI | {"extension": "4004"},
        "dee": None,
    }
    plan = ordered(FOUR, wanted)
    assert [name for name, _ in writes(plan)] == ["dee", "chi", "bo", "ana"]
    assert waits(plan) == [(), ("op-1",), ("op-2",), ("op-3",)]


def test_a_full_range_with_an_exchange_is_a_conflict_in_plain_words() -> None:
    plan = _exchange(last="4002")
    (conflict,) = plan.graph.conflicts
    assert conflict.addresses == ("agent/ana@acme.example", "agent/bo@acme.example")
    assert conflict.held_by == conflict.addresses
    assert conflict.lacks == (
        "extension 4001 and extension 4002: "
        "extension_range/agents (4001-4002) has no free number to park one on"
    )
    assert conflict.resolutions == ("free or add a number in extension_range/agents (4001-4002)",)


@pytest.mark.parametrize(
    ("ranges", "place"),
    [
        ((), "a number outside the range"),
        ((FULL, QUEUES, NIGHT), "a number of extension_range/night (4500-4599)"),
    ],
)
def test_a_full_range_is_left_for_a_while_only_where_that_is_allowed(
    ranges: tuple[ExtensionRange, ...], place: str
) -> None:
    plan = _exchange(last="4002")
    changes, shown = made.changes(plan.situation), made.reading(plan.situation.live)
    crowd = {f"agent/{n}": agent(4000 + n, f"P {n}") for n in range(1000) if n not in (1, 2)}
    crowded = replace(shown, resources={**shown.resources, **crowd})
    (conflict,) = order.operations(changes, crowded, Bounds(ranges)).conflicts
    first = "agent/ana@acme.example"
    assert conflict.resolutions[-1:] == (f"do it in two applies: give {first} {place} first",)


def test_a_full_range_with_an_exchange_and_a_leaver_parks_on_the_leavers_number() -> None:
    plan = ordered(
        {"ana": ANA, "bo": BO, "chi": CHI},
        {"ana": ANA | {"extension": "4002"}, "bo": BO | {"extension": "4001"}, "chi": None},
        first="4001",
        last="4003",
    )
    assert writes(plan)[:2] == [("chi", {"deleted": True}), ("ana", {"extension": "4003"})]


def test_an_exchange_parks_on_a_number_that_a_new_hire_takes_afterwards() -> None:
    plan = ordered(
        {"ana": ANA, "bo": BO},
        {
            "ana": ANA | {"extension": "4002"},
            "bo": BO | {"extension": "4001"},
            "agent/chi@acme.example": CHI,
        },
        first="4001",
        last="4003",
    )
    assert writes(plan)[0] == ("ana", {"extension": "4003"})
    assert writes(plan)[-1][0] == "chi"
    assert waits(plan)[-1] == ("op-3",)


def test_two_exchanges_park_apart_while_there_are_numbers() -> None:
    plan = _two_exchanges(last="4006")
    assert sorted(map(len, waits(plan))) == [0, 0, 1, 1, 1, 1]
    assert {o.set["extension"] for o in plan.graph.operations if "parked" in o.why} == {
        "4005",
        "4006",
    }


def test_two_exchanges_share_the_only_free_number_one_after_the_other() -> None:
    plan = _two_exchanges(last="4005")
    assert [o.set["extension"] for o in plan.graph.operations if "parked" in o.why] == ["4005"] * 2
    assert sum(not after for after in waits(plan)) == 1


def test_a_number_without_a_declared_range_is_parked_beside_it() -> None:
    plan = _exchange(first="5000", last="5009")
    assert writes(plan)[0] == ("ana", {"extension": "4999"})


def test_a_queue_and_an_agent_exchange_numbers_and_the_agent_is_parked() -> None:
    queue: Flat = {"kind": "queue", "extension": "4002"}
    plan = ordered(
        {"ana": ANA, "queue/z": queue},
        {"ana": ANA | {"extension": "4002"}, "queue/z": queue | {"extension": "4001"}},
    )
    assert writes(plan)[0] == ("ana", {"extension": "4009"})


def test_a_number_of_the_directory_is_not_taken() -> None:
    plan = ordered(
        {"ana": ANA}, {"ana": ANA | {"extension": "2001"}}, directory=(("u@uc.example", "2001"),)
    )
    (conflict,) = plan.graph.conflicts
    assert conflict.held_by == ("directory_entry/u@uc.example",)
    assert "extension 2001, which directory_entry/u@uc.example keeps" in conflict.lacks


def test_the_number_of_a_uc_agent_is_neither_parked_nor_given() -> None:
    """No change of ours deletes one; if one did, the number would still be the directory's."""
    uc = resource("agent/u@uc.example", id="1", phone="uc", extension="2001", licenses={"voice"})
    live = replace(uc, fields={**uc.fields, "queues": {"a": 5}})
    gone = Change(live.address, "agent", "u", Action.DELETE, (), "x", live_id="1")
    paths: dict[str, Value] = {"extension": "2001", "licenses.voice": True, "queues.a": 5}
    fields = tuple(FieldChange(path, None, value) for path, value in paths.items())
    hire = Change("agent/bo@acme.example", "agent", "bo", Action.CREATE, fields, "x")
    graph = order.operations([gone, hire], reading(live), Bounds())
    assert not any("extension" in operation.set for operation in graph.operations)
    assert [conflict.addresses for conflict in graph.conflicts] == [("agent/bo@acme.example",)]


def test_a_number_with_two_holders_is_free_when_both_have_left() -> None:
    twin = BO | {"extension": "4001"}
    plan = ordered(
        {"ana": ANA, "bo": twin},
        {"ana": None, "bo": BO, "agent/chi@acme.example": CHI | {"extension": "4001"}},
    )
    assert waits(plan)[-1] == ("op-1", "op-2")


def _exchange(**terms: Any) -> trial.Plan:
    wanted = {"ana": ANA | {"extension": "4002"}, "bo": BO | {"extension": "4001"}}
    return ordered({"ana": ANA, "bo": BO}, wanted, **{"first": "4001", **terms})


def _two_exchanges(last: str) -> trial.Plan:
    numbers = {"ana": "4002", "bo": "4001", "chi": "4004", "dee": "4003"}
    wanted = {h: FOUR[h] | {"extension": number} for h, number in numbers.items()}
    return ordered(FOUR, wanted, first="4001", last=last)


# --- seats ---------------------------------------------------------------------------------------


def test_the_last_seat_moves() -> None:
    ana = person(4001, "ana", "voice", "queue/a")
    bo = person(4002, "bo", "voice", "queue/a")
    plan = ordered({"ana": ana, "bo": BO}, {"ana": left(ana), "bo": bo}, purchased={"voice": 1})
    assert [name for name, _ in writes(plan)] == ["ana", "bo"]
    assert plan.graph.peaks == {"voice": 1}
    (dip,) = plan.graph.dips
    assert (dip.address, dip.depth, dip.waited_for) == ("queue/a", 1, ("agent/bo@acme.example",))


def test_seats_are_exchanged_across_two_pools() -> None:
    plan = ordered(
        {"ana": person(4001, "ana", "voice"), "bo": person(4002, "bo", "sms")},
        {"ana": person(4001, "ana", "sms"), "bo": person(4002, "bo", "voice")},
        purchased={"voice": 1, "sms": 1},
    )
    assert writes(plan) == [
        ("ana", {"licenses.voice": None}),
        ("bo", {"licenses.sms": None, "licenses.voice": True}),
        ("ana", {"licenses.sms": True}),
    ]
    assert reasons(plan)[0] == "first part: the rest waits for a seat of sms"


def test_who_is_waited_for_does_not_take_the_seat_of_those_who_would_be_left() -> None:
    """Cy and Dee wait for Al to join; yet the seat that Uma gives is for Eve, who gives one too."""
    plan = ordered(
        {
            "al": person(4001, "al"),
            "cy": person(4002, "cy", "voice", "queue/a"),
            "dee": person(4003, "dee", "sms", "queue/b"),
            "eve": person(4004, "eve", "sms", "queue/a", "queue/b"),
            "flo": person(4005, "flo", "voice", "queue/a", "queue/b"),
            "uma": person(4006, "uma", "voice", "skill/spanish"),
        },
        {
            "al": person(4001, "al", "voice", "queue/a", "queue/b"),
            "cy": person(4002, "cy", "voice"),
            "dee": person(4003, "dee"),
            "eve": person(4004, "eve", "voice", "queue/a", "queue/b"),
            "flo": person(4005, "flo", "sms", "queue/a", "queue/b"),
            "uma": person(4006, "uma", "sms", "skill/spanish"),
        },
        purchased={"voice": 3, "sms": 2},
        members_on_queue=True,
    )
    assert plan.graph.conflicts == ()


def test_too_few_seats_name_everybody_who_lacks_one() -> None:
    plan = ordered(
        {"ana": ANA, "bo": BO, "chi": CHI},
        {h: FOUR[h] | {"licenses.voice": True} for h in ("ana", "bo", "chi")},
        purchased={"voice": 1},
    )
    (conflict,) = plan.graph.conflicts
    assert conflict.addresses == ("agent/bo@acme.example", "agent/chi@acme.example")
    assert conflict.lacks == "2 seats of voice: voice has 1 purchased and 0 in use"
    assert conflict.resolutions == ("add 2 seats to license_pool/voice",)


def test_web_chat_and_voice_leave_together() -> None:
    both, none = person(4001, "ana", "voice web_chat"), ANA
    plan = ordered({"ana": both}, {"ana": none})
    assert writes(plan) == [("ana", {"licenses.voice": None, "licenses.web_chat": None})]


def test_a_pool_that_was_over_pays_before_anybody_takes() -> None:
    voiced = {h: one | {"licenses.voice": True} for h, one in FOUR.items()}
    plan = ordered(
        voiced,
        {"ana": ANA, "bo": BO, "agent/eve@acme.example": person(4005, "eve", "voice")},
        purchased={"voice": 3},
    )
    assert writes(plan)[-1][0] == "eve"
    assert waits(plan) == [(), (), ("op-1", "op-2")]
    assert plan.graph.peaks == {"voice": 4}


def test_whoever_takes_a_seat_waits_for_all_who_pay_a_large_debt() -> None:
    crowd = {f"p{n}": person(4100 + n, f"p{n}", "voice") for n in range(50)}
    gone = {handle: left(one) for handle, one in list(crowd.items())[:40]}
    wanted = {**gone, "ana": ANA | {"licenses.voice": True}}
    plan = ordered({**crowd, "ana": ANA}, wanted, purchased={"voice": 11}, last="4999")
    before = trial.ancestors(plan.graph)
    assert len(before[plan.graph.operations[-1].id]) == 40
    assert max(map(len, waits(plan))) <= 16


def test_a_pool_that_stays_over_its_limit_gives_no_seat() -> None:
    voiced = {h: one | {"licenses.voice": True} for h, one in FOUR.items()}
    plan = ordered(
        voiced,
        {"ana": ANA, "agent/eve@acme.example": person(4005, "eve", "voice")},
        purchased={"voice": 3},
    )
    assert [name for name, _ in writes(plan)] == ["ana"]
    assert [conflict.addresses for conflict in plan.graph.conflicts] == [
        ("agent/eve@acme.example",)
    ]


def test_seats_that_the_tenant_counts_and_does_not_show_are_in_use() -> None:
    plan = ordered(
        {"ana": ANA},
        {"ana": ANA | {"licenses.voice": True}},
        purchased={"voice": 1},
        hidden={"voice": 1},
    )
    assert [conflict.addresses for conflict in plan.graph.conflicts] == [
        ("agent/ana@acme.example",)
    ]


def test_seats_of_a_pool_that_nobody_limits_are_free() -> None:
    plan = ordered({"ana": ANA}, {"ana": ANA | {"licenses.voice": True}}, purchased={})
    assert plan.graph.peaks == {"voice": 1}


# --- coverage ------------------------------------------------------------------------------------


def _replaced(seats: int) -> Graph:
    """The only Spanish speaker is replaced."""
    spanish = person(4001, "ana", "voice", "skill/spanish")
    plan = ordered(
        {"ana": spanish, "bo": BO},
        {"ana": left(spanish), "bo": person(4002, "bo", "voice", "skill/spanish")},
        purchased={"voice": seats},
    )
    return plan.graph


def test_the_only_spanish_speaker_is_replaced_with_a_free_seat() -> None:
    graph = _replaced(2)
    assert graph.lowest == {"skill/spanish": 1}
    assert graph.peaks == {"voice": 2}
    assert [o.address for o in graph.operations] == [
        "agent/bo@acme.example",
        "agent/ana@acme.example",
    ]


def test_the_only_spanish_speaker_is_replaced_without_a_free_seat_and_the_plan_dips() -> None:
    graph = _replaced(1)
    assert graph.lowest == {"skill/spanish": 0}
    assert graph.operations[0].why == (
        "leaves skill/spanish before a successor has joined: no order avoids it"
    )


def test_a_new_hire_takes_a_leavers_number_and_queue() -> None:
    ana = person(4001, "ana", "voice", "queue/a")
    plan = ordered(
        {"ana": ana},
        {"ana": None, "agent/bo@acme.example": person(4001, "bo", "voice", "queue/a")},
        purchased={"voice": 2},
    )
    assert [name for name, _ in writes(plan)] == ["ana", "bo", "ana"]
    assert reasons(plan)[0] == "parked: agent/bo@acme.example takes over 4001 first"
    assert plan.graph.lowest == {"queue/a": 1}
    assert plan.graph.peaks == {"voice": 2}


def test_a_leaver_whose_number_cannot_be_parked_leaves_early() -> None:
    """A new hire is created with the number or not at all."""
    ana = person(4001, "ana", "voice", "queue/a")
    plan = ordered(
        {"ana": ana},
        {"ana": None, "agent/bo@acme.example": person(4001, "bo", "voice", "queue/a")},
        first="4001",
        last="4001",
    )
    assert [name for name, _ in writes(plan)] == ["ana", "bo"]
    assert plan.graph.lowest == {"queue/a": 0}


def test_a_move_goes_ahead_of_the_seat_and_the_membership_that_come_later() -> None:
    """Dee takes Ana's number and Chi's queue; Chi's seat goes to Ana."""
    chi = person(4003, "chi", "voice", "queue/a")
    plan = ordered(
        {"ana": ANA, "chi": chi},
        {
            "ana": person(4007, "ana", "voice", "queue/b"),
            "chi": left(chi),
            "agent/dee@acme.example": person(4001, "dee", "voice", "queue/a"),
        },
        purchased={"voice": 2},
    )
    assert writes(plan)[0] == ("ana", {"extension": "4007"})
    assert [name for name, _ in writes(plan)] == ["ana", "dee", "chi", "ana"]
    assert reasons(plan)[0] == "first part: the rest waits for others who go before"
    assert plan.graph.lowest == {"queue/a": 1, "queue/b": 0}


def test_new_hires_behind_many_leavers_are_not_overlooked() -> None:
    pairs = [(f"queue/q{n}", person(4100 + n, f"a{n}", "voice", f"queue/q{n}")) for n in range(90)]
    hires = {
        f"agent/b{n}@acme.example": person(4100 + n, f"b{n}", "voice", queue)
        for n, (queue, _) in enumerate(pairs)
    }
    objects: dict[str, Flat] = {queue: {"kind": "queue"} for queue, _ in pairs}
    leavers = {f"a{n}": one for n, (_, one) in enumerate(pairs)}
    tenant = Tenant(Terms({"voice": 180}, {}, last="4999"), {**objects, **leavers})
    plan = trial.plan(made.Situation(tenant, {**dict.fromkeys(leavers), **hires}))
    assert len(plan.graph.operations) == 270
    assert not plan.graph.dips


def test_a_new_hire_starts_with_the_seats_that_are_free_so_that_a_leaver_may_go() -> None:
    plan = ordered(
        {"ana": person(4001, "ana", "voice web_chat", "queue/b")},
        {
            "ana": None,
            "agent/new@acme.example": person(4002, "new", "sms voice web_chat", "queue/b"),
        },
        purchased={"voice": 1, "sms": 1, "web_chat": 2},
    )
    assert plan.graph.dips == ()
    assert [name for name, _ in writes(plan)] == ["new", "ana", "new"]
    assert reasons(plan)[0] == "first part: the rest waits for a seat of voice"


def test_two_queues_exchange_their_only_members_over_one_free_seat() -> None:
    ana, bo = person(4001, "ana", "voice", "queue/a"), person(4002, "bo", "voice", "queue/b")
    plan = ordered(
        {"ana": ana, "bo": bo, "chi": CHI, "dee": DEE},
        {
            "ana": left(ana),
            "bo": left(bo),
            "chi": CHI | {"licenses.voice": True, "queues.a": 5},
            "dee": DEE | {"licenses.voice": True, "queues.b": 5},
        },
        purchased={"voice": 3},
    )
    assert not plan.graph.dips
    assert plan.graph.lowest == {"queue/a": 1, "queue/b": 1}


def test_everybody_of_a_queue_is_suspended() -> None:
    members = {h: one | {"licenses.voice": True, "queues.a": 5} for h, one in FOUR.items()}
    plan = ordered(members, {h: left(one) for h, one in members.items()})
    assert waits(plan) == [()] * 4
    assert plan.graph.lowest == {"queue/a": 0}
    assert not plan.graph.dips


def test_a_dip_rather_strikes_a_queue_that_stays_above_its_minimum() -> None:
    """Both would free the seat; `min_agents` of queue a is met by two, that of b by one."""
    ana, bo = person(4001, "ana", "voice", "queue/a"), person(4002, "bo", "voice", "queue/b")
    third, eve = person(4006, "fay", "sms", "queue/b"), person(4005, "eve")
    wanted = {
        "ana": left(ana),
        "bo": left(bo),
        "chi": CHI | {"licenses.voice": True, "queues.a": 5},
        "dee": DEE | {"licenses.voice": True, "queues.b": 5},
    }
    live = {"ana": ana, "bo": bo, "chi": CHI, "dee": DEE, "fay": third, "eve": eve}
    plan = ordered(live, wanted, purchased={"voice": 2, "sms": 1})
    assert [(dip.address, dip.depth) for dip in plan.graph.dips] == [("queue/b", 1)]
    assert plan.graph.lowest == {"queue/a": 1, "queue/b": 1}


def test_an_unlicensed_member_covers_nothing() -> None:
    idle = ANA | {"queues.a": 5}
    plan = ordered({"ana": idle}, {"ana": idle | {"licenses.voice": True}})
    assert plan.graph.lowest == {"queue/a": 0}


# --- queues --------------------------------------------------------------------------------------


def test_a_queue_is_created_and_staffed_in_one_plan() -> None:
    plan = ordered(
        {"ana": ANA},
        {
            "ana": ANA | {"licenses.voice": True, "queues.new": 5},
            "queue/new": {"kind": "queue", "extension": "4200"},
        },
    )
    assert writes(plan) == [
        ("new", {"extension": "4200"}),
        ("ana", {"licenses.voice": True, "queues.new": 5}),
    ]
    assert waits(plan) == [(), ("op-1",)]
    assert reasons(plan)[1] == "waits for op-1 (makes queue/new)"


def test_a_new_queue_waits_for_the_number_that_an_agent_gives_up() -> None:
    plan = ordered(
        {"ana": ANA},
        {"ana": ANA | {"extension": "4005"}, "queue/new": {"kind": "queue", "extension": "4001"}},
    )
    assert [name for name, _ in writes(plan)] == ["ana", "new"]
    assert waits(plan) == [(), ("op-1",)]


def test_memberships_on_the_queue_stand_apart_and_wait_for_the_license() -> None:
    hire = person(4002, "bo", "voice", "queue/a", "queue/b")
    plan = ordered({}, {"agent/bo@acme.example": hire}, members_on_queue=True)
    assert [sorted(values)[0] for _, values in writes(plan)] == ["active", "queues.a", "queues.b"]
    assert waits(plan) == [(), ("op-1",), ("op-1",)]


def test_a_membership_apart_without_a_license_waits_for_the_agent() -> None:
    """No rule of ours allows it, but a waiver may."""
    joins = FieldChange("queues.a", None, 5)
    email = FieldChange("email", None, "bo@acme.example")
    hire = Change("agent/bo@acme.example", "agent", "bo", Action.CREATE, (email, joins), "x")
    graph = order.operations([hire], reading(), Bounds(members_on_queue=True))
    assert [operation.after for operation in graph.operations] == [(), ("op-1",)]


def test_who_is_about_to_join_keeps_a_license_meanwhile() -> None:
    """Ana would give up her only license first, were she not to join the queue that Bo makes way
    for.
    """
    plan = ordered(
        {"ana": person(4001, "ana", "sms"), "bo": person(4002, "bo", "voice")},
        {
            "ana": person(4001, "ana", "voice", "queue/new"),
            "bo": person(4005, "bo", "sms"),
            "queue/new": {"kind": "queue", "extension": "4002"},
        },
        purchased={"voice": 1, "sms": 1},
        members_on_queue=True,
    )
    assert writes(plan)[0] == ("bo", {"extension": "4005", "licenses.voice": None})


def test_an_unlicensed_member_leaves_before_the_sign_in_ends() -> None:
    idle = ANA | {"queues.a": 5}
    plan = ordered({"ana": idle}, {"ana": left(idle)}, members_on_queue=True)
    assert writes(plan) == [("ana", {"queues.a": None}), ("ana", {"active": False})]
    assert waits(plan) == [(), ("op-1",)]


def test_memberships_on_the_queue_end_before_the_license() -> None:
    ana = person(4001, "ana", "voice", "queue/a", "queue/b")
    plan = ordered({"ana": ana}, {"ana": left(ana)}, members_on_queue=True)
    assert writes(plan) == [
        ("ana", {"queues.a": None}),
        ("ana", {"queues.b": None}),
        ("ana", {"active": False, "licenses.voice": None}),
    ]
    assert waits(plan) == [(), (), ("op-1", "op-2")]


def test_licenses_that_the_tenant_does_not_show_hold_no_membership_back() -> None:
    shown = resource("agent/ana@acme.example", id="1", extension="4001", queues={"a": 5})
    joins = FieldChange("queues.b", None, 5)
    change = Change(shown.address, "agent", "ana", Action.UPDATE, (joins,), "x", live_id="1")
    graph = order.operations([change], reading(shown), Bounds())
    assert [dict(operation.set) for operation in graph.operations] == [{"queues.b": 5}]
    assert graph.lowest == {}


def test_a_live_object_without_an_id_is_found_by_its_address() -> None:
    holder, wanted = (
        resource("agent/4001", extension="4001"),
        FieldChange("extension", "4001", "4002"),
    )
    move = Change("agent/4001", "agent", "4001", Action.UPDATE, (wanted,), "x")
    hired = FieldChange("extension", None, "4001")
    hire = Change("agent/chi@acme.example", "agent", "chi", Action.CREATE, (hired,), "x")
    graph = order.operations([hire, move], reading(holder), Bounds())
    assert [(o.address, o.after) for o in graph.operations] == [
        ("agent/4001", ()),
        ("agent/chi@acme.example", ("op-1",)),
    ]


# --- interruptions -------------------------------------------------------------------------------


def test_a_parked_agent_is_found_on_the_next_plan() -> None:
    parked = ANA | {"extension": "4009"}
    plan = ordered(
        {"ana": parked, "bo": BO},
        {"ana": ANA | {"extension": "4002"}, "bo": BO | {"extension": "4001"}},
    )
    assert writes(plan) == [("bo", {"extension": "4001"}), ("ana", {"extension": "4002"})]


@pytest.mark.parametrize("failing", ["op-1", "op-2", "op-3", "op-4", "op-5"])
def test_an_operation_in_the_middle_of_a_rotation_fails(failing: str) -> None:
    turned = dict(zip(FOUR, ["4002", "4003", "4004", "4001"], strict=True))
    plan = ordered(FOUR, {h: FOUR[h] | {"extension": n} for h, n in turned.items()})
    done = list(trial.random_order(plan.graph, Random(0), failing))
    assert done == [f"op-{n}" for n in range(1, int(failing[3:]))]
    again = trial.plan(plan.situation.after(plan.after(done)))
    last = again.after([o.id for o in again.graph.operations])
    assert not made.changes(plan.situation.after(last))
