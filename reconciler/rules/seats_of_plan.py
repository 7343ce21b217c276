"""At every moment of a plan, seats in use stay within what was purchased.

The tenant's own count of seats in use holds: it may know of holders that it does not show. A pool
that was over its limit before and only shrinks is a warning; one that ends over its limit, and in
which a seat is given, is an error, whatever else the plan releases.

Passes: one free seat of voice, and one agent is given voice.

Fails: five of four seats of voice are in use, one agent loses voice and another is given it.
"""

from collections.abc import Iterable, Iterator

from reconciler import kinds
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.model import Change, License, LicensePool
from reconciler.rules import tally
from reconciler.rules.plan_view import PlanView

ID = "seats-exceeded"
SEVERITY = Severity.ERROR


def check(plan: PlanView) -> Iterator[Diagnostic]:
    given = _given(plan.comparison.changes)
    for name, pool in sorted(plan.pools.items()):
        if pool.purchased is None:
            continue
        held = plan.was.licenses[name]
        before = max(tally.assigned(plan.reading.resources, name), held)
        after = before + plan.will.licenses[name] - held
        use = f"{'at least ' * ('licenses' in plan.unknown)}{after} assigned"
        worst = max(after, plan.graph.peaks.get(name, 0))
        if worst > max(before, pool.purchased) or (after > pool.purchased and name in given):
            peak = f", {worst} on the way" if worst > after else ""
            yield _finding(pool, Severity.ERROR, f"{use}{peak}", pool.purchased, worst)
        elif after > pool.purchased:
            yield _finding(pool, Severity.WARNING, use, pool.purchased, after)


def _given(changes: Iterable[Change]) -> set[License]:
    """The licenses that somebody gets."""
    paths = (
        kinds.split_path(item.path)
        for change in changes
        for item in change.fields
        if item.after and not item.before
    )
    return {member for name, member in paths if name == "licenses" and member}


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
