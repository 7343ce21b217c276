"""Misbehavior on command: each fault, that it is deterministic, and that a mistake is refused."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from reconciler import sandbox
from reconciler.sandbox import faults, targets
from reconciler.sandbox.database import Database
from reconciler.sandbox.facts import Actor, TargetSettings
from reconciler.sandbox.lag import Lag
from tests.sandbox.tenant import Client, agent, detail

Faulty = Callable[..., Client]


@pytest.fixture
def faulty() -> Iterator[Faulty]:
    """Starts a tenant with these faults."""
    started: list[sandbox.Running] = []

    def start(**wanted: Any) -> Client:
        started.append(sandbox.start(faults=wanted))
        return Client(started[-1])

    yield start
    for running in started:
        running.stop()


def statuses(tenant: Client, count: int) -> list[int]:
    """The answers to as many writes in a row; 0 for a connection dropped without an answer."""
    return [status_of(tenant, f"a{number}@acme.example") for number in range(1, count + 1)]


def status_of(tenant: Client, email: str) -> int:
    try:
        return tenant.add_agent(email).status_code
    except requests.ConnectionError:
        return 0


def stored(tenant: Client) -> list[str]:
    users = tenant.get("/Users").get("Resources", [])
    return [user["userName"].partition("@")[0] for user in users]


def test_fail_before_does_nothing(faulty: Faulty) -> None:
    tenant = faulty(fail_before=[2])
    assert statuses(tenant, 3) == [201, 500, 201]
    assert stored(tenant) == ["a1", "a3"]


def test_fail_after_has_done_it(faulty: Faulty) -> None:
    tenant = faulty(fail_after=[2])
    assert statuses(tenant, 3) == [201, 500, 201]
    assert stored(tenant) == ["a1", "a2", "a3"]


def test_drop_after_has_done_it_and_answers_nothing(faulty: Faulty) -> None:
    tenant = faulty(drop_after=[2])
    assert statuses(tenant, 3) == [201, 0, 201]
    assert stored(tenant) == ["a1", "a2", "a3"]


def test_html_503_is_a_page_and_does_nothing(faulty: Faulty) -> None:
    tenant = faulty(html_503=[1])
    answer = tenant.add_agent("a1@acme.example")
    assert (answer.status_code, answer.headers["Content-Type"]) == (503, "text/html")
    assert "<h1>" in answer.text
    assert stored(tenant) == []


def test_a_share_of_1_is_every_write(faulty: Faulty) -> None:
    assert statuses(faulty(fail_before=1), 3) == [500, 500, 500]
    assert statuses(faulty(fail_before=0.0), 3) == [201, 201, 201]


def test_the_same_seed_hits_the_same_writes(faulty: Faulty) -> None:
    first, again, other = (statuses(faulty(fail_before=0.5, seed=seed), 12) for seed in (1, 1, 2))
    assert first == again
    assert first != other
    assert {201, 500} == set(first)


def test_two_faults_hit_independently() -> None:
    both = faults.parse({"fail_before": 0.5, "drop_after": 0.5})
    hits = {(both.hits("fail_before", n), both.hits("drop_after", n)) for n in range(50)}
    assert len(hits) == 4


def test_reads_searches_and_other_doors_are_no_writes(faulty: Faulty) -> None:
    tenant = faulty(fail_before=1)
    assert tenant.get("/Users")["totalResults"] == 0
    assert tenant.post("/Users/.search", {}).status_code == 200
    assert tenant.door("POST", "/directory/sync").status_code == 200
    assert tenant.door("GET", "/faults").json()["writes"] == 0


def test_a_bulk_request_is_one_write(faulty: Faulty) -> None:
    tenant = faulty(fail_before=[2])
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": email, "data": agent(email)}
        for email in ("a1@acme.example", "a2@acme.example")
    ]
    schemas = ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"]
    body = {"schemas": schemas, "Operations": operations}
    assert tenant.post("/Bulk", body).status_code == 200
    assert tenant.add_agent("a3@acme.example").status_code == 500


@pytest.mark.parametrize("told", [True, False])
def test_above_the_rate_there_is_a_429(faulty: Faulty, told: bool) -> None:
    tenant = faulty(rate_per_second=0.1, retry_after=told)
    assert tenant.send("GET", "/Users").status_code == 200
    answer = tenant.send("GET", "/Users")
    assert answer.status_code == 429
    assert ("Retry-After" in answer.headers) == told
    if told:
        assert 1 <= int(answer.headers["Retry-After"]) <= 10


def test_a_429_is_no_write_and_the_page_has_no_rate(faulty: Faulty) -> None:
    tenant = faulty(rate_per_second=0.1)
    assert statuses(tenant, 3) == [201, 429, 429]
    assert tenant.door("GET", "/faults").json()["writes"] == 1
    assert tenant.door("GET", "/rest/api/v1/agents").status_code == 429
    assert tenant.door("GET", "/audit").status_code == 200


def test_latency_is_waited(faulty: Faulty) -> None:
    tenant = faulty(latency_ms=150)
    before = time.monotonic()
    tenant.get("/Users")
    assert time.monotonic() - before >= 0.15


def test_a_tenant_that_is_waiting_stops_at_once(faulty: Faulty) -> None:
    tenant = faulty(latency_ms=60_000)
    with requests.Session() as session, pytest.raises(requests.ReadTimeout):
        session.get(tenant.running.url + "/Users", timeout=0.2)
    before = time.monotonic()
    tenant.running.stop()
    assert time.monotonic() - before < 5


@pytest.mark.parametrize("asked", [{}, {"count": 100}, {"count": 2}])
def test_pages_are_clamped_and_say_so(faulty: Faulty, asked: dict[str, int]) -> None:
    tenant = faulty(page_clamp=2)
    statuses(tenant, 5)
    page = tenant.get("/Users", **asked)
    assert (page["totalResults"], page["itemsPerPage"], len(page["Resources"])) == (5, 2, 2)
    last = tenant.get("/Users", startIndex=5, **asked)
    assert len(last["Resources"]) == 1
    schemas = ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]
    posted = tenant.post("/Users/.search", {"schemas": schemas, **asked}).json()
    assert posted["itemsPerPage"] == 2


def test_less_than_the_clamp_is_given_as_asked(faulty: Faulty) -> None:
    tenant = faulty(page_clamp=3)
    statuses(tenant, 3)
    assert len(tenant.get("/Users", count=1)["Resources"]) == 1
    assert "Resources" not in tenant.get("/Users", count=0)
    assert tenant.send("GET", "/Users", params={"count": "many"}).status_code == 400


def test_the_total_moves_while_paging(faulty: Faulty) -> None:
    tenant = faulty(moving_total=True)
    assert [tenant.get("/Users")["totalResults"] for _ in range(4)] == [0, 1, 0, 1]


def test_stale_reads_do_not_show_what_was_just_written(faulty: Faulty) -> None:
    tenant = faulty(stale_seconds=600)
    created = tenant.add_agent("a1@acme.example").json()
    assert tenant.get("/Users")["totalResults"] == 0
    assert tenant.send("GET", f"/Users/{created['id']}").status_code == 404
    assert tenant.add_agent("a1@acme.example").status_code == 409
    tenant.door("DELETE", "/faults")
    assert stored(tenant) == ["a1"]


def test_a_lag_shows_the_state_of_exactly_that_long_ago(tmp_path: Path) -> None:
    database, now = Database(tmp_path / "tenant.db"), [0.0]
    lag = Lag(database, 10, clock=lambda: now[0])

    def add(name: str) -> None:
        lag.before_write()
        with database.write(Actor("test", "admin", "test")) as transaction:
            targets.add(transaction, "queue", TargetSettings(name))

    def seen() -> list[str]:
        with database.seeing(lag.seen()), database.read() as transaction:
            return [target.settings.name for target in targets.page(transaction, "queue")]

    assert seen() == []
    add("one")
    now[0] = 4
    add("two")
    shown = []
    for moment in (4, 9.9, 10, 13.9, 14):
        now[0] = moment
        shown.append(seen())
    assert shown == [[], [], ["one"], ["one"], ["one", "two"]]
    lag.close()
    database.close()


def test_faults_are_set_read_and_cleared_while_the_tenant_runs(faulty: Faulty) -> None:
    tenant = faulty()
    assert tenant.door("GET", "/faults").json() == {"faults": {}, "writes": 0}
    wanted = {"fail_before": [1], "latency_ms": 1, "moving_total": True}
    assert tenant.door("PUT", "/faults", wanted).json()["faults"] == wanted
    assert statuses(tenant, 2) == [500, 201]
    assert tenant.door("GET", "/faults").json()["writes"] == 2
    tenant.door("PUT", "/faults", wanted)
    assert tenant.add_agent("a3@acme.example").status_code == 500
    assert tenant.door("DELETE", "/faults").json() == {"faults": {}, "writes": 0}
    assert tenant.add_agent("a3@acme.example").status_code == 201


WRONG: list[tuple[Any, str]] = [
    ({"fail_befor": [1]}, "no fault fail_befor; did you mean fail_before?"),
    ({"fail_before": 1.5}, "fail_before is a share from 0 to 1, or a list of write numbers"),
    ({"fail_before": [0]}, "fail_before is a whole number from 1"),
    ({"fail_before": "all"}, "fail_before is a share"),
    ({"latency_ms": -1}, "latency_ms is a whole number from 0 to 60000"),
    ({"latency_ms": True}, "latency_ms is a whole number"),
    ({"retry_after": 1}, "retry_after is true or false"),
    ({"rate_per_second": 0}, "rate_per_second is a number from 0.01"),
    ({"page_clamp": 0}, "page_clamp is a whole number from 1"),
    ({"stale_seconds": "1"}, "stale_seconds is a number from 0 to 3600"),
]


@pytest.mark.parametrize(("wanted", "message"), WRONG)
def test_a_fault_that_cannot_be_is_refused_at_every_door(
    lasting: Client, tmp_path: Path, wanted: dict[str, Any], message: str
) -> None:
    answer = lasting.door("PUT", "/faults", wanted)
    assert answer.status_code == 400
    assert message in answer.json()["error"]
    path = tmp_path / "faults.json"
    path.write_text(json.dumps(wanted))
    with pytest.raises(sandbox.FaultsError) as refused:
        sandbox.start(faults=path)
    assert message in str(refused.value)


@pytest.mark.parametrize(("text", "message"), [("{", "not JSON"), ("[1]", "a JSON object")])
def test_a_faults_file_that_is_not_an_object_is_refused(
    tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "faults.json"
    path.write_text(text)
    with pytest.raises(sandbox.FaultsError, match=message):
        sandbox.start(faults=path)
    with pytest.raises(sandbox.FaultsError, match="cannot read"):
        sandbox.start(faults=tmp_path / "nowhere.json")


def test_a_failure_is_said_in_scim(faulty: Faulty) -> None:
    answer = faulty(fail_before=1).add_agent("a1@acme.example")
    assert answer.headers["Content-Type"] == "application/scim+json"
    assert detail(answer) == "the tenant failed before the change was made"
