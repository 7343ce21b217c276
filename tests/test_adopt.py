"""Taking a tenant over into files, and working in them: export, hire, leave, move, rename, fmt."""

import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from reconciler import cli
from reconciler.edit import formatted
from tests.conftest import ROOT
from tests.running import Run

LEA = ("hire", "--name", "Lea Stone", "--email", "lea.stone@acme.example", "--profile", "tier-1")


@pytest.fixture
def applied(run: Run, company: Path) -> Path:
    """The company's files, applied to its sandbox."""
    assert run("apply", "--yes").code == 0
    return company


def texts(folder: Path) -> dict[str, str]:
    files = sorted(folder.rglob("*.yaml"))
    return {file.relative_to(folder).as_posix(): file.read_text() for file in files}


def changed_lines(before: dict[str, str], after: dict[str, str]) -> set[str]:
    was = {line for text in before.values() for line in text.splitlines()}
    now = {line for text in after.values() for line in text.splitlines()}
    return {line.strip() for line in was ^ now}


# --- export --------------------------------------------------------------------------------------


@pytest.mark.parametrize("group_by", ["queue", "skill", "range", "none"])
def test_the_plan_of_an_export_is_empty(run: Run, applied: Path, group_by: str) -> None:
    assert run("export", "out", "--group-by", group_by).code == 0
    assert run("plan", "out", "--detailed-exitcode").code == 0
    assert run("fmt", "out", "--check").code == 0


def test_a_second_export_over_the_first_changes_nothing(run: Run, applied: Path) -> None:
    run("export", "out")
    before = texts(applied / "out")
    ran = run("export", "out")
    assert (ran.code, "nothing differs" in ran.out) == (0, True)
    assert texts(applied / "out") == before


def test_an_export_over_files_changes_only_what_differs(run: Run, applied: Path) -> None:
    run("export", "out")
    file = next(f for f in (applied / "out").rglob("*.yaml") if "Bo Chen" in f.read_text())
    file.write_text(
        file.read_text().replace("  - name: Bo Chen", "  # the early shift\n  - name: Bo Chen")
    )
    before = texts(applied / "out")
    support = applied / "desired-state/agents/support.yaml"
    support.write_text(support.read_text().replace("preferred_name: Bo", "preferred_name: Bobby"))
    assert run("apply", "--yes").code == 0
    assert run("export", "out").code == 0
    after = texts(applied / "out")
    assert changed_lines(before, after) == {"preferred_name: Bo", "preferred_name: Bobby"}
    assert "# the early shift" in after[file.relative_to(applied / "out").as_posix()]
    assert run("plan", "out", "--detailed-exitcode").code == 0


def test_an_export_over_files_keeps_the_entry_of_who_has_another_name_and_email(
    run: Run, applied: Path
) -> None:
    run("export", "out")
    before = texts(applied / "out")
    married = ("--name", "Bo Novak", "--email", "bo.novak@acme.example")
    assert run("rename", "4002", *married).code == 0
    assert run("apply", "--yes").code == 0
    assert run("export", "out").code == 0
    lines = changed_lines(before, texts(applied / "out"))
    assert lines == {
        *("- name: Bo Chen", "email: bo.chen@acme.example"),
        *("- name: Bo Novak", "email: bo.novak@acme.example"),
    }
    assert run("plan", "out", "--detailed-exitcode").code == 0


def test_an_export_over_files_that_would_not_be_valid_writes_nothing(
    run: Run, applied: Path
) -> None:
    run("export", "out")
    before = texts(applied / "out")
    for file in (applied / "desired-state").rglob("*.yaml"):
        text = file.read_text().replace("renewals]", "gold]")
        new = "gold:\n    previously: {name: renewals}\n"
        file.write_text(text.replace("  renewals:\n", f"  {new}").replace("renewals:", "gold:"))
    assert run("apply", "--yes").code == 0
    ran = run("export", "out")
    assert (ran.code, "nothing was written" in ran.err) == (1, True)
    assert texts(applied / "out") == before
    assert run("validate", "out").code == 0


