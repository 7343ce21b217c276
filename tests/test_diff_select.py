"""A part of a plan, closed over what it depends on."""

from dataclasses import replace

from reconciler import diff
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.model import Comparison, Identity
from tests.make import agent, desired, reading, resource

ANA, BO = agent(4001, "Ana Diaz"), agent(4002, "Bo Chen")
GUS = agent(4010, "Gus Ode", queues={"night": 5})
QUEUE = resource("queue/night", priority=3)


def moves() -> Comparison:
    """Ana moves to Bo's number, Bo to a free one, Gus is new and joins a queue that is new."""
    wanted = desired(agent(4002, "Ana Diaz"), agent(4003, "Bo Chen"), GUS, QUEUE)
    return diff.compare(wanted, reading(ANA, BO))


def chosen(comparison: Comparison) -> list[str]:
    return [change.address for change in comparison.changes]


def test_without_a_wish_nothing_is_cut() -> None:
    assert diff.select(moves(), (), ()) == (moves(), ())


def test_what_is_selected_takes_in_what_it_needs() -> None:
    cut, told = diff.select(moves(), [GUS.address], [])
    assert chosen(cut) == [GUS.address, QUEUE.address]
    assert [(d.rule, d.address) for d in told] == [("selection", QUEUE.address)]


def test_whoever_has_to_free_a_number_is_taken_in() -> None:
    cut, told = diff.select(moves(), [ANA.address], [])
    assert chosen(cut) == [ANA.address, BO.address]
    assert [d.address for d in told] == [BO.address]


def test_what_is_left_out_takes_along_what_needs_it() -> None:
    cut, told = diff.select(moves(), [], [QUEUE.address])
    assert chosen(cut) == [ANA.address, BO.address]
    assert [(d.address, "left out" in d.summary) for d in told] == [(GUS.address, True)]


def test_leaving_out_wins_over_selecting() -> None:
    cut, _ = diff.select(moves(), [ANA.address, GUS.address], [BO.address])
    assert chosen(cut) == [GUS.address, QUEUE.address]


def test_the_replaced_one_belongs_to_the_successor() -> None:
    gus = agent(4010, "Gus Ode")
    said = {gus.address: Identity(replaces={"email": "ana.diaz@acme.example"})}
    comparison = diff.compare(desired(gus, BO, identities=said), reading(ANA))
    cut, _ = diff.select(comparison, [gus.address], [])
    assert chosen(cut) == [ANA.address, gus.address]


def test_an_agent_may_be_named_by_number() -> None:
    cut, told = diff.select(moves(), ["agent/4010"], [])
    assert GUS.address in chosen(cut)
    assert all("neither" not in d.summary for d in told)


def test_case_of_an_email_does_not_matter() -> None:
    assert chosen(diff.select(moves(), ["agent/Bo.Chen@Acme.Example"], [])[0]) == [BO.address]


def test_an_unknown_address_is_told() -> None:
    cut, (finding,) = diff.select(moves(), ["queue/nigth"], [])
    assert chosen(cut) == []
    assert "queue/nigth" in finding.summary


def test_findings_of_what_is_not_selected_go_as_well() -> None:
    stranger = agent(4001, "Zoe Fox")
    comparison = diff.compare(desired(stranger, GUS, QUEUE), reading(ANA))
    assert [d.rule for d in comparison.diagnostics] == ["who-is-this"]
    assert diff.select(comparison, [], [stranger.address])[0].diagnostics == ()
    assert diff.select(comparison, [GUS.address], [])[0].diagnostics == ()
    assert diff.select(comparison, [stranger.address], [])[0].diagnostics != ()


def test_names_of_queues_are_exact_and_numbers_are_of_agents() -> None:
    queues = (resource("queue/Night"), resource("queue/4003 extra", priority=1))
    comparison = diff.compare(desired(BO, GUS, QUEUE, *queues), reading(agent(4002, "Bo Chen")))
    assert chosen(diff.select(comparison, ["queue/Night"], [])[0]) == ["queue/Night"]
    assert diff.select(comparison, ["agent/4002"], [])[1] == ()
    for unknown in ("agent/4003", "agent/Gus"):
        assert "neither" in diff.select(comparison, [unknown], [])[1][0].summary


def test_findings_without_an_address_stay() -> None:
    general = Diagnostic("odd", Severity.WARNING, "odd")
    comparison = replace(moves(), diagnostics=(general,))
    assert diff.select(comparison, [GUS.address], [])[0].diagnostics == (general,)
