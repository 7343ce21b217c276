"""What becomes of one write when the tenant throttles, loses answers or says no."""

import threading

import pytest

from reconciler import errors
from reconciler.model import Result, Verb
from tests.apply.tenant import (
    After,
    Before,
    Clock,
    Notes,
    Tenant,
    busy,
    carry_out,
    lost,
    operation,
    refuse,
    results,
)

ANA = "agent/ana@acme.example"
NEW = operation("op-1", ANA, Verb.CREATE, extension="4001")
MOVED = operation("op-1", ANA, extension="4002")
GONE = operation("op-1", ANA, Verb.DELETE)


def ana(**more: object) -> Tenant:
    return Tenant(**more).have(ANA, extension="4001")  # type: ignore[arg-type]  # a test's fields


@pytest.mark.parametrize("one", [NEW, MOVED, GONE], ids=["create", "update", "delete"])
@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_tenant_is_waited_for_whatever_is_sent(one, status: int) -> None:
    mishaps = {1: Before(busy(status, 7.0)), 2: Before(busy(status, None))}
    tenant, clock = Tenant(mishaps) if one is NEW else ana(mishaps=mishaps), Clock()
    outcomes = carry_out(tenant, one, clock=clock)
    assert results(outcomes) == {"op-1": Result.APPLIED}
    assert len(tenant.writes) == 3
    assert clock.waits[0] == 7.0


def test_patience_with_a_busy_tenant_ends_and_nothing_more_is_started() -> None:
    mishaps = {number: Before(busy(429, 60.0)) for number in range(1, 100)}
    other = operation("op-2", "agent/bo@acme.example", Verb.CREATE)
    outcomes = carry_out(Tenant(mishaps), NEW, other, patience=300.0)
    assert results(outcomes) == {"op-1": Result.FAILED, "op-2": Result.NOT_STARTED}
    assert outcomes["op-1"].because == (
        "the tenant stayed busy for 300 seconds and asks to wait 60 more: 429: busy"
    )
    assert "stayed busy" in outcomes["op-2"].because


def test_a_busy_tenant_that_states_no_wait_is_given_up_sooner() -> None:
    clock = Clock()
    mishaps = {number: Before(busy(429, None)) for number in range(1, 100)}
    outcomes = carry_out(Tenant(mishaps), NEW, clock=clock)
    assert outcomes["op-1"].because.startswith("the tenant stayed busy for 1")
    assert 100 < clock.now <= 120


def test_a_wait_longer_than_patience_is_not_begun() -> None:
    clock = Clock()
    carry_out(Tenant({1: Before(busy(429, 3600.0))}), NEW, clock=clock)
    assert clock.now == 0


@pytest.mark.parametrize("one", [NEW, MOVED, GONE], ids=["create", "update", "delete"])
def test_a_lost_answer_to_what_took_effect_is_an_applied_operation(one) -> None:
    mishaps = {1: After(lost())}
    tenant = Tenant(mishaps) if one is NEW else ana(mishaps=mishaps)
    outcomes = carry_out(tenant, one)
    assert results(outcomes) == {"op-1": Result.APPLIED}
    assert len(tenant.writes) == 1
    assert outcomes["op-1"].live_id


@pytest.mark.parametrize("one", [NEW, MOVED, GONE], ids=["create", "update", "delete"])
def test_a_lost_answer_to_what_did_not_take_effect_is_sent_again(one) -> None:
    mishaps = {1: Before(lost())}
    tenant = Tenant(mishaps) if one is NEW else ana(mishaps=mishaps)
    assert results(carry_out(tenant, one)) == {"op-1": Result.APPLIED}
    assert len(tenant.writes) == 2


def test_an_object_is_looked_for_more_than_once_before_it_is_made_again() -> None:
    """A tenant may show what it made only a moment later; a second one would be a duplicate."""
    tenant = Tenant({1: Before(lost())})
    carry_out(tenant, NEW)
    assert len(tenant.looks) >= 3


