"""The Agent Licensing page in a real browser: a person clicks what the files do not say.

Skipped where Chromium or Playwright is missing; in CI that is a failure.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from reconciler import sandbox
from reconciler.providers.sandbox import database
from reconciler.sandbox import Running
from tests.running import Run
from tests.sandbox.tenant import AGENT, Client

CHROMIUM = shutil.which("chromium")
MISSING = [
    *([] if CHROMIUM else ["chromium (Debian: apt-get install chromium)"]),
    *(name for name in ("playwright", "axe_playwright_python") if not find_spec(name)),
]
ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
SEATS = {"voice": (4, None), "web_chat": (1, "voice")}
SCRIPT = "<img src=x onerror='window.owned=1'><script>window.owned=1</script>\"'>"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if MISSING:
        assert not os.environ.get("CI"), f"CI lacks {MISSING}"
        pytest.skip(f"not installed: {', '.join(MISSING)}")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield launched
        launched.close()


@dataclass(slots=True)
class Person:
    """Somebody at a browser, and whatever the browser complained of or asked for."""

    page: Any
    running: Running
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        self.page.goto(self.running.root + path)

    def sign_in(self, name: str, role: str) -> None:
        self.go("/")
        self.page.get_by_label("Your name").fill(name)
        self.page.get_by_label("Token").fill(self.running.tokens[role])
        self.press("Sign in")

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def follow(self, name: str) -> None:
        self.page.get_by_role("link", name=name, exact=True).click()

    def fill(self, label: str, text: str) -> None:
        self.page.get_by_label(label, exact=True).fill(text)

    def add(self, name: str, email: str, extension: str) -> None:
        self.go("/agents/add")
        self.page.fill("#name", name)
        self.page.fill("#email", email)
        self.page.fill("#extension", extension)
        self.press("Save")

    def box(self, license_: str, agent: str) -> Any:
        return self.page.get_by_label(f"{license_} for {agent}", exact=True)

    def notice(self) -> str:
        return str(self.page.locator(".notice").inner_text())


Enter = Callable[..., Person]


@pytest.fixture
def enter(browser: Any) -> Iterator[Enter]:
    """Opens a browser of one's own, signed in unless the role is empty."""
    contexts = []

    def opened(
        running: Running, role: str = "supervisor", *, name: str = "Mara Voss", **options: Any
    ) -> Person:
        options = {"viewport": {"width": 1280, "height": 844}, **options}
        context = browser.new_context(**options)
        context.set_default_timeout(10_000)
        contexts.append(context)
        person = Person(context.new_page(), running)
        person.page.on("console", lambda message: person.said.append(message.text))
        person.page.on("pageerror", lambda error: person.said.append(str(error)))
        person.page.on("dialog", lambda dialog: person.said.append(dialog.message))
        person.page.on("request", lambda request: person.asked.append(request.url))
        if role:
            person.sign_in(name, role)
        return person

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def running() -> Iterator[Running]:
    """A small tenant: two licensed agents, one queue, one skill, one UC user."""
    with sandbox.start(pools=SEATS) as started:
        admin = Client(started)
        admin.add_target("Queue", "support", extension="1001")
        admin.add_target("Skill", "spanish")
        for name, extension in (("Ana Diaz", "4001"), ("Bo Chen", "4002")):
            body = {
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", AGENT],
                "userName": f"{name.split()[0].lower()}@acme.example",
                "displayName": name,
                "entitlements": [{"value": "voice"}],
                AGENT: {"extension": extension, "recordingMode": "manual"},
            }
            assert admin.post("/Users", body).status_code == 201
        entry = {"name": "Yara Haddad", "email": "yara@acme.example", "extension": "2001"}
        assert admin.door("PUT", "/directory", {"entries": [entry]}).status_code == 200
        yield started


def trail(running: Running) -> list[dict[str, Any]]:
    entries = Client(running).door("GET", "/audit").json()["entries"]
    return [entry for entry in entries if entry["door"] == "page"]


# --- the story


