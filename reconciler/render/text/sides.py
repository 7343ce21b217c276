"""Two sides compared, whole or one resource, as text."""

from collections.abc import Iterator
from itertools import groupby

from reconciler.diff import Explanation
from reconciler.model import DriftItem, SideComparison
from reconciler.render import sides, words
from reconciler.render.text.findings import warnings
from reconciler.render.text.lines import joined, section


def compared(made: SideComparison, *, detail: bool = True) -> str:
    """With `detail` each value and where A (else B) states it, else the names of the fields."""
    parts = sides.parts(made)
    return joined(
        [
            f"A: {sides.side(made.left)}",
            f"B: {sides.side(made.right)}",
            *section("Only in A", _whole(parts.only_left, detail=detail)),
            *section("Only in B", _whole(parts.only_right, detail=detail)),
            *section("Differs", _fields(made, parts.fields, detail=detail)),
            *section("Not compared", sides.unobserved(made)),
            *section("Warnings", warnings(made.diagnostics, detail=detail)),
            "",
            f"Compare: {sides.headline(made)}",
        ]
    )


def _whole(items: tuple[DriftItem, ...], *, detail: bool) -> Iterator[str]:
    for item in items:
        place = f"  {item.source.file}:{item.source.line}" if detail and item.source else ""
        yield f"{item.address}  {words.known_as(item.address, item.label)}".rstrip() + place


def _fields(made: SideComparison, items: tuple[DriftItem, ...], *, detail: bool) -> Iterator[str]:
    for address, group in groupby(items, key=lambda item: item.address):
        fields = list(group)
        title = f"{address}  {words.known_as(address, fields[0].label)}".rstrip()
        if not detail:
            yield f"{title}: {', '.join(str(item.path) for item in fields)}"
            continue
        yield title
        for item in fields:
            place = f"  {item.source.file}:{item.source.line}" if item.source else ""
            yield f"    {item.path}: {sides.values(item, made)}{place}"


def explained(explanation: Explanation) -> str:
    """One agent, queue or skill on both sides."""
    return joined(_differences(explanation))


def _differences(resource: Explanation) -> Iterator[str]:
    yield f"{resource.address}  {words.known_as(resource.address, resource.label)}".rstrip()
    if not resource.differs:
        yield "  what both sides state is the same"
    yield from (f"  {line}" for line in resource.differs)
    if resource.left_alone:
        yield f"  in no file, left alone: {', '.join(resource.left_alone)}"
    if resource.unseen:
        yield f"  in the files, not shown by the tenant: {', '.join(resource.unseen)}"
