"""load -> validate -> read -> diff -> order -> guard -> plan; drift and export branch off."""

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler import (
    __version__,
    collector,
    diff,
    drift,
    edit,
    evidence,
    export,
    guard,
    kinds,
    load,
    order,
    planfile,
    read,
    validate,
)
from reconciler import plan as planning
from reconciler.diagnostics import Diagnostic, has_errors, in_order
from reconciler.errors import SetupError
from reconciler.evidence import sources
from reconciler.manual import observations
from reconciler.model import (
    Address,
    Attestation,
    Change,
    Comparison,
    Declared,
    Desired,
    DriftClass,
    DriftItem,
    DriftReport,
    Graph,
    Ledger,
    Plan,
    Reading,
    Tenant,
)
from reconciler.ordering import Baseline
from reconciler.pipeline.stages import ComparisonResult, Environment, PlanOptions, ValidationResult
from reconciler.pipeline.tenants import open_reader

if TYPE_CHECKING:
    from reconciler.providers.scim import Ahead


BY_HAND = frozenset({DriftClass.DRIFT, DriftClass.CONFLICT})
"""What somebody changed in the tenant."""


@collector.paused()
def check(folder: Path, environment: Environment, wanted: PlanOptions) -> ValidationResult:
    """Loads and validates; raises `SetupError` where there is no folder."""
    loaded = load.documents(folder)
    documents, refused = validate.schema(loaded.documents)
    tenant = find_tenant(folder, wanted)
    as_of = wanted.as_of or load.today(tenant, now=environment.now)
    desired = load.state(documents, as_of=as_of, config=load.config_ref(folder))
    desired = replace(desired, tenant=tenant or desired.tenant)
    offline = validate.offline(desired, whole=loaded.whole)
    filed, unclear = observations.read(wanted.observed, desired.tenant, environment.now)
    found = tuple(in_order([*loaded.diagnostics, *refused, *offline, *unclear]))
    return ValidationResult(None if has_errors(found) else desired, found, filed, documents)


def find_tenant(folder: Path, wanted: PlanOptions) -> Tenant | None:
    """The `tenant:` block: of the folder, or of the one that is trusted."""
    tenant = load.tenant(wanted.tenant_from or folder)
    if wanted.tenant_from and tenant is None:
        raise SetupError(f"no usable tenant block below {wanted.tenant_from}")
    return tenant


def require_tenant(folder: Path, wanted: PlanOptions) -> Tenant:
    """The `tenant:` block on its own, valid. Raises `SetupError`."""
    tenant = find_tenant(folder, wanted)
    if tenant is None:
        raise SetupError(
            f"no usable tenant block below {folder}",
            hint="`tenant:` needs `name` and `provider`; `reconciler validate` says more",
        )
    return tenant


# --- the tenant ----------------------------------------------------------------------------------


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


@collector.paused()
def compare(
    desired: Desired,
    folder: Path,
    environment: Environment,
    wanted: PlanOptions,
    *,
    filed: tuple[Attestation, ...] = (),
    audited: bool = False,
    begun: "Ahead | None" = None,
    documents: tuple[load.Document, ...] = (),
) -> ComparisonResult:
    """Reads the tenant, through a door that cannot write, and compares.

    `audited`: also who changed what, where the tenant has an audit trail. `begun` is a reading that
    is under way. With the typed `documents` it can be told where only a date was reached.
    """
    declared = declared_before(desired, folder, environment, wanted)
    with open_reader(desired, environment, begun) as provider:
        reading = read.live(provider)
        trail = read.audit(provider, reading) if audited else ()
    evidence.expect_declared(reading, desired, declared)
    reading = vouched(
        reading, sources.of_files(desired, environment.now, filed), desired.tenant, environment
    )
    comparison = diff.compare(desired, reading, declared=declared)
    base = documents_at_base(folder, wanted) if documents else ()
    return ComparisonResult(desired, reading, declared, comparison, trail, documents, base)


def vouched(
    reading: Reading, given: sources.Sources, tenant: Tenant, environment: Environment
) -> Reading:
    """The reading, with what people vouch for by the ledger and by files."""
    if not (reading.capabilities.by_hand or given.filed):
        return reading
    with existing_ledger(tenant, environment) as kept:
        return given.apply(reading, kept)


def declared_before(
    desired: Desired, folder: Path, environment: Environment, wanted: PlanOptions
) -> Declared | None:
    """Who was declared before: at `--base`, else in the ledger where there is one."""
    with existing_ledger(desired.tenant, environment) as kept:
        last = kept.declared(desired.tenant.name) if kept else None
    if not wanted.base:
        return last
    at = _applied_at(folder, wanted.base, last)
    base = load.state(documents_at_base(folder, wanted), as_of=_day(at, desired))
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