def test_what_a_person_clicks_is_what_drift_names(company: Path, run: Run, enter: Enter) -> None:
    assert run("apply", "desired-state", "--yes").code == 0
    with sandbox.start(database(company, "acme")) as running:
        mara = enter(running, name="Mara Voss")
        mara.add("Nia Roth", "nia.roth@acme.example", "4200")
        assert "Nia Roth (4200) was added" in mara.notice()
        _take_the_last_seats(mara)
        _change_a_recording_mode(mara)
        _enroll(mara)
        assert mara.said == []
    report = run("drift", "--format", "json")
    assert report.code == 2
    found = {(i["address"], i["path"], i["live"]): i["actor"] for i in report.json["items"]}
    assert found == {
        ("agent/bo.chen@acme.example", "licenses.transcription", True): "Mara Voss",
        ("agent/kavya.rao@acme.example", "recording_mode", "disabled"): "Mara Voss",
        ("agent/liam.byrne@acme.example", "queues.billing", 7): "Mara Voss",
    }
    added = {item["address"]: item["actor"] for item in report.json["unmanaged"]}
    assert added == {
        "agent/nia.roth@acme.example": "Mara Voss",
        "agent/temp.desk@acme.example": "seed",
    }
    assert run("drift").out.count("changed by Mara Voss") == 3


def _take_the_last_seats(mara: Person) -> None:
    """Gives the last seat of transcription, and is refused the next."""
    mara.go("/")
    pool = mara.page.locator("[data-pool=transcription]")
    takers = ["Bo Chen (4002)", "Dagny Lund (4004)", "Fatima Haddad (4006)", "Grace Mbeki (4007)"]
    free = int(pool.locator(".free").inner_text())
    for taker in takers[:free]:
        mara.box("Transcription", taker).check()
    assert pool.locator(".free").inner_text() == "0"
    mara.press("Save")
    assert "Licenses of" in mara.notice()
    refused = mara.box("Transcription", takers[free])
    refused.check()
    assert pool.locator(".free").inner_text() == "-1"
    mara.press("Save")
    assert "Nothing was saved" in mara.page.get_by_role("alert").inner_text()
    beside = mara.page.locator(f"#{refused.get_attribute('aria-describedby')}")
    assert "No free seat of Transcription" in beside.inner_text()


def _change_a_recording_mode(mara: Person) -> None:
    mara.go("/?q=kavya")
    mara.page.get_by_role("link", name="Edit Kavya Rao (4011)").click()
    mara.page.get_by_label("Disabled", exact=True).check()
    mara.press("Save")
    assert "Kavya Rao (4011) was saved" in mara.notice()


def _enroll(mara: Person) -> None:
    mara.go("/levels?q=liam")
    mara.fill("billing level of Liam Byrne (4012)", "7")
    mara.press("Save")
    assert "Levels of 1 agent saved" in mara.notice()


# --- adding, editing, deleting


def test_every_field_of_the_page_is_kept(running: Running, enter: Enter) -> None:
    mara = enter(running)
    mara.go("/")
    mara.follow("Add Agent")
    for label, text in (
        ("Name (required)", "Nia Roth"),
        ("Email Address (required)", "nia+webrtc@acme.example"),
        ("Extension (required)", "4003"),
        ("Preferred Name", "Nia"),
        ("No Answer Destination", "1001"),
    ):
        mara.fill(label, text)
    mara.page.get_by_label("Automatic (Pausing Prohibited)").check()
    mara.page.get_by_label("Allow agent to review their own call recordings").check()
    mara.press("Save")
    (user,) = [u for u in Client(running).get("/Users")["Resources"] if u.get("nickName") == "Nia"]
    assert (user["displayName"], user["userName"]) == ("Nia Roth", "nia+webrtc@acme.example")
    kept = {k: user[AGENT][k] for k in ("extension", "noAnswerDestination", "recordingMode")}
    assert kept == {
        "extension": "4003",
        "noAnswerDestination": "1001",
        "recordingMode": "automatic_pausing_prohibited",
    }
    assert user[AGENT]["reviewOwnRecordings"] is True


def test_each_recording_mode_says_what_it_means(running: Running, enter: Enter) -> None:
    mara = enter(running)
    mara.go("/agents/add")
    for mode, means in (
        ("Automatic", "Automatically records any calls and allows"),
        ("Automatic (Pausing Prohibited)", "Automatically records any calls, but does not allow"),
        ("Manual", "Does not automatically record any calls, but allows"),
        ("Disabled", "Does not record any calls and does not allow"),
    ):
        radio = mara.page.get_by_label(mode, exact=True)
        told = mara.page.locator(f"#{radio.get_attribute('aria-describedby')}").inner_text()
        assert told.startswith(means)


