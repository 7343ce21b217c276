"""A plan as steps for a person: every part once, after what it needs, in the fewest visits."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler import diff, manual, order
from reconciler import plan as planning
from reconciler.manual import Proof, Sheet, Step
from reconciler.manual.console import AGENTS, LEVELS, PAGES, SKILLS, SYNC, UC, Section
from reconciler.manual.steps import Part, PeopleEvidence, parts
from reconciler.manual.visits import arrange
from reconciler.model import (
    Attestation,
    Desired,
    Execution,
    ExtensionRange,
    Identity,
    LicensePool,
    Operation,
    Plan,
    Reading,
    Resource,
    Value,
    Verb,
)
from reconciler.providers.xima import CAPABILITIES
from tests.make import agent, desired, reading, resource, uc_agent

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
ANA = agent(4001, "Ana Diaz", licenses=["voice"], queues={"support": 5})
BO = agent(
    4002,
    "Bo Chen",
    licenses=["voice", "web_chat"],
    queues={"support": 8},
    skills={"spanish": 7},
    recording_mode="manual",
    review_own_recordings=True,
)
YARA = uc_agent(2001, "Yara Haddad", licenses=["voice"], queues={"billing": 3})
GROUPS = (resource("queue/support"), resource("skill/spanish"))


def listed(*people: Resource, **fields: Any) -> list[Resource]:
    """As the reader has them, with what is attested of them in `fields`."""
    keys = ("name", "extension", "phone")
    return [
        resource(
            f"agent/{one.fields['extension']}",
            **{"active": True, **{name: one.fields[name] for name in keys}, **fields},
            id=f"agent:{one.fields['extension']}",
        )
        for one in people
    ]


def live(*resources: Resource, **values: Any) -> Reading:
    return reading(*resources, *GROUPS, capabilities=CAPABILITIES, **values)


def planned(wanted: Desired, seen: Reading) -> Plan:
    comparison = diff.compare(wanted, seen)
    bounds = planning.bounds(wanted, seen)
    graph = order.operations(comparison.changes, seen, bounds)
    assert graph.conflicts == ()
    return planning.assemble(
        wanted,
        seen,
        comparison,
        graph,
        bounds,
        diagnostics=(),
        blockers=(),
        acknowledged=(),
        stamp=planning.Stamp("01JD", "sha256:0", NOW, "0.1.0"),
    )


def sheet(wanted: Desired, seen: Reading) -> Sheet:
    return manual.sheet(planned(wanted, seen), seen)


def told(found: Sheet) -> list[tuple[str, list[str]]]:
    return [(visit.page, [step.title for step in visit.steps]) for visit in found.visits]


def only(found: Sheet, title: str) -> Step:
    (step,) = (step for _, step in found.steps() if step.title == title)
    return step


def entries(step: Step) -> dict[str, str]:
    return {entry.label: entry.value for entry in step.entries}


def test_a_new_agent_is_made_then_licensed_then_levelled() -> None:
    found = sheet(desired(ANA, BO), live(*listed(ANA)))
    assert told(found) == [
        ("Agent Licensing", ["Create Bo Chen(4002)", "License Bo Chen(4002)"]),
        ("Skill Levels", ["Set the skill levels of Bo Chen(4002)"]),
    ]
    assert entries(only(found, "Create Bo Chen(4002)")) == {
        "Name": "Bo Chen",
        "Email Address": "bo.chen@acme.example",
        "Extension": "4002",
        "Recording Mode": "Manual",
        "Allow agent to review their own call recordings": "ticked",
    }
    assert entries(only(found, "License Bo Chen(4002)")) == {
        "Voice": "ticked",
        "Web Chat": "ticked",
    }
    assert entries(only(found, "Set the skill levels of Bo Chen(4002)")) == {
        "support": "8",
        "spanish": "7",
    }


def test_a_step_says_what_stands_there_when_its_turn_comes() -> None:
    ana, bo = agent(4002, "Ana Diaz", email=None), agent(4001, "Bo Chen", email=None)
    keys = {"agent/4002": "4001", "agent/4001": "4002"}
    wanted = desired(
        *(ana, bo),
        identities={a: Identity(previously={"extension": number}) for a, number in keys.items()},
        ranges=(ExtensionRange("agents", "webrtc_agent", "4000", "4999", "report"),),
    )
    people = [agent(4001, "Ana Diaz"), agent(4002, "Bo Chen")]
    steps = [step for _, step in sheet(wanted, live(*listed(*people))).steps()]
    moves = [(entry.before, entry.value) for step in steps for entry in step.entries]
    assert moves == [("4002", "4999"), ("4001", "4002"), ("4999", "4001")]
    assert [step.why for step in steps].count("files differ from tenant") == 2


def test_a_click_path_has_what_is_filled_in_before_the_save_and_a_search_that_finds() -> None:
    found = sheet(desired(ANA, BO), live(*listed(ANA)))
    created = only(found, "Create Bo Chen(4002)")
    assert created.clicks == ("Add Agent", "fill in the fields", "Save", "Ok")
    assert only(found, "License Bo Chen(4002)").clicks[-1].startswith("tick Voice first")
    levels = only(found, "Set the skill levels of Bo Chen(4002)")
    assert levels.clicks[0] == "Search Agents...: Bo Chen"


def test_somebody_without_a_name_is_searched_by_number() -> None:
    nameless = resource(
        "agent/2025", extension="2025", phone="uc", licenses=["voice"], queues={"support": 4}
    )
    found = sheet(desired(nameless), live())
    levels = only(found, "Set the skill levels of extension 2025")
    assert levels.clicks[0] == "Search Agents...: 2025"


def test_licenses_stand_as_the_columns_of_the_page_do() -> None:
    three = ("transcription", "sms", "voice")
    found = sheet(desired(agent(4003, "Cy Roe", licenses=three)), live())
    assert [*entries(only(found, "License Cy Roe(4003)"))] == ["Voice", "SMS", "Transcription"]


def test_each_page_with_boxes_is_saved_once_at_its_end() -> None:
    found = sheet(desired(ANA, BO), live(*listed(ANA)))
    assert [bool(visit.save) for visit in found.visits] == [True, True]
    renamed = sheet(desired(agent(4001, "Ana Soto", licenses=["voice"])), live(*listed(ANA)))
    assert [(visit.page, visit.save) for visit in renamed.visits] == [("Agent Licensing", "")]


def test_a_uc_agent_comes_with_a_sync_and_is_licensed_on_a_page_of_its_own() -> None:
    found = sheet(desired(ANA, YARA, resource("queue/billing")), live(*listed(ANA)))
    assert told(found) == [
        ("Sync UC Users", ["Bring Yara Haddad(2001) in from the phone system"]),
        ("Manage Skills", ["Make the skill billing"]),
        ("UC Phone Licensing", ["License Yara Haddad(2001)"]),
        ("Skill Levels", ["Set the skill levels of Yara Haddad(2001)"]),
    ]


def test_whoever_leaves_loses_levels_then_licenses() -> None:
    gone = agent(4001, "Ana Diaz", active=False, licenses=[], queues={}, skills={})
    found = sheet(desired(gone), live(*listed(ANA)))
    assert told(found) == [
        ("Skill Levels", ["Blank the skill levels of Ana Diaz(4001)"]),
        ("Agent Licensing", ["Take all licenses from Ana Diaz(4001)"]),
    ]
    last = only(found, "Take all licenses from Ana Diaz(4001)")
    assert last.proof is Proof.VANISHES
    assert last.set == {"active": False, "extension": "4001", "licenses": None}
    assert entries(last) == {"Every license": "not ticked"}


def test_known_licenses_of_a_leaver_are_named() -> None:
    gone = agent(4001, "Ana Diaz", active=False, licenses=[], queues={}, skills={})
    held = listed(ANA, licenses=["voice", "sms"], queues={"support": 5}, skills={})
    found = sheet(desired(gone), live(*held))
    assert entries(only(found, "Take all licenses from Ana Diaz(4001)")) == {
        "Every license": "not ticked",
        "SMS": "not ticked",
        "Voice": "not ticked",
    }


def test_what_a_license_shows_the_list_proves() -> None:
    found = sheet(desired(ANA, BO), live(*listed(ANA)))
    proofs = {step.title.partition(" ")[0]: step.proof for _, step in found.steps()}
    assert proofs == {
        "Create": Proof.NOTHING,
        "License": Proof.APPEARS,
        "Set": Proof.NOTHING,
    }
    assert only(found, "License Bo Chen(4002)").row == "Bo Chen(4002)"


def test_a_rename_tells_the_row_as_it_is_now_and_looks_for_the_new_one() -> None:
    found = sheet(desired(agent(4001, "Ana Soto", licenses=["voice"])), live(*listed(ANA)))
    step = only(found, "Edit Ana Diaz(4001)")
    assert (step.row, step.proof) == ("Ana Soto(4001)", Proof.APPEARS)
    assert [(e.label, e.before, e.value) for e in step.entries] == [
        ("Name", "Ana Diaz", "Ana Soto")
    ]


def test_what_was_recorded_is_not_asked_for_again() -> None:
    done = {
        path: Attestation(BO.address, path, value, "sam", NOW)
        for path, value in {
            "name": "Bo Chen",
            "email": "bo.chen@acme.example",
            "extension": "4002",
            "recording_mode": "manual",
            "review_own_recordings": True,
            "licenses": None,
            "licenses.voice": True,
        }.items()
    }
    found = sheet(desired(ANA, BO), live(*listed(ANA), attested={BO.address: done}))
    assert [step.title for _, step in found.steps()] == [
        "License Bo Chen(4002)",
        "Set the skill levels of Bo Chen(4002)",
    ]
    assert entries(only(found, "License Bo Chen(4002)")) == {"Web Chat": "ticked"}


def test_ids_are_the_same_in_the_next_plan() -> None:
    one, other = (sheet(desired(ANA, BO), live(*listed(ANA))) for _ in range(2))
    assert [step.id for _, step in one.steps()] == [step.id for _, step in other.steps()]
    assert len({step.id for _, step in one.steps()}) == 3


def test_two_people_exchange_numbers_over_a_free_one() -> None:
    people = [agent(4001, "Ana Diaz", licenses=["voice"]), agent(4002, "Bo", licenses=["voice"])]
    swapped = [agent(4002, "Ana Diaz", licenses=["voice"]), agent(4001, "Bo", licenses=["voice"])]
    before = {
        swapped[0].address: Identity(previously={"extension": "4001"}),
        swapped[1].address: Identity(previously={"extension": "4002"}),
    }
    wanted = desired(
        *swapped,
        identities=before,
        ranges=(ExtensionRange("agents", "webrtc_agent", "4000", "4999", "report"),),
    )
    (visit,) = sheet(wanted, live(*listed(*people))).visits
    moves = [(step.address, step.set["extension"]) for step in visit.steps]
    first, other = (one.address for one in swapped)
    assert moves == [(first, "4999"), (other, "4001"), (first, "4002")]
    assert [step.title for step in visit.steps] == [
        "Park Ana Diaz(4001) for now, a later step moves it on",
        "Edit Bo(4002)",
        "Edit Ana Diaz(4999)",
    ]


def test_a_seat_is_freed_before_it_is_given() -> None:
    gone = agent(4001, "Ana Diaz", active=False, licenses=[], queues={}, skills={})
    bo = agent(4002, "Bo Chen", licenses=["voice"])
    held = listed(ANA, licenses=["voice"], queues={}, skills={})
    wanted = desired(gone, bo, pools={"voice": LicensePool("voice", 1)})
    titles = [step.title for _, step in sheet(wanted, live(*held)).steps()]
    assert titles.index("Take all licenses from Ana Diaz(4001)") < titles.index(
        "License Bo Chen(4002)"
    )


def test_who_exchange_numbers_do_so_before_anybody_else_has_a_turn() -> None:
    people = [agent(4000 + n, f"Person {n}", licenses=["voice"]) for n in range(6)]
    numbers = [4005, 4001, 4002, 4003, 4004, 4000]
    moved = [
        agent(number, f"Person {n}", licenses=["voice"], recording_mode="manual")
        for n, number in enumerate(numbers)
    ]
    wanted = desired(
        *moved,
        identities={
            one.address: Identity(previously={"extension": f"{4000 + n}"})
            for n, one in enumerate(moved)
        },
        ranges=(ExtensionRange("agents", "webrtc_agent", "4000", "4999", "report"),),
    )
    seen = live(*listed(*people, recording_mode="disabled"))
    (visit,) = sheet(wanted, seen).visits
    turns = [n for n, step in enumerate(visit.steps) if "extension" in dict(step.set)]
    moving = [n for n in turns if any(e.label == "Extension" for e in visit.steps[n].entries)]
    assert len(moving) == 3
    assert moving == list(range(moving[0], moving[0] + 3))


def test_who_leaves_and_gives_up_the_number_is_one_visit_to_agent_licensing() -> None:
    gone = agent(
        4001, "Ana Soto", active=False, licenses=[], queues={}, skills={}, email="ana@acme.example"
    )
    before = {gone.address: Identity(previously={"extension": "4001"})}
    found = sheet(desired(gone, identities=before), live(*listed(ANA)))
    assert [visit.page for visit in found.visits] == ["Skill Levels", "Agent Licensing"]


def test_who_is_deleted_is_one_visit_to_agent_licensing() -> None:
    operation = Operation("op-1", "agent/4001", "agent", Verb.DELETE, {})
    works = parts([operation], PeopleEvidence(frozenset(), {}))
    assert [(page.name, len(done)) for page, done in arrange(works)] == [
        ("Skill Levels", 1),
        ("Agent Licensing", 2),
    ]


def test_nothing_to_do_is_no_visit() -> None:
    assert sheet(desired(ANA), live(*listed(ANA))).visits == ()


# --- the round -----------------------------------------------------------------------------------

STATIONS = [
    (SYNC, Section.DIALOG),
    (SKILLS, Section.DIALOG),
    (UC, Section.GRID),
    (AGENTS, Section.DIALOG),
    (AGENTS, Section.GRID),
    (LEVELS, Section.GRID),
]


@st.composite
def graphs(draw: st.DrawFn) -> list[Part]:
    found: list[Part] = []
    for number in range(draw(st.integers(0, 9))):
        page, section = draw(st.sampled_from(STATIONS))
        earlier = st.sets(st.integers(0, number - 1), max_size=3) if number else st.just(set())
        operation = Operation(f"op-{number}", f"agent/{number}", "agent", Verb.UPDATE, {})
        found.append(Part(operation, page, section, {}, frozenset(draw(earlier))))
    return found


def runs_on(sequence: Sequence[Any], parts: Sequence[Part]) -> bool:
    """Whether somebody who visits these pages in turn gets everything done."""
    done: set[int] = set()
    for page in sequence:
        for section in Section:
            for number, part in enumerate(parts):
                if (part.page, part.section) == (page, section) and part.needs <= done:
                    done.add(number)
    return len(done) == len(parts)


def fewest(parts: Sequence[Part]) -> int:
    return next(
        length
        for length in count()
        if any(runs_on(sequence, parts) for sequence in product(PAGES, repeat=length))
    )


@given(graphs())
@settings(deadline=None, max_examples=150)
def test_the_round_is_complete_lawful_and_the_shortest(parts: list[Part]) -> None:
    round_ = arrange(parts)
    done: list[str] = []
    for page, there in round_:
        assert {part.page for part in there} == {page}
        for part in there:
            assert {f"op-{n}" for n in part.needs} <= set(done)
            done.append(part.operation.id)
    assert sorted(done) == sorted(part.operation.id for part in parts)
    if len(round_) <= 5:
        assert len(round_) == fewest(parts)


# --- any plan ------------------------------------------------------------------------------------

LICENSES = st.sets(st.sampled_from(["voice", "web_chat", "sms"]), min_size=1)
LEVELS_OF = st.dictionaries(st.sampled_from(["support", "billing"]), st.integers(1, 10))


@st.composite
def tenants(draw: st.DrawFn) -> tuple[Desired, Reading]:
    wanted, there = [], []
    for number in range(draw(st.integers(1, 6))):
        was = agent(4000 + number, f"Person {number}")
        if draw(st.booleans()):
            known = {}
            if draw(st.booleans()):
                held = draw(LICENSES)
                known = {"licenses": held, "queues": draw(LEVELS_OF), "skills": {}}
            there += listed(was, **known)
        stays = draw(st.sampled_from([True, True, False]))
        given_: dict[str, Any] = (
            {"licenses": draw(LICENSES), "queues": draw(LEVELS_OF), "skills": {}}
            if stays
            else {"active": False, "licenses": [], "queues": {}, "skills": {}}
        )
        wanted.append(agent(4000 + number, f"Person {number}", **given_))
    groups = [resource("queue/support"), resource("queue/billing")]
    return desired(*wanted, *groups), live(*there, resource("queue/billing"))


@given(tenants())
@settings(deadline=None, max_examples=150)
def test_a_sheet_says_every_value_of_the_plan_and_each_once(
    tenant: tuple[Desired, Reading],
) -> None:
    wanted, seen = tenant
    plan = planned(wanted, seen)
    found = manual.sheet(plan, seen)
    said: dict[tuple[str, str], Value] = {}
    for _, step in found.steps():
        for path, value in step.set.items():
            key = (step.address, path)
            assert key not in said or path in ("extension", "licenses", "queues", "skills")
            said[key] = value
    for change in plan.changes:
        assert change.execution is Execution.MANUAL
        for item in change.fields:
            if item.path not in ("active", "phone"):
                assert said.get((change.address, item.path), item.after) == item.after
                assert (change.address, item.path) in said


@pytest.mark.parametrize("word", ["<script>", "Ana (JJ) Diaz", "x" * 300])
def test_odd_names_make_a_row(word: str) -> None:
    odd = agent(4009, word, email="odd@acme.example", licenses=["voice"])
    found = sheet(desired(ANA, odd), live(*listed(ANA)))
    assert only(found, f"License {word}(4009)").row == f"{word}(4009)"
