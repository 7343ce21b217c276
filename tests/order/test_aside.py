"""Who holds a license only to stay in a queue steps aside for those who want its seat."""

from collections import Counter
from dataclasses import replace
from typing import Any

from reconciler import order
from reconciler.model import Graph
from tests.order import made
from tests.order.made import Situation
from tests.order.stories import ordered, person, reasons, waits, writes
from tests.order.trial import Plan


def _exchange_of_licenses(*members: tuple[str, str, str], **terms: Any) -> Plan:
    """Who, with what in place of which other license; all in queue/a, and no seat is free."""
    people = [(n, 4001 + i, was, will) for i, (n, was, will) in enumerate(members)]
    return ordered(
        {name: person(number, name, was, "queue/a") for name, number, was, _ in people},
        {name: person(number, name, will, "queue/a") for name, number, _, will in people},
        purchased=Counter(word for _, _, was, _ in people for word in was.split()),
        **terms,
    )


def test_members_exchange_their_only_licenses_while_one_steps_aside() -> None:
    plan = _exchange_of_licenses(("ana", "voice", "sms"), ("bo", "sms", "voice"))
    assert writes(plan) == [
        ("ana", {"licenses.voice": None, "queues.a": None}),
        ("bo", {"licenses.sms": None, "licenses.voice": True}),
        ("ana", {"licenses.sms": True, "queues.a": 5}),
    ]
    assert waits(plan) == [(), ("op-1",), ("op-2",)]
    assert reasons(plan)[0] == "steps aside: leaves queue/a until op-3: no order avoids it"
    assert plan.graph.lowest == {"queue/a": 1}


def test_who_steps_aside_lets_all_others_pass_first() -> None:
    names = [f"p{number}" for number in range(8)]
    turns = [("voice", "sms"), ("sms", "voice")] * 4
    plan = _exchange_of_licenses(*((n, *turn) for n, turn in zip(names, turns, strict=True)))
    assert [why.startswith("steps aside") for why in reasons(plan)] == [True] + [False] * 8
    assert plan.graph.lowest == {"queue/a": 7}


def test_who_has_to_step_aside_joins_a_new_queue_only_at_the_end() -> None:
    """In it before, and alone there after a failure, nobody could step out of it any more."""
    plan = ordered(
        {
            "ana": person(4001, "ana", "voice web_chat", "queue/a"),
            "bo": person(4002, "bo", "sms", "queue/a"),
        },
        {
            "ana": person(4001, "ana", "sms", "queue/a", "queue/n"),
            "bo": person(4002, "bo", "voice web_chat", "queue/a"),
            "queue/n": {"kind": "queue", "extension": "4200"},
        },
        purchased={"voice": 1, "sms": 1, "web_chat": 2},
    )
    joins = [name for name, written in writes(plan) if "queues.n" in written]
    assert joins == ["ana"]
    assert writes(plan)[-1] == ("ana", {"licenses.sms": True, "queues.a": 5, "queues.n": 5})


def test_who_joins_anyway_joins_first_so_that_the_only_member_may_step_aside() -> None:
    plan = ordered(
        {
            "ana": person(4001, "ana", "sms", "skill/spanish"),
            "bo": person(4002, "bo", "voice", "queue/a"),
        },
        {
            "ana": person(4001, "ana", "voice", "skill/spanish"),
            "bo": person(4002, "bo", "sms", "queue/a", "skill/spanish"),
        },
        purchased={"voice": 1, "sms": 1},
    )
    assert writes(plan) == [
        ("bo", {"skills.spanish": 5}),
        ("ana", {"licenses.sms": None, "skills.spanish": None}),
        ("bo", {"licenses.sms": True, "licenses.voice": None}),
        ("ana", {"licenses.voice": True, "skills.spanish": 5}),
    ]
    assert plan.graph.lowest["skill/spanish"] == 1