def test_who_was_suspended_meanwhile_stands_on_file(run: Run, applied: Path) -> None:
    run("export", "out")
    assert run("leave", "4002", "--on", "2026-01-31").code == 0
    assert run("apply", "--yes").code == 0
    assert run("export", "out").code == 0
    (entry,) = [text for text in texts(applied / "out").values() if "name: Bo Chen" in text]
    assert "active: false" in entry[entry.index("name: Bo Chen") :]
    assert run("plan", "out", "--detailed-exitcode").code == 0


def test_only_the_selected_are_exported(run: Run, applied: Path) -> None:
    assert run("export", "out", "--select", "agent/400*", "--exclude", "agent/4002").code == 0
    written = "".join(texts(applied / "out").values())
    assert ("Ana Diaz" in written, "Bo Chen" in written, "Grace" in written) == (True, False, True)
    assert "Yara" not in written
    assert run("plan", "out", "--detailed-exitcode").code == 0


# --- verbs that edit -----------------------------------------------------------------------------


def test_a_hire_gets_the_next_free_number_of_the_range(run: Run, applied: Path) -> None:
    ran = run(*LEA, "--from", "2027-01-05")
    assert ran.code == 0
    assert '+    extension: "4000"' in ran.out
    assert "+    from: 2027-01-05" in ran.out
    entry = (applied / "desired-state/agents/support.yaml").read_text()
    assert entry.endswith("    profile: tier-1\n    from: 2027-01-05\n")
    assert run("extensions", "--free", "webrtc-agents", "-n", "2").out == "4015\n4016\n"


def test_a_dry_run_writes_nothing(run: Run, applied: Path) -> None:
    before = texts(applied / "desired-state")
    ran = run(*LEA, "--dry-run")
    assert (ran.code, "Lea Stone" in ran.out, "Plan: 1 change" in ran.err) == (0, True, True)
    assert texts(applied / "desired-state") == before


def test_many_are_hired_from_a_table(run: Run, applied: Path) -> None:
    rows = [f"Person {n},p{n}@acme.example,next,tier-1,2027-01-05" for n in range(12)]
    table = "name,email,extension,profile,start date\n" + "\n".join(rows)
    (applied / "new.csv").write_text(table)
    assert run("hire", "--csv", "new.csv").code == 0
    text = (applied / "desired-state/agents/support.yaml").read_text()
    assert text.count("from: 2027-01-05") == 12
    assert run("validate").code == 0


@pytest.mark.parametrize(
    "person",
    [
        ("--name", "Bo Chen", "--email", "bo.chen@acme.example"),
        ("--name", "Lea Stone", "--email", "lea@acme.example", "--queue", "nowhere"),
        ("--name", "Lea Stone", "--email", "lea@acme.example", "--extension", "4001"),
        ("--name", "Lea Stone", "--email", "no address"),
        ("--name", "Lea Stone", "--email", "lea@acme.example", "--range", "nowhere"),
    ],
)
def test_a_hire_that_would_not_be_valid_is_not_written(
    run: Run, applied: Path, person: tuple[str, ...]
) -> None:
    before = texts(applied / "desired-state")
    ran = run("hire", *person)
    assert ran.code == 1
    assert "nothing was written" in ran.err
    assert texts(applied / "desired-state") == before


def test_a_leaver_gets_a_last_day(run: Run, applied: Path) -> None:
    ran = run("leave", "agent/4002", "--on", "2027-03-31")
    assert ran.code == 0
    assert [line for line in ran.out.splitlines() if line.startswith("+ ")] == [
        "+    until: 2027-03-31"
    ]


def test_two_people_exchange_their_numbers(run: Run, applied: Path) -> None:
    ran = run("rename", "4001", "--swap", "4002")
    assert (ran.code, "Plan: 2 changes" in ran.err) == (0, True)
    assert run("apply", "--yes").code == 0
    assert run("plan", "--detailed-exitcode").code == 0
    assert run("rename", "4001", "--swap", "4001").code == 1
    assert run("rename", "4001", "--swap", "4002", "--name", "X").code == 64


