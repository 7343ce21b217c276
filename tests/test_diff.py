"""What differs between the files and the tenant, resource by resource."""

from dataclasses import replace
from datetime import date

import pytest

from reconciler import diff
from reconciler.diagnostics import Position, Severity
from reconciler.model import (
    NO_LEVEL,
    Action,
    Capabilities,
    Change,
    Desired,
    Execution,
    FieldChange,
    Policy,
    Reading,
    Term,
    Unmanaged,
    Unobserved,
)
from tests.make import BY_HAND, FULL, agent, desired, place, reading, resource, uc_agent

ANA = agent(4001, "Ana Diaz", licenses=["voice"], queues={"support": 5})
CORE = replace(
    FULL,
    observed={
        "agent": frozenset({"name", "email", "extension", "active", "licenses", "queues"}),
        "queue": frozenset(),
    },
    writable={
        "agent": frozenset({"name", "email", "extension", "active", "licenses", "queues"}),
        "queue": frozenset(),
    },
    members_on_queue=True,
)


def changes(wanted: Desired, live: Reading) -> list[Change]:
    return list(diff.compare(wanted, live).changes)


def only(wanted: Desired, live: Reading) -> Change:
    (change,) = changes(wanted, live)
    return change


def paths(change: Change) -> dict[str, tuple[object, object]]:
    return {item.path: (item.before, item.after) for item in change.fields}


def test_what_is_the_same_is_counted_and_not_a_change() -> None:
    queue = resource("queue/support", extension="1001")
    found = diff.compare(desired(ANA, queue), reading(ANA, queue))
    assert found.changes == ()
    assert found.unchanged == {"agent": 1, "queue": 1}
    assert set(found.matches) == {ANA.address, "queue/support"}


def test_absent_is_unmanaged() -> None:
    live = agent(4001, "Ana Diaz", preferred_name="Annie", skills={"spanish": 3})
    assert changes(desired(agent(4001, "Ana Diaz")), reading(live)) == []


def test_none_clears_a_value() -> None:
    wanted, live = (agent(4001, "Ana Diaz", preferred_name=name) for name in (None, "Annie"))
    assert paths(only(desired(wanted), reading(live))) == {"preferred_name": ("Annie", None)}


def test_a_collection_is_compared_member_by_member() -> None:
    wanted = agent(4001, "Ana Diaz", licenses=["voice", "sms"], queues={"support": 8, "vip": 2})
    live = agent(4001, "Ana Diaz", licenses=["voice", "web_chat"], queues={"support": 5, "old": 1})
    assert only(desired(wanted), reading(live)).fields == (
        FieldChange("licenses.sms", None, True),
        FieldChange("licenses.web_chat", True, None),
        FieldChange("queues.old", 1, None),
        FieldChange("queues.support", 5, 8),
        FieldChange("queues.vip", None, 2),
    )


def test_a_membership_without_a_stated_level_matches_any() -> None:
    wanted, live = (
        agent(4001, "Ana Diaz", queues={"support": level}, skills={"spanish": level})
        for level in (NO_LEVEL, 7)
    )
    assert changes(desired(wanted), reading(live)) == []


def test_a_stated_level_is_set_where_the_tenant_has_none() -> None:
    wanted, live = (agent(4001, "Ana Diaz", queues={"support": level}) for level in (7, NO_LEVEL))
    assert paths(only(desired(wanted), reading(live))) == {"queues.support": (True, 7)}


def test_a_membership_that_begins_later_is_neither_added_changed_nor_removed() -> None:
    wanted = agent(4001, "Ana Diaz", queues={}, skills={"spanish": 5})
    live = agent(4001, "Ana Diaz", queues={"support": 3}, skills={"spanish": 5})
    later = desired(wanted, not_yet={wanted.address: frozenset({"queues.support"})})
    assert changes(later, reading(live)) == []
    assert "queues.support" not in paths(only(later, reading()))


def test_a_create_states_everything_from_nothing() -> None:
    wanted = agent(4001, "Ana Diaz", licenses=["voice"], queues={"support": NO_LEVEL, "vip": 2})
    created = only(desired(wanted), reading())
    assert created.action is Action.CREATE
    assert paths(created) == {
        "active": (None, True),
        "email": (None, "ana.diaz@acme.example"),
        "extension": (None, "4001"),
        "licenses.voice": (None, True),
        "name": (None, "Ana Diaz"),
        "phone": (None, "webrtc"),
        "queues.support": (None, True),
        "queues.vip": (None, 2),
    }
    assert [item.path for item in created.fields] == sorted(paths(created))
    assert (created.live_id, created.precondition) == (None, None)


