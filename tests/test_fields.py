"""Every field of the table on every path: forgotten in one place, it fails here.

Files to tenant, tenant to export, a change on the tenant's page to the files, a roster, the work
sheet, the page on rosters, and each rendering. The fields come from the table, so that a new row is
tried without a line of its own.
"""

from dataclasses import dataclass
from pathlib import Path

import pytest

from reconciler import kinds, sandbox
from reconciler.kinds import Field, FieldType
from reconciler.model import Resource
from reconciler.providers.scim import mapping
from reconciler.providers.scim.attributes import AGENT as AGENT_URN
from reconciler.validate.schemas import published
from tests.desired import read
from tests.make import desired
from tests.manual.test_sheet import live, sheet
from tests.running import Run
from tests.sandbox.tenant import Client
from tests.sandbox.test_page import Visit, trail

AGENT = kinds.KINDS[kinds.AGENT]
SETTINGS = [AGENT.field(name) for name in kinds.AGENT_SETTINGS]
TARGETS = [(kind, row) for kind in (kinds.QUEUE, kinds.SKILL) for row in kinds.KINDS[kind].scalars]
ANA = "agent/ana@acme.example"


@dataclass(frozen=True, slots=True)
class Sample:
    """Two values of a field, as they stand in YAML."""

    first: str
    second: str


def sample(row: Field) -> Sample:
    """Values by the type of the field alone."""
    if row.choices:
        first, second, *_ = row.choices
        return Sample(first, second)
    values = {
        FieldType.TEXT: Sample("Alpha", "Beta"),
        FieldType.EXTENSION: Sample('"3001"', '"3002"'),
        FieldType.BOOLEAN: Sample("true", "false"),
        FieldType.INTEGER: Sample("4", "7"),
    }
    return values[row.type]


def company(name: str = "", value: str = "") -> str:
    stated = f"\n    {name}: {value}" if name else ""
    return (
        "tenant: {name: acme, provider: sandbox}\n"
        "license_pools: {voice: {purchased: 5}}\n"
        "agents:\n"
        f"  - name: Ana Diaz\n    extension: '4001'\n    email: ana@acme.example{stated}\n"
    )


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "desired-state").mkdir()
    return tmp_path


def write(folder: Path, text: str) -> None:
    (folder / "desired-state/all.yaml").write_text(text)


def by_name(rows: list[Field | None]) -> list[str]:
    return [row.name for row in rows if row]


@pytest.mark.parametrize("row", SETTINGS, ids=by_name(SETTINGS))
def test_an_agents_field_goes_to_the_tenant_and_comes_back(
    run: Run, folder: Path, row: Field
) -> None:
    values = sample(row)
    for value in (values.first, values.second):
        write(folder, company(row.name, value))
        assert run("apply", "--yes").code == 0
        assert run("plan", "--detailed-exitcode").code == 0
    assert run("export", "out").code == 0
    entry = "".join(file.read_text() for file in (folder / "out").rglob("*.yaml"))
    assert f"{row.name}: {values.second}" in entry
    explained = run("explain", ANA, "--format", "json").json["values"]
    assert [one["line"] for one in explained if one["path"] == row.name] == [7]


@pytest.mark.parametrize("row", SETTINGS, ids=by_name(SETTINGS))
def test_a_change_by_hand_is_drift_in_every_rendering_and_can_be_taken_over(
    run: Run, folder: Path, row: Field
) -> None:
    values = sample(row)
    write(folder, company(row.name, values.first))
    assert run("apply", "--yes").code == 0
    write(folder, company(row.name, values.second))
    assert run("apply", "--yes").code == 0
    write(folder, company(row.name, values.first))
    for form in ("text", "json", "markdown", "html"):
        assert row.name in run("plan", "--format", form).out.replace("\\", ""), form
    for form in ("text", "json", "markdown", "html", "github", "sarif", "junit"):
        assert row.name in run("drift", "--format", form).out.replace("\\", ""), form
    assert run("drift", "--take", ANA).code == 0
    taken = (folder / "desired-state/all.yaml").read_text()
    assert f"{row.name}: {values.second}" in taken
    assert run("plan", "--detailed-exitcode").code == 0


