"""Blockers made from diagnostics of rules; only a waiver lifts them."""

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
    """Return a blocker for each error, with the numbers of its pool or queue."""
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
    """Return planned and allowed numbers by rule and address; other errors count as 1 of 0."""
    numbers: dict[tuple[str, str | None], tuple[int, int]] = {}
    for pool in seats:
        address = kinds.address(kinds.LICENSE_POOL, pool.license)
        numbers["seats-exceeded", address] = (max(pool.after, pool.peak), pool.purchased or 0)
    for row in coverage:
        least = baseline.floor(row.address, row.minimum, row.before)
        numbers["queue-under-minimum", row.address] = (row.lowest, least)
    return numbers


def floor(row: Coverage) -> int:
    """Return the lowest lawful coverage: the minimum (one, if none), or what there was if less."""
    return min(1 if row.minimum is None else row.minimum, row.before)