def test_an_object_is_not_made_again_while_nobody_can_say_whether_it_exists() -> None:
    unreachable = errors.UnreachableError("acme.example does not answer")
    tenant = Tenant({1: After(lost())}, blind=[unreachable] * 99)
    other = operation("op-2", "agent/bo@acme.example", Verb.CREATE)
    outcomes = carry_out(tenant, NEW, other)
    assert results(outcomes) == {"op-1": Result.FAILED, "op-2": Result.NOT_STARTED}
    assert "whether it took effect is not known" in outcomes["op-1"].because
    assert len(tenant.writes) == 1


def test_an_object_that_was_accepted_is_never_made_again_however_late_it_shows() -> None:
    accepted = errors.LostAnswerError("201: something that is not JSON", status=201)
    tenant = Tenant({1: Before(accepted)})
    outcomes = carry_out(tenant, NEW)
    assert outcomes["op-1"].because.endswith("it was accepted and is not shown yet")
    assert len(tenant.writes) == 1


def test_an_accepted_object_that_shows_a_moment_later_is_applied() -> None:
    accepted = errors.LostAnswerError("201: something that is not JSON", status=201)
    late = [errors.UnreachableError("no answer")] * 3
    tenant = Tenant({1: After(accepted)}, blind=late)
    assert results(carry_out(tenant, NEW)) == {"op-1": Result.APPLIED}


def test_an_update_is_sent_again_even_if_the_object_cannot_be_read_in_between() -> None:
    tenant = ana(mishaps={1: Before(lost())}, blind=[errors.UnreachableError("no answer")])
    assert results(carry_out(tenant, MOVED)) == {"op-1": Result.APPLIED}


def test_answers_lost_again_and_again_fail_that_operation_only() -> None:
    tenant = Tenant({number: Before(lost()) for number in range(1, 5)})
    other = operation("op-2", "agent/bo@acme.example", Verb.CREATE)
    outcomes = carry_out(tenant, NEW, other)
    assert results(outcomes) == {"op-1": Result.FAILED, "op-2": Result.APPLIED}
    assert outcomes["op-1"].because.endswith("(4 times; it did not take effect)")


def test_a_412_after_a_lost_answer_to_what_took_effect_is_an_applied_operation() -> None:
    """The first look is too early; the second try meets the version that the first one made."""
    early = [errors.UnreachableError("no answer")]
    tenant = ana(mishaps={1: After(lost())}, blind=early)
    assert results(carry_out(tenant, MOVED)) == {"op-1": Result.APPLIED}
    assert len(tenant.writes) == 2


def test_a_412_after_a_lost_answer_to_what_did_not_take_effect_fails() -> None:
    tenant = ana(mishaps={1: Before(lost())})
    known = tenant.known()
    tenant.touch(ANA, name="Ana D.")
    outcomes = carry_out(tenant, MOVED, known=known)
    assert results(outcomes) == {"op-1": Result.FAILED}
    assert outcomes["op-1"].because == "changed since the plan: 412: another version"


def test_a_412_without_a_lost_answer_fails_without_a_second_try() -> None:
    tenant = ana()
    known = tenant.known()
    tenant.touch(ANA, extension="4002")
    outcomes = carry_out(tenant, MOVED, known=known)
    assert results(outcomes) == {"op-1": Result.FAILED}
    assert (len(tenant.writes), tenant.looks) == (1, [])


def test_a_503_that_took_effect_all_the_same_does_not_make_the_second_try_fail() -> None:
    tenant = Tenant({1: After(busy(503))})
    assert results(carry_out(tenant, NEW)) == {"op-1": Result.APPLIED}
    assert len(tenant.writes) == 2


def test_a_409_fails_that_operation_and_the_rest_goes_on() -> None:
    other = operation("op-2", "agent/bo@acme.example", Verb.CREATE)
    outcomes = carry_out(Tenant({1: Before(refuse(409, "no seat"))}), NEW, other)
    assert results(outcomes) == {"op-1": Result.FAILED, "op-2": Result.APPLIED}
    assert outcomes["op-1"].because == "409: no seat"


