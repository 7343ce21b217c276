"""What an edited plan document can do: nothing that the digest and the trusted files do not say.

Whoever can edit a document can write its checksum anew, so every edit here is made with a checksum
that fits. An edit is refused, or has no effect at all: the plan that is shown and carried out is
the one that was reviewed.
"""

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reconciler import diff, ledger, pipeline, planfile
from reconciler.errors import SetupError, StalePlanError
from reconciler.model import Action, Declared, Ledger, Plan, Reader, Reading, Tenant, Writer
from tests.conftest import Run
from tests.desired import read
from tests.make import agent, reading, resource
from tests.test_planfile import sealed

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
TENANT = Tenant("acme", "sandbox")
FILES = """
license_pools: {voice: {purchased: 6}, sms: {purchased: 2, requires: voice}}
extension_ranges: {team: {purpose: webrtc_agent, range: 4000-4019}}
queues: {support: {extension: 1001, min_agents: 1}, sales: {extension: 1002}}
skills: {spanish: {default_level: 5}}
agents:
  - {name: Ana Diaz, extension: 4002, email: ana.diaz@acme.example, licenses: [voice],
     queues: [support], recording_mode: automatic}
  - {name: Bo Chen, extension: 4001, email: bo.chen@acme.example, licenses: [voice, sms],
     queues: [support], skills: {spanish: 7}}
  - {name: Cy Roe, extension: 4003, email: cy.roe@acme.example, until: 2026-11-20}
  - {name: Di Ko, extension: 4004, email: di.ko@acme.example, until: 2026-11-20}
  - {name: Ed Lim, extension: 4005, email: ed.lim@acme.example, licenses: [voice],
     queues: [sales]}
policy:
  limits: {agent: {suspend: 2, update: 50}}
  protect: [queue/sales]
  allow: [{what: license.remove, count: 9, reason: tidying, until: 2026-12-31}]
"""
LICENSED: dict[str, Any] = {"licenses": ["voice"], "queues": {"support": 5}, "skills": {}}
LIVE = reading(
    agent(4001, "Ana Diaz", recording_mode="manual", **LICENSED),
    agent(4002, "Bo Chen", **LICENSED),
    agent(4003, "Cy Roe", **LICENSED),
    agent(4004, "Di Ko", **LICENSED),
    agent(4017, "Temp Desk", licenses=[], queues={}, skills={}),
    resource("queue/support", extension="1001"),
    resource("queue/sales", extension="1002"),
    resource("skill/spanish", default_level=5),
    resource("license_pool/voice", purchased=6, assigned=4),
    resource("license_pool/sms", purchased=2, assigned=0),
)
Document = dict[str, Any]


class Listing:
    """A tenant, opened, that shows one reading and takes nothing."""

    def __init__(self, shown: Reading) -> None:
        self._shown = shown

    @property
    def reader(self) -> Reader:
        return self

    @property
    def writer(self) -> Writer:
        raise AssertionError("nothing is written here")

    def read(self) -> Reading:
        return self._shown

    def close(self) -> None:
        """Nothing is open."""


@dataclass(frozen=True)
class Desk:
    """Trusted files, a tenant and a ledger; `apply` of a document up to its first write."""

    root: Path
    kept: Ledger
    files: str = FILES
    live: Reading = LIVE
    now: datetime = NOW

    @property
    def environment(self) -> pipeline.Environment:
        return pipeline.Environment({}, self.root, self.now)

    def checked(self) -> pipeline.ValidationResult:
        found = read(self.files, as_of=self.now.date())
        return pipeline.ValidationResult(found.desired, ())

    def plan(self, **wanted: Any) -> Document:
        desired = self.checked().desired
        assert desired
        comparison = diff.compare(desired, self.live)
        compared = pipeline.ComparisonResult(desired, self.live, None, comparison)
        made = pipeline.plan(compared, self.environment, pipeline.PlanOptions(**wanted), ())
        return planfile.document(made)

    def prepare(self, document: Document, digest: str | None = None) -> pipeline.PreparedPlan:
        saved: Plan = planfile.parse(sealed(document))
        pipeline.verify_saved_plan(saved, TENANT, self.environment, self.kept, digest)
        return pipeline.prepare(
            saved,
            self.checked(),
            self.root,
            Listing(self.live),
            self.environment,
            pipeline.PlanOptions(),
            kept=self.kept,
        )


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    kept = ledger.open_ledger(TENANT, environ={}, root=tmp_path)
    yield Desk(tmp_path, kept)
    kept.close()


