"""Work sheets: what a person reads, types and hands back."""

import csv
import io
import json
import re
from pathlib import Path

import jsonschema
import pytest

from reconciler.manual import Sheet, csv_cells, rendering
from reconciler.model import Unobserved
from reconciler.render import escape
from tests.conftest import Golden
from tests.render import hostile, sheets
from tests.render.test_hostile import EACH, FORBIDDEN, Outline

GOLDEN = Path(__file__).parents[1] / "cases" / "sheet"
SCHEMA = json.loads(
    (Path(__file__).parents[2] / "schemas" / "worksheet.schema.json").read_text(encoding="utf-8")
)


def rows(shown: Sheet) -> list[dict[str, str]]:
    return list(
        csv.DictReader(io.StringIO(rendering.csv(shown).removeprefix("\ufeff"), newline=""))
    )


def written(shown: Sheet) -> str:
    return escape.json(json.dumps(rendering.document(shown), indent=2, ensure_ascii=False)) + "\n"


def test_a_checklist_reads_as_agreed(golden: Golden) -> None:
    golden(GOLDEN / "small.md", rendering.markdown(sheets.small()))


def test_a_document_reads_as_agreed(golden: Golden) -> None:
    golden(GOLDEN / "small.json", written(sheets.small()))


def test_a_table_reads_as_agreed(golden: Golden) -> None:
    golden(GOLDEN / "small.csv", rendering.csv(sheets.small()).replace("\r\n", "\n"))


def test_hostile_names_read_as_agreed(golden: Golden) -> None:
    golden(GOLDEN / "hostile.md", rendering.markdown(sheets.together()))
    golden(GOLDEN / "hostile.csv", rendering.csv(sheets.together()).replace("\r\n", "\n"))


def test_a_page_opened_again_is_counted_once_as_a_page() -> None:
    assert "**6 steps on 4 pages, in 5 visits**" in rendering.markdown(sheets.small())
    assert "0 steps on 0 pages" in rendering.markdown(sheets.sheet())


def test_a_document_is_valid_by_its_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    valid = jsonschema.Draft202012Validator(SCHEMA)
    for shown in (sheets.small(), sheets.together(), sheets.sheet()):
        valid.validate(rendering.document(shown))


def test_a_title_that_ends_with_a_blank_is_bold_all_the_same() -> None:
    assert "- [ ] **1. Ana**\n" in rendering.markdown(sheets.named("Ana "))
    assert "*set to* **&quot;Ana &quot;**" in rendering.markdown(sheets.named("Ana "))


def test_what_is_unobserved_is_counted_where_there_is_any() -> None:
    none = sheets.sheet(unobserved=(Unobserved("agent", "email", 0),))
    for render in (rendering.markdown, rendering.html):
        assert re.search("agent email(?:.?):? 31 values", render(sheets.small()))
        assert "Unobserved" not in render(none)


def test_csv_begins_with_a_byte_order_mark_and_ends_its_lines_as_a_spreadsheet_does() -> None:
    shown = rendering.csv(sheets.small())
    assert shown.startswith("\ufeffstep,page,open,do,fields,check,why,")
    assert shown.count("\n") == shown.count("\r\n") == 7


def test_a_row_and_a_step_of_the_document_have_the_same_seal_and_values() -> None:
    steps = [
        step for visit in rendering.document(sheets.small())["visits"] for step in visit["steps"]
    ]
    for row, step in zip(rows(sheets.small()), steps, strict=True):
        assert csv_cells.text_of(row["seal"]) == step["seal"]
        assert csv_cells.values_of(row["values"]) == step["set"]
        assert (row["result"], row["by"], row["when"]) == ("", "", "")


@EACH
def test_no_rendering_holds_a_character_that_acts(name: str) -> None:
    shown = sheets.named(name)
    table_ = rendering.csv(shown).removeprefix("\ufeff").replace("\r\n", "\n")
    for text in (rendering.markdown(shown), rendering.html(shown), table_, written(shown)):
        assert not FORBIDDEN.search(text)


@EACH
def test_a_name_in_a_checklist_adds_no_line_markup_or_mention(name: str) -> None:
    shown, plain = rendering.markdown(sheets.named(name)), rendering.markdown(sheets.named("Ana"))
    assert shown.count("\n") == plain.count("\n")
    assert set(re.findall(r"<[^>]*>", shown)) <= {"<span>", "</span>"}
    assert not re.search(r"&(?!amp;|lt;|gt;|quot;|#39;|nbsp;)", shown)
    assert not re.search(r"(?<!\\)[`\[]", shown.replace("- [ ] ", ""))
    assert not re.search(r"[@#](?![\u200b#; ]|39;)", shown)
    assert not re.search(r"https?:|www\.", shown)


@EACH
def test_a_name_adds_no_element_to_the_page(name: str) -> None:
    page, plain = (Outline(rendering.html(sheets.named(one))) for one in (name, "Ana"))
    assert page.tags == plain.tags
    assert page.acting == ["#list"]
    assert page.open == []


@pytest.mark.parametrize("name", [*hostile.NAMES.values(), *sheets.FORMULAS])
def test_no_cell_is_a_formula_whatever_separates_the_cells(name: str) -> None:
    text = rendering.csv(sheets.named(name)).removeprefix("\ufeff")
    for separator in ",;\t":
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            for cell in row:
                assert not re.match(r" *[=+\-@\t\r]", cell)


@pytest.mark.parametrize("shown", [sheets.named("x" * 10_000), sheets.named("é" * 10_000)])
def test_a_very_long_text_is_cut_for_people_and_whole_in_the_values(shown: Sheet) -> None:
    assert "(9000 more characters)" in rendering.markdown(shown)
    assert "(9000 more characters)" in rendering.html(shown)
    (row,) = rows(shown)
    assert all(len(row[name]) < 10_000 for name in ("step", "page", "open", "do", "fields"))
    name = rendering.document(shown)["visits"][0]["steps"][0]["set"]["name"]
    assert csv_cells.values_of(row["values"])["name"] == name


def test_a_sheet_of_many_steps_holds_each_of_them_once() -> None:
    shown = sheets.large(2_000)
    assert rendering.markdown(shown).count("- [ ] **") == 2_001
    assert rendering.html(shown).count('<input type="checkbox"') == 2_001
    assert len(rows(shown)) == 2_000
