"""A comparison to a drift report, and the live values of a report into the files."""

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
    compared: ComparisonResult, environment: Environment, previous: Path | None
) -> DriftReport:
    """The drift report; since when each item is known comes from `--previous` or the ledger."""
    made = _report(compared, environment.now, drift.previous(previous) if previous else {})
    if previous:
        return made
    with existing_ledger(compared.desired.tenant, environment) as kept:
        if kept is None:
            return made
        since = kept.seen(compared.desired.tenant.name, drift.keys(made), environment.now)
    items = tuple(
        replace(item, first_seen=since[drift.key(item.address, item.path)]) for item in made.items
    )
    return replace(made, items=items)


def _report(compared: ComparisonResult, now: datetime, seen: Mapping[str, datetime]) -> DriftReport:
    """Every difference by class. The files of earlier days are made only where they could matter:
    of the base's day where anything differs, and of days in between where it looks like drift.
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
    """What somebody changed by hand since the last apply, and the changes take back."""
    if compared.declared is None or not comparison.changes:
        return ()
    made = _report(replace(compared, comparison=comparison), now, {})
    return tuple(item for item in made.items if item.drift in BY_HAND)


def take(
    addresses: Sequence[str],
    folder: Path,
    compared: ComparisonResult,
    found: DriftReport,
    *,
    remove_gone: bool = False,
) -> edit.Taken:
    """Live values of the named addresses into the files; who stands in none gets an entry, and with
    `remove_gone` who is not in the tenant any more loses it.
    """
    items = [item for item in found.items if _is_named(item.address, item.label, addresses)]
    strangers = {
        item.address: compared.reading.resources[item.address]
        for item in found.unmanaged
        if _is_named(item.address, item.label, addresses)
    }
    entries = {}
    told: list[Diagnostic] = []
    for address, live in strangers.items():
        content, problems = export.entry(live, compared.desired.as_of)
        told += problems
        if content is not None:
            entries[address] = content
    taken = edit.take(folder, compared.desired, items, entries, remove_gone=remove_gone)
    return replace(taken, diagnostics=(*told, *taken.diagnostics))


def explain(addresses: Sequence[str], compared: ComparisonResult) -> list[diff.Explanation]:
    """The two sides of the named addresses. Raises `SetupError` for one that has no two."""
    matches = compared.comparison.matches
    found = []
    for name in addresses:
        named = [a for a, live in matches.items() if _is_named(a, kinds.label_of(live), [name])]
        if not named:
            raise SetupError(
                f"{name} is not on both sides", hint="see the plan for what is on one only"
            )
        live = matches[named[0]]
        found.append(diff.explain(kinds.label_of(live), compared.desired.resources[named[0]], live))
    return found


def _is_named(address: Address, label: str, names: Sequence[str]) -> bool:
    """By its address, or as `agent/4001`."""
    by_number = kinds.address(kinds.kind_of(address), label.partition(" ")[0])
    return address in names or by_number in names
