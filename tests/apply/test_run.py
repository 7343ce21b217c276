"""The walk: order, parallel work, merging, followers, the ledger, and stopping."""

import threading

import pytest

from reconciler import apply
from reconciler.model import Result, Verb
from tests.apply.tenant import (
    Before,
    Clock,
    Notes,
    Tenant,
    carry_out,
    operation,
    refuse,
    results,
)

ANA, BO, CY = (f"agent/{name}@acme.example" for name in ("ana", "bo", "cy"))
SUPPORT = "queue/support"


def company(**more: object) -> Tenant:
    tenant = Tenant(**more)  # type: ignore[arg-type]  # a test's fields
    for number, address in enumerate((ANA, BO, CY)):
        tenant.have(address, extension=f"400{number}")
    return tenant.have(SUPPORT)


def test_an_operation_starts_after_its_predecessors_were_applied() -> None:
    """Ana and Bo exchange numbers over a free one."""
    exchange = (
        operation("op-1", ANA, extension="4990"),
        operation("op-2", BO, extension="4000", after=["op-1"]),
        operation("op-3", ANA, extension="4001", after=["op-1", "op-2"]),
    )
    tenant = company()
    outcomes = carry_out(tenant, *exchange, parallelism=8)
    assert list(outcomes) == ["op-1", "op-2", "op-3"]
    assert set(results(outcomes).values()) == {Result.APPLIED}
    assert tenant.writes == [("op-1",), ("op-2",), ("op-3",)]


def test_the_first_write_carries_the_planned_version_and_later_ones_that_of_the_last_answer() -> (
    None
):
    tenant = company()
    outcomes = carry_out(
        tenant,
        operation("op-1", ANA, extension="4990"),
        operation("op-2", BO, extension="4000", after=["op-1"]),
        operation("op-3", ANA, extension="4001", after=["op-2"]),
    )
    assert tenant.versions == ['W/"1"', 'W/"1"', 'W/"2"']
    assert outcomes["op-3"].version == 'W/"3"'


def test_two_steps_of_one_agent_are_one_write_if_nothing_stands_between_them() -> None:
    tenant = company()
    outcomes = carry_out(
        tenant,
        operation("op-1", BO, extension="4990"),
        operation("op-2", ANA, licenses__voice=True),
        operation("op-3", ANA, queues__support=5, after=["op-2"]),
        operation("op-4", ANA, extension="4001", after=["op-1", "op-3"]),
    )
    assert set(results(outcomes).values()) == {Result.APPLIED}
    assert tenant.writes == [("op-1",), ("op-2", "op-3", "op-4")]


def test_a_step_that_waits_for_another_agent_is_not_merged_into_the_one_before() -> None:
    tenant = company()
    carry_out(
        tenant,
        operation("op-1", ANA, licenses__sms=True),
        operation("op-2", BO, licenses__sms=None, after=["op-1"]),
        operation("op-3", ANA, licenses__voice=True, after=["op-1", "op-2"]),
    )
    assert tenant.writes == [("op-1",), ("op-2",), ("op-3",)]


def test_300_joiners_of_one_group_are_one_write() -> None:
    tenant = Tenant(on_queue=True).have(SUPPORT)
    joiners = []
    for number in range(300):
        tenant.have(f"agent/{number}")
        joiners.append(operation(f"op-{number}", f"agent/{number}", queues__support=True))
    outcomes = carry_out(tenant, *joiners)
    assert len(outcomes) == 300
    assert len(tenant.writes) == 1
    assert {one.live_id for one in outcomes.values()} == {tenant.things[SUPPORT].id}


def test_a_queue_is_made_before_its_members_join_and_not_in_one_write() -> None:
    tenant = Tenant(on_queue=True).have(ANA)
    outcomes = carry_out(
        tenant,
        operation("op-1", SUPPORT, Verb.CREATE, priority=5),
        operation("op-2", ANA, queues__support=True, after=["op-1"]),
    )
    assert set(results(outcomes).values()) == {Result.APPLIED}
    assert tenant.writes == [("op-1",), ("op-2",)]
    assert tenant.things[SUPPORT].fields == {"priority": 5, ANA: True}


