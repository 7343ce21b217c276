"""Entries that no file has yet: where they go, and how they are written there."""

from collections.abc import Mapping
from typing import Any, Final

from reconciler import kinds, scalars
from reconciler.edit import nodes
from reconciler.model import Address, Desired, Resource

Content = Mapping[str, Any]

_KINDS: Final = (kinds.AGENT, kinds.QUEUE, kinds.SKILL)
NEW_FILES: Final = {
    kinds.AGENT: "agents.yaml",
    kinds.QUEUE: "queues.yaml",
    kinds.SKILL: "skills.yaml",
}


def home(address: Address, content: Content, desired: Desired) -> str:
    """The file of the nearest declared neighbor of its kind, else one with a plain name."""
    kind = kinds.kind_of(address)
    declared = [
        one for one in (*desired.resources.values(), *desired.waiting.values()) if one.kind == kind
    ]
    placed = [(_rank(one, content), one) for one in declared if one.origin]
    if not placed:
        return NEW_FILES[kind]
    origin = max(placed, key=lambda pair: (pair[0], pair[1].address))[1].origin
    assert origin is not None
    return origin.at().file


def _rank(one: Resource, content: Content) -> tuple[bool, str]:
    """Neighbors hold the next lower extension of the same length."""
    number, mine = str(one.fields.get("extension") or ""), str(content.get("extension") or "")
    is_lower = len(number) == len(mine) and number <= mine
    return (is_lower, number if is_lower else "")


def added(text: str, address: Address, content: Content) -> str:
    """The text of a file with one entry more at the end of its kind."""
    kind = kinds.KINDS[kinds.kind_of(address)]
    root = nodes.compose(text) if text.strip() else None
    if root is None:
        head = text if not text or text.endswith("\n") else f"{text}\n"
        return f"{head}{_fresh(kind.key, address, content)}"
    block = nodes.child(root, kind.key)
    if block is not None:
        nodes.refuse_aliases(block)
    if kind.name == kinds.AGENT:
        if nodes.is_list(block):
            return nodes.with_entry(text, block, _lines(content))
        return nodes.with_value(text, root, kind.key, f"[{_flow(content)}]")
    name = kinds.name_of(address)
    if nodes.is_mapping(block):
        return nodes.with_value(text, block, name, _flow(content))
    return nodes.with_value(text, root, kind.key, _flow({name: content}))


def _fresh(key: str, address: Address, content: Content) -> str:
    if key == kinds.KINDS[kinds.AGENT].key:
        hung = "\n    ".join(_lines(content))
        return f"{key}:\n  - {hung}\n"
    return f"{key}:\n  {scalars.text(kinds.name_of(address))}: {_flow(content)}\n"


def _lines(content: Content) -> list[str]:
    return [f"{scalars.text(key)}: {_flow(value)}" for key, value in content.items()]


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{{{', '.join(_lines(value))}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(scalars.text, value))}]"
    return scalars.text(value)
