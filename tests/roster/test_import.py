"""`reconciler import`: a roster beside the files becomes YAML that validates, and nothing else."""

import shutil
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.running import Ran, Run

FILES = """\
tenant: {name: acme, provider: sandbox}
extension_ranges:
  uc-users: {purpose: uc_user, range: 2000-2099}
  agents: {purpose: webrtc_agent, range: 0400-0409}
  sales: {purpose: webrtc_agent, range: 0500-0501}
queues: {support: {extension: 1001}, vip: {}}
skills: {spanish: {}}
profiles: {tier-1: {licenses: [voice], queues: [support]}}
agents:
  - {name: Una Roe, extension: 2001, phone: uc, email: una.roe@acme.example}
  - {name: Ana Diaz, extension: "0400", email: ana.diaz@acme.example, profile: tier-1}
  - {name: Gus Ode, extension: "0402", email: gus.ode@acme.example, phone: webrtc}
"""


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current directory with a small folder of files."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "desired-state").mkdir()
    (tmp_path / "desired-state/acme.yaml").write_text(FILES, encoding="utf-8")
    return tmp_path


Entries = list[dict[str, object]]


def taken(run: Run, table: str, *options: str, code: int = 0) -> tuple[Ran, Entries]:
    """Imports a table into the folder itself, checks that the folder still validates, and gives the
    new entries.
    """
    Path("people.csv").write_bytes(table.encode())
    ran = run("import", "people.csv", "--output", "desired-state", *options)
    assert ran.code == code, ran
    checked = run("validate")
    assert (checked.code, checked.err) == (0, ""), checked
    written = sorted(Path("desired-state").glob("agents-imported*.yaml"))
    documents = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in written]
    return ran, [entry for document in documents for entry in document["agents"]]


def test_a_roster_reads_like_this(files: Path, run: Run) -> None:
    ran, _ = taken(
        run,
        "Name,E-mail,Ext,Type,Profile,Licenses,Queues,Skills,Recording\n"
        'Zoë Kim,zoe@acme.example,,xima,tier-1,"SMS, voice",support:5;vip,none,Manual\n'
        "Bo Chen,bo@acme.example,0500,,tier-1,,,,\n",
    )
    assert ran.out == "2 agents written to desired-state/agents-imported.yaml\n"
    written = (files / "desired-state/agents-imported.yaml").read_text(encoding="utf-8")
    assert written == EXPECTED


EXPECTED = """\
# Imported from people.csv by `reconciler import`.
agents:
  - name: Bo Chen
    extension: "0500"
    email: bo@acme.example
    profile: tier-1
  - name: Zoë Kim
    extension: "0401"
    email: zoe@acme.example
    profile: tier-1
    recording_mode: manual
    licenses: [sms, voice]
    queues:
      support: 5
      vip: "default"
    skills: []
"""


@pytest.mark.usefixtures("files")
def test_new_agents_get_the_next_free_numbers_whatever_the_order_of_the_rows(run: Run) -> None:
    rows = [f"P{letter},{letter}@acme.example,tier-1" for letter in "cab"]
    for order in (rows, rows[::-1]):
        table = "\n".join(["name,email,profile", *order])
        _, entries = taken(run, table, "--force")
        assert [(e["email"], e["extension"]) for e in entries] == [
            ("a@acme.example", "0401"),
            ("b@acme.example", "0403"),
            ("c@acme.example", "0404"),
        ]


@pytest.mark.usefixtures("files")
def test_a_number_that_another_row_brings_is_not_given_away(run: Run) -> None:
    table = "name,email,ext,profile\nA,a@acme.example,,tier-1\nB,b@acme.example,0401,tier-1\n"
    _, entries = taken(run, table)
    assert [e["extension"] for e in entries] == ["0403", "0401"]


@pytest.mark.usefixtures("files")
def test_a_row_may_name_the_range(run: Run) -> None:
    _, entries = taken(run, "name,email,range,profile\nA,a@acme.example,sales,tier-1\n")
    assert entries[0]["extension"] == "0500"


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    ("table", "email"),
    [
        ("name,email\nUna Roe,Una.Roe@acme.example\n", "una.roe+webrtc@acme.example"),
        (
            "name,email,type,ext\nIdo Lux,ido@acme.example,webrtc,\n"
            "Ido Lux,ido@acme.example,uc,2005\n",
            "ido+webrtc@acme.example",
        ),
    ],
)
def test_who_is_a_uc_user_as_well_signs_in_with_a_tagged_address(
    run: Run, table: str, email: str
) -> None:
    ran, entries = taken(run, table)
    assert email in [e["email"] for e in entries]
    assert f"the WebRTC agent signs in as {email}" in ran.err


