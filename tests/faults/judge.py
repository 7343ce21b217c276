"""What is true after an apply, by the tenant's own store and audit trail alone."""

import json
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from reconciler import sandbox
from tests.faults.plans import TODAY, Scenario
from tests.faults.proxy import Proxy, proxy
from tests.running import Ran, Run

AGENT = "urn:ietf:params:scim:schemas:extension:ccaas:2.0:Agent"
UNSURE = ("is not known", "cannot be told", "accepted", "not shown")
"""Words by which an outcome says that it does not know whether the write took effect."""


@dataclass(slots=True)
class Case:
    """A tenant as `scenario` begins, behind a proxy, and the files that are to be applied."""

    scenario: Scenario
    running: sandbox.Running
    proxy: Proxy
    root: Path
    begun_at: int = 0

    @property
    def files(self) -> Path:
        return self.root / "files"

    @property
    def environ(self) -> dict[str, str]:
        return {"RECONCILER_TOKEN_ACME": self.running.tokens["admin"]}

    def arguments(self, verb: str, *more: str) -> list[str]:
        words = {
            "plan": ["plan", str(self.files), "--as-of", TODAY, "--format", "json"],
            "drift": ["drift", str(self.files), "--as-of", TODAY, "--format", "json"],
            "export": ["export", str(self.root / "out"), "--from", str(self.files)],
            "apply": ["apply", str(self.files), "--yes", "--as-of", TODAY, "--format", "json"],
        }
        return [*words[verb], *more]

    def get(self, path: str, **parameters: Any) -> Any:
        """From the tenant itself, past the proxy."""
        headers = {"Authorization": f"Bearer {self.running.tokens['admin']}"}
        url = self.running.root + path
        answer = requests.get(url, params=parameters, headers=headers, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()

    @property
    def trail(self) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = self.get("/audit", limit=5000)["entries"]
        return entries

    @property
    def writes(self) -> list[dict[str, Any]]:
        return [entry for entry in self.trail if entry["seq"] > self.begun_at]

    def come_to_rest(self) -> None:
        """The tenant restarts: what was in flight has taken effect by then, or never will."""
        port = self.running.port
        self.running.stop()
        self.running = sandbox.start(self.root / "tenant.db", port=port)

    # -- the judge --------------------------------------------------------------------------------

    def check_every_moment(self) -> None:
        """Nothing was made twice, and after each single write everything was lawful."""
        made = Counter(e["address"] for e in self.writes if e["action"] == "create")
        assert not {address for address, times in made.items() if times > 1}
        state: dict[str, dict[str, Any]] = {}
        for entry in self.trail:
            if entry["action"] == "delete":
                state.pop(entry["id"])
            else:
                state.setdefault(entry["id"], {"kind": entry["kind"]}).update(entry["after"])
            if entry["seq"] > self.begun_at:
                _check_moment(state, self.scenario, f"after {entry}")

    def check_end(self) -> None:
        """Every agent is as the files say; nobody is there twice and nobody else came."""
        users = self.get("/scim/v2/Users", count=200)["Resources"]
        assert {user["userName"]: _shown(user) for user in users} == {
            email: {**values, "licenses": sorted(values["licenses"])}
            for email, values in self._expected.items()
        }
        assert len(users) == len(self.scenario.after)

    @property
    def _expected(self) -> dict[str, dict[str, Any]]:
        return {
            email: {name: value for name, value in values.items() if name != "is_fixed"}
            for email, values in self.scenario.after.items()
        }

    def check_verdict(self, ran: Ran) -> None:
        """What the apply says it did is in the trail; what it says it did not do is not."""
        document = json.loads(ran.out[ran.out.index("{") :]) if "{" in ran.out else None
        if document is None:
            return
        written = self.writes
        for outcome in document["outcomes"]:
            is_done = any(_bears(entry, outcome) for entry in written)
            if outcome["result"] == "applied":
                is_left = outcome["address"] in {change["address"] for change in document["left"]}
                assert is_done or self._has(outcome) or is_left, (outcome, ran.err)
            elif outcome["verb"] == "create" and not _is_unsure(outcome["because"]):
                assert not is_done, (outcome, ran.err)
        if ran.code == 0:
            assert document["converged"]

    def _has(self, outcome: Mapping[str, Any]) -> bool:
        """A later write of the same object may have been merged with this one."""
        return any(entry["address"] == outcome["address"] for entry in self.writes)


def _bears(entry: Mapping[str, Any], outcome: Mapping[str, Any]) -> bool:
    if entry["address"] != outcome["address"]:
        return False
    return all(entry["after"].get(path) == value for path, value in outcome["set"].items())


def _is_unsure(because: str) -> bool:
    return any(words in because for words in UNSURE)


def _shown(user: Mapping[str, Any]) -> dict[str, Any]:
    extension = user[AGENT]
    return {
        "extension": extension["extension"],
        "recording_mode": extension.get("recordingMode"),
        "licenses": sorted(item["value"] for item in user.get("entitlements", ())),
        "queues": {item["value"]: item["level"] for item in extension.get("queues", ())},
        "active": user["active"],
    }


def _check_moment(state: Mapping[str, Mapping[str, Any]], scenario: Scenario, when: str) -> None:
    agents = [fields for fields in state.values() if fields["kind"] == "agent"]
    queues = {fields.get("name") for fields in state.values() if fields["kind"] == "queue"}
    numbers = Counter(f.get("extension") for f in state.values() if f.get("extension"))
    assert max(numbers.values()) == 1, when
    assert max(Counter(fields["email"] for fields in agents).values()) == 1, when
    for name, pool in scenario.pools.items():
        used = sum(bool(fields.get(f"licenses.{name}")) for fields in agents)
        assert used <= pool["purchased"], when
    for fields in agents:
        licenses = {path for path, held in fields.items() if path.startswith("licenses.") and held}
        members = {path for path, held in fields.items() if path.startswith("queues.") and held}
        assert not licenses or "licenses.voice" in licenses, when
        assert not members or licenses, when
        assert {path.partition(".")[2] for path in members} <= queues, when
    for path, floor in scenario.floors.items():
        assert sum(bool(fields.get(path)) for fields in agents) >= floor, when


class Databases:
    """Tenants as scenarios begin, each seeded once and copied for each case."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def copy(self, number: int, scenario: Scenario, target: Path) -> None:
        made = self._folder / f"{number}.db"
        if not made.exists():
            seed = self._folder / f"{number}.json"
            seed.write_text(json.dumps(scenario.seed), encoding="utf-8")
            sandbox.start(made, seed=seed).stop()
        shutil.copy(made, target)


@contextmanager
def case(
    number: int,
    scenario: Scenario,
    databases: Databases,
    root: Path,
    faults: Mapping[str, Any] | None = None,
) -> Iterator[Case]:
    """`faults` are the tenant's own, such as `latency_ms`."""
    root.mkdir(parents=True, exist_ok=True)
    databases.copy(number, scenario, root / "tenant.db")
    running = sandbox.start(root / "tenant.db", faults=faults)
    try:
        with proxy(running.root) as between:
            made = Case(scenario, running, between, root)
            scenario.write(made.files, between.url)
            made.begun_at = made.trail[-1]["seq"]
            yield made
    finally:
        made.running.stop()


def finish(case: Case, run: Run) -> None:
    """A new apply without faults comes to the end that the files describe, whatever was before."""
    case.proxy.behave()
    again = run(*case.arguments("apply"))
    assert again.code == 0, again.err + again.out
    left = run(*case.arguments("plan", "--detailed-exitcode"))
    assert left.code == 0, left.out
    case.check_every_moment()
    case.check_end()
