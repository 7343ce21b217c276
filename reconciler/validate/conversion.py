"""Convert texts to numbers, booleans and nulls in place, where the schema says so.

The schema is compiled once into a tree that leads straight to the few typed places: an agent's
twelve texts are not looked at to find its one boolean.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, Protocol

from reconciler.diagnostics import Diagnostic, Position, Severity
from reconciler.validate.schemas import Schema, checked, resolved

NULL_RULE: Final = "null-not-allowed"

_INTEGER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_BOOLEANS: Final = {
    **dict.fromkeys(("true", "yes", "on"), True),
    **dict.fromkeys(("false", "no", "off"), False),
}
_TYPES: Final = frozenset({"integer", "boolean", "null"})

Path = tuple[str | int, ...]


class Document(Protocol):
    """The part of a loaded document that conversion needs."""

    @property
    def content(self) -> dict[str, Any]: ...

    @property
    def nulls(self) -> tuple[Path, ...]: ...

    def at(self, *path: str | int) -> Position: ...


@dataclass(frozen=True, slots=True)
class Node:
    """What a place may hold, and what may be below it.

    `typed` are the keys that lead to types; `is_typed` says whether anything here does.
    """

    types: frozenset[str] = frozenset()
    takes_null_as_text: bool = False
    keys: Mapping[str, "Node"] = field(default_factory=dict)
    others: "Node | None" = None
    entries: "Node | None" = None
    typed: tuple[tuple[str, "Node"], ...] = ()
    is_typed: bool = False


def type_in_place(document: Document, addition: str = "") -> list[Diagnostic]:
    """Convert one document; report a `null` where nothing can be cleared."""
    root = compiled(addition)
    _type(root, document.content)
    diagnostics = []
    for path in document.nulls:
        problem = _clear(root, document, path)
        if problem:
            diagnostics.append(problem)
    return diagnostics


@cache
def compiled(addition: str = "") -> Node:
    return _node(checked(addition))


def _node(schema: Schema) -> Node:
    schema = resolved(schema)
    alternatives = [
        _node(alternative)
        for alternative in schema.get("anyOf", ())
        if "required" not in alternative
    ]
    keys = {key: _node(alternative) for key, alternative in schema.get("properties", {}).items()}
    others = schema.get("additionalProperties")
    others_node = _node(others) if isinstance(others, dict) else None
    items = schema.get("items")
    own = Node(
        _types(schema),
        schema.get("x-null") == "text",
        keys,
        others_node,
        _node(items) if isinstance(items, dict) else None,
    )
    return _united([own, *alternatives])


def _united(nodes: list[Node]) -> Node:
    """One node for all alternatives: they never disagree on a place."""
    keys = {key: below for node in nodes for key, below in node.keys.items()}
    types = frozenset[str]().union(*(node.types for node in nodes))
    typed = tuple((key, below) for key, below in keys.items() if below.is_typed)
    others = next((node.others for node in nodes if node.others), None)
    entries = next((node.entries for node in nodes if node.entries), None)
    return Node(
        types=types,
        takes_null_as_text=any(node.takes_null_as_text for node in nodes),
        keys=keys,
        others=others,
        entries=entries,
        typed=typed,
        is_typed=bool(types - {"null"} or typed)
        or any(node.is_typed for node in (others, entries) if node),
    )


def _types(schema: Schema) -> frozenset[str]:
    """`["string", "integer"]` is a text that may be written without quotes: not typed."""
    stated = "boolean" if isinstance(schema.get("const"), bool) else schema.get("type")
    return frozenset({stated}) & _TYPES if isinstance(stated, str) else frozenset()


def _type(node: Node, value: Any) -> Any:
    """The typed value; mappings and lists are changed in place."""
    if type(value) is str:
        return _scalar(node.types, value)
    if type(value) is dict:
        _type_members(node, value)
    elif type(value) is list and node.entries and node.entries.is_typed:
        for number, member in enumerate(value):
            value[number] = _type(node.entries, member)
    return value


def _type_members(node: Node, value: dict[str, Any]) -> None:
    for key, below in node.typed:
        if key in value:
            value[key] = _type(below, value[key])
    if node.others and node.others.is_typed:
        for key in value.keys() - node.keys.keys():
            value[key] = _type(node.others, value[key])


def _scalar(types: frozenset[str], text: str) -> str | int | bool:
    if "integer" in types and _INTEGER.fullmatch(text):
        return int(text)
    if "boolean" in types:
        return _BOOLEANS.get(text.lower(), text)
    return text


def _clear(root: Node, document: Document, path: Path) -> Diagnostic | None:
    """Makes a `null` of the text where the schema takes one."""
    node, parent = _place(root, document.content, path)
    if node is None:
        return None
    text = parent[path[-1]]
    if "null" in node.types:
        parent[path[-1]] = None
        return None
    if node.takes_null_as_text and text != "~":
        return None
    empty = "write `[]` to take everything away" if node.entries else "write a value"
    return Diagnostic(
        NULL_RULE,
        Severity.ERROR,
        f"`{_key(path)}` cannot be `{text}`",
        f"{empty}, or remove the line to leave it alone",
        None,
        document.at(*path),
    )


def _place(root: Node, content: Any, path: Path) -> tuple[Node | None, Any]:
    """The node of a path, and the mapping or list that holds its last step."""
    node: Node | None = root
    parent = value = content
    for step in path:
        if node is not None:
            node = node.entries if isinstance(step, int) else node.keys.get(step, node.others)
        parent, value = value, value[step]
    return node, parent


def _key(path: Path) -> str:
    return next(step for step in reversed(path) if isinstance(step, str))