@pytest.mark.usefixtures("files")
def test_who_is_declared_already_is_skipped_and_told_with_what_differs(run: Run) -> None:
    ran, entries = taken(
        run,
        "name,email,ext,phone,licenses,queues,active\n"
        "Ana Díaz,Ana.Diaz@acme.example,0405,webrtc,voice;sms,support:5;vip,no\n"
        "Una Roe,,2001,uc,,,\n"
        "Gus Ode,gus@acme.example,0402,webrtc,,,\n",
    )
    assert ran.out == "no agents written; 3 already declared\n"
    assert entries == []
    for said in (
        "people.csv:2:1  already-declared  warning: agent/ana.diaz@acme.example is declared "
        "already (acme.yaml:11:5): name is Ana Diaz in the files and Ana Díaz in the roster; "
        "extension is 0400 in the files and 0405 in the roster; licenses lack sms; "
        "support has no level in the files and level 5 in the roster; queues lack vip; "
        "active is yes in the files and no in the roster",
        "agent/2001 is declared already (acme.yaml:10:5): nothing differs",
        "agent/gus.ode@acme.example is declared already (acme.yaml:12:5): "
        "email is gus.ode@acme.example in the files and gus@acme.example in the roster",
    ):
        assert said.replace("agent/2001", "agent/una.roe@acme.example") in ran.err


@pytest.mark.usefixtures("files")
def test_who_cannot_be_taken_in_is_left_out_and_everything_is_told(run: Run) -> None:
    ran, entries = taken(
        run,
        "name,email,ext,phone,profile,queues,skills,licenses,range\n"
        "A,a@acme.example,,,tier-1,,,,\n"
        "B,A@acme.example,,,tier-1,,,,\n"
        "C,c@acme.example,0407,,tier-1,,,,\n"
        "D,d@acme.example,0407,,tier-1,,,,\n"
        "E,e@acme.example,0400,,tier-1,,,,\n"
        "F,f@acme.example,x1,,tier-1,,,,\n"
        "G,g@acme.example,,,tier1,supprt,klingon,,\n"
        "H,h@acme.example,,,tier-1,,,,agent\n"
        "I,i@acme.example,,uc,tier-1,,,,\n"
        ",j@acme.example,,,tier-1,,,,\n"
        "K,k@acme.example,7000,,tier-1,,,,\n"
        "L,l@acme.example,,,,support,,none,\n"
        "M,m@acme.example,1001,,tier-1,,,,\n",
        code=1,
    )
    assert [e["email"] for e in entries] == ["a@acme.example", "c@acme.example"]
    assert "; 11 rows left out\n" in ran.out
    told = [line.split("  ")[:2] for line in ran.err.splitlines()]
    assert told == [
        ["people.csv:3:3", "duplicate-email"],
        ["people.csv:5:18", "duplicate-extension"],
        ["people.csv:6:18", "duplicate-extension"],
        ["people.csv:7:18", "wrong-value"],
        ["people.csv:8:20", "dangling-reference"],
        ["people.csv:8:26", "dangling-reference"],
        ["people.csv:8:33", "dangling-reference"],
        ["people.csv:9:30", "dangling-reference"],
        ["people.csv:10:18", "missing-value"],
        ["people.csv:11:1", "missing-value"],
        ["people.csv:12:18", "extension-outside-range"],
        ["people.csv:13:21", "membership-without-license"],
        ["people.csv:14:18", "duplicate-extension"],
    ]
    assert "did you mean `tier-1`?" in ran.err
    assert "did you mean `support`?" in ran.err
    assert "did you mean `agents`?" in ran.err


@pytest.mark.usefixtures("files")
def test_a_range_that_is_full_is_named_with_how_many_numbers_are_missing(run: Run) -> None:
    rows = "".join(f"P{n},p{n}@acme.example,sales,tier-1\n" for n in range(5))
    ran, entries = taken(run, f"name,email,range,profile\n{rows}", code=1)
    assert [e["extension"] for e in entries] == ["0500", "0501"]
    assert "range sales (0500-0501) is full: 3 more numbers are needed" in ran.err
    assert ran.out.endswith("; 3 rows left out\n")


