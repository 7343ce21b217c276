"""Drift reports, and the live values of a report taken into the files."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from reconciler import collector, diff, drift, edit, export, kinds, load
from reconciler.diagnostics import Diagnostic
from reconciler.errors import SetupError
from reconciler.model import Address, Comparison, DriftClass, DriftItem, DriftReport
from reconciler.pipeline.history import existing_ledger, first_day
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
    made = classify(compared, environment.now, drift.previous(previous) if previous else {})
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


def classify(
    compared: ComparisonResult, now: datetime, seen: Mapping[str, datetime]
) -> DriftReport:
    """Report every difference by class.

    The files of earlier days are loaded only where something differs, and only of whom it does.
    """
    return drift.report(
        compared.desired,
        compared.reading,
        compared.comparison,
        compared.declared,
        now=now,
        first_seen=seen,
        audit=compared.audit,
        earlier=_earlier(compared),
    )


def _earlier(compared: ComparisonResult) -> drift.EarlierFiles:
    """Return what the files state on the day of the base, and whenever a date was reached since."""
    desired, declared, comparison = compared.desired, compared.declared, compared.comparison
    if declared is None or not comparison.changes or not compared.documents:
        return drift.EarlierFiles()
    changed = {change.address for change in comparison.changes}
    live = {comparison.matches[address].address for address in changed & comparison.matches.keys()}
    first = first_day(declared, desired, changed | live)
    if first >= desired.as_of:
        return drift.EarlierFiles()
    people = changed | {comparison.replaced[a] for a in changed & comparison.replaced.keys()}
    documents = load.of_agents(compared.documents, people)
    days = [first, *load.dates(documents, first, desired.as_of)]
    base = load.state(load.of_agents(compared.base, people), as_of=desired.as_of)
    return drift.EarlierFiles(
        [load.state(documents, as_of=day) for day in days],
        base if compared.base else None,
        declared.is_applied,
    )


def reverted_by(
    compared: ComparisonResult, comparison: Comparison, now: datetime
) -> tuple[DriftItem, ...]:
    """Return changes by hand since the last apply that the changes of the plan revert."""
    if compared.declared is None or not comparison.changes:
        return ()
    made = classify(replace(compared, comparison=comparison), now, {})
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
