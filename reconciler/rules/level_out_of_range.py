"""Levels go from 1 to 10.

Passes:

    queues: {support: {default_level: 5}}
    agents: [{email: ana@acme.example, queues: {support: 10}}]

Fails:

    queues: {support: {default_level: 5}}
    agents: [{email: ana@acme.example, queues: {support: 11}}]
"""

from collections.abc import Iterator

from reconciler.diagnostics import Diagnostic, Severity
from reconciler.rules.view import View

ID = "level-out-of-range"
SEVERITY = Severity.ERROR


def check(view: View) -> Iterator[Diagnostic]:
    for odd in view.desired.odd_levels:
        where = ".".join(str(step) for step in odd.path)
        yield Diagnostic(
            ID,
            SEVERITY,
            f"{where} of {odd.by} is {odd.level}",
            "write a level from 1 to 10",
            odd.by,
            odd.origin.at(*odd.path) if odd.origin else None,
        )