@pytest.mark.parametrize(
    ("name", "email", "extension", "at", "message"),
    [
        ("", "c@acme.example", "4003", "name", "Give the full name"),
        ("C", "no address", "4003", "email", "not an e-mail address"),
        ("C", "c@acme.example", "", "extension", "Give an extension"),
        ("C", "c@acme.example", "40x", "extension", "1 to 15 digits"),
        ("C", "c@acme.example", "4001", "extension", "already in use by another agent"),
        ("C", "c@acme.example", "1001", "extension", "already in use by another queue"),
        ("C", "ANA@acme.example", "4003", "email", "already in use by another agent"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(
    running: Running, enter: Enter, name: str, email: str, extension: str, at: str, message: str
) -> None:
    mara = enter(running)
    mara.add(name, email, extension)
    field_ = mara.page.locator(f"#{at}")
    assert field_.get_attribute("aria-invalid") == "true"
    assert f"{at}-error" in field_.get_attribute("aria-describedby").split()
    assert message in mara.page.locator(f"#{at}-error").inner_text()
    assert mara.page.input_value("#email") == email
    assert trail(running) == []


def test_the_page_warns_of_an_extension_in_use_while_one_types(
    running: Running, enter: Enter
) -> None:
    mara = enter(running)
    mara.go("/agents/add")
    warning = mara.page.locator("#extension-taken")
    mara.page.locator("#extension").press_sequentially("4001")
    warning.get_by_text("4001 is already in use by Ana Diaz (4001).").wait_for()
    mara.page.fill("#extension", "1001")
    warning.get_by_text("in use by the queue support").wait_for()
    mara.page.fill("#extension", "4003")
    mara.page.wait_for_selector("#extension-taken:empty", state="attached")


def test_ones_own_extension_is_no_reason_to_warn(running: Running, enter: Enter) -> None:
    mara = enter(running)
    mara.go("/?q=ana")
    with mara.page.expect_response(lambda answer: "/extensions/4001" in answer.url) as answer:
        mara.page.get_by_role("link", name="Edit Ana Diaz (4001)").click()
    assert answer.value.json() == {"taken_by": None}


def test_an_agent_is_deleted_after_a_confirmation_only(running: Running, enter: Enter) -> None:
    mara = enter(running)
    mara.page.get_by_role("link", name="Delete Ana Diaz (4001)").click()
    assert "the seats Voice" in mara.page.inner_text("main")
    mara.follow("Cancel")
    mara.page.get_by_role("link", name="Delete Ana Diaz (4001)").click()
    mara.press("Delete")
    assert "Ana Diaz (4001) was deleted" in mara.notice()
    (entry,) = trail(running)
    assert (entry["actor"], entry["role"], entry["action"]) == ("Mara Voss", "supervisor", "delete")


def test_who_comes_second_is_told_and_overwrites_nothing(running: Running, enter: Enter) -> None:
    first, second = enter(running), enter(running, name="Sam Ito")
    for person in (first, second):
        person.go("/?q=ana")
        person.page.get_by_role("link", name="Edit Ana Diaz (4001)").click()
    first.fill("Preferred Name", "Annie")
    first.press("Save")
    second.fill("Preferred Name", "Anita")
    second.press("Save")
    assert "Somebody else has changed" in second.page.get_by_role("alert").inner_text()
    assert [entry["after"] for entry in trail(running)] == [{"preferred_name": "Annie"}]


# --- licenses and levels


def test_one_save_is_all_or_nothing(running: Running, enter: Enter) -> None:
    mara = enter(running)
    mara.box("Web Chat", "Ana Diaz (4001)").check()
    mara.box("Web Chat", "Bo Chen (4002)").check()
    mara.press("Save")
    assert "1 agent was refused" in mara.page.get_by_role("alert").inner_text()
    assert mara.box("Web Chat", "Ana Diaz (4001)").is_checked()
    assert trail(running) == []
    mara.box("Web Chat", "Bo Chen (4002)").uncheck()
    mara.press("Save")
    assert "Licenses of 1 agent saved" in mara.notice()


def test_a_seat_moves_from_one_agent_to_another_in_one_save(running: Running, enter: Enter) -> None:
    mara = enter(running)
    mara.box("Web Chat", "Bo Chen (4002)").check()
    mara.press("Save")
    mara.box("Web Chat", "Bo Chen (4002)").uncheck()
    mara.box("Web Chat", "Ana Diaz (4001)").check()
    mara.press("Save")
    assert "Licenses of 2 agents saved" in mara.notice()


def test_a_license_that_needs_another_is_refused_beside_the_name(
    running: Running, enter: Enter
) -> None:
    mara = enter(running)
    mara.box("Web Chat", "Ana Diaz (4001)").check()
    mara.box("Voice", "Ana Diaz (4001)").uncheck()
    mara.press("Save")
    assert "Web Chat requires Voice" in mara.page.locator("tr.refused").inner_text()


def test_levels_are_set_and_cleared_and_a_license_comes_first(
    running: Running, enter: Enter
) -> None:
    mara = enter(running)
    mara.add("Nia Roth", "nia@acme.example", "4003")
    mara.follow("Skill Levels")
    assert mara.page.get_by_label("support level of Nia Roth (4003)").is_disabled()
    mara.fill("support level of Ana Diaz (4001)", "8")
    mara.fill("spanish level of Ana Diaz (4001)", "x")
    mara.press("Save")
    mara.fill("support level of Ana Diaz (4001)", "")
    mara.press("Save")
    changes = [(entry["before"], entry["after"]) for entry in trail(running)[1:]]
    assert changes == [
        (
            {"queues.support": None, "skills.spanish": None},
            {"queues.support": 8, "skills.spanish": True},
        ),
        ({"queues.support": 8}, {"queues.support": None}),
    ]


def test_a_search_asks_before_it_loses_what_is_not_saved(running: Running, enter: Enter) -> None:
    mara = enter(running)
    mara.follow("Skill Levels")
    mara.fill("support level of Ana Diaz (4001)", "8")
    asked: list[str] = []

    def stays(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    mara.page.once("dialog", stays)
    mara.page.get_by_role("button", name="Filter").click(no_wait_after=True)
    mara.page.wait_for_function("document.querySelector('[data-changes]').textContent")
    assert mara.page.get_by_label("support level of Ana Diaz (4001)").input_value() == "8"
    mara.press("Save")
    assert asked == ["beforeunload"]
    assert [entry["after"] for entry in trail(running)] == [{"queues.support": 8}]


def test_a_level_that_is_none_is_refused_beside_the_name(running: Running, enter: Enter) -> None:
    mara = enter(running)
    mara.go("/levels")
    for level in ("0", "11", "-1", "a", "½"):
        mara.fill("support level of Ana Diaz (4001)", level)
        mara.press("Save")
        assert "a number from 1 to 10" in mara.page.locator("tr.refused").inner_text()
    assert trail(running) == []


def test_the_standing_says_who_receives_queue_calls(running: Running, enter: Enter) -> None:
    mara = enter(running)
    row = mara.page.locator("tr", has_text="Ana Diaz (4001)")
    assert "No queue or skill" in row.inner_text()
    mara.go("/levels")
    mara.fill("support level of Ana Diaz (4001)", "5")
    mara.press("Save")
    mara.go("/")
    assert "Receives queue calls" in row.inner_text()
    mara.box("Voice", "Bo Chen (4002)").uncheck()
    mara.press("Save")
    assert "No license" in mara.page.locator("tr", has_text="Bo Chen (4002)").inner_text()


# --- UC agents


def test_a_uc_agent_arrives_with_a_sync_and_only_its_own_fields_change(
    running: Running, enter: Enter
) -> None:
    mara = enter(running)
    mara.follow("UC Phone Licensing")
    mara.press("Sync UC Users")
    assert "1 pulled in: 2001 Yara Haddad" in mara.notice()
    mara.box("Voice", "Yara Haddad (2001)").check()
    mara.press("Save")
    mara.page.get_by_role("link", name="Edit Yara Haddad (2001)").click()
    named = "input:not([type=hidden])"
    names = mara.page.locator(f"main {named}").evaluate_all("all => all.map(one => one.name)")
    assert names == ["preferred_name", "cost_center", "review_own_recordings"]
    mara.fill("Preferred Name", "Yara")
    mara.press("Save")
    assert mara.page.url.endswith("/uc")
    assert trail(running)[-1]["after"] == {"preferred_name": "Yara"}
    assert mara.page.get_by_role("link", name="Delete Yara Haddad (2001)").count() == 0


# --- many agents


def test_the_table_is_searched_filtered_and_paged(enter: Enter) -> None:
    with sandbox.start(seed="acme") as running:
        mara = enter(running)
        rows = mara.page.locator("tbody tr")
        mara.fill("Name, e-mail or extension", "41")
        mara.press("Filter")
        assert rows.count() == 10
        mara.page.get_by_label("License", exact=True).select_option("Web Chat")
        mara.press("Filter")
        assert rows.count() == 2
        mara.go("/levels")
        assert rows.count() == 25
        mara.follow("Next")
        assert "26 to 39 of 39" in mara.page.inner_text("nav.pages")


def test_sql_in_a_search_finds_nobody(running: Running, enter: Enter) -> None:
    mara = enter(running)
    for search in ("' OR 1=1 --", "%", "_", "\\", "a' UNION SELECT token FROM token --"):
        mara.fill("Name, e-mail or extension", search)
        mara.press("Filter")
        assert "Nobody here fits the filter" in mara.page.inner_text("tbody")
        assert mara.page.input_value("#q") == search
    mara.go("/")
    assert mara.page.locator("tbody tr").count() == 2


# --- what a role sees


def test_a_manager_reads_and_changes_nothing(running: Running, enter: Enter) -> None:
    manager = enter(running, "manager", name="Ria Holt")
    assert manager.box("Voice", "Ana Diaz (4001)").is_disabled()
    texts = manager.page.locator("main button, main a").all_inner_texts()
    assert not [text for text in texts if text.startswith(("Save", "Add", "Edit", "Delete"))]
    manager.page.get_by_role("link", name="View Ana Diaz (4001)").click()
    assert manager.page.locator("main button").count() == 0
    manager.follow("Audit Trail")
    assert "agent/ana@acme.example" in manager.page.inner_text("tbody")


def test_an_agent_sees_and_sets_the_own_presence_only(running: Running, enter: Enter) -> None:
    ana = enter(running, "agent", name="4001")
    assert "Ana Diaz (4001)" in ana.page.inner_text("main")
    ana.page.get_by_label("Ready").check()
    ana.press("Set")
    assert "Your presence was set" in ana.notice()
    (entry,) = trail(running)
    assert (entry["actor"], entry["after"]) == ("Ana Diaz", {"presence": "ready"})
    assert ana.said == []
    for path in ("/uc", "/levels", "/trail", "/agents/add", "/extensions/4001"):
        ana.go(path)
        assert "This is not allowed" in ana.page.inner_text("main")


@pytest.mark.parametrize(
    ("name", "role", "at"),
    [("", "admin", "name"), ("Mara", "nobody", "token"), ("9999", "agent", "name")],
)
def test_a_wrong_name_or_token_does_not_sign_in(
    running: Running, enter: Enter, name: str, role: str, at: str
) -> None:
    person = enter(running, "")
    person.go("/trail")
    person.page.fill("#name", name)
    person.page.fill("#token", running.tokens.get(role, "admin_" + "0" * 32))
    person.press("Sign in")
    assert person.page.locator(f"#{at}").get_attribute("aria-invalid") == "true"
    assert person.page.locator("#token").input_value() == ""


def test_signing_out_ends_it(running: Running, enter: Enter) -> None:
    mara = enter(running)
    kept = mara.page.context.cookies()
    mara.press("Sign out")
    assert mara.page.url.endswith("/sign-in")
    mara.page.context.add_cookies(kept)
    mara.go("/")
    assert mara.page.url.endswith("/sign-in")


# --- looks, keyboard, screen reader


PATHS = ("/", "/?q=nobody", "/agents/add", "/uc", "/levels", "/trail")


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_every_page_is_accessible_quiet_and_fits(
    running: Running, enter: Enter, width: int, scheme: str
) -> None:
    options = {"viewport": {"width": width, "height": 844}, "color_scheme": scheme}
    person = enter(running, "", **options)
    person.go("/sign-in")
    person.press("Sign in")
    looked_at(person)
    person.sign_in("Mara Voss", "supervisor")
    person.go("/uc")
    person.press("Sync UC Users")
    for path in PATHS:
        person.go(path)
        looked_at(person)
    person.add("", "x", "4001")
    looked_at(person)
    for which in ("Edit Ana Diaz (4001)", "Delete Ana Diaz (4001)", "Edit Yara Haddad (2001)"):
        person.go("/")
        person.follow(which)
        looked_at(person)
    person.go("/levels")
    person.fill("support level of Ana Diaz (4001)", "99")
    person.press("Save")
    looked_at(person)
    person.go("/agents/none")
    looked_at(person, quiet=False)
    person.press("Sign out")
    person.sign_in("4001", "agent")
    looked_at(person)
    assert all(url.startswith(running.root) for url in person.asked)


def looked_at(person: Person, *, quiet: bool = True) -> None:
    import axe_playwright_python

    source = Path(axe_playwright_python.__file__).with_name("axe.min.js")
    person.page.evaluate("source => { (0, eval)(source); }", source.read_text(encoding="utf-8"))
    found = person.page.evaluate(
        "async () => (await axe.run(document)).violations.map(found => found.id)"
    )
    assert found == [], person.page.url
    sizes = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert person.page.evaluate(sizes) == 0, person.page.url
    assert person.said == [] or not quiet
    person.said.clear()


def test_the_page_works_by_keyboard(running: Running, enter: Enter) -> None:
    mara = enter(running)
    mara.go("/")
    keyboard = mara.page.keyboard
    keyboard.press("Tab")
    assert mara.page.evaluate("document.activeElement.className") == "skip"
    keyboard.press("Enter")
    keyboard.press("Tab")
    keyboard.type("ana")
    keyboard.press("Enter")
    mara.page.wait_for_url("**q=ana**")
    mara.box("Voice", "Ana Diaz (4001)").focus()
    keyboard.press("Space")
    assert mara.page.locator("[data-pool=voice] .free").inner_text() == "3"
    keyboard.press("Enter")
    mara.page.wait_for_selector(".notice")
    assert trail(running)[0]["after"] == {"licenses.voice": None}


def test_without_a_script_everything_can_be_done(running: Running, enter: Enter) -> None:
    mara = enter(running, java_script_enabled=False)
    mara.add("Nia Roth", "nia@acme.example", "4003")
    mara.box("Voice", "Nia Roth (4003)").check()
    mara.press("Save")
    mara.go("/levels")
    mara.fill("support level of Nia Roth (4003)", "5")
    mara.press("Save")
    assert [entry["action"] for entry in trail(running)] == ["create", "update", "update"]


# --- what a name can do


def test_a_script_in_a_name_is_inert_on_every_page(running: Running, enter: Enter) -> None:
    mara = enter(running, name=SCRIPT)
    mara.add(SCRIPT, "evil@acme.example", "4666")
    Client(running).add_target("Queue", SCRIPT)
    for path in ("/", "/levels", "/trail", "/?q=%3Cscript%3Ewindow.owned=1%3C/script%3E"):
        mara.go(path)
        assert mara.page.evaluate("window.owned") is None
        assert mara.page.locator("img, script:not([src]), [onerror]").count() == 0
    mara.go("/")
    mara.page.locator("td a[href*=delete]").first.click()
    assert mara.page.locator("img, script:not([src])").count() == 0
    mara.go("/agents/add")
    mara.page.fill("#extension", "4666")
    mara.page.locator("#extension-taken").get_by_text("<script>").wait_for()
    assert mara.page.evaluate("window.owned") is None
    assert mara.said == []


def test_the_policy_refuses_what_it_does_not_know(running: Running, enter: Enter) -> None:
    mara = enter(running)
    mara.page.evaluate(
        "() => { const added = document.createElement('script');"
        " added.textContent = 'window.owned = 1'; document.body.append(added); }"
    )
    assert mara.page.evaluate("window.owned") is None
    assert any("Content Security Policy" in said for said in mara.said)
