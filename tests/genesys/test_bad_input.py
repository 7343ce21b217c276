"""What is wrong is one clear line and the right exit code, and nothing is written."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.genesys.stand_in import ID, SECRET, STATE, StandIn
from tests.running import Run

RANGE = """\
extension_ranges:
  webrtc: {purpose: webrtc_agent, range: 4000-4999}
"""


def refused(run: Run, genesys: StandIn, code: int, *words: str) -> None:
    before = len(genesys.trail())
    ran = run("apply", "--yes")
    text = ran.out + ran.err
    assert ran.code == code, text
    assert all(word in text for word in words), text
    assert len(genesys.trail()) == before


@pytest.mark.parametrize("value", [None, ""])
def test_a_secret_that_is_not_there_is_named(
    run: Run, genesys: StandIn, monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    if value is None:
        monkeypatch.delenv(SECRET)
    else:
        monkeypatch.setenv(SECRET, value)
    refused(run, genesys, 1, f"{SECRET} is not set")


def test_a_secret_in_the_files_is_not_repeated(run: Run, genesys: StandIn) -> None:
    genesys.declare(STATE, RECONCILER_CLIENT_SECRET_ACME="hunter2-hunter2-hunter2")
    ran = run("plan")
    assert ran.code == 1
    assert "hunter2" not in ran.out + ran.err


def test_an_unknown_client_is_exit_7(
    run: Run, genesys: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ID, "stranger")
    refused(run, genesys, 7, "the login host refuses the client")


@contextmanager
def elsewhere(status: int, body: bytes, **headers: str) -> Iterator[str]:
    """A server that answers everything alike, and its URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # http.server's name
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST  # noqa: N815  # the same

        def log_message(self, *_arguments: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (200, b"<!doctype html><title>Sign in</title>", "gives no bearer token"),
        (302, b"", "correct `login_url:`"),
        (400, b'{"error": "invalid_client"}', "the login host refuses the client"),
        (404, b"", "check `login_url:`"),
    ],
)
def test_a_login_host_that_mints_no_token_is_exit_7(
    run: Run, genesys: StandIn, status: int, body: bytes, words: str
) -> None:
    with elsewhere(status, body, Location="http://127.0.0.1:9/") as url:
        genesys.declare(STATE, **{f"login_url: {genesys.running.root}": f"login_url: {url}"})
        refused(run, genesys, 7, words)


def test_a_login_host_that_is_down_is_exit_7(run: Run, genesys: StandIn) -> None:
    with elsewhere(200, b"") as url:
        genesys.declare(STATE, **{f"login_url: {genesys.running.root}": f"login_url: {url}"})
    refused(run, genesys, 7, "the login host", "cannot be reached", "check `login_url:`")


def test_the_rate_limit_of_the_login_host_is_waited_for(run: Run, genesys: StandIn) -> None:
    genesys.faults(token_refusals=1)
    assert run("plan").code == 0


def test_a_region_that_redirects_is_exit_7(run: Run, genesys: StandIn) -> None:
    with elsewhere(301, b"", Location="http://127.0.0.1:9/") as url:
        genesys.declare(STATE, **{f"  url: {genesys.running.root}": f"  url: {url}"})
        refused(run, genesys, 7, "redirect", "correct `url:`")


def test_a_license_without_a_map_is_an_error_at_its_line(run: Run, genesys: StandIn) -> None:
    genesys.declare(STATE.replace("licenses: [voice, web_chat]", "licenses: [voice, sms]"))
    refused(
        run,
        genesys,
        1,
        "names license sms, which has no license definition",
        "under `licenses:` of the tenant block",
        "all.yaml:16",
    )


def test_a_person_who_was_deleted_is_restored_and_not_made_again(
    run: Run, genesys: StandIn
) -> None:
    assert run("apply", "--yes").code == 0
    (user,) = [u for u in genesys.api("GET", "/users").json()["entities"] if u["name"] == "Cy Voss"]
    assert genesys.api("DELETE", f"/users/{user['id']}").status_code == 200
    applied = run("apply", "--yes")
    assert applied.code == 0, applied.out + applied.err
    assert run("plan", "--format", "json").json["changes"] == []
    shown = genesys.api("GET", f"/users/{user['id']}").json()
    assert (shown["state"], shown["name"]) == ("active", "Cy Voss")


def test_a_person_may_have_51_skills(run: Run, genesys: StandIn) -> None:
    names = [f"skill {number:02}" for number in range(51)]
    skills = "skills: {" + ", ".join(f"{name}: {{}}" for name in names) + "}"
    levels = "skills: {" + ", ".join(f"{name}: 3" for name in names) + "}"
    state = STATE.replace("skills: {spanish: {}, french: {}}", skills)
    state = state.replace("skills: {spanish: 5}", levels).replace("{spanish: 1, french: 3}", "{}")
    genesys.declare(state)
    applied = run("apply", "--yes")
    assert applied.code == 0, applied.out + applied.err
    assert run("plan", "--format", "json").json["changes"] == []


