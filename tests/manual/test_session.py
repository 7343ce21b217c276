"""A person's answers: what is recorded when, taken back, left out, and what the lists bear out."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from reconciler import ledger, manual
from reconciler.manual import Answer, GuidedSession, Proof, Sheet, Step, Visit
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
def session(kept: Ledger) -> GuidedSession:
    return GuidedSession(SHEET, OPERATIONS, kept, by="sam", clock=lambda: NOW)


def recorded(kept: Ledger) -> dict[str, Value]:
    return {f"{word.address} {word.path}": word.value for word in kept.attestations("acme")}


def asked(session: GuidedSession) -> str | None:
    """The title of what is asked; `save` for the save of a page."""
    stop = session.current
    if stop is None:
        return None
    return stop.step.title if stop.step else "save"


def results(session: GuidedSession) -> list[Result]:
    return [outcome.result for outcome in session.outcomes(OPERATIONS)]


def test_a_dialog_counts_at_once_and_boxes_when_their_page_is_saved(
    session: GuidedSession, kept: Ledger
) -> None:
    assert session.answer(Answer.DONE) == [CREATE]
    assert recorded(kept) == {f"{BO} name": "Bo Chen"}
    assert session.answer(Answer.DONE) == []
    assert session.answer(Answer.DONE) == []
    assert len(recorded(kept)) == 1
    assert asked(session) == "save"
    assert session.answer(Answer.DONE) == [LICENSE, OTHER]
    assert len(recorded(kept)) == 3


def test_a_page_on_which_nothing_was_ticked_needs_no_save(session: GuidedSession) -> None:
    for _ in range(3):
        session.answer(Answer.SKIPPED)
    assert asked(session) == "step 5"


def test_whoever_leaves_a_page_unsaved_has_its_steps_open(
    session: GuidedSession, kept: Ledger
) -> None:
    session.answer(Answer.DONE)
    session.answer(Answer.DONE)
    assert session.leave() == 1
    assert session.current is None
    assert recorded(kept) == {f"{BO} name": "Bo Chen"}
    assert results(session) == [Result.NOT_STARTED] * 3


def test_a_save_that_failed_fails_its_steps(session: GuidedSession, kept: Ledger) -> None:
    for _ in range(3):
        session.answer(Answer.DONE)
    assert session.answer(Answer.FAILED, "the page is gone") == []
    assert asked(session) == "step 5"
    session.leave()
    assert results(session)[0] is Result.FAILED
    assert session.outcomes(OPERATIONS)[0].because == "the page is gone"
    assert recorded(kept) == {f"{BO} name": "Bo Chen"}


def test_back_takes_a_word_back(session: GuidedSession, kept: Ledger) -> None:
    assert session.back() is False
    session.answer(Answer.DONE)
    assert session.back() is True
    assert (recorded(kept), asked(session)) == ({}, "step 1")


def test_back_over_a_save_takes_its_words_back(session: GuidedSession, kept: Ledger) -> None:
    for _ in range(4):
        session.answer(Answer.DONE)
    assert asked(session) == "step 4"
    assert session.back() is True
    assert asked(session) == "save"
    assert recorded(kept) == {f"{BO} name": "Bo Chen"}
    assert session.answer(Answer.DONE) == [LICENSE, OTHER]


def test_back_passes_over_what_was_left_out_by_itself(session: GuidedSession) -> None:
    session.answer(Answer.SKIPPED)
    assert asked(session) == "step 5"
    assert session.back() is True
    assert asked(session) == "step 1"


def test_what_somebody_said_before_stands_again(kept: Ledger) -> None:
    before = Attestation(BO, "name", "Bo Older", "kim", NOW - timedelta(days=3))
    kept.attest("acme", [before])
    session = GuidedSession(SHEET, OPERATIONS, kept, by="sam", clock=lambda: NOW)
    session.answer(Answer.DONE)
    session.back()
    assert list(kept.attestations("acme")) == [before]


def test_what_needs_a_failed_step_is_left_out_and_the_rest_is_asked(session: GuidedSession) -> None:
    session.answer(Answer.FAILED, "no such button")
    assert asked(session) == "step 5"
    session.answer(Answer.DONE)
    assert session.current is None
    left = {step.number: given.waits_for for step, given in session.left_out()}
    assert left == {2: 1, 3: 1, 4: 1}
    assert results(session) == [Result.FAILED, Result.SKIPPED, Result.MANUAL]


def test_done_by_hand_is_manual_until_the_lists_bear_it_out(session: GuidedSession) -> None:
    while session.current:
        session.answer(Answer.DONE)
    assert results(session) == [Result.MANUAL] * 3
    outcomes = manual.with_proof(session.outcomes(OPERATIONS), SHEET, [LICENSE, NIGHT])
    assert [one.result for one in outcomes] == [Result.MANUAL] * 3
    assert not manual.is_proven_whole(LICENSE)
    assert manual.is_proven_whole(replace(NIGHT, set={}))
    assert manual.is_proven_whole(replace(CREATE, set={"name": "Bo Chen", "extension": "4002"}))


def test_a_word_that_the_list_contradicts_fails_and_leaves_out_what_needs_it(
    session: GuidedSession, kept: Ledger
) -> None:
    for _ in range(4):
        session.answer(Answer.DONE)
    session.contradict(LICENSE, "the tenant does not list Bo Chen(4002)")
    assert asked(session) == "step 5"
    assert results(session)[0] is Result.FAILED
    refuted = {e.path: e.refuted for e in kept.attestations("acme") if e.refuted}
    assert refuted == {"licenses.voice": "the tenant does not list Bo Chen(4002)"}


def test_one_page_is_asked_for_and_what_needs_another_is_left_out(kept: Ledger) -> None:
    session = GuidedSession(
        SHEET, OPERATIONS, kept, by="sam", clock=lambda: NOW, page="Skill Levels"
    )
    assert asked(session) is None
    assert {step.number: given.waits_for for step, given in session.left_out()} == {4: 1}


def listed(*people: Resource) -> Reading:
    return reading(*people, resource("queue/night"), capabilities=CAPABILITIES)


BO_LISTED = resource("agent/4002", name="Bo Chen", extension="4002")


def test_the_lists_tell_who_appears_and_who_is_gone() -> None:
    assert manual.is_shown(LICENSE, listed(BO_LISTED))
    assert not manual.is_shown(LICENSE, listed())
    assert not manual.is_shown(
        LICENSE, listed(resource("agent/4002", name="Bo C.", extension="4002"))
    )
    gone = step(1, "op-1", BO, "active", False, proof=Proof.VANISHES, row="Bo Chen(4002)")
    assert manual.is_shown(gone, listed())
    assert not manual.is_shown(gone, listed(BO_LISTED))
    nameless = step(1, "op-1", BO, "licenses.voice", True, proof=Proof.APPEARS, row="(4002)")
    assert manual.is_shown(nameless, listed(BO_LISTED))
    assert manual.is_shown(NIGHT, listed())


def test_outcomes_tell_who_did_it(session: GuidedSession) -> None:
    session.answer(Answer.DONE)
    session.leave()
    outcome: Outcome = session.outcomes(OPERATIONS)[0]
    assert outcome.because == "left by sam before it was done"
