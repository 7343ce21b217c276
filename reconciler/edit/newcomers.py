"""Choose the file for a new entry and add it there."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from reconciler import kinds, scalars
from reconciler.edit import nodes
from reconciler.edit.nodes import UneditableError
from reconciler.model import Address, Desired, ExtensionRange, Resource

Content = Mapping[str, Any]

_KINDS: Final = (kinds.AGENT, kinds.QUEUE, kinds.SKILL)
DAYS: Final = ("from", "until")
"""Dates are written without quotes, as people write them."""
NEW_FILES: Final = {
    kinds.AGENT: "agents.yaml",
    kinds.QUEUE: "queues.yaml",
    kinds.SKILL: "skills.yaml",
}


def home(address: Address, content: Content, desired: Desired) -> str:
    """The file of the declared resource of its kind that is most like it, else one with a plain
    name. Agents are alike by their queues and licenses, then by their range, then by their number.
    """
    kind = kinds.kind_of(address)
    declared = [
        one for one in (*desired.resources.values(), *desired.waiting.values()) if one.kind == kind
    ]
    ranges = desired.ranges if kind == kinds.AGENT else ()
    mine = _settings(content, desired)
    placed = [(_rank(one, content, mine, ranges), one) for one in declared if one.origin]
    if not placed:
        return NEW_FILES[kind]
    origin = max(placed, key=lambda pair: (pair[0], pair[1].address))[1].origin
    assert origin is not None
    return origin.at().file


def _settings(content: Content, desired: Desired) -> frozenset[tuple[str, str]]:
    """The queues, skills and licenses of an entry, those of its profiles included."""
    named = content.get("profile", [])
    names = named if isinstance(named, list) else [named]
    layers = [desired.profiles[n].fields for n in names if n in desired.profiles]
    return frozenset(
        (name, member)
        for layer in (*layers, content)
        for name in kinds.KINDS[kinds.AGENT].collections
        for member in _members(layer.get(name))
    )


def _members(value: Any) -> Iterable[str]:
    """Return the names of a collection, and nothing of anything else."""
    return value if isinstance(value, Mapping | list | tuple | frozenset) else ()


def _rank(
    one: Resource,
    content: Content,
    mine: frozenset[tuple[str, str]],
    ranges: Sequence[ExtensionRange],
) -> tuple[int, bool, bool, str]:
    """How much is shared; whether it is in the same range; then the next lower extension."""
    number, own = str(one.fields.get("extension") or ""), str(content.get("extension") or "")
    shared = sum(member in _members(one.fields.get(name)) for name, member in mine)
    is_near = any(interval.holds(number) and interval.holds(own) for interval in ranges)
    is_lower = len(number) == len(own) and number <= own
    return (shared, is_near, is_lower, number if is_lower else "")


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


def moved(text: str, lines: Sequence[str]) -> str:
    """The text of a file with the lines of an agent's entry at the end of its agents. Comments that
    stood above the entry stay above it.
    """
    key = kinds.KINDS[kinds.AGENT].key
    comments = [line for line in lines if line.startswith("#")]
    own = lines[len(comments) :]
    root = nodes.compose(text) if text.strip() else None
    block = nodes.child(root, key) if root is not None else None
    if block is not None and (block.flow_style or not nodes.is_list(block)):
        raise UneditableError(f"`{key}:` of the other file is not a list in block style")
    indent = "  " if block is None else " " * nodes.dash_column(text, block)
    hung = [f"{indent}{line}" for line in comments]
    hung += [f"{indent}{'- ' if not number else '  '}{line}" for number, line in enumerate(own)]
    added = nodes.line_break(text).join(hung)
    if block is None:
        head = text if not text or text.endswith("\n") else f"{text}\n"
        return f"{head}{key}:{nodes.line_break(text)}{added}{nodes.line_break(text)}"
    at = nodes.line_end(text, nodes.end(text, block))
    return f"{text[:at]}{nodes.line_break(text)}{added}{text[at:]}"


def _fresh(key: str, address: Address, content: Content) -> str:
    """Return a top-level key with its first entry."""
    if key == kinds.KINDS[kinds.AGENT].key:
        hung = "\n    ".join(_lines(content))
        return f"{key}:\n  - {hung}\n"
    return f"{key}:\n  {scalars.text(kinds.name_of(address))}: {_flow(content)}\n"


def _lines(content: Content) -> list[str]:
    """Return an entry as one `key: value` each."""
    return [
        f"{scalars.text(key)}: {value if key in DAYS else _flow(value)}"
        for key, value in content.items()
    ]


def _flow(value: Any) -> str:
    """Return a value on one line."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(_lines(value))}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(scalars.text, value))}]"
    return scalars.text(value)
