"""Infer extension ranges from the numbers in use.

A range is certain where every number of a purpose lies in blocks (4000 to 4999) in which nobody of
another purpose has a number; it is possible where the blocks are shared.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from reconciler import kinds
from reconciler.model import ExtensionRange, Resource

NAMES: Final = {
    "uc_user": "uc-users",
    "uc_group": "uc-groups",
    "queue": "queues",
    "webrtc_agent": "webrtc-agents",
}
_PHONES: Final = {"webrtc_agent": "webrtc", "uc_user": "uc"}


@dataclass(frozen=True, slots=True)
class Inferred:
    """Ranges whose purpose is certain, and those that more than one purpose shares."""

    certain: tuple[ExtensionRange, ...]
    possible: tuple[ExtensionRange, ...]


def infer(resources: Iterable[Resource]) -> Inferred:
    """Ranges by purpose, from the numbers of agents, queues and the UC directory."""
    numbers: dict[str, set[str]] = defaultdict(set)
    for resource in resources:
        extension, purpose = resource.fields.get("extension"), _purpose(resource)
        if purpose and isinstance(extension, str) and extension.isdecimal():
            numbers[purpose].add(extension)
    blocks = {purpose: {_block(number) for number in held} for purpose, held in numbers.items()}
    certain: list[ExtensionRange] = []
    possible: list[ExtensionRange] = []
    for purpose, mine in sorted(blocks.items()):
        others = {block for other, held in blocks.items() if other != purpose for block in held}
        (certain if mine.isdisjoint(others) else possible).extend(_ranges(purpose, sorted(mine)))
    return Inferred(tuple(certain), tuple(possible))


def written(ranges: Sequence[ExtensionRange]) -> dict[str, Any]:
    """As the files declare them."""
    return {
        one.name: {"purpose": one.purpose, "range": f"{one.first}-{one.last}"} for one in ranges
    }


def comment(ranges: Sequence[ExtensionRange]) -> str:
    """Ranges to accept by hand, where numbers of several purposes lie in one block."""
    lines = [
        f"  {one.name}: {{purpose: {one.purpose}, range: {one.first}-{one.last}}}" for one in ranges
    ]
    head = (
        "Numbers in use suggest these ranges, but other numbers lie in them as well. Narrow them\n"
        "and take the comment signs away to have new numbers checked:\nextension_ranges:"
    )
    return "\n".join([head, *lines])


def phone(extension: str, ranges: Sequence[ExtensionRange]) -> str | None:
    """The kind of phone that a number has by its range."""
    held = next((one for one in ranges if one.purpose in _PHONES and one.holds(extension)), None)
    return _PHONES[held.purpose] if held else None


def _purpose(resource: Resource) -> str | None:
    """Return the purpose of the number that a resource holds."""
    if resource.kind == kinds.QUEUE:
        return "queue"
    kind = resource.fields.get("type" if resource.kind == kinds.DIRECTORY_ENTRY else "phone")
    if resource.kind == kinds.DIRECTORY_ENTRY:
        return "uc_group" if kind == "group" else "uc_user"
    if resource.kind == kinds.AGENT:
        return "uc_user" if kind == "uc" else "webrtc_agent" if kind == "webrtc" else None
    return None


def _block(number: str) -> tuple[int, str]:
    """The width of a number and its first digit: 4001 lies in the block 4000 to 4999."""
    return len(number), number[:1]


def _ranges(purpose: str, blocks: Sequence[tuple[int, str]]) -> list[ExtensionRange]:
    """Return the ranges of a purpose, named by their number."""
    ranges = []
    for number, (width, digit) in enumerate(blocks):
        name = NAMES[purpose] if not number else f"{NAMES[purpose]}-{number + 1}"
        low, high = digit + "0" * (width - 1), digit + "9" * (width - 1)
        ranges.append(ExtensionRange(name, purpose, low, high))
    return ranges
