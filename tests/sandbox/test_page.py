"""The page's door without a browser: what somebody can do who does not use the forms as meant."""

import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import requests

from reconciler import sandbox
from reconciler.sandbox import Running, agents
from reconciler.sandbox.database import Database
from reconciler.sandbox.facts import Actor, AgentSettings
from tests.sandbox.tenant import Client


class Visit:
    """A browser without a screen."""

    def __init__(self, running: Running, role: str = "") -> None:
        self.running = running
        self.session = requests.Session()
        if role:
            name = "4001" if role == "agent" else "Mara Voss"
            answer = self.post("/sign-in", token=running.tokens[role], name=name)
            assert answer.status_code == 303, answer.text

    def get(self, path: str) -> requests.Response:
        url = self.running.root + path
        return self.session.get(url, timeout=30, allow_redirects=False)

    def csrf(self) -> str:
        """The token of a page that everybody has: signed in, it stands in the sign-out form."""
        for path in ("/sign-in", "/", "/my-presence"):
            found = re.search(r'name="csrf" value="([^"]+)"', self.get(path).text)
            if found:
                return found[1]
        raise AssertionError("no form has a token")

    def post(self, path: str, **form: Any) -> requests.Response:
        return self.bare_post(path, csrf=self.csrf(), **form)

    def bare_post(self, path: str, **form: Any) -> requests.Response:
        url = self.running.root + path
        return self.session.post(url, data=form, timeout=30, allow_redirects=False)


@pytest.fixture(scope="module")
def ids() -> dict[str, str]:
    return {}


@pytest.fixture(scope="module")
def running(ids: dict[str, str]) -> Iterator[Running]:
    with sandbox.start(pools={"voice": (3, None)}) as started:
        ids["ana"] = Client(started).add_licensed("ana@acme.example", "voice", extension="4001")
        yield started


def trail(running: Running) -> list[Any]:
    entries = Client(running).door("GET", "/audit").json()["entries"]
    return [entry for entry in entries if entry["door"] == "page"]


def writes(ids: dict[str, str]) -> dict[str, dict[str, str]]:
    """Every form that changes licensing, filled in so that it would."""
    ana = ids["ana"]
    person = {"name": "Eve", "email": "eve@acme.example", "extension": "4666"}
    return {
        "/": {"row": f'["{ana}", 1, ["voice"]]'},
        "/uc": {"row": f'["{ana}", 1, ["voice"]]'},
        "/uc/sync": {},
        "/levels": {},
        "/agents/add": person,
        f"/agents/{ana}": {**person, "version": "1"},
        f"/agents/{ana}/delete": {"version": "1"},
    }


@pytest.mark.parametrize("role", ["", "manager", "agent"])
def test_who_may_not_change_licensing_does_not(
    running: Running, ids: dict[str, str], role: str
) -> None:
    visit = Visit(running, role)
    for path, form in writes(ids).items():
        answer = visit.post(path, **form, role="admin")
        assert answer.status_code == (403 if role else 303), path
        assert role or answer.headers["Location"] == "/sign-in"
    assert trail(running) == []


@pytest.mark.parametrize("token", [None, "", "x" * 43, "another"])
def test_a_form_of_somebody_elses_is_refused(
    running: Running, ids: dict[str, str], token: str | None
) -> None:
    visit, other = Visit(running, "admin"), Visit(running, "admin")
    csrf = other.csrf() if token == "another" else token
    for path, form in {**writes(ids), "/sign-out": {}}.items():
        given = form if csrf is None else {**form, "csrf": csrf}
        assert visit.bare_post(path, **given).status_code == 403, path
    assert visit.get("/").status_code == 200
    assert trail(running) == []


def test_nobody_is_signed_in_by_a_form_of_somebody_elses(running: Running) -> None:
    answer = Visit(running).bare_post("/sign-in", name="Eve", token=running.tokens["admin"])
    assert answer.status_code == 403


