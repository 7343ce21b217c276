"""Who holds a license only to stay in a queue steps aside for those who want its seat."""

from collections import Counter
from dataclasses import replace
from typing import Any

from reconciler import order
from tests.order import made
from tests.order.made import Situation
from tests.order.stories import ordered, person, reasons, waits, writes
from tests.order.tenant import Tenant, Terms
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
    assert reasons(plan)[0] == "steps aside: leaves queue/a until op-3: nothing else can move"
    assert plan.graph.lowest == {"queue/a": 1}


def test_who_steps_aside_lets_all_others_pass_first() -> None:
    names = [f"p{number}" for number in range(8)]
    turns = [("voice", "sms"), ("sms", "voice")] * 4
    plan = _exchange_of_licenses(*((n, *turn) for n, turn in zip(names, turns, strict=True)))
    assert [why.startswith("steps aside") for why in reasons(plan)] == [True] + [False] * 8
    assert plan.graph.lowest == {"queue/a": 7}


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
        "enrol somebody else in queue/a first, so that one of them can step out",
    )


def test_nobody_steps_aside_where_memberships_are_written_on_the_queue() -> None:
    plan = _exchange_of_licenses(
        ("ana", "voice", "sms"), ("bo", "sms", "voice"), members_on_queue=True
    )
    (conflict,) = plan.graph.conflicts
    assert conflict.resolutions[-1].startswith("do it in two applies: let agent/ana@acme.example")


def test_nobody_steps_out_of_a_queue_that_the_files_do_not_state() -> None:
    """What only the tenant knows would be lost if the apply ended halfway."""
    people = {
        "ana": person(4001, "ana", "voice", "queue/a"),
        "bo": person(4002, "bo", "sms", "queue/a"),
    }
    turned = {
        "ana": person(4001, "ana", "sms", "queue/a"),
        "bo": person(4002, "bo", "voice", "queue/a"),
    }
    tenant = Tenant(Terms({"voice": 1, "sms": 1}, {}), {"queue/a": {"kind": "queue"}, **people})
    exchange = Situation(tenant, turned)
    found, shown = made.changes(exchange), made.reading(tenant)
    known = made.bounds(exchange)
    for stated, applies in ((known.stated, True), ({}, False)):
        graph = order.operations(found, shown, replace(known, stated=stated))
        assert (not graph.conflicts) is applies
