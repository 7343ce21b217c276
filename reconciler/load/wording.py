"""Messages for files that cannot be loaded, the same whichever parser refused them.

libyaml and the pure parser name one mistake in different words and neither says what to do, so
their texts are only looked at to tell kinds of mistake apart.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from yaml.error import MarkedYAMLError, YAMLError
from yaml.events import ScalarEvent

from reconciler import kinds
from reconciler.diagnostics import Diagnostic, Position, Severity

LARGEST: Final = 16 * 1024 * 1024


class Wording(NamedTuple):
    """A rule, what is wrong, and what to do about it."""

    rule: str
    summary: str
    hint: str


EMPTY_FILE: Final = Wording(
    "empty-file", "the file says nothing", "write at least one key, such as `agents:`, or remove it"
)
NOT_A_MAPPING: Final = Wording(
    "not-a-mapping", "the file does not start with a key", "begin with a kind, such as `agents:`"
)
SECOND_DOCUMENT: Final = Wording(
    "second-document",
    "a second document begins here",
    "one file is one document: put what follows `---` into a file of its own",
)
MERGE_KEY: Final = Wording(
    "merge-key",
    "`<<` is not read",
    "say what several agents have in common in a profile and name it with `profile:`",
)
ODD_KEY: Final = Wording(
    "yaml-syntax", "a key is not a plain text", "write `key: value`, without `?`, `&` and `*`"
)
TOO_DEEP: Final = Wording("yaml-syntax", "this is nested too deeply", "close some of the brackets")
ALIAS_BOMB: Final = Wording(
    "alias-bomb",
    "the aliases of this file stand for too many values",
    "write the values out, or say them once in a profile",
)
REPEATED: Final = Wording(
    "duplicate-key",
    "more keys are repeated in this file than are told one by one",
    "each key stands once in its mapping",
)
DASH_HINT: Final = (
    "keep one of the two; if another entry begins here, write `- ` before its first key"
)
"""Where a key is repeated in an entry of a list."""
NOT_UTF_8: Final = Wording("not-utf-8", "this is not UTF-8", "save the file as UTF-8")
TOO_LARGE: Final = Wording(
    "file-too-large", "the file is larger than 16 MB", "split it: files are read as one"
)
TAB: Final = Wording("tab", "there is a tab character here", "indent and separate with spaces")
DIRECTIVE: Final = Wording(
    "yaml-syntax", "a line begins with `%`", "directives are not read: remove the line, or quote it"
)

_SYNTAX: Final = (
    (
        ("mapping values are not allowed",),
        "a second `: ` where one value was expected",
        "quote the value, or put the nested key on a line of its own, indented",
    ),
    (
        ("sequence entries are not allowed",),
        "a list entry (`- `) begins where none can",
        "put each `- ` on a line of its own, all equally indented",
    ),
    (
        ("unexpected ':'",),
        "a `:` without a space behind it",
        "write `key: value`, with a space",
    ),
    (
        ("unexpected end of stream", "end of stream"),
        "a quote or bracket is not closed",
        "close it",
    ),
    (
        ("quoted scalar", "escape"),
        "this quoted text cannot be read",
        "close the quote; inside double quotes write a backslash as `\\\\`",
    ),
    (
        ("flow sequence", "flow mapping", "flow node"),
        "this bracketed list or mapping cannot be read",
        "close the bracket and put `, ` between its entries",
    ),
    (
        ("could not find expected ':'", "simple key"),
        "a line that is neither `key: value` nor a list entry",
        "write `: ` after the key",
    ),
    (
        ("cannot start any token",),
        "a value cannot begin with this character",
        "put the value in quotes",
    ),
    (
        ("anchor", "alias"),
        "a value that begins with `&` or `*` is read as an anchor or alias, and this is neither",
        "put the value in quotes",
    ),
    (
        ("tag",),
        "a value that begins with `!` is read as a tag, and this is none",
        "put the value in quotes",
    ),
    (
        ("block scalar",),
        "the first line of a block text (`|` or `>`) holds something else",
        "put the text on the following lines, or in quotes",
    ),
    (
        ("block collection", "block mapping", "block sequence"),
        "this line does not fit to the lines above it",
        "indent keys of one mapping, and entries of one list, equally",
    ),
)


def diagnostic(text: Wording, where: Position) -> Diagnostic:
    """Return an error at a place."""
    return Diagnostic(text.rule, Severity.ERROR, text.summary, text.hint, None, where)


def syntax(error: YAMLError, file: str) -> Diagnostic:
    """What a parser refused, in our words."""
    complaint = str(error).lower()
    mark = error.problem_mark or error.context_mark if isinstance(error, MarkedYAMLError) else None
    where = Position(file, mark.line + 1, mark.column + 1) if mark else Position(file, 1, 1)
    for signs, summary, hint in _SYNTAX:
        if any(sign in complaint for sign in signs):
            return diagnostic(Wording("yaml-syntax", summary, hint), where)
    unreadable = Wording(
        "yaml-syntax", "this cannot be read as YAML", "look at this line and the one above it"
    )
    return diagnostic(unreadable, where)


def top_level(event: Any) -> Wording:
    """Word a file that holds no mapping."""
    empty = type(event) is ScalarEvent and event.value == ""
    return EMPTY_FILE if empty else NOT_A_MAPPING


def tag(name: str) -> Wording:
    """Word a YAML tag, which is not read."""
    short = name.replace("tag:yaml.org,2002:", "!!")
    return Wording("custom-tag", f"the tag `{short}` is not read", "remove it: values are plain")


def alias(anchor: str, *, known: bool) -> Wording:
    """Word an alias without an anchor before it, or inside its own value."""
    summary = f"`*{anchor}` stands inside its own value" if known else f"no `&{anchor}` before this"
    return Wording("unknown-alias", summary, "write the value out, or put it in quotes")


def duplicate(key: str, first: Position) -> Wording:
    """Word a key that stands twice in one mapping."""
    return Wording(
        "duplicate-key",
        f"`{key}` stands here a second time; the first is at {first}",
        "keep one of the two",
    )


def control_character(character: str) -> Wording:
    """Word an invisible character."""
    return Wording(
        "control-character",
        f"there is an invisible character here (U+{ord(character):04X})",
        "remove it, or write it in double quotes as an escape",
    )


def unreadable(reason: str) -> Wording:
    """Word a file or folder that cannot be read."""
    return Wording(
        "file-unreadable",
        f"this cannot be read: {reason}",
        "mend it, or take it away if nobody is declared there: nothing is planned on a part of the "
        "files",
    )


def nothing(path: Sequence[str | int]) -> Wording:
    """Both ways out: say that it is empty, or say nothing about it."""
    key = path[-1]
    if isinstance(key, int):
        summary, offer = "a list entry with nothing behind the `-`", "write a value"
    else:
        summary, offer = f"`{key}` has nothing behind it", _offer(key, path)
    return Wording("nothing-behind-key", summary, f"{offer}, or remove the line to leave it alone")


def _offer(key: str, path: Sequence[str | int]) -> str:
    """Return the hint for a key that has no value."""
    if key in _LISTS:
        return f"write `{key}: []` if there are none"
    if len(path) == 1 or key == "limits":
        return f"write `{key}: {{}}` if there are none"
    if len(path) == 2 and path[0] in _NAMED:
        return f"write `{key}: {{}}` to state nothing more of it"
    if key in kinds.COLLECTIONS:
        return f"write `{key}: []` to take all of them away"
    clearable = _CLEARABLE.get(str(path[0]), frozenset())
    return f"write `{key}: null` to clear it" if key in clearable else "write a value"


_LISTS: Final = frozenset({"agents", "protect", "allow", "waivers", "ignore"})
_NAMED: Final = frozenset({"profiles", *(kind.key for kind in kinds.KINDS.values())})
_CLEARABLE: Final = {
    kind.key: frozenset(field.name for field in kind.scalars if field.clearable)
    for kind in kinds.KINDS.values()
}
