"""YAML scalars that every reader types alike: what might be taken for something else is quoted.

Plain is only what no reader of YAML 1.1 or 1.2 could take for a number, a date, a truth value, null
or syntax, in block and in flow style.
"""

import re
from typing import Final

from reconciler.model import Value

_PLAIN: Final = re.compile(r"[^\W\d_][\w+@./-]*(?: [\w+@./-]+)*")
_WORDS: Final = frozenset(
    {"true", "false", "yes", "no", "on", "off", "y", "n", "null", "none", "default"}
)
_NAMED: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def is_plain(text: str) -> bool:
    """Whether a text may stand without quotes."""
    return bool(_PLAIN.fullmatch(text)) and text.lower() not in _WORDS


def text(value: Value) -> str:
    """One scalar as it stands in a file. Never more than one line."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return value if is_plain(value) else quoted(value)


def quoted(value: str) -> str:
    return f'"{"".join(map(_character, value))}"'


def _character(character: str) -> str:
    if character in _NAMED:
        return _NAMED[character]
    if character.isprintable():
        return character
    number = ord(character)
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
