"""Findings of the rules that stop a plan, told as blockers: nothing but a waiver lifts them."""

from collections.abc import Iterable, Sequence

from reconciler import kinds
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.model import Blocker, Coverage, Seats
from reconciler.ordering import Baseline


def from_findings(
    diagnostics: Iterable[Diagnostic],
    seats: Sequence[Seats],
    coverage: Sequence[Coverage],
    baseline: Baseline,
) -> tuple[Blocker, ...]:
    """One for each error, with the numbers of the pool or queue that it is about."""
    numbers = _numbers(seats, coverage, baseline)
    return tuple(
        Blocker(
            finding.rule,
            *numbers.get((finding.rule, finding.address), (1, 0)),
            acknowledge=None,
            address=finding.address,
            summary=finding.summary,
            hint=finding.hint,
        )
        for finding in diagnostics
        if finding.severity is Severity.ERROR
    )


def _numbers(
    seats: Sequence[Seats], coverage: Sequence[Coverage], baseline: Baseline
) -> dict[tuple[str, str | None], tuple[int, int]]:
    """What is planned and what would be lawful, by rule and address; 1 of 0 for all others."""
    found: dict[tuple[str, str | None], tuple[int, int]] = {}
    for pool in seats:
        address = kinds.address(kinds.LICENSE_POOL, pool.license)
        found["seats-exceeded", address] = (max(pool.after, pool.peak), pool.purchased or 0)
    for row in coverage:
        least = baseline.floor(row.address, row.minimum, row.before)
        found["queue-under-minimum", row.address] = (row.lowest, least)
    return found


def floor(row: Coverage) -> int:
    """What the coverage may not fall below: its minimum (one, if none), or what there was."""
    return min(1 if row.minimum is None else row.minimum, row.before)
