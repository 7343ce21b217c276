"""What was there before: the ledger, the base revision, and the baseline of interrupted runs."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

from reconciler import load, validate
from reconciler.diagnostics import in_order
from reconciler.errors import SetupError
from reconciler.model import Address, Change, Declared, Desired, Ledger, Tenant
from reconciler.ordering import Baseline
from reconciler.pipeline.stages import Environment, PlanOptions, ValidationResult


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
    desired: Desired,
    documents: Sequence[load.Document],
    folder: Path,
    environment: Environment,
    options: PlanOptions,
) -> Declared | None:
    """Return what was declared before: at `--base`, by these files at `--since`, or by the ledger.

    Files count as of the day on which they were applied. Whom the ledger knows was declared as
    well: somebody may have been taken out of the files by a commit before the base whose apply
    failed.
    """
    since = _since(desired, options)
    base = documents_at_base(folder, options)
    with existing_ledger(desired.tenant, environment) as kept:
        name = desired.tenant.name
        last = kept.declared(name) if kept else None
        applied = kept.applied_as_of(name, load.config_hash(base)) if kept and base else None
    if options.base:
        days = [day for day in (since, applied) if day]
        day = max(days) if days else day_of(_applied_at(folder, options.base, last), desired)
        stated = load.declared(load.state(base, as_of=min(day, desired.as_of)), options.base)
        return _with_proofs(stated, last)
    if since:
        then = load.declared(load.state(documents, as_of=since), f"the files as of {since}")
        return _with_proofs(replace(then, is_of_now=True), last)
    return last


def _with_proofs(declared: Declared, last: Declared | None) -> Declared:
    """Add who was declared and what was protected at the last apply, where the ledger knows."""
    if last is None:
        return declared
    narrowed = {a: f for a, f in declared.protect_fields.items() if a not in last.protect}
    return replace(
        declared,
        addresses=declared.addresses | last.addresses,
        extensions=declared.extensions | last.extensions,
        protect=declared.protect | last.protect,
        protect_fields={**narrowed, **last.protect_fields},
    )


def _since(desired: Desired, options: PlanOptions) -> date | None:
    """Return the tenant's day of `--since`. Raises `SetupError` where it lies ahead."""
    day = options.since
    if isinstance(day, datetime):
        day = load.today(desired.tenant, now=day)
    if day and day > desired.as_of:
        raise SetupError(
            f"--since {day} lies after {desired.as_of}, the day that is judged",
            hint="name the day of the last apply",
        )
    return day


def files_before(
    declared: Declared | None, checked: ValidationResult, folder: Path, options: PlanOptions
) -> tuple[load.Document, ...]:
    """Return the files of the base: of `--base`, else those of the last apply where git has them.

    None where they are the files of now, no date was reached since, or nobody can say which they
    were.
    """
    if options.base:
        return documents_at_base(folder, options)
    desired, config = checked.desired, declared.config if declared else None
    assert desired is not None
    if not (declared and config and config.commit) or config.hash == desired.config.hash:
        return ()
    first = declared.as_of or desired.as_of
    if first >= desired.as_of or not load.dates(checked.documents, first, desired.as_of):
        return ()
    try:
        then = documents_at_base(folder, replace(options, base=config.commit))
    except SetupError:
        return ()  # the history is not here: what the files say of that day has to do
    return then if load.config_hash(then) == config.hash else ()


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


def first_day(declared: Declared, desired: Desired, addresses: Iterable[Address]) -> date:
    """Return the day of the base, from which on dates may have been reached.

    The ledger of runs that were never whole knows only when values were written; a run may begin
    on one day and write on the next.
    """
    if declared.as_of:
        return min(declared.as_of, desired.as_of)
    written = [day_of(declared.times[a], desired) for a in addresses if a in declared.times]
    days = [day - timedelta(days=1) for day in written if day > date.min]
    return min(day_of(declared.at, desired), *days) if days else day_of(declared.at, desired)


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
