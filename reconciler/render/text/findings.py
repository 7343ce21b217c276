"""Diagnostics, a line each."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from reconciler.diagnostics import Diagnostic, in_order
from reconciler.render import words
from reconciler.render.text.lines import joined

NAMES = 3
"""So many findings of one rule are shown in a short rendering."""


def diagnostics(found: Iterable[Diagnostic]) -> str:
    return joined(words.finding(diagnostic) for diagnostic in in_order(found))


def warnings(found: Iterable[Diagnostic], *, detail: bool) -> Iterator[str]:
    """Inside a plan or a report; without `detail` a few of each rule, and their number."""
    if detail:
        yield from map(words.finding, in_order(found))
        return
    by_rule = sorted(in_order(found), key=lambda diagnostic: diagnostic.rule)
    for rule, group in groupby(by_rule, key=lambda diagnostic: diagnostic.rule):
        alike = list(group)
        yield from map(words.finding, alike[:NAMES])
        if len(alike) > NAMES:
            yield f"{rule}: {len(alike) - NAMES} more"
