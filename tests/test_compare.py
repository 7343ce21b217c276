"""`compare`: two folders, a folder and a tenant, or two tenants, by name."""

import json
import shutil
from pathlib import Path

import jsonschema
import pytest

from reconciler import validate
from tests.running import Run


def edit(file: Path, before: str, after: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after), encoding="utf-8")


@pytest.fixture
def training(company: Path) -> Path:
    """A second folder, for a tenant of its own: another name for Bo, and one agent less."""
    shutil.copytree("desired-state", "training")
    edit(Path("training/tenant.yaml"), "name: acme", "name: training")
    support = Path("training/agents/support.yaml")
    edit(support, "preferred_name: Bo\n", "preferred_name: Bobby\n")
    text = support.read_text(encoding="utf-8")
    start = text.index("  - name: Chidi Okafor")
    support.write_text(text[:start] + text[text.index("  - name: Dagny") :], encoding="utf-8")
    return company / "training"


def paths(run: Run, *arguments: str) -> set[tuple[str, str | None, str | None]]:
    items = run("compare", *arguments, "--format", "json").json["items"]
    return {(item["label"], item["path"], item["only_in"]) for item in items}


def test_a_folder_is_the_same_as_itself(run: Run, company: Path) -> None:
    ran = run("compare", "desired-state", "desired-state")
    assert (ran.code, "Differs" in ran.out) == (0, False)


def test_two_folders_are_compared_by_name(run: Run, training: Path) -> None:
    assert run("compare", "desired-state", "training").code == 2
    assert paths(run, "desired-state", "training") == {
        ("4003 Chidi Okafor", None, "a"),
        ("4002 Bo Chen", "preferred_name", None),
    }
    assert ("4003 Chidi Okafor", None, "b") in paths(run, "training", "desired-state")


def test_what_only_one_folder_states_differs(run: Run, training: Path) -> None:
    edit(training / "agents/support.yaml", "    preferred_name: Bobby\n", "")
    assert ("4002 Bo Chen", "preferred_name", "a") in paths(run, "desired-state", "training")
    assert ("4002 Bo Chen", "preferred_name", "b") in paths(run, "training", "desired-state")
    assert "preferred_name: A Bo, B not stated" in run("compare", "desired-state", "training").out


def test_ranges_pools_minimums_and_days_are_compared(run: Run, training: Path) -> None:
    edit(training / "tenant.yaml", "voice: {purchased: 45}", "voice: {purchased: 46}")
    edit(training / "agents/support.yaml", "preferred_name: Bobby", "until: 2027-01-31")
    found = paths(run, "desired-state", "training")
    assert ("voice", "purchased", None) in found
    assert ("4002 Bo Chen", "until", "b") in found


def test_who_begins_later_is_compared_too(run: Run, training: Path) -> None:
    for folder, day in (("desired-state", "2027-01-05"), ("training", "2027-02-01")):
        file = Path(folder) / "agents/support.yaml"
        edit(file, "    email: bo.chen@", f"    from: {day}\n    email: bo.chen@")
    found = paths(run, "desired-state", "training", "--as-of", "2026-11-24")
    assert {path for label, path, _ in found if label == "4002 Bo Chen"} == {
        "from",
        "preferred_name",
    }


def test_a_folder_and_its_tenant_differ_in_what_the_tenant_has_besides(
    run: Run, company: Path
) -> None:
    assert run("apply", "--yes").code == 0
    assert paths(run, "desired-state", "live:desired-state") == {("4107 Temp Desk", None, "b")}
    run("export", "out")
    assert run("compare", "out", "live:out").code == 0


def test_what_the_files_leave_out_beside_a_tenant_is_not_compared(run: Run, company: Path) -> None:
    assert run("apply", "--yes").code == 0
    edit(Path("desired-state/agents/support.yaml"), "    preferred_name: Bo\n", "")
    labels = {label for label, _, _ in paths(run, "desired-state", "live:desired-state")}
    assert labels == {"4107 Temp Desk"}


