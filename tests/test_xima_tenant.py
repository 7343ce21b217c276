"""Whole commands on a Xima tenant that answers as documented, and then otherwise."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from reconciler import pipeline
from reconciler.cli import options
from tests.providers import servers
from tests.providers.test_bad_tenants import answering
from tests.running import Run

PEOPLE = [f"Person {number}(40{number:02})" for number in range(10)]


@dataclass
class Lists:
    """What the tenant shows; a test changes it as it goes."""

    agents: Any = field(default_factory=lambda: list(PEOPLE))
    skills: Any = field(default_factory=lambda: ["support"])
    seen: list[str] = field(default_factory=list)

    def answer(self, path: str) -> tuple[int, dict[str, str], bytes]:
        listed = self.agents if path.endswith("/agents") else self.skills
        if isinstance(listed, bytes):
            return 200, {}, listed
        body = (
            {"agents": [{"agent": text, "type": "XIMA"} for text in listed]}
            if path.endswith("/agents")
            else {"skills": [{"name": name} for name in listed]}
        )
        return 200, {}, json.dumps(body).encode()


@pytest.fixture
def lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lists]:
    """A tenant of ten, and a folder that declares them and one more."""
    found = Lists()
    with answering(found.answer) as (url, seen):
        found.seen = seen
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("RECONCILER_TOKEN_X", servers.TOKEN)
        monkeypatch.delenv("RECONCILER_HOSTS", raising=False)
        entries = "".join(
            f"  - {{name: Person {n}, extension: 40{n:02}, email: p{n}@acme.example, "
            "licenses: [voice]}\n"
            for n in range(11)
        )
        (tmp_path / "desired-state").mkdir()
        (tmp_path / "desired-state/all.yaml").write_text(
            f"tenant: {{name: acme, provider: xima, url: '{url}', "
            f"token_env: RECONCILER_TOKEN_X, request_interval: 0}}\nagents:\n{entries}"
        )
        yield found


def test_one_of_eleven_may_be_absent(run: Run, lists: Lists) -> None:
    found = run("plan", "--format", "json").json
    assert [change["address"] for change in found["changes"]] == ["agent/p10@acme.example"]


def test_a_list_that_shrinks_by_half_between_two_reads_stops_an_apply(
    run: Run, lists: Lists
) -> None:
    assert run("plan", "-o", "plan.json").code == 0
    lists.agents = PEOPLE[:5]
    ran = run("apply", "plan.json", "--yes")
    assert ran.code == 7
    assert "6 of 11 agents who should have a license are not on the tenant's list" in ran.err
    assert not Path("worksheet.csv").exists()
    for verb in ("plan", "drift", "apply"):
        assert run(verb).code == 7


@pytest.mark.parametrize(
    ("agents", "words"),
    [
        ([], "11 of 11 agents who should have a license"),
        ([*PEOPLE, "Other(4000)"], "extension 4000 twice"),
        (b"<html>sign in</html>", "answers HTML"),
        (b'{"agents": [', "not JSON"),
        (b'{"agents": [{}]}', "an entry without `agent`"),
    ],
)
def test_what_cannot_be_believed_is_no_plan(
    run: Run, lists: Lists, agents: Any, words: str
) -> None:
    lists.agents = agents
    for verb in ("plan", "drift"):
        ran = run(verb)
        assert (ran.code, ran.out) == (7, "")
        assert words in ran.err


def test_odd_names_are_compared_and_told(run: Run, lists: Lists) -> None:
    lists.agents = [*PEOPLE, "John (JJ) Spector(104)", "Kim (Test)", "x" * 300 + "(105)"]
    found = run("plan", "--format", "json").json
    labels = {one["address"]: one["label"] for one in found["unmanaged"]}
    assert labels == {
        "agent/104": "104 John (JJ) Spector",
        "agent/105": f"105 {'x' * 300}",
        "queue/support": "support",
    }
    assert "'Kim (Test)', which ends in no extension" in run("plan").out


def test_nothing_but_the_two_lists_is_ever_asked_for(run: Run, lists: Lists) -> None:
    run("plan", "-o", "plan.json")
    run("drift")
    run("apply", "--yes")
    run("apply", "plan.json", "--yes")
    run("export", "out")
    asked = {" ".join(request.split()[:2]) for request in lists.seen}
    assert asked == {"GET /rest/api/v1/agents", "GET /rest/api/v1/skills"}


def test_an_export_plans_to_nothing(run: Run, lists: Lists) -> None:
    assert run("export", "out").code == 0
    assert run("plan", "out", "--detailed-exitcode").code == 0


def test_a_run_keeps_the_interval_however_often_it_opens_the_tenant(lists: Lists) -> None:
    environment = options.environment()
    tenant = pipeline.require_tenant(Path("desired-state"), pipeline.PlanOptions())
    for _ in range(2):
        with pipeline.open_provider(tenant, environment, read_only=True) as provider:
            provider.reader.read()
    assert len(environment.limiters) == 1


def test_due_work_is_a_sheet_for_a_person(run: Run, lists: Lists) -> None:
    """Person 10 is missing for no date, and stops it; Person 9 has had the last day."""
    file = Path("desired-state/all.yaml")
    text = file.read_text().replace("email: p9@acme.example", "email: p9@acme.example, until: DAY")
    yesterday, earlier = (date.today() - timedelta(days=days) for days in (1, 9))
    file.write_text(text.replace("DAY", f"{yesterday}"))
    assert run("plan", "--due", "--since", f"{earlier}").code == 5
    file.write_text(file.read_text()[: file.read_text().index("  - {name: Person 10")])
    planned = run("plan", "--due", "--since", f"{earlier}", "--format", "json")
    assert (planned.code, planned.json["due"]["addresses"]) == (0, ["agent/p9@acme.example"])
    applied = run("apply", "--due", "--since", f"{earlier}", "--yes")
    assert (applied.code, Path("worksheet.csv").exists()) == (3, True)
