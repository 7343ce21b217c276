"""One CSV file to rows: every way that spreadsheets write them, and every way they go wrong."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler import roster
from reconciler.roster import Row, Rows
from tests.desired import TODAY


def read(text: str, *, mapping: dict[str, str] | None = None, **options: object) -> Rows:
    columns = None if mapping is None else roster.ColumnMap(mapping)
    return roster.read(text.encode(), "people.csv", mapping=columns, **options)  # type: ignore[arg-type]


def only(text: str) -> Row:
    found = read(text)
    assert found.diagnostics == ()
    (row,) = found.rows
    return row


def told(found: Rows) -> list[str]:
    return [f"{one.position}  {one.rule}" for one in found.diagnostics]


def test_a_whole_row_is_typed() -> None:
    row = only(
        "name,email,extension,phone,profile,licenses,queues,skills,preferred_name,"
        "recording_mode,no_answer_destination,review_own_recordings,active,date,source,range\n"
        'Ana Diaz,Ana@acme.example,0400,xima,tier-1,"Voice, web_chat",support:5; billing,none,'
        "Ana,Automatic (Pausing Prohibited),3001,yes,inactive,2026-11-24,the page,desk\n"
    )
    assert row.fields == {
        "name": "Ana Diaz",
        "email": "ana@acme.example",
        "extension": "0400",
        "phone": "webrtc",
        "licenses": frozenset({"voice", "web_chat"}),
        "queues": {"support": 5, "billing": 0},
        "skills": {},
        "preferred_name": "Ana",
        "recording_mode": "automatic_pausing_prohibited",
        "no_answer_destination": "3001",
        "review_own_recordings": True,
        "active": False,
    }
    assert (row.profiles, row.range) == (("tier-1",), "desk")
    assert (row.day, row.source) == (TODAY, "the page")


def test_an_empty_cell_says_nothing() -> None:
    assert only("email,queues,name\nana@acme.example, ,\n").fields == {"email": "ana@acme.example"}


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_seen_outside_of_quotes(delimiter: str) -> None:
    header = delimiter.join(['"Name, or; what\tever"', "E-Mail", "Ext."])
    found = read(f"{header}\n" + delimiter.join(["Ana", "ana@acme.example", "4001"]))
    assert found.rows[0].fields == {"email": "ana@acme.example", "extension": "4001"}


def test_a_spreadsheet_may_state_the_delimiter() -> None:
    assert only("sep=;\nemail;name\nana@acme.example;Diaz, Ana\n").fields["name"] == "Diaz, Ana"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_an_encoding_that_says_what_it_is_needs_no_note(encoding: str) -> None:
    found = roster.read("email,name\nana@acme.example,Ana Díaz\n".encode(encoding), "people.csv")
    assert found.rows[0].fields["name"] == "Ana Díaz"
    assert found.diagnostics == ()


def test_anything_else_is_read_as_windows_1252_and_told() -> None:
    found = roster.read("email,name\nana@acme.example,Ana Díaz €\n".encode("cp1252"), "people.csv")
    assert found.rows[0].fields["name"] == "Ana Díaz €"
    assert told(found) == ["people.csv:2:23  csv-encoding"]


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"", "csv-column"),
        (b"\n \n;;\n", "csv-column"),
        (b"PK\x03\x04 and so on", "csv-not-text"),
        (b"\xff\xfea", "csv-not-text"),
        (b"name,email\n" + b"x" * 50_000_000, "file-too-large"),
    ],
)
def test_what_is_no_table_is_told(content: bytes, rule: str) -> None:
    found = roster.read(content, "people.csv")
    assert (found.rows, [one.rule for one in found.diagnostics]) == ((), [rule])


def test_lines_are_counted_through_quoted_line_breaks() -> None:
    found = read('email,name\r\n"ana@acme.example","Ana\r\nDiaz"\r\n\r\nbo@acme.example,Bo\r\n')
    assert [(row.line, row.fields["name"]) for row in found.rows] == [(2, "Ana Diaz"), (5, "Bo")]
    assert str(found.rows[0].at("name")) == "people.csv:2:20"


def test_a_cell_behind_a_quoted_line_break_lies_on_a_later_line() -> None:
    found = read('name,"E-\nmail",ext\n"Ana\n""the"" Diaz",ana@acme.example,x1\n')
    assert told(found) == ["people.csv:4:32  wrong-value"]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_every_line_end_is_one(line_end: str) -> None:
    found = read(line_end.join(["email", "ana@acme.example", "", "bo@acme.example", ""]))
    assert [row.line for row in found.rows] == [2, 4]


@pytest.mark.parametrize(
    ("header", "field"),
    [
        *((one, "email") for one in ("E-mail", "MAIL", "Email Address", "e_mail *", " email ")),
        *((one, "extension") for one in ("Ext.", "number", "Phone extension")),
        *((one, "phone") for one in ("Type", "kind", "Phone")),
    ],
)
def test_a_header_has_aliases(header: str, field: str) -> None:
    assert read(f"{header}\n", needed=()).fields == {field}


def test_first_and_last_name_make_a_name() -> None:
    assert only("First Name,Last name,mail\nAna,Diaz,a@acme.example\n").fields["name"] == "Ana Diaz"


def test_a_mapping_goes_before_an_alias() -> None:
    found = read(
        "Mailbox,E-Mail,Phone\nana@acme.example,x,+1 555\n",
        mapping={"mailbox": "email", "E-Mail": "", "Phone": ""},
    )
    assert (found.rows[0].fields, found.diagnostics) == ({"email": "ana@acme.example"}, ())


def test_a_mapping_of_a_column_that_is_not_there_is_told() -> None:
    found = read("Mailboxes,email\n", mapping={"Mailbox": "email"})
    assert "did you mean `Mailboxes`?" in found.diagnostics[0].hint
    assert found.diagnostics[0].severity == "error"


def test_an_unknown_column_is_told_with_the_nearest_known_one() -> None:
    found = read("email,quues,Salary,\nana@acme.example,support,1,2\n")
    assert [one.severity for one in found.diagnostics] == ["warning", "warning"]
    assert "did you mean `queues`?" in found.diagnostics[0].hint
    assert len(found.rows) == 1


def test_two_columns_of_one_meaning_are_an_error() -> None:
    assert told(read("email,mail\n")) == ["people.csv:1:7  csv-column"]


def test_utf_16_without_a_mark_is_told_as_what_it_looks_like() -> None:
    found = roster.read("email,name\na@acme.example,A\n".encode("utf-16-le"), "people.csv")
    assert found.rows == ()
    assert {one.rule for one in found.diagnostics} == {"control-character", "csv-column"}


def test_a_table_without_any_key_is_an_error() -> None:
    (found,) = read("name,queues\nAna,support\n").diagnostics
    assert "`email` or `extension`" in found.summary


@pytest.mark.parametrize(
    ("field", "cell"),
    [
        *(("extension", cell) for cell in ("x12", "40 01", "+15551234", "٤٠٠١", "4001.0")),
        *(("email", cell) for cell in ("ana", "a b@acme.example", "a@b@c")),
        *(("queues", cell) for cell in ("support:11", "support:high", ":5", "support:0")),
        ("phone", "desk"),
        ("licenses", "voice; ☎"),
        ("recording_mode", "sometimes"),
        ("review_own_recordings", "perhaps"),
        ("no_answer_destination", "voicemail"),
        ("active", "on leave"),
        ("date", "24.11.2026"),
        ("name", "Ana\x00"),
        ("name", "Ana \u202a\ufeff"),
    ],
)
def test_a_cell_that_does_not_fit_keeps_its_row_out(field: str, cell: str) -> None:
    headers = "preferred_name,extension,email" if field == "name" else "name,email,extension"
    mapping = {name: "" for name in headers.split(",") if name == field}
    found = read(f'{headers},The cell\nAna,,,"{cell}"\n', mapping={**mapping, "The cell": field})
    assert (found.rows, found.left_out) == ((), {2})
    assert told(found)[0].startswith("people.csv:2:7  ")


def test_every_problem_of_a_file_is_told_at_once() -> None:
    found = read(
        "name,email,extension,queues\n"
        "Ana,ana,x1,support:99\n"
        "Bo,bo@acme.example,4002,vip,and,more\n"
        'Cy,"cy@acme.example"x,4003\n'
        "Di,di@acme.example,4004\n"
        "Ed,ed@acme.example,4005,,,\n"
        'Flo,"flo@acme.example\n'
    )
    assert told(found) == [
        "people.csv:2:5  wrong-value",
        "people.csv:2:9  wrong-value",
        "people.csv:2:12  wrong-value",
        "people.csv:3:29  csv-cells",
        "people.csv:4:1  csv-syntax",
        "people.csv:7:1  csv-syntax",
    ]
    assert [row.fields["name"] for row in found.rows] == ["Di", "Ed"]
    assert found.left_out == {2, 3, 4, 7}


def test_a_quote_that_is_never_closed_costs_no_more_than_its_own_cell() -> None:
    lines = "".join(f"p{number}@acme.example\n" for number in range(20_000))
    found = read(f'email\n"{lines}last@acme.example\n')
    assert {one.rule for one in found.diagnostics} == {"csv-syntax"}
    assert found.rows[-1].fields["email"] == "last@acme.example"


@pytest.mark.parametrize("cell", ["=HYPERLINK(1)", "+1", "@SUM(A1)", "-2+3", "=cmd|' /C calc'!A0"])
def test_a_formula_is_a_text(cell: str) -> None:
    assert only(f"email,name\na@acme.example,{cell}\n").fields["name"] == cell


@pytest.mark.parametrize("cell", ['="0400"', '"=""0400"""', "'0400"])
def test_what_a_spreadsheet_does_to_keep_a_zero_is_undone(cell: str) -> None:
    assert only(f"extension\n{cell}\n").fields["extension"] == "0400"


