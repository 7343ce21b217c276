"""What people vouch for beside what a tenant shows: observed, attested and unobserved apart."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reconciler import diff, evidence
from reconciler.errors import ImplausibleError
from reconciler.model import (
    Action,
    Attestation,
    Comparison,
    Declared,
    Desired,
    Execution,
    Graded,
    Identity,
    LicensePool,
    Policy,
    Reading,
    Resource,
    Value,
)
from reconciler.providers.xima import CAPABILITIES
from tests.make import agent, desired, reading, resource, uc_agent

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
DAY = timedelta(days=1)
ANA = agent(4001, "Ana Diaz", licenses=["voice"], queues={"support": 5}, recording_mode="manual")
LISTED = resource(
    "agent/4001",
    name="Ana Diaz",
    extension="4001",
    phone="webrtc",
    active=True,
    id="agent:4001",
)

SUPPORT = resource("queue/support")


def shown(*resources: Resource, **values: Any) -> Reading:
    everything = {one.address: one for one in (SUPPORT, *(resources or (LISTED,)))}
    return reading(*everything.values(), capabilities=CAPABILITIES, **values)


def words(
    address: str, values: Mapping[str, Value], *, at: datetime = NOW, **how: Any
) -> list[Attestation]:
    return [Attestation(address, path, value, "sam", at, **how) for path, value in values.items()]


def weighed(vouched: list[Attestation], *live: Resource, **how: Any) -> Reading:
    return evidence.apply_evidence(shown(*live), vouched, now=NOW, days=90, **how)


def compared(vouched: list[Attestation], *wanted: Resource) -> Comparison:
    return diff.compare(desired(*wanted or (ANA,)), weighed(vouched))


KNOWN = {
    "extension": "4001",
    "email": "ana.diaz@acme.example",
    "recording_mode": "manual",
    "licenses": None,
    "licenses.voice": True,
    "queues": None,
    "queues.support": 5,
}


def test_what_nobody_knows_is_unobserved_and_no_change() -> None:
    found = compared([])
    assert found.changes == ()
    grades = {each.field: (each.observed, each.attested, each.unobserved) for each in found.grades}
    assert grades == {
        "active": (1, 0, 0),
        "email": (0, 0, 1),
        "extension": (1, 0, 0),
        "licenses": (0, 0, 1),
        "name": (1, 0, 0),
        "phone": (1, 0, 0),
        "queues": (0, 0, 1),
        "recording_mode": (0, 0, 1),
    }


def test_what_somebody_vouches_for_is_attested_with_name_and_age() -> None:
    found = compared(words(ANA.address, KNOWN, at=NOW - 12 * DAY))
    assert found.changes == ()
    assert found.unobserved == ()
    graded = {each.field: each for each in found.grades}
    assert graded["licenses"] == Graded("agent", "licenses", 0, 1, 0, ("sam",), NOW - 12 * DAY)
    assert graded["name"] == Graded("agent", "name", 1, 0, 0)


def test_a_word_that_differs_is_a_change_that_says_whose_word_it_is() -> None:
    (change,) = compared(words(ANA.address, {**KNOWN, "licenses.sms": True})).changes
    (item,) = change.fields
    assert (item.path, item.before, item.after) == ("licenses.sms", True, None)
    assert item.word
    assert (item.word.by, item.word.source) == ("sam", "attested")
    assert change.execution is Execution.MANUAL


def test_members_without_a_word_on_the_whole_say_nothing() -> None:
    found = compared(words(ANA.address, {"extension": "4001", "licenses.sms": True}))
    assert found.changes == ()
    assert "licenses" in {each.field for each in found.unobserved}


def test_a_word_on_one_member_moves_what_the_files_said_of_it() -> None:
    before = {"licenses.sms": True}
    declared = Declared("main", frozenset({ANA.address}), fields={ANA.address: before})
    said = {"extension": "4001", "licenses.sms": None, "licenses.voice": True}
    seen = weighed(words(ANA.address, said))
    assert "licenses" not in seen.resources["agent/4001"].fields
    assert diff.compare(desired(ANA), seen, declared=declared).changes == ()
    (change,) = diff.compare(desired(ANA), weighed([]), declared=declared).changes
    assert {item.path for item in change.fields} == {"licenses.sms", "licenses.voice"}


def test_an_old_word_is_no_word() -> None:
    assert not compared(words(ANA.address, KNOWN, at=NOW - 90 * DAY)).unobserved
    assert compared(words(ANA.address, KNOWN, at=NOW - 90 * DAY - timedelta(seconds=1))).unobserved


def test_the_newest_word_stands() -> None:
    old = words(ANA.address, {**KNOWN, "recording_mode": "disabled"}, at=NOW - DAY)
    assert compared([*words(ANA.address, KNOWN), *old]).changes == ()
    assert compared([*old, *words(ANA.address, KNOWN)]).changes == ()


def test_a_newer_word_on_the_whole_ends_older_ones_on_members() -> None:
    old = words(ANA.address, {**KNOWN, "licenses.sms": True}, at=NOW - DAY)
    new = words(ANA.address, {"licenses": None, "licenses.voice": True})
    assert compared([*old, *new]).changes == ()


def test_evidence_under_another_name_is_nobodys_and_told() -> None:
    said = words(
        ANA.address, {"extension": "4001", "name": "Anna Diaz", "recording_mode": "manual"}
    )
    seen = weighed(said)
    assert seen.resources["agent/4001"] == LISTED
    assert "agent/4001" not in seen.attested
    assert [note.rule for note in seen.notes] == ["observation-disagrees"]
    assert "Ana Diaz in the tenant and Anna Diaz by the word of sam" in seen.notes[0].summary


def test_a_dialog_that_the_list_contradicts_is_withdrawn_as_a_whole() -> None:
    renamed = {"name": "Ana Soto", "extension": "4001", "recording_mode": "manual"}
    said = words(ANA.address, renamed, name="Ana Diaz", extension="4001", step="s1")
    seen = weighed(said)
    assert seen.attested["agent/4001"] == {}
    assert {item.path for item in seen.refuted} == set(renamed)


def test_a_word_stays_with_its_person_while_numbers_are_exchanged() -> None:
    bo = resource("agent/4999", name="Bo Chen", extension="4999", phone="webrtc", active=True)
    said = words("agent/4001", {"extension": "4999", "recording_mode": "manual"})
    found = weighed(said, LISTED, bo)
    assert [*found.attested] == ["agent/4999"]
    assert "recording_mode" not in found.resources["agent/4001"].fields
    assert found.notes == ()


def test_a_number_that_changed_hands_on_the_day_of_a_file_is_nobodys() -> None:
    seen = [
        Attestation("agent/4001", "extension", "4001", "", at, "reading", name, "4001")
        for name, at in (("Bo Chen", NOW - 3 * DAY), ("Ana Diaz", NOW - DAY / 2))
    ]
    said = words("agent/4001", {"recording_mode": "manual"}, at=NOW - DAY, source="file: page")
    assert weighed([*seen, *said]).attested == {}
    assert weighed([*seen[:1], *said]).attested == {}
    assert weighed([*seen[1:], *said]).attested["agent/4001"]


def test_who_is_licensed_by_somebodys_word_and_not_listed_is_told() -> None:
    bo = {"extension": "4002", "licenses": None, "licenses.voice": True}
    seen = weighed(words("agent/bo@acme.example", bo))
    (note,) = seen.notes
    assert "agent/bo@acme.example has a license by the word of sam" in note.summary


def test_names_that_the_tenant_does_not_have_are_told() -> None:
    said = words(ANA.address, {**KNOWN, "queues.suport": 5, "licenses.gold": True})
    seen = weighed(said, LISTED, resource("queue/support"))
    assert [note.summary.partition(" of ")[0] for note in seen.notes] == [
        "licenses.gold",
        "queues.suport",
    ]


def test_skill_groups_are_what_the_files_call_them() -> None:
    groups = [resource("queue/support"), resource("queue/spanish"), resource("queue/other")]
    seen = weighed([], *groups, skills={"skill/spanish"})
    assert sorted(seen.resources) == ["queue/other", "queue/support", "skill/spanish"]
    assert seen.resources["skill/spanish"].kind == "skill"


# --- absence -------------------------------------------------------------------------------------


def people(count: int, **values: Any) -> list[Resource]:
    return [
        agent(4000 + number, f"Person {number}", **{"licenses": ["voice"], **values})
        for number in range(count)
    ]


def rows(*people: Resource) -> list[Resource]:
    keys = ("name", "extension", "phone", "active")
    return [
        resource(f"agent/{one.fields['extension']}", **{name: one.fields[name] for name in keys})
        for one in people
    ]


def expect(wanted: Desired, listed: list[Resource]) -> None:
    evidence.expect_declared(reading(*listed, capabilities=CAPABILITIES), wanted)


def test_a_fifth_may_be_absent_and_no_more() -> None:
    everybody = people(10)
    expect(desired(*everybody), rows(*everybody[2:]))
    with pytest.raises(ImplausibleError, match="3 of 10 agents who should have a license"):
        expect(desired(*everybody), rows(*everybody[3:]))
    expect(desired(*everybody, policy=Policy(absent_percent=30)), rows(*everybody[3:]))


def test_an_empty_list_is_not_believed() -> None:
    with pytest.raises(ImplausibleError, match=r"1 of 1 .*agent/person.0@acme.example"):
        expect(desired(*people(1)), [])
    expect(desired(), [])


def test_who_has_no_license_or_has_left_is_not_expected() -> None:
    expect(desired(*people(5, licenses=[])), [])
    expect(desired(*people(5, active=False)), [])


def test_whoever_changes_the_number_is_expected_under_the_old_one() -> None:
    ana = agent(4009, "Ana Diaz", licenses=["voice"])
    before = {ana.address: Identity(previously={"extension": "4001"})}
    expect(desired(ana, identities=before), [LISTED])


def test_a_list_that_shrinks_between_two_readings_is_not_believed() -> None:
    everybody = rows(*people(10))
    evidence.expect_as_many(reading(*everybody[2:], capabilities=CAPABILITIES), 10, 20)
    with pytest.raises(ImplausibleError, match="hold 5 entries and held 10"):
        evidence.expect_as_many(reading(*everybody[5:], capabilities=CAPABILITIES), 10, 20)


def full(*listed: Resource) -> Reading:
    return reading(*listed)


def applied(*agents: Resource, source: str = "last apply") -> Declared:
    return Declared(source, frozenset(agent.address for agent in agents))


def test_who_was_there_at_the_last_apply_is_missed_by_no_tenant() -> None:
    everybody = people(40)
    evidence.expect_declared(full(*everybody[8:]), desired(*everybody), applied(*everybody))
    with pytest.raises(ImplausibleError, match="9 of 40 agents who were there at the last apply"):
        evidence.expect_declared(full(*everybody[9:]), desired(*everybody), applied(*everybody))


def test_three_may_be_deleted_by_hand_however_small_the_tenant_is() -> None:
    everybody = people(5)
    evidence.expect_declared(full(*everybody[3:]), desired(*everybody), applied(*everybody))


def test_on_first_contact_everybody_may_be_new() -> None:
    everybody = people(40)
    evidence.expect_declared(full(), desired(*everybody), None)
    evidence.expect_declared(full(), desired(*everybody), applied(*everybody, source="main"))


def test_seats_taken_by_nobody_on_the_list_prove_it_short_without_a_ledger() -> None:
    everybody = people(40)
    pool = resource("license_pool/voice", name="voice", purchased=50, assigned=40)
    files = desired(*everybody, pools={"voice": LicensePool("voice", 50)})
    evidence.expect_declared(full(pool, *everybody), files)
    with pytest.raises(ImplausibleError, match="20 of 40 agents with a seat of voice"):
        evidence.expect_declared(full(pool, *everybody[20:]), files)


def test_any_tenant_that_lists_far_less_than_a_moment_ago_is_not_believed() -> None:
    evidence.expect_as_many(full(*people(2)), 5, 20)
    with pytest.raises(ImplausibleError, match="hold 30 entries and held 40"):
        evidence.expect_as_many(full(*people(30)), 40, 20)


# --- compared ------------------------------------------------------------------------------------


def test_an_agent_without_a_license_is_unobserved_and_never_missing() -> None:
    for licenses in ([], None):
        bo = agent(4002, "Bo Chen", **({} if licenses is None else {"licenses": licenses}))
        found = compared([], ANA, bo)
        assert found.changes == ()
        assert [e.unobserved for e in found.grades if e.field == "name"] == [1]


def test_an_absent_agent_with_a_license_is_created_by_hand() -> None:
    bo = agent(4002, "Bo Chen", licenses=["voice"])
    (change,) = compared([], ANA, bo).changes
    assert (change.action, change.execution) == (Action.CREATE, Execution.MANUAL)


def test_nobody_is_created_without_an_email() -> None:
    bo = agent(4002, "Bo Chen", email=None, licenses=["voice"])
    assert [d.rule for d in compared([], ANA, bo).diagnostics] == ["email-to-create"]


def test_an_absent_uc_agent_is_licensed_and_owns_its_fields() -> None:
    yara = uc_agent(2001, "Yara Haddad", licenses=["voice"], preferred_name="Yara")
    (change,) = compared([], ANA, yara).changes
    assert [item.path for item in change.fields] == ["active", "licenses.voice", "preferred_name"]


def test_whose_name_stands_on_the_list_without_a_number_is_not_created() -> None:
    bo = agent(4002, "Bo Chen", licenses=["voice"])
    seen = shown(LISTED, numberless=frozenset({"Bo Chen"}))
    assert diff.compare(desired(ANA, bo), seen).changes == ()


def test_an_extension_moves_with_previously_and_is_otherwise_somebody_new() -> None:
    ana = agent(4009, "Ana Diaz-Soto", licenses=["voice"])
    before = {ana.address: Identity(previously={"extension": "4001"})}
    (change,) = diff.compare(desired(ana, identities=before), weighed([])).changes
    assert {item.path: item.before for item in change.fields} == {
        "extension": "4001",
        "name": "Ana Diaz",
    }
    (change,) = diff.compare(desired(ana), weighed([])).changes
    assert change.action is Action.CREATE


def test_who_is_to_have_no_license_and_is_listed_is_told() -> None:
    bare = agent(4001, "Ana Diaz", licenses=[])
    assert [d.rule for d in compared([], bare).diagnostics] == ["still-licensed"]


def test_an_edit_of_what_nobody_sees_is_a_change_and_says_that_nobody_saw() -> None:
    before = {"licenses.voice": True, "recording_mode": "manual", "queues.support": 3}
    declared = Declared("origin/main", frozenset({ANA.address}), fields={ANA.address: before})
    (change,) = diff.compare(desired(ANA), weighed([]), declared=declared).changes
    (item,) = change.fields
    assert (item.path, item.before, item.after) == ("queues.support", 3, 5)
    assert item.word
    assert item.word.source == "base"


def test_a_word_counts_more_than_what_the_files_said() -> None:
    declared = Declared(
        "main", frozenset({ANA.address}), fields={ANA.address: {"recording_mode": "disabled"}}
    )
    seen = weighed(words(ANA.address, KNOWN))
    assert diff.compare(desired(ANA), seen, declared=declared).changes == ()


def test_a_tenant_lacks_what_only_the_files_have() -> None:
    support = resource("queue/support", default_level=5)
    found = diff.compare(desired(support), weighed([], resource("queue/support")))
    assert (found.changes, found.unobserved) == ((), ())
