"""An export is short, deterministic and plans to nothing, for tenants of several shapes."""

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reconciler import diff, drift, edit, export, load, validate
from reconciler.export import Exported
from reconciler.model import Desired, Reading, Tenant
from reconciler.render import yaml
from tests.desired import TODAY
from tests.make import agent, reading
from tests.tenant_shapes import SHAPES, tenant
from tests.test_evidence import NOW

TENANT = Tenant("acme", "sandbox")
AT_MOST = {"levels": 8.2, "many-queues": 6.9, "mixed": 6.3}
"""Lines an agent where levels or queues are random, so that few people have something in common."""


def exported(live: Reading) -> Exported:
    return export.export(live, TENANT, TODAY)


def write(written: Exported, folder: Path) -> None:
    for name, content in written.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(yaml.text(content), encoding="utf-8")


def read_back(folder: Path) -> Desired:
    documents, refused = validate.schema(load.documents(folder).documents)
    assert list(refused) == []
    return load.state(documents, as_of=TODAY)


def entries(written: Exported) -> list[dict[str, Any]]:
    return [entry for content in written.files.values() for entry in content.get("agents", ())]


@pytest.mark.parametrize("shape", SHAPES)
def test_an_export_is_short_and_plans_to_nothing(shape: str, tmp_path: Path) -> None:
    live = tenant(shape, 300, seed=1)
    written = exported(live)
    write(written, tmp_path)
    assert diff.compare(read_back(tmp_path), live).changes == ()
    lines = sum(len(yaml.text(content).splitlines()) for content in written.files.values())
    assert lines / 300 <= AT_MOST.get(shape, 5.55)
    assert len(written.files["profiles.yaml"]["profiles"]) <= 24


@pytest.mark.parametrize("shape", SHAPES)
def test_an_export_does_not_depend_on_the_order_of_a_reading(shape: str) -> None:
    live = tenant(shape, 60, seed=2)
    shuffled = list(live.resources.items())
    random.Random(3).shuffle(shuffled)
    again = exported(replace(live, resources=dict(shuffled)))
    assert [yaml.text(c) for c in again.files.values()] == [
        yaml.text(c) for c in exported(live).files.values()
    ]


def test_what_some_agents_have_besides_is_a_profile_of_its_own() -> None:
    people = [
        agent(
            4000 + n,
            f"P {n}",
            licenses=["voice", "sms"] if n % 2 else ["voice"],
            queues={"support": 5} if n < 50 else {"sales": 5},
            skills={"spanish": 7} if n % 3 == 0 else {},
            recording_mode="manual",
        )
        for n in range(100)
    ]
    written = exported(reading(*people))
    profiles = written.files["profiles.yaml"]["profiles"]
    assert profiles["sms"] == {"licenses": ["sms"]}
    assert any(entry["profile"] == ["sales", "sms"] for entry in entries(written))
    named = [entry["profile"] for entry in entries(written)]
    assert max(len(name) for name in named if isinstance(name, list)) <= 3


@pytest.mark.parametrize("shape", ["mixed", "uniform"])
def test_after_edits_on_the_tenant_only_the_touched_entries_change(
    shape: str, tmp_path: Path
) -> None:
    live = tenant(shape, 120, seed=4)
    write(exported(live), tmp_path)
    dice = random.Random(5)
    people = [r for r in live.resources.values() if r.fields.get("active") is True]
    touched = dice.sample(people, 20)
    changed = dict(live.resources)
    for person in touched:
        changed[person.address] = replace(person, fields={**person.fields, **_edit(dice, person)})
    after = replace(live, resources=changed)
    texts = {file: file.read_text() for file in tmp_path.rglob("*.yaml")}
    for _ in range(3):
        desired = read_back(tmp_path)
        report = drift.report(desired, after, diff.compare(desired, after), None, now=NOW)
        if not report.items:
            break
        assert edit.take(tmp_path, desired, report.items).diagnostics == ()
    assert diff.compare(read_back(tmp_path), after).changes == ()
    names = {
        name
        for file, text in texts.items()
        for name in _entries_of(text)
        if _entries_of(text)[name] != _entries_of(file.read_text()).get(name)
    }
    assert names == {person.fields["name"] for person in touched}


def _edit(dice: random.Random, person: Any) -> dict[str, Any]:
    edits: list[dict[str, Any]] = [
        {"preferred_name": f"Other {person.fields['name']}"},
        {"review_own_recordings": not person.fields["review_own_recordings"]},
        {"licenses": person.fields["licenses"] ^ {"sms"}},
        {"queues": {**person.fields["queues"], "queue-01": dice.choice((1, 2, 9))}},
        {"skills": {**person.fields["skills"], "claims": dice.choice((1, 2, 9))}},
        {"skills": {"claims": 9}},
        {"no_answer_destination": "3009"},
    ]
    return dice.choice(edits)


def _entries_of(text: str) -> dict[str, str]:
    parts = text.split("\n  - name: ")[1:]
    return {part.partition("\n")[0]: part for part in parts}