@pytest.mark.parametrize("path", ["/", "/uc", "/levels", "/trail", "/agents/add", "/my-presence"])
def test_without_a_visit_every_page_leads_to_the_sign_in(running: Running, path: str) -> None:
    answer = Visit(running).get(path)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in")


def test_a_bearer_token_opens_no_page_and_a_cookie_no_api(running: Running) -> None:
    assert Client(running).door("GET", "/trail", allow_redirects=False).status_code == 303
    visit = Visit(running, "admin")
    for path in ("/scim/v2/Users", "/audit", "/realtime", "/directory", "/faults"):
        assert visit.get(path).status_code == 401


def test_a_cookie_that_was_changed_is_nobodys(running: Running) -> None:
    visit = Visit(running, "admin")
    (cookie,) = visit.session.cookies
    flipped = ("B" if cookie.value[0] == "A" else "A") + cookie.value[1:]
    visit.session.cookies.set(cookie.name, flipped, domain=cookie.domain, path=cookie.path)
    assert visit.get("/").status_code == 303


def test_the_cookie_holds_no_role_and_is_for_the_server_only(running: Running) -> None:
    visit = Visit(running)
    answer = visit.get("/sign-in")
    said = answer.headers["Set-Cookie"]
    assert "HttpOnly" in said
    assert "SameSite=Strict" in said
    assert "admin" not in said


def test_signing_in_makes_a_new_visit_and_a_new_token(running: Running) -> None:
    visit = Visit(running)
    before = visit.csrf()
    visit.post("/sign-in", name="Mara", token=running.tokens["admin"])
    assert visit.csrf() != before


@pytest.mark.parametrize("path", ["/sign-in", "/static/page.js", "/agents/none"])
def test_every_answer_carries_the_policy(running: Running, path: str) -> None:
    headers = Visit(running, "admin" if path == "/agents/none" else "").get(path).headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; script-src 'self'")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "row", ["", "x", "{}", "[1,2,3]", '["a", 1, 5]', '["a", "1", []]', "[" * 5000, '["a",1,[1]]']
)
def test_a_row_that_is_not_ours_is_refused(running: Running, row: str) -> None:
    assert Visit(running, "admin").post("/", row=row).status_code == 403
    assert Visit(running, "admin").post("/levels", row=row).status_code == 403


def test_more_rows_than_a_page_has_are_refused(running: Running) -> None:
    assert Visit(running, "admin").post("/", row=['["a", 1, ["voice"]]'] * 201).status_code == 403


def test_a_row_of_nobody_changes_nothing(running: Running) -> None:
    answer = Visit(running, "admin").post("/", row='["a", 1, ["voice"]]')
    assert "Nothing was saved" in answer.text


@pytest.mark.parametrize("search", ["%00", "%00%27", "%ff%fe", "a" * 5000, "%ED%A0%80"])
def test_a_search_beyond_reason_is_just_a_search(running: Running, search: str) -> None:
    for path in ("/", "/levels", "/uc"):
        assert Visit(running, "admin").get(f"{path}?q={search}").status_code == 200


@pytest.mark.parametrize("page", ["0", "-1", "999999999999999999999", "٣", "1e9", "x"])
def test_a_page_beyond_the_list_is_the_nearest(running: Running, page: str) -> None:
    answer = Visit(running, "admin").get(f"/?page={page}")
    assert "1 to 1 of 1" in answer.text


@pytest.mark.parametrize(
    "path",
    ["/static/../visitors.py", "/static/%2e%2e/visitors.py", "/static/..%2f..%2ftables.py"],
)
def test_no_path_leads_out_of_what_is_served(running: Running, path: str) -> None:
    request = requests.Request("GET", running.root)
    prepared = request.prepare()
    prepared.url = running.root + path
    with requests.Session() as session:
        assert session.send(prepared, timeout=30).status_code == 404


