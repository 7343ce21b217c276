"""A tenant that can be read and not written: plans show what differs, and cannot be applied."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reconciler import diff, pipeline
from reconciler.model import Action, Plan, Reading
from reconciler.render import text
from tests.make import FULL, agent, desired, reading

OBSERVED = replace(FULL, writable={}, creates=frozenset(), deletes=frozenset())
ANA = agent(4001, "Ana Diaz", preferred_name="Ana")
BO = agent(4002, "Bo Chen")
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def planned(root: Path, live: Reading, *agents: object) -> Plan:
    wanted = desired(*agents)  # type: ignore[arg-type]
    compared = pipeline.ComparisonResult(wanted, live, None, diff.compare(wanted, live))
    environment = pipeline.Environment({}, root, NOW)
    return pipeline.plan(compared, environment, pipeline.PlanOptions(), ())


def test_what_can_be_read_alone_is_observe_only() -> None:
    assert OBSERVED.observe_only
    assert not FULL.observe_only
    assert not replace(OBSERVED, by_hand=FULL.writable).observe_only


@pytest.mark.parametrize(
    ("live", "action"),
    [((agent(4001, "Ana Diaz", preferred_name="Anna"),), Action.UPDATE), ((BO,), Action.CREATE)],
)
def test_a_plan_of_an_observed_tenant_shows_its_changes_and_cannot_be_applied(
    live: tuple[object, ...], action: Action, tmp_path: Path
) -> None:
    made = planned(tmp_path, reading(*live, capabilities=OBSERVED), ANA)  # type: ignore[arg-type]
    assert [change.action for change in made.changes] == [action]
    assert not made.applyable
    assert [blocker.guard for blocker in made.blockers] == ["observe-only"]
    shown = text.plan(made, detail=True)
    assert "can only be observed" in shown
    assert "can be applied" not in shown
    assert "by hand" not in shown


def test_an_observed_tenant_that_is_as_the_files_say_blocks_nothing(tmp_path: Path) -> None:
    made = planned(tmp_path, reading(ANA, capabilities=OBSERVED), ANA)
    assert made.changes == made.blockers == ()
