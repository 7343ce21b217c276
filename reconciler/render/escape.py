"""Text from files and tenants, made harmless for the place where it is shown.

Names are anything that a person can type or a hostile page can send: such names are valid input.
`visible` is the first step everywhere: what cannot be seen, or moves other text, is shown as its
code point (`U+202E`). The rest is what one kind of output needs besides.
"""

import json as _json
import re
from typing import Final

ZERO_WIDTH_SPACE: Final = "\u200b"

_HIDDEN: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff0-\uffff\ud800-\udfff"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff\U000f0000-\U0010ffff]"
)
_JOINERS: Final = "\u200c\u200d"
"""Needed inside Persian or Indic names and emoji; shown as such between two such characters."""

_MARKDOWN: Final = re.compile(r"[\\`*_{}\[\]|~!:]|^[-+]|^\d+(?=[.)])")
_HTML: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"}
_HTML_CHARACTER: Final = re.compile("[&<>\"']")
_COMMAND: Final = re.compile(r"^(?P<indent>\s*)(?P<colon>:)(?=:)|(?P<hash>#)(?=#\w*\[)")
_REFERENCE: Final = re.compile(r"@|(?<!&)#|(?<![A-Za-z0-9])GH-", re.IGNORECASE)


def visible(text: str) -> str:
    """Control, bidirectional and invisible characters as their code points, on one line."""
    return _HIDDEN.sub(_code_point, text)


def terminal(text: str) -> str:
    """For a line on a terminal or in a build's log: no name moves the cursor or starts a line.

    Build services take lines that begin with `::` and `##[…]` anywhere in a line as commands.
    """
    return _COMMAND.sub(_broken, visible(text))


def clipped(text: str, limit: int) -> str:
    """At most `limit` characters, and how many were left out."""
    left_out = len(text) - limit
    return text if left_out <= 0 else f"{text[:limit]}… ({left_out} more characters)"


def markdown(text: str, *, limit: int = 200) -> str:
    """Escaped text inside a line of Markdown: never markup, a link, a mention or a reference."""
    shown = _HTML_CHARACTER.sub(_entity, clipped(visible(text), limit))
    shown = _MARKDOWN.sub(_backslashed, shown)
    shown = re.sub(r"(?i)www\.", lambda match: match[0][:-1] + r"\.", shown)
    shown = _REFERENCE.sub(rf"\g<0>{ZERO_WIDTH_SPACE}", shown)
    shown = re.sub("^ +", lambda match: "&nbsp;" * len(match[0]), shown)
    return shown.replace("$", "<span>$</span>")


def html(text: str) -> str:
    """For Markdown that holds HTML, and wherever no template escapes."""
    return _HTML_CHARACTER.sub(_entity, visible(text))


def message(text: str) -> str:
    """The message of a workflow command (`::error …::message`)."""
    return visible(text).replace("%", "%25")


def workflow_property(text: str) -> str:
    """A property of a workflow command (`file=…`)."""
    return message(text).replace(":", "%3A").replace(",", "%2C")


def json(text: str) -> str:
    """JSON whose strings hold nothing that a terminal would act on; it means the same."""
    return "\n".join(_HIDDEN.sub(_json_escape, line) for line in text.split("\n"))


def _code_point(match: re.Match[str]) -> str:
    return match[0] if _joins(match) else f"U+{ord(match[0]):04X}"


def _backslashed(match: re.Match[str]) -> str:
    """A number at the start (`1.`) takes the backslash behind it: digits cannot be escaped."""
    return f"{match[0]}\\" if match[0][0].isdigit() else f"\\{match[0]}"


def _broken(match: re.Match[str]) -> str:
    return f"{match['indent'] or ''}U+{ord(match['colon'] or match['hash']):04X}"


def _joins(match: re.Match[str]) -> bool:
    before, after = match.string[: match.start()][-1:], match.string[match.end() :][:1]
    return match[0] in _JOINERS and before > "\x7f" and after > "\x7f"


def _entity(match: re.Match[str]) -> str:
    return _HTML[match[0]]


def _json_escape(match: re.Match[str]) -> str:
    return _json.dumps(match[0])[1:-1]
