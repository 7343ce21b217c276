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
        if pool.purchased is not None:
            worst = max(after, planned.graph.peaks.get(name, 0))
            least = "at least " * ("licenses" in planned.unknown)
            yield from _judged(pool, pool.purchased, (before, after, worst), least)


def _judged(
    pool: LicensePool, purchased: int, used: tuple[int, int, int], least: str
) -> Iterator[Diagnostic]:
    """`used` before and after, and at the worst moment; `least` where more may be in use."""
    before, after, worst = used
    if worst > max(before, purchased):
        peak = f", {worst} on the way" if worst > after else ""
        yield _finding(pool, Severity.ERROR, f"{least}{after} assigned{peak}", purchased, worst)
    elif after > purchased:
        yield _finding(pool, Severity.WARNING, f"{least}{after} assigned", purchased, after)


def _finding(
    pool: LicensePool, severity: Severity, use: str, purchased: int, most: int
) -> Diagnostic:
    return Diagnostic(
        ID,
        severity,
        f"license {pool.license}: {use}, {purchased} purchased",
        f"take {pool.license} from {most - purchased}, or buy seats and raise `purchased`",
        kinds.address(kinds.LICENSE_POOL, pool.license),
        pool.origin.at("purchased") if pool.origin else None,
    )
