"""`--metrics`: valid exposition, honest after a failure, and no people in it."""

import re
import socket
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from reconciler.model import Allowance, Coverage, Policy, Seats, Waiver
from reconciler.render import metrics
from tests.render import hostile, made
from tests.running import Run

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
Samples = dict[tuple[str, ...], float]


def samples(text: str) -> Samples:
    """Return values by name and the labels that are not of every sample."""
    found: Samples = {}
    for family in text_string_to_metric_families(text):
        assert family.type == "gauge"
        assert family.documentation
        for sample in family.samples:
            own = [v for k, v in sample.labels.items() if k not in ("tenant", "command")]
            key = (sample.name.removeprefix("reconciler_"), *own)
            assert key not in found
            found[key] = sample.value
    return found


def ended(code: int, *, command: str = "drift", tenant: str = "acme") -> metrics.Run:
    return metrics.Run(command, tenant, code, is_success=code in (0, 2), now=NOW)


def test_drift_measures_the_tenant(company: Path, run: Run) -> None:
    assert run("drift", "--metrics", "drift.prom").code == 2
    text = (company / "drift.prom").read_text()
    values = samples(text)
    assert values["drift_items", "difference"] == 18
    assert values["drift_items", "drift"] == 0
    assert values["seats_free", "voice"] == 7
    assert values["coverage_agents", "queue", "support"] == 13
    assert values["coverage_minimum", "queue", "support"] == 4
    assert values["coverage_below_minimum", "queue", "support"] == 0
    assert values["unlisted_agents",] == 1
    assert values["last_run_success",] == 1
    assert values["last_run_exit_code",] == 2
    assert values["last_success_timestamp_seconds",] == values["last_run_timestamp_seconds",]
    assert set(re.findall(r'tenant="(\w+)"', text)) == {"acme"}
    assert "@" not in text


def test_an_apply_measures_what_it_left(company: Path, run: Run) -> None:
    assert run("apply", "--yes", "--metrics", "apply.prom", "--format", "json").code == 0
    values = samples((company / "apply.prom").read_text())
    assert values["seats_free", "voice"] == 4
    assert values["coverage_agents", "skill", "french"] == 3
    assert values["apply_operations", "applied"] == 17
    assert values["apply_operations", "failed"] == 0


def test_a_plan_measures_what_it_found(company: Path, run: Run) -> None:
    assert run("plan", "--metrics", "plan.prom").code == 0
    values = samples((company / "plan.prom").read_text())
    assert values["plan_changes", "create"] == 3
    assert values["plan_blockers",] == 0
    assert values["seats_free", "voice"] == 7


def test_a_failed_reading_keeps_the_numbers_of_the_last_success_and_says_so(
    company: Path, run: Run
) -> None:
    file = company / "drift.prom"
    run("drift", "--metrics", file)
    before = samples(file.read_text())
    (company / "desired-state" / "zz.yaml").write_text("agents: [")
    assert run("drift", "--metrics", file).code == 1
    after = samples(file.read_text())
    assert after.keys() == before.keys()
    changed = {key[0] for key in after if after[key] != before[key]}
    assert changed <= {"last_run_success", "last_run_exit_code", "last_run_timestamp_seconds"}
    assert after["last_run_success",] == 0
    assert after["last_run_exit_code",] == 1


def test_a_tenant_that_cannot_be_read_is_no_success(
    company: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
    block = f"{{name: acme, provider: scim, url: '{url}', token_env: RECONCILER_TOKEN}}"
    (company / "desired-state" / "tenant.yaml").write_text(f"tenant: {block}\n")
    monkeypatch.setenv("RECONCILER_TOKEN", "token-of-a-test")
    assert run("drift", "--metrics", "drift.prom").code == 7
    values = samples((company / "drift.prom").read_text())
    assert values["last_run_success",] == 0
    assert not [key for key in values if not key[0].startswith("last_run_")]


def test_a_run_that_had_nothing_to_read_keeps_the_numbers() -> None:
    before = metrics.text(ended(0), drift=made.report())
    after = metrics.text(ended(0), before=before)
    assert samples(after) == samples(before)


def test_a_first_run_that_fails_measures_nothing() -> None:
    values = samples(metrics.text(ended(7)))
    assert sorted(name for (name,) in values) == [
        "last_run_exit_code",
        "last_run_success",
        "last_run_timestamp_seconds",
    ]


def test_numbers_of_another_tenant_or_command_are_not_taken_over() -> None:
    before = metrics.text(ended(0), drift=made.report())
    for other in (ended(7, tenant="other"), ended(7, command="plan")):
        assert "drift_items" not in metrics.text(other, before=before)
    assert "drift_items" in metrics.text(ended(7), before=before)


@pytest.mark.parametrize(
    "junk", ["nonsense\n", "# HELP x y\n# TYPE x gauge\nx 1\n", "\0", "# HELP"]
)
def test_a_file_that_is_not_ours_is_replaced(junk: str) -> None:
    assert samples(metrics.text(ended(7), before=junk)) == samples(metrics.text(ended(7)))


def test_a_name_that_is_not_known_any_more_is_that_of_the_last_file(
    company: Path, run: Run
) -> None:
    run("drift", "--metrics", "drift.prom")
    for file in (company / "desired-state").rglob("*.yaml"):
        file.unlink()
    assert run("drift", "--metrics", "drift.prom").code == 1
    text = (company / "drift.prom").read_text()
    assert set(re.findall(r'tenant="([^"]*)"', text)) == {"acme"}
    assert samples(text)["last_run_success",] == 0


@pytest.mark.parametrize("name", hostile.NAMES.values(), ids=hostile.NAMES)
def test_any_name_is_valid_exposition(name: str) -> None:
    plan = made.plan(
        seats=(Seats(name, 5, 1, 2, 2, 3, 0),), coverage=(Coverage(f"queue/{name}", 1, 1, 1, 2),)
    )
    text = metrics.text(ended(0, tenant=name), plan=plan, drift=made.report())
    values = samples(text)
    assert sum(key[0] == "seats_free" for key in values) == 1
    assert [v for key, v in values.items() if key[0] == "coverage_below_minimum"] == [1]
    again = samples(metrics.text(ended(7, tenant=name), before=text))
    assert again.keys() == values.keys()


def test_ages_of_evidence_and_acknowledgements_are_times() -> None:
    policy = Policy(
        allow=(Allowance("agent.suspend", 7, until=date(2027, 1, 5)),),
        waivers=(Waiver("some-rule", made.ANA, "because", date(2026, 12, 1)),),
    )
    plan = made.plan(policy=policy)
    values = samples(metrics.text(ended(0), plan=plan, drift=made.known_report()))
    end = datetime(2026, 12, 1, tzinfo=UTC).timestamp()
    assert values["acknowledgement_first_end_timestamp_seconds",] == end
    assert values["evidence_oldest_timestamp_seconds",] == made.TWELVE_DAYS_AGO.timestamp()
    assert values["unobserved_values",] > 0


@pytest.mark.parametrize("file", ["nowhere/x.prom", ".", "desired-state"])
def test_a_file_that_cannot_be_written_ends_the_command_before_it_begins(
    company: Path, run: Run, file: str
) -> None:
    ran = run("apply", "--yes", "--metrics", file)
    assert ran.code == 1
    assert "cannot be written" in ran.err
    assert not (company / ".reconciler").exists()


def test_a_file_that_is_refused_afterwards_changes_no_exit_code(company: Path, run: Run) -> None:
    ran = run("apply", "--yes", "--metrics", "/proc/self/x.prom")
    assert ran.code == 0
    assert "cannot be written" in ran.err
