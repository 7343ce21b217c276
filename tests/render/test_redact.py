"""Pseudonyms: stable, and no name or e-mail left in any rendering."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from reconciler.diagnostics import Diagnostic, Severity
from reconciler.model import Allowance, Outcome, Policy, Result, TenantRef, Verdict, Waiver
from reconciler.render import document, github, html, markdown, redact, sarif, text
from reconciler.render.pseudonyms import people
from tests.render import hostile, made

PEOPLE = (
    *("Ana Diaz", "Bo Chen", "Dee Kim", "Eli Roy", "Fay Lin", "Gus Ode", "Temp Desk", "Kit Moss"),
    *("ana.diaz", "bo.chen", "dee.kim", "eli@", "fay@", "gus@", "sam.supervisor"),
)


def renderings(plan: object, report: object) -> Iterator[str]:
    for module in (text, markdown, html, sarif, github, document):
        yield module.plan(plan)  # type: ignore[arg-type]  # a plan
        yield module.drift(report)  # type: ignore[arg-type]  # a report


def test_no_rendering_holds_a_name_or_an_e_mail() -> None:
    original = made.plan(
        made.SMALL_CHANGES,
        **{
            name: getattr(made.small(), name)
            for name in ("operations", "unmanaged", "coverage", "access", "blockers", "diagnostics")
        },
        drift=made.ITEMS,
        select=(made.ANA, "queue/support"),
        exclude=("Bo Chen", "ana.diaz@acme.example"),
        acknowledged=(Allowance("agent.suspend", 7, "Eli Roy left us"),),
        policy=Policy(
            protect=frozenset({made.ANA}),
            waivers=(Waiver("webrtc-email-format", made.BO, "Bo Chen is special"),),
        ),
    )
    for shown in renderings(redact.plan(original), redact.drift(made.report())):
        for person in PEOPLE:
            assert person.lower() not in shown.lower()


def test_extensions_queues_and_places_stay() -> None:
    shown = text.plan(redact.plan(made.small()))
    assert "extension: 4001 -> 4002" in shown
    assert "queue/support" in shown
    assert "agents/support.yaml:12" in shown
    assert "4107 Person " in shown


def test_one_person_has_one_pseudonym_in_every_rendering_of_a_tenant() -> None:
    plan, report = redact.plan(made.small()), redact.drift(made.report())
    assert plan.changes[0].address == report.items[0].address
    assert plan.changes[0].label == report.items[0].label
    assert plan.operations[0].address == plan.changes[0].address
    assert plan.access.gain[0] in {change.address for change in plan.changes}
    assert made.BO not in plan.operations[0].why
    assert plan.changes[1].address in plan.operations[0].why


def test_another_tenant_has_other_pseudonyms() -> None:
    other = replace(made.small(), tenant=TenantRef("other", "sandbox", None))
    assert redact.plan(other).changes[0].address != redact.plan(made.small()).changes[0].address


def test_two_people_never_share_a_pseudonym() -> None:
    known = people("acme", ())
    assert len({known.email(f"person.{at}@acme.example") for at in range(20_000)}) == 20_000


def test_an_e_mail_is_the_same_person_in_any_case() -> None:
    known = people("acme", ())
    assert known.email("Ana@ACME.example") == known.email("ana@acme.example")


def test_names_in_sentences_are_found_whole() -> None:
    known = people("acme", ["Ana", "Ana Diaz", "ana@acme.example"])
    said = known.prose("4001 Ana Diaz, Ana and Anabel; ana@acme.example, zoe@other.example.")
    assert said == (
        f"4001 {known.name('Ana Diaz')}, {known.name('Ana')} and Anabel; "
        f"{known.email('ana@acme.example')}, {known.email('zoe@other.example')}."
    )


def test_a_stranger_behind_a_number_is_replaced_as_well() -> None:
    known = people("acme", ())
    said = known.prose("4011 Zoe Quill has a license; 40 agents; 4012 Person 0123456789 stays")
    assert (
        said
        == f"4011 {known.name('Zoe Quill')} has a license; 40 agents; 4012 Person 0123456789 stays"
    )


def test_a_finding_that_quotes_somebody_unknown_is_withheld() -> None:
    found = Diagnostic(
        "who-is-this",
        Severity.ERROR,
        "agent/x@a.example asks, 4001 Zoe Quill holds",
        "",
        "agent/x@a.example",
    )
    shown = text.diagnostics(redact.diagnostics([found], "acme"))
    assert "Zoe" not in shown
    assert "asks for an extension or e-mail that somebody else holds" in shown


def test_a_redacted_plan_keeps_its_digest_and_cannot_be_applied() -> None:
    original = made.small()
    redacted = redact.plan(original)
    assert redacted.digest == original.digest
    assert redacted.changes != original.changes


def test_a_verdict_is_redacted_as_well() -> None:
    shown = text.verdict(redact.verdict(made.verdict(), "acme"))
    assert "bo.chen" not in shown
    assert "Ana Diaz" not in shown
    operation = made.SMALL_OPERATIONS[1]
    refused = Verdict((Outcome(operation, Result.FAILED, "bo.chen@acme.example is taken"),), False)
    assert "bo.chen" not in text.verdict(redact.verdict(refused, "acme"))


@pytest.mark.parametrize("name", hostile.NAMES.values(), ids=hostile.NAMES)
def test_hostile_names_are_replaced_too(name: str) -> None:
    plan, report = redact.plan(hostile.plan(name)), redact.drift(hostile.report(name))
    change = plan.changes[0]
    assert name not in change.label
    assert name.lower() not in change.address
    assert name not in str([field.after for field in change.fields])
    assert name not in str(report.items[0].edit)
    assert name not in plan.blockers[0].summary
