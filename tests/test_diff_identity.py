"""Who is who: the live agent that a declared one is."""

from dataclasses import replace

import pytest

from reconciler import diff
from reconciler.diagnostics import Position, Severity
from reconciler.model import Action, Comparison, Declared, ExtensionRange, Identity, Resource
from tests.make import agent, desired, place, reading, resource, uc_agent

ANA = agent(4001, "Ana Diaz")
BO = agent(4002, "Bo Chen")
OLD = {"email": "ana.diaz@acme.example"}


def actions(found: Comparison) -> dict[str, Action]:
    return {change.address: change.action for change in found.changes}


def moved(found: Comparison) -> dict[str, dict[str, tuple[object, object]]]:
    return {
        change.address: {item.path: (item.before, item.after) for item in change.fields}
        for change in found.changes
    }


def known_as(one: Resource, *, previously: object = None, replaces: object = None) -> dict:
    words = {"previously": previously or {}, "replaces": replaces or {}}
    return {one.address: Identity(**words)}  # type: ignore[arg-type]


def test_the_same_email_is_the_same_person_whatever_the_number_and_the_name() -> None:
    wanted = agent(4005, "Ana Roe", email="ana.diaz@acme.example")
    found = diff.compare(desired(wanted), reading(ANA))
    assert moved(found) == {
        ANA.address: {"extension": ("4001", "4005"), "name": ("Ana Diaz", "Ana Roe")}
    }


def test_the_same_number_and_name_is_the_same_person_with_another_email() -> None:
    wanted = agent(4001, "Ana Diaz", email="ana@acme.example")
    found = diff.compare(desired(wanted), reading(ANA))
    assert moved(found) == {
        "agent/ana@acme.example": {"email": ("ana.diaz@acme.example", "ana@acme.example")}
    }
    assert found.matches["agent/ana@acme.example"].address == ANA.address


def test_the_same_number_is_enough_where_the_tenant_shows_no_email() -> None:
    wanted = agent(4001, "Ana Roe")
    live = resource("agent/4001", name="Ana Diaz", extension="4001", active=True, phone="webrtc")
    found = diff.compare(desired(wanted), reading(live))
    assert moved(found) == {wanted.address: {"name": ("Ana Diaz", "Ana Roe")}}


def test_an_entry_that_states_nothing_but_the_number_is_whoever_has_it() -> None:
    wanted = resource("agent/4001", extension="4001", preferred_name="Annie")
    found = diff.compare(desired(wanted), reading(replace(ANA, fields=ANA.fields)))
    assert found.diagnostics == ()
    assert found.matches["agent/4001"].address == ANA.address


def test_another_email_and_another_name_on_a_number_stops_and_asks() -> None:
    wanted = agent(4001, "Gus Ode", origin=place("agents.yaml", 7))
    found = diff.compare(desired(wanted), reading(ANA))
    assert found.changes == ()
    (finding,) = found.diagnostics
    assert (finding.rule, finding.severity) == ("who-is-this", Severity.ERROR)
    assert finding.position == Position("agents.yaml", 7, 5)
    assert "`previously: {email: ana.diaz@acme.example}`" in finding.hint
    assert "`replaces: {email: ana.diaz@acme.example}`" in finding.hint
    assert "4001 Ana Diaz" in finding.summary


def test_another_name_on_a_number_stops_even_if_no_email_is_stated() -> None:
    wanted = agent(4001, "Gus Ode", email=None)
    found = diff.compare(desired(wanted), reading(ANA))
    assert [d.rule for d in found.diagnostics] == ["who-is-this"]


def test_whoever_is_asked_about_is_not_taken_out_meanwhile() -> None:
    owned = ExtensionRange("webrtc-agents", "webrtc_agent", "4000", "4999", "suspend")
    found = diff.compare(
        desired(agent(4001, "Gus Ode"), ranges=(owned,)),
        reading(ANA),
        declared=Declared("HEAD", frozenset({ANA.address})),
    )
    assert found.changes == ()
    assert [item.address for item in found.unmanaged] == [ANA.address]


@pytest.mark.parametrize("keys", [OLD, {"extension": "4001"}])
def test_previously_says_that_it_is_the_same_person(keys: dict[str, str]) -> None:
    wanted = agent(4005, "Ana Roe")
    found = diff.compare(
        desired(wanted, identities=known_as(wanted, previously=keys)), reading(ANA)
    )
    assert actions(found) == {wanted.address: Action.UPDATE}
    assert set(moved(found)[wanted.address]) == {"email", "extension", "name"}
    assert found.unmanaged == ()


def test_previously_may_stay_in_the_file_when_all_is_done() -> None:
    wanted = agent(4005, "Ana Roe")
    later = agent(4001, "Gus Ode", email="ana.diaz@acme.example")
    found = diff.compare(
        desired(wanted, later, identities=known_as(wanted, previously=OLD)), reading(wanted, later)
    )
    assert (found.changes, found.diagnostics) == ((), ())