def test_a_moment_of_an_observation_is_a_day() -> None:
    assert only("email,date\na@acme.example,2027-01-05T10:00:00Z\n").day == date(2027, 1, 5)


CELLS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    ["", "4001", "ana@acme.example", '"', '""', ";", ",", "\r\n", "voice", "support:5", "none"]
)


@given(st.lists(CELLS, max_size=30), st.sampled_from(["\n", ",", ";"]))
def test_any_text_gives_rows_or_diagnostics(cells: list[str], between: str) -> None:
    found = read("email,extension,name\n" + between.join(cells))
    assert found.left_out <= {one.position.line for one in found.diagnostics if one.position}
    assert all(row.at(name).line >= row.line for row in found.rows for name in row.fields)
    assert all(row.places()["email"] == row.at("email") for row in found.rows)


@given(st.binary(max_size=200))
def test_any_bytes_give_rows_or_diagnostics(content: bytes) -> None:
    found = roster.read(content, "people.csv")
    assert found.rows or found.diagnostics or found.fields


@pytest.mark.parametrize(("mapping", "has_map"), [({}, True), (None, False)])
def test_a_header_is_mapped_only_where_the_command_can(
    mapping: dict[str, str] | None, has_map: bool
) -> None:
    content = "email,mail,Desk\n"
    found = read(content, mapping=mapping, needed=(("date",),))
    hints = [one.hint or "" for one in found.diagnostics]
    assert len(hints) == 3
    assert {"--map" in hint for hint in hints} == {has_map}
