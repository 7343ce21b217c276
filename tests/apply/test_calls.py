"""Live calls: an agent on a call keeps license, queues, number and sign-in until it is over."""

import pytest

from reconciler import errors
from reconciler.model import Result, Verb
from tests.apply.tenant import Tenant, carry_out, operation, results

ANA, BO = "agent/ana@acme.example", "agent/bo@acme.example"


def busy_ana(**more: object) -> Tenant:
    tenant = Tenant(callers={ANA}, **more)  # type: ignore[arg-type]  # a test's fields
    return tenant.have(ANA, extension="4001").have(BO, extension="4002").have("queue/support")


TAKEN = {
    "sign-in": {"active": False},
    "license": {"licenses__voice": None},
    "queue": {"queues__support": None},
    "skill": {"skills__spanish": None},
    "extension": {"extension": "4003"},
}
GIVEN = {
    "sign-in": {"active": True},
    "license": {"licenses__voice": True},
    "queue": {"queues__support": 8},
    "cleared name": {"preferred_name": None},
}


@pytest.mark.parametrize("values", TAKEN.values(), ids=TAKEN)
def test_an_agent_on_a_call_is_not_taken_anything_away_from(values) -> None:
    tenant = busy_ana()
    outcomes = carry_out(
        tenant,
        operation("op-1", ANA, **values),
        operation("op-2", BO, name="Bo", after=["op-1"]),
        operation("op-3", BO, extension="4009"),
    )
    assert results(outcomes) == {
        "op-1": Result.SKIPPED,
        "op-2": Result.SKIPPED,
        "op-3": Result.APPLIED,
    }
    assert outcomes["op-1"].because == f"{ANA} is on a call"
    assert outcomes["op-2"].because == f"waits for op-1 of {ANA}, which was skipped"


def test_an_agent_on_a_call_is_not_deleted() -> None:
    tenant = busy_ana()
    outcomes = carry_out(tenant, operation("op-1", ANA, Verb.DELETE))
    assert results(outcomes) == {"op-1": Result.SKIPPED}


@pytest.mark.parametrize("values", GIVEN.values(), ids=GIVEN)
def test_giving_something_does_not_ask_whether_somebody_is_on_a_call(values) -> None:
    tenant = busy_ana()
    assert results(carry_out(tenant, operation("op-1", ANA, **values))) == {"op-1": Result.APPLIED}
    assert tenant.presences == []


def test_whoever_is_free_loses_what_the_plan_says() -> None:
    tenant = busy_ana()
    outcomes = carry_out(tenant, operation("op-1", BO, licenses__voice=None))
    assert results(outcomes) == {"op-1": Result.APPLIED}
    assert tenant.presences == ["id-1"]


def test_calls_can_be_ignored() -> None:
    tenant = busy_ana()
    outcomes = carry_out(tenant, operation("op-1", ANA, active=False), live_calls="ignore")
    assert results(outcomes) == {"op-1": Result.APPLIED}
    assert tenant.presences == []


def test_a_caller_holds_up_nobody_else_who_leaves_the_same_queue() -> None:
    tenant = busy_ana(on_queue=True)
    outcomes = carry_out(
        tenant,
        operation("op-1", ANA, queues__support=None),
        operation("op-2", BO, queues__support=None),
    )
    assert results(outcomes) == {"op-1": Result.SKIPPED, "op-2": Result.APPLIED}
    assert tenant.writes == [("op-2",)]


def test_a_callers_other_steps_go_on_unless_they_wait() -> None:
    tenant = busy_ana()
    outcomes = carry_out(
        tenant,
        operation("op-1", ANA, licenses__voice=None),
        operation("op-2", ANA, name="Ana"),
        operation("op-3", ANA, licenses__sms=True, after=["op-1"]),
    )
    assert results(outcomes) == {
        "op-1": Result.SKIPPED,
        "op-2": Result.APPLIED,
        "op-3": Result.SKIPPED,
    }
    assert tenant.presences == ["id-0"]


def test_queue_settings_have_nothing_to_do_with_calls() -> None:
    tenant = busy_ana()
    outcomes = carry_out(tenant, operation("op-1", "queue/support", extension="1002"))
    assert results(outcomes) == {"op-1": Result.APPLIED}


class Blindfolded(Tenant):
    error: Exception

    def presence(self, handle):  # type: ignore[no-untyped-def]  # as in Tenant
        raise self.error


@pytest.mark.parametrize(
    ("error", "rest"),
    [
        (errors.RequestError("400: no presence", status=400), Result.APPLIED),
        (errors.UnreachableError("no answer"), Result.NOT_STARTED),
        (errors.RefusedError("403"), Result.NOT_STARTED),
    ],
)
def test_presence_that_cannot_be_read_takes_nothing_away(error: Exception, rest: Result) -> None:
    tenant = Blindfolded().have(ANA, extension="4001").have(BO)
    tenant.error = error
    outcomes = carry_out(
        tenant,
        operation("op-1", ANA, active=False),
        operation("op-2", BO, name="Bo"),
        raises=None if rest is Result.APPLIED else type(error),
    )
    assert results(outcomes) == {"op-1": Result.FAILED, "op-2": rest}
    assert outcomes["op-1"].because.startswith(f"whether {ANA} is on a call cannot be told")
