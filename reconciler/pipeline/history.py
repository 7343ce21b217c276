"""What was there before: the ledger, the base revision, and the baseline of interrupted runs."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

from reconciler import load, validate
from reconciler.diagnostics import in_order
from reconciler.errors import SetupError
from reconciler.model import Change, Declared, Desired, Ledger, Tenant
from reconciler.ordering import Baseline
from reconciler.pipeline.stages import Environment, PlanOptions


@contextmanager
def open_ledger(tenant: Tenant, environment: Environment) -> Iterator[Ledger]:
    """Open the ledger, and create it on first use."""
    from reconciler import ledger

    kept = ledger.open_ledger(tenant, environ=environment.environ, root=environment.root)
    try:
        yield kept
    finally:
        kept.close()


@contextmanager
def existing_ledger(tenant: Tenant, environment: Environment) -> Iterator[Ledger | None]:
    """Open the ledger where there is one; a command that only reads creates none."""
    from reconciler import ledger

    kept = ledger.existing(tenant, environ=environment.environ, root=environment.root)
    try:
        yield kept
    finally:
        if kept:
            kept.close()


def declared_before(
    desired: Desired, folder: Path, environment: Environment, options: PlanOptions
) -> Declared | None:
    """Return who was declared before: at `--base`, else by the ledger."""
    with existing_ledger(desired.tenant, environment) as kept:
        last = kept.declared(desired.tenant.name) if kept else None
    if not options.base:
        return last
    at = _applied_at(folder, options.base, last)
    base = load.state(documents_at_base(folder, options), as_of=day_of(at, desired))
    return load.declared(base, options.base, at=at)


def documents_at_base(folder: Path, options: PlanOptions) -> tuple[load.Document, ...]:
    """Return the typed files of `--base`; none without it."""
    if not options.base:
        return ()
    loaded = load.at_revision(folder, options.base)
    if not loaded.whole:
        problem = in_order(loaded.diagnostics)[0]
        raise SetupError(
            f"{problem.position} at {options.base}: {problem.summary}",
            hint="name a revision that can be read as a whole",
        )
    documents, _ = validate.schema(loaded.documents)
    return documents


def _applied_at(folder: Path, ref: str, last: Declared | None) -> datetime:
    """Return when the files of a revision were applied.

    At the last apply, if it came after the commit; else when they were committed.
    """
    committed = load.committed_at(folder, ref)
    return max(committed, last.at) if last and last.at else committed


def day_of(at: datetime | None, desired: Desired) -> date:
    """Return the tenant's day of a moment, at most the day that is judged."""
    return min(load.today(desired.tenant, now=at), desired.as_of) if at else desired.as_of


def baselines(tenant: Tenant, environment: Environment) -> Callable[[Sequence[Change]], Baseline]:
    """Return a function from changes to the coverage from which an interrupted run judged them."""

    def baseline(changes: Sequence[Change]) -> Baseline:
        if not changes:
            return Baseline()
        with existing_ledger(tenant, environment) as kept:
            return kept.baseline(tenant.name, changes) if kept else Baseline()

    return baseline
