"""Escaping: every character that acts is shown as its code point, and nothing else is touched."""

import json
import sys
import unicodedata

import pytest

from reconciler.render import escape

SEEN_ALTHOUGH_FORMAT = {*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2}
"""Arabic and Syriac signs that Unicode calls format characters; they are visible."""


def test_all_controls_format_characters_separators_and_surrogates_are_shown() -> None:
    shown = [
        point
        for point in range(sys.maxunicode + 1)
        if unicodedata.category(chr(point)) in ("Cc", "Cf", "Zl", "Zp", "Cs")
        and point not in SEEN_ALTHOUGH_FORMAT
        and escape.visible(chr(point)) != f"U+{point:04X}"
    ]
    assert shown == []


def test_letters_of_all_scripts_stay() -> None:
    for name in ("José Müller", "Łukasz", "Νίκος", "Ольга", "שרה", "محمد", "王小明", "अनिता", "🙂"):
        assert escape.visible(name) == name


def test_joiners_stay_inside_words_and_emoji_that_need_them() -> None:
    for text in ("می\u200cخواهم", "क्\u200dष", "👩\u200d💻"):
        assert escape.visible(text) == text
    assert escape.visible("An\u200da") == "AnU+200Da"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a\x1b[31mb", "aU+001B[31mb"),
        ("a\u202eb", "aU+202Eb"),
        ("a\tb\nc\rd", "aU+0009bU+000AcU+000Dd"),
        ("::error::x", "U+003A:error::x"),
        ("  ::error::x", "  U+003A:error::x"),
        ("a ::b", "a ::b"),
        ("x ##[error]y", "x U+0023#[error]y"),
        ("##vso[task]", "U+0023#vso[task]"),
        ("## heading", "## heading"),
    ],
)
def test_a_terminal_shows_what_it_would_have_done(name: str, shown: str) -> None:
    assert escape.terminal(name) == shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("<b>", "&lt;b&gt;"),
        ("a & b", "a &amp; b"),
        ("&lt;", "&amp;lt;"),
        ("a|b", r"a\|b"),
        ("a\\|b", r"a\\\|b"),
        ("`x`", r"\`x\`"),
        ("*a* _b_ ~c~", r"\*a\* \_b\_ \~c\~"),
        ("[x](y)", r"\[x\](y)"),
        ("![x](y)", r"\!\[x\](y)"),
        ("@everyone", "@\u200beveryone"),
        ("#12", "#\u200b12"),
        ("gh-12", "gh-\u200b12"),
        ("http://x", r"http\://x"),
        ("www.x", r"www\.x"),
        (":tada:", r"\:tada\:"),
        ("$x$", "<span>$</span>x<span>$</span>"),
        ("- a", r"\- a"),
        ("+ a", r"\+ a"),
        ("12. a", r"12\. a"),
        ("4001 Ana", "4001 Ana"),
        ("    a", "&nbsp;&nbsp;&nbsp;&nbsp;a"),
        ("Eve O'Hara", "Eve O&#39;Hara"),
    ],
)
def test_markdown_is_text(name: str, shown: str) -> None:
    assert escape.markdown(name) == shown


def test_markdown_of_a_long_name_is_cut_between_characters_and_counted() -> None:
    shown = escape.markdown("<" * 10_000, limit=5)
    assert shown == "&lt;" * 5 + "… (9995 more characters)"


def test_workflow_commands_are_escaped() -> None:
    assert escape.message("50% %0A\r\n") == "50%25 %250AU+000DU+000A"
    assert escape.workflow_property("a:b,c%") == "a%3Ab%2Cc%25"


def test_json_means_the_same_and_holds_nothing_that_acts() -> None:
    value = {"name": "a\x9b\u202e\u2028\U000e0041\ud800 é 王"}
    text = json.dumps(value, ensure_ascii=False, indent=2)
    shown = escape.json(text)
    assert json.loads(shown) == value
    assert "\\u009b\\u202e\\u2028\\udb40\\udc41\\ud800 é 王" in shown
