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
    """The ledger, made on the first use."""
    from reconciler import ledger

    kept = ledger.open_ledger(tenant, environ=environment.environ, root=environment.root)
    try:
        yield kept
    finally:
        kept.close()


@contextmanager
def existing_ledger(tenant: Tenant, environment: Environment) -> Iterator[Ledger | None]:
    """The ledger where there is one; a command that only reads makes none."""
    from reconciler import ledger

    kept = ledger.existing(tenant, environ=environment.environ, root=environment.root)
    try:
        yield kept
    finally:
        if kept:
            kept.close()


def declared_before(
    desired: Desired, folder: Path, environment: Environment, wanted: PlanOptions
) -> Declared | None:
    """Who was declared before: at `--base`, else in the ledger where there is one."""
    with existing_ledger(desired.tenant, environment) as kept:
        last = kept.declared(desired.tenant.name) if kept else None
    if not wanted.base:
        return last
    at = _applied_at(folder, wanted.base, last)
    base = load.state(documents_at_base(folder, wanted), as_of=day_of(at, desired))
    return load.declared(base, wanted.base, at=at)


def documents_at_base(folder: Path, wanted: PlanOptions) -> tuple[load.Document, ...]:
    """The typed files of `--base`; none without it."""
    if not wanted.base:
        return ()
    loaded = load.at_revision(folder, wanted.base)
    if not loaded.whole:
        problem = in_order(loaded.diagnostics)[0]
        raise SetupError(
            f"{problem.position} at {wanted.base}: {problem.summary}",
            hint="name a revision that can be read as a whole",
        )
    documents, _ = validate.schema(loaded.documents)
    return documents


def _applied_at(folder: Path, ref: str, last: Declared | None) -> datetime:
    """When the files of a revision were applied: at the last apply, if it came after the commit;
    else, as far as anybody knows, when they were committed.
    """
    committed = load.committed_at(folder, ref)
    return max(committed, last.at) if last and last.at else committed


def day_of(at: datetime | None, desired: Desired) -> date:
    """The tenant's day of a moment; none that lies ahead of the day that is judged."""
    return min(load.today(desired.tenant, now=at), desired.as_of) if at else desired.as_of


def baselines(tenant: Tenant, environment: Environment) -> Callable[[Sequence[Change]], Baseline]:
    """From what coverage an interrupted run of some changes was judged, by the ledger."""

    def baseline(changes: Sequence[Change]) -> Baseline:
        if not changes:
            return Baseline()
        with existing_ledger(tenant, environment) as kept:
            return kept.baseline(tenant.name, changes) if kept else Baseline()

    return baseline
