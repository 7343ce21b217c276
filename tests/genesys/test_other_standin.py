"""Thirty agents on a stand-in that ours was not made for, with the vendor's SDK as referee."""

import contextlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from reconciler import errors, load, providers
from reconciler.model import Handle, Operation, Provider, Verb
from reconciler.providers.genesys import api
from reconciler.providers.rate_limiter import RateLimiter
from tests.genesys import other_standin, referee
from tests.genesys.other_standin import Behavior, Tenant
from tests.running import Ran, Run, runner

BLOCK = """\
tenant:
  name: other
  provider: genesys
  url: {url}
  login_url: {url}
  client_id_env: RECONCILER_CLIENT_ID_OTHER
  client_secret_env: RECONCILER_CLIENT_SECRET_OTHER
  request_interval: 0
  licenses: {{voice: cloudCX1, web_chat: cloudCX2Digital}}
license_pools: {{voice: {{purchased: 50}}, web_chat: {{purchased: 50}}}}
extension_ranges:
  webrtc: {{purpose: webrtc_agent, range: 4000-4999}}
queues: {{support: {{}}, sales: {{}}, billing: {{}}}}
skills: {{spanish: {{}}, French: {{}}, "spanish two": {{}}}}
policy: {{limits: {{agent: {{update: 100%}}}}}}
agents:
"""
ALLOWED = ("--allow", "license.remove=99", "--allow", "membership.remove=99")
QUEUES = ("support", "sales", "billing")
SKILLS = ("spanish", "French", "spanish two")


def entry(number: int, shift: int, count: int) -> dict[str, Any]:
    """What the files say of one of `count` people; `shift` changes nearly all of it."""
    return {
        "name": f"Person {number}" + (" Newly" if shift and number % 3 == 0 else ""),
        "email": f"person.{number}@acme.example",
        "extension": str(4000 + (number + shift) % count),
        "preferred_name": f"P{number}" if (number + shift) % 2 else None,
        "licenses": ["voice", "web_chat"] if (number + shift) % 4 == 0 else ["voice"],
        "queues": [QUEUES[(number + shift) % 3]],
        "skills": {SKILLS[(number + shift) % 3]: 1 + (number + shift) % 5},
    }


def declare(url: str, shift: int = 0, count: int = 30) -> None:
    people = (
        f"  - {entry(number, shift, count)}\n".replace("None", "null") for number in range(count)
    )
    Path("desired-state").mkdir(exist_ok=True)
    text = BLOCK.format(url=url) + "".join(people)
    Path("desired-state/all.yaml").write_text(text, encoding="utf-8")


def held(tenant: Tenant) -> dict[str, dict[str, Any]]:
    """The store in the words of the files, by e-mail."""
    store, names = tenant.store, {"cloudCX1": "voice", "cloudCX2Digital": "web_chat"}
    found = {}
    for identifier, user in store.users.items():
        if user["state"] != "active":
            continue
        levels = store.has_skills.get(identifier, {})
        found[user["email"]] = {
            "name": user["name"],
            "email": user["email"],
            "extension": next(
                (a["extension"] for a in user["addresses"] if "extension" in a), None
            ),
            "preferred_name": user["preferredName"],
            "licenses": sorted(names[name] for name in store.licenses.get(identifier, ())),
            "queues": [
                q["name"] for i, q in store.queues.items() if identifier in store.members.get(i, ())
            ],
            "skills": {store.skills[skill]["name"]: level for skill, level in levels.items()},
        }
    return found


def wanted(shift: int = 0, count: int = 30) -> dict[str, dict[str, Any]]:
    return {entry(n, shift, count)["email"]: entry(n, shift, count) for n in range(count)}


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    """The stand-in is late by so many readings: no pause has to take its time."""
    return runner(capfd, waits=False)


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RECONCILER_HOSTS", raising=False)
    monkeypatch.setenv("RECONCILER_CLIENT_ID_OTHER", other_standin.ID)
    monkeypatch.setenv("RECONCILER_CLIENT_SECRET_OTHER", other_standin.SECRET)


@contextmanager
def refereed(behavior: Behavior) -> Iterator[tuple[Tenant, str]]:
    """A tenant whose client never sent what the SDK could not send."""
    with other_standin.serving(behavior) as (tenant, url):
        yield tenant, url
    assert tenant.complaints == []


@contextmanager
def writing(limiter: RateLimiter | None = None) -> Iterator[Provider]:
    """The provider that the files name, opened for writing."""
    stated, environ = load.tenant(Path("desired-state")), dict(os.environ)
    assert stated is not None
    provider = providers.open(
        stated, environ=environ, root=Path(), read_only=False, limiter=limiter
    )
    with contextlib.closing(provider):
        yield provider