def test_120_slow_forms_hold_up_nobody() -> None:
    start = b"POST /sign-in HTTP/1.1\r\nHost: slow\r\nContent-Length: 1000\r\n\r\na"
    with ExitStack() as opened, sandbox.start() as running:
        for _ in range(120):
            slow = opened.enter_context(socket.create_connection(("127.0.0.1", running.port)))
            slow.sendall(start)
        assert Visit(running).get("/sign-in").status_code == 200


@pytest.mark.parametrize("name", ["a?mode=ro", "file:x.db", "x;y#z.db", "a&b=c.db"])
def test_a_database_path_is_a_path_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    sandbox.start(Path(name)).stop()
    assert [found.name for found in tmp_path.iterdir()] == [name]


def test_a_form_beyond_the_limit_is_refused(running: Running) -> None:
    answer = Visit(running, "admin").post("/agents/add", name="x" * (3 * 1024 * 1024))
    assert answer.status_code == 413


def test_a_query_does_not_choose_where_a_save_leads(running: Running) -> None:
    visit = Visit(running, "admin")
    answer = visit.post("/?_external=1&_scheme=javascript&_anchor=x&q=ana&next=//evil.example")
    assert answer.headers["Location"] == "/?q=ana"


def test_an_agent_looks_at_no_number_and_at_nobody(running: Running, ids: dict[str, str]) -> None:
    visit = Visit(running, "agent")
    for path in (f"/agents/{ids['ana']}", "/extensions/4001", "/levels", "/trail"):
        assert visit.get(path).status_code == 403


def test_an_agent_sets_no_presence_but_the_own(running: Running) -> None:
    bo = Client(running).add_licensed("bo@acme.example", "voice", extension="4002")
    answer = Visit(running, "agent").post("/my-presence", presence="ready", agent=bo, id=bo)
    assert answer.status_code == 303
    presences = [entry["address"] for entry in trail(running) if "presence" in entry["after"]]
    assert presences == ["agent/ana@acme.example"]


@pytest.mark.parametrize("role", ["admin", "supervisor"])
def test_what_the_directory_owns_is_not_taken_from_a_form(role: str) -> None:
    entry = {"name": "Yara Haddad", "email": "yara@acme.example", "extension": "2001"}
    with sandbox.start() as running:
        admin, visit = Client(running), Visit(running, role)
        admin.door("PUT", "/directory", {"entries": [entry]})
        visit.post("/uc/sync")
        (user,) = admin.get("/Users")["Resources"]
        form = {"name": "Eve", "email": "eve@acme.example", "extension": "4666", "version": "1"}
        visit.post(f"/agents/{user['id']}", **form, preferred_name="Y")
        assert visit.post(f"/agents/{user['id']}/delete", version="1").status_code == 400
        (after,) = admin.get("/Users")["Resources"]
        assert (after["displayName"], after["userName"]) == ("Yara Haddad", "yara@acme.example")
        assert after["nickName"] == "Y"


def test_a_tenant_shows_its_page_after_a_restart_too(tmp_path: Path) -> None:
    with sandbox.start(tmp_path / "tenant.db") as running:
        visit = Visit(running, "manager")
        port = running.port
    with sandbox.start(tmp_path / "tenant.db", port=port):
        assert visit.get("/").status_code == 303


def test_5000_agents_are_pages_of_50(tmp_path: Path) -> None:
    place = tmp_path / "tenant.db"
    sandbox.start(place).stop()
    _fill(place)
    with sandbox.start(place) as running:
        visit = Visit(running, "manager")
        answer = visit.get("/?q=person+49")
        assert "1 to 50 of 111" in answer.text
        assert answer.text.count("<tr") == 51
        assert "2451 to 2500 of 5000" in visit.get("/?page=50").text
        assert len(visit.get("/?page=100").content) < 200_000


def _fill(place: Path) -> None:
    """5,000 agents in one transaction."""
    database = Database(place)
    with database.write(Actor("seed", "admin", "seed")) as transaction:
        for number in range(5000):
            settings = AgentSettings(f"p{number}@acme.example", name=f"Person {number}")
            agents.add(transaction, settings)
    database.close()
