"""A finished CSV, as spreadsheets of several lands and careless people hand it in."""

import csv
import io
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.manual import Sheet, completed, csv_cells, rendering
from reconciler.manual.completed import Answer, Returned
from tests.render import hostile, sheets

Cells = dict[str, str]
NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
MOMENT = completed.Moment(NOW, UTC)
FILLED = {"result": "done", "by": "Eve O'Hara", "when": "2026-11-24 10:30"}


def filled(shown: Sheet, **cells: str) -> list[Cells]:
    """The rows of a sheet, every one of them filled in."""
    text = rendering.csv(shown).removeprefix("\ufeff")
    parsed = csv.DictReader(io.StringIO(text, newline=""))
    return [row | FILLED | cells for row in parsed]


def saved(rows: list[Cells], *, separator: str = ",", end: str = "\r\n") -> str:
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, list(rows[0]), delimiter=separator, lineterminator=end)
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def read(rows: list[Cells], tenant: str = "acme") -> Returned:
    return completed.read(saved(rows).encode(), tenant, MOMENT)


def found(result: Returned) -> list[tuple[str, str]]:
    return [(one.rule, str(one.position)) for one in result.diagnostics]


def test_a_filled_in_sheet_says_what_was_done_by_whom_and_when() -> None:
    result = read(filled(sheets.small()))
    assert result.diagnostics == ()
    steps = [step for _, step in sheets.small().steps()]
    assert [(row.step, row.address, row.values) for row in result.rows] == [
        (step.id, step.address, step.set) for step in steps
    ]
    row = result.rows[1]
    assert (row.line, row.plan_id, row.result) == (3, "20261124T090000-acme", Answer.DONE)
    assert (row.by, row.when) == ("Eve O'Hara", datetime(2026, 11, 24, 10, 30, tzinfo=UTC))


def test_a_sheet_as_it_was_written_says_nothing() -> None:
    assert completed.read(rendering.csv(sheets.small()).encode(), "acme", MOMENT) == Returned(
        (), ()
    )


@pytest.mark.parametrize(
    ("word", "result"),
    [("done", "done"), (" DONE ", "done"), ("'Skipped", "skipped"), ("failed", "failed")],
)
def test_a_result_is_one_of_three_words(word: str, result: str) -> None:
    assert {row.result for row in read(filled(sheets.small(), result=word)).rows} == {result}


def test_another_word_is_refused_with_its_line() -> None:
    rows = filled(sheets.small())
    rows[2]["result"] = "erledigt"
    result = read(rows)
    assert found(result) == [("sheet-result", "sheet.csv:4:1")]
    assert result.diagnostics[0].address == "agent/4002"
    assert len(result.rows) == 5


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("address", "agent/4009"),
        ("id", "another"),
        ("plan", "another"),
        ("values", '{"extension": "4014"}'),
        ("values", "[1]"),
        ("values", '{"extension": 4.5}'),
        ("values", '{"extension": {}}'),
        ("values", "[" * 50_000),
        ("values", ""),
        ("seal", "0123456789abcdef"),
        ("seal", ""),
        ("tenant", '"'),
    ],
)
def test_an_edited_row_is_not_believed(column: str, value: str) -> None:
    rows = filled(sheets.small())
    rows[0][column] = value
    result = read(rows)
    assert found(result) == [("sheet-edited", "sheet.csv:2:1")]
    assert len(result.rows) == 5


