"""What was reported of work by hand, each by its own story against a stand-in of the tenant."""

from collections.abc import Callable

import pytest

from tests.manual.office import Office
from tests.manual.stand_in import Human, Scripted

ANA = "name: Ana Diaz, extension: 4001, licenses: [voice]"
BO = "name: Bo Chen, extension: 4002, licenses: [voice]"
IDA = (
    "name: Ida Voss, extension: 4950, email: ida.voss@acme.example, licenses: [voice], "
    "queues: {support: 5}"
)
IDA_IS = "agent/ida.voss@acme.example"


def not_licensed(title: str) -> str:
    """Everything but the licenses is done."""
    return "nothing" if title.startswith("License") else "all"


# --- 1: done without effect ----------------------------------------------------------------------


def test_a_license_that_was_never_saved_is_asked_for_again_with_its_levels(office: Office) -> None:
    office.files(ANA, IDA)
    office.carry_out(office.sheet(), not_licensed)
    ran = office.hand_in()
    assert ran.code == 3
    titles = [s["title"] for visit in office.sheet() for s in visit["steps"]]
    assert titles == ["License Ida Voss(4950)", "Set the skill levels of Ida Voss(4950)"]
    (run,) = office.json("history")
    (whole,) = office.json("history", run["id"])
    results = {one["address"]: one["result"] for one in whole["operations"]}
    assert results == {IDA_IS: "failed"} or "failed" in {o["result"] for o in whole["operations"]}
    drift = office.do("drift")
    assert "changed in the tenant by hand" not in drift.out.split("0 drift")[0]


def test_a_guide_notices_that_a_license_was_not_saved(office: Office) -> None:
    office.files(ANA, IDA)
    person = Scripted(office.console, does=not_licensed)
    verdict = office.guided(person)
    assert verdict is not None
    assert not verdict.converged
    assert {outcome.result for outcome in verdict.outcomes} == {"failed"}
    assert "the tenant does not list Ida Voss(4950); it counts as not done" in person.text
    assert not [title for title in person.asked if "skill levels" in title]
    again = Scripted(office.console)
    verdict = office.guided(again)
    assert verdict is not None
    assert verdict.converged
    assert len([title for title in again.asked if "Create" in title]) == 0
    ida = office.console.named("Ida Voss")
    assert (ida.licenses, ida.levels) == ({"voice"}, {"support": 5})
    assert office.changes() == {}


def test_somebody_elses_license_does_not_revive_what_was_refuted(office: Office) -> None:
    office.files(ANA, IDA)
    office.carry_out(office.sheet(), not_licensed)
    office.hand_in()
    office.console.named("Ida Voss").licenses = {"voice"}
    assert office.changes() == {IDA_IS: {"licenses.voice": True, "queues.support": 5}}


# --- 2: unfinished -------------------------------------------------------------------------------


def test_a_step_that_nobody_answered_is_open(office: Office) -> None:
    office.files(ANA, IDA)
    office.carry_out(office.sheet()[:1])
    ran = office.hand_in(lambda row: "" if "levels" in row["do"] else "done")
    assert ran.code == 3
    assert "nothing to do" not in ran.out
    assert office.changes() == {IDA_IS: {"queues.support": 5}}


def test_interrupting_before_the_levels_loses_no_step(office: Office) -> None:
    office.files(ANA, IDA)
    person = Scripted(office.console, leaves_after=3)
    verdict = office.guided(person)
    assert verdict is not None
    assert not verdict.converged
    assert office.changes() == {IDA_IS: {"queues.support": 5}}
    again = Scripted(office.console)
    verdict = office.guided(again)
    assert verdict is not None
    assert verdict.converged
    assert len(again.asked) == 2
    assert office.console.named("Ida Voss").levels == {"support": 5}


# --- 3, 7: observations --------------------------------------------------------------------------

SEEN = (
    "Extension;Licenses;Queues;Date;Source\n"
    "4001;voice;support:8;2026-11-20;licensing page\n"
    "4002;voice;sales:3;2026-11-20;licensing page\n"
)
NAMED = (
    SEEN.replace("Extension", "Name;Extension")
    .replace("4001", "Ana Diaz;4001")
    .replace("4002", "Bo Chen;4002")
)


