"""What lives in the tenant and stands in no file."""

from dataclasses import replace

import pytest

from reconciler import diff
from reconciler.diagnostics import Position, Severity
from reconciler.model import (
    Action,
    Comparison,
    Declared,
    Execution,
    ExtensionRange,
    Policy,
    Resource,
    Unmanaged,
)
from tests.make import FULL, agent, desired, place, reading, resource, uc_agent

TEMP = agent(4107, "Temp Desk", licenses=["voice"], queues={"support": 3})
PROOF = Declared("HEAD~1", frozenset({TEMP.address}))


def compare(
    live: Resource, unlisted: str = "report", declared: Declared | None = PROOF, **values: object
) -> Comparison:
    owned = ExtensionRange(
        "agents", "webrtc_agent", "4000", "4999", unlisted, place("ranges.yaml", 9)
    )
    uc = ExtensionRange("uc-users", "uc_user", "2000", "2999", unlisted)
    wanted = desired(ranges=(owned, uc), **values)
    return diff.compare(wanted, reading(live), declared=declared)


def test_an_agent_in_a_range_and_in_no_file_is_unlisted_and_only_reported() -> None:
    found = compare(TEMP)
    assert found.changes == ()
    unlisted = Unmanaged(TEMP.address, "4107 Temp Desk", unlisted=True, declared=True, active=True)
    assert found.unmanaged == (unlisted,)
    assert found.diagnostics == ()


def test_an_agent_outside_of_every_range_is_unmanaged() -> None:
    found = compare(agent(7001, "Ext Ernal"), "delete")
    unmanaged = Unmanaged("agent/ext.ernal@acme.example", "7001 Ext Ernal", active=True)
    assert found.unmanaged == (unmanaged,)


def test_an_unlisted_agent_who_was_declared_is_suspended_where_the_range_says_so() -> None:
    (change,) = compare(TEMP, "suspend").changes
    assert (change.action, change.reason) == (
        Action.SUSPEND,
        "unlisted, and range agents says suspend",
    )
    assert change.source == Position("ranges.yaml", 9, 5)
    assert [item.path for item in change.fields] == ["active", "licenses.voice", "queues.support"]
    assert compare(TEMP, "suspend").unmanaged == ()


def test_an_unlisted_agent_who_was_declared_is_deleted_where_the_range_says_so() -> None:
    (change,) = compare(TEMP, "delete").changes
    assert (change.action, change.fields) == (Action.DELETE, ())
    assert (change.execution, change.live_id) == (Execution.AUTOMATIC, "id-0")
    assert change.reason == "unlisted, and range agents says delete"


def test_a_delete_that_the_tenant_cannot_do_is_a_step_by_hand() -> None:
    owned = ExtensionRange("agents", "webrtc_agent", "4000", "4999", "delete")
    live = reading(TEMP, capabilities=replace(FULL, deletes=frozenset()))
    (change,) = diff.compare(desired(ranges=(owned,)), live, declared=PROOF).changes
    assert change.execution is Execution.MANUAL


@pytest.mark.parametrize("unlisted", ["suspend", "delete"])
@pytest.mark.parametrize("declared", [None, Declared("HEAD", frozenset({"agent/else@x.example"}))])
def test_without_proof_an_unlisted_agent_stays_and_the_way_is_told(
    unlisted: str, declared: Declared | None
) -> None:
    found = compare(TEMP, unlisted, declared)
    assert found.changes == ()
    assert [item.unlisted for item in found.unmanaged] == [True]
    (finding,) = found.diagnostics
    assert (finding.rule, finding.severity) == ("unlisted-without-proof", Severity.WARNING)
    assert "--base" in finding.hint
    assert f"it is not {'deleted' if unlisted == 'delete' else 'suspended'}" in finding.summary
    assert finding.position == Position("ranges.yaml", 9, 5)


def test_the_number_is_proof_if_it_was_the_same_person() -> None:
    before = {"agent/4107": {"extension": "4107", "name": "Temp Desk"}}
    proof = Declared("HEAD", frozenset(before), frozenset({"4107"}), before)
    assert [c.action for c in compare(TEMP, "suspend", proof).changes] == [Action.SUSPEND]
    assert [c.action for c in compare(TEMP, "suspend", replace(proof, fields={})).changes] == [
        Action.SUSPEND
    ]


def test_the_number_of_somebody_else_is_no_proof() -> None:
    before = {"agent/old@x.example": {"extension": "4107", "name": "Old", "email": "old@x.example"}}
    proof = Declared("HEAD", frozenset(before), frozenset({"4107"}), before)
    assert compare(TEMP, "suspend", proof).changes == ()


def test_the_number_is_proof_where_the_tenant_shows_neither_email_nor_name() -> None:
    before = {"agent/old@x.example": {"extension": "4107", "name": "Old", "email": "old@x.example"}}
    proof = Declared("HEAD", frozenset(before), frozenset({"4107"}), before)
    unnamed = resource("agent/4107", extension="4107", active=True)
    assert [c.action for c in compare(unnamed, "suspend", proof).changes] == [Action.SUSPEND]


def test_a_queue_in_a_range_is_not_unlisted() -> None:
    queue = resource("queue/support", extension="4500")
    assert compare(queue, "delete").unmanaged == (Unmanaged("queue/support", "support"),)


def test_a_uc_agent_is_never_deleted() -> None:
    live = uc_agent(2001, "Una Roe", licenses=["voice"])
    proof = Declared("HEAD", frozenset({live.address}))
    found = compare(live, "delete", proof)
    assert (found.changes, found.diagnostics) == ((), ())
    assert [item.unlisted for item in found.unmanaged] == [True]
    unshown = replace(live, fields={**live.fields, "phone": None})
    assert compare(unshown, "delete", proof).changes == ()
    assert [c.action for c in compare(live, "suspend", proof).changes] == [Action.SUSPEND]
    stray = uc_agent(4100, "Una Roe", licenses=["voice"])
    assert compare(stray, "delete", proof).changes == ()


def test_an_agent_without_a_number_is_in_no_range() -> None:
    found = compare(resource("agent/a@x.example", email="a@x.example", extension=None), "delete")
    assert [item.unlisted for item in found.unmanaged] == [False]


def test_who_is_out_already_stays_so_without_a_word() -> None:
    gone = agent(4107, "Temp Desk", active=False, licenses=[], queues={})
    found = compare(gone, "suspend", None)
    assert (found.changes, found.diagnostics) == ((), ())
    assert [item.address for item in found.unmanaged] == [gone.address]


def test_an_ignored_field_of_an_unlisted_agent_stays_as_it_is() -> None:
    policy = Policy(ignore=frozenset({"agent.licenses"}))
    (change,) = compare(TEMP, "suspend", policy=policy).changes
    assert [item.path for item in change.fields] == ["active", "queues.support"]


def test_somebody_who_begins_later_is_not_unlisted() -> None:
    found = compare(TEMP, "delete", waiting={TEMP.address: TEMP})
    assert (found.changes, found.unmanaged) == ((), ())


def test_pools_and_directory_entries_are_neither_managed_nor_unmanaged() -> None:
    for address in ("license_pool/voice", "directory_entry/4001"):
        assert compare(resource(address, extension="4001")).unmanaged == ()
