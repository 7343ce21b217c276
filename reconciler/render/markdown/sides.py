"""Two sides compared, as Markdown."""

from collections.abc import Iterator, Sequence

from reconciler.model import DriftItem, SideComparison
from reconciler.render import bounded, sides
from reconciler.render.bounded import Row, Section
from reconciler.render.escape import markdown
from reconciler.render.markdown import parts


def compared(
    made: SideComparison, *, max_bytes: int = parts.MAX_BYTES, link: str | None = None
) -> str:
    """At most `max_bytes` of UTF-8; `link` is where the whole comparison can be read."""
    found = sides.parts(made)
    sections = [
        *_whole("Only in A", found.only_left),
        *_whole("Only in B", found.only_right),
        *_fields(made, found.fields),
        *parts.unobserved(made.unobserved),
        *parts.findings(made.diagnostics, "warning"),
    ]
    lines = tuple(
        markdown(f"{name}: {sides.side(side)}")
        for name, side in (("A", made.left), ("B", made.right))
    )
    head = parts.Head("compare", made.left.tenant.name, sides.headline(made), lines)
    return bounded.fit(parts.page(head, sections, link), max_bytes)


def _whole(title: str, items: Sequence[DriftItem]) -> Iterator[Section]:
    rows = [
        Row(f"- {parts.subject(item.address, item.label)}{parts.place(item.source)}\n")
        for item in items
    ]
    if rows:
        yield bounded.details(f"{title}: {len(rows)}", rows, noun="item")


def _fields(made: SideComparison, items: Sequence[DriftItem]) -> Iterator[Section]:
    rows = []
    for item in items:
        what = markdown(f"{item.path}: {sides.values(item, made)}", limit=parts.LONGEST)
        subject = parts.subject(item.address, item.label)
        rows.append(Row(f"- {subject}: {what}{parts.place(item.source)}\n"))
    if rows:
        yield bounded.details(
            "1 value differs" if len(rows) == 1 else f"{len(rows)} values differ",
            rows,
            noun="value",
        )
