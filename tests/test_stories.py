"""Golden stories: each folder of `cases/plan/` is a sentence, two sides, and the plan of it.

`live.yaml` is the tenant and `desired.yaml` the files, both in the words of the files; `base.yaml`
is what was declared before, `directory.json` what the UC directory holds, and `allow.json` what was
acknowledged on the command line. `--rewrite` writes `expected.json`, to be reviewed as text.
"""

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from reconciler import diff, guard, kinds, load, order, plan, planfile, validate
from reconciler.model import Declared, Desired, Plan, Reading, Resource
from tests.conftest import Golden
from tests.desired import read
from tests.make import FULL

STORIES = sorted(place for place in (Path(__file__).parent / "cases/plan").iterdir())
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
EMPTY: dict[str, Any] = dict.fromkeys(("preferred_name", "no_answer_destination"))


def tenant(text: str, directory: list[dict[str, str]]) -> Reading:
    """The live side: what the text says, every other field known to be empty."""
    stated = read(text).desired
    resources = [_live(resource) for resource in stated.resources.values()]
    held = Counter(name for r in resources for name in r.fields.get("licenses") or ())
    for pool in stated.pools.values():
        fields = {"purchased": pool.purchased, "assigned": held[pool.license]}
        fields["requires"] = pool.requires
        address = kinds.address(kinds.LICENSE_POOL, pool.license)
        resources.append(Resource(address, kinds.LICENSE_POOL, fields, pool.license))
    for entry in directory:
        address = kinds.address(kinds.DIRECTORY_ENTRY, entry["extension"])
        resources.append(Resource(address, kinds.DIRECTORY_ENTRY, entry, address))
    return Reading({r.address: r for r in resources}, FULL, 5)


def _live(resource: Resource) -> Resource:
    fields: dict[str, Any] = dict(resource.fields)
    if resource.kind == kinds.AGENT:
        blank = {"licenses": frozenset(), "queues": {}, "skills": {}, **EMPTY}
        fields = {**blank, "recording_mode": None, "review_own_recordings": None, **fields}
    else:
        fields = {n.name: None for n in kinds.KINDS[resource.kind].scalars} | fields
    return Resource(resource.address, resource.kind, fields, f"id of {resource.address}", "1")


def planned(story: Path) -> Plan:
    """The stages, in the order of the pipeline, over values."""
    checked = read((story / "desired.yaml").read_text())
    directory = _json(story / "directory.json", [])
    reading = tenant((story / "live.yaml").read_text(), directory)
    allow = _json(story / "allow.json", {})
    return staged(checked.desired, reading, allow, _declared(story), checked.diagnostics)


def staged(
    desired: Desired,
    reading: Reading,
    allow: dict[str, int],
    declared: Declared | None,
    found: Any = (),
) -> Plan:
    comparison = diff.compare(desired, reading, declared=declared)
    bounds = plan.bounds(desired, reading)
    graph = order.operations(comparison.changes, reading, bounds)
    known = [*found, *comparison.diagnostics]
    live = validate.live(desired, reading, comparison, graph, known)
    blockers, acknowledged = guard.check(
        desired, reading, comparison, allow=allow, declared=declared
    )
    made = plan.assemble(
        desired,
        reading,
        comparison,
        graph,
        bounds,
        diagnostics=[*known, *live],
        blockers=blockers,
        acknowledged=acknowledged,
        stamp=plan.Stamp("", "", NOW, "0.0.0"),
    )
    return planfile.identified(made, bytes(5))


def _declared(story: Path) -> Declared | None:
    place = story / "base.yaml"
    return load.declared(read(place.read_text()).desired, "base") if place.exists() else None


def _json(place: Path, otherwise: Any) -> Any:
    return json.loads(place.read_text()) if place.exists() else otherwise


def told(made: Plan) -> dict[str, Any]:
    """What a story is about, short enough to review."""
    return {
        "applyable": made.applyable,
        "changes": {
            change.address: [
                change.action.value,
                *(f"{f.path}: {f.before} -> {f.after}" for f in change.fields),
            ]
            for change in made.changes
            if change.action != "create"
        },
        "created": [change.address for change in made.changes if change.action == "create"],
        "operations": [
            f"{o.id} {o.verb.value} {o.address} {_set(o)} after {list(o.after)}"
            for o in made.operations
        ],
        "blockers": [[b.guard, b.planned, b.limit, b.acknowledge] for b in made.blockers],
        "findings": [f"{d.severity.value} {d.rule} {d.address}" for d in made.diagnostics],
        "seats": {s.license: [s.purchased, s.assigned, s.peak, s.after] for s in made.seats},
        "coverage": {c.address: [c.before, c.lowest, c.after] for c in made.coverage},
        "unlisted": [item.address for item in made.unmanaged if item.unlisted],
        "sentences": list(plan.sentences(made)),
    }


def _set(operation: Any) -> str:
    if operation.verb.value == "create":
        return ""
    return ", ".join(f"{path}={value}" for path, value in operation.set.items())


@pytest.mark.parametrize("story", STORIES, ids=lambda place: place.name)
def test_story(story: Path, golden: Golden) -> None:
    made = planned(story)
    golden(story / "expected.json", json.dumps(told(made), indent=1, ensure_ascii=False) + "\n")


@pytest.mark.parametrize("story", STORIES, ids=lambda place: place.name)
def test_a_plan_survives_its_document(story: Path) -> None:
    made = planned(story)
    again = planfile.parse(planfile.text(made))
    assert planfile.text(again) == planfile.text(made)
    planfile.verify(again)


def test_there_are_thirty_stories() -> None:
    assert len(STORIES) >= 30