def test_who_can_leave_thanks_to_the_other_one_is_not_tied_by_joining_first() -> None:
    """Nobody has to step aside; once both had joined early, neither could leave any more."""
    plan = ordered(
        {
            "ana": person(4001, "ana", "voice", "queue/a"),
            "bo": person(4002, "bo", "sms", "skill/spanish"),
        },
        {
            "ana": person(4001, "ana", "sms", "skill/spanish"),
            "bo": person(4002, "bo", "voice", "queue/a"),
        },
        purchased={"voice": 1, "sms": 1},
    )
    assert writes(plan) == [
        ("ana", {"skills.spanish": 5}),
        ("bo", {"licenses.sms": None, "skills.spanish": None}),
        ("ana", {"licenses.sms": True, "licenses.voice": None}),
        ("bo", {"licenses.voice": True, "queues.a": 5}),
        ("ana", {"queues.a": None}),
    ]
    assert plan.graph.lowest == {"queue/a": 1, "skill/spanish": 1}


def test_an_exchange_goes_on_after_a_failure_although_the_successor_counts_by_then() -> None:
    """Chi lets Bo leave; in the plan after a failure she is there already, and Ana has to do it."""
    chi = person(4003, "chi", "web_chat voice")
    plan = ordered(
        {
            "ana": person(4001, "ana", "voice", "queue/a"),
            "bo": person(4002, "bo", "sms", "skill/spanish"),
            "chi": chi,
        },
        {
            "ana": person(4001, "ana", "sms", "skill/spanish"),
            "bo": person(4002, "bo", "voice", "queue/a"),
            "chi": chi | {"skills.spanish": 5},
        },
        purchased={"voice": 2, "sms": 1, "web_chat": 1},
    )
    assert writes(plan)[:2] == [
        ("chi", {"skills.spanish": 5}),
        ("bo", {"licenses.sms": None, "skills.spanish": None}),
    ]


def test_who_may_have_to_step_aside_joins_nothing_before() -> None:
    """Ana waits for Bo in queue/b; were he there early, he could not step aside for her,
    which he can as soon as Chi has joined.
    """
    chi = person(4003, "chi", "fax")
    plan = ordered(
        {
            "ana": person(4001, "ana", "sms", "queue/a", "queue/b"),
            "bo": person(4002, "bo", "voice", "skill/spanish"),
            "chi": chi,
        },
        {
            "ana": person(4001, "ana", "voice", "queue/a"),
            "bo": person(4002, "bo", "sms", "skill/spanish", "queue/b"),
            "chi": chi | {"skills.spanish": 5},
        },
        purchased={"voice": 1, "sms": 1, "fax": 1},
    )
    assert writes(plan) == [
        ("chi", {"skills.spanish": 5}),
        ("bo", {"licenses.voice": None, "skills.spanish": None}),
        ("ana", {"licenses.sms": None, "licenses.voice": True}),
        ("bo", {"licenses.sms": True, "queues.b": 5, "skills.spanish": 5}),
        ("ana", {"queues.b": None}),
    ]
    assert plan.graph.lowest == {"queue/b": 1, "skill/spanish": 1}


def test_who_leaves_for_good_waits_where_somebody_has_to_step_aside_before() -> None:
    """Without Chi in queue/a, Ana could not step out of it, and Bo is alone in his."""
    chi = person(4003, "chi", "fax")
    plan = ordered(
        {
            "ana": person(4001, "ana", "sms", "queue/a"),
            "bo": person(4002, "bo", "voice", "queue/b"),
            "chi": chi | {"queues.a": 5},
        },
        {
            "ana": person(4001, "ana", "voice", "queue/a"),
            "bo": person(4002, "bo", "sms", "queue/b"),
            "chi": chi,
        },
        purchased={"voice": 1, "sms": 1, "fax": 1},
    )
    assert writes(plan) == [
        ("ana", {"licenses.sms": None, "queues.a": None}),
        ("bo", {"licenses.sms": True, "licenses.voice": None}),
        ("ana", {"licenses.voice": True, "queues.a": 5}),
        ("chi", {"queues.a": None}),
    ]
    assert plan.graph.lowest["queue/a"] == 1


