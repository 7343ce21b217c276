"""Lines and tables of plain text."""

from collections.abc import Iterable, Iterator, Sequence

from reconciler.render import escape


def joined(lines: Iterable[str]) -> str:
    """One text; each line is made harmless here, and nowhere else."""
    return "\n".join(escape.terminal(line) for line in lines)


def section(title: str, lines: Iterable[str]) -> list[str]:
    """A titled block with an empty line before it; nothing where there are no lines."""
    body = [f"  {line}" for line in lines]
    return ["", title, *body] if body else []


def table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> Iterator[str]:
    """The first column to the left, numbers to the right; nothing without rows."""
    if not rows:
        return
    cells = [list(heads), *([escape.terminal(str(cell)) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(heads))]
    for row in cells:
        first, *rest = (
            cell.ljust(widths[0]) if at == 0 else cell.rjust(widths[at])
            for at, cell in enumerate(row)
        )
        yield "  ".join([first, *rest])