def converge(run: Run, runs: int = 1) -> Ran:
    for _ in range(runs):
        applied = run("apply", "--yes", *ALLOWED)
        if applied.code == 0:
            break
    assert applied.code == 0, applied.out + applied.err
    again = run("plan", "--format", "json")
    assert (again.code, again.json["changes"]) == (0, []), again.out + again.err
    return applied


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize(
    ("behavior", "count"),
    [
        (Behavior(), 30),
        (Behavior(lag=3), 7),
        (Behavior(clamp=3), 7),
        (Behavior(states_totals=False), 7),
        (Behavior(clamp=3, states_totals=False, expands_skills=False), 7),
        (Behavior(token_requests=11), 7),
        (Behavior(conflicts=0.25), 7),
    ],
    ids=["plain", "lag", "clamp", "no_totals", "no_skills", "tokens", "conflicts"],
)
def test_everybody_converges_in_one_apply_and_the_store_is_as_the_files_say(
    run: Run, behavior: Behavior, count: int
) -> None:
    with refereed(behavior) as (tenant, url):
        declare(url, count=count)
        converge(run)
        assert held(tenant) == wanted(count=count)
        declare(url, shift=1, count=count)
        converge(run)
        assert held(tenant) == wanted(shift=1, count=count)
        assert len(tenant.created) == len(set(tenant.created)) == count + 6


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("lag", [0, 5])
def test_lost_answers_and_late_listings_send_no_create_twice(run: Run, lag: int) -> None:
    with refereed(Behavior(lag=lag, lost_after=0.2, token_requests=40)) as (tenant, url):
        declare(url, count=12)
        converge(run, runs=3)
        assert held(tenant) == wanted(count=12)
        assert len(tenant.created) == len(set(tenant.created)) == 18
        bodies = [
            body["email"]
            for verb, path, _, body in tenant.requests
            if (verb, path) == ("POST", "/api/v2/users")
        ]
        assert len(bodies) == len(set(bodies)) == 12


@pytest.mark.usefixtures("environment")
def test_requests_that_never_arrived_are_sent_again(run: Run) -> None:
    lost = (("PATCH", ""), ("PATCH", "/bulk"), ("POST", "/members"), ("POST", "/organization"))
    with refereed(Behavior(lost_before=lost)) as (tenant, url):
        declare(url, count=6)
        converge(run, runs=3)
        assert held(tenant) == wanted(count=6)


@pytest.mark.usefixtures("environment")
def test_a_missing_phone_is_made_and_becomes_the_default_station(run: Run) -> None:
    file = Path("desired-state/all.yaml")
    with refereed(Behavior(lag=2)) as (tenant, url):
        declare(url, count=3)
        converge(run)
        assert tenant.store.phones == {}
        block = "webrtc_phone: {site: Main site, base_settings: WebRTC phones}\n  licenses"
        file.write_text(file.read_text(encoding="utf-8").replace("licenses", block, 1))
        converge(run)
        assert tenant.store.defaults == {user: f"station-{user}" for user in tenant.store.users}
        more = f"  - {entry(3, 0, 9)}\n".replace("None", "null")
        file.write_text(file.read_text(encoding="utf-8") + more)
        assert "has no phone" not in run("plan").out
        converge(run)
        assert len(tenant.store.phones) == len(tenant.store.defaults) == 4


@pytest.mark.usefixtures("environment")
def test_drift_names_who_changed_a_field_and_marks_our_own_client(run: Run) -> None:
    with refereed(Behavior()) as (tenant, url):
        declare(url, count=3)
        converge(run)
        tenant.rename("person.1@acme.example", "Somebody", user={"id": "u", "name": "Kim Boss"})
        tenant.rename("person.2@acme.example", "Nobody", client={"id": other_standin.ID})
        items = run("drift", "--format", "json").json["items"]
        actors = {item["address"]: item["actor"] for item in items}
        assert actors == {
            "agent/person.1@acme.example": "Kim Boss",
            "agent/person.2@acme.example": "this OAuth client",
        }


@pytest.mark.usefixtures("environment")
def test_who_is_in_a_queue_through_a_group_is_shown_and_never_written(run: Run) -> None:
    with refereed(Behavior()) as (tenant, url):
        declare(url, count=3)
        converge(run)
        queues = {queue["name"]: identifier for identifier, queue in tenant.store.queues.items()}
        people = {user["email"]: user["id"] for user in tenant.store.users.values()}
        user = people["person.1@acme.example"]
        member = {"id": user, "ringNumber": 1, "joined": False, "memberBy": "group"}
        tenant.store.members[queues["support"]][user] = member
        planned = run("plan")
        assert (planned.code, "Plan: 0 changes" in planned.out) == (0, True), planned.out
        assert "1 in queue support by way of a group: Person 1" in planned.out
        file = Path("desired-state/all.yaml")
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace("'queues': ['sales']", "'queues': ['sales', 'support']"))
        converge(run)
        assert tenant.store.members[queues["support"]][user] == member