def test_a_change_says_what_it_is_about_and_where_it_is_stated() -> None:
    wanted = agent(4002, "Ana Diaz", origin=place("agents.yaml", 12))
    live = replace(agent(4001, "Ana Diaz"), id="7f", version='W/"3"')
    change = only(desired(wanted), reading(live))
    assert change.label == "4002 Ana Diaz"
    assert change.source == Position("agents.yaml", 12, 5)
    assert (change.live_id, change.precondition) == ("7f", 'W/"3"')
    assert (change.reason, change.execution) == ("files differ from tenant", Execution.AUTOMATIC)


def test_without_a_version_the_fields_are_the_fingerprint() -> None:
    wanted = agent(4002, "Ana Diaz")
    one, same, other = (
        only(desired(wanted), reading(live)).precondition or ""
        for live in (
            agent(4001, "Ana Diaz", skills={"a": 1, "b": 2}),
            agent(4001, "Ana Diaz", skills={"b": 2, "a": 1}),
            agent(4001, "Ana Diaz", skills={"a": 1, "b": 3}),
        )
    )
    assert one.startswith("fields:")
    assert one == same != other


def test_queues_and_skills_are_created_and_updated_and_never_deleted() -> None:
    wanted = desired(resource("queue/support", priority=5), resource("skill/spanish"))
    live = reading(resource("queue/support", priority=4), resource("queue/Support", priority=5))
    found = diff.compare(wanted, live)
    assert [(c.address, c.action) for c in found.changes] == [
        ("queue/support", Action.UPDATE),
        ("skill/spanish", Action.CREATE),
    ]
    assert found.unmanaged == (Unmanaged("queue/Support", "Support"),)


# --- coming and going ----------------------------------------------------------------------------


def left(**values: object) -> Desired:
    gone = agent(4001, "Ana Diaz", active=False, licenses=[], queues={}, skills={}, **values)
    return desired(gone, terms={gone.address: Term(end=date(2026, 11, 20))})


def test_who_has_left_is_suspended_and_loses_everything() -> None:
    change = only(left(), reading(replace(ANA, fields={**ANA.fields, "skills": {"spanish": 2}})))
    assert change.action is Action.SUSPEND
    assert change.reason == "the last day was 2026-11-20"
    assert paths(change) == {
        "active": (True, False),
        "licenses.voice": (True, None),
        "queues.support": (5, None),
        "skills.spanish": (2, None),
    }


def test_who_has_left_and_is_not_in_the_tenant_is_nothing_to_do() -> None:
    assert changes(left(), reading()) == []


def test_who_is_suspended_and_still_holds_a_license_is_updated() -> None:
    live = agent(4001, "Ana Diaz", active=False, licenses=["voice"], queues={})
    change = only(left(), reading(live))
    assert (change.action, paths(change)) == (Action.UPDATE, {"licenses.voice": (True, None)})


def test_a_suspended_agent_who_is_declared_is_restored() -> None:
    live = agent(4001, "Ana Diaz", active=False, licenses=[], queues={})
    change = only(desired(ANA), reading(live))
    assert change.action is Action.RESTORE
    assert paths(change)["active"] == (False, True)
    assert paths(change)["licenses.voice"] == (None, True)


def test_somebody_who_has_left_keeps_the_label_with_the_number_that_is_freed() -> None:
    wanted = agent(4001, "Ana Diaz", active=False)
    wanted = replace(wanted, fields={**wanted.fields, "extension": None})
    assert only(desired(wanted), reading(ANA)).label == "4001 Ana Diaz"


def test_who_has_left_does_not_get_a_number_back() -> None:
    gone, live = (agent(4001, "Ana Diaz", active=False) for _ in range(2))
    freed = replace(live, fields={**live.fields, "extension": None})
    assert changes(desired(gone), reading(freed)) == []
    back = only(desired(agent(4001, "Ana Diaz")), reading(freed))
    assert paths(back) == {"active": (False, True), "extension": (None, "4001")}


def test_an_agent_who_begins_later_is_neither_changed_nor_unmanaged() -> None:
    waiting = agent(4001, "Ana Diaz", preferred_name="Annie")
    found = diff.compare(desired(waiting={waiting.address: waiting}), reading(ANA))
    assert (found.changes, found.unmanaged) == ((), ())
    assert diff.compare(desired(waiting={waiting.address: waiting}), reading()).changes == ()


# --- what a tenant shows and takes ---------------------------------------------------------------


