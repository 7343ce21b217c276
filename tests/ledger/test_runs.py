"""What history tells of a run that ended, is going on, or died."""

import signal
import threading
from dataclasses import replace
from datetime import date

import pytest

from reconciler.ledger import RunState
from reconciler.ledger.sql import SqlLedger
from reconciler.model import (
    Action,
    Change,
    ConfigRef,
    Coverage,
    FieldChange,
    Outcome,
    Plan,
    Result,
    Verdict,
)
from reconciler.ordering import Baseline
from tests.ledger.kept import ANA, BO, Place, applied, operation, plan


def test_a_plan_is_used_once(ledger: SqlLedger) -> None:
    assert not ledger.was_used("01JD")
    assert ledger.use_plan("01JD", "acme")
    assert not ledger.use_plan("01JD", "acme")
    assert ledger.was_used("01JD")


def test_history_of_a_finished_run_counts_and_lists_what_became_of_it(ledger: SqlLedger) -> None:
    run = ledger.begin(plan())
    first, second, third = operation("op-1", name="Ana"), operation("op-2", BO), operation("op-3")
    ledger.intend(run, [first, second])
    outcomes = [
        *applied(first),
        Outcome(second, Result.FAILED, "409: no seat"),
        Outcome(third, Result.SKIPPED, "waits for op-2"),
    ]
    ledger.record(run, outcomes)
    ledger.finish(run, Verdict(tuple(outcomes), converged=False))
    (found,) = ledger.history("acme", run)
    assert (found.state, found.converged, found.unknown) == (RunState.FINISHED, False, 0)
    assert found.counts == {
        "applied": 1,
        "failed": 1,
        "skipped": 1,
        "not started": 0,
        "manual": 0,
    }
    kept = {one.id: one for one in found.operations}
    assert kept["op-1"].values == {"name": "Ana"}
    assert (kept["op-2"].result, kept["op-2"].because) == ("failed", "409: no seat")
    assert kept["op-1"].intended_at is not None
    assert kept["op-3"].intended_at is None


def test_history_has_the_newest_run_first_and_only_those_of_the_tenant(ledger: SqlLedger) -> None:
    first, second = ledger.begin(plan("01JA")), ledger.begin(plan("01JB"))
    assert [run.id for run in ledger.history("acme")] == [second, first]
    assert ledger.history("globex") == ()
    assert ledger.history("acme", "no-such-run") == ()


def test_a_run_that_holds_the_tenant_is_running_and_one_that_does_not_has_died(
    ledger: SqlLedger, place: Place
) -> None:
    with ledger.lease("acme", "apply"):
        run = ledger.begin(plan())
        assert ledger.history("acme", run)[0].state is RunState.RUNNING
    assert ledger.history("acme", run)[0].state is RunState.DIED