def _day(at: datetime | None, desired: Desired) -> date:
    """The tenant's day of a moment; none that lies ahead of the day that is judged."""
    return min(load.today(desired.tenant, now=at), desired.as_of) if at else desired.as_of


# --- plan and drift ------------------------------------------------------------------------------


@collector.paused()
def plan(
    compared: ComparisonResult,
    environment: Environment,
    wanted: PlanOptions,
    found: Sequence[Diagnostic],
) -> Plan:
    """Orders, guards and assembles what a comparison found."""
    stamp = planning.Stamp("", "", environment.now, __version__)
    made = build_plan(
        compared, wanted, found, stamp, baselines(compared.desired.tenant, environment)
    ).plan
    return planfile.identified(made, secrets.token_bytes(5))


@dataclass(frozen=True, slots=True)
class OrderedPlan:
    """A plan, with the order that was found for it."""

    plan: Plan
    graph: Graph


def build_plan(
    compared: ComparisonResult,
    wanted: PlanOptions,
    found: Sequence[Diagnostic],
    stamp: planning.Stamp,
    baseline: Callable[[Sequence[Change]], Baseline],
) -> OrderedPlan:
    """The plan for what is selected of a comparison, by the files and the tenant alone.

    `baseline` says from what coverage an interrupted run of these changes was judged.
    """
    desired, reading = compared.desired, compared.reading
    comparison, told = diff.select(compared.comparison, wanted.select, wanted.exclude)
    bounds = planning.bounds(desired, reading, baseline(comparison.changes))
    graph = order.operations(comparison.changes, reading, bounds)
    told_of = [
        *found,
        *reading.notes,
        *planning.told(reading, has_ranges=bool(desired.ranges)),
        *comparison.diagnostics,
        *told,
    ]
    live = validate.live(desired, reading, comparison, graph, told_of)
    blockers, acknowledged = guard.check(
        desired, reading, comparison, allow=wanted.allow, declared=compared.declared
    )
    made = planning.assemble(
        desired,
        reading,
        comparison,
        graph,
        bounds,
        diagnostics=in_order([*told_of, *live]),
        blockers=blockers,
        acknowledged=acknowledged,
        stamp=stamp,
        drift=_taken_back(compared, comparison, stamp.created_at),
        select=wanted.select,
        exclude=wanted.exclude,
    )
    return OrderedPlan(made, graph)


def baselines(tenant: Tenant, environment: Environment) -> Callable[[Sequence[Change]], Baseline]:
    """From what coverage an interrupted run of some changes was judged, by the ledger."""

    def baseline(changes: Sequence[Change]) -> Baseline:
        if not changes:
            return Baseline()
        with existing_ledger(tenant, environment) as kept:
            return kept.baseline(tenant.name, changes) if kept else Baseline()

    return baseline


def _taken_back(
    compared: ComparisonResult, comparison: Comparison, now: datetime
) -> tuple[DriftItem, ...]:
    """What somebody changed by hand since the last apply, and the changes take back."""
    if compared.declared is None or not comparison.changes:
        return ()
    made = _report(replace(compared, comparison=comparison), now, {})
    return tuple(item for item in made.items if item.drift in BY_HAND)


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
            earlier=drift.Earlier(states, base),
        )

    first = _day(declared.at, desired) if declared else desired.as_of
    is_dated = bool(compared.documents) and first < desired.as_of
    result = made([first] if is_dated and compared.comparison.changes else [])
    if is_dated and any(item.drift in BY_HAND for item in result.items):
        later = load.dates(compared.documents, first, desired.as_of)
        result = made([first, *later]) if later else result
    return result


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


def describe_size(desired: Desired) -> str:
    """How much the files declare, in words."""
    found = [
        f"{count} {word if count == 1 else word + 's'}"
        for word, count in (
            ("agent", _count(desired, kinds.AGENT)),
            ("queue", _count(desired, kinds.QUEUE)),
            ("skill", _count(desired, kinds.SKILL)),
        )
    ]
    return f"{', '.join(found)} in {desired.config.files} files"


def _count(desired: Desired, kind: str) -> int:
    return sum(kinds.kind_of(address) == kind for address in desired.resources)


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


def explain(addresses: Sequence[str], compared: ComparisonResult) -> list[diff.Explained]:
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