def test_two_tenants_are_compared_and_nothing_is_written(run: Run, training: Path) -> None:
    assert run("apply", "--yes").code == 0
    assert run("apply", "training", "--yes").code == 0
    before = run("history", "training").out, run("plan", "training", "--detailed-exitcode").code
    found = paths(run, "desired-state", "training", "--live")
    assert ("4002 Bo Chen", "preferred_name", None) in found
    assert found == paths(run, "live:desired-state", "live:training")
    assert before == (run("history", "training").out, 0)


def test_somebody_with_another_e_mail_is_the_same_person(run: Run, training: Path) -> None:
    edit(training / "agents/support.yaml", "bo.chen@", "bo.chen.training@")
    found = paths(run, "desired-state", "training")
    assert ("4002 Bo Chen", "email", None) in found
    assert ("4002 Bo Chen", None, "a") not in found


@pytest.mark.parametrize("format_name", ["text", "json", "markdown", "html"])
def test_every_format_names_both_sides_and_hides_people_when_redacted(
    run: Run, training: Path, format_name: str
) -> None:
    arguments = ("compare", "desired-state", "training", "--format", format_name)
    ran = run(*arguments)
    assert (ran.code, "Bobby" in ran.out) == (2, True)
    assert "desired-state" in ran.out
    redacted = run(*arguments, "--redact").out
    assert "Bobby" not in redacted
    assert "Chidi" not in redacted


def test_the_json_is_valid_by_its_schema(run: Run, training: Path) -> None:
    schema = json.loads(validate.schema_text("compare"))
    jsonschema.Draft202012Validator.check_schema(schema)
    document = run("compare", "desired-state", "training", "--format", "json").json
    jsonschema.Draft202012Validator(schema).validate(document)
    assert set(document) == set(schema["properties"])


def test_take_writes_what_b_has_into_the_files_of_a(run: Run, training: Path) -> None:
    named = ("--take", "agent/4002", "--take", "agent/4003")
    ran = run("compare", "desired-state", "training", *named)
    assert (ran.code, "edited" in ran.err) == (0, True)
    assert run("compare", "desired-state", "training").code == 0
    text = Path("desired-state/agents/support.yaml").read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server")


def test_take_writes_nothing_that_would_make_the_files_invalid(run: Run, training: Path) -> None:
    support = Path("training/agents/support.yaml")
    text = support.read_text(encoding="utf-8")
    support.write_text(text.replace("4002", "4003"), encoding="utf-8")
    files = sorted(Path("desired-state").rglob("*.yaml"))
    before = [file.read_bytes() for file in files]
    ran = run("compare", "desired-state", "training", "--take", "agent/bo.chen@acme.example")
    assert (ran.code, "duplicate-extension" in ran.err) == (1, True)
    assert "nothing was edited" in ran.err
    assert [file.read_bytes() for file in files] == before
    assert run("validate").code == 0


def test_take_adds_who_is_only_in_the_tenant(run: Run, company: Path) -> None:
    assert run("apply", "--yes").code == 0
    assert run("compare", "desired-state", "live:desired-state", "--take", "agent/4107").code == 0
    assert run("compare", "desired-state", "live:desired-state").code == 0


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("desired-state",), 64),
        (("desired-state", "nowhere"), 1),
        (("desired-state", "live:nowhere"), 1),
        (("live:desired-state", "desired-state", "--take", "agent/4002"), 64),
        (("desired-state", "elsewhere", "--live"), 7),
    ],
)
def test_a_side_that_cannot_be_read_is_no_difference(
    run: Run, company: Path, arguments: tuple[str, ...], code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECONCILER_TOKEN", "invented-token")
    Path("elsewhere").mkdir()
    tenant = "name: elsewhere, provider: scim, url: 'http://127.0.0.1:9/scim/v2'"
    Path("elsewhere/tenant.yaml").write_text(
        f"tenant: {{{tenant}, token_env: RECONCILER_TOKEN}}\n", encoding="utf-8"
    )
    assert run("compare", *arguments).code == code