def test_members_gather_while_there_is_other_work() -> None:
    """Each joins as soon as she was made, and still nearly all of them join in one write."""
    tenant, work = Tenant(on_queue=True).have(SUPPORT), []
    for number in range(100):
        work.append(operation(f"op-{number}", f"agent/{number}", Verb.CREATE))
        joins = [f"op-{number}"]
        work.append(
            operation(f"op-j{number}", f"agent/{number}", queues__support=True, after=joins)
        )
    outcomes = carry_out(tenant, *work, parallelism=8)
    assert set(results(outcomes).values()) == {Result.APPLIED}
    assert len(tenant.writes) <= 100 + 8


def test_one_bad_member_keeps_nobody_else_out_of_a_queue() -> None:
    tenant = Tenant(on_queue=True, bad={"agent/17"}).have(SUPPORT)
    joiners = []
    for number in range(300):
        tenant.have(f"agent/{number}")
        joiners.append(operation(f"op-{number}", f"agent/{number}", queues__support=True))
    after = operation("op-300", "agent/17", name="Q", after=["op-17"])
    outcomes = carry_out(tenant, *joiners, after)
    assert [name for name, one in outcomes.items() if one.result is Result.FAILED] == ["op-17"]
    assert outcomes["op-17"].because == "400: agent/17 is not valid"
    assert outcomes["op-300"].because == "waits for op-17 of agent/17, which failed"
    assert sum(one.result is Result.APPLIED for one in outcomes.values()) == 299
    assert len(tenant.writes) < 25


def test_of_two_merged_steps_the_second_is_skipped_if_the_first_fails_alone() -> None:
    tenant = company(mishaps={1: Before(refuse(409)), 2: Before(refuse(409, "no seat"))})
    outcomes = carry_out(
        tenant,
        operation("op-1", ANA, licenses__voice=True),
        operation("op-2", ANA, queues__support=5, after=["op-1"]),
    )
    assert results(outcomes) == {"op-1": Result.FAILED, "op-2": Result.SKIPPED}
    assert outcomes["op-2"].because == f"waits for op-1 of {ANA}, which failed"
    assert tenant.writes == [("op-1", "op-2"), ("op-1",)]


def test_what_depends_on_a_failure_is_skipped_saying_why_and_the_rest_goes_on() -> None:
    tenant = company(mishaps={1: Before(refuse(409, "no seat"))})
    outcomes = carry_out(
        tenant,
        operation("op-1", ANA, licenses__voice=True),
        operation("op-2", BO, licenses__voice=None, after=["op-1"]),
        operation("op-3", CY, licenses__voice=True, after=["op-2"]),
        operation("op-4", SUPPORT, priority=3),
    )
    assert results(outcomes) == {
        "op-1": Result.FAILED,
        "op-2": Result.SKIPPED,
        "op-3": Result.SKIPPED,
        "op-4": Result.APPLIED,
    }
    assert outcomes["op-2"].because == f"waits for op-1 of {ANA}, which failed"
    assert outcomes["op-3"].because == f"waits for op-2 of {BO}, which was skipped"


def test_one_target_is_never_in_flight_twice_while_others_go_on() -> None:
    flying: dict[str, int] = {}
    peak: dict[str, int] = {}
    lock, pause = threading.Lock(), threading.Event()
    most = [0]

    def during(operations) -> None:
        name = operations[0].address
        with lock:
            flying[name] = flying.get(name, 0) + 1
            peak[name] = max(peak.get(name, 0), flying[name])
            most[0] = max(most[0], sum(flying.values()))
        pause.wait(0.003)
        with lock:
            flying[name] -= 1

    tenant = company(during=during)
    work = []
    for number in range(60):
        address = (ANA, BO, CY)[number % 3]
        other = [f"op-{number - 1}"] if number else []
        work.append(operation(f"op-{number}", address, name=str(number), after=other[: number % 2]))
    outcomes = carry_out(tenant, *work, parallelism=8)
    assert set(results(outcomes).values()) == {Result.APPLIED}
    assert set(peak.values()) == {1}
    assert most[0] > 1


def test_workers_fly_together_up_to_the_parallelism_that_was_asked_for() -> None:
    barrier = threading.Barrier(4, timeout=30)
    tenant = Tenant(during=lambda _: barrier.wait() and None)
    work = [operation(f"op-{n}", f"agent/{n}", Verb.CREATE) for n in range(8)]
    outcomes = carry_out(tenant, *work, parallelism=4)
    assert set(results(outcomes).values()) == {Result.APPLIED}


