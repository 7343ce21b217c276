"""Whose doing a difference is: base, desired and live."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reconciler import diff, drift, kinds, load
from reconciler.diagnostics import Diagnostic, Position, Severity
from reconciler.errors import SetupError
from reconciler.model import (
    NO_LEVEL,
    AuditEntry,
    Declared,
    Desired,
    DriftClass,
    DriftItem,
    DriftReport,
    ExtensionRange,
    Identity,
    Reading,
    Resource,
    Unobserved,
    Value,
)
from reconciler.render import document
from tests.desired import read
from tests.make import agent, desired, place, reading, resource

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ADDRESS = "agent/ana.diaz@acme.example"


def ana(**values: object) -> Resource:
    one = agent(4001, "Ana Diaz")
    return replace(one, fields={**one.fields, **resource(one.address, **values).fields})


def base_of(*resources: Resource) -> Declared:
    return load.declared(desired(*resources), "last apply")


def report(wanted: Desired, live: Reading, base: Declared | None = None, **more: object):
    comparison = diff.compare(wanted, live, declared=base)
    return drift.report(wanted, live, comparison, base, now=NOW, **more)  # type: ignore[arg-type]


def sides(base: Resource | None, wanted: Resource, live: Resource | None) -> list[DriftItem]:
    """The items of a three-way report over one agent; None: not there."""
    known = base_of(*([base] if base else [agent(4999, "Some Body")]))
    there = reading(*([live] if live else []))
    return list(report(desired(wanted), there, known).items)


def only(items: list[DriftItem] | DriftReport) -> DriftItem:
    (item,) = items.items if isinstance(items, DriftReport) else items
    return item


@pytest.mark.parametrize(
    ("base", "wanted", "live", "found"),
    [
        ("manual", "manual", "disabled", DriftClass.DRIFT),
        ("manual", "automatic", "manual", DriftClass.PENDING),
        ("manual", "automatic", "disabled", DriftClass.CONFLICT),
    ],
)
def test_who_moved_away_from_the_base(base: str, wanted: str, live: str, found: DriftClass) -> None:
    item = only(sides(*(ana(recording_mode=mode) for mode in (base, wanted, live))))
    assert (item.drift, item.path) == (found, "recording_mode")
    assert (item.base, item.desired, item.live) == (base, wanted, live)
    assert item.first_seen == NOW


def test_where_files_and_tenant_moved_alike_nothing_is_said() -> None:
    assert sides(*(ana(recording_mode=mode) for mode in ("manual", "disabled", "disabled"))) == []


@pytest.mark.parametrize(
    ("base", "wanted", "live", "found"),
    [
        ({"support": 5}, {"support": 5}, {"support": 7}, DriftClass.DRIFT),
        ({"support": 5}, {"support": 5}, {}, DriftClass.DRIFT),
        ({}, {}, {"support": 5}, DriftClass.DRIFT),
        ({"vip": 1}, {"vip": 1, "support": 5}, {"vip": 1}, DriftClass.PENDING),
        ({"support": 5}, {}, {"support": 5}, DriftClass.PENDING),
        ({"support": 5}, {"support": 8}, {}, DriftClass.CONFLICT),
        ({"support": NO_LEVEL}, {"support": 8}, {"support": 3}, DriftClass.PENDING),
        ({"support": NO_LEVEL}, {"support": NO_LEVEL}, {}, DriftClass.DRIFT),
        ({"support": 5}, {"support": 8}, {"support": NO_LEVEL}, DriftClass.PENDING),
        ({}, {"support": 8}, {"support": NO_LEVEL}, DriftClass.CONFLICT),
    ],
)
def test_memberships_drift_one_by_one(
    base: dict[str, int], wanted: dict[str, int], live: dict[str, int], found: DriftClass
) -> None:
    item = only(sides(*(ana(queues=levels) for levels in (base, wanted, live))))
    assert (item.drift, item.path) == (found, "queues.support")


def test_what_the_base_did_not_state_is_pending() -> None:
    item = only(sides(ana(), ana(licenses=["voice"]), ana(licenses=["voice", "sms"])))
    assert (item.drift, item.path) == (DriftClass.PENDING, "licenses.sms")
    assert only(sides(None, ana(preferred_name="A"), ana(preferred_name="B"))).drift == "pending"


def test_a_true_and_a_false_are_never_the_same() -> None:
    item = only(sides(*(ana(review_own_recordings=one) for one in (True, True, False))))
    assert (item.drift, item.edit) == (DriftClass.DRIFT, "review_own_recordings: false")


def test_who_was_deleted_by_hand_has_drifted_as_a_whole() -> None:
    item = only(sides(ana(), ana(), None))
    assert (item.drift, item.path) == (DriftClass.DRIFT, None)
    assert (item.base, item.desired, item.live) == (True, True, None)
    assert item.edit == "until: 2026-11-23"


def test_who_is_new_in_the_files_is_pending() -> None:
    item = only(sides(None, ana(), None))
    assert (item.drift, item.path) == (DriftClass.PENDING, None)
    assert (item.base, item.desired, item.live, item.edit) == (None, True, None, None)


def test_who_returns_after_having_left_is_pending() -> None:
    assert only(sides(ana(active=False), ana(), None)).drift == DriftClass.PENDING


def test_who_was_suspended_by_hand_has_drifted() -> None:
    item = only(sides(ana(), ana(), ana(active=False)))
    assert (item.drift, item.path, item.edit) == (DriftClass.DRIFT, "active", "until: 2026-11-23")


def test_somebody_with_another_email_now_is_found_in_the_base_under_the_old_one() -> None:
    renamed = agent(4001, "Ana Diaz", email="ana@acme.example", preferred_name="A")
    known = base_of(ana(preferred_name="A"))
    found = report(desired(renamed), reading(ana(preferred_name="B")), known)
    assert {item.path: item.drift for item in found.items} == {
        "email": DriftClass.PENDING,
        "preferred_name": DriftClass.DRIFT,
    }


def test_an_email_that_was_changed_in_the_tenant_has_drifted() -> None:
    live = agent(4001, "Ana Diaz", email="other@acme.example")
    item = only(sides(ana(), ana(), live))
    assert (item.drift, item.edit) == (DriftClass.DRIFT, "email: other@acme.example")


def test_an_unlisted_agent_who_is_taken_out_is_pending() -> None:
    owned = ExtensionRange("agents", "webrtc_agent", "4000", "4999", "delete")
    item = only(report(desired(ranges=(owned,)), reading(ana()), base_of(ana())))
    assert (item.drift, item.path) == (DriftClass.PENDING, None)
    assert (item.base, item.desired, item.live) == (True, None, True)


def test_without_a_base_every_difference_is_just_that() -> None:
    live = reading(ana(recording_mode="manual", queues={"support": 5}))
    found = report(desired(ana(recording_mode="disabled", queues={}), resource("skill/b")), live)
    assert found.base is None
    assert {(item.drift, item.path) for item in found.items} == {
        (DriftClass.DIFFERENCE, "queues.support"),
        (DriftClass.DIFFERENCE, "recording_mode"),
        (DriftClass.DIFFERENCE, None),
    }
    assert drift.has_drifted(found)


def test_pending_and_unmanaged_alone_are_no_drift() -> None:
    known = base_of(ana(recording_mode="manual"))
    found = report(
        desired(ana(recording_mode="disabled")),
        reading(ana(recording_mode="manual"), agent(4107, "Temp Desk")),
        known,
    )
    assert [item.drift for item in found.items] == [DriftClass.PENDING]
    assert [one.label for one in found.unmanaged] == ["4107 Temp Desk"]
    assert not drift.has_drifted(found)
    assert found.base == "last apply"


def test_what_is_unobserved_and_what_was_noted_is_in_the_report() -> None:
    note = Diagnostic("odd", Severity.WARNING, "odd")
    live = reading(ana(), notes=(note,))
    found = report(desired(ana(recording_mode="manual")), live)
    assert found.unobserved == (Unobserved("agent", "recording_mode", 1),)
    assert found.diagnostics == (note,)


# --- since when, who, where ----------------------------------------------------------------------


def drifted(**more: object) -> DriftReport:
    wanted, live = ana(recording_mode="manual"), ana(recording_mode="disabled")
    return report(desired(wanted), reading(live), base_of(wanted), **more)


def test_an_item_is_first_seen_when_an_earlier_report_saw_it() -> None:
    earlier = NOW - timedelta(days=3)
    seen = {f"{ADDRESS} recording_mode": earlier, f"{ADDRESS} extension": NOW}
    assert only(drifted(first_seen=seen)).first_seen == earlier
    assert drift.keys(drifted()) == [f"{ADDRESS} recording_mode"]


def test_an_earlier_report_is_read_back(tmp_path: Path) -> None:
    earlier = NOW - timedelta(days=3)
    file = tmp_path / "drift.json"
    file.write_text(document.drift(drifted(first_seen={f"{ADDRESS} recording_mode": earlier})))
    assert only(drifted(first_seen=drift.previous(file))).first_seen == earlier


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"items": [{}]}',
        '{"items": [{"address": "a", "path": null, "first_seen": "monday"}]}',
        '{"items": [{"address": "a", "path": null, "first_seen": "2026-11-24T09:00:00"}]}',
        "[" * 100_000,
    ],
)
def test_what_is_no_report_is_refused_in_one_sentence(tmp_path: Path, text: str) -> None:
    file = tmp_path / "drift.json"
    file.write_text(text)
    with pytest.raises(SetupError, match=r"drift\.json"):
        drift.previous(file)


def test_the_last_one_in_the_audit_trail_is_named() -> None:
    trail = [
        AuditEntry(ADDRESS, "recording_mode", "sam@acme.example", NOW - timedelta(hours=1)),
        AuditEntry(ADDRESS, "recording_mode", "kim@acme.example", NOW - timedelta(hours=2)),
        AuditEntry(ADDRESS, "extension", "zoe@acme.example", NOW),
    ]
    item = only(drifted(audit=trail))
    assert (item.actor, item.changed_at) == ("sam@acme.example", NOW - timedelta(hours=1))


def test_the_source_is_the_line_of_the_field_or_else_of_the_entry() -> None:
    files = read(
        "agents:\n- email: ana.diaz@acme.example\n  extension: 4001\n  profile: a\n"
        "  preferred_name: A\n  skills:\n    spanish: 5\n",
        "skills: {spanish: {}}\n",
        "profiles: {a: {recording_mode: manual}}\n",
    ).desired
    shown = ana(preferred_name="B", recording_mode="disabled", skills={"spanish": 7})
    live = reading(shown, resource("skill/spanish"))
    lines = {item.path: item.source for item in report(files, live).items}
    assert lines == {
        "skills.spanish": Position("1.yaml", 7, 5),
        "preferred_name": Position("1.yaml", 5, 3),
        "recording_mode": Position("1.yaml", 2, 3),
    }


def test_who_is_leaving_without_an_entry_is_placed_on_the_range() -> None:
    owned = ExtensionRange("agents", "webrtc_agent", "4000", "4999", "suspend", place("r.yaml", 4))
    (item,) = report(desired(ranges=(owned,)), reading(ana()), base_of(ana())).items
    assert item.source == Position("r.yaml", 4, 5)


# --- the edit ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "wanted", "live", "edit"),
    [
        ("extension", "4001", "0400", 'extension: "0400"'),
        ("name", "Ana Diaz", "No", 'name: "No"'),
        ("preferred_name", "Ana", None, "preferred_name: null"),
        ("recording_mode", "manual", None, "# remove recording_mode: the tenant has none"),
        ("licenses", ["voice"], ["voice", "sms"], "licenses: [sms]"),
        ("licenses", ["voice"], [], "licenses: {voice: none}"),
        ("queues", {"support": 5}, {"support": 8}, "queues: {support: 8}"),
        ("queues", {"support": 5}, {}, "queues: {support: none}"),
        ("skills", {}, {"1001": NO_LEVEL}, 'skills: {"1001": default}'),
    ],
)
def test_the_edit_is_what_one_would_type(field: str, wanted: Value, live: Value, edit: str) -> None:
    found = report(desired(ana(**{field: wanted})), reading(ana(**{field: live})))
    assert [item.edit for item in found.items] == [edit]


def test_a_level_that_no_edit_can_say_has_none() -> None:
    queue = resource("queue/support", default_level=5)
    live = ana(queues={"support": NO_LEVEL})
    found = report(desired(ana(queues={"support": 7}), queue), reading(live, queue))
    assert [item.edit for item in found.items] == [None]


def test_a_queue_that_is_gone_has_no_edit() -> None:
    assert only(report(desired(resource("queue/support")), reading())).edit is None


def test_an_agent_who_is_back_has_not_left() -> None:
    left = replace(ana(), fields={**ana().fields, "active": False})
    item = only(report(desired(left), reading(ana())))
    assert item.edit == "# remove until: it is past, and the agent is active"


def test_previously_keeps_a_report_about_one_person() -> None:
    renamed = agent(4005, "Ana Roe")
    said = {renamed.address: Identity(previously={"email": "ana.diaz@acme.example"})}
    found = report(desired(renamed, identities=said), reading(ana()), base_of(ana()))
    assert {item.drift for item in found.items} == {DriftClass.PENDING}
    assert {item.path for item in found.items} == {"email", "extension", "name"}


def test_the_base_tells_an_empty_collection_from_one_that_is_not_stated() -> None:
    assert kinds.stated_values({"licenses": frozenset(), "name": "A"}) == {
        "licenses": None,
        "name": "A",
    }


def test_emails_that_pass_from_one_to_another_are_pending_and_nobody_changed_them() -> None:
    """Two exchange theirs, and a newcomer takes one that is given up."""
    live = [agent(4000 + at, name, email=f"{at}@acme.example") for at, name in enumerate("ABC")]
    moved = [
        agent(4000 + at, name, email=f"{to}@acme.example")
        for at, (name, to) in enumerate(zip("ABC", "103", strict=True))
    ]
    said = {
        one.address: Identity(previously={"email": f"{at}@acme.example"})
        for at, one in enumerate(moved)
    }
    newcomer = agent(4009, "Zoe", email="2@acme.example")
    found = report(desired(*moved, newcomer, identities=said), reading(*live), base_of(*live))
    assert {item.drift for item in found.items} == {DriftClass.PENDING}
    assert len(found.items) == 4


# --- dates ---------------------------------------------------------------------------------------

BEFORE, LATER = desired(ana(queues={})), desired(ana(queues={"support": 8}))
"""What the files state on the day of the base, and from a later day on."""


@pytest.mark.parametrize(
    ("base", "live", "is_applied", "expected"),
    [
        ({}, {}, False, DriftClass.DUE),
        ({}, {}, True, DriftClass.DUE),
        ({"support": 8}, {}, True, DriftClass.DRIFT),
        ({}, {"support": 3}, True, DriftClass.DRIFT),
        ({"support": 5}, {"support": 5}, True, DriftClass.PENDING),
    ],
)
def test_what_an_apply_left_is_not_explained_by_what_the_files_stated_before(
    base: dict[str, int], live: dict[str, int], is_applied: bool, expected: DriftClass
) -> None:
    last = replace(base_of(ana(queues=base)), is_applied=is_applied)
    earlier = drift.EarlierFiles([BEFORE, LATER], is_applied=is_applied)
    item = only(report(LATER, reading(ana(queues=live)), last, earlier=earlier))
    assert (item.path, item.drift) == ("queues.support", expected)


def test_an_edit_that_reaches_back_is_no_date_where_the_files_of_then_are_known() -> None:
    then = desired(ana(queues={}))
    earlier = drift.EarlierFiles([BEFORE, LATER], then, is_applied=True)
    item = only(report(LATER, reading(ana(queues={})), base_of(ana(queues={})), earlier=earlier))
    assert item.drift is DriftClass.PENDING


def test_with_the_day_alone_nobody_can_tell_an_edit_from_a_hand() -> None:
    last = replace(base_of(ana(preferred_name="Ana")), is_of_now=True)
    item = only(report(desired(ana(preferred_name="Ana")), reading(ana(preferred_name="A")), last))
    assert item.drift is DriftClass.DIFFERENCE
    gone = only(report(desired(ana()), reading(), last))
    assert gone.drift is DriftClass.DIFFERENCE
