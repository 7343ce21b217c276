"""Whole commands on the stand-in of Genesys Cloud."""

import pytest

from tests.genesys.stand_in import STATE, StandIn
from tests.running import Run, runner

CHANGED = """\
queues: {support: {}, sales: {}}
skills: {spanish: {}, french: {}}
agents:
  - {name: Ana Diaz-Lee, email: ana@acme.example, extension: "4009", licenses: [voice],
     queues: [sales], skills: {spanish: 2, french: 1}}
  - {name: Bo Lind, email: bo@acme.example, extension: "4002", licenses: [voice],
     queues: [support], preferred_name: null, skills: {french: 4}}
  - {name: Cy Voss, email: cy@acme.example, extension: "4003", licenses: [voice], active: false,
     queues: [sales], skills: {spanish: 1, french: 3}}
"""


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    """The stand-in is late by so many readings: no pause has to take its time."""
    return runner(capfd, waits=False)


def converge(run: Run, *, runs: int = 1) -> None:
    """Applies until it ends well, at most so often; then nothing may be left to do."""
    for _ in range(runs):
        applied = run("apply", "--yes")
        if applied.code == 0:
            break
    assert applied.code == 0, applied.out + applied.err
    again = run("plan", "--format", "json")
    assert (again.code, again.json["changes"]) == (0, []), again.out


def skills(genesys: StandIn, name: str) -> dict[str, float]:
    """Proficiencies of one person, as the platform shows them."""
    users = genesys.api("GET", "/users?pageSize=100").json()["entities"]
    (user,) = [user for user in users if user["name"] == name]
    return {skill["name"]: skill["proficiency"] for skill in user["skills"]}


def creations(genesys: StandIn) -> list[str]:
    return [entry["address"] for entry in genesys.trail() if entry["action"] == "create"]


def test_files_are_applied_and_the_second_plan_is_empty(run: Run, genesys: StandIn) -> None:
    assert run("plan").code == 0
    converge(run)
    assert set(genesys.agents()) == {"ana@acme.example", "bo@acme.example", "cy@acme.example"}


def test_every_kind_of_change_converges(run: Run, genesys: StandIn) -> None:
    converge(run)
    genesys.declare(CHANGED)
    converge(run)
    assert skills(genesys, "Ana Diaz-Lee") == {"spanish": 2.0, "french": 1.0}
    genesys.declare(STATE)
    converge(run)


def test_what_another_client_changed_is_drift(run: Run, genesys: StandIn) -> None:
    converge(run)
    (user,) = [u for u in genesys.api("GET", "/users").json()["entities"] if u["name"] == "Bo Lind"]
    change = {"name": "Bob Lind", "version": user["version"]}
    assert genesys.api("PATCH", f"/users/{user['id']}", change).status_code == 200
    found = run("drift", "--format", "json")
    assert [item["address"] for item in found.json["items"]] == ["agent/bo@acme.example"]


def test_the_plan_of_an_exported_tenant_is_empty(run: Run, genesys: StandIn) -> None:
    converge(run)
    assert run("export", "exported").code == 0
    again = run("plan", "exported", "--format", "json")
    assert (again.code, again.json["changes"]) == (0, []), again.out + again.err


@pytest.mark.parametrize("fault", ["drop_after", "fail_after", "stale_409", "stale_400"])
def test_lost_answers_and_stale_versions_send_nothing_twice(
    run: Run, genesys: StandIn, fault: str
) -> None:
    genesys.faults(**{fault: 0.3, "seed": 7})
    for _ in range(8):
        if run("apply", "--yes").code == 0:
            break
    genesys.faults()
    converge(run, runs=2)
    made = creations(genesys)
    assert len(made) == len(set(made)) == 7


def test_late_listings_lead_to_no_second_create(run: Run, genesys: StandIn) -> None:
    genesys.faults(listing_delay=2, token_requests=20, token_refusals=1)
    assert run("apply", "--yes").code == 0
    genesys.faults()
    converge(run)
    assert len(creations(genesys)) == 7


def test_another_email_is_a_step_for_a_person_and_the_rest_is_written(
    run: Run, genesys: StandIn
) -> None:
    converge(run)
    changed = STATE.replace("bo@acme.example", "bob@acme.example").replace(": Bo}", ": Bob}")
    genesys.declare(changed)
    applied = run("apply", "--yes")
    assert applied.code == 3
    text = "the e-mail of agent/bob@acme.example is changed by a person"
    assert text in applied.out + applied.err
    assert "1 manual" in applied.out
    assert genesys.agents()["bo@acme.example"]["nickName"] == "Bob"


def test_a_suspend_and_a_restore_say_what_becomes_of_roles(run: Run, genesys: StandIn) -> None:
    converge(run)
    genesys.declare(STATE.replace("name: Bo Lind,", "name: Bo Lind, active: false,"))
    planned, applied = run("plan"), run("apply", "--yes")
    assert "who becomes inactive loses the roles" in planned.out.partition("Risk")[2]
    assert "remember: 4002 Bo Lind: who becomes inactive loses the roles" in applied.err
    assert applied.code == 0
    genesys.declare(STATE)
    applied = run("apply", "--yes")
    assert "remember: 4002 Bo Lind: who becomes active again has only" in applied.err
    assert applied.code == 0


def test_a_new_person_without_a_phone_is_a_risk(run: Run, genesys: StandIn) -> None:
    assert "a new person has no phone" in run("plan").out.partition("Risk")[2]


def test_licenses_that_roles_decide_are_said_to_be(run: Run, genesys: StandIn) -> None:
    genesys.faults(roles_decide=True)
    ran = run("apply", "--yes")
    assert ran.code == 3
    assert "licenses.voice of agent/ana@acme.example is decided by roles" in ran.out + ran.err
    assert "3 manual" in ran.out


PHONE = "webrtc_phone: {site: Main site, base_settings: WebRTC phones}"


def test_phones_are_made_on_the_stand_in_and_the_next_plan_is_empty(
    run: Run, genesys: StandIn
) -> None:
    genesys.faults(listing_delay=2)
    genesys.declare(STATE, **{"  licenses:": f"  {PHONE}\n  licenses:"})
    ran = run("apply", "--yes")
    assert ran.code == 0, ran.out + ran.err
    phones = genesys.api("GET", "/telephony/providers/edges/phones").json()["entities"]
    assert len({phone["webRtcUser"]["id"] for phone in phones}) == 3
    ran = run("plan", "--detailed-exitcode")
    assert ran.code == 0, ran.out
    assert "unobserved" not in ran.out


def test_a_site_that_the_stand_in_lacks_fails_by_name(run: Run, genesys: StandIn) -> None:
    block = PHONE.replace("Main site", "Nowhere")
    genesys.declare(STATE, **{"  licenses:": f"  {block}\n  licenses:"})
    ran = run("apply", "--yes")
    assert ran.code == 3, ran.out + ran.err
    assert "{site: Nowhere}" in ran.out
