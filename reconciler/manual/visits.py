"""The shortest round over the pages on which every part is done after what it needs.

A visit does everything on its page that can be done by then, so a round is told by its sequence of
pages alone, and doing more on a visit never hurts later. The search goes breadth first over these
sequences, pages in the console's order, and keeps of each length only the rounds that did more than
no other one of that length.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.manual.console import PAGES, Page, Section
from reconciler.manual.steps import Part


@dataclass(frozen=True, slots=True)
class Round:
    """`done` has a bit for each part; `stops` are the pages with the parts that were done there."""

    done: int = 0
    stops: tuple[tuple[Page, tuple[int, ...]], ...] = ()


def arrange(parts: Sequence[Part]) -> list[tuple[Page, list[Part]]]:
    """Visits with their parts, those of one visit in the order in which they are done."""
    whole = (1 << len(parts)) - 1
    needs = [sum(1 << position for position in part.needs) for part in parts]
    rounds = [Round()]
    while not any(one.done == whole for one in rounds):
        longer = [
            further
            for one in rounds
            for page in PAGES
            if (further := _visited(one, page, parts, needs)).done != one.done
        ]
        rounds = _best(longer)
    best = next(one for one in rounds if one.done == whole)
    return [(page, [parts[position] for position in done]) for page, done in best.stops]


def _visited(one: Round, page: Page, parts: Sequence[Part], needs: Sequence[int]) -> Round:
    """Dialogs first, each saved by itself; then the grid, which is saved once."""
    done, made = one.done, []
    for section in Section:
        for position, part in enumerate(parts):
            is_here = part.page is page and part.section is section
            if is_here and not done >> position & 1 and not needs[position] & ~done:
                done |= 1 << position
                made.append(position)
    return Round(done, (*one.stops, (page, tuple(made))))


def _best(rounds: Sequence[Round]) -> list[Round]:
    kept: list[Round] = []
    for one in rounds:
        if not any(one.done | other.done == other.done for other in kept):
            kept = [other for other in kept if other.done | one.done != one.done]
            kept.append(one)
    return kept
