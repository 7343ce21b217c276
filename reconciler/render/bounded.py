"""Markdown within a bound of bytes: what is cut is whole rows, and they are counted.

Every section keeps its head, with its count, as long as all heads fit. Then each gets a few rows,
and what room is left goes to the sections in their order.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reconciler.render import words

FIRST = 10
"""So many rows of every section come before all rows of one."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line, and how many things it tells."""

    text: str
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Section:
    """`opening` and `closing` stand around the rows whatever is cut; `noun` is what is counted."""

    opening: str
    rows: tuple[Row, ...]
    closing: str = ""
    noun: str = "change"


@dataclass(frozen=True, slots=True)
class Page:
    """`brief` is the head where not even `head` fits; `pointer` says where the whole is."""

    head: str
    brief: str
    pointer: str
    sections: tuple[Section, ...]


def fit(page: Page, max_bytes: int) -> str:
    """The whole page, or as much of it as fits and a line that counts the rest."""
    everything = [len(part.rows) for part in page.sections]
    whole = _text(page.head, page.sections, everything, "")
    if _size(whole) <= max_bytes:
        return whole
    head, foot = _frame(page, max_bytes)
    left = max_bytes - _size(head) - foot
    shown = _heads(page.sections, left)
    left -= sum(_size(_section(part, 0)) for part in shown)
    taken = _share(shown, left)
    unseen = [0] * (len(page.sections) - len(shown))
    note = _foot(page.sections, [*taken, *unseen], page.pointer if foot else "")
    return _text(head, shown, taken, note)


def details(summary: str, rows: Iterable[Row], *, noun: str = "change", head: str = "") -> Section:
    """A collapsed group; `summary` is HTML, `head` what stands above the rows of a table."""
    opening = f"\n<details><summary>{summary}</summary>\n\n{head}"
    return Section(opening, tuple(rows), "\n</details>\n", noun)


def _frame(page: Page, max_bytes: int) -> tuple[str, int]:
    """The head, and the room to keep for the foot (none where only the brief head fits)."""
    foot = _size(_foot(page.sections, [0] * len(page.sections), page.pointer))
    if _size(page.head) + foot <= max_bytes:
        return page.head, foot
    return page.brief, foot if _size(page.brief) + foot <= max_bytes else 0


def _text(head: str, sections: Sequence[Section], taken: Sequence[int], foot: str) -> str:
    return "".join([head, *map(_section, sections, taken), foot])


def _section(part: Section, number: int) -> str:
    cut = _cut(part, number)
    note = f"\n{cut} more {words.plural(cut, part.noun)}, not shown here\n" if cut else ""
    return "".join([part.opening, *(row.text for row in part.rows[:number]), note, part.closing])


def _cut(part: Section, number: int) -> int:
    return sum(row.weight for row in part.rows[number:])


def _heads(sections: Sequence[Section], left: int) -> list[Section]:
    shown: list[Section] = []
    for part in sections:
        left -= _size(_section(part, 0))
        if left < 0:
            break
        shown.append(part)
    return shown


def _share(sections: Sequence[Section], left: int) -> list[int]:
    """How many rows of each section: first a few of all, then more in order."""
    taken = [0] * len(sections)
    for bound in (FIRST, None):
        for at, part in enumerate(sections):
            number, used = _rows(part.rows[taken[at] : bound], left)
            taken[at] += number
            left -= used
    return taken


def _rows(rows: Sequence[Row], left: int) -> tuple[int, int]:
    """How many rows fit, and the bytes that they take."""
    used = 0
    for number, row in enumerate(rows):
        size = _size(row.text)
        if used + size > left:
            return number, used
        used += size
    return len(rows), used


def _foot(sections: Sequence[Section], taken: Sequence[int], pointer: str) -> str:
    cut: Counter[str] = Counter()
    for part, number in zip(sections, taken, strict=True):
        cut[part.noun] += _cut(part, number)
    told = ", ".join(words.count(number, noun) for noun, number in cut.items() if number)
    return f"\nLeft out to stay within the bound: {told}. {pointer}\n"


def _size(text: str) -> int:
    return len(text.encode("utf-8", "backslashreplace"))
