"""One agent, queue or skill on both sides, as text."""

from collections.abc import Iterator

from reconciler.diff import Explanation
from reconciler.render import words
from reconciler.render.text.lines import joined


def explained(found: Explanation) -> str:
    return joined(_lines(found))


def _lines(found: Explanation) -> Iterator[str]:
    yield f"{found.address}  {words.known_as(found.address, found.label)}".rstrip()
    if not found.differs:
        yield "  what both sides state is the same"
    yield from (f"  {line}" for line in found.differs)
    if found.left_alone:
        yield f"  in no file, left alone: {', '.join(found.left_alone)}"
    if found.unseen:
        yield f"  in the files, not shown by the tenant: {', '.join(found.unseen)}"