@pytest.mark.parametrize("cell", ["[]", "1", '{"a": 1.5}', '{"a": []}', '{"a": NaN}', "'", "{"])
def test_values_are_an_object_of_plain_values(cell: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        csv_cells.values_of(cell)


def test_a_number_that_became_a_truth_is_an_edit() -> None:
    rows = filled(sheets.small())
    rows[3]["values"] = rows[3]["values"].replace("true", "1")
    assert found(read(rows)) == [("sheet-edited", "sheet.csv:5:1")]


def test_a_sheet_of_another_tenant_is_foreign_whatever_its_cells_say() -> None:
    assert {rule for rule, _ in found(read(filled(sheets.small()), tenant="other"))} == {
        "sheet-foreign"
    }
    renamed = filled(sheets.small(), tenant="other")
    assert {rule for rule, _ in found(read(renamed, tenant="other"))} == {"sheet-edited"}


def test_what_people_may_change_is_not_judged() -> None:
    changed = filled(sheets.small(), do="", fields="", check="", page="", step="7")
    assert read(changed).diagnostics == ()


def test_a_step_answered_twice_is_not_believed_at_all() -> None:
    rows = filled(sheets.small())
    result = read([*rows, rows[0] | {"result": "failed"}])
    assert found(result) == [("sheet-twice", "sheet.csv:2:1"), ("sheet-twice", "sheet.csv:8:1")]
    assert len(result.rows) == 5


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_separator_encoding_and_line_ends_do_not_matter(
    separator: str, encoding: str, end: str
) -> None:
    text = saved(filled(sheets.small(), by="José Müller"), separator=separator, end=end)
    result = completed.read(text.encode(encoding, errors="replace"), "acme", MOMENT)
    assert result.diagnostics == ()
    assert {row.by for row in result.rows} == {"José Müller"}


def test_columns_may_be_moved_added_renamed_in_case_and_followed_by_empty_rows() -> None:
    names = ["notes", *reversed(csv_cells.COLUMNS)]
    rows = [{name: row.get(name, "x") for name in names} for row in filled(sheets.small())]
    head, _, body = saved(rows).partition("\r\n")
    text = f"{head.upper()}\r\n{body}\r\n,,,\r\n\r\n"
    assert len(completed.read(text.encode(), "acme", MOMENT).rows) == 6


def test_a_byte_order_mark_is_no_part_of_the_first_column() -> None:
    rows = [{"result": row["result"], **row} for row in filled(sheets.small())]
    assert len(completed.read(saved(rows).encode("utf-8-sig"), "acme", MOMENT).rows) == 6


@pytest.mark.parametrize("column", csv_cells.NEEDED)
def test_a_missing_column_is_named(column: str) -> None:
    rows = [{name: row[name] for name in row if name != column} for row in filled(sheets.small())]
    result = read(rows)
    assert found(result) == [("sheet-columns", "sheet.csv:1:1")]
    assert column in result.diagnostics[0].summary
    assert result.rows == ()


def test_a_column_that_is_there_twice_is_named() -> None:
    text = saved(filled(sheets.small())).replace("why,", "result,", 1)
    assert completed.read(text.encode(), "acme", MOMENT).diagnostics[0].summary == (
        "more than one column result"
    )


def test_a_line_is_counted_where_its_row_begins() -> None:
    rows = filled(sheets.small(), why="one\ntwo\r\nthree")
    rows[1]["result"] = "?"
    assert found(read(rows)) == [("sheet-result", "sheet.csv:5:1")]


def test_what_is_no_csv_is_told_and_what_stands_before_it_is_believed() -> None:
    rows = filled(sheets.small())
    rows[3]["why"] = "x" * 200_000
    result = read(rows)
    assert found(result) == [("sheet-format", "sheet.csv:5:1")]
    assert len(result.rows) == 3


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("", None),
        ("2026-11-24", datetime(2026, 11, 24, tzinfo=UTC)),
        ("'2026-11-24 10:30", datetime(2026, 11, 24, 10, 30, tzinfo=UTC)),
        ("2026-11-24T10:30Z", datetime(2026, 11, 24, 10, 30, tzinfo=UTC)),
        (
            "2026-11-24 10:30 +01:00",
            datetime(2026, 11, 24, 10, 30, tzinfo=timezone(timedelta(hours=1))),
        ),
        ("24.11.2026", datetime(2026, 11, 24, tzinfo=UTC)),
        ("24.11.2026 10:30", datetime(2026, 11, 24, 10, 30, tzinfo=UTC)),
    ],
)
def test_a_date_has_a_time_and_an_offset_or_not(cell: str, moment: datetime | None) -> None:
    assert {row.when for row in read(filled(sheets.small(), when=cell)).rows} == {moment}


@pytest.mark.parametrize("cell", ["11/24/2026", "yesterday", "2026-11-31", "46350.4375", "\ud800"])
def test_a_date_that_nobody_can_tell_is_refused(cell: str) -> None:
    text = saved(filled(sheets.small(), when=cell)).encode(errors="surrogatepass")
    assert {one.rule for one in completed.read(text, "acme", MOMENT).diagnostics} == {"sheet-when"}


@pytest.mark.parametrize("name", [*hostile.NAMES.values(), *sheets.FORMULAS])
def test_hostile_names_come_back_as_they_were(name: str) -> None:
    result = read(filled(sheets.named(name)), tenant=name)
    assert result.diagnostics == ()
    assert result.rows[0].address == f"queue/{name}"
    assert result.rows[0].values["name"] == name


@pytest.mark.parametrize("name", [*hostile.NAMES.values(), *sheets.FORMULAS])
def test_apostrophes_may_be_taken_away(name: str) -> None:
    bare = [
        {column: cell.removeprefix("'") for column, cell in row.items()}
        for row in filled(sheets.named(name))
    ]
    assert read(bare, tenant=name).diagnostics == ()


def test_what_a_spreadsheet_would_make_a_number_or_a_date_stands_behind_an_apostrophe() -> None:
    for text in ("0042", "1e5", "2026-11-24", "12e4567890123456", "1,5", "10:30"):
        assert csv_cells.text_cell(text) == f"'{text}"
        assert csv_cells.text_of(csv_cells.text_cell(text)) == text
    assert csv_cells.text_cell("agent/4001") == "agent/4001"


@given(st.text())
def test_every_text_comes_back_from_its_cell(text: str) -> None:
    assert csv_cells.text_of(csv_cells.text_cell(text)) == text
    assert csv_cells.text_cell(text).isascii()


@given(st.dictionaries(st.text(), st.none() | st.booleans() | st.integers() | st.text()))
def test_values_come_back_from_their_cell(values: dict[str, str | int | bool | None]) -> None:
    assert csv_cells.values_of(csv_cells.values_cell(values)) == values
    assert csv_cells.values_cell(values).isascii()


@given(st.binary())
def test_any_bytes_give_an_answer(content: bytes) -> None:
    assert completed.read(content, "acme", MOMENT).rows == ()


WHOLE = saved(filled(sheets.small())).encode()


@given(st.data())
def test_a_damaged_sheet_gives_an_answer_and_no_row_that_was_not_written(
    data: st.DataObject,
) -> None:
    start = data.draw(st.integers(0, len(WHOLE)))
    end = data.draw(st.integers(start, min(len(WHOLE), start + 40)))
    damaged = WHOLE[:start] + data.draw(st.binary(max_size=8)) + WHOLE[end:]
    sets = {step.id: step.set for _, step in sheets.small().steps()}
    for row in completed.read(damaged, "acme", MOMENT).rows:
        assert row.values == sets[row.step]