@pytest.mark.parametrize("row", SETTINGS, ids=by_name(SETTINGS))
def test_what_somebody_sets_on_the_page_of_the_sandbox_is_drift_and_in_its_trail(
    run: Run, folder: Path, row: Field
) -> None:
    values = sample(row)
    write(folder, company(row.name, values.first))
    assert run("apply", "--yes").code == 0
    form = {"name": "Ana Diaz", "email": "ana@acme.example", "extension": "4001"}
    if row.type is not FieldType.BOOLEAN:
        form[row.name] = values.second.strip('"')
    with sandbox.start(folder / ".reconciler/sandbox-acme.db") as running:
        user = Client(running).get("/Users")["Resources"][0]
        form["version"] = user["meta"]["version"].strip('W/"')
        answer = Visit(running, "admin").post(f"/agents/{user['id']}", **form)
        assert answer.status_code == 303, answer.text
        changes = [entry["after"] for entry in trail(running)]
    assert row.name in changes[-1]
    items = run("drift", "--format", "json").json["items"]
    assert row.name in [item["path"] for item in items]


@pytest.mark.parametrize(("kind", "row"), TARGETS, ids=lambda each: getattr(each, "name", each))
def test_a_field_of_a_queue_or_skill_goes_to_the_tenant_and_comes_back(
    run: Run, folder: Path, kind: str, row: Field
) -> None:
    values = sample(row)
    for value in (values.first, values.second):
        write(folder, f"{company()}{kinds.KINDS[kind].key}: {{support: {{{row.name}: {value}}}}}\n")
        assert run("apply", "--yes").code == 0
        assert run("plan", "--detailed-exitcode").code == 0
    assert run("export", "out").code == 0
    written = (folder / f"out/{kinds.KINDS[kind].key}.yaml").read_text()
    assert f"{row.name}: {values.second}" in written


@pytest.mark.parametrize("row", SETTINGS, ids=by_name(SETTINGS))
def test_a_roster_brings_a_field_by_its_name_and_by_its_aliases(
    run: Run, folder: Path, row: Field
) -> None:
    write(folder, company())
    cell = sample(row).first.strip('"')
    for header in (row.name, *row.aliases):
        table = f"name,email,extension,{header}\nBo Chen,bo@acme.example,4002,{cell}\n"
        (folder / "people.csv").write_text(table)
        assert run("import", "people.csv", "--output", "new", "--force").code == 0
        entry = (folder / "new/agents-imported.yaml").read_text()
        assert f"{row.name}: {sample(row).first}" in entry, header


@pytest.mark.parametrize("row", SETTINGS, ids=by_name(SETTINGS))
def test_the_work_sheet_says_what_to_set_where_the_console_has_the_field(row: Field) -> None:
    state = read(company(row.name, sample(row).first), tenant="").desired
    newcomer = {**state.resources[ANA].fields, "licenses": frozenset({"voice"})}
    state = desired(Resource(ANA, kinds.AGENT, newcomer))
    entries = [
        entry.label
        for visit in sheet(state, live()).visits
        for step in visit.steps
        for entry in step.entries
    ]
    assert (row.console_label in entries) is (row.console_label is not None)


def test_what_rfc_7643_has_a_place_for_stands_in_the_core_mapping_as_well() -> None:
    full, core = mapping.of("full", "core").agent, mapping.of("core", "core").agent
    standard = {
        name
        for name, place in full.items()
        if isinstance(place, mapping.Scalar) and all(path.urn != AGENT_URN for path in place.paths)
    }
    assert standard <= core.keys()


def test_the_page_on_rosters_names_every_field_and_its_column() -> None:
    page = (Path(__file__).parents[1] / "docs/importing-a-roster.md").read_text()
    assert [row.name for row in kinds.AGENT_FIELDS if f"`{row.name}`" not in page] == []


def test_the_published_schema_has_every_field_with_its_type() -> None:
    definitions = published()["$defs"]
    for row in SETTINGS:
        assert row
        for name in ("agent", "profile"):
            assert row.name in definitions[name]["properties"], row.name
