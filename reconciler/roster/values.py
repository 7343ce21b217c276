"""Convert a cell to a typed value of an agent field."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Final

from reconciler import kinds
from reconciler.model import NO_LEVEL

INVISIBLE: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]"
)
NONE: Final = "none"
"""A collection that is known to be empty; a cell with nothing in it says nothing."""

NEXT: Final = "next"
"""An extension that is to be the next free one of the range."""

_BLANK: Final = re.compile(r"\s+")
_SEPARATOR: Final = re.compile(r"[;|,\r\n]")
_AS_TEXT: Final = re.compile(r'="(.*)"', re.DOTALL)
_EXTENSION: Final = re.compile(r"[0-9]{1,32}")
_LICENSE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_EMAIL: Final = re.compile(r"[^\s@]+@[^\s@]+")
_LEVEL: Final = re.compile(r"[0-9]{1,9}")

_PHONES: Final = {"webrtc": "webrtc", "xima": "webrtc", "uc": "uc"}
"""Further to the words of the files: what the tenant's own list calls them."""
_YES_OR_NO: Final = {
    **dict.fromkeys(("yes", "y", "true", "on", "1"), True),
    **dict.fromkeys(("no", "n", "false", "off", "0"), False),
}
_ACTIVE: Final = {
    **_YES_OR_NO,
    **dict.fromkeys(("active", "enabled"), True),
    **dict.fromkeys(("inactive", "disabled", "suspended"), False),
}


class UnfitError(Exception):
    """Raised for a cell that does not fit; the text says what would. Never leaves `roster`."""


def bare(cell: str) -> str:
    """The cell as one line, without blanks around it; `="0400"`, which keeps a zero, is 0400."""
    kept = _AS_TEXT.fullmatch(cell.strip())
    return _BLANK.sub(" ", kept.group(1) if kept else cell).strip()


def names(cell: str) -> tuple[str, ...]:
    """A list as it stands in one cell: `support; billing`."""
    parts = (bare(part) for part in _SEPARATOR.split(cell))
    return tuple(dict.fromkeys(name for name in parts if name))


def _email(cell: str) -> str:
    """Return an e-mail as it is compared."""
    email = kinds.email_key(bare(cell))
    if odd := kinds.invisible(email):
        raise UnfitError(f"one address without the invisible character {odd}: type it again")
    if not _EMAIL.fullmatch(email):
        raise UnfitError("one address without spaces, such as ana.diaz@acme.example")
    return email


def _extension(cell: str) -> str:
    """Without the apostrophe by which spreadsheets keep a zero; empty for the next free one."""
    extension = bare(cell).removeprefix("'")
    if extension.casefold() == NEXT:
        return ""
    if not _EXTENSION.fullmatch(extension):
        raise UnfitError("digits only, such as 4001 or 0400")
    return extension


def _licenses(cell: str) -> frozenset[str]:
    """Labels of the page as well: `Web Chat` is `web_chat`."""
    licenses = frozenset(map(_license, _members(cell)))
    if not all(map(_LICENSE.fullmatch, licenses)):
        raise UnfitError("names of licenses, such as `voice; web_chat`")
    return licenses


def _license(name: str) -> str:
    """Return a license in our words where it is one of ours."""
    word = re.sub(r"[\s-]", "_", name.casefold())
    return word if word in kinds.LICENSES else name


def _levels(cell: str) -> dict[str, int]:
    """Return the members of a cell with their levels."""
    return dict(map(_level, _members(cell)))


def _level(text: str) -> tuple[str, int]:
    """Return the name and the level of `support:5`, or the name alone."""
    name, colon, level = (part.strip() for part in text.rpartition(":"))
    if not colon:
        return text, NO_LEVEL
    if not name or not _LEVEL.fullmatch(level) or not 1 <= int(level) <= 10:
        raise UnfitError("names, each with a level from 1 to 10 or without, as `support:5; vip`")
    return name, int(level)


def _members(cell: str) -> tuple[str, ...]:
    """Return the names in a cell; none for the word `none`."""
    return () if bare(cell).lower() == NONE else names(cell)


def _day(cell: str) -> date:
    """Return a day such as 2027-01-05."""
    try:
        return datetime.fromisoformat(bare(cell)).date()
    except ValueError:
        raise UnfitError("a day as year-month-day, such as 2027-03-31") from None


def _one_of(words: Mapping[str, Any], expected: str) -> Callable[[str], Any]:
    """Return a reader of cells that hold one of these words."""

    def read(cell: str) -> Any:
        word = bare(cell).casefold()
        if word not in words:
            raise UnfitError(expected)
        return words[word]

    return read


def _choice(row: kinds.Field) -> Callable[[str], Any]:
    """Our word for a value or the label of the page, in any case."""
    words = {text.casefold(): word for word, label in row.choices.items() for text in (word, label)}
    *others, last = row.choices
    return _one_of(words, f"{', '.join(others)} or {last}")


_BY_TYPE: Final[Mapping[kinds.FieldType, Callable[[str], Any]]] = {
    kinds.FieldType.TEXT: bare,
    kinds.FieldType.EMAIL: _email,
    kinds.FieldType.EXTENSION: _extension,
    kinds.FieldType.BOOLEAN: _one_of(_YES_OR_NO, "yes or no"),
}

READERS: Final[Mapping[str, Callable[[str], Any]]] = {
    **{row.name: _BY_TYPE.get(row.type) or _choice(row) for row in kinds.AGENT_FIELDS},
    "first_name": bare,
    "last_name": bare,
    "phone": _one_of(_PHONES, "webrtc (or xima) or uc"),
    "profile": names,
    "range": bare,
    "licenses": _licenses,
    "queues": _levels,
    "skills": _levels,
    "active": _one_of(_ACTIVE, "active or inactive, or yes or no"),
    "from": _day,
    "until": _day,
    "date": _day,
    "source": bare,
}
"""By field. Each raises `UnfitError`."""