@pytest.mark.usefixtures("files")
def test_a_row_without_a_number_is_judged_all_the_same(run: Run) -> None:
    rows = "".join(f"P{n},p{n}@acme.example,sales,nowhere\n" for n in range(5))
    ran, entries = taken(run, f"name,email,range,queues\n{rows}", code=1)
    assert (entries, ran.err.count("dangling-reference")) == ([], 5)
    assert "is full" not in ran.err


@pytest.mark.usefixtures("files")
def test_a_range_for_other_phones_gives_no_number(run: Run) -> None:
    ran, entries = taken(run, "name,email,range\nA,a@acme.example,uc-users\n", code=1)
    assert (entries, "none of purpose webrtc_agent" in ran.err) == ([], True)


@pytest.mark.usefixtures("files")
def test_what_the_uc_directory_owns_is_not_taken_in(run: Run) -> None:
    ran, entries = taken(run, "ext,type,recording\n2005,uc,\n2006,uc,manual\n", code=1)
    assert entries == [{"extension": "2005"}]
    assert "people.csv:3:9  uc-owned-field" in ran.err


@pytest.mark.usefixtures("files")
def test_an_earlier_import_that_was_broken_by_hand_is_replaced(run: Run) -> None:
    Path("desired-state/agents-imported.yaml").write_text("agents: [")
    _, entries = taken(run, ONE, "--force")
    assert len(entries) == 1


@pytest.mark.usefixtures("files")
def test_without_a_range_an_extension_is_needed(run: Run) -> None:
    Path("desired-state/acme.yaml").write_text("tenant: {name: acme, provider: sandbox}\n")
    ran, entries = taken(run, "name,email,ext\nA,a@acme.example,\nB,b@acme.example,4001\n", code=1)
    assert [e["extension"] for e in entries] == ["4001"]
    assert "no range of purpose webrtc_agent is declared" in ran.err


@pytest.mark.usefixtures("files")
def test_who_is_not_active_is_left_out_without_an_error(run: Run) -> None:
    ran, _ = taken(run, "name,email,status\nA,a@acme.example,inactive\n")
    assert ran.out == "no agents written; 1 row left out\n"
    assert "people.csv:2:18  not-active" in ran.err


@pytest.mark.usefixtures("files")
def test_a_number_of_a_row_that_is_left_out_is_not_given_away(run: Run) -> None:
    table = "name,email,ext,profile\nA,a@acme.example,,tier-1\nB,b@acme.example,0401,tier\n"
    _, entries = taken(run, table, code=1)
    assert [e["extension"] for e in entries] == ["0403"]


@pytest.mark.usefixtures("files")
def test_a_row_with_a_wrong_cell_holds_its_number_and_its_e_mail_all_the_same(run: Run) -> None:
    ran, entries = taken(
        run,
        "name,email,ext,type,profile,recording\n"
        "A,a@acme.example,,webrtc,tier-1,\n"
        "B,b@acme.example,0401,webrtc,tier-1,sometimes\n"
        "C,a@acme.example,2005,uc,tier-1,sometimes\n"
        "D,,0404,webrtc,tier-1,sometimes\n",
        code=1,
    )
    assert [(e["email"], e["extension"]) for e in entries] == [("a+webrtc@acme.example", "0403")]
    assert ran.err.count("\n") == 4


@pytest.mark.usefixtures("files")
def test_more_seats_than_were_purchased_are_told(run: Run) -> None:
    pools = "license_pools: {voice: {purchased: 1}}\n"
    Path("desired-state/pools.yaml").write_text(pools)
    Path("people.csv").write_text("name,email,profile\nA,a@acme.example,tier-1\n")
    ran = run("import", "people.csv", "--output", "new")
    assert ran.code == 1
    assert "pools.yaml:1:25  seats-exceeded  license voice: 2 assigned, 1 purchased" in ran.err


@pytest.mark.usefixtures("files")
def test_many_agents_are_written_into_several_files(run: Run) -> None:
    rows = "".join(f"P{n},p{n}@acme.example,{n:05}\n" for n in range(2_001))
    Path("desired-state/acme.yaml").write_text("tenant: {name: acme, provider: sandbox}\n")
    ran, entries = taken(run, f"name,email,ext\n{rows}")
    assert len(entries) == 2_001
    assert "agents-imported-001.yaml, desired-state/agents-imported-002.yaml" in ran.out
    taken(run, "name,email,ext\nA,a@acme.example,1\n", "--force")
    assert [path.name for path in Path("desired-state").glob("agents-*")] == [
        "agents-imported.yaml"
    ]


