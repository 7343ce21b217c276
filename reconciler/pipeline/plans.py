"""load -> validate -> read -> diff -> order -> guard -> plan; drift and export branch off."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler import (
    __version__,
    collector,
    diff,
    evidence,
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
    Attestation,
    Change,
    Desired,
    Graph,
    Plan,
    Reading,
    Tenant,
)
from reconciler.ordering import Baseline
from reconciler.pipeline.drifts import reverted_by
from reconciler.pipeline.history import (
    baselines,
    declared_before,
    documents_at_base,
    existing_ledger,
)
from reconciler.pipeline.stages import ComparisonResult, Environment, PlanOptions, ValidationResult
from reconciler.pipeline.tenants import open_reader

if TYPE_CHECKING:
    from reconciler.providers.scim import Ahead


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
    with existing_ledger(desired.tenant, environment) as kept:
        applied = kept.declared(desired.tenant.name) if kept else None
    if not desired.tenant.mapping:
        evidence.expect_mapping(reading, applied)
    reading = evidence.doubted(reading, applied)
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
        *planning.uncountable(reading, has_ranges=bool(desired.ranges)),
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
        drift=reverted_by(compared, comparison, stamp.created_at),
        select=wanted.select,
        exclude=wanted.exclude,
    )
    return OrderedPlan(made, graph)


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