def test_what_the_tenant_does_not_show_is_counted_and_not_compared() -> None:
    wanted = agent(4001, "Ana Diaz", recording_mode="manual")
    found = diff.compare(desired(wanted), reading(agent(4001, "Ana Diaz")))
    assert found.changes == ()
    assert found.unobserved == (Unobserved("agent", "recording_mode", 1),)


def test_a_create_leaves_out_what_nobody_can_write() -> None:
    wanted = agent(4001, "Ana Diaz", recording_mode="manual", queues={"support": 5})
    found = diff.compare(desired(wanted), reading(capabilities=CORE))
    assert paths(found.changes[0]) == {
        "active": (None, True),
        "email": (None, "ana.diaz@acme.example"),
        "extension": (None, "4001"),
        "name": (None, "Ana Diaz"),
        "queues.support": (None, True),
    }
    assert found.unobserved == (
        Unobserved("agent", "phone", 1),
        Unobserved("agent", "queues.level", 1),
        Unobserved("agent", "recording_mode", 1),
    )


def test_where_queues_are_groups_a_level_is_unobserved_and_not_a_difference() -> None:
    wanted = agent(4001, "Ana Diaz", queues={"support": 5, "vip": NO_LEVEL})
    live = agent(4001, "Ana Diaz", queues=["support", "vip"])
    found = diff.compare(desired(wanted), reading(live, capabilities=CORE))
    assert found.changes == ()
    assert Unobserved("agent", "queues.level", 1) in found.unobserved


def test_where_no_level_is_stated_none_is_unobserved() -> None:
    wanted = desired(agent(4001, "Ana Diaz", queues=["vip"]), agent(4002, "Bo Chen"))
    found = diff.compare(wanted, reading(capabilities=CORE))
    assert {one.field for one in found.unobserved} == {"phone"}


def test_a_kind_that_the_tenant_does_not_show_is_unobserved() -> None:
    wanted = desired(resource("skill/spanish", default_level=5), resource("skill/french"))
    found = diff.compare(wanted, reading(capabilities=CORE))
    assert found.changes == ()
    assert found.unobserved == (
        Unobserved("skill", "default_level", 1),
        Unobserved("skill", "name", 1),
    )


def test_what_only_a_person_can_write_is_a_step_by_hand() -> None:
    live = agent(4001, "Ana Dias", email=None)
    renamed = only(desired(agent(4001, "Ana Diaz")), reading(live, capabilities=BY_HAND))
    assert renamed.execution is Execution.MANUAL
    created = only(desired(agent(4009, "Gus Ode")), reading(capabilities=BY_HAND))
    assert created.execution is Execution.MANUAL


def test_one_field_by_hand_makes_the_whole_change_manual() -> None:
    mixed = Capabilities(
        observed=FULL.observed,
        writable={"agent": FULL.writable["agent"] - {"recording_mode"}},
        by_hand={"agent": frozenset({"recording_mode"})},
    )
    wanted = agent(4002, "Ana Diaz", recording_mode="manual")
    live = agent(4001, "Ana Diaz", recording_mode="disabled")
    assert only(desired(wanted), reading(live, capabilities=mixed)).execution is Execution.MANUAL


def test_what_the_tenant_shows_and_takes_from_nobody_is_told() -> None:
    fixed = replace(FULL, writable={"agent": FULL.writable["agent"] - {"recording_mode"}})
    wanted, live = (agent(4001, "Ana Diaz", recording_mode=m) for m in ("manual", "disabled"))
    found = diff.compare(desired(wanted), reading(live, capabilities=fixed))
    assert found.changes == ()
    assert [(d.rule, d.severity) for d in found.diagnostics] == [
        ("read-only-field", Severity.WARNING)
    ]


def test_whom_the_tenant_may_have_without_showing_is_unobserved_and_not_created() -> None:
    wanted = agent(4001, "Ana Diaz")
    hidden = reading(capabilities=BY_HAND, unreported=frozenset({wanted.address}))
    found = diff.compare(desired(wanted), hidden)
    assert found.changes == ()
    assert Unobserved("agent", "name", 1) in found.unobserved


def test_a_leaver_of_whom_the_sign_in_is_not_shown_is_suspended_by_hand() -> None:
    live = resource(ANA.address, name="Ana Diaz", extension="4001")
    change = only(left(), reading(live, capabilities=BY_HAND))
    assert (change.action, change.execution) == (Action.SUSPEND, Execution.MANUAL)
    assert paths(change) == {"active": (None, False)}


def test_a_sign_in_that_nobody_sees_or_switches_is_unobserved() -> None:
    none = {"agent": frozenset({"name", "extension", "email"})}
    live = resource(ANA.address, name="Ana Diaz", extension="4001", email="ana.diaz@acme.example")
    found = diff.compare(left(), reading(live, capabilities=replace(FULL, writable=none)))
    assert (found.changes, found.diagnostics) == ((), ())
    assert Unobserved("agent", "active", 1) in found.unobserved


