"""Guards: how much one plan may hold, what it may not touch, and what lets it pass all the same."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from reconciler import diff, guard
from reconciler.model import (
    Action,
    Allowance,
    Blocker,
    Change,
    Comparison,
    Declared,
    Desired,
    FieldChange,
    Limit,
    Policy,
    Reading,
    Resource,
)
from tests.make import agent, desired, reading, resource

NAMES = [f"Person {letter}{other}" for letter in "abcdefghij" for other in "abcdefghij"]


def people(count: int, **fields: Any) -> list[Resource]:
    return [agent(4000 + number, NAMES[number], **fields) for number in range(count)]


def change(
    address: str, action: Action, *fields: FieldChange, live_id: str | None = None
) -> Change:
    return Change(address, address.partition("/")[0], "", action, fields, "", live_id=live_id)


def gone(path: str) -> FieldChange:
    return FieldChange(path, True, None)


def came(path: str) -> FieldChange:
    return FieldChange(path, None, True)


def comparison(*changes: Change, managed: list[Resource] | None = None) -> Comparison:
    return Comparison(tuple(changes), {}, {one.address: one for one in managed or people(8)})


def check(
    found: Comparison,
    *,
    allow: dict[str, int] | None = None,
    declared: Declared | None = None,
    live: Reading | None = None,
    empty: tuple[str, ...] = (),
    **policy: Any,
) -> tuple[tuple[Blocker, ...], tuple[Allowance, ...]]:
    wanted = desired(policy=Policy(**policy), stated_empty=frozenset(empty))
    shown = live or reading(*found.matches.values())
    return guard.check(wanted, shown, found, allow=allow or {}, declared=declared)


def suspended(count: int, managed: int = 100) -> Comparison:
    everyone = people(managed)
    leaving = (change(one.address, Action.SUSPEND) for one in everyone[:count])
    return comparison(*leaving, managed=everyone)


def stops(found: Comparison, **how: Any) -> list[tuple[str, int, int, str | None]]:
    return [(b.guard, b.planned, b.limit, b.acknowledge) for b in check(found, **how)[0]]


# --- limits --------------------------------------------------------------------------------------


def test_as_many_as_the_limit_pass() -> None:
    assert stops(suspended(2), limits={"agent.suspend": Limit(count=2)}) == []


def test_one_more_than_the_limit_stops_and_names_what_would_pass_it() -> None:
    found = stops(suspended(3), limits={"agent.suspend": Limit(count=2)})
    assert found == [("agent.suspend", 3, 2, "agent.suspend=3")]


def test_a_limit_of_zero_lets_none_pass() -> None:
    found = comparison(change("agent/x@acme.example", Action.DELETE))
    assert stops(found, limits={"agent.delete": Limit(count=0)}) == [
        ("agent.delete", 1, 0, "agent.delete=1")
    ]


@pytest.mark.parametrize(
    ("percent", "managed", "allowed"),
    [(50, 8, 4), (50, 9, 4), (10, 8, 1), (5, 8000, 400), (100, 3, 3), (0, 8, 1), (10, 0, 1)],
)
def test_a_percentage_counts_whole_ones_and_one_at_least(
    percent: int, managed: int, allowed: int
) -> None:
    assert guard.allowed_by(Limit(percent=percent), managed) == allowed


def test_a_percentage_is_of_the_live_managed_ones() -> None:
    half = {"agent.suspend": Limit(percent=50)}
    assert stops(suspended(4, managed=8), limits=half) == []
    assert stops(suspended(5, managed=8), limits=half) == [
        ("agent.suspend", 5, 4, "agent.suspend=5")
    ]


@pytest.mark.parametrize(
    ("guarded", "managed", "allowed"),
    [
        ("agent.suspend", 8, 1),
        ("agent.suspend", 40, 2),
        ("agent.suspend", 8000, 25),
        ("agent.delete", 8, 1),
        ("agent.delete", 100, 2),
        ("agent.delete", 8000, 10),
        ("license.remove", 12, 3),
        ("license.remove", 200, 20),
        ("license.remove", 16000, 100),
        ("membership.remove", 20, 5),
        ("membership.remove", 400, 40),
        ("membership.remove", 24000, 200),
    ],
)
def test_the_defaults_suit_a_tenant_of_eight_and_one_of_8000(
    guarded: str, managed: int, allowed: int
) -> None:
    assert guard.DEFAULTS[guarded].of(managed) == allowed


def test_the_defaults_are_those_of_the_docstring() -> None:
    for guarded, usual in guard.DEFAULTS.items():
        line = next(ln for ln in str(guard.__doc__).splitlines() if ln.strip().startswith(guarded))
        assert f"{usual.percent} %" in line
        assert line.endswith(f"at least {usual.least}, at most {usual.most}")


def test_the_defaults_are_those_of_the_docs() -> None:
    page = (Path(__file__).parents[1] / "docs/guards.md").read_text(encoding="utf-8")
    for guarded, usual in guard.DEFAULTS.items():
        line = next(ln for ln in page.splitlines() if ln.startswith(f"| `{guarded}`"))
        assert f"{usual.percent} %" in line
        assert line.endswith(f"at least {usual.least}, at most {usual.most} |")


def test_without_a_limit_in_the_files_the_default_holds() -> None:
    assert stops(suspended(1, managed=8)) == []
    assert stops(suspended(2, managed=8)) == [("agent.suspend", 2, 1, "agent.suspend=2")]


@pytest.mark.parametrize("action", [Action.CREATE, Action.UPDATE, Action.RESTORE])
def test_what_takes_nothing_away_is_unlimited_by_default(action: Action) -> None:
    assert stops(comparison(*(change(f"agent/{n}", action) for n in range(500)))) == []


@pytest.mark.parametrize("what", ["agent.create", "agent.update", "agent.restore", "queue.update"])
def test_the_files_can_limit_every_class(what: str) -> None:
    kind, _, action = what.partition(".")
    found = comparison(*(change(f"{kind}/{n}", Action(action)) for n in range(2)))
    assert stops(found, limits={what: Limit(count=1)}) == [(what, 2, 1, f"{what}=2")]


def test_licenses_and_memberships_have_classes_of_their_own() -> None:
    one = change(
        "agent/a",
        Action.UPDATE,
        *(gone("licenses.voice"), gone("queues.support"), gone("skills.spanish")),
        *(came("licenses.sms"), came("queues.sales"), came("skills.french")),
    )
    zero = Limit(count=0)
    classes = ("license.add", "license.remove", "membership.add", "membership.remove")
    assert stops(comparison(one), limits=dict.fromkeys(classes, zero)) == [
        ("license.add", 1, 0, "license.add=1"),
        ("license.remove", 1, 0, "license.remove=1"),
        ("membership.add", 2, 0, "membership.add=2"),
        ("membership.remove", 2, 0, "membership.remove=2"),
    ]


def test_another_level_is_neither_given_nor_taken() -> None:
    moved = change("agent/a", Action.UPDATE, FieldChange("queues.support", 3, 5))
    zero = {name: Limit(count=0) for name in ("membership.add", "membership.remove")}
    assert stops(comparison(moved), limits=zero) == []


@pytest.mark.parametrize("action", [Action.SUSPEND, Action.DELETE])
def test_what_somebody_loses_who_leaves_counts_as_the_leaving_only(action: Action) -> None:
    leaving = change("agent/a", action, gone("licenses.voice"), gone("queues.support"))
    zero = {name: Limit(count=0) for name in ("license.remove", "membership.remove")}
    assert stops(comparison(leaving), limits=zero) == []


def test_what_a_new_agent_is_given_counts_as_given() -> None:
    made = change("agent/a", Action.CREATE, came("licenses.voice"))
    found = stops(comparison(made), limits={"license.add": Limit(count=0)})
    assert found == [("license.add", 1, 0, "license.add=1")]


def test_a_percentage_of_licenses_is_of_all_that_managed_agents_hold() -> None:
    held = people(10, licenses=["voice", "sms"], queues={"support": 5}, skills={"spanish": 5})
    losing = [change(one.address, Action.UPDATE, gone("licenses.sms")) for one in held[:5]]
    leaving = [change(one.address, Action.UPDATE, gone("queues.support")) for one in held[:5]]
    limits = {name: Limit(percent=20) for name in ("license.remove", "membership.remove")}
    found = stops(comparison(*losing, *leaving, managed=held), limits=limits)
    assert found == [
        ("license.remove", 5, 4, "license.remove=5"),
        ("membership.remove", 5, 4, "membership.remove=5"),
    ]


# --- acknowledgements ----------------------------------------------------------------------------


@pytest.mark.parametrize(("given", "passed"), [(6, False), (7, True), (8, True)])
def test_seven_acknowledged_pass_seven_and_not_eight(given: int, passed: bool) -> None:
    blockers, acknowledged = check(suspended(7), allow={"agent.suspend": given})
    assert (not blockers) is passed
    assert acknowledged == ((Allowance("agent.suspend", given),) if passed else ())


def test_an_acknowledgement_in_the_files_passes_on_its_last_day() -> None:
    allowance = Allowance("agent.suspend", 7, "the night shift closes", date(2026, 11, 24))
    blockers, acknowledged = check_with(allowance)
    assert blockers == ()
    assert acknowledged == (allowance,)


def check_with(*allowances: Allowance) -> tuple[tuple[Blocker, ...], tuple[Allowance, ...]]:
    wanted = desired(policy=Policy(allow=allowances))
    return guard.check(wanted, reading(), suspended(7), allow={})


def test_an_acknowledgement_that_has_ended_does_not_count_and_is_said() -> None:
    blockers, acknowledged = check_with(Allowance("agent.suspend", 7, "", date(2026, 11, 23)))
    assert [b.guard for b in blockers] == ["agent.suspend"]
    assert "ended on 2026-11-23" in blockers[0].hint
    assert acknowledged == ()


def test_only_what_has_ended_of_this_class_is_said_to_have_the_last_of_them() -> None:
    early, late, ahead = date(2026, 11, 1), date(2026, 11, 23), date(2026, 11, 25)
    blockers, _ = check_with(
        Allowance("agent.suspend", 7, "", early),
        Allowance("agent.suspend", 7, "", late),
        Allowance("agent.delete", 7, "", date(2026, 11, 22)),
    )
    assert "ended on 2026-11-23" in blockers[0].hint
    for other in (
        Allowance("agent.delete", 7, "", late),
        Allowance("agent.delete", 7, "", ahead),
        Allowance("agent.delete", 7),
    ):
        assert "ended" not in check_with(other)[0][0].hint


def test_where_two_acknowledge_the_same_the_one_with_a_reason_is_kept() -> None:
    reviewed = Allowance("agent.suspend", 7, "the night shift closes")
    wanted = desired(policy=Policy(allow=(reviewed,)))
    _, acknowledged = guard.check(wanted, reading(), suspended(7), allow={"agent.suspend": 7})
    assert acknowledged == (reviewed,)


def test_an_acknowledgement_that_is_too_small_is_said() -> None:
    blockers, _ = check_with(Allowance("agent.suspend", 6))
    assert blockers[0].hint.startswith("6 is acknowledged")


def test_the_larger_of_two_acknowledgements_counts() -> None:
    for allowances in ((3, 7), (7, 3)):
        assert check_with(*(Allowance("agent.suspend", n) for n in allowances))[0] == ()


def test_acknowledgements_do_not_add_up() -> None:
    assert check_with(Allowance("agent.suspend", 3), Allowance("agent.suspend", 4))[0]


def test_an_acknowledgement_of_another_class_does_not_help() -> None:
    assert check(suspended(7), allow={"agent.delete": 7})[0]


def test_an_acknowledgement_that_nothing_needs_is_not_part_of_the_plan() -> None:
    assert check(suspended(1), allow={"agent.suspend": 7}) == ((), ())


def test_every_blocker_is_listed_at_once() -> None:
    everyone = people(8)
    found = comparison(
        *(change(one.address, Action.SUSPEND) for one in everyone[:2]),
        *(change(one.address, Action.DELETE) for one in everyone[2:4]),
        managed=everyone,
    )
    live = reading(resource("queue/support"))
    blockers, _ = check(
        found, live=live, empty=("queue",), protect=frozenset([everyone[0].address])
    )
    assert [b.guard for b in blockers] == [
        "agent.delete",
        "agent.suspend",
        f"protect:{everyone[0].address}",
        "queue.empty",
    ]


# --- protection ----------------------------------------------------------------------------------

ANA = agent(4001, "Ana Diaz", licenses=["voice"], queues={"support": 5})
HERS = ANA.address


def of_ana(action: Action, *fields: FieldChange) -> Comparison:
    return comparison(change(HERS, action, *fields, live_id="id-0"), managed=[ANA])


@pytest.mark.parametrize(
    "taken",
    [
        gone("licenses.voice"),
        gone("queues.support"),
        FieldChange("preferred_name", "Ana", None),
        FieldChange("extension", "4001", "4002"),
        FieldChange("email", "ana.diaz@acme.example", "ana@acme.example"),
        FieldChange("recording_mode", "automatic", "disabled"),
        FieldChange("preferred_name", "Ana", "Anita"),
        FieldChange("queues.support", 5, 8),
        FieldChange("review_own_recordings", True, False),
    ],
)
def test_nothing_is_taken_from_a_protected_agent(taken: FieldChange) -> None:
    blockers, _ = check(of_ana(Action.UPDATE, taken), protect=frozenset([HERS]))
    assert [(b.guard, b.acknowledge, b.address) for b in blockers] == [
        (f"protect:{HERS}", f"protect:{HERS}=1", HERS)
    ]
    assert taken.path in blockers[0].summary


@pytest.mark.parametrize(
    "given",
    [
        came("licenses.sms"),
        FieldChange("extension", None, "4001"),
        FieldChange("queues.support", True, 8),
        FieldChange("review_own_recordings", False, None),
    ],
)
def test_a_protected_agent_may_be_given_something(given: FieldChange) -> None:
    assert stops(of_ana(Action.UPDATE, given), protect=frozenset([HERS])) == []


@pytest.mark.parametrize("action", [Action.SUSPEND, Action.DELETE])
def test_a_protected_agent_does_not_leave(action: Action) -> None:
    assert stops(of_ana(action), protect=frozenset([HERS])) == [
        (f"protect:{HERS}", 1, 0, f"protect:{HERS}=1")
    ]


def test_protection_is_of_one_address() -> None:
    assert stops(of_ana(Action.SUSPEND), protect=frozenset(["agent/bo@acme.example"])) == []


def test_protection_is_passed_for_one_address_only() -> None:
    protect = frozenset([HERS])
    passing, other = {f"protect:{HERS}": 1}, {"protect:agent/bo@acme.example": 1}
    assert check(of_ana(Action.SUSPEND), allow=passing, protect=protect)[0] == ()
    assert check(of_ana(Action.SUSPEND), allow=other, protect=protect)[0]


def test_protection_outlives_its_own_removal() -> None:
    before = Declared("base", frozenset(), protect=frozenset([HERS]))
    assert [b.guard for b in check(of_ana(Action.SUSPEND), declared=before)[0]] == [
        f"protect:{HERS}"
    ]


@pytest.mark.parametrize("name", ["agent/4001", HERS])
def test_protection_finds_the_agent_by_what_the_tenant_knows(name: str) -> None:
    """The block is gone or has another e-mail, so the files do not say who `agent/4001` is."""
    renamed = change("agent/ana@acme.example", Action.SUSPEND, live_id="id-0")
    found = comparison(renamed, managed=[ANA])
    assert [b.address for b in check(found, protect=frozenset([name]))[0]] == [renamed.address]


@pytest.mark.parametrize(("named", "stopped"), [(None, True), ("extension", False)])
def test_a_protected_queue_keeps_its_routing_unless_the_files_name_other_fields(
    named: str | None, stopped: bool
) -> None:
    queue = resource("queue/support", extension="1001", routing="most_idle")
    fields = {"queue/support": frozenset([named])} if named else {}
    for path, is_stopped in (("extension", True), ("routing", stopped)):
        moved = change("queue/support", Action.UPDATE, FieldChange(path, "a", "b"), live_id="id-0")
        found = comparison(moved, managed=[queue])
        protect = frozenset(["queue/support"])
        assert bool(check(found, protect=protect, protect_fields=fields)[0]) is is_stopped


def test_who_is_protected_in_a_field_that_a_suspension_takes_is_not_suspended() -> None:
    leaves = of_ana(Action.SUSPEND, FieldChange("active", True, False), gone("licenses.voice"))
    for named, count in (("licenses", 1), ("active", 1), ("extension", 0)):
        fields = {HERS: frozenset([named])}
        assert len(check(leaves, protect=frozenset([HERS]), protect_fields=fields)[0]) == count


def test_a_field_that_was_protected_before_stays_so_beside_those_of_today() -> None:
    before = Declared(
        "base", frozenset(), protect=frozenset([HERS]), protect_fields={HERS: frozenset(["email"])}
    )
    today = {"protect": frozenset([HERS]), "protect_fields": {HERS: frozenset(["extension"])}}
    moved = of_ana(Action.UPDATE, FieldChange("email", "a@acme.example", "b@acme.example"))
    assert check(moved, declared=before, **today)[0]
    assert not check(moved, **today)[0]


# --- emptiness -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "live", "key"),
    [
        ("agent", ANA, "`agents:`"),
        ("queue", resource("queue/support"), "`queues:`"),
        ("skill", resource("skill/spanish"), "`skills:`"),
        ("license_pool", resource("license_pool/voice", purchased=5), "`license_pools:`"),
    ],
)
def test_an_empty_list_stops_while_the_tenant_has_some(kind: str, live: Resource, key: str) -> None:
    blockers, _ = check(comparison(managed=[ANA]), live=reading(live), empty=(kind,))
    assert [(b.guard, b.planned, b.limit, b.acknowledge) for b in blockers] == [
        (f"{kind}.empty", 1, 0, f"{kind}.empty=1")
    ]
    assert key in blockers[0].summary


def test_an_empty_list_is_fine_where_the_tenant_has_none() -> None:
    assert check(comparison(managed=[ANA]), live=reading(ANA), empty=("queue",)) == ((), ())


def test_a_key_that_is_left_out_is_fine() -> None:
    assert check(comparison(managed=[ANA]), live=reading(ANA)) == ((), ())


def test_an_empty_list_passes_with_the_number_of_those_who_are_there() -> None:
    live = reading(*people(3))
    for given, passed in ((2, False), (3, True)):
        blockers, acknowledged = check(
            comparison(managed=[ANA]), live=live, empty=("agent",), allow={"agent.empty": given}
        )
        assert (not blockers) is passed
        assert bool(acknowledged) is passed


# --- a saved plan --------------------------------------------------------------------------------

EMPTY = Blocker("agent.empty", 7, 0, "agent.empty=7")
RULE = Blocker("no-safe-order", 1, 0, None, HERS)


@pytest.mark.parametrize(
    ("allow", "left"),
    [
        ({}, (EMPTY, RULE)),
        ({"agent.empty": 6}, (EMPTY, RULE)),
        ({"agent.empty": 7}, (RULE,)),
        ({"agent.suspend": 7}, (EMPTY, RULE)),
        ({"no-safe-order": 1}, (EMPTY, RULE)),
    ],
)
def test_a_saved_plan_stays_blocked_until_each_blocker_is_acknowledged(
    allow: dict[str, int], left: tuple[Blocker, ...]
) -> None:
    assert guard.still_standing((EMPTY, RULE), (), allow) == left


def test_what_blocks_again_is_told_once() -> None:
    again = Blocker("no-safe-order", 2, 0, None, HERS)
    elsewhere = Blocker("no-safe-order", 1, 0, None, "agent/bo@acme.example")
    assert guard.still_standing((RULE,), (again,), {}) == ()
    assert guard.still_standing((RULE,), (elsewhere,), {}) == (RULE,)


# --- with a real comparison ----------------------------------------------------------------------


def test_somebody_whose_last_day_has_passed_is_one_suspension() -> None:
    """`until:` empties the collections; neither license nor membership counts on top."""
    left = resource(HERS, **{**ANA.fields, "active": False, "licenses": [], "queues": {}})
    wanted: Desired = desired(
        left, policy=Policy(limits={"license.remove": Limit(count=0), "agent.suspend": Limit(0)})
    )
    live = reading(ANA)
    blockers, _ = guard.check(wanted, live, diff.compare(wanted, live), allow={})
    assert [b.guard for b in blockers] == ["agent.suspend"]
