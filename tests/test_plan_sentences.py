"""A plan in plain language: the words, their order, and that no count is lost."""

from dataclasses import replace
from typing import Any

import pytest

from reconciler.model import (
    Access,
    Action,
    Change,
    Coverage,
    FieldChange,
    Plan,
    RangeUse,
    Seats,
    Value,
)
from reconciler.plan import sentences
from reconciler.plan.sentences import number
from tests.render.made import plan


def people(count: int) -> tuple[str, ...]:
    return tuple(f"agent/{n}@acme.example" for n in range(count))


def row(address: str, before: int, lowest: int, after: int, **more: Any) -> Coverage:
    return Coverage(address, before, lowest, after, more.pop("minimum", None), **more)


def said(**values: Any) -> tuple[str, ...]:
    return sentences(plan(**values))


def of(*rows: Coverage) -> tuple[str, ...]:
    return said(coverage=rows)


def changed(path: str, before: Value, after: Value, kind: str = "agent", name: str = "a") -> Change:
    field = FieldChange(path, before, after)
    return Change(f"{kind}/{name}", kind, "", Action.UPDATE, (field,), "")


def told(*changes: Change) -> tuple[str, ...]:
    return said(changes=changes)


@pytest.mark.parametrize(
    ("count", "word"), [(0, "no"), (1, "one"), (2, "two"), (12, "twelve"), (13, "13"), (800, "800")]
)
def test_numbers_are_words_up_to_twelve(count: int, word: str) -> None:
    assert number(count) == word


def test_a_plan_that_changes_nothing_of_it_says_nothing() -> None:
    steady = row("queue/billing", 5, 5, 5, minimum=2)
    pool = Seats("voice", 10, 5, 5, 5, 5, 0)
    full = RangeUse("agents", "4000", "4001", 2, 2, 0, 0)
    assert said(coverage=(steady,), seats=(pool,), extensions=(full,)) == ()


# --- who stops, who starts -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("leave", "after", "sentence"),
    [
        (2, 3, "Two people stop receiving billing calls; three remain."),
        (1, 1, "One person stops receiving billing calls; one remains."),
        (50, 13, "50 people stop receiving billing calls; 13 remain."),
    ],
)
def test_who_stops_receiving_calls(leave: int, after: int, sentence: str) -> None:
    before = leave + after
    assert of(row("queue/billing", before, after, after, leave=people(leave))) == (sentence,)


@pytest.mark.parametrize(
    ("join", "after", "sentence"),
    [
        (1, 1, "One person starts receiving Billing calls; there is one then."),
        (2, 9, "Two people start receiving Billing calls; there are nine then."),
    ],
)
def test_who_starts_receiving_calls(join: int, after: int, sentence: str) -> None:
    """Names keep their capitals."""
    before = after - join
    assert of(row("queue/Billing", before, before, after, join=people(join))) == (sentence,)


def test_a_skill_is_called_one() -> None:
    assert of(row("skill/spanish", 3, 2, 2, leave=people(1))) == (
        "One person stops receiving calls for skill spanish; two remain.",
    )


def test_the_emptiest_queue_is_told_before_the_one_that_most_leave() -> None:
    found = of(
        row("queue/a", 20, 10, 10, leave=people(10)),
        row("queue/b", 3, 2, 2, leave=people(1)),
        row("queue/c", 12, 10, 10, leave=people(2)),
    )
    assert [sentence.split()[4] for sentence in found] == ["b", "a", "c"]


# --- queues that fall ----------------------------------------------------------------------------


def test_a_queue_that_runs_empty_comes_first() -> None:
    found = of(
        row("queue/a", 5, 4, 4, leave=people(1)),
        row("queue/b", 5, 1, 1, minimum=2, leave=people(4)),
        row("queue/Z", 2, 0, 0, leave=people(2)),
    )
    assert found == (
        "Nobody is left in queue Z: its callers reach nobody.",
        "Queue b falls to one, below its minimum of two.",
        "Two people stop receiving Z calls; none remain.",
        "Four people stop receiving b calls; one remains.",
        "One person stops receiving a calls; four remain.",
    )


def test_nobody_with_a_skill_is_left() -> None:
    assert of(row("skill/spanish", 1, 0, 0, leave=people(1)))[0] == (
        "Nobody with skill spanish is left: calls for it reach nobody."
    )


def test_a_queue_that_was_empty_before_is_not_told() -> None:
    assert of(row("queue/b", 0, 0, 0, minimum=2)) == ()


def test_a_queue_that_had_fewer_than_its_minimum_falls_below_what_it_had() -> None:
    assert of(row("queue/b", 3, 2, 2, minimum=5, leave=people(1)))[0] == (
        "Queue b falls to two, below the three that it had."
    )


@pytest.mark.parametrize(("after", "told"), [(2, False), (1, True)])
def test_a_queue_at_its_minimum_is_not_below_it(after: int, told: bool) -> None:
    found = of(row("queue/b", 3, after, after, minimum=2, leave=people(3 - after)))
    assert found[0].startswith("Queue b falls") is told


# --- dips ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lowest", "minimum", "sentence"),
    [
        (2, None, "This plan dips: for a moment queue b has only two."),
        (0, None, "This plan dips: for a moment queue b has nobody."),
        (1, 2, "This plan dips: for a moment queue b has only one, below its minimum of two."),
        (2, 2, "This plan dips: for a moment queue b has only two."),
    ],
)
def test_a_dip_is_said_to_be_of_this_plan(lowest: int, minimum: int | None, sentence: str) -> None:
    assert of(row("queue/b", 3, lowest, 3, minimum=minimum)) == (sentence,)