# --- the command ---------------------------------------------------------------------------------

ONE = "name,email,profile\nBo Chen,bo@acme.example,tier-1\n"


@pytest.mark.usefixtures("files")
def test_what_is_there_is_replaced_only_with_force(run: Run) -> None:
    taken(run, ONE)
    before = Path("desired-state/agents-imported.yaml").read_bytes()
    refused = run("import", "people.csv", "--output", "desired-state")
    assert (refused.code, "use --force" in refused.err) == (1, True)
    again, _ = taken(run, ONE, "--force")
    assert "1 agent written" in again.out
    assert Path("desired-state/agents-imported.yaml").read_bytes() == before


@pytest.mark.usefixtures("files")
def test_a_column_is_mapped_or_ignored(run: Run) -> None:
    table = "Person,Mailbox,Phone\nBo Chen,bo@acme.example,+1 555\n"
    options = ("--map", "Person=name", "--map", "Mailbox=email", "--map", "Phone=")
    ran, entries = taken(run, table, *options)
    assert (entries[0]["name"], "csv-" in ran.err) == ("Bo Chen", False)


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize("mapping", ["Mailbox", "=email", "Mailbox=mail"])
def test_a_mapping_that_is_none_is_a_usage_error(run: Run, mapping: str) -> None:
    assert run("import", "people.csv", "--output", "new", "--map", mapping).code == 64


def test_a_table_without_a_name_writes_nothing(files: Path, run: Run) -> None:
    (files / "people.csv").write_text("email\nbo@acme.example\n")
    ran = run("import", "people.csv", "--output", "new")
    assert (ran.code, ran.out) == (1, "no agents written\n")
    assert "people.csv:1:1  csv-column" in ran.err
    assert not (files / "new").exists()


def test_a_folder_that_is_not_valid_is_told_first(files: Path, run: Run) -> None:
    (files / "desired-state/odd.yaml").write_text("agnts: []\n")
    (files / "people.csv").write_text(ONE)
    ran = run("import", "people.csv", "--output", "new")
    assert (ran.code, "odd.yaml:1:1" in ran.err) == (1, True)
    assert not (files / "new").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("nowhere.csv", "--output", "new"),
        ("people.csv", "--output", "new", "--desired", "nowhere"),
        ("people.csv", "--output", "people.csv"),
        ("desired-state", "--output", "new"),
    ],
)
def test_what_is_missing_is_one_line(files: Path, run: Run, arguments: tuple[str, ...]) -> None:
    (files / "people.csv").write_text(ONE)
    ran = run("import", *arguments)
    assert (ran.code, ran.out, len(ran.err.splitlines())) == (1, "", 1)


@pytest.mark.usefixtures("files")
def test_a_machine_reads_what_was_written(run: Run) -> None:
    Path("people.csv").write_text(f"{ONE}Ana,ana.diaz@acme.example,\nDi,di,\n")
    ran = run("import", "people.csv", "--output", "new", "--format", "json")
    told = ran.json
    assert ran.code == 1
    assert (told["folder"], told["files"]) == ("new", ["agents-imported.yaml"])
    assert told["agents"] == ["agent/bo@acme.example"]
    assert told["declared"] == ["agent/ana.diaz@acme.example"]
    assert told["left_out"] == [4]
    assert [one["rule"] for one in told["diagnostics"]] == ["already-declared", "wrong-value"]


@pytest.mark.usefixtures("files")
def test_the_name_of_a_file_cannot_end_its_comment(run: Run) -> None:
    Path("a\nagents: [].csv").write_text(ONE)
    assert run("import", "a\nagents: [].csv", "--output", "desired-state").code == 0
    assert run("validate").code == 0


def test_a_roster_of_the_company_validates_beside_it(company: Path, run: Run) -> None:
    (company / "people.csv").write_text(ONE)
    assert run("import", "people.csv", "--output", "desired-state").code == 0
    checked = run("validate")
    assert (checked.code, checked.err) == (0, "")


# --- any table -----------------------------------------------------------------------------------