@pytest.mark.usefixtures("environment")
def test_whoever_is_deleted_stays_so_and_a_new_entry_brings_them_back(run: Run) -> None:
    with refereed(Behavior(conflicts=0.3, expands_skills=False)) as (tenant, url):
        declare(url, count=3)
        converge(run)
        with writing() as provider:
            address = "agent/person.1@acme.example"
            live = provider.reader.read().resources[address]
            operation = Operation("op-1", address, "agent", Verb.DELETE, {})
            for _ in range(2):
                provider.writer.write([operation], {address: Handle(live.id or "")})
        assert tenant.store.users[live.id or ""]["state"] == "deleted"
        for skill in tenant.store.skills:
            tenant.store.has_skills[live.id or ""][skill] = 1.0
        converge(run)
        assert tenant.store.users[live.id or ""]["state"] == "active"
        assert held(tenant) == wanted(count=3)
        assert len(tenant.created) == 9
        sent = {(verb, path) for verb, path, _, _ in tenant.requests}
        assert all(any(verb == v for v, _ in sent) for verb in ("GET", "POST", "PATCH", "DELETE"))


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("pauses", [12, 1000])
def test_version_conflicts_in_a_row_are_outwaited_and_bounded(run: Run, pauses: int) -> None:
    """So many pauses pass before the version stands still."""
    with refereed(Behavior()) as (tenant, url):
        declare(url, count=1)
        converge(run)
        waits: list[float] = []

        def sleep(seconds: float) -> None:
            waits.append(seconds)
            if len(waits) == pauses:
                tenant.behavior.conflicts = 0.0

        limiter = RateLimiter(sleep=sleep)
        with writing(limiter) as provider:
            address = "agent/person.0@acme.example"
            live = provider.reader.read().resources[address]
            change = Operation("op-1", address, "agent", Verb.UPDATE, {"name": "Other Name"})
            tenant.behavior.conflicts = 1.0
            if pauses == 12:
                provider.writer.write([change], {address: Handle(live.id or "")})
                assert tenant.store.users[live.id or ""]["name"] == "Other Name"
            else:
                with pytest.raises(errors.RequestError, match="none of our fields had changed"):
                    provider.writer.write([change], {address: Handle(live.id or "")})
        assert sum(waits) < 20


@pytest.mark.usefixtures("environment")
def test_a_change_during_the_pause_after_a_conflict_is_not_overwritten(run: Run) -> None:
    with refereed(Behavior()) as (tenant, url):
        declare(url, count=1)
        converge(run)
        email, address = "person.0@acme.example", "agent/person.0@acme.example"
        limiter = RateLimiter(sleep=lambda _: tenant.rename(email, "Somebody Else"))
        with writing(limiter) as provider:
            live = provider.reader.read().resources[address]
            change = Operation("op-1", address, "agent", Verb.UPDATE, {"name": "Other Name"})
            tenant.behavior.conflicts = 1.0
            with pytest.raises(errors.PreconditionFailedError):
                provider.writer.write([change], {address: Handle(live.id or "")})
        assert tenant.store.users[live.id or ""]["name"] == "Somebody Else"


@pytest.mark.usefixtures("environment")
def test_skills_that_a_listing_left_out_make_no_conflict_somebody_elses_change(run: Run) -> None:
    with refereed(Behavior()) as (tenant, url):
        declare(url, count=1)
        converge(run)
        with writing() as provider:
            address = "agent/person.0@acme.example"
            user = provider.reader.read().resources[address].id or ""
            stored = tenant.store.users[user]
            provider.writer.remember({user: dict(stored)}, {}, ())  # type: ignore[attr-defined]  # Genesys'
            stored["version"] += 2
            change = Operation("op-1", address, "agent", Verb.UPDATE, {"name": "Other Name"})
            provider.writer.write([change], {address: Handle(user)})
        assert stored["name"] == "Other Name"


def test_every_path_of_the_provider_is_one_of_the_sdk() -> None:
    paths = {value for name, value in vars(api).items() if str(value).startswith(f"{api.ROOT}/")}
    known = [call.path for call in referee.calls()]
    assert len(paths) > 12
    assert [p for p in paths if not any(k.fullmatch(p.partition("?")[0]) for k in known)] == []


def test_the_referee_knows_every_operation_that_it_is_asked_about() -> None:
    assert len(referee.calls()) > 400
    assert referee.complaints("PATCH", "/api/v2/users/1", {}, {"nickname": "x"}) != []
    assert referee.complaints("GET", "/api/v2/users", {"page": "1"}, None) != []
    assert referee.complaints("PUT", "/api/v2/users", {}, None) != []
