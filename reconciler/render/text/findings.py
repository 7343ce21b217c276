"""Diagnostics, a line each, and what became of a roster."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from reconciler.diagnostics import Diagnostic, in_order
from reconciler.render import escape, words
from reconciler.render.text.lines import joined
from reconciler.roster import ImportResult

NAMES = 3
"""So many findings of one rule are shown in a short rendering."""


def diagnostics(items: Iterable[Diagnostic]) -> str:
    return joined(words.finding(diagnostic) for diagnostic in in_order(items))


def warnings(items: Iterable[Diagnostic], *, detail: bool) -> Iterator[str]:
    """Inside a plan or a report; without `detail` a few of each rule, and their number."""
    if detail:
        yield from map(words.finding, in_order(items))
        return
    by_rule = sorted(in_order(items), key=lambda diagnostic: diagnostic.rule)
    for rule, group in groupby(by_rule, key=lambda diagnostic: diagnostic.rule):
        alike = list(group)
        yield from map(words.finding, alike[:NAMES])
        if len(alike) > NAMES:
            yield f"{rule}: {len(alike) - NAMES} more"


def imported(result: ImportResult, *, folder: str) -> str:
    """`12 agents written to DIR; 2 already declared; 1 row left out`."""
    agents = _counted(len(result.agents), "agent")
    written = f"{agents} written to {', '.join(f'{folder}/{name}' for name in result.files)}"
    parts = (
        written if result.agents else "no agents written",
        f"{len(result.declared)} already declared" if result.declared else "",
        f"{_counted(len(result.left_out), 'row')} left out" if result.left_out else "",
    )
    return escape.terminal("; ".join(part for part in parts if part))


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"
