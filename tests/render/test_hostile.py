"""Hostile names are harmless in every rendering."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest

from reconciler.render import document, github, html, markdown, sarif, text
from tests.render import hostile

EACH = pytest.mark.parametrize("name", hostile.NAMES.values(), ids=hostile.NAMES)
FORBIDDEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)


def everything(name: str) -> Iterator[str]:
    plan, report, verdict = hostile.plan(name), hostile.report(name), hostile.verdict(name)
    for module in (text, markdown, html, sarif, github, document):
        yield module.plan(plan)
        yield module.drift(report)
    for module in (text, markdown, github, document):
        yield module.verdict(verdict)
    yield text.plan(plan, detail=False)
    yield text.drift(report, detail=False)


@EACH
def test_no_rendering_holds_a_character_that_acts(name: str) -> None:
    for shown in everything(name):
        assert not FORBIDDEN.search(shown)


@EACH
def test_a_name_in_text_begins_no_line_and_is_no_command(name: str) -> None:
    expected = text.plan(hostile.plan("Ana")).count("\n")
    shown = text.plan(hostile.plan(name))
    assert shown.count("\n") == expected
    for line in shown.splitlines():
        assert not line.lstrip().startswith("::")
        assert not re.search(r"##\w*\[", line)


class Outline(HTMLParser):
    """Which elements a page has, and with which attributes that act."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.acting: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in ("meta", "link", "br", "input", "rect", "line"):
            self.open.append(tag)
        acts = {"src", "style", "action", "srcdoc", "formaction"}
        self.acting += [name for name, _ in attrs if name.startswith("on") or name in acts]
        self.acting += [
            value or "" for name, value in attrs if name == "href" and value != "data:,"
        ]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@EACH
def test_a_name_adds_no_element_to_the_page(name: str) -> None:
    for render in (lambda n: html.plan(hostile.plan(n)), lambda n: html.drift(hostile.report(n))):
        page, plain = Outline(render(name)), Outline(render("Ana"))
        assert page.tags.count("script") == 1
        assert page.tags == plain.tags
        assert page.acting == ["#list"]
        assert page.open == []


@EACH
def test_a_name_in_markdown_is_text_and_nothing_else(name: str) -> None:
    assert_inert(markdown.plan(hostile.plan(name)))
    assert_inert(markdown.drift(hostile.report(name)))
    assert_inert(markdown.verdict(hostile.verdict(name)))


@EACH
@pytest.mark.parametrize("bound", [1_024, 2_000, 5_000, 20_000])
def test_a_bound_cuts_no_entity_and_leaves_nothing_open(name: str, bound: int) -> None:
    for shown in (
        markdown.plan(hostile.plan(name), max_bytes=bound, link="https://ci.example/1"),
        markdown.drift(hostile.report(name), max_bytes=bound, link="https://ci.example/1"),
    ):
        assert len(shown.encode()) <= bound
        assert_inert(shown)


def assert_inert(shown: str) -> None:
    tags = re.findall(r"<[^>]*>", shown)
    allowed = {"<details>", "</details>", "<summary>", "</summary>", "<span>", "</span>"}
    assert {tag for tag in tags if not tag.startswith("<!-- reconciler:")} <= allowed
    assert shown.count("<!--") == 1
    assert shown.count("<details>") == shown.count("</details>")
    assert not re.search(r"&(?!amp;|lt;|gt;|quot;|#39;|nbsp;)", shown)
    assert not re.search(r"(?<!\\)[`*\[]", re.sub(r"\*\*|\[The whole \w+\]\(https://ci", "", shown))
    assert not re.search(r"[@#](?![\u200b#; ]|39;)", shown.replace("## ", ""))
    assert not re.search(r"https?:|www\.", shown.replace("(https://ci.example/1)", ""))
    columns = [line for line in shown.splitlines() if line.startswith("|")]
    assert all(
        len(re.findall(r"(?<!\\)\|", line.replace("\\\\", ""))) in (4, 6, 7, 8) for line in columns
    )
    for line in shown.splitlines():
        assert not re.match(r"- (?:[-+#>] |\d+[.)] |    )", line)


@EACH
def test_a_name_adds_no_annotation(name: str) -> None:
    for render in (
        lambda n: github.plan(hostile.plan(n)),
        lambda n: github.drift(hostile.report(n)),
        lambda n: github.verdict(hostile.verdict(n)),
    ):
        lines = render(name).splitlines()
        assert len(lines) == len(render("Ana").splitlines())
        for line in lines:
            found = re.fullmatch(r"::(?:error|warning|notice) ([^:]*)::(.*)", line)
            assert found
            assert {part.split("=")[0] for part in found[1].split(",")} <= {
                "file",
                "line",
                "col",
                "title",
            }
            assert not re.search(r"%(?!25|3A|2C|0A)", line)


@EACH
def test_who_vouches_takes_no_room_from_the_others(name: str) -> None:
    """A name is cut where it stands beside others, so that the counts are always seen."""
    for module in (text, html, github, sarif):
        for shown in (module.plan(hostile.plan(name)), module.drift(hostile.report(name))):
            assert "; oldest 12 days ago), 9 unobserved" in shown


@EACH
def test_json_renderings_mean_the_name_itself(name: str) -> None:
    plan = json.loads(document.plan(hostile.plan(name)))
    assert plan["tenant"]["name"] == name
    assert plan["changes"][0]["label"] == f"4001 {name}"
    assert json.loads(document.drift(hostile.report(name)))["items"][0]["desired"] == name
    log = json.loads(sarif.plan(hostile.plan(name)))
    for result in log["runs"][0]["results"]:
        assert len(result["message"]["text"]) < 1_100
