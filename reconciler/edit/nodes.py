"""Change a piece of YAML text at the positions of its nodes; the rest stays as it was.

Nothing is dumped: comments, quotes, order, line breaks and spacing around a cut are those of the
author. Every function takes a text and returns a text; a text that does not parse (an alias to an
anchor elsewhere) raises `UneditableError`.
"""

from collections.abc import Sequence
from typing import Any, Final

from reconciler import scalars

Node = Any
Member = tuple[Node, Node]

_FLOW_NEXT: Final = ", "


class UneditableError(Exception):
    """Raised where text is too complex to edit safely. Never leaves `edit`."""


def compose(text: str) -> Node:
    """The node tree of a text, with the places of all nodes."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        return YAML(typ="rt", pure=True).compose(text)
    except (YAMLError, ValueError, RecursionError) as error:
        raise UneditableError(f"it cannot be parsed on its own: {error}") from error


def members(mapping: Node) -> list[Member]:
    """Return the pairs of a mapping, and nothing of anything else."""
    return list(mapping.value) if is_mapping(mapping) else []


def child(mapping: Node, key: str) -> Node | None:
    """Return the value of a key; None where the mapping lacks it."""
    return next((value for name, value in members(mapping) if name.value == key), None)


def is_mapping(node: Node | None) -> bool:
    """Tell whether a node is a mapping."""
    return type(node).__name__ == "MappingNode"


def is_list(node: Node | None) -> bool:
    """Tell whether a node is a list."""
    return type(node).__name__ == "SequenceNode"


def is_anchored(node: Node) -> bool:
    """Tell whether other places refer to a node."""
    return node.anchor is not None


def refuse_aliases(node: Node) -> None:
    """Raises where a part of a node stands elsewhere in the file."""
    for one in node.value if isinstance(node.value, list) else ():
        for part in one if isinstance(one, tuple) else (one,):
            if start(part) < start(node):
                raise UneditableError("a part of it is an alias of another place")
            refuse_aliases(part)


def start(node: Node) -> int:
    """Return the offset of the first character of a node."""
    return int(node.start_mark.index)


def end(text: str, node: Node) -> int:
    """Behind the last character of a value: a block ends with its last member, not before what
    follows it.
    """
    if not isinstance(node.value, list):
        stop = int(node.end_mark.index)
    elif node.flow_style or not node.value:
        return int(node.end_mark.index)
    else:
        last = node.value[-1]
        return end(text, last[1] if isinstance(last, tuple) else last)
    return len(text[:stop].rstrip()) if stop > start(node) else stop


def line_end(text: str, at: int) -> int:
    """The end of the line, before its line break."""
    position = text.find("\n", at)
    if position < 0:
        return len(text)
    return position - 1 if text[position - 1] == "\r" else position


def line_start(text: str, at: int) -> int:
    """Return the offset at which the line of another offset begins."""
    return text.rfind("\n", 0, at) + 1


def comment_start(text: str, at: int) -> int:
    """The start of the comment lines that stand directly above the line at `at`, else `at`."""
    while at:
        above = line_start(text, at - 1)
        if not text[above : at - 1].lstrip().startswith("#"):
            break
        at = above
    return at


def line_break(text: str) -> str:
    """Return the line break that the text uses."""
    return "\r\n" if "\r\n" in text else "\n"


# --- mappings ------------------------------------------------------------------------------------


def with_value(text: str, mapping: Node, key: str, value: str, order: Sequence[str] = ()) -> str:
    """Sets a key. A new one goes behind the last of those that come before it in `order`."""
    for name, node in members(mapping):
        if name.value == key:
            return _replaced(text, name, node, value)
    return _inserted(text, mapping, f"{scalars.text(key)}: {value}", key, order)


def without(text: str, mapping: Node, key: str) -> str:
    """Return the text without a key of the mapping."""
    names = [name.value for name, _ in members(mapping)]
    return _cut(text, mapping, names.index(key)) if key in names else text


def _replaced(text: str, name: Node, node: Node, value: str) -> str:
    """Return the text with another value for a key."""
    is_on_the_line = node.start_mark.line == name.end_mark.line
    first = start(node) if is_on_the_line else int(name.end_mark.index)
    return text[:first] + (value if is_on_the_line else f": {value}") + text[end(text, node) :]


def _inserted(text: str, mapping: Node, entry: str, key: str, order: Sequence[str]) -> str:
    """Return the text with a new key, placed by the order of keys."""
    if mapping.flow_style or not mapping.value:
        return _into_flow(text, mapping, entry)
    names = [name.value for name, _ in members(mapping)]
    before = order[: order.index(key)] if key in order else names
    last = max((at for at, name in enumerate(names) if name in before), default=None)
    indent = " " * mapping.start_mark.column
    if last is None:
        at = start(mapping)
        return f"{text[:at]}{entry}{line_break(text)}{indent}{text[at:]}"
    at = line_end(text, end(text, mapping.value[last][1]))
    return f"{text[:at]}{line_break(text)}{indent}{entry}{text[at:]}"


# --- lists ---------------------------------------------------------------------------------------


def with_item(text: str, items: Node, item: str) -> str:
    """Adds an item at the end."""
    if items.flow_style or not items.value:
        return _into_flow(text, items, item)
    dash = _dash(text, items.value[-1])
    indent = text[line_start(text, dash) : dash]
    at = line_end(text, end(text, items.value[-1]))
    return f"{text[:at]}{line_break(text)}{indent}- {item}{text[at:]}"


def with_entry(text: str, items: Node, lines: Sequence[str]) -> str:
    """Adds a mapping of one line a key at the end."""
    if items.flow_style or not items.value:
        return _into_flow(text, items, f"{{{_FLOW_NEXT.join(lines)}}}")
    dash = _dash(text, items.value[-1])
    hang = line_break(text) + text[line_start(text, dash) : dash] + "  "
    return with_item(text, items, hang.join(lines))


def without_entry(text: str, root: Node, key: str, entry: Node) -> str:
    """Takes a mapping out of the list under a key, with the comments directly above it. The last
    entry takes the key along, so that nothing says "none at all"; an empty text is left of a file
    that holds nothing else.
    """
    items = child(root, key)
    assert items is not None
    if len(items.value) == 1:
        name = next(name for name, _ in members(root) if name.value == key)
        if len(root.value) == 1:
            return ""
        first = comment_start(text, line_start(text, start(name)))
        return text[:first] + text[_next_line(text, end(text, entry)) :]
    if items.flow_style:
        return _cut(text, items, items.value.index(entry))
    first = comment_start(text, line_start(text, _dash(text, entry)))
    return text[:first] + text[_next_line(text, end(text, entry)) :]


def _next_line(text: str, at: int) -> int:
    """Return the offset after the next line break."""
    position = text.find("\n", at)
    return len(text) if position < 0 else position + 1


def as_mapping(text: str, entry: Node, key: str, items: Node, value: str) -> str:
    """The list of names under a key as a mapping in which each has the value."""
    pairs = [f"{scalars.text(one.value)}: {value}" for one in items.value]
    name = next(name for name, _ in members(entry) if name.value == key)
    hangs = items.value and items.start_mark.column > name.start_mark.column
    if items.flow_style or not hangs:
        return with_value(text, entry, key, f"{{{_FLOW_NEXT.join(pairs)}}}")
    for one, pair in zip(reversed(items.value), reversed(pairs), strict=True):
        text = text[: _dash(text, one)] + pair + text[end(text, one) :]
    return text


def without_member(text: str, entry: Node, key: str, member: str) -> str:
    """Takes a member out of the collection under a key; the last one leaves `[]` or `{}`."""
    collection = child(entry, key)
    names = (
        [one.value if is_list(collection) else one[0].value for one in collection.value]
        if collection
        else []
    )
    if names == [member]:
        return with_value(text, entry, key, "[]" if is_list(collection) else "{}")
    return _cut(text, collection, names.index(member)) if member in names else text


def dash_column(text: str, items: Node) -> int:
    """How far the dashes of a list in block style are indented."""
    dash = _dash(text, items.value[0])
    return dash - line_start(text, dash)


def _dash(text: str, item: Node) -> int:
    """Return the offset of the dash before an item of a list."""
    return text.rindex("-", 0, start(item))


# --- both ----------------------------------------------------------------------------------------


def _into_flow(text: str, node: Node, member: str) -> str:
    """Return the text with a last member between the brackets of a node."""
    if not node.value:
        brackets = "[]" if is_list(node) else "{}"
        first, last = start(node), end(text, node)
        return f"{text[:first]}{brackets[0]}{member}{brackets[1]}{text[last:]}"
    at = _spans(text, node)[-1][1]
    return f"{text[:at]}{_FLOW_NEXT}{member}{text[at:]}"


def _spans(text: str, node: Node) -> list[tuple[int, int]]:
    """From where to where each member goes."""
    return [
        (start(one[0]), end(text, one[1]))
        if isinstance(one, tuple)
        else (start(one), end(text, one))
        for one in node.value
    ]


def _cut(text: str, node: Node, number: int) -> str:
    """Takes one of several members out."""
    spans = _spans(text, node)
    first, last = spans[number]
    if node.flow_style:
        if number:
            return text[: spans[number - 1][1]] + text[last:]
        return text[:first] + text[spans[1][0] :]
    return _cut_lines(text, node, number, first, last)


def _cut_lines(text: str, node: Node, number: int, first: int, last: int) -> str:
    """Takes whole lines, but the dash before the first member of an entry stays."""
    if is_list(node):
        first = _dash(text, node.value[number])
    opening, closing = line_start(text, first), text.find("\n", last) + 1
    if text[opening:first].strip(" "):
        rest = text[closing:] if closing else ""
        return text[:first] + rest.lstrip(" ")
    if not closing:
        return text[: line_end(text, opening - 1)]
    return text[:opening] + text[closing:]