def test_a_marriage_is_one_command_and_the_same_person(run: Run, applied: Path) -> None:
    assert (
        run("rename", "4003", "--name", "Chidi Eze", "--email", "chidi.eze@acme.example").code == 0
    )
    assert (
        "previously: {email: chidi.okafor@acme.example}"
        in (applied / "desired-state/agents/support.yaml").read_text()
    )
    ran = run("apply", "--yes")
    assert (ran.code, "0 create, 1 update" in ran.out) == (0, True)


def test_an_entry_moves_with_its_comments(run: Run, applied: Path) -> None:
    support = applied / "desired-state/agents/support.yaml"
    marked = support.read_text().replace("  - name: Dagny Lund", "  # nights\n  - name: Dagny Lund")
    support.write_text(marked)
    assert run("move", "4004", "--to", "agents/sales.yaml").code == 0
    assert "Dagny" not in support.read_text()
    moved = (applied / "desired-state/agents/sales.yaml").read_text()
    assert "  # nights\n  - name: Dagny Lund\n" in moved
    assert run("plan", "--detailed-exitcode").code == 0


def test_an_agent_gets_another_profile(run: Run, applied: Path) -> None:
    assert run("move", "4004", "--to", "tier-2").code == 0
    text = (applied / "desired-state/agents/support.yaml").read_text()
    entry = text[text.index("name: Dagny Lund") :]
    assert entry.index("profile: tier-2") < entry.index("  - name", 5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("leave", "4999", "--on", "2027-01-01"), "no file declares"),
        (("move", "4004", "--to", "nobody"), "no profile"),
        (("move", "4004", "--to", "../outside.yaml"), "does not lie below"),
        (("extensions", "--free", "nowhere"), "there is no range"),
        (("explain", "agent/bo.chan@acme.example"), "did you mean agent/bo.chen@acme.example"),
    ],
)
def test_what_cannot_be_meant_is_one_line(
    run: Run, applied: Path, arguments: tuple[str, ...], message: str
) -> None:
    ran = run(*arguments)
    assert (ran.code, message in ran.err) == (1, True)


def test_each_value_is_explained_with_its_place(run: Run, applied: Path) -> None:
    rows = {row["path"]: row for row in run("explain", "4001", "--format", "json").json["values"]}
    mode, queue = rows["recording_mode"], rows["queues.support"]
    assert (mode["file"], mode["profile"], mode["live"]) == ("profiles.yaml", "tier-1", "automatic")
    assert (queue["file"], queue["profile"], queue["live"]) == ("agents/support.yaml", None, 8)


# --- fmt -----------------------------------------------------------------------------------------

UNTIDY = """\
# head
agents:
  # Bo
  - email: bo@acme.example   # mail
    # why
    extension: 4002
    name: No
    queues: {a: 3}
  - {extension: 0403, email: c@acme.example, name: Cy, queues: {support: 8}, licenses: [voice]}
queues:
  support: {extension: 1001, min_agents: 1}
"""
TIDY = """\
# head
agents:
  # Bo
  - name: "No"
    # why
    extension: "4002"
    email: bo@acme.example   # mail
    queues: {a: 3}
  - name: Cy
    extension: "0403"
    email: c@acme.example
    licenses: [voice]
    queues:
      support: 8
queues:
  support: {extension: "1001", min_agents: 1}
"""


def test_formatting_quotes_orders_and_unfolds_and_keeps_comments() -> None:
    assert formatted(UNTIDY) == TIDY
    assert formatted(TIDY) == TIDY


def test_the_files_of_the_repository_are_formatted(run: Run, company: Path) -> None:
    assert run("fmt", "--check").code == 0


# --- init ----------------------------------------------------------------------------------------


