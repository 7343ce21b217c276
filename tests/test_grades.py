"""The three grades on their way: from a comparison into plan, report and verdict."""

from datetime import timedelta

from reconciler import diff, drift
from reconciler.evidence import grades
from reconciler.model import Attestation, Declared, DriftClass, Grade, Graded
from tests.make import agent, desired
from tests.test_evidence import ANA, DAY, KNOWN, NOW, weighed, words


def graded(field: str, *counts: int, by: tuple[str, ...] = (), days: int | None = None) -> Graded:
    return Graded("agent", field, *counts, by, None if days is None else NOW - days * DAY)


def test_a_part_that_somebody_vouched_for_counts_as_attested_in_the_whole() -> None:
    whole = [graded("email", 3, 0, 0), graded("recording_mode", 0, 2, 38, by=("ana",), days=12)]
    before, after = (
        [graded("recording_mode", 0, 0, 12)],
        [graded("recording_mode", 0, 12, 0, by=("sam",), days=0)],
    )
    assert grades.regraded(whole, before, after) == (
        graded("email", 3, 0, 0),
        graded("recording_mode", 0, 14, 26, by=("ana", "sam"), days=12),
    )


def test_a_part_of_which_nothing_was_known_is_added() -> None:
    new = graded("licenses", 0, 0, 2)
    assert grades.regraded([], [], [new]) == (new,)


def test_a_part_that_is_not_attested_any_more_names_nobody() -> None:
    was = graded("licenses", 0, 1, 0, by=("ana",), days=3)
    assert grades.regraded([was], [was], [graded("licenses", 1, 0, 0)]) == (
        graded("licenses", 1, 0, 0),
    )


def test_a_word_of_the_files_is_nobodys() -> None:
    said = Attestation("agent/4001", "email", None, "main", NOW, grades.BASE)
    assert [grades.grade(None), grades.grade(said)] == [Grade.OBSERVED, Grade.UNOBSERVED]


def test_drift_says_what_the_live_side_stands_on() -> None:
    said = {**KNOWN, "recording_mode": "disabled"}
    seen = weighed(words(ANA.address, said, at=NOW - timedelta(days=12)))
    declared = Declared(
        "main", frozenset({ANA.address}), fields={ANA.address: {"recording_mode": "manual"}}
    )
    wanted = desired(ANA)
    found = diff.compare(wanted, seen, declared=declared)
    report = drift.report(wanted, seen, found, declared, now=NOW)
    (item,) = report.items
    assert (item.drift, item.live) == (DriftClass.DRIFT, "disabled")
    assert item.word
    assert (item.word.by, report.grades) == ("sam", found.grades)
    assert report.tool_version


def test_an_edit_of_what_nobody_saw_is_pending_and_its_live_side_is_nobodys() -> None:
    ana = agent(4001, "Ana Diaz", recording_mode="manual")
    declared = Declared(
        "main", frozenset({ana.address}), fields={ana.address: {"recording_mode": "disabled"}}
    )
    wanted, seen = desired(ana), weighed([])
    found = diff.compare(wanted, seen, declared=declared)
    (item,) = drift.report(wanted, seen, found, declared, now=NOW).items
    assert item.drift is DriftClass.PENDING
    assert grades.grade(item.word) is Grade.UNOBSERVED
