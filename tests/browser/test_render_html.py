"""The HTML pages in a real browser: phone, desk and paper, light and dark, keyboard, axe-core.

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

from reconciler.manual import rendering
from reconciler.render import html
from tests.render import hostile, made, sheets

CHROMIUM = shutil.which("chromium")
MISSING = [
    *([] if CHROMIUM else ["chromium (Debian: apt-get install chromium)"]),
    *(name for name in ("playwright", "axe_playwright_python") if not find_spec(name)),
]
ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
PAGES: dict[str, Callable[[], str]] = {
    "empty": lambda: html.plan(made.plan()),
    "small": lambda: html.plan(made.small()),
    "medium": lambda: html.plan(made.large(120)),
    "large": lambda: html.plan(made.large(2_000)),
    "hostile": lambda: html.plan(hostile.together()),
    "drift": lambda: html.drift(made.report()),
    "no drift": lambda: html.drift(made.report((), unmanaged=(), unobserved=(), diagnostics=())),
    "attested": lambda: html.plan(made.known_plan()),
    "attested drift": lambda: html.drift(made.known_report()),
    "two-way": lambda: html.drift(made.report(base=None, complete=False)),
    "hostile drift": lambda: html.drift(hostile.report(hostile.NAMES["long"])),
    "sheet": lambda: rendering.html(sheets.small()),
    "hostile sheet": lambda: rendering.html(sheets.together()),
    "no sheet": lambda: rendering.html(sheets.sheet()),
}
SCHEMES = ("light", "dark")


@dataclass(slots=True)
class Opened:
    """A page, and whatever it said or asked for."""

    page: Any
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)


Open = Callable[..., Opened]


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


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Open]:
    """Opens a page of `PAGES` from a file, with everything that it logs and requests."""
    contexts = []

    def opener(
        name: str, *, width: int = 1280, scheme: str = "light", script: bool = True
    ) -> Opened:
        file = tmp_path / "page.html"
        file.write_text(PAGES[name](), encoding="utf-8")
        size = {"width": width, "height": 844}
        context = browser.new_context(
            viewport=size, color_scheme=scheme, java_script_enabled=script
        )
        contexts.append(context)
        found = Opened(context.new_page())
        found.page.on("console", lambda message: found.said.append(message.text))
        found.page.on("pageerror", lambda error: found.said.append(str(error)))
        found.page.on("dialog", lambda dialog: found.said.append(dialog.message))
        found.page.on("request", lambda request: found.asked.append(request.url))
        found.page.goto(file.as_uri())
        return found

    yield opener
    for context in contexts:
        context.close()


def wide(page: Any) -> bool:
    return bool(
        page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    )


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_does_not_scroll_sideways_says_nothing_and_asks_nobody(
    opened: Open, name: str, width: int
) -> None:
    found = opened(name, width=width)
    assert not wide(found.page)
    assert found.said == []
    assert [url for url in found.asked if not url.endswith("page.html") and url != "data:,"] == []


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize(
    "name",
    [
        "empty",
        "small",
        "medium",
        "drift",
        "no drift",
        "two-way",
        "attested",
        "attested drift",
        "sheet",
    ],
)
def test_axe_core_finds_no_violation(opened: Open, name: str, width: int, scheme: str) -> None:
    page = opened(name, width=width, scheme=scheme).page
    page.evaluate("document.querySelectorAll('details').forEach(found => { found.open = true; })")
    assert violations(page) == []


def test_axe_core_would_find_one(opened: Open) -> None:
    page = opened("small").page
    page.evaluate("document.querySelector('svg').removeAttribute('aria-label')")
    assert violations(page) == ["svg-img-alt"]


def violations(page: Any) -> list[str]:
    import axe_playwright_python

    source = Path(axe_playwright_python.__file__).with_name("axe.min.js")
    page.evaluate("source => { (0, eval)(source); }", source.read_text(encoding="utf-8"))
    found: list[str] = page.evaluate(
        "async () => (await axe.run(document)).violations.map(found => found.id)"
    )
    return found


def test_dark_and_light_are_two_looks(opened: Open) -> None:
    look = "getComputedStyle(document.body).backgroundColor"
    light, dark = (opened("small", scheme=scheme).page.evaluate(look) for scheme in SCHEMES)
    assert light == "rgb(255, 255, 255)"
    assert dark != light


def test_the_list_is_filtered_by_words_and_by_action(opened: Open) -> None:
    page = opened("large").page
    page.fill("#filter", "number 1999")
    assert page.inner_text("#shown") == "1 of 2000 shown"
    assert page.locator(".change:visible").count() == 1
    page.fill("#filter", "PERSON.4@ voice")
    assert page.inner_text("#shown") == "1 of 2000 shown"
    page.fill("#filter", "")
    page.uncheck("input[value=update]")
    assert page.inner_text("#shown") == "1000 of 2000 shown"
    page.uncheck("input[value=suspend]")
    page.uncheck("input[value=create]")
    assert page.inner_text("#shown") == "0 of 2000 shown"


def test_drift_is_filtered_by_class(opened: Open) -> None:
    page = opened("drift").page
    page.uncheck("input[value=drift]")
    assert page.inner_text("#shown") == "2 of 4 shown"


def test_the_page_works_by_keyboard(opened: Open) -> None:
    page = opened("small").page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "list"
    page.keyboard.press("Tab")
    page.keyboard.type("dee kim")
    assert page.inner_text("#shown") == "1 of 6 shown"
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert page.inner_text("#shown") == "0 of 6 shown"
    page.keyboard.press("Enter")
    assert page.url.endswith("page.html#list")


def test_without_a_script_everything_is_there(opened: Open) -> None:
    page = opened("small", script=False).page
    assert page.locator(".change:visible").count() == 6
    assert not page.locator("#filters").is_visible()


@pytest.mark.parametrize("name", ["small", "large", "hostile", "drift"])
def test_paper_shows_the_list_and_no_controls(opened: Open, name: str) -> None:
    found = opened(name, width=720, scheme="dark")
    found.page.emulate_media(media="print")
    assert not wide(found.page)
    assert not found.page.locator("#filters").is_visible()
    assert found.page.locator(".change").first.is_visible()
    assert found.page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    if name == "small":
        assert found.page.pdf(format="A4").startswith(b"%PDF")


@pytest.mark.parametrize("name", ["sheet", "hostile sheet"])
def test_a_sheet_on_paper_has_boxes_for_a_pen_and_splits_no_step(opened: Open, name: str) -> None:
    page = opened(name, width=720, scheme="dark").page
    page.emulate_media(media="print")
    assert not wide(page)
    box, step = page.locator(".box input").first, page.locator(".step").first
    look = "element => { const s = getComputedStyle(element); return [s.%s, s.%s]; }"
    assert box.evaluate(look % ("borderTopColor", "backgroundColor")) == [
        "rgb(0, 0, 0)",
        "rgb(255, 255, 255)",
    ]
    assert step.evaluate(look % ("breakInside", "color")) == ["avoid", "rgb(0, 0, 0)"]


def test_a_sheet_is_ticked_by_keyboard(opened: Open) -> None:
    page = opened("sheet").page
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert page.locator("input:checked").count() == 1
    assert page.get_by_label("1. Pull in 2104 Bo Chen").is_checked()
    assert page.get_by_label("Save the page: Save, at the bottom of the page").count() == 1


def test_no_name_runs_or_styles_anything(opened: Open) -> None:
    page = opened("hostile").page
    assert page.locator("script").count() == 1
    assert page.locator("img, iframe, object, embed, form[action], [style], [onerror]").count() == 0


def test_the_policy_refuses_what_it_does_not_know(opened: Open) -> None:
    found = opened("small")
    found.page.evaluate(
        "() => { const added = document.createElement('script');"
        " added.textContent = 'window.owned = 1'; document.body.append(added); }"
    )
    assert found.page.evaluate("window.owned") is None
    assert any("Content Security Policy" in said for said in found.said)
