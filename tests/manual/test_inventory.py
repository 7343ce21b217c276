"""An inventory: a form with everybody, filled in partly, taken, and renewed a tenth a week."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from reconciler import ledger
from reconciler.diagnostics import Diagnostic
from reconciler.manual import inventory, inventory_guide
from reconciler.model import Tenant
from tests.manual.office import Office
from tests.manual.stand_in import Human

TODAY = datetime.now(UTC).date()
KNOWN = {"Voice": "x", "Level: support": "5"}
FILES = (
    "name: Ana Diaz, extension: 4001, licenses: [voice], queues: {support: 5}",
    "name: Bo Chen, extension: 4002, licenses: [voice], queues: {support: 5}",
)


def rows(path: Path) -> list[dict[str, str]]:
    text = path.read_text(encoding="utf-8").removeprefix("\ufeff")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def save(path: Path, filled: list[dict[str, str]], separator: str = ",") -> None:
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, list(filled[0]), delimiter=separator)
    writer.writeheader()
    writer.writerows(filled)
    path.write_text(file.getvalue(), encoding="utf-8")


@pytest.fixture
def form(office: Office) -> Path:
    office.files(*FILES)
    assert office.do("inventory", "-o", "form.csv").code == 0
    return office.folder / "form.csv"


def fill(form: Path, cells: Mapping[str, Mapping[str, str]], separator: str = ",") -> None:
    """By extension, what is written into its row."""
    save(form, [{**row, **cells.get(row["Extension"], {})} for row in rows(form)], separator)


def everybody(form: Path) -> dict[str, Mapping[str, str]]:
    return {row["Extension"]: KNOWN for row in rows(form)}


def test_a_form_has_everybody_in_the_order_of_the_console_and_blank_cells(
    office: Office, form: Path
) -> None:
    office.console.humans.insert(0, Human("Uma Fox", "2001", "UC", licenses={"voice"}))
    office.do("inventory", "-o", "form.csv")
    found = rows(form)
    assert (found[0]["Name"], found[-1]["Name"]) == ("Ana Diaz", "Uma Fox")
    assert "Level: sales" in found[0]
    assert {row["Voice"] for row in found} == {""}


def test_what_is_taken_is_attested_and_seats_and_coverage_are_counted(
    office: Office, form: Path
) -> None:
    assert office.plan()["coverage"] == []
    fill(
        form,
        {**everybody(form), "4005": {"Voice": "yes", "Level: sales": "3", "Level: support": "-"}},
    )
    ran = office.do("inventory", "--take", "form.csv", "--by", "kim")
    assert ran.code == 0, ran.err
    found = office.plan()
    coverage = {row["address"]: row["before"] for row in found["coverage"]}
    assert coverage == {"queue/support": 4, "queue/sales": 1}
    grades = {one["field"]: one for one in found["grades"]}
    assert (grades["queues"]["attested"], grades["queues"]["by"]) == (2, ["kim"])
    office.files(FILES[0].replace("support: 5", "sales: 2"), FILES[1])
    assert office.changes() == {
        "agent/ana@acme.example": {"queues.sales": 2, "queues.support": None}
    }


def test_partly_filled_is_fine_and_a_blank_row_says_nothing(office: Office, form: Path) -> None:
    fill(form, {"4001": KNOWN, "4002": {"Voice": "x"}})
    ran = office.do("inventory", "--take", "form.csv")
    assert ran.code == 0
    assert "taken of 2 people: levels of 1, licenses of 2; 3 rows were left blank" in ran.err
    assert office.plan()["coverage"] == []


def test_a_row_of_nothing_but_dashes_is_known_to_be_empty(office: Office, form: Path) -> None:
    fill(form, {"4001": {"Voice": "x", "Level: sales": "-"}})
    assert office.do("inventory", "--take", "form.csv").code == 0
    assert office.changes() == {"agent/ana@acme.example": {"queues.support": 5}}


def test_a_spreadsheet_has_drop_downs_and_comes_back(office: Office, form: Path) -> None:
    assert office.do("inventory", "-o", "form.xlsx").code == 0
    book = openpyxl.load_workbook("form.xlsx")
    sheet = book.worksheets[0]
    lists = [rule.formula1 for rule in sheet.data_validations.dataValidation]
    assert '"yes,no"' in lists
    assert '"1,2,3,4,5,6,7,8,9,10,-"' in lists
    header = [cell.value for cell in sheet[1]]
    sheet.cell(2, header.index("Voice") + 1).value = "yes"
    sheet.cell(2, header.index("Level: support") + 1).value = 8
    sheet.cell(2, header.index("Recording Mode") + 1).value = "Automatic (Pausing Prohibited)"
    sheet.cell(2, header.index("Email Address") + 1).value = "Ana@acme.example"
    sheet.cell(2, header.index("Date") + 1).value = datetime.now(UTC).replace(tzinfo=None)
    book.save("form.xlsx")
    assert office.do("inventory", "--take", "form.xlsx").code == 0
    office.files(FILES[0], FILES[1])
    assert office.changes() == {"agent/ana@acme.example": {"queues.support": 5}}


def test_a_page_is_printed_for_everybody(office: Office, form: Path) -> None:
    office.console.skills += [f"skill {n}" for n in range(10)]
    assert office.do("inventory", "-o", "form.html").code == 0
    text = (office.folder / "form.html").read_text(encoding="utf-8")
    assert text.count("Eve O&#39;Hara") == 3
    assert "part 2 of 2" in text


# --- what is wrong with a form -------------------------------------------------------------------


def refused(office: Office, words: str) -> None:
    ran = office.do("inventory", "--take", "form.csv")
    assert ran.code == 1, ran.err
    assert words in ran.err
    assert "nothing was taken" in ran.err
    assert office.plan()["coverage"] == []


def test_a_form_of_another_tenant_is_refused(office: Office, form: Path) -> None:
    fill(form, everybody(form))
    text = (office.folder / "desired-state/all.yaml").read_text()
    (office.folder / "desired-state/all.yaml").write_text(text.replace("acme", "other"))
    refused(office, "is of another tenant, or its name or number was changed")


def test_people_who_were_renumbered_stay_who_they_are(office: Office, form: Path) -> None:
    fill(form, everybody(form))
    ana, bo = office.console.humans[:2]
    ana.number, bo.number = bo.number, ana.number
    refused(office, "extension 4001 was Ana Diaz when the form was written, and is Bo Chen now")


def test_a_number_that_was_edited_is_refused(office: Office, form: Path) -> None:
    fill(form, {"4001": {**KNOWN, "Extension": "4002"}})
    refused(office, "its name or number was changed")


def test_a_person_twice_is_refused(office: Office, form: Path) -> None:
    fill(form, everybody(form))
    save(form, [*rows(form), {**rows(form)[0], "Voice": "no"}])
    refused(office, "Ana Diaz(4001) stands there twice")


@pytest.mark.parametrize("cell", ["=1+1", "=B2"])
def test_a_formula_is_refused(office: Office, form: Path, cell: str) -> None:
    fill(form, {"4001": {"Voice": cell}})
    refused(office, "this is a formula, and no value")


def test_a_formula_and_merged_cells_of_a_workbook_are_refused(office: Office, form: Path) -> None:
    office.do("inventory", "-o", "form.xlsx")
    book = openpyxl.load_workbook("form.xlsx")
    book.worksheets[0]["D2"] = "=1+1"
    book.worksheets[0].merge_cells("E3:F4")
    book.save("form.xlsx")
    ran = office.do("inventory", "--take", "form.xlsx")
    assert ran.code == 1
    assert "form.xlsx:2:4" in ran.err
    assert "cells E3:F4 are merged" in ran.err


def test_german_dates_and_semicolons_are_understood(office: Office, form: Path) -> None:
    cells = {**KNOWN, "Date": TODAY.strftime("%d.%m.%Y"), "By": "kim"}
    fill(form, {"4001": cells}, separator=";")
    assert office.do("inventory", "--take", "form.csv").code == 0
    grades = {one["field"]: one for one in office.plan()["grades"]}
    assert grades["licenses"]["by"] == ["kim"]


def test_a_workbook_with_a_password_is_refused(office: Office, form: Path) -> None:
    (office.folder / "form.xlsx").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
    ran = office.do("inventory", "--take", "form.xlsx")
    assert ran.code == 1
    assert "protected by a password" in ran.err


def test_a_column_that_is_not_of_the_form_is_refused_and_not_kept(
    office: Office, form: Path
) -> None:
    save(form, [{**row, **KNOWN, "Password": "hunter2"} for row in rows(form)])
    refused(office, "column `Password` is not of the form")


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (TODAY + timedelta(days=1), "lies ahead"),
        (TODAY - timedelta(days=9), "is before the form was written"),
    ],
)
def test_a_row_is_not_older_than_its_form_nor_of_tomorrow(
    office: Office, form: Path, day: Any, words: str
) -> None:
    fill(form, {"4001": {**KNOWN, "Date": day.isoformat()}})
    refused(office, words)


def test_two_forms_of_one_day_that_contradict_each_other_are_refused(
    office: Office, form: Path
) -> None:
    fill(form, {"4001": {**KNOWN, "By": "sam"}})
    other = office.folder / "other.csv"
    other.write_text(form.read_text())
    fill(other, {"4001": {"Level: support": "7", "By": "kim"}})
    ran = office.do("inventory", "--take", "form.csv", "--take", "other.csv")
    assert ran.code == 1
    save(other, [{**rows(other)[0]}])
    assert office.do("inventory", "--take", "form.csv").code == 0
    ran = office.do("inventory", "--take", "other.csv")
    assert ran.code == 1
    assert (
        "queues of Ana Diaz(4001) is support 7 on this form, and support 5 on that of sam"
        in ran.err
    )


def test_a_correction_by_the_same_person_counts(office: Office, form: Path) -> None:
    fill(form, {"4001": {**KNOWN, "Level: support": "7"}})
    assert office.do("inventory", "--take", "form.csv", "--by", "sam").code == 0
    fill(form, {"4001": KNOWN})
    assert office.do("inventory", "--take", "form.csv", "--by", "sam").code == 0
    assert office.changes() == {}


def test_a_list_that_shrank_meanwhile_is_not_believed(office: Office, form: Path) -> None:
    fill(form, everybody(form))
    text = (office.folder / "desired-state/all.yaml").read_text()
    (office.folder / "desired-state/all.yaml").write_text(
        text.replace("absent_percent: 100", "absent_percent: 20")
    )
    gone = office.console.humans[2:]
    del office.console.humans[2:]
    ran = office.do("inventory", "--take", "form.csv")
    assert ran.code == 7
    assert "3 of 5 people of the form are not on the tenant's list any more" in ran.err
    office.console.humans += gone[1:]
    ran = office.do("inventory", "--take", "form.csv")
    assert ran.code == 0
    assert "Chidi Okafor(4003) is not on the tenant's list any more" in ran.err


def test_a_skill_that_the_tenant_does_not_have_is_refused(office: Office, form: Path) -> None:
    fill(form, everybody(form))
    office.console.skills.remove("support")
    refused(office, "the tenant has no skill support")


@pytest.mark.parametrize(
    ("column", "cell"),
    [("Voice", "maybe"), ("Level: support", "11"), ("Email Address", "ana"), ("Date", "3/4/26")],
)
def test_a_cell_that_does_not_fit_is_told_with_its_place(
    office: Office, form: Path, column: str, cell: str
) -> None:
    fill(form, {"4001": {**KNOWN, column: cell}})
    refused(office, f"form.csv:2:{list(rows(form)[0]).index(column) + 1}")


# --- due -----------------------------------------------------------------------------------------


def forty(office: Office) -> None:
    office.console.humans[:] = [
        Human(f"Person {n}", f"40{n:02}", licenses={"voice"}, levels={"support": 5})
        for n in range(40)
    ]


def age(office: Office, days: int) -> None:
    """All that is kept was said so many days earlier."""
    tenant = Tenant("acme", "xima")
    kept = ledger.open_ledger(tenant, environ={}, root=office.folder)
    known = list(kept.attestations("acme"))
    kept.retract("acme", known)
    kept.attest("acme", [replace(item, at=item.at - timedelta(days=days)) for item in known])
    kept.close()


def test_a_tenth_is_asked_a_week_before_anything_is_overdue(office: Office, form: Path) -> None:
    forty(office)
    office.do("inventory", "-o", "form.csv")
    fill(form, everybody(form))
    assert office.do("inventory", "--take", "form.csv").code == 0
    found = office.json("inventory", "--due")
    assert (found["overdue"], found["asked"], found["sentence"]) == ([], [], "")
    age(office, 30)
    found = office.json("inventory", "--due")
    assert (len(found["overdue"]), len(found["asked"])) == (0, 4)
    assert found["sentence"].startswith("this week look at 4000 Person 0")
    assert office.do("inventory", "--due", "-o", "form.csv").code == 0
    assert len(rows(form)) == 4
    fill(form, everybody(form))
    assert office.do("inventory", "--take", "form.csv").code == 0
    assert office.json("inventory", "--due")["asked"] == []


def test_what_is_overdue_is_listed_and_told_at_night(office: Office, form: Path) -> None:
    fill(form, everybody(form))
    assert office.do("inventory", "--take", "form.csv").code == 0
    age(office, 91)
    found = office.json("inventory", "--due")
    assert len(found["overdue"]) == 5
    sentence = "of 5 of 5 agents has not been recorded in the last 90 days"
    assert sentence in found["sentence"]
    assert sentence in office.do("drift").out


# --- at the terminal -----------------------------------------------------------------------------


@dataclass
class Typist:
    """Somebody who types what the console shows, one answer a question."""

    answers: list[str | None]
    lines: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)

    def say(self, text: str) -> None:
        self.lines.append(text)

    def line(self, question: str) -> str | None:
        self.questions.append(question)
        return self.answers.pop(0)


FORM = inventory.Form(
    "acme",
    TODAY,
    tuple(
        inventory.Person(name, number, "webrtc", inventory.seal("acme", TODAY, name, number))
        for name, number in (("Ana Diaz", "4001"), ("Bo Chen", "4002"))
    ),
    ("support", "sales"),
)


def asked(*answers: str | None) -> tuple[list[inventory.Filled], Typist, int]:
    recorded: list[inventory.Filled] = []
    typist = Typist(list(answers))

    def record(row: inventory.Filled) -> list[Diagnostic]:
        recorded.append(row)
        return []

    return recorded, typist, inventory_guide.ask(FORM, typist, record, "sam")


def test_two_questions_a_person_are_enough_and_each_answer_is_recorded() -> None:
    recorded, typist, count = asked("vw", "-", "1:8 2:3", "support:5")
    assert [(row.person.name, row.values) for row in recorded] == [
        ("Ana Diaz", {"licenses": frozenset({"voice", "web_chat"})}),
        ("Bo Chen", {"licenses": frozenset()}),
        ("Ana Diaz", {"levels": {"support": 8, "sales": 3}}),
        ("Bo Chen", {"levels": {"support": 5}}),
    ]
    assert (count, len(typist.questions)) == (4, 4)


def test_what_is_no_answer_is_asked_again_and_enter_skips() -> None:
    recorded, typist, count = asked("x", "v", "", "3:1", "1:11", "-", None)
    assert (len(recorded), count) == (2, 2)
    assert len([line for line in typist.lines if "a level from 1 to 10" in line]) == 2
    assert typist.lines[-1] == "left; what was answered is kept"
