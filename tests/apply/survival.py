"""One case of surviving: a tenant of its own, the story's files, applies, and what is true after.

What is checked is the tenant's word only: what it shows at the end, and its audit trail replayed
write by write.
"""

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
from tests.apply import story

TODAY = "2026-11-24"
FLOORS = {"queues.support": 8, "queues.sales": 6}
"""Coverage never falls below what there is before and after."""


@dataclass(slots=True)
class Case:
    running: sandbox.Running
    files: Path
    root: Path
    begun_at: int

    def come_to_rest(self) -> None:
        """The tenant restarts: what was in flight has taken effect by then, or never will."""
        port = self.running.port
        self.running.stop()
        self.running = sandbox.start(self.root / "tenant.db", port=port)

    @property
    def environ(self) -> dict[str, str]:
        return {"RECONCILER_TOKEN_ACME": self.running.tokens["admin"]}

    def apply(self, *more: str) -> list[str]:
        """The arguments of an apply."""
        return ["apply", str(self.files), "--yes", "--as-of", TODAY, *more]

    def plan(self, *more: str) -> list[str]:
        return ["plan", str(self.files), "--as-of", TODAY, *more]

    def get(self, path: str, **parameters: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.running.tokens['admin']}"}
        url = self.running.root + path
        answer = requests.get(url, params=parameters, headers=headers, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def set_faults(self, faults: Mapping[str, Any]) -> None:
        headers = {"Authorization": f"Bearer {self.running.tokens['admin']}"}
        url = self.running.root + "/faults"
        assert requests.put(url, json=dict(faults), headers=headers, timeout=30).ok

    @property
    def trail(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            since = found[-1]["seq"] if found else 0
            page = self.get("/audit", since=since, limit=500)["entries"]
            if not page:
                return found
            found += page

    @property
    def writes(self) -> list[dict[str, Any]]:
        """What happened since the case began."""
        return [entry for entry in self.trail if entry["seq"] > self.begun_at]

    def end_state(self) -> dict[str, list[Any]]:
        """Everything that SCIM shows, without the tenant's own names and times."""
        kinds = ("Users", "Queues", "Skills", "LicensePools")
        return {kind: sorted(map(_bare, self._all(kind)), key=json.dumps) for kind in kinds}

    def _all(self, kind: str) -> list[Any]:
        return list(self.get(f"/scim/v2/{kind}", count=200)["Resources"])

    def check(self) -> None:
        """No duplicates, and the invariants after every single write."""
        made = Counter(e["address"] for e in self.writes if e["action"] == "create")
        assert not {address for address, times in made.items() if times > 1}
        known: dict[str, dict[str, Any]] = {}
        for entry in self.trail:
            if entry["action"] == "delete":
                known.pop(entry["id"])
            else:
                known.setdefault(entry["id"], {"kind": entry["kind"]}).update(entry["after"])
            if entry["seq"] > self.begun_at:
                _check_moment(known, f"after {entry}")


def seeded(folder: Path) -> Path:
    """A database with the story's beginning; copied for each case."""
    seed = folder / "seed.json"
    seed.write_text(json.dumps(story.seed()), encoding="utf-8")
    sandbox.start(folder / "seeded.db", seed=seed).stop()
    return folder / "seeded.db"


@contextmanager
def case(database: Path, root: Path, faults: Mapping[str, Any] | None = None) -> Iterator[Case]:
    root.mkdir(exist_ok=True)
    shutil.copy(database, root / "tenant.db")
    running = sandbox.start(root / "tenant.db")
    made = Case(running, story.write(root / "files", running.url), root, 0)
    made.begun_at = made.trail[-1]["seq"]
    if faults:
        made.set_faults(faults)
    try:
        yield made
    finally:
        made.running.stop()


def _bare(document: Any) -> Any:
    return {k: v for k, v in document.items() if k not in ("id", "meta")}


def _check_moment(known: Mapping[str, Mapping[str, Any]], when: str) -> None:
    agents = [fields for fields in known.values() if fields["kind"] == "agent"]
    names = {
        kind: {fields.get("name") for fields in known.values() if fields["kind"] == kind}
        for kind in ("queue", "skill")
    }
    held = Counter(fields.get("extension") for fields in known.values() if fields.get("extension"))
    assert max(held.values()) == 1, when
    assert max(Counter(fields["email"] for fields in agents).values()) == 1, when
    for license_name, pool in story.POOLS.items():
        used = sum(bool(fields.get(f"licenses.{license_name}")) for fields in agents)
        assert used <= pool["purchased"], when
    for fields in agents:
        licenses = {k for k, v in fields.items() if k.startswith("licenses.") and v}
        assert not licenses or "licenses.voice" in licenses, when
        members = {k for k, v in fields.items() if v and k.startswith(("queues.", "skills."))}
        assert not members or licenses, when
        assert {m.split(".")[1] for m in members} <= names["queue"] | names["skill"], when
    for path, floor in FLOORS.items():
        assert sum(bool(fields.get(path)) for fields in agents) >= floor, when
