"""`reconciler fleet` as a person runs it, on embedded tenants and in real processes."""

import json
import sqlite3
import xml.etree.ElementTree as ElementTree
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from reconciler import pipeline, validate
from reconciler.errors import LeaseHeldError
from reconciler.fleet import open_store, tenant
from reconciler.fleet.tenant import Task
from reconciler.ledger import open_ledger
from reconciler.model import Tenant, TenantRow, Verdict
from tests.fleet.conftest import write_tenant
from tests.fleet.test_selection import commit, replace
from tests.running import Ran, Run


def outcomes(ran: Ran) -> dict[str, str]:
    document = ran.json
    assert validate.document(document, "fleet") is None
    return {row["tenant"]: row["outcome"] for row in document["tenants"]}


def causes(ran: Ran) -> dict[str, str]:
    return {row["tenant"]: row["cause"] for row in ran.json["tenants"]}


@pytest.fixture
def fleet(run: Run, root: Path) -> Any:
    def runner(verb: str, *arguments: str, where: Path | None = root) -> Ran:
        place = [str(where)] if where else []
        few = ["--parallelism", "2"] if where else []
        return run("fleet", verb, *place, *arguments, *few, "--format", "json")

    return runner


def test_all_tenants_are_planned_applied_and_found_as_they_are_to_be(
    fleet: Any, run: Run, root: Path
) -> None:
    planned = fleet("plan", "-o", "plans")
    assert (planned.code, outcomes(planned)) == (
        0,
        dict.fromkeys(("acme", "beta", "core"), "changed"),
    )
    assert planned.json["totals"]["outcomes"]["changed"] == 3
    alone = run("plan", root / "acme", "--format", "json").json
    assert planned.json["tenants"][0]["digest"] == alone["digest"]
    assert sorted(path.name for path in Path("plans").iterdir()) == [
        f"{name}.plan.json" for name in ("acme", "beta", "core")
    ]
    applied = fleet("apply", "--plans", "plans", "--waves", "canary,rest", "--filter", "name!=core")
    assert applied.code == 0
    assert outcomes(applied) == {"acme": "changed", "beta": "changed", "core": "excluded"}
    assert [row["wave"] for row in applied.json["tenants"]] == ["canary", "rest", None]
    drifted = fleet("drift", "--filter", "region=eu")
    assert (drifted.code, outcomes(drifted)["acme"]) == (0, "unchanged")
    again = fleet("apply", "--plans", "plans", "--filter", "name=acme")
    assert (again.code, causes(again)["acme"]) == (5, "stale-plan")
    status = fleet("status", applied.json["run"]["id"], where=None)
    assert status.json == applied.json


def test_a_report_has_every_form(fleet: Any, run: Run, root: Path) -> None:
    replace(root / "beta/tenant.yaml", "tier-1", "tier-<9>")
    ran = fleet("plan", "--report", "r.json", "--junit", "r.xml", "--html", "r.html")
    assert json.loads(Path("r.json").read_text()) == ran.json
    suite = ElementTree.fromstring(Path("r.xml").read_text())
    assert (suite[0].get("tests"), suite[0].get("failures")) == ("3", "1")
    page = Path("r.html").read_text()
    assert "tier-&lt;9&gt;" in page
    assert 'data-class="failed"' in page
    for form in ("text", "markdown"):
        shown = run("fleet", "status", ran.json["run"]["id"], "--format", form)
        assert shown.code == 1
        assert "2 changed, 1 failed" in shown.out


def test_what_is_wrong_with_one_tenant_never_stops_the_others(fleet: Any, root: Path) -> None:
    replace(root / "beta/tenant.yaml", "queues: {support: {default_level: 5}}\n", "")
    write_tenant(root, "dune")
    replace(root / "dune/tenant.yaml", "name: dune", "name: core")
    (root / "east").mkdir()
    (root / "east/tenant.yaml").write_text("tenant: {name: east}\n")
    (root / "flat").mkdir()
    (root / "flat/tenant.yaml").write_text("tenant: {name: [\n")
    ran = fleet("plan")
    assert ran.code == 1
    rows = {row["folder"]: (row["outcome"], row["cause"]) for row in ran.json["tenants"]}
    assert rows == {
        "acme": ("changed", ""),
        "beta": ("failed", "rule:dangling-reference"),
        "core": ("failed", "duplicate-tenant"),
        "dune": ("failed", "duplicate-tenant"),
        "east": ("failed", "tenant-block"),
        "flat": ("failed", "tenant-block"),
    }
    reasons = {row["folder"]: row["reason"] for row in ran.json["tenants"]}
    assert "../shared/base.yaml:2" in reasons["beta"]
    assert "dune" in reasons["core"]


def test_of_many_tenants_of_one_name_one_is_named_and_the_others_are_counted(
    fleet: Any, root: Path
) -> None:
    for folder in ("dune", "elm"):
        write_tenant(root, folder)
        replace(root / f"{folder}/tenant.yaml", f"name: {folder}", "name: core")
    reasons = {row["folder"]: row["reason"] for row in fleet("plan").json["tenants"]}
    assert reasons["elm"] == "core and 1 more have a tenant of the same name, core"