def test_two_people_without_emails_who_exchanged_numbers_stay_who_they_are() -> None:
    one, other = (agent(number, name, email=None) for number, name in ((4002, "Ana"), (4001, "Bo")))
    said = known_as(one, previously={"extension": "4001"})
    said |= known_as(other, previously={"extension": "4002"})
    found = diff.compare(desired(one, other, identities=said), reading(one, other))
    assert (found.changes, found.diagnostics) == ((), ())


def test_previously_wins_over_a_namesake_on_the_new_number() -> None:
    wanted = agent(4002, "Ana Diaz", email="ana@acme.example")
    namesake = agent(4002, "Ana Diaz", email="ana.d@acme.example")
    said = known_as(wanted, previously=OLD)
    found = diff.compare(desired(wanted, identities=said), reading(ANA, namesake))
    assert found.matches[wanted.address].address == ANA.address


def test_a_namesake_without_an_email_in_the_files_is_found_by_number() -> None:
    wanted = agent(4002, "Ana Diaz", email=None)
    said = known_as(wanted, previously=OLD)
    namesake = agent(4002, "Ana Diaz", email="ana.d@acme.example")
    found = diff.compare(desired(wanted, identities=said), reading(ANA, namesake))
    assert found.matches[wanted.address].address == namesake.address


def test_replaces_suspends_the_old_holder_who_gives_up_the_number() -> None:
    live = agent(4001, "Ana Diaz", licenses=["voice"], queues={"support": 5})
    wanted = agent(4001, "Gus Ode", origin=place("agents.yaml", 7))
    found = diff.compare(desired(wanted, identities=known_as(wanted, replaces=OLD)), reading(live))
    assert actions(found) == {wanted.address: Action.CREATE, ANA.address: Action.SUSPEND}
    assert moved(found)[ANA.address] == {
        "active": (True, False),
        "extension": ("4001", None),
        "licenses.voice": (True, None),
        "queues.support": (5, None),
    }
    leaver = next(change for change in found.changes if change.action is Action.SUSPEND)
    assert leaver.reason == f"replaced by {wanted.address}"
    assert leaver.source == Position("agents.yaml", 7, 5)
    assert found.unmanaged == ()


def test_replaces_may_stay_in_the_file_when_all_is_done() -> None:
    wanted = agent(4001, "Gus Ode")
    gone = resource(ANA.address, name="Ana Diaz", email=OLD["email"], extension=None, active=False)
    found = diff.compare(
        desired(wanted, identities=known_as(wanted, replaces=OLD)), reading(wanted, gone)
    )
    assert (found.changes, found.diagnostics) == ((), ())


def test_replaces_somebody_who_holds_another_number_lets_that_number_be() -> None:
    wanted = agent(4009, "Gus Ode")
    found = diff.compare(desired(wanted, identities=known_as(wanted, replaces=OLD)), reading(ANA))
    assert moved(found)[ANA.address] == {"active": (True, False)}


def test_nobody_replaces_somebody_who_is_declared() -> None:
    wanted = agent(4009, "Gus Ode")
    found = diff.compare(
        desired(wanted, ANA, identities=known_as(wanted, replaces=OLD)), reading(ANA)
    )
    assert actions(found) == {wanted.address: Action.CREATE}
    assert found.replaced == {}


def test_replaces_somebody_else_than_the_holder_still_asks() -> None:
    wanted = agent(4002, "Gus Ode")
    found = diff.compare(
        desired(wanted, identities=known_as(wanted, replaces=OLD)), reading(ANA, BO)
    )
    assert found.changes == ()
    assert [d.rule for d in found.diagnostics] == ["who-is-this"]


def test_who_begins_later_replaces_nobody_yet() -> None:
    later = agent(4001, "Gus Ode")
    found = diff.compare(
        desired(waiting={later.address: later}, identities=known_as(later, replaces=OLD)),
        reading(ANA),
    )
    assert (found.changes, found.diagnostics) == ((), ())


def test_who_has_left_does_not_ask_for_the_number_that_somebody_else_has_now() -> None:
    gone = agent(4001, "Gus Ode", active=False)
    found = diff.compare(desired(gone), reading(ANA))
    assert (found.changes, found.diagnostics) == ((), ())


def test_who_has_left_is_not_taken_for_the_declared_one_who_has_the_number_now() -> None:
    gone = resource("agent/4001", extension="4001", active=False)
    found = diff.compare(desired(gone, ANA), reading(ANA))
    assert (found.changes, set(found.matches)) == ((), {ANA.address})


def test_two_people_exchange_numbers() -> None:
    ana, bo = agent(4002, "Ana Diaz"), agent(4001, "Bo Chen")
    found = diff.compare(desired(ana, bo), reading(ANA, BO))
    assert moved(found) == {
        ANA.address: {"extension": ("4001", "4002")},
        BO.address: {"extension": ("4002", "4001")},
    }


def test_a_new_hire_takes_the_number_of_somebody_declared_who_moves() -> None:
    ana, gus = agent(4009, "Ana Diaz"), agent(4001, "Gus Ode")
    found = diff.compare(desired(ana, gus), reading(ANA))
    assert actions(found) == {ANA.address: Action.UPDATE, gus.address: Action.CREATE}


