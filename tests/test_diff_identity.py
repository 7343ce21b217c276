"""Who is who: the live agent that a declared one is."""

from dataclasses import replace

import pytest

from reconciler import diff, kinds
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


@pytest.mark.parametrize("is_waiting", [False, True])
def test_who_is_still_declared_cannot_be_replaced(is_waiting: bool) -> None:
    wanted = agent(4009, "Gus Ode", origin=place("agents.yaml", 7))
    there = {"waiting": {ANA.address: ANA}} if is_waiting else {}
    people = (wanted,) if is_waiting else (wanted, ANA)
    said = known_as(wanted, replaces=OLD)
    for live in (reading(ANA), reading(ANA, wanted)):
        found = diff.compare(desired(*people, identities=said, **there), live)
        assert (found.changes, found.replaced) == ((), {})
        (finding,) = found.diagnostics
        assert (finding.rule, finding.severity) == ("replaces-declared", Severity.ERROR)
        assert finding.position == Position("agents.yaml", 7, 5)


def test_who_has_left_by_the_files_may_be_replaced_as_well() -> None:
    wanted, gone = agent(4001, "Gus Ode"), agent(4001, "Ana Diaz", active=False)
    gone = replace(gone, fields={**gone.fields, "extension": None})
    found = diff.compare(
        desired(wanted, gone, identities=known_as(wanted, replaces=OLD)), reading(ANA)
    )
    assert actions(found) == {wanted.address: Action.CREATE, ANA.address: Action.SUSPEND}
    assert found.diagnostics == ()


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
    found = diff.compare(desired(bo, identities=said), live)
    assert found.changes == ()
    assert [d.rule for d in found.diagnostics] == ["previously-names-nobody"]


# --- what a person wrote -------------------------------------------------------------------------


def rules(found: Comparison) -> list[str]:
    return [finding.rule for finding in found.diagnostics]


def exchange() -> tuple[Resource, Resource, dict]:
    ana = agent(4001, "Ana Diaz", email="bo.chen@acme.example")
    bo = agent(4002, "Bo Chen", email="ana.diaz@acme.example")
    said = known_as(ana, previously=OLD)
    return ana, bo, said | known_as(bo, previously={"email": "bo.chen@acme.example"})


def test_two_people_exchange_emails() -> None:
    ana, bo, said = exchange()
    found = diff.compare(desired(ana, bo, identities=said), reading(ANA, BO))
    assert moved(found) == {
        ana.address: {"email": ("ana.diaz@acme.example", "bo.chen@acme.example")},
        bo.address: {"email": ("bo.chen@acme.example", "ana.diaz@acme.example")},
    }
    assert found.diagnostics == ()


def test_an_exchange_of_emails_that_nobody_explained_is_asked_about() -> None:
    ana, bo, _ = exchange()
    found = diff.compare(desired(ana, bo), reading(ANA, BO))
    assert found.changes == ()
    assert rules(found) == ["who-is-this", "who-is-this"]


@pytest.mark.parametrize("is_written", [True, False])
def test_a_newcomer_on_an_old_address_does_not_take_over_the_account(is_written: bool) -> None:
    ana = agent(4001, "Ana Diaz", email="a@acme.example")
    newcomer = agent(4003, "Cy Low", email="ana.diaz@acme.example")
    said = known_as(ana, previously=OLD) if is_written else {}
    found = diff.compare(desired(ana, newcomer, identities=said), reading(ANA))
    assert newcomer.address not in found.matches
    if is_written:
        assert actions(found) == {ana.address: Action.UPDATE, newcomer.address: Action.CREATE}
    else:
        assert rules(found) == ["who-is-this"]


def test_previously_that_names_nobody_is_told_and_creates_nobody() -> None:
    wanted = agent(4009, "Ana Roe", origin=place("agents.yaml", 7))
    said = known_as(wanted, previously={"email": "anna@acme.example"})
    found = diff.compare(desired(wanted, identities=said), reading(ANA))
    assert found.changes == ()
    (finding,) = found.diagnostics
    assert (finding.rule, finding.severity) == ("previously-names-nobody", Severity.ERROR)
    assert finding.position == Position("agents.yaml", 7, 5)


def test_two_entries_that_name_one_person_stop_each_other() -> None:
    one, other = (agent(4008 + at, f"Ana {name}") for at, name in enumerate(("Roe", "Poe")))
    said = known_as(one, previously=OLD) | known_as(other, previously=OLD)
    found = diff.compare(desired(one, other, identities=said), reading(ANA))
    assert (found.changes, rules(found)) == ((), ["previously-names-another"] * 2)


def test_previously_that_names_somebody_who_is_declared_is_told() -> None:
    wanted = agent(4009, "Gus Ode")
    said = known_as(wanted, previously=OLD)
    found = diff.compare(desired(wanted, ANA, identities=said), reading(ANA))
    assert (found.changes, rules(found)) == ((), ["previously-names-another"])


@pytest.mark.parametrize("name", ["Bo Chen", "Gus Ode"])
def test_previously_that_contradicts_the_name_is_told(name: str) -> None:
    wanted = agent(4009, name, email="new@acme.example", origin=place("agents.yaml", 7))
    said = known_as(wanted, previously=OLD)
    for more in ((), (BO,)):
        found = diff.compare(desired(wanted, *more, identities=said), reading(ANA, BO))
        assert (found.changes, rules(found)) == ((), ["previously-contradicts"])
        assert found.diagnostics[0].position == Position("agents.yaml", 7, 5)