@pytest.mark.parametrize("states_wait", [True, False])
def test_a_tenant_that_refuses_too_many_requests_is_waited_for(
    run: Run, genesys: StandIn, states_wait: bool
) -> None:
    genesys.faults(rate_per_second=30, retry_after=states_wait)
    assert run("apply", "--yes").code == 0
    genesys.faults()
    assert run("plan", "--format", "json").json["changes"] == []


def test_a_person_renamed_between_plan_and_apply_makes_the_plan_stale(
    run: Run, genesys: StandIn
) -> None:
    assert run("apply", "--yes").code == 0
    genesys.declare(STATE.replace("preferred_name: Bo", "preferred_name: Bobby"))
    assert run("plan", "-o", "plan.json").code == 0
    (user,) = [u for u in genesys.api("GET", "/users").json()["entities"] if u["name"] == "Bo Lind"]
    change = {"name": "Bob Lind", "version": user["version"]}
    assert genesys.api("PATCH", f"/users/{user['id']}", change).status_code == 200
    before = len(genesys.trail())
    applied = run("apply", "plan.json", "--yes")
    assert applied.code == 5, applied.out + applied.err
    assert "agent/bo@acme.example" in applied.out + applied.err
    assert len(genesys.trail()) == before


def test_a_client_without_a_permission_is_told_which(
    run: Run, genesys: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ID, "agent")
    monkeypatch.setenv(SECRET, genesys.running.tokens["agent"])
    refused(run, genesys, 7, "missing the following permission(s)")


def test_a_license_that_the_tenant_does_not_have_is_exit_1(run: Run, genesys: StandIn) -> None:
    genesys.declare(STATE, sandbox_voice="cloudCX9")
    refused(run, genesys, 1, "license voice is mapped to cloudCX9")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("spanish: 5", "spanish: 6", "has levels 1 to 5 for skills"),
        ("spanish: 5", "spanish: 0", "has levels 1 to 5 for skills"),
        ("spanish: 5", "spanish: 11", "has levels 1 to 5 for skills"),
        ("queues: [support], skills", "queues: {support: 8}, skills", "has no levels for queues"),
    ],
)
def test_a_level_that_the_tenant_cannot_keep_is_an_error_at_its_line(
    run: Run, genesys: StandIn, old: str, new: str, words: str
) -> None:
    genesys.declare(STATE.replace(old, new, 1))
    ran = run("validate")
    assert ran.code == 1
    assert words in ran.out + ran.err
    assert "all.yaml:15" in ran.out + ran.err


@pytest.mark.parametrize(
    ("pools", "words"),
    [
        ([["4002", "4003"]], "is in no extension pool of the tenant"),
        ([["4000", "4999"], ["4001", "4001"]], "is in the extension pools 4000-4999, 4001-4001"),
        ([["4000", "4999"], ["4000", "4500"]], "is in the extension pools 4000-4500, 4000-4999"),
    ],
)
def test_an_extension_of_no_pool_or_of_two_is_an_error_at_its_line(
    run: Run, genesys: StandIn, pools: list[list[str]], words: str
) -> None:
    genesys.faults(extension_pools=pools)
    refused(run, genesys, 4, f"extension 4001 of agent/ana@acme.example {words}", "all.yaml:14")


@pytest.mark.parametrize(
    ("pools", "number"),
    [
        ([["4001", "4999"]], "4000"),
        ([["4000", "4998"]], "4999"),
        ([["4000", "4499"], ["4501", "4999"]], "4500"),
        ([["40000", "49999"]], "4000"),
    ],
)
def test_a_range_that_the_pools_do_not_hold_is_an_error_at_its_line(
    run: Run, genesys: StandIn, pools: list[list[str]], number: str
) -> None:
    genesys.declare(RANGE + "agents: []\n")
    genesys.faults(extension_pools=pools)
    words = f"extension_range/webrtc has {number}, which no extension pool"
    refused(run, genesys, 4, words, "all.yaml:12")


def test_a_range_that_two_pools_hold_together_is_fine(run: Run, genesys: StandIn) -> None:
    genesys.declare(RANGE + STATE)
    genesys.faults(extension_pools=[["4500", "4999"], ["4000", "4499"]])
    assert run("plan").code == 0


def test_members_that_do_not_add_up_are_exit_7(run: Run, genesys: StandIn) -> None:
    assert run("apply", "--yes").code == 0
    genesys.faults(short_members=True)
    refused(run, genesys, 7, "lists", "counts")


def test_a_total_that_moves_is_exit_7_or_read_again(run: Run, genesys: StandIn) -> None:
    assert run("apply", "--yes").code == 0
    genesys.faults(moving_total=True)
    assert run("plan").code in (0, 7)