@pytest.mark.parametrize("seen", [SEEN, NAMED])
def test_what_was_observed_stays_with_its_person(office: Office, seen: str) -> None:
    def entry(name: str, number: str, queue: str, previously: str = "") -> str:
        return (
            f"name: {name}, extension: {number}, licenses: [voice], queues: {{{queue}}}{previously}"
        )

    office.console.person("4001").levels = {"support": 8}
    office.console.person("4002").levels = {"sales": 3}
    (office.folder / "seen.csv").write_text(seen, encoding="utf-8")
    office.files(entry("Ana Diaz", "4001", "support: 8"), entry("Bo Chen", "4002", "sales: 3"))
    assert office.do("apply", "--observed", "seen.csv").code == 0
    office.files(
        entry("Ana Diaz", "4002", "support: 8", ", previously: {extension: 4001}"),
        entry("Bo Chen", "4001", "sales: 3", ", previously: {extension: 4002}"),
    )
    office.carry_out(office.sheet("--observed", "seen.csv"))
    assert office.console.named("Ana Diaz").number == "4002"
    assert office.hand_in().code == 0
    assert office.changes("--observed", "seen.csv") == {}
    assert office.do("drift", "--observed", "seen.csv").code == 0


def test_a_file_with_names_follows_people_whom_nobody_saw_move(office: Office) -> None:
    ana, bo = office.console.humans[:2]
    ana.number, bo.number = bo.number, ana.number
    (office.folder / "seen.csv").write_text(NAMED, encoding="utf-8")
    office.files(
        "name: Ana Diaz, extension: 4002, licenses: [voice], queues: {support: 8}",
        "name: Bo Chen, extension: 4001, licenses: [voice], queues: {sales: 3}",
    )
    assert office.changes("--observed", "seen.csv") == {}


def test_an_older_file_does_not_beat_a_newer_word(office: Office) -> None:
    (office.folder / "seen.csv").write_text(SEEN, encoding="utf-8")
    office.files(f"{ANA}, email: ana@acme.example, queues: {{support: 9}}", BO)
    office.carry_out(office.sheet("--observed", "seen.csv"))
    assert office.hand_in().code == 0
    assert office.console.person("4001").levels == {"support": 9}
    assert office.changes("--observed", "seen.csv") == {}


def test_a_file_from_the_future_is_refused(office: Office) -> None:
    office.files(ANA)
    (office.folder / "seen.csv").write_text(SEEN.replace("2026", "2090"), encoding="utf-8")
    assert office.do("plan", "--observed", "seen.csv").code == 1


# --- 4: taking away what nobody has seen ---------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "entry"),
    [
        ("queues: {sales: 6}", "queues: {}", ("sales", "blank")),
        ("licenses: [voice, web_chat]", "licenses: [voice]", ("Web Chat", "not ticked")),
    ],
)
def test_what_nobody_has_seen_is_taken_away_by_a_step(
    office: Office, before: str, after: str, entry: tuple[str, str]
) -> None:
    base = "name: Ana Diaz, extension: 4001"
    office.files(f"{base}, {before}", queues="{support: {}, sales: {}}")
    assert office.do("apply").code == 0
    office.files(f"{base}, {after}")
    visits = office.sheet()
    fields = [(f["label"], f["value"]) for v in visits for s in v["steps"] for f in s["fields"]]
    assert [label for label, _ in fields] == [entry[0]]
    assert fields[0][1].startswith(entry[1])
    office.carry_out(visits)
    assert office.hand_in().code == 0
    assert office.changes() == {}


def test_a_leaver_whom_nobody_has_seen_leaves_on_two_pages(office: Office) -> None:
    office.files(f"{ANA}, until: 2026-01-31", BO)
    visits = office.sheet()
    assert [visit["page"] for visit in visits] == ["Skill Levels", "Agent Licensing"]
    office.carry_out(visits)
    assert office.hand_in().code == 0
    ana = office.console.named("Ana Diaz")
    assert (ana.licenses, ana.levels) == (set(), {})
    assert office.changes() == {}


# --- 5, 6: rules over what is known --------------------------------------------------------------


def test_adding_web_chat_is_judged_by_what_the_files_say(office: Office) -> None:
    pools = "license_pools: {voice: {}, web_chat: {requires: voice}}\n"
    office.files(ANA, more=pools)
    assert office.do("apply").code == 0
    office.files(ANA.replace("[voice]", "[voice, web_chat]"), more=pools)
    assert office.plan()["blockers"] == []
    office.carry_out(office.sheet())
    assert office.console.person("4001").licenses == {"voice", "web_chat"}
    assert office.hand_in().code == 0


def test_nobody_counts_one_known_agent_of_many(office: Office) -> None:
    office.files(f"{ANA}, queues: {{sales: 3}}")
    (office.folder / "seen.csv").write_text(SEEN.replace("support:8", "sales:3"), encoding="utf-8")
    office.console.humans[1].levels = {}
    office.files(f"{ANA}, queues: {{}}", queues="{sales: {min_agents: 2}}")
    found = office.plan("--observed", "seen.csv")
    assert found["blockers"] == []
    assert found["coverage"] == []
    text = office.do("plan", "--observed", "seen.csv").out
    assert "falls to" not in text
    assert "known of 2 of 5" in text


