"""Drift reports, and the live values of a report taken into the files."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from reconciler import collector, diff, drift, edit, export, kinds, load
from reconciler.diagnostics import Diagnostic
from reconciler.errors import SetupError
from reconciler.model import Address, Comparison, DriftClass, DriftItem, DriftReport
from reconciler.pipeline.history import day_of, existing_ledger
from reconciler.pipeline.stages import ComparisonResult, Environment

BY_HAND = frozenset({DriftClass.DRIFT, DriftClass.CONFLICT})
"""What somebody changed in the tenant."""


@collector.paused()
def report(
    compared: ComparisonResult,
    environment: Environment,
    previous: Path | None,
    *,
    remember: bool = True,
) -> DriftReport:
    """Make the drift report; `--previous` or the ledger tells when each item was first seen.

    Without `remember` nothing is written to the ledger.
    """
    made = _report(compared, environment.now, drift.previous(previous) if previous else {})
    if previous:
        return made
    with existing_ledger(compared.desired.tenant, environment) as kept:
        if kept is None:
            return made
        since = kept.seen(
            compared.desired.tenant.name, drift.keys(made), environment.now, remember=remember
        )
    items = tuple(
        replace(item, first_seen=since[drift.key(item.address, item.path)]) for item in made.items
    )
    return replace(made, items=items)


def _report(compared: ComparisonResult, now: datetime, seen: Mapping[str, datetime]) -> DriftReport:
    """Report every difference by class.

    The files of earlier days are loaded only where they could matter: of the base's day where
    anything differs, and of days in between where it looks like drift.
    """
    desired, declared = compared.desired, compared.declared

    def made(days: Sequence[date]) -> DriftReport:
        states = [load.state(compared.documents, as_of=day) for day in days]
        base = load.state(compared.base, as_of=desired.as_of) if compared.base and days else None
        return drift.report(
            desired,
            compared.reading,
            compared.comparison,
            declared,
            now=now,
            first_seen=seen,
            audit=compared.audit,
            earlier=drift.EarlierFiles(states, base),
        )

    first = day_of(declared.at, desired) if declared else desired.as_of
    is_dated = bool(compared.documents) and first < desired.as_of
    result = made([first] if is_dated and compared.comparison.changes else [])
    if is_dated and any(item.drift in BY_HAND for item in result.items):
        later = load.dates(compared.documents, first, desired.as_of)
        result = made([first, *later]) if later else result
    return result


def reverted_by(
    compared: ComparisonResult, comparison: Comparison, now: datetime
) -> tuple[DriftItem, ...]:
    """Return changes by hand since the last apply that the changes of the plan revert."""
    if compared.declared is None or not comparison.changes:
        return ()
    made = _report(replace(compared, comparison=comparison), now, {})
    return tuple(item for item in made.items if item.drift in BY_HAND)


def take(
    addresses: Sequence[str],
    folder: Path,
    compared: ComparisonResult,
    drift_report: DriftReport,
    *,
    remove_gone: bool = False,
) -> edit.Taken:
    """Write the live values of the named addresses into the files.

    An agent in no file gets an entry; with `remove_gone`, an entry whose agent is gone is removed.
    """
    items = [item for item in drift_report.items if _is_named(item.address, item.label, addresses)]
    strangers = {
        item.address: compared.reading.resources[item.address]
        for item in drift_report.unmanaged
        if _is_named(item.address, item.label, addresses)
    }
    entries = {}
    diagnostics: list[Diagnostic] = []
    for address, live in strangers.items():
        content, problems = export.entry(live, compared.desired.as_of)
        diagnostics += problems
        if content is not None:
            entries[address] = content
    taken = edit.take(folder, compared.desired, items, entries, remove_gone=remove_gone)
    return replace(taken, diagnostics=(*diagnostics, *taken.diagnostics))


def explain(addresses: Sequence[str], compared: ComparisonResult) -> list[diff.Explanation]:
    """Explain both sides of the named addresses. Raises `SetupError` for one on a single side."""
    matches = compared.comparison.matches
    explanations = []
    for name in addresses:
        named = [a for a, live in matches.items() if _is_named(a, kinds.label_of(live), [name])]
        if not named:
            raise SetupError(
                f"{name} is not on both sides", hint="see the plan for what is on one only"
            )
        live = matches[named[0]]
        explanations.append(
            diff.explain(kinds.label_of(live), compared.desired.resources[named[0]], live)
        )
    return explanations


def _is_named(address: Address, label: str, names: Sequence[str]) -> bool:
    """Return whether the address, or `agent/4001`, is among the names."""
    by_number = kinds.address(kinds.kind_of(address), label.partition(" ")[0])
    return address in names or by_number in names