def test_each_operation_is_in_the_ledger_before_it_is_sent_and_again_with_its_outcome() -> None:
    notes = Notes()
    at_write = []
    tenant = company(during=lambda operations: at_write.append(list(notes.lines)))
    carry_out(
        tenant,
        operation("op-1", ANA, name="Ana"),
        operation("op-2", BO, name="Bo", after=["op-1"]),
        ledger=notes,
    )
    assert at_write[0] == [("intended", "op-1")]
    assert at_write[1] == [("intended", "op-1"), ("applied", "op-1"), ("intended", "op-2")]
    assert notes.lines[-1] == ("applied", "op-2")


def test_nothing_is_sent_that_the_ledger_cannot_keep() -> None:
    tenant = company()
    outcomes = carry_out(
        tenant,
        operation("op-1", ANA, name="Ana"),
        operation("op-2", BO, name="Bo", after=["op-1"]),
        operation("op-3", CY, name="Cy", after=["op-2"]),
        ledger=Notes(full_after=2),
    )
    assert results(outcomes) == {
        "op-1": Result.APPLIED,
        "op-2": Result.NOT_STARTED,
        "op-3": Result.NOT_STARTED,
    }
    assert "disk full" in outcomes["op-3"].because
    assert tenant.writes == [("op-1",)]


def test_after_an_interruption_what_is_in_flight_is_finished_and_the_rest_not_started() -> None:
    stop, notes = threading.Event(), Notes()
    tenant = company(during=lambda _: stop.set())
    outcomes = carry_out(
        tenant,
        operation("op-1", ANA, name="Ana"),
        operation("op-2", BO, name="Bo"),
        operation("op-3", CY, name="Cy", after=["op-1"]),
        ledger=notes,
        stop=stop,
    )
    assert results(outcomes) == {
        "op-1": Result.APPLIED,
        "op-2": Result.NOT_STARTED,
        "op-3": Result.NOT_STARTED,
    }
    assert outcomes["op-2"].because == "interrupted before it was started"
    assert ("not started", "op-3") in notes.lines


def test_a_reader_who_leaves_early_stops_the_run_and_loses_no_outcome() -> None:
    notes, tenant, clock = Notes(), company(), Clock()
    work = [operation("op-1", ANA, name="Ana")]
    for n in range(2, 9):
        work.append(operation(f"op-{n}", (BO, CY)[n % 2], name=str(n), after=[f"op-{n - 1}"]))
    running = apply.run(
        work,
        tenant,
        handles=tenant.known(),
        ledger=notes,
        run_id="run",
        settings=apply.Settings(parallelism=2, clock=clock, wait=clock.wait),
    )
    assert next(running).operation.id == "op-1"
    running.close()
    intended = {name for line, name in notes.lines if line == "intended"}
    assert intended == {name for line, name in notes.lines if line == "applied"}
    assert len(intended) < len(work)


def test_what_the_tenant_does_not_show_fails_without_a_write() -> None:
    tenant = Tenant()
    outcomes = carry_out(tenant, operation("op-1", ANA, name="Ana"), known={BO: None})
    assert outcomes["op-1"].because == f"the tenant does not show {ANA}"
    assert tenant.writes == []


def test_a_new_agent_gets_further_steps_under_the_handle_of_the_answer() -> None:
    tenant = company()
    outcomes = carry_out(
        tenant,
        operation("op-1", "agent/dee@acme.example", Verb.CREATE, extension="4100"),
        operation("op-2", BO, extension="4990", after=["op-1"]),
        operation("op-3", "agent/dee@acme.example", extension="4001", after=["op-1", "op-2"]),
    )
    assert set(results(outcomes).values()) == {Result.APPLIED}
    assert tenant.things["agent/dee@acme.example"].fields["extension"] == "4001"


def test_a_circle_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="cycle"):
        carry_out(company(), operation("a", ANA, after=["b"]), operation("b", BO, after=["a"]))


def test_nothing_to_do_is_no_outcome() -> None:
    assert carry_out(company()) == {}
