"""Due work: what differs only because a date in the files was reached since the last apply."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from reconciler import diff, load
from reconciler.errors import CannotTellError, StalePlanError
from reconciler.model import Change, DriftClass, DueWork
from reconciler.pipeline.drifts import classify
from reconciler.pipeline.history import declared_before, first_day
from reconciler.pipeline.stages import ComparisonResult, Environment, PlanOptions, ValidationResult

UNKNOWN_APPLY = "no ledger knows of an apply, so nobody can tell what is due"
UNKNOWN_APPLY_HINT = "give --since DAY (of the last apply), or --base REVISION (what was applied)"


def dates_reached(
    checked: ValidationResult, folder: Path, environment: Environment, options: PlanOptions
) -> tuple[DueWork, bool]:
    """Return since when dates count, and whether one in the files was reached.

    Raises `CannotTellError` where nobody knows of an apply.
    """
    desired, documents = checked.desired, checked.documents
    assert desired is not None
    declared = declared_before(desired, documents, folder, environment, options)
    if declared is None:
        raise CannotTellError(UNKNOWN_APPLY, hint=UNKNOWN_APPLY_HINT)
    first = first_day(declared, desired, declared.addresses)
    return DueWork(first), bool(load.dates(documents, first, desired.as_of))


def due_only(
    compared: ComparisonResult, environment: Environment, options: PlanOptions, work: DueWork
) -> tuple[ComparisonResult, DueWork]:
    """Restrict a comparison to changes that only dates ask for, and return what else differs."""
    selected, _ = diff.select(compared.comparison, options.select, options.exclude)
    report = classify(replace(compared, comparison=selected), environment.now, {})
    others = tuple(item for item in report.items if item.drift is not DriftClass.DUE)
    due = {item.address for item in report.items if item.drift is DriftClass.DUE}
    changes = tuple(change for change in selected.changes if change.address in due)
    return (
        replace(compared, comparison=replace(compared.comparison, changes=changes)),
        replace(work, addresses=tuple(sorted(due)), others=others),
    )


def require_due(compared: ComparisonResult, changes: Sequence[Change], now: datetime) -> None:
    """Raise `StalePlanError` where dates alone do not ask for these changes."""
    if compared.declared is None:
        raise CannotTellError(UNKNOWN_APPLY, hint=UNKNOWN_APPLY_HINT)
    comparison = replace(compared.comparison, changes=tuple(changes))
    report = classify(replace(compared, comparison=comparison), now, {})
    others = tuple(item for item in report.items if item.drift is not DriftClass.DUE)
    if others:
        raise other_than_due(DueWork(report.as_of, others=others))


def other_than_due(work: DueWork) -> StalePlanError:
    """Return the error that names what differs for another reason than a date."""
    names = [f"{i.address}{f' {i.path}' if i.path else ''} ({i.drift})" for i in work.others]
    more = f" and {len(names) - 10} more" if len(names) > 10 else ""
    return StalePlanError(
        f"not only due work: {', '.join(names[:10])}{more}",
        hint="settle that first (plan and apply, or take it over), or --select what is due",
    )