def test_an_empty_folder_becomes_a_repository_with_a_tenant_to_play_with(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = run("init", "--name", "acme", "--provider", "sandbox")
    assert (ran.code, ran.out) == (0, "next: reconciler plan\n")
    assert run("hire", "--name", "Ana Diaz", "--email", "ana@acme.example").code == 0
    assert run("apply", "--yes").code == 0
    assert run("fmt", "--check").code == 0


def test_an_init_for_a_service_needs_no_terminal(run: Run, tmp_path: Path) -> None:
    ran = run(
        *("init", tmp_path / "new", "--name", "acme", "--provider", "scim"),
        *("--url", "https://acme.example/scim/v2", "--token-env", "RECONCILER_TOKEN_ACME"),
    )
    assert (ran.code, "reconciler export live" in ran.out) == (0, True)
    tenant = (tmp_path / "new/desired-state/tenant.yaml").read_text()
    assert "token_env: RECONCILER_TOKEN_ACME" in tenant


def test_an_init_for_genesys_names_the_variables_of_its_client(run: Run, tmp_path: Path) -> None:
    ran = run(
        *("init", tmp_path, "--name", "acme", "--provider", "genesys"),
        *("--url", "https://api.acme.example", "--client-id-env", "RECONCILER_CLIENT_ID_ACME"),
        *("--client-secret-env", "RECONCILER_CLIENT_SECRET_ACME"),
    )
    assert (ran.code, "reconciler export live" in ran.out) == (0, True)
    block = yaml.safe_load((tmp_path / "desired-state/tenant.yaml").read_text())["tenant"]
    assert block["client_id_env"] == "RECONCILER_CLIENT_ID_ACME"
    assert block["client_secret_env"] == "RECONCILER_CLIENT_SECRET_ACME"
    assert "token_env" not in block


def test_an_init_overwrites_nothing(run: Run, company: Path) -> None:
    before = texts(company / "desired-state")
    ran = run("init", "--name", "acme", "--provider", "sandbox")
    assert (ran.code, "exists; nothing was written" in ran.err) == (1, True)
    assert texts(company / "desired-state") == before


def checkout(place: Path, remote: str, branch: str = "main") -> None:
    """Make an empty git repository whose remote is at a forge."""
    git = ("git", "-C", str(place))
    subprocess.run(["git", "init", "-q", "-b", branch, str(place)], check=True)
    subprocess.run([*git, "remote", "add", "origin", remote], check=True)


GITHUB = (
    "https://github.com/acme/cc.git",
    "git@github.com:acme/cc.git",
    "ssh://git@github.com/a/b",
)
GITLAB = (
    "https://gitlab.com/acme/cc.git",
    "git@gitlab.acme.example:acme/cc.git",
    "https://user:secret@gitlab.acme.example:8443/acme/cc.git",
)


@pytest.mark.parametrize("remote", GITHUB)
def test_the_pipeline_of_github_calls_workflows_of_the_tool(
    run: Run, tmp_path: Path, remote: str
) -> None:
    checkout(tmp_path, remote, "trunk")
    tool = ("--tool", "acme/reconciler@0123abc")
    assert run("init", tmp_path, "--name", "acme", "--provider", "sandbox", *tool).code == 0
    folder = tmp_path / ".github" / "workflows"
    texts = {path.name: path.read_text() for path in folder.iterdir()}
    assert sum(len(text.splitlines()) for text in texts.values()) <= 12
    pipeline = yaml.safe_load(texts["reconciler.yml"])
    assert pipeline[True]["push"]["branches"] == ["trunk"]  # YAML 1.1 reads `on` so
    names = re.findall(r"acme/reconciler/.github/workflows/(\w+\.yml)@0123abc", str(texts))
    assert sorted(names) == ["pipeline.yml", "validate.yml"]
    for name in names:
        ours = yaml.safe_load((ROOT / ".github" / "workflows" / name).read_text())
        assert "workflow_call" in ours[True]


def test_the_pipeline_of_github_is_the_one_of_the_docs(run: Run, tmp_path: Path) -> None:
    arguments = ("--name", "acme", "--provider", "sandbox", "--forge", "github")
    assert run("init", tmp_path, *arguments).code == 0
    page = (ROOT / "docs" / "pipelines.md").read_text()
    samples = re.findall(r"<!-- sample: (\.github/\S+) -->\n```yaml\n(.*?)```", page, re.DOTALL)
    assert len(samples) == 2
    for name, text in samples:
        assert yaml.safe_load((tmp_path / name).read_text()) == yaml.safe_load(text)


@pytest.mark.parametrize("remote", GITLAB)
def test_the_pipeline_of_gitlab_is_one_file(run: Run, tmp_path: Path, remote: str) -> None:
    checkout(tmp_path, remote)
    tool = ("--tool", "acme/reconciler@0123abc")
    assert run("init", tmp_path, "--name", "acme", "--provider", "sandbox", *tool).code == 0
    file = yaml.safe_load((tmp_path / ".gitlab-ci.yml").read_text())
    include = file["include"]
    assert (include["project"], include["ref"]) == ("acme/reconciler", "0123abc")
    assert (ROOT / include["file"].lstrip("/")).is_file()
    host = re.search(r"gitlab\.[\w.]+(:\d+)?", remote)
    assert host
    assert file["variables"] == {
        "RECONCILER_TOOL": f"https://{host[0]}/acme/reconciler.git",
        "RECONCILER_COMMIT": "0123abc",
        "RECONCILER_TENANT": "acme",
    }
    assert not (tmp_path / ".github").exists()


@pytest.mark.parametrize("branch", ["$(id)", "a'b", 'a"b', "feature/x", "1.0", "yes", "a+b!"])
def test_a_branch_of_any_name_is_that_branch_alone(run: Run, tmp_path: Path, branch: str) -> None:
    checkout(tmp_path, GITHUB[0], branch)
    assert run("init", tmp_path, "--name", "acme", "--provider", "sandbox").code == 0
    text = (tmp_path / ".github" / "workflows" / "reconciler.yml").read_text()
    [pattern] = yaml.safe_load(text)[True]["push"]["branches"]
    assert re.sub(r"\\(.)", r"\1", pattern) == branch


def test_a_forge_that_is_not_known_gets_no_pipeline_and_a_line(run: Run, tmp_path: Path) -> None:
    for remote in ("https://git.acme.example/github/cc.git", ""):
        place = tmp_path / (remote[-6:-4] or "none")
        place.mkdir()
        if remote:
            checkout(place, remote)
        ran = run("init", place, "--name", "acme", "--provider", "sandbox")
        assert ran.code == 0
        assert "--forge github" in ran.err
        assert not (place / ".github").exists()


def test_a_folder_inside_another_repository_gets_no_pipeline(run: Run, tmp_path: Path) -> None:
    checkout(tmp_path, GITHUB[0])
    assert run("init", tmp_path / "sub", "--name", "acme", "--provider", "sandbox").code == 0
    assert not (tmp_path / "sub" / ".github").exists()


def test_where_the_tool_is_has_to_be_said_if_the_installation_does_not_tell(
    run: Run, tmp_path: Path
) -> None:
    arguments = ("init", tmp_path, "--name", "acme", "--provider", "sandbox", "--forge", "github")
    ran = run(*arguments)
    assert ran.code == 0
    assert "put the tool's repository in place of OWNER/reconciler@COMMIT" in ran.err
    assert run(*arguments, "--tool", "https://evil.example/x").code == 64


def test_the_page_for_assistants_says_what_to_check_and_what_never_to_do(
    run: Run, tmp_path: Path
) -> None:
    run("init", tmp_path, "--name", "acme", "--provider", "sandbox")
    page = (tmp_path / "AGENTS.md").read_text()
    assert len(page.splitlines()) <= 60
    assert "Never run `reconciler apply`" in page
    for verb in re.findall(r"`reconciler (\w+)", page):
        assert verb in cli.VERBS


def test_what_is_no_file_beside_the_files_stops_no_edit(run: Run, applied: Path) -> None:
    run("export", "out")
    for folder in ("desired-state", "out"):
        os.mkfifo(applied / folder / "pipe")
    assert run(*LEA, "--from", "2027-01-05").code == 0
    assert run("rename", "4002", "--name", "Bo Ono").code == 0
    assert run("compare", "out", "desired-state", "--take", "agent/4002").code == 0
    assert run("export", "out").code == 0
