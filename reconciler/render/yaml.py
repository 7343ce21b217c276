"""Values as YAML: block style, two spaces, keys in the order given, one line a scalar."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from reconciler import scalars
from reconciler.model import Graded
from reconciler.render import escape, words

LONGEST_KEY: Final = 200
"""A longer key is written as `? key`: parsers look at most 1,024 characters ahead for a colon."""


def text(content: Mapping[str, Any], *, comment: str = "") -> str:
    """A document; the comment stands above it, a line each."""
    head = [f"# {line}".rstrip() for line in comment.splitlines()]
    return "\n".join([*head, *_mapping(content)]) + "\n"


def evidence_comment(grades: Sequence[Graded]) -> str:
    """The comment above a file of which people vouch for some values; empty without any."""
    lines = words.evidence_lines(grades, None)
    if not lines:
        return ""
    head = "What the tenant shows is observed; what is attested or unobserved it does not show:"
    return "\n".join([head, *(f"  {escape.visible(line)}" for line in lines)])


def _mapping(content: Mapping[str, Any]) -> Iterator[str]:
    for name, value in content.items():
        key, below = scalars.text(name), _value(value)
        if len(key) > LONGEST_KEY:
            yield f"? {key}"
            yield from _hung(": ", list(_block(value)) or [_inline(value)])
        elif below is None:
            yield f"{key}:"
            yield from (f"  {line}" for line in _block(value))
        else:
            yield f"{key}: {below}"


def _value(value: Any) -> str | None:
    """What fits on the line of the key; None for what stands below it."""
    return None if any(True for _ in _block(value)) else _inline(value)


def _block(value: Any) -> Iterator[str]:
    """The lines of a mapping, or of a list of mappings; nothing for everything else."""
    if isinstance(value, Mapping):
        yield from _mapping(value)
    elif isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        for item in value:
            yield from _hung("- ", list(_block(item)) or [_inline(item)])


def _hung(mark: str, lines: Sequence[str]) -> Iterator[str]:
    yield f"{mark}{lines[0]}"
    yield from (f"  {line}" for line in lines[1:])


def _inline(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(scalars.text, value))}]"
    return scalars.text(value)
