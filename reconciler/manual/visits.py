"""The shortest round over the pages on which every part is done after what it needs.

A visit does everything on its page that can be done by then, so a round is told by its sequence of
pages alone, and doing more on a visit never hurts later. The search goes breadth first over these
sequences, pages in the console's order, and keeps of each length only the rounds that did more than
no other one of that length. An exchange of numbers is done as one, so that nobody stays parked on a
spare number while other pages are visited.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from reconciler.manual.console import PAGES, Page, Section
from reconciler.manual.steps import Part

Positions = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Round:
    """`done` has a bit for each part; `stops` are the pages with the parts that were done there."""

    done: int = 0
    stops: tuple[tuple[Page, Positions], ...] = ()


def arrange(parts: Sequence[Part]) -> list[tuple[Page, list[Part]]]:
    """Visits with their parts, those of one visit in the order in which they are done."""
    best = _search(parts, _exchanges(parts)) or _search(parts, ())
    assert best is not None, "the parts wait for each other"
    return [(page, [parts[position] for position in done]) for page, done in best.stops]


def _search(parts: Sequence[Part], together: Sequence[Positions]) -> Round | None:
    """None where nothing of what is to be done together ever can be."""
    whole = (1 << len(parts)) - 1
    plan = _Plan(parts, [_bits(part.needs) for part in parts], together)
    rounds = [Round()]
    while rounds:
        best = next((one for one in rounds if one.done == whole), None)
        if best:
            return best
        rounds = _best(
            further
            for one in rounds
            for page in PAGES
            if (further := plan.visited(one, page)).done != one.done
        )
    return None


@dataclass(frozen=True, slots=True)
class _Plan:
    parts: Sequence[Part]
    needs: Sequence[int]
    together: Sequence[Positions]

    def visited(self, before: Round, page: Page) -> Round:
        """Dialogs first, each saved by itself; then the grid, saved once; then what closes it."""
        done, made = before.done, list[int]()
        for section in Section:
            for position, part in enumerate(self.parts):
                if part.page is page and part.section is section and not done >> position & 1:
                    group = self._group(position)
                    if self._is_ready(group, done, page, section):
                        done |= _bits(group)
                        made += group
        return Round(done, (*before.stops, (page, tuple(made))))

    def _group(self, position: int) -> Positions:
        return next((group for group in self.together if position in group), (position,))

    def _is_ready(self, group: Positions, done: int, page: Page, section: Section) -> bool:
        after = done | _bits(group)
        here = all(self.parts[p].page is page and self.parts[p].section is section for p in group)
        return here and not any(self.needs[position] & ~after for position in group)


def _exchanges(parts: Sequence[Part]) -> list[Positions]:
    """Parts between a dialog that parks somebody and the one that moves them on."""
    first: dict[str, int] = {}
    found: list[set[int]] = []
    for position, part in enumerate(parts):
        if part.section is not Section.DIALOG or not part.set.keys() & {"extension", "email"}:
            continue
        start = first.setdefault(part.operation.address, position)
        if start != position:
            found.append(
                {p for p in range(start, position + 1) if _is_between(parts, start, p, position)}
            )
    return [tuple(sorted(group)) for group in _merged(found)]


def _is_between(parts: Sequence[Part], start: int, part: int, end: int) -> bool:
    return part in (start, end) or (part in parts[end].needs and start in parts[part].needs)


def _merged(groups: Iterable[set[int]]) -> Iterator[set[int]]:
    left = [set(group) for group in groups]
    while left:
        group = left.pop(0)
        while overlapping := [other for other in left if other & group]:
            left = [other for other in left if other not in overlapping]
            group = group.union(*overlapping)
        yield group


def _bits(positions: Iterable[int]) -> int:
    return sum(1 << position for position in set(positions))


def _best(rounds: Iterable[Round]) -> list[Round]:
    kept: list[Round] = []
    for one in rounds:
        if not any(one.done | other.done == other.done for other in kept):
            kept = [other for other in kept if other.done | one.done != one.done]
            kept.append(one)
    return kept
