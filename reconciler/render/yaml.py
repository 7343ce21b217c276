"""Values as YAML that every reader types alike: what might be taken for something else is quoted.

Block style, two spaces, keys in the order given. Strings are plain only where no reader of YAML 1.1
or 1.2 could see a number, a date, a truth value, null or syntax in them.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_+@./-]*(?: [A-Za-z0-9_+@./-]+)*\Z")
WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "y", "n", "null", "none", "default"})
NAMED = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def text(content: Mapping[str, Any], *, comment: str = "") -> str:
    """A document; the comment stands above it, a line each."""
    head = [f"# {line}" for line in comment.splitlines()]
    return "\n".join([*head, *_mapping(content, "")]) + "\n"


def _mapping(content: Mapping[str, Any], indent: str) -> Iterator[str]:
    for name, value in content.items():
        yield from _entry(f"{indent}{scalar(name)}:", value, indent + "  ")


def _entry(head: str, value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, Mapping) and value:
        yield head
        yield from _mapping(value, indent)
    elif isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        yield head
        yield from _items(value, indent)
    else:
        yield f"{head} {_inline(value)}"


def _items(items: Sequence[Mapping[str, Any]], indent: str) -> Iterator[str]:
    for item in items:
        lines = list(_mapping(item, indent + "  "))
        yield f"{indent}- {lines[0].strip()}"
        yield from lines[1:]


def _inline(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{}"
    if isinstance(value, list):
        return f"[{', '.join(scalar(item) for item in value)}]"
    return scalar(value)


def scalar(value: str | int | bool | None) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if PLAIN.match(value) and value.lower() not in WORDS:
        return value
    return f'"{"".join(_character(character) for character in value)}"'


def _character(character: str) -> str:
    if character in NAMED:
        return NAMED[character]
    if character.isprintable():
        return character
    number = ord(character)
    return (
        f"\\x{number:02x}"
        if number < 256
        else f"\\u{number:04x}"
        if number < 65536
        else f"\\U{number:08x}"
    )