def test_a_phone_that_is_ignored_may_differ() -> None:
    policy = Policy(ignore=frozenset({"agent.phone"}))
    wanted = agent(2001, "Una Roe", preferred_name="Una", licenses=["voice"])
    live = uc_agent(2001, "Una Roe", preferred_name="U", licenses=["voice"])
    found = diff.compare(desired(wanted, policy=policy), reading(live))
    assert paths(found.changes[0]) == {"preferred_name": ("U", "Una")}
    assert found.diagnostics == ()


@pytest.mark.parametrize("live", [ANA, agent(4001, "Ana Diaz", active=False)])
def test_an_ignored_field_is_neither_compared_nor_written(live: object) -> None:
    ignoring = Policy(ignore=frozenset({"agent.licenses", "agent.active", "agent.queues"}))
    wanted = desired(
        agent(4001, "Ana Diaz", active=False, licenses=[], queues={}),
        policy=ignoring,
    )
    assert changes(wanted, reading(live)) == []  # type: ignore[arg-type]
    created = only(desired(ANA, policy=ignoring), reading())
    assert not {"active", "licenses.voice", "queues.support"} & set(paths(created))


# --- UC agents -----------------------------------------------------------------------------------


def test_name_and_email_of_a_uc_agent_are_checks_and_never_changes() -> None:
    wanted = uc_agent(2001, "Una Roe", preferred_name="Una", origin=place("uc.yaml", 3))
    live = uc_agent(2001, "Una Row", email="una@uc.example", preferred_name="U")
    found = diff.compare(desired(wanted), reading(live))
    assert paths(found.changes[0]) == {"preferred_name": ("U", "Una")}
    assert [(d.rule, d.severity, d.position) for d in found.diagnostics] == [
        ("uc-owned-field", Severity.WARNING, Position("uc.yaml", 3, 5)),
        ("uc-owned-field", Severity.WARNING, Position("uc.yaml", 3, 5)),
    ]


def test_a_check_that_holds_or_cannot_be_seen_says_nothing() -> None:
    wanted = uc_agent(2001, "Una Roe")
    unseen = resource("agent/2001", extension="2001", phone="uc", name="Una Roe", active=True)
    for live in (wanted, unseen):
        assert diff.compare(desired(wanted), reading(live)).diagnostics == ()


def test_a_uc_agent_whom_the_tenant_does_not_have_asks_for_a_sync() -> None:
    found = diff.compare(desired(uc_agent(2001, "Una Roe")), reading())
    assert found.changes == ()
    (finding,) = found.diagnostics
    assert (finding.rule, finding.severity) == ("unknown-uc-agent", Severity.ERROR)
    assert "sync the UC directory first" in finding.hint


def test_a_uc_agent_that_only_the_tenant_knows_as_such_keeps_what_the_directory_owns() -> None:
    wanted = resource("agent/2001", extension="2001", recording_mode="manual", licenses=["voice"])
    live = uc_agent(2001, "Una Roe", recording_mode=None, licenses=[])
    found = diff.compare(desired(wanted), reading(live))
    assert paths(found.changes[0]) == {"licenses.voice": (None, True)}
    assert [d.rule for d in found.diagnostics] == ["uc-owned-field"]


def test_a_phone_is_set_once() -> None:
    wanted = agent(2001, "Una Roe", preferred_name="Una")
    live = uc_agent(2001, "Una Roe", preferred_name=None)
    found = diff.compare(desired(wanted), reading(live))
    assert found.changes == ()
    assert [(d.rule, d.severity) for d in found.diagnostics] == [
        ("phone-is-set-once", Severity.ERROR)
    ]


def test_a_phone_that_the_tenant_shows_as_empty_is_not_written() -> None:
    live = replace(ANA, fields={**ANA.fields, "phone": None})
    assert changes(desired(ANA), reading(live)) == []


def test_explain_says_what_differs_in_one_record() -> None:
    wanted = resource(ANA.address, name="Ana", licenses=["sms"], queues={"support": 8}, email="a")
    live = resource(ANA.address, name="Ana", licenses=[], queues={"support": 5}, phone="uc")
    found = diff.explain("4001 Ana", wanted, live)
    assert found.differs == (
        "Item licenses.sms (True) added to dictionary.",
        "Value of queues.support changed from 5 to 8.",
    )
    assert (found.left_alone, found.unseen) == (("phone",), ("email",))
    assert diff.explain("4001 Ana", live, live).differs == ()
