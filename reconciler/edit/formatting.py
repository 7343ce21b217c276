"""Format files (`fmt`): safe quotes, keys in one order, entries in block style.

Nothing else is moved: comments, blank lines, the order of entries and files stay as they are. A
comment directly above a key moves with the key.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from reconciler import kinds, scalars
from reconciler.edit import nodes
from reconciler.edit.entries import ORDER

Edit = tuple[int, int, str]
"""From where to where a text is replaced, and by what."""

_PROFILE: Final = "profiles"
_TEXTS: Final = frozenset({kinds.FieldType.TEXT, kinds.FieldType.EXTENSION})
_QUOTED: Final = frozenset(
    row.name for kind in kinds.KINDS.values() for row in kind.scalars if row.type in _TEXTS
)
"""Fields whose values are texts, so that a number or a word such as `No` needs quotes."""


def formatted(text: str) -> str:
    """The text of a file, formatted. Raises `UneditableError` where it does not parse."""
    if not text.strip():
        return text
    for edits in (_blocks, _orders, _quotes):
        text = _applied(text, edits(text))
    return text


def _applied(text: str, edits: Iterator[Edit]) -> str:
    """Apply edits from the last to the first, so that offsets stay right."""
    for first, last, new in sorted(edits, reverse=True):
        text = text[:first] + new + text[last:]
    return text


def _entries(text: str) -> Iterator[nodes.Node]:
    """The mappings of agents, profiles, queues, skills, pools and ranges."""
    root = nodes.compose(text)
    keys = {kind.key for kind in kinds.KINDS.values() if kind.key} | {_PROFILE}
    for name, block in nodes.members(root):
        if name.value not in keys:
            continue
        if nodes.is_list(block):
            yield from (entry for entry in block.value if nodes.is_mapping(entry))
        else:
            yield from (entry for _, entry in nodes.members(block) if nodes.is_mapping(entry))


def _blocks(text: str) -> Iterator[Edit]:
    """Agents and profiles that are written in braces, a line each key."""
    root = nodes.compose(text)
    for name, block in nodes.members(root):
        if name.value == kinds.KINDS[kinds.AGENT].key and nodes.is_list(block):
            if block.flow_style:
                continue
            yield from (_block(text, entry) for entry in block.value if _is_braced(text, entry))


def _is_braced(text: str, entry: nodes.Node) -> bool:
    """Whether a mapping is in braces and could be written without losing a comment."""
    if not nodes.is_mapping(entry) or not entry.flow_style or not entry.value:
        return False
    piece = text[nodes.start(entry) : nodes.end(text, entry)]
    return "#" not in piece and not any(mark in piece for mark in "&*")


def _block(text: str, entry: nodes.Node) -> Edit:
    """Return the edit that writes an entry with one key a line."""
    indent = nodes.line_break(text) + " " * entry.start_mark.column
    lines = []
    for key, value in nodes.members(entry):
        text_of_value = text[nodes.start(value) : nodes.end(text, value)]
        if nodes.is_mapping(value) and value.value:
            below = [
                f"  {text[nodes.start(name) : nodes.end(text, name)]}: "
                f"{text[nodes.start(one) : nodes.end(text, one)]}"
                for name, one in nodes.members(value)
            ]
            lines += [f"{scalars.text(key.value)}:", *below]
        else:
            lines.append(f"{scalars.text(key.value)}: {text_of_value}".rstrip())
    return nodes.start(entry), nodes.end(text, entry), indent.join(lines)


def _orders(text: str) -> Iterator[Edit]:
    """Keys of agents and profiles in the order in which a person writes them."""
    for entry in _entries(text):
        names = [name.value for name, _ in nodes.members(entry)]
        ranked = sorted(names, key=lambda name: (_rank(name), names.index(name)))
        if entry.flow_style or ranked == names or not set(names) <= set(ORDER):
            continue
        pieces = _pieces(text, entry)
        first, last = pieces[0][0], pieces[-1][1]
        lines = [text[start:end] for start, end in pieces]
        indent = " " * entry.start_mark.column
        # the first key stands behind a dash, without the indentation of the others
        lines[0] = indent + lines[0]
        ordered = [lines[names.index(name)] for name in ranked]
        joined = nodes.line_break(text).join(ordered)
        yield first, last, joined[len(indent) :]


def _rank(name: str) -> int:
    """Return the place of a key in an entry; unknown keys come last."""
    return ORDER.index(name) if name in ORDER else len(ORDER)


def _pieces(text: str, entry: nodes.Node) -> list[tuple[int, int]]:
    """From where to where the lines of each key go, the comments directly above included."""
    starts = []
    for number, (name, _) in enumerate(nodes.members(entry)):
        at = nodes.start(name)
        starts.append(nodes.comment_start(text, nodes.line_start(text, at)) if number else at)
    ends = [nodes.line_end(text, nodes.end(text, value)) for _, value in nodes.members(entry)]
    return list(zip(starts, ends, strict=True))


def _quotes(text: str) -> Iterator[Edit]:
    """Texts that a reader of YAML could take for a number, a date, a truth value or null."""
    for entry in _entries(text):
        for name, value in nodes.members(entry):
            if name.value in _QUOTED and _needs_quotes(value):
                quoted = scalars.text(value.value)
                yield nodes.start(value), nodes.end(text, value), quoted


def _needs_quotes(value: nodes.Node) -> bool:
    """Tell whether a plain scalar would be read as something else than text."""
    is_scalar = isinstance(value.value, str)
    if not is_scalar or value.style or value.value in ("", "null", "~"):
        return False
    return not scalars.is_plain(value.value)


def differing(texts: Sequence[tuple[str, str]]) -> list[str]:
    """The names of the files that are not formatted, of (name, text) pairs."""
    return [name for name, text in texts if formatted(text) != text]