ODD = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
CELLS = {
    "name": ODD,
    "email": ODD | st.sampled_from(["a@b", "a@b", "una.roe@acme.example", "ana.diaz@acme.example"]),
    "extension": st.sampled_from(["", "", "0401", "2001", "2005", "1001", "77", "x"]),
    "phone": st.sampled_from(["", "uc", "webrtc"]),
    "profile": st.sampled_from(["", "tier-1"]) | ODD,
    "licenses": st.sampled_from(["", "none", "voice", "web chat"]) | ODD,
    "queues": st.sampled_from(["", "none", "support:5; vip"]) | ODD,
    "skills": st.sampled_from(["", "spanish"]) | ODD,
    "preferred name": ODD,
    "recording": st.sampled_from(["", "manual"]),
    "no answer": st.sampled_from(["", "0"]),
    "range": st.sampled_from(["", "sales", "uc-users"]),
    "active": st.sampled_from(["", "yes", "no"]),
}
ROWS = st.lists(st.tuples(*CELLS.values()), min_size=1, max_size=6)


@given(rows=ROWS)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_a_table_holds_what_is_written_validates(
    files: Path, run: Run, rows: list[tuple[str, ...]]
) -> None:
    quoted = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    table = "\n".join([",".join(CELLS), *quoted])
    (files / "people.csv").write_bytes(table.encode())
    shutil.rmtree(files / "desired-state")
    (files / "desired-state").mkdir()
    (files / "desired-state/acme.yaml").write_text(FILES, encoding="utf-8")
    ran = run("import", "people.csv", "--output", "desired-state", "--format", "json")
    assert ran.code in (0, 1), ran.err
    told = ran.json
    blank = sum(not "".join(row).strip() for row in rows)
    assert len(told["agents"]) + len(told["declared"]) + len(told["left_out"]) == len(rows) - blank
    checked = run("validate")
    assert checked.code == 0, (checked, ran)


# --- columns that are kept -----------------------------------------------------------------------

GERMAN = "Mitarbeiter;Postfach;aktiv;Eintritt\nDiaz, Ana;ana@acme.example;ja;2027-01-05\n"
GERMAN += "Chen, Bo;bo@acme.example;nein;\n"
MEANINGS = (
    *("--map", "Mitarbeiter=name", "--map", "Postfach=email", "--map", "Eintritt=from"),
    *("--map", "aktiv=active", "--map", "aktiv: ja=yes", "--map", "aktiv: nein=no"),
)


@pytest.mark.usefixtures("files")
def test_words_of_another_language_and_turned_names_are_read_as_said(run: Run) -> None:
    ran, entries = taken(run, GERMAN, *MEANINGS)
    assert [(one["name"], one["from"]) for one in entries] == [("Ana Diaz", "2027-01-05")]
    assert "bo@acme.example is not active in the roster and is left out" in ran.err


@pytest.mark.usefixtures("files")
def test_what_columns_mean_is_kept_for_the_next_month(run: Run) -> None:
    taken(run, GERMAN, *MEANINGS)
    _, entries = taken(run, GERMAN, "--force")
    assert [one["name"] for one in entries] == ["Ana Diaz"]


@pytest.mark.usefixtures("files")
def test_a_later_word_on_a_column_wins_over_the_kept_one(run: Run) -> None:
    taken(run, GERMAN, *MEANINGS)
    _, entries = taken(run, GERMAN, "--force", "--map", "aktiv: nein=yes")
    assert [one["name"] for one in entries] == ["Ana Diaz", "Bo Chen"]


@pytest.mark.usefixtures("files")
def test_kept_columns_that_were_broken_by_hand_are_one_line(run: Run) -> None:
    Path("desired-state.columns.json").write_text("[]")
    Path("people.csv").write_text(GERMAN)
    ran = run("import", "people.csv", "--output", "new")
    assert (ran.code, "does not hold column meanings" in ran.err) == (1, True)


@pytest.mark.usefixtures("files")
def test_names_are_turned_only_where_all_are_written_so(run: Run) -> None:
    table = 'name,email\n"Diaz, Ana",ana@acme.example\nBo Chen,bo@acme.example\n'
    ran, entries = taken(run, table)
    assert [one["name"] for one in entries] == ["Diaz, Ana", "Bo Chen"]
    assert "the name `Diaz, Ana` is taken as it stands" in ran.err