def test_after_a_kill_history_says_what_was_done_and_what_is_not_known(
    ledger: SqlLedger, place: Place
) -> None:
    child = place.start(
        "from tests.ledger.kept import applied, operation, plan\n"
        "with ledger.lease('acme', 'apply'):\n"
        "    run = ledger.begin(plan())\n"
        "    ledger.intend(run, [operation('op-1'), operation('op-2')])\n"
        "    ledger.record(run, applied(operation('op-1')))\n"
        "    print('meant', flush=True)\n"
        "    time.sleep(60)\n"
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "meant\n"
    child.send_signal(signal.SIGKILL)
    child.communicate()
    (found,) = ledger.history("acme")
    assert (found.state, found.finished_at) == (RunState.DIED, None)
    assert (found.counts["applied"], found.unknown) == (1, 1)
    assert [o.result for o in ledger.history("acme", found.id)[0].operations] == ["applied", None]


def test_many_threads_lose_nothing(ledger: SqlLedger) -> None:
    run = ledger.begin(plan())

    def work(number: int) -> None:
        for count in range(10):
            mine = operation(f"op-{number}-{count}", f"agent/{number}", name=str(count))
            ledger.intend(run, [mine])
            ledger.record(run, applied(mine))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (found,) = ledger.history("acme", run)
    assert found.counts["applied"] == 80
    declared = ledger.declared("acme")
    assert declared is not None
    assert {fields["name"] for fields in declared.fields.values()} == {"9"}


def test_what_was_applied_twice_in_a_run_is_kept_once(ledger: SqlLedger) -> None:
    run = ledger.begin(plan())
    ledger.intend(run, [operation("op-1", ANA)])
    ledger.record(run, [])
    ledger.record(run, applied(operation("op-1", ANA)))
    assert len(ledger.history("acme", run)[0].operations) == 1


# --- what an interrupted run was judged from ------------------------------------------------------

SUPPORT = "queue/support"
JOINS = Change(
    ANA, "agent", "Ana", Action.UPDATE, (FieldChange("queues.support", None, 5),), "files differ"
)
LEAVES = Change(
    BO, "agent", "Bo", Action.UPDATE, (FieldChange("queues.support", 5, None),), "files differ"
)


def swap(plan_id: str, before: int, *changes: Change) -> Plan:
    coverage = Coverage(SUPPORT, before, 4, 4, 5)
    return replace(plan(plan_id), changes=changes, coverage=(coverage,))


def test_the_rest_of_an_interrupted_run_has_its_baseline(ledger: SqlLedger) -> None:
    ledger.begin(swap("01JA", 4, JOINS, LEAVES))
    found = ledger.baseline("acme", [LEAVES])
    assert (found.before, found.lowest) == ({SUPPORT: 4}, {SUPPORT: 4})
    assert found.floor(SUPPORT, 5, 5) == 4
    assert ledger.baseline("globex", [LEAVES]) == Baseline()


def test_a_baseline_is_handed_on_until_a_run_of_the_changes_converged(ledger: SqlLedger) -> None:
    ledger.begin(swap("01JA", 4, JOINS, LEAVES))
    second = ledger.begin(swap("01JB", 5, LEAVES))
    assert ledger.baseline("acme", [LEAVES]).before == {SUPPORT: 4}
    ledger.finish(second, Verdict((), converged=False))
    assert ledger.baseline("acme", [LEAVES]).before == {SUPPORT: 4}
    ledger.finish(second, Verdict((), converged=True))
    assert ledger.baseline("acme", [LEAVES]) == Baseline()


def test_changes_that_lead_elsewhere_have_no_baseline(ledger: SqlLedger) -> None:
    ledger.begin(swap("01JA", 4, JOINS, LEAVES))
    other = replace(LEAVES, address="agent/cy.moss@acme.example")
    level = replace(JOINS, fields=(FieldChange("queues.support", None, 7),))
    gone = replace(LEAVES, action=Action.DELETE)
    for change in (other, level, gone):
        assert ledger.baseline("acme", [LEAVES, change]) == Baseline()


def test_who_stepped_aside_comes_back_under_the_same_baseline(ledger: SqlLedger) -> None:
    """The plan did not change the membership; its operations ended it and began it again."""
    back = operation("op-1", ANA, queues__sales=5)
    ledger.begin(replace(swap("01JA", 4, JOINS), operations=(back,)))
    fields = (*JOINS.fields, FieldChange("queues.sales", None, 5))
    assert ledger.baseline("acme", [replace(JOINS, fields=fields)]).before == {SUPPORT: 4}


@pytest.mark.parametrize(
    ("minimum", "before", "was", "lowest", "floor"),
    [
        (5, 5, 4, 4, 4),
        (5, 5, 4, 5, 5),
        (5, 3, 4, 4, 3),
        (2, 5, 4, 2, 2),
        (5, 5, 4, 0, 4),
        (None, 1, 0, 0, 0),
    ],
)
def test_a_floor_is_never_below_what_the_interrupted_plan_was_allowed(
    minimum: int | None, before: int, was: int, lowest: int, floor: int
) -> None:
    assert Baseline({SUPPORT: was}, {SUPPORT: lowest}).floor(SUPPORT, minimum, before) == floor


# --- the files of a run --------------------------------------------------------------------------

OTHER = ConfigRef("3f2a", False, 1, "sha256:" + "2" * 64)


def test_the_day_of_the_files_is_that_of_the_newest_whole_run_that_converged(
    ledger: SqlLedger,
) -> None:
    ledger.remember("acme", {ANA: {"name": "Ana"}})
    first = ledger.declared("acme")
    assert first is not None
    assert (first.as_of, first.config, first.times.keys()) == (None, None, {ANA})
    whole = replace(plan(), config=OTHER)
    next_day = replace(plan(), as_of=date(2026, 11, 25))
    for made, is_whole, converged in (
        (whole, True, True),
        (next_day, True, False),
        (replace(next_day, select=(ANA,)), True, True),
        (next_day, False, True),
    ):
        run = ledger.begin(made, is_whole=is_whole)
        ledger.finish(run, Verdict((), converged=converged))
    declared = ledger.declared("acme")
    assert declared is not None
    assert (declared.as_of, declared.config) == (date(2026, 11, 24), replace(OTHER, files=0))
    assert ledger.applied_as_of("acme", OTHER.hash) == date(2026, 11, 24)
    assert ledger.applied_as_of("acme", plan().config.hash) is None
    ledger.finish(ledger.begin(next_day), Verdict((), converged=True))
    assert ledger.applied_as_of("acme", plan().config.hash) == date(2026, 11, 25)
    assert ledger.applied_as_of("globex", OTHER.hash) is None