def test_one_after_the_other_steps_aside() -> None:
    """Whoever is back makes up for the next one who leaves."""
    plan = _exchange_of_licenses(
        ("ana", "voice", "sms"),
        ("bo", "sms", "voice"),
        ("chi", "fax", "tel"),
        ("dee", "tel", "fax"),
    )
    assert [why.startswith("steps aside") for why in reasons(plan)].count(True) == 2
    assert plan.graph.lowest == {"queue/a": 3}


def test_nobody_steps_aside_in_vain() -> None:
    """Nobody wants the seat that Ana would give, and hers stays taken."""
    chi = person(4003, "chi", "sms", "queue/a")
    plan = ordered(
        {"ana": person(4001, "ana", "voice", "queue/a"), "chi": chi},
        {"ana": person(4001, "ana", "sms", "queue/a"), "chi": chi},
        purchased={"voice": 1, "sms": 1},
    )
    assert writes(plan) == []
    assert [conflict.addresses for conflict in plan.graph.conflicts] == [
        ("agent/ana@acme.example",)
    ]


def test_nobody_steps_aside_where_the_queue_would_run_empty() -> None:
    plan = ordered(
        {
            "ana": person(4001, "ana", "voice", "queue/a"),
            "bo": person(4002, "bo", "sms", "queue/b"),
        },
        {
            "ana": person(4001, "ana", "sms", "queue/a"),
            "bo": person(4002, "bo", "voice", "queue/b"),
        },
        purchased={"voice": 1, "sms": 1},
    )
    (conflict,) = plan.graph.conflicts
    assert conflict.lacks.startswith("a seat of sms and a seat of voice: sms has 1 purchased")
    assert conflict.resolutions == (
        "add 1 seat to license_pool/sms",
        "add 1 seat to license_pool/voice",
        "enrol somebody else in queue/a, so that agent/ana@acme.example may step out",
    )


def test_nobody_steps_aside_where_memberships_are_written_on_the_queue() -> None:
    plan = _exchange_of_licenses(
        ("ana", "voice", "sms"), ("bo", "sms", "voice"), members_on_queue=True
    )
    (conflict,) = plan.graph.conflicts
    assert conflict.resolutions[-1].startswith("do it in two applies: let agent/ana@acme.example")


def _unstated(exchange: Situation, queues: Any) -> Graph:
    """The same exchange, where the files say `queues` of everybody's queues."""
    known = made.bounds(exchange)
    said = {
        address: replace(one, fields={**one.fields, "queues": queues})
        for address, one in known.stated.items()
    }
    found, shown = made.changes(exchange), made.reading(exchange.live)
    return order.operations(found, shown, replace(known, stated=said))


def test_nobody_steps_out_of_a_queue_that_the_files_do_not_state() -> None:
    """What only the tenant knows would be lost if the apply ended halfway: also a level."""
    exchange = _exchange_of_licenses(("ana", "voice", "sms"), ("bo", "sms", "voice")).situation
    assert _unstated(exchange, {"a": 5}).conflicts == ()
    for queues in ({}, None, {"a": 0}):
        (conflict,) = _unstated(exchange, queues).conflicts
        assert conflict.resolutions[-1] == (
            "state queue/a for agent/ana@acme.example, so that it may step out for a moment"
        )


def test_who_steps_aside_names_only_what_it_comes_back_to() -> None:
    people = [("ana", "voice", "sms"), ("bo", "sms", "voice"), ("chi", "voice", "voice")]
    plan = ordered(
        {n: person(4001 + i, n, was, "queue/a", "queue/b") for i, (n, was, _) in enumerate(people)},
        {
            n: person(4001 + i, n, will, *(["queue/a", "queue/b"] if n == "chi" else ["queue/a"]))
            for i, (n, _, will) in enumerate(people)
        },
        purchased={"voice": 2, "sms": 1},
    )
    assert writes(plan)[0] == ("ana", {"licenses.voice": None, "queues.a": None, "queues.b": None})
    assert reasons(plan)[0] == "steps aside: leaves queue/a until op-3: no order avoids it"