def test_a_uc_agent_is_known_by_number_whatever_the_email() -> None:
    wanted = resource("agent/2001", extension="2001", phone="uc", licenses=["voice"])
    live = uc_agent(2001, "Una Roe", licenses=[])
    found = diff.compare(desired(wanted), reading(live))
    assert moved(found) == {"agent/2001": {"licenses.voice": (None, True)}}


def test_a_uc_agent_is_not_the_webrtc_agent_who_holds_the_number() -> None:
    found = diff.compare(desired(uc_agent(4001, "Ana Diaz")), reading(ANA))
    assert found.matches == {}
    assert [d.rule for d in found.diagnostics] == ["unknown-uc-agent"]


def test_a_uc_agent_and_a_webrtc_agent_of_one_person_are_two() -> None:
    desk = resource("agent/2001", extension="2001", phone="uc", active=True)
    soft = agent(4001, "Una Roe")
    for wanted in ((desk, soft), (soft, desk)):
        found = diff.compare(desired(*wanted), reading(uc_agent(2001, "Una Roe")))
        assert found.matches["agent/2001"].fields["phone"] == "uc"
        assert actions(found) == {soft.address: Action.CREATE}


def test_the_number_of_a_uc_agent_cannot_be_taken_over() -> None:
    wanted = agent(2001, "Gus Ode")
    live = uc_agent(2001, "Una Roe")
    found = diff.compare(
        desired(
            wanted,
            identities=known_as(wanted, replaces={"email": "una.roe@acme.example"}),
        ),
        reading(live),
    )
    assert found.changes == ()
    (finding,) = found.diagnostics
    assert finding.rule == "who-is-this"
    assert "choose another extension" in finding.hint


def test_a_number_in_the_answer_stands_in_quotes() -> None:
    wanted = agent(4001, "Gus Ode", email=None)
    found = diff.compare(
        desired(wanted, agent(4009, "Ana Diaz")), reading(agent(4009, "Gus Ode", email=None))
    )
    likely = [d for d in found.diagnostics if d.rule == "likely-rename"]
    assert likely == []
    found = diff.compare(desired(wanted), reading(agent(4009, "Gus Ode", email=None)))
    (finding,) = found.diagnostics
    assert 'previously: {extension: "4009"}' in finding.hint


@pytest.mark.parametrize(
    ("name", "email"),
    [("ana  DIAZ", "other@acme.example"), ("Ana Roe", "ana.diaz+webrtc@new.example")],
)
def test_a_new_agent_who_looks_like_somebody_unlisted_is_told_as_a_likely_rename(
    name: str, email: str
) -> None:
    wanted = agent(4009, name, email=email, origin=place("agents.yaml", 3))
    found = diff.compare(desired(wanted), reading(replace(ANA)))
    assert actions(found) == {wanted.address: Action.CREATE}
    (finding,) = found.diagnostics
    assert (finding.rule, finding.severity) == ("likely-rename", Severity.WARNING)
    assert finding.position == Position("agents.yaml", 3, 5)
    assert "previously: {email: ana.diaz@acme.example}" in finding.hint


def test_a_namesake_who_is_declared_is_no_rename() -> None:
    namesake = agent(4009, "Ana Diaz", email="ana.d@acme.example")
    found = diff.compare(desired(ANA, namesake), reading(ANA))
    assert actions(found) == {namesake.address: Action.CREATE}
    assert found.diagnostics == ()


def test_a_declared_agent_who_takes_the_name_of_an_unlisted_one_is_no_new_one() -> None:
    found = diff.compare(
        desired(agent(4002, "Ana Diaz", email="bo.chen@acme.example")), reading(ANA, BO)
    )
    assert actions(found) == {BO.address: Action.UPDATE}
    assert found.diagnostics == ()


def shown(one: Resource, extension: str) -> Resource:
    """As a tenant lists somebody that shows no e-mails."""
    return resource(
        f"agent/{extension}",
        **{**one.fields, "email": None, "extension": extension},
        id=f"id-{one.fields['name']}",
    )


@pytest.mark.parametrize("ana_has", ["4001", "4002"])
def test_who_was_parked_by_half_an_exchange_is_found_by_name(ana_has: str) -> None:
    ana, bo = agent(4002, "Ana Diaz", email=None), agent(4001, "Bo Chen", email=None)
    said = {**known_as(ana, previously={"extension": "4001"})}
    said |= known_as(bo, previously={"extension": "4002"})
    live = reading(shown(ana, ana_has), shown(bo, "4999"))
    found = diff.compare(desired(ana, bo, identities=said), live)
    assert moved(found)["agent/4001"] == {"extension": ("4999", "4001")}
    assert set(actions(found).values()) == {Action.UPDATE}


def test_nobody_is_found_by_a_name_that_two_have() -> None:
    bo = agent(4001, "Bo Chen", email=None)
    said = known_as(bo, previously={"extension": "4002"})
    live = reading(shown(bo, "4998"), replace(shown(bo, "4999"), id="other"))
    assert actions(diff.compare(desired(bo, identities=said), live)) == {bo.address: Action.CREATE}