def test_no_dip_is_where_the_lowest_moment_is_before_or_after() -> None:
    assert not any("dips" in line for line in of(row("queue/b", 3, 2, 2, leave=people(1))))
    assert not any("dips" in line for line in of(row("queue/b", 2, 2, 3, join=people(1))))


# --- people --------------------------------------------------------------------------------------


def test_who_loses_access_is_told_before_who_gains_it() -> None:
    assert said(access=Access(gain=people(2), lose=people(1))) == (
        "One person can no longer sign in and take calls.",
        "Two people can sign in and take calls from now on.",
    )


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (changed("extension", "4001", "4002"), "One person gets another extension."),
        (
            changed("email", "a@x.example", "b@x.example"),
            "One person signs in with another e-mail.",
        ),
        (
            changed("recording_mode", "automatic", "disabled"),
            "One person is no longer recorded automatically.",
        ),
        (
            changed("recording_mode", "automatic_pausing_prohibited", "manual"),
            "One person is no longer recorded automatically.",
        ),
        (
            changed("extension", "1001", "1009", "queue", "Sales"),
            "Queue Sales moves from 1001 to 1009.",
        ),
        (changed("extension", "1001", None, "queue", "b"), "Queue b loses its extension 1001."),
    ],
)
def test_what_else_people_notice(change: Change, sentence: str) -> None:
    assert told(change) == (sentence,)


@pytest.mark.parametrize(
    "change",
    [
        changed("extension", None, "4002"),
        changed("extension", "4002", None),
        changed("extension", None, "1001", "queue"),
        changed("priority", 5, 6, "queue"),
        changed("preferred_name", "automatic", "manual"),
        changed("recording_mode", "automatic", "automatic_pausing_prohibited"),
        changed("recording_mode", "automatic", None),
        changed("recording_mode", None, "disabled"),
        changed("recording_mode", "manual", "disabled"),
        changed("preferred_name", "Ana", "Anita"),
    ],
)
def test_what_nobody_notices_is_not_told(change: Change) -> None:
    assert told(change) == ()


def test_who_is_deleted_is_told() -> None:
    gone = replace(changed("extension", None, None), action=Action.DELETE, fields=())
    assert told(gone, replace(gone, address="agent/b")) == ("Two people are deleted.",)


def test_fifty_alike_changes_are_one_sentence() -> None:
    changes = (changed("extension", f"{4000 + n}", f"{5000 + n}", name=f"{n}") for n in range(50))
    assert told(*changes) == ("50 people get another extension.",)


# --- seats and ranges ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pool", "sentence"),
    [
        (Seats("voice", 10, 7, 9, 9, 1, 0), "Voice takes two more of its seats; one stays free."),
        (Seats("sms", 10, 7, 8, 8, 2, 0), "SMS takes one more of its seats; two stay free."),
        (
            Seats("web_chat", 10, 9, 10, 10, 0, 0),
            "Web chat takes one more of its seats; none stay free.",
        ),
        (Seats("voice", None, 7, 9, 9, None, 0), "Voice takes two more of its seats."),
        (Seats("voice", 10, 7, 4, 7, 6, 0), "Voice gives back three of its seats."),
        (Seats("voice", 5, 7, 6, 7, 0, 1), "Voice gives back one of its seats."),
        (Seats("voice", 8, 7, 9, 9, 0, 1), "Voice needs 9 seats, and 8 were purchased."),
        (Seats("voice", 1, 1, 2, 2, 0, 1), "Voice needs 2 seats, and 1 was purchased."),
    ],
)
def test_what_a_plan_takes_of_the_seats(pool: Seats, sentence: str) -> None:
    assert said(seats=(pool,)) == (sentence,)


def test_a_pool_that_stays_over_is_not_this_plans_doing() -> None:
    assert said(seats=(Seats("voice", 5, 7, 7, 7, 0, 2),)) == ()


def test_seats_that_are_missing_are_told_before_those_that_are_taken() -> None:
    pools = (Seats("sms", 9, 1, 2, 2, 7, 0), Seats("voice", 1, 1, 2, 2, 0, 1))
    assert [line.split()[0] for line in said(seats=pools)] == ["Voice", "SMS"]


def test_a_range_that_this_plan_fills_is_told() -> None:
    full = RangeUse("agents", "4000", "4001", 1, 2, 0, 0)
    assert said(extensions=(full,)) == ("Extension range agents is full then.",)
    assert said(extensions=(replace(full, free=1),)) == ()


def test_the_risk_stands_first() -> None:
    """What people lose, then what it takes, then what they gain."""
    made: Plan = plan(
        changes=(changed("extension", "4001", "4002"),),
        coverage=(
            row("queue/a", 1, 1, 2, join=people(1)),
            row("queue/b", 3, 1, 3),
            row("queue/c", 3, 0, 0, leave=people(3)),
        ),
        seats=(Seats("voice", 9, 1, 2, 2, 7, 0),),
        access=Access(people(1), people(1)),
        extensions=(RangeUse("agents", "4000", "4001", 1, 2, 0, 0),),
    )
    starts = [line[:12] for line in sentences(made)]
    assert starts == [
        *("Nobody is le", "This plan di", "Three people", "One person c", "One person g"),
        *("Voice takes ", "One person s", "One person c", "Extension ra"),
    ]
