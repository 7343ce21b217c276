"""Figures to pictures: where the bars and lines stand, on a scale from 0 to 1000."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reconciler.model import Coverage, Plan, RangeUse, Seats
from reconciler.render import facts, words
from reconciler.render.pseudonyms import parted

WIDTH = 1_000
NAMES = 8
THINNEST = 4
"""What there is one of is seen, however long the whole is."""


@dataclass(frozen=True, slots=True)
class Bar:
    """From `start`, `width` wide; `look` is a class of the style sheet."""

    look: str
    start: int
    width: int


@dataclass(frozen=True, slots=True)
class Picture:
    """`line` is where the limit stands, None without one; `told` says it all in words."""

    bars: tuple[Bar, ...]
    line: int | None
    told: str


@dataclass(frozen=True, slots=True)
class Strip:
    """A range: its parts, and how many numbers each holds."""

    use: RangeUse
    bars: tuple[Bar, ...]
    counts: tuple[tuple[str, int], ...]
    moves: str
    told: str


def seats(pool: Seats) -> Picture:
    """In use after the plan, what is more at its peak, what was before, and what was purchased."""
    most = max(pool.after, pool.peak, pool.assigned, 1)
    limit = most if pool.purchased is None else pool.purchased
    scale = _Axis(max(limit, most))
    within = min(pool.after, limit)
    told = (
        f"{pool.license}: {pool.assigned} in use before, {pool.after} after, "
        f"{pool.peak} at the peak, {words.value(pool.purchased)} purchased"
    )
    bars = (
        scale.bar("peak", 0, max(pool.peak, pool.after)),
        scale.bar("after", 0, within),
        scale.bar("over", within, pool.after),
        scale.bar("before", 0, pool.assigned),
    )
    line = None if pool.purchased is None else scale.at(limit)
    return Picture(tuple(bar for bar in bars if bar.width), line, told)


def coverage(row: Coverage) -> Picture:
    """Three bars under each other; the lowest one stands out where it is under the minimum."""
    minimum = row.minimum or 0
    scale = _Axis(max(row.before, row.lowest, row.after, minimum, 1))
    bound = "no minimum" if row.minimum is None else f"minimum {row.minimum}"
    told = f"{row.address}: {row.before} before, {row.lowest} lowest, {row.after} after, {bound}"
    bars = (
        scale.bar("before", 0, row.before),
        scale.bar("under" if facts.is_low(row) else "lowest", 0, row.lowest),
        scale.bar("after", 0, row.after),
    )
    return Picture(bars, None if row.minimum is None else scale.at(minimum), told)


def strips(plan: Plan) -> list[Strip]:
    moves = list(_moves(plan))
    return [
        _strip(use, [move for move in moves if _holds(use, move[0])]) for use in plan.extensions
    ]


def _strip(use: RangeUse, moves: Sequence[tuple[str, str]]) -> Strip:
    """Parts in proportion: numbers that stay in use, get a holder, are held by others, are free."""
    moved = min(len(moves), use.after - use.foreign)
    counts = (
        ("used", use.after - use.foreign - moved),
        ("moved", moved),
        ("foreign", use.foreign),
        ("free", use.free),
    )
    told = ", ".join(f"{count} {name}" for name, count in counts)
    size = sum(count for _, count in counts)
    shown = words.listed([said for _, said in moves], NAMES)
    return Strip(
        use,
        _in_a_row(counts, size),
        counts,
        shown,
        f"{use.range}, {use.first} to {use.last}: {told}",
    )


def _in_a_row(counts: Sequence[tuple[str, int]], size: int) -> tuple[Bar, ...]:
    """Every part that is not empty is at least `THINNEST`; the largest one gives the room."""
    widths = {name: max(round(count * WIDTH / size), THINNEST) for name, count in counts if count}
    if widths:
        widest = max(widths, key=lambda name: widths[name])
        widths[widest] += WIDTH - sum(widths.values())
    bars, start = [], 0
    for name, width in widths.items():
        bars.append(Bar(name, start, width))
        start += width
    return tuple(bars)


def _moves(plan: Plan) -> Iterator[tuple[str, str]]:
    """Each number that gets another holder, and who that is: `4002 Ana Diaz, was 4001`."""
    for change in facts.changes(plan):
        for field in change.fields:
            if field.path == "extension" and isinstance(field.after, str):
                _, name = parted(change.address, change.label)
                was = "new" if field.before is None else f"was {field.before}"
                yield field.after, f"{field.after} {name or change.label} ({was})"


def _holds(use: RangeUse, number: str) -> bool:
    return len(number) == len(use.first) and use.first <= number <= use.last


@dataclass(frozen=True, slots=True)
class _Axis:
    whole: int

    def at(self, value: int) -> int:
        return round(value * WIDTH / self.whole)

    def bar(self, look: str, start: int, end: int) -> Bar:
        width = self.at(end) - self.at(start)
        return Bar(look, self.at(start), max(width, THINNEST) if end > start else 0)