def test_previously_of_a_uc_agent_has_no_effect_and_says_so() -> None:
    wanted = uc_agent(2001, "Una Roe")
    said = known_as(wanted, previously={"extension": "2009"})
    found = diff.compare(desired(wanted, identities=said), reading(wanted))
    assert (found.changes, rules(found)) == ((), ["previously-of-uc-agent"])


@pytest.mark.parametrize("old_email", ["Ana.Diaz@Acme.Example", "ana.diaz@acme.example"])
@pytest.mark.parametrize("number", [None, "4001", "4999"])
@pytest.mark.parametrize("old_number", ["4001", "4990", None])
@pytest.mark.parametrize("is_active", [True, False])
def test_replaces_holds_until_it_is_true(
    old_email: str, number: str | None, old_number: str | None, is_active: bool
) -> None:
    """Whatever an interruption left: the successor exists, and the old one is not yet out."""
    wanted = agent(4001, "Gus Ode")
    new = replace(wanted, fields={**wanted.fields, "extension": number})
    old = agent("4001", "Ana Diaz", email=old_email, active=is_active, licenses=["voice"])
    old = replace(old, fields={**old.fields, "extension": old_number})
    said = known_as(wanted, replaces=OLD)
    found = diff.compare(desired(wanted, identities=said), reading(new, old))
    assert found.diagnostics == ()
    left = moved(found)[old.address]
    assert left["licenses.voice"] == (True, None)
    assert ("extension" in left) == (old_number == "4001")
    assert actions(found)[old.address] is (Action.SUSPEND if is_active else Action.UPDATE)


def test_a_successor_may_take_over_the_email_too() -> None:
    wanted = agent(4001, "Gus Ode", email="ana.diaz@acme.example")
    said = known_as(wanted, replaces=OLD)
    found = diff.compare(desired(wanted, identities=said), reading(ANA))
    assert sorted(change.action for change in found.changes) == ["create", "suspend"]
    (leaver,) = (change for change in found.changes if change.action is Action.SUSPEND)
    paths = {item.path: item.after for item in leaver.fields}
    assert paths["email"] == "ana.diaz+former@acme.example"
    gone = agent(4001, "Ana Diaz", email="ana.diaz+former@acme.example", active=False)
    gone = replace(gone, fields={**gone.fields, "extension": None})
    done = diff.compare(desired(wanted, identities=said), reading(wanted, gone))
    assert (done.changes, done.diagnostics) == ((), ())
    still = replace(gone, fields={**gone.fields, "licenses": frozenset({"voice"})})
    assert actions(diff.compare(desired(wanted, identities=said), reading(wanted, still))) == {
        still.address: Action.UPDATE
    }


def test_a_uc_agent_cannot_be_replaced() -> None:
    wanted, una = agent(4009, "Gus Ode"), uc_agent(2001, "Una Roe")
    said = known_as(wanted, replaces={"extension": "2001"})
    for live in (reading(una), reading(una, wanted)):
        found = diff.compare(desired(wanted, identities=said), live)
        assert (found.changes, rules(found)) == ((), ["replaces-uc-agent"])


def test_replaces_that_names_nobody_creates_nobody() -> None:
    wanted = agent(4009, "Gus Ode")
    said = known_as(wanted, replaces={"email": "anna@acme.example"})
    found = diff.compare(desired(wanted, identities=said), reading(ANA))
    assert (found.changes, rules(found)) == ((), ["replaces-nobody"])
    done = diff.compare(desired(wanted, identities=said), reading(ANA, wanted))
    assert (done.changes, done.diagnostics) == ((), ())


def test_two_cannot_replace_one() -> None:
    one, other = agent(4001, "Gus Ode"), agent(4009, "Zoe Fox")
    said = known_as(one, replaces=OLD) | known_as(other, replaces=OLD)
    assert "replaces-twice" in rules(
        diff.compare(desired(one, other, identities=said), reading(ANA))
    )


def test_nobody_replaces_who_the_entry_was() -> None:
    wanted = agent(4009, "Ana Roe")
    said = known_as(wanted, previously=OLD, replaces=OLD)
    found = diff.compare(desired(wanted, identities=said), reading(ANA))
    assert (found.changes, rules(found)) == ((), ["replaces-declared"])


def test_without_emails_the_holder_of_a_number_who_is_replaced_is_not_renamed() -> None:
    wanted = agent(4001, "Gus Ode")
    said = known_as(wanted, replaces={"extension": "4001"})
    found = diff.compare(desired(wanted, identities=said), reading(shown(ANA, "4001")))
    assert actions(found) == {wanted.address: Action.CREATE, "agent/4001": Action.SUSPEND}
    unnamed = known_as(wanted, replaces=OLD)
    found = diff.compare(desired(wanted, identities=unnamed), reading(shown(ANA, "4001")))
    assert (found.changes, rules(found)) == ((), ["who-is-this"])


@pytest.mark.parametrize("email", ["JOSÉ@acme.example", "jose\u0301@acme.example"])
def test_a_live_email_that_only_looks_different_is_the_same_person(email: str) -> None:
    wanted = agent(4002, "José Roe", email="josé@acme.example")
    live = agent(4001, "José Diaz", email=kinds.email_key(email))
    assert diff.compare(desired(wanted), reading(live)).matches[wanted.address].id == "id-0"


def test_a_queue_that_is_spelled_otherwise_in_the_tenant_is_not_made_twice() -> None:
    wanted, live = resource("queue/café"), resource("queue/cafe\u0301")
    found = diff.compare(desired(wanted), reading(live))
    assert (found.changes, rules(found)) == ((), ["spelled-otherwise"])