@pytest.mark.parametrize("error", [refuse(401), refuse(403), errors.RefusedError("401")])
def test_a_tenant_that_refuses_us_is_not_asked_again(error: Exception) -> None:
    other = operation("op-2", "agent/bo@acme.example", Verb.CREATE)
    tenant = Tenant({1: Before(error)})
    outcomes = carry_out(tenant, NEW, other)
    assert results(outcomes) == {"op-1": Result.FAILED, "op-2": Result.NOT_STARTED}
    why = f"never sent: the run was stopped, because {error}"
    assert outcomes["op-2"].because == why
    assert len(tenant.writes) == 1


def test_a_token_that_ends_while_we_look_stops_the_run() -> None:
    tenant = Tenant({1: Before(lost())}, blind=[errors.RefusedError("401 from /Users")])
    other = operation("op-2", "agent/bo@acme.example", Verb.CREATE)
    outcomes = carry_out(tenant, NEW, other)
    assert results(outcomes) == {"op-1": Result.FAILED, "op-2": Result.NOT_STARTED}
    assert "401" in outcomes["op-1"].because


def test_a_tenant_that_was_gone_for_half_a_minute_is_waited_for() -> None:
    clock = Clock()
    gone = errors.UnsentError("acme.example cannot be reached")
    tenant = ana(mishaps={n: Before(gone) for n in range(1, 12)})
    assert results(carry_out(tenant, MOVED, clock=clock)) == {"op-1": Result.APPLIED}
    assert 25 < clock.now < 60
    assert tenant.looks == []


def test_a_tenant_that_cannot_be_reached_any_more_ends_the_run() -> None:
    """Not one failure for each of two thousand agents, each after its own time-outs."""
    gone = errors.UnsentError("acme.example cannot be reached")
    tenant = ana(mishaps={n: Before(gone) for n in range(1, 999)})
    others = [operation(f"op-{n}", f"agent/{n}", Verb.CREATE) for n in range(2, 50)]
    outcomes = carry_out(tenant, MOVED, *others, raises=errors.UnsentError)
    assert len(outcomes) == 49
    assert {one.result for one in outcomes.values()} == {Result.NOT_STARTED}
    assert len(tenant.writes) < 50


def test_whoever_interrupts_does_not_wait_for_a_tenant_that_is_gone() -> None:
    stop = threading.Event()
    gone = Before(errors.UnsentError("acme.example cannot be reached"))
    tenant = ana(mishaps={1: gone}, during=lambda _: stop.set())
    assert results(carry_out(tenant, MOVED, stop=stop)) == {"op-1": Result.NOT_STARTED}


def test_deleting_what_is_gone_already_is_applied() -> None:
    tenant = ana()
    known = tenant.known()
    del tenant.things[ANA]
    assert results(carry_out(tenant, GONE, known=known)) == {"op-1": Result.APPLIED}


def test_changing_what_is_gone_fails() -> None:
    tenant = ana()
    known = tenant.known()
    del tenant.things[ANA]
    assert results(carry_out(tenant, MOVED, known=known)) == {"op-1": Result.FAILED}


def test_whoever_interrupts_does_not_wait_for_a_busy_tenant() -> None:
    stop = threading.Event()
    tenant = ana(mishaps={1: Before(busy(429, 300.0))}, during=lambda _: stop.set())
    outcomes = carry_out(tenant, MOVED, stop=stop)
    assert results(outcomes) == {"op-1": Result.NOT_STARTED}
    assert outcomes["op-1"].because == "interrupted while the tenant was busy"


def test_an_interrupted_write_whose_answer_was_lost_is_still_looked_for() -> None:
    stop = threading.Event()
    tenant = ana(mishaps={1: After(lost())}, during=lambda _: stop.set())
    assert results(carry_out(tenant, MOVED, stop=stop)) == {"op-1": Result.APPLIED}


def test_a_mistake_of_ours_surfaces_after_what_is_in_flight_was_recorded() -> None:
    def slip(operations) -> None:
        if operations[0].id == "op-1":
            raise AssertionError("a mistake")

    notes = Notes()
    with pytest.raises(AssertionError, match="a mistake"):
        carry_out(
            Tenant(during=slip),
            operation("op-2", "agent/bo@acme.example", Verb.CREATE),
            NEW,
            ledger=notes,
        )
    assert ("applied", "op-2") in notes.lines
