"""At every moment of a plan, seats in use stay within what was purchased.

The tenant's own count of seats in use holds: it may know of holders that it does not show. A pool
that was over before is a warning, unless the plan takes it further.

Passes: one free seat of voice, and one agent is given voice.

Fails: no free seat of voice, and one agent is given voice.
"""

from collections.abc import Iterator

from reconciler import kinds
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.model import LicensePool
from reconciler.rules import tally
from reconciler.rules.planned import Planned

ID = "seats-exceeded"
SEVERITY = Severity.ERROR


def check(planned: Planned) -> Iterator[Diagnostic]:
    for name, pool in sorted(planned.pools.items()):
        held = planned.was.licenses[name]
        before = max(tally.assigned(planned.reading.resources, name), held)
        after = before + planned.will.licenses[name] - held
        worst = max(after, planned.graph.peaks.get(name, 0))
        if pool.purchased is not None and worst > pool.purchased:
            yield _finding(pool, pool.purchased, before, after, worst)


def _finding(pool: LicensePool, purchased: int, before: int, after: int, worst: int) -> Diagnostic:
    peak = f", {worst} on the way" if worst > after else ""
    return Diagnostic(
        ID,
        Severity.ERROR if worst > max(before, purchased) else Severity.WARNING,
        f"license {pool.license}: {after} assigned{peak}, {purchased} purchased",
        f"take {pool.license} from {worst - purchased}, or buy seats and raise `purchased`",
        kinds.address(kinds.LICENSE_POOL, pool.license),
        pool.origin.at("purchased") if pool.origin else None,
    )
