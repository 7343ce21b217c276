"""A person's answers: what is recorded when, taken back, left out, and what the lists bear out."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from reconciler import ledger, worksheet
from reconciler.model import (
    Attestation,
    Ledger,
    Operation,
    Outcome,
    Reading,
    Resource,
    Result,
    Tenant,
    TenantRef,
    Value,
    Verb,
)
from reconciler.providers.xima import CAPABILITIES
from reconciler.worksheet import Answer, Proof, Sheet, Step, Visit, Walk
from tests.make import reading, resource

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
BO, CY = "agent/bo@acme.example", "agent/cy@acme.example"
OPERATIONS = (
    Operation("op-1", BO, "agent", Verb.CREATE, {}),
    Operation("op-2", CY, "agent", Verb.UPDATE, {}, after=("op-1",)),
    Operation("op-3", "queue/night", "queue", Verb.CREATE, {}),
)


def step(number: int, operation: str, address: str, path: str, value: Value, **how: object) -> Step:
    settings: dict[str, object] = {
        "title": f"step {number}",
        "label": "",
        "clicks": (),
        "entries": (),
        "check": "",
        "why": "",
        **how,
    }
    return Step(
        id=f"id-{number}",
        number=number,
        address=address,
        set={path: value},
        operations=(operation,),
        **settings,  # type: ignore[arg-type]
    )


CREATE = step(1, "op-1", BO, "name", "Bo Chen")
LICENSE = step(
    2,
    "op-1",
    BO,
    "licenses.voice",
    True,
    waits_for_save=True,
    proof=Proof.APPEARS,
    row="Bo Chen(4002)",
)
OTHER = step(3, "op-2", CY, "licenses.voice", None, waits_for_save=True)
LEVELS = step(4, "op-1", BO, "queues.support", 5, waits_for_save=True)
NIGHT = step(5, "op-3", "queue/night", "extension", "1900", proof=Proof.APPEARS, row="night")
SHEET = Sheet(
    TenantRef("acme", "xima", None),
    "01JD",
    "sha256:0",
    NOW,
    date(2026, 11, 24),
    (
        Visit("Agent Licensing", (), (CREATE, LICENSE, OTHER), "Save"),
        Visit("Skill Levels", (), (LEVELS,), "Save"),
        Visit("Manage Skills", (), (NIGHT,), ""),
    ),
)


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Ledger]:
    found = ledger.open_ledger(Tenant("acme", "xima"), environ={}, root=tmp_path)
    yield found
    found.close()


@pytest.fixture
def walk(kept: Ledger) -> Walk:
    return Walk(SHEET, OPERATIONS, kept, by="sam", clock=lambda: NOW)


def recorded(kept: Ledger) -> dict[str, Value]:
    return {f"{word.address} {word.path}": word.value for word in kept.attestations("acme")}


def asked(walk: Walk) -> str | None:
    """The title of what is asked; `save` for the save of a page."""
    stop = walk.current
    if stop is None:
        return None
    return stop.step.title if stop.step else "save"


def results(walk: Walk) -> list[Result]:
    return [outcome.result for outcome in walk.outcomes(OPERATIONS)]


def test_a_dialog_counts_at_once_and_boxes_when_their_page_is_saved(
    walk: Walk, kept: Ledger
) -> None:
    assert walk.answer(Answer.DONE) == [CREATE]
    assert recorded(kept) == {f"{BO} name": "Bo Chen"}
    assert walk.answer(Answer.DONE) == []
    assert walk.answer(Answer.DONE) == []
    assert len(recorded(kept)) == 1
    assert asked(walk) == "save"
    assert walk.answer(Answer.DONE) == [LICENSE, OTHER]
    assert len(recorded(kept)) == 3


def test_a_page_on_which_nothing_was_ticked_needs_no_save(walk: Walk) -> None:
    for _ in range(3):
        walk.answer(Answer.SKIPPED)
    assert asked(walk) == "step 5"


def test_whoever_leaves_a_page_unsaved_has_its_steps_open(walk: Walk, kept: Ledger) -> None:
    walk.answer(Answer.DONE)
    walk.answer(Answer.DONE)
    assert walk.leave() == 1
    assert walk.current is None
    assert recorded(kept) == {f"{BO} name": "Bo Chen"}
    assert results(walk) == [Result.NOT_STARTED] * 3


def test_a_save_that_failed_fails_its_steps(walk: Walk, kept: Ledger) -> None:
    for _ in range(3):
        walk.answer(Answer.DONE)
    assert walk.answer(Answer.FAILED, "the page is gone") == []
    assert asked(walk) == "step 5"
    walk.leave()
    assert results(walk)[0] is Result.FAILED
    assert walk.outcomes(OPERATIONS)[0].because == "the page is gone"
    assert recorded(kept) == {f"{BO} name": "Bo Chen"}


def test_back_takes_a_word_back(walk: Walk, kept: Ledger) -> None:
    assert walk.back() is False
    walk.answer(Answer.DONE)
    assert walk.back() is True
    assert (recorded(kept), asked(walk)) == ({}, "step 1")


def test_back_over_a_save_takes_its_words_back(walk: Walk, kept: Ledger) -> None:
    for _ in range(4):
        walk.answer(Answer.DONE)
    assert asked(walk) == "step 4"
    assert walk.back() is True
    assert asked(walk) == "save"
    assert recorded(kept) == {f"{BO} name": "Bo Chen"}
    assert walk.answer(Answer.DONE) == [LICENSE, OTHER]


def test_back_passes_over_what_was_left_out_by_itself(walk: Walk) -> None:
    walk.answer(Answer.SKIPPED)
    assert asked(walk) == "step 5"
    assert walk.back() is True
    assert asked(walk) == "step 1"


def test_what_somebody_said_before_stands_again(kept: Ledger) -> None:
    before = Attestation(BO, "name", "Bo Older", "kim", NOW - timedelta(days=3))
    kept.attest("acme", [before])
    walk = Walk(SHEET, OPERATIONS, kept, by="sam", clock=lambda: NOW)
    walk.answer(Answer.DONE)
    walk.back()
    assert list(kept.attestations("acme")) == [before]


def test_what_needs_a_failed_step_is_left_out_and_the_rest_is_asked(walk: Walk) -> None:
    walk.answer(Answer.FAILED, "no such button")
    assert asked(walk) == "step 5"
    walk.answer(Answer.DONE)
    assert walk.current is None
    left = {step.number: said.waits_for for step, said in walk.left_out()}
    assert left == {2: 1, 3: 1, 4: 1}
    assert results(walk) == [Result.FAILED, Result.SKIPPED, Result.MANUAL]


def test_done_by_hand_is_manual_until_the_lists_bear_it_out(walk: Walk) -> None:
    while walk.current:
        walk.answer(Answer.DONE)
    assert results(walk) == [Result.MANUAL] * 3
    outcomes = worksheet.with_proof(walk.outcomes(OPERATIONS), SHEET, [LICENSE, NIGHT])
    assert [one.result for one in outcomes] == [Result.MANUAL, Result.MANUAL, Result.APPLIED]


def listed(*people: Resource) -> Reading:
    return reading(*people, resource("queue/night"), capabilities=CAPABILITIES)


BO_LISTED = resource("agent/4002", name="Bo Chen", extension="4002")


def test_the_lists_tell_who_appears_and_who_is_gone() -> None:
    assert worksheet.is_shown(LICENSE, listed(BO_LISTED))
    assert not worksheet.is_shown(LICENSE, listed())
    assert not worksheet.is_shown(
        LICENSE, listed(resource("agent/4002", name="Bo C.", extension="4002"))
    )
    gone = step(1, "op-1", BO, "active", False, proof=Proof.VANISHES, row="Bo Chen(4002)")
    assert worksheet.is_shown(gone, listed())
    assert not worksheet.is_shown(gone, listed(BO_LISTED))
    nameless = step(1, "op-1", BO, "licenses.voice", True, proof=Proof.APPEARS, row="(4002)")
    assert worksheet.is_shown(nameless, listed(BO_LISTED))
    assert worksheet.is_shown(NIGHT, listed())


def test_outcomes_tell_who_did_it(walk: Walk) -> None:
    walk.answer(Answer.DONE)
    walk.leave()
    outcome: Outcome = walk.outcomes(OPERATIONS)[0]
    assert outcome.because == "left by sam before it was done"