# --- 8, 9, 10, 12: comparing ---------------------------------------------------------------------


def test_a_key_that_is_stated_for_the_first_time_is_planned(office: Office) -> None:
    office.files(ANA, BO)
    assert office.do("apply").code == 0
    office.files(f"{ANA}, queues: {{sales: 4}}", BO)
    assert office.changes() == {"agent/ana@acme.example": {"queues.sales": 4}}
    assert "nobody has seen it" in office.do("plan").out


@pytest.mark.parametrize("listed", ["UC", "XIMA"])
def test_another_kind_of_phone_is_one_finding_and_no_plan_for_that_person(
    office: Office, listed: str
) -> None:
    declared = "4001" if listed == "UC" else "2001"
    office.console.humans[0] = Human("Ana Diaz", declared, listed, licenses={"voice"})
    entry = (
        ANA.replace("4001", declared) if listed == "UC" else "extension: 2001, licenses: [voice]"
    )
    office.files(entry, BO)
    found = office.plan()
    assert found["changes"] == []
    assert [d["rule"] for d in found["diagnostics"] if d["severity"] == "error"] == [
        "phone-is-set-once"
    ]
    drift = office.do("drift")
    assert "1 not compared" in drift.out


def test_an_empty_list_of_skills_is_not_believed(office: Office) -> None:
    office.files(ANA)
    text = (office.folder / "desired-state/all.yaml").read_text()
    (office.folder / "desired-state/all.yaml").write_text(
        text.replace("absent_percent: 100", "absent_percent: 20")
    )
    office.console.skills.clear()
    for verb in ("plan", "drift", "apply"):
        assert office.do(verb).code == 7


def test_two_people_of_one_name_exchange_numbers(office: Office) -> None:
    office.console.humans[:2] = [
        Human("Kim Lee", number, email=f"{number}@acme.example", licenses={"voice"})
        for number in ("4001", "4002")
    ]
    one = "name: Kim Lee, email: 4001@acme.example, licenses: [voice], extension: "
    two = "name: Kim Lee, email: 4002@acme.example, licenses: [voice], extension: "
    office.files(
        f"{one}4002, previously: {{extension: 4001}}", f"{two}4001, previously: {{extension: 4002}}"
    )
    assert len(office.changes()) == 2
    office.carry_out(office.sheet())
    assert {h.email: h.number for h in office.console.humans[:2]} == {
        "4001@acme.example": "4002",
        "4002@acme.example": "4001",
    }
    assert office.hand_in().code == 0
    assert office.changes() == {}


# --- 11: three cases of looking ------------------------------------------------------------------


def outage(office: Office, title: str) -> Callable[[str], str]:
    """The tenant stops to answer just when a step is done."""

    def does(asked: str) -> str:
        if asked.startswith(title):
            office.console.broken = (404, b"{}")
        return "all"

    return does


def test_a_look_says_whether_it_saw_or_not_or_could_not(office: Office) -> None:
    office.files(ANA.replace("Ana Diaz", "Ana Soto"), BO)
    honest = Scripted(office.console)
    office.guided(honest)
    assert "step 1: the tenant shows it" in honest.text
    office.files(ANA, BO)
    liar = Scripted(office.console, does=lambda _: "nothing")
    office.guided(liar)
    assert "the tenant does not list Ana Diaz(4001)" in liar.text
    blind = Scripted(office.console, does=outage(office, "Edit"))
    verdict = office.guided(blind)
    assert verdict is not None
    assert "404" in verdict.cannot_tell[0]
    assert "step 1: recorded as your word; nobody has looked" in blind.text


# --- 13, 14 --------------------------------------------------------------------------------------


def test_a_missing_type_is_called_missing(office: Office) -> None:
    office.console.humans[0].kind = ""
    office.files(BO)
    text = office.do("plan").out
    assert "None" not in text
    assert "gives 4001 Ana Diaz no type" in text


def test_a_sheet_is_not_answered_in_the_future_nor_before_it_was_written(office: Office) -> None:
    office.files(ANA, IDA)
    office.sheet()
    for when, words in (("2090-01-01", "lies ahead"), ("2020-01-01", "before the sheet was")):
        office.sheet()
        ran = office.hand_in(when=when)
        assert ran.code == 1
        assert words in ran.err
        assert "nothing was recorded" in ran.err


def test_a_sheet_whose_text_was_edited_is_refused(office: Office) -> None:
    office.files(ANA, IDA)
    office.sheet()
    ran = office.hand_in(fields="Voice: not ticked")
    assert ran.code == 1
    assert "the row is not as it was written" in ran.err
