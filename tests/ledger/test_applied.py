"""The last-applied values: the base of drift and the proof of having been declared."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from reconciler.ledger.sql import SqlLedger
from reconciler.model import Attestation, Outcome, Result, Verb, Verdict
from tests.ledger.kept import ANA, BO, Place, applied, operation, plan

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def test_before_the_first_apply_nothing_was_declared(ledger: SqlLedger) -> None:
    assert ledger.declared("acme") is None


def test_an_applied_operation_is_known_even_if_the_run_dies_after_it(
    ledger: SqlLedger, place: Place
) -> None:
    run = ledger.begin(plan())
    made = operation("op-1", ANA, Verb.CREATE, extension="4001", licenses__voice=True)
    left = operation("op-2", ANA, licenses__voice=None, extension="4002")
    ledger.record(run, applied(made, left))
    found = place.open().declared("acme")
    assert found is not None
    assert found.fields == {ANA: {"extension": "4002", "licenses.voice": None}}
    assert (found.addresses, found.extensions) == ({ANA}, {"4002"})


def test_what_failed_or_was_skipped_is_not_taken_for_applied(ledger: SqlLedger) -> None:
    run = ledger.begin(plan())
    outcomes = [
        Outcome(operation("op-1", ANA, name="Ana"), Result.FAILED, "409"),
        Outcome(operation("op-2", BO, name="Bo"), Result.SKIPPED, "waits"),
    ]
    ledger.record(run, outcomes)
    assert ledger.declared("acme") is None


def test_a_deleted_object_is_forgotten(ledger: SqlLedger) -> None:
    ledger.remember("acme", {ANA: {"name": "Ana"}, BO: {"name": "Bo"}})
    ledger.record(ledger.begin(plan()), applied(operation("op-1", ANA, Verb.DELETE)))
    found = ledger.declared("acme")
    assert found is not None
    assert found.addresses == {BO}
    ledger.forget("acme", [BO])
    assert ledger.declared("acme") is None


def test_remembering_states_a_collection_as_a_whole_and_leaves_other_fields(
    ledger: SqlLedger,
) -> None:
    ledger.remember("acme", {ANA: {"name": "Ana", "queues.support": 5, "licenses.voice": True}})
    ledger.remember("acme", {ANA: {"queues.sales": 3}})
    found = ledger.declared("acme")
    assert found is not None
    assert found.fields[ANA] == {"name": "Ana", "licenses.voice": True, "queues.sales": 3}


def test_tenants_have_nothing_to_do_with_each_other(ledger: SqlLedger) -> None:
    ledger.remember("acme", {ANA: {"name": "Ana"}})
    assert ledger.declared("globex") is None


def test_a_whole_company_is_remembered(ledger: SqlLedger) -> None:
    stated = {f"agent/{number}": {"extension": str(number)} for number in range(1500)}
    ledger.remember("acme", stated)
    ledger.remember("acme", stated)
    found = ledger.declared("acme")
    assert found is not None
    assert len(found.extensions) == 1500


def test_protection_of_the_last_finished_run_survives_its_removal_from_the_files(
    ledger: SqlLedger,
) -> None:
    ledger.remember("acme", {ANA: {"name": "Ana"}})
    run = ledger.begin(plan("01JA", protect=frozenset({ANA})))
    ledger.finish(run, Verdict((), converged=True))
    ledger.begin(plan("01JB"))
    found = ledger.declared("acme")
    assert found is not None
    assert found.protect == {ANA}


def test_drift_is_known_since_it_was_first_seen(ledger: SqlLedger) -> None:
    later = NOW + timedelta(days=1)
    assert ledger.seen("acme", ["a", "b"], NOW) == {"a": NOW, "b": NOW}
    assert ledger.seen("acme", ["b", "c"], later) == {"b": NOW, "c": later}
    assert ledger.seen("acme", ["a"], later) == {"a": later}
    assert ledger.seen("globex", ["a"], NOW) == {"a": NOW}
    assert ledger.seen("acme", [], later) == {}


def test_all_evidence_is_kept_and_what_is_refuted_says_why(ledger: SqlLedger) -> None:
    first = Attestation(ANA, "licenses.voice", True, "bo", NOW)
    second = Attestation(ANA, "licenses.voice", None, "dee", NOW + timedelta(days=1), "step 3")
    other = Attestation(ANA, "name", "Ana", "bo", NOW)
    ledger.attest("acme", [first, other])
    ledger.attest("acme", [second])
    ledger.attest("acme", [])
    assert list(ledger.attestations("acme")) == [first, other, second]
    ledger.refute("acme", [replace(first, refuted="the tenant does not list it")])
    assert [item.refuted for item in ledger.attestations("acme")] == [
        "the tenant does not list it",
        "",
        "",
    ]
    assert list(ledger.attestations("globex")) == []


def test_a_word_is_taken_back_and_another_one_stays(ledger: SqlLedger) -> None:
    now = datetime(2026, 11, 24, 9, tzinfo=UTC)
    mine = Attestation(ANA, "recording_mode", "manual", "sam", now)
    ledger.attest("acme", [mine, replace(mine, path="name")])
    ledger.retract("acme", [replace(mine, by="kim"), replace(mine, at=now + timedelta(seconds=1))])
    ledger.retract("globex", [mine])
    assert len(list(ledger.attestations("acme"))) == 2
    ledger.retract("acme", [mine])
    assert [word.path for word in ledger.attestations("acme")] == ["name"]