def effect(prepared: pipeline.PreparedPlan) -> tuple[Any, ...]:
    """All that is shown and all that is done."""
    return planfile.document(prepared.plan), prepared.graph.operations, prepared.blockers


def scalars(value: Any) -> Iterator[tuple[Any, Any]]:
    for key in list(value) if isinstance(value, dict) else range(len(value)):
        if isinstance(value[key], dict | list):
            yield from scalars(value[key])
        else:
            yield value, key


def lists(value: Any) -> Iterator[list[Any]]:
    if isinstance(value, list):
        yield value
    for below in value.values() if isinstance(value, dict) else value:
        if isinstance(below, dict | list):
            yield from lists(below)


def others(value: Any) -> list[Any]:
    """Values that a person who wants something else would write."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [0, value + 1]
    return ["id-3", "2031-01-01", "2031-01-01T00:00:00Z", "agent/temp.desk@acme.example", None]


def outcome(desk: Desk, document: Document, digest: str | None) -> tuple[Any, ...] | None:
    """The effect of an edited document; None where it is refused."""
    try:
        return effect(desk.prepare(document, digest))
    except (SetupError, StalePlanError):
        return None


def test_the_plan_that_nobody_edited_is_made_again_as_it_was(desk: Desk) -> None:
    document = desk.plan()
    prepared = desk.prepare(document, document["digest"])
    assert [c["action"] for c in document["changes"]].count("suspend") == 2
    assert any("parked" in operation["why"] for operation in document["operations"])
    assert prepared.plan.applyable
    assert planfile.document(prepared.plan) == document


@pytest.mark.parametrize("is_expected", [True, False])
def test_no_value_of_a_document_can_be_exchanged_with_an_effect(
    desk: Desk, is_expected: bool
) -> None:
    document = desk.plan()
    digest = document["digest"] if is_expected else None
    reviewed, tried = effect(desk.prepare(document)), 0
    for holder, key in list(scalars(document)):
        was = holder[key]
        for other in others(was):
            if other != was:
                holder[key] = other
                tried += 1
                assert outcome(desk, document, digest) in (None, reviewed), (key, was, other)
        holder[key] = was
    assert tried > 300


def test_no_entry_can_be_left_out_doubled_or_moved_with_an_effect(desk: Desk) -> None:
    document = desk.plan()
    reviewed, tried = effect(desk.prepare(document)), 0
    for entries in [found for found in lists(document) if found]:
        was = list(entries)
        for edited in (was[1:], [], [*was, was[0]], was[::-1], [*was[1:], was[0]]):
            entries[:] = copy.deepcopy(edited)
            tried += 1
            assert outcome(desk, document, document["digest"]) in (None, reviewed)
        entries[:] = was
    assert tried > 90


FORGED: dict[str, Callable[[Document], Any]] = {
    "nothing blocks": lambda d: d.update(blockers=[], applyable=True, complete=True),
    "no findings": lambda d: d.update(diagnostics=[], blockers=[], applyable=True),
    "another policy": lambda d: d.update(
        policy={"limits": {"agent.suspend": 99}, "protect": [], "absent_percent": 100},
        blockers=[],
        applyable=True,
    ),
    "no minimum": lambda d: (
        [d.update(blockers=[], applyable=True)] + [row.update(minimum=0) for row in d["coverage"]]
    ),
    "a waiver more": lambda d: d["policy"].update(
        waivers=[
            {
                "rule": "queue-under-minimum",
                "address": "queue/support",
                "reason": "",
                "until": None,
            }
        ]
    ),
    "all of it at once": lambda d: d.update(
        blockers=[], applyable=True, diagnostics=[], policy={}, coverage=[], seats=[]
    ),
}
BLOCKED = {
    "too many suspensions": FILES.replace("suspend: 2", "suspend: 1"),
    "somebody protected": FILES.replace("[queue/sales]", "[queue/sales, agent/4004]"),
    "a queue below its minimum": FILES.replace("min_agents: 1", "min_agents: 3"),
    "skills that were emptied": FILES.replace("{spanish: {default_level: 5}}", "{}").replace(
        ", skills: {spanish: 7}", ""
    ),
    "a stranger on the number": FILES.replace(
        "name: Cy Roe, extension: 4003, email: cy.roe@acme.example, until: 2026-11-20",
        "name: Zoe Ma, extension: 4003, email: zoe.ma@acme.example",
    ),
}


@pytest.mark.parametrize("forged", FORGED)
@pytest.mark.parametrize("blocked", BLOCKED)
def test_what_is_blocked_stays_blocked_whatever_the_document_says(
    blocked: str, forged: str, desk: Desk
) -> None:
    stopping = Desk(desk.root, desk.kept, files=BLOCKED[blocked])
    document = stopping.plan()
    reviewed = stopping.prepare(document, document["digest"])
    assert reviewed.blockers
    assert not document["applyable"]
    FORGED[forged](document)
    prepared = stopping.prepare(document, document["digest"])
    assert prepared.blockers == reviewed.blockers
    assert not prepared.plan.applyable


def test_what_the_files_allow_now_passes_a_plan_that_was_blocked(desk: Desk) -> None:
    """It is made again as one that may be applied: by the files, not by the document."""
    document = Desk(desk.root, desk.kept, files=BLOCKED["too many suspensions"]).plan()
    assert not document["applyable"]
    assert desk.prepare(document).plan.applyable


def test_stricter_files_stop_a_plan_that_was_not_blocked(desk: Desk) -> None:
    document = desk.plan()
    strict = Desk(desk.root, desk.kept, files=BLOCKED["too many suspensions"])
    assert [b.guard for b in strict.prepare(document).blockers] == ["agent.suspend"]


# --- the files moved on --------------------------------------------------------------------------


def test_a_plan_whose_files_moved_on_is_judged_by_the_files_of_now(desk: Desk) -> None:
    document = desk.plan()
    later = FILES.replace("recording_mode: automatic", "recording_mode: disabled")
    moved = Desk(desk.root, desk.kept, files=later).prepare(document)
    assert moved.moved_on
    assert moved.plan.applyable
    ana = next(c for c in moved.plan.changes if c.label == "4002 Ana Diaz")
    assert {item.path: item.after for item in ana.fields}["recording_mode"] == "automatic"
    strict = later.replace("suspend: 2", "suspend: 1")
    assert Desk(desk.root, desk.kept, files=strict).prepare(document).blockers


def test_what_the_same_files_do_not_ask_for_is_refused(desk: Desk) -> None:
    """Even under a digest that fits, when nobody says which one was approved."""
    document = desk.plan()
    ana = next(c for c in document["changes"] if c["label"] == "4002 Ana Diaz")
    mode = next(f for f in ana["fields"] if f["path"] == "recording_mode")
    mode["after"] = "disabled"
    for operation in document["operations"]:
        if "recording_mode" in operation["set"]:
            operation["set"]["recording_mode"] = "disabled"
    forged = planfile.document(planfile.identified(planfile.parse(sealed(document)), bytes(5)))
    with pytest.raises(StalePlanError, match="do not ask for"):
        desk.prepare(forged)


def test_a_selection_is_kept(desk: Desk) -> None:
    document = desk.plan(select=("agent/4003",))
    prepared = desk.prepare(document, document["digest"])
    assert [c.label for c in prepared.plan.changes] == ["4003 Cy Roe"]
    assert planfile.document(prepared.plan) == document


def test_who_was_declared_when_the_plan_was_made_is_taken_out_without_another_proof(
    desk: Desk,
) -> None:
    """The proof was `--base`, and is under the digest; of anybody else nothing is believed."""
    files = FILES.replace("range: 4000-4019", "range: 4000-4019, unlisted: suspend").replace(
        "suspend: 2", "suspend: 3"
    )
    place = Desk(desk.root, desk.kept, files=files)
    desired = place.checked().desired
    assert desired
    gone = Declared("main", frozenset(["agent/temp.desk@acme.example"]))
    comparison = diff.compare(desired, LIVE, declared=gone)
    compared = pipeline.ComparisonResult(desired, LIVE, gone, comparison)
    made = pipeline.plan(compared, place.environment, pipeline.PlanOptions(), ())
    assert [c.action for c in place.prepare(planfile.document(made)).plan.changes].count(
        Action.SUSPEND
    ) == 3
    assert [c["action"] for c in place.plan()["changes"]].count("suspend") == 2


# --- days, expiry, single use --------------------------------------------------------------------


def test_a_plan_is_refused_once_it_has_expired(desk: Desk) -> None:
    document = desk.plan()
    last = datetime.fromisoformat(document["expires_at"])
    assert timedelta(days=7) <= last - NOW <= timedelta(days=8)
    with pytest.raises(StalePlanError, match="expired at 2026-12-02 00:00 UTC"):
        Desk(desk.root, desk.kept, now=last).prepare(document)
    assert Desk(desk.root, desk.kept, now=last - timedelta(seconds=1)).prepare(document)


def test_a_plan_is_refused_once_it_was_used_and_under_another_id_as_well(desk: Desk) -> None:
    document = desk.plan()
    pipeline.start(desk.prepare(document), desk.kept)
    with pytest.raises(StalePlanError, match="used before"):
        desk.prepare(document)
    document["plan_id"] = desk.plan()["plan_id"][:-1] + "Z"
    with pytest.raises(StalePlanError, match="its id does not fit"):
        desk.prepare(document)


def test_two_who_start_the_same_plan_at_once_do_not_both_run_it(desk: Desk) -> None:
    first, second = (desk.prepare(desk_plan) for desk_plan in [desk.plan()] * 2)
    pipeline.start(first, desk.kept)
    assert first.plan.plan_id == second.plan.plan_id
    with pytest.raises(StalePlanError, match="used before"):
        pipeline.start(second, desk.kept)


def test_the_same_plan_made_again_has_the_same_digest_and_another_id(desk: Desk) -> None:
    first, again = desk.plan(), desk.plan()
    later = Desk(desk.root, desk.kept, now=NOW + timedelta(hours=3)).plan()
    assert first["digest"] == again["digest"] == later["digest"]
    assert len({first["plan_id"], again["plan_id"], later["plan_id"]}) == 3


def test_a_plan_of_yesterday_is_applied_where_nothing_differs_today(desk: Desk) -> None:
    document = Desk(desk.root, desk.kept, now=NOW - timedelta(days=1)).plan()
    assert document["as_of"] == "2026-11-23"
    prepared = desk.prepare(document)
    assert prepared.plan.applyable
    assert prepared.plan.as_of.isoformat() == "2026-11-24"


@pytest.mark.parametrize(
    ("files", "days", "said"),
    [
        (FILES.replace("2026-11-20", "2026-12-24", 1), 31, "expires with its seventh day"),
        (FILES.replace("2026-11-20", "2026-11-22", 1), -3, "there is another one"),
        (
            FILES.replace("suspend: 2", "suspend: 1").replace(
                "allow: [", "allow: [{what: agent.suspend, count: 2, until: 2026-11-22}, "
            ),
            -2,
            "for today it is blocked",
        ),
    ],
)
def test_a_plan_of_another_day_is_refused_where_today_differs(
    files: str, days: int, said: str, desk: Desk
) -> None:
    then = Desk(desk.root, desk.kept, files=files, now=NOW + timedelta(days=days))
    document = then.plan()
    assert document["applyable"]
    with pytest.raises(StalePlanError, match=said):
        Desk(desk.root, desk.kept, files=files).prepare(document)


# --- whole runs ----------------------------------------------------------------------------------


def test_an_edited_document_is_refused_by_every_verb_that_reads_it(company: Path, run: Run) -> None:
    assert run("plan", "-o", "plan.json").code == 0
    document = json.loads((company / "plan.json").read_text())
    document["blockers"], document["seats"][0]["after"] = [], 1
    (company / "plan.json").write_text(json.dumps(document))
    for command in (("apply", "plan.json", "--yes"), ("show", "plan.json")):
        ran = run(*command)
        assert (ran.code, ran.out) == (5, "")
        assert "edited" in ran.err
    (company / "plan.json").write_text(sealed(document))
    assert run("show", "plan.json").code == 0
    applied = run("apply", "plan.json", "--yes", "--expect-digest", document["digest"])
    assert applied.code == 0


def test_the_expected_digest_is_asked_for_before_anything_is_read(company: Path, run: Run) -> None:
    assert run("plan", "-o", "plan.json").code == 0
    ran = run("apply", "plan.json", "--yes", "--expect-digest", "sha256:" + "0" * 64)
    assert ran.code == 5
    assert "was approved" in ran.err


def test_a_saved_plan_is_applied_whole(company: Path, run: Run) -> None:
    assert run("plan", "-o", "plan.json").code == 0
    assert run("apply", "plan.json", "--select", "agent/4002", "--yes").code == 64