def test_a_tenant_that_is_listed_and_has_no_folder_is_told(fleet: Any, root: Path) -> None:
    (root / "fleet.yaml").write_text("shared: [shared]\ntenants: [acme, gone]\n")
    ran = fleet("plan")
    assert (ran.code, outcomes(ran)) == (1, {"acme": "changed", "gone": "failed"})
    assert "where no file has a tenant block" in ran.json["tenants"][1]["reason"]
    assert "remove it from `tenants`" in ran.json["tenants"][1]["hint"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--filter", "region=asia"], 1, "no tenant matches the filter"),
        (["--filter", "region"], 64, "is not a term"),
        (["--max-failures", "many"], 64, "neither a count nor a share"),
        (["--timeout", "soon"], 64, "is not a time"),
        (["--affected", "no-such-ref"], 1, "git does not know that"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    run: Run, root: Path, arguments: list[str], code: int, words: str
) -> None:
    ran = run("fleet", "plan", root, *arguments)
    assert ran.code == code
    assert words in ran.err


def test_a_root_without_a_tenant_is_refused(run: Run, tmp_path: Path, root: Path) -> None:
    assert "no tenant below" in run("fleet", "plan", root / "shared").err
    assert run("fleet", "plan", tmp_path / "nowhere").code == 1


def test_a_broken_fleet_file_is_told_at_its_line(run: Run, root: Path) -> None:
    (root / "fleet.yaml").write_text("shared: [shared]\nshard: []\n")
    ran = run("fleet", "plan", root)
    assert ran.code == 1
    assert "fleet.yaml:2:1: `shard` is not known here" in ran.err


def test_only_affected_tenants_are_planned(fleet: Any, root: Path) -> None:
    import subprocess

    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    commit(root)
    assert fleet("plan", "--affected", "HEAD").code == 0
    replace(root / "core/tenant.yaml", "Ana Diaz", "Ana Ruiz")
    ran = fleet("plan", "--affected", "HEAD")
    assert outcomes(ran) == {"acme": "excluded", "beta": "excluded", "core": "changed"}


def test_a_run_is_taken_up_by_the_same_command_with_the_same_files_only(
    fleet: Any, root: Path
) -> None:
    first = fleet("plan", "--run", "nightly", "--filter", "name=acme")
    assert first.code == 0
    assert fleet("plan", "--run", "nightly", "--filter", "name=acme").json == first.json
    assert "is `fleet plan`" in fleet("drift", "--run", "nightly", "--filter", "name=acme").err
    assert "has --filter name=acme" in fleet("plan", "--run", "nightly").err
    with sqlite3.connect(".reconciler/fleet.db") as kept:
        kept.execute("UPDATE fleet_runs SET tool_version = '0.0.1'")
    kept.close()
    ran = fleet("plan", "--run", "nightly", "--filter", "name=acme")
    assert "was begun by version 0.0.1" in ran.err
    replace(root / "acme/tenant.yaml", "Ana", "Bo")
    ran = fleet("plan", "--run", "nightly", "--filter", "name=acme")
    assert (ran.code, "has other files or plans than now" in ran.err) == (1, True)


def test_a_run_that_is_begun_under_an_id_is_not_mistaken_for_one_that_goes_on(fleet: Any) -> None:
    assert "a new run is begun" in fleet("plan", "--run", "nightly", "--filter", "name=acme").err
    again = fleet("plan", "--run", "nightly", "--filter", "name=acme").err
    assert "the run nightly had ended already" in again
    assert "new run" not in again
    with sqlite3.connect(".reconciler/fleet.db") as kept:
        kept.execute("UPDATE fleet_runs SET finished_at = NULL")
    kept.close()
    assert fleet("plan", "--run", "nightly", "--filter", "name=acme").err == ""
    assert "goes on with it" in fleet("plan", "--run", "", "--filter", "name=acme").err


def test_a_folder_of_plans_may_hold_what_does_not_belong_there(fleet: Any, root: Path) -> None:
    assert fleet("plan", "-o", "plans", "--filter", "name!=core").code == 0
    plans = Path("plans")
    text = (plans / "acme.plan.json").read_text()
    (plans / "alien.plan.json").write_text(text.replace('"name": "acme"', '"name": "alien"'))
    (plans / "beta-copy.plan.json").write_text((plans / "beta.plan.json").read_text())
    (plans / "junk.plan.json").write_text("{")
    ran = fleet("apply", "--plans", "plans")
    assert ran.code == 1
    assert causes(ran) == {
        "acme": "",
        "beta": "two-plans",
        "core": "no-plan",
        "alien": "foreign-plan",
        "junk.plan.json": "unreadable-plan",
    }
    assert outcomes(ran)["acme"] == "changed"
    assert all(row["hint"] for row in ran.json["tenants"] if row["outcome"] == "failed")
    assert fleet("apply", "--plans", "nowhere").code == 1


def test_two_at_one_tenant_do_not_apply_at_once(fleet: Any, root: Path) -> None:
    assert fleet("plan", "-o", "plans", "--filter", "name!=core").code == 0
    ledger = open_ledger(Tenant("acme", "sandbox"), environ={}, root=Path.cwd())
    with ledger.lease("acme", "another fleet"):
        ran = fleet("apply", "--plans", "plans")
    ledger.close()
    assert ran.code == 6
    assert (causes(ran)["acme"], outcomes(ran)["beta"]) == ("lease-held", "changed")


def test_a_lease_that_is_taken_away_ends_one_apply_and_not_the_next_of_its_process(
    fleet: Any, root: Path
) -> None:
    row = fleet("plan", "-o", "plans").json["tenants"][0]
    process = Event()
    stop = tenant.TenantStop(process)
    stop.lease_lost.set()
    task = Task(TenantRow("acme", "acme"), "apply", str(root), plan=f"plans/{row['plan']}")
    environment = pipeline.Environment({}, Path.cwd(), datetime.now(UTC))
    with pytest.raises(LeaseHeldError, match="taken away before the first write"):
        tenant._apply(task, environment, pipeline.PlanOptions(), stop)
    assert tenant._ended(task.row, Verdict((), converged=False), stop).cause == "lease-lost"
    assert stop.wait(60)
    assert fleet("plan").json["tenants"][0]["outcome"] == "changed"
    assert not process.is_set()
    done = tenant.run(task, lambda _: tenant.CountingLimiter(), process)
    assert (done.outcome, done.reason) == ("changed", "")


def test_two_do_not_carry_out_one_run(fleet: Any, root: Path) -> None:
    assert fleet("plan", "--run", "one", "--filter", "name=acme").code == 0
    with sqlite3.connect(".reconciler/fleet.db") as kept:
        kept.execute("UPDATE fleet_runs SET finished_at = NULL")
    kept.close()
    with open_store({}, Path.cwd()) as store, store.lease("one", Event()):
        ran = fleet("plan", "--run", "one", "--filter", "name=acme")
        assert ran.code == 6
        assert "is held by" in ran.err
        with pytest.raises(LeaseHeldError), store.lease("one", Event()):
            raise AssertionError


def test_a_run_that_nobody_carries_out_is_cancelled_at_once(fleet: Any, root: Path) -> None:
    assert fleet("plan", "--run", "one").code == 0
    with sqlite3.connect(".reconciler/fleet.db") as kept:
        kept.execute("UPDATE fleet_runs SET finished_at = NULL")
        for folder, state in (("beta", "running"), ("core", "pending")):
            kept.execute(
                "UPDATE fleet_tenants SET row = json_set(row, '$.state', ?, '$.outcome', NULL) "
                "WHERE folder = ?",
                (state, folder),
            )
    kept.close()
    ran = fleet("cancel", "one", where=None)
    assert outcomes(ran) == {"acme": "changed", "beta": "cancelled", "core": "not-started"}
    assert ran.json["run"]["cancelled"]
    assert fleet("status", "one", where=None).code == 3
    assert fleet("status", "two", where=None).code == 1


def test_a_database_of_somebody_else_is_left_alone(fleet: Any, root: Path) -> None:
    Path(".reconciler").mkdir()
    with sqlite3.connect(".reconciler/fleet.db") as other:
        other.execute("CREATE TABLE songs (name TEXT)")
    other.close()
    ran = fleet("plan")
    assert ran.code == 1
    assert "another program's database" in ran.err


def test_a_token_reaches_the_process_that_needs_it_and_no_file(
    fleet: Any, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from reconciler import sandbox

    with sandbox.start() as running:
        monkeypatch.setenv("RECONCILER_TOKEN_ACME", running.tokens["admin"])
        scim = f"provider: scim, url: {running.url}, token_env: RECONCILER_TOKEN_ACME"
        replace(root / "acme/tenant.yaml", "provider: sandbox", scim)
        ran = fleet("plan", "--filter", "name=acme", "--report", "r.json", "-o", "plans")
        token = running.tokens["admin"].encode()
    assert (ran.code, outcomes(ran)["acme"]) == (0, "changed")
    assert ran.json["tenants"][0]["requests"] > 0
    files = [path for path in Path.cwd().rglob("*") if path.is_file()]
    assert files
    assert [path for path in files if token in path.read_bytes()] == []


def test_a_rate_that_is_none_ends_the_command_before_a_process_starts(
    fleet: Any, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RECONCILER_FLEET_RATE", "many")
    ran = fleet("plan")
    assert ran.code == 1
    assert "RECONCILER_FLEET_RATE is many" in ran.err
    assert "Traceback" not in capfd.readouterr().err


def test_two_waves_of_one_size_are_two_waves(fleet: Any, root: Path) -> None:
    fleet("plan", "-o", "plans")
    ran = fleet("apply", "--plans", "plans", "--waves", "1,1,rest")
    assert ran.code == 0
    assert [row["wave"] for row in ran.json["tenants"]] == ["1", "1 (2)", "rest"]
    assert [row["attempts"] for row in ran.json["tenants"]] == [1, 1, 1]
