"""Load, validate, read, compare, order, guard: the way from files to a plan."""

import secrets
from collections.abc import Callable, Sequence
from contextlib import nullcontext
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
    Action,
    Change,
    Dated,
    Desired,
    DueWork,
    Graph,
    Plan,
    Provider,
    Reading,
    Tenant,
)
from reconciler.ordering import Baseline
from reconciler.pipeline.drifts import reverted_by
from reconciler.pipeline.history import (
    baselines,
    declared_before,
    existing_ledger,
    files_before,
)
from reconciler.pipeline.stages import ComparisonResult, Environment, PlanOptions, ValidationResult
from reconciler.pipeline.tenants import open_reader, valid_tenant

if TYPE_CHECKING:
    from reconciler.providers.scim import Ahead


@collector.paused()
def check(folder: Path, environment: Environment, options: PlanOptions) -> ValidationResult:
    """Load and validate the files. Raises `SetupError` where there is no folder."""
    loaded = load.documents(folder)
    documents, refused = validate.schema(loaded.documents)
    tenant = find_tenant(folder, options)
    as_of = options.as_of or load.today(tenant, now=environment.now)
    config = replace(load.config_ref(folder), folder=load.relative(folder, environment.root))
    desired = load.state(documents, as_of=as_of, config=config)
    desired = replace(desired, tenant=tenant or desired.tenant)
    offline = validate.offline(desired, whole=loaded.whole)
    filed, unclear = observations.read(options.observed, desired.tenant, environment.now)
    diagnostics = tuple(in_order([*loaded.diagnostics, *refused, *offline, *unclear]))
    return ValidationResult(
        None if has_errors(diagnostics) else desired, diagnostics, filed, documents
    )


def find_tenant(folder: Path, options: PlanOptions) -> Tenant | None:
    """Return the `tenant:` block of the folder, or of the trusted one."""
    tenant = load.tenant(options.tenant_from or folder)
    if options.tenant_from and tenant is None:
        raise SetupError(f"no usable tenant block below {options.tenant_from}")
    if tenant and tenant.options:
        valid = valid_tenant(options.tenant_from or folder)
        return replace(tenant, options=valid.options) if valid else tenant
    return tenant


def require_tenant(folder: Path, options: PlanOptions) -> Tenant:
    """Return the valid `tenant:` block. Raises `SetupError`."""
    tenant = find_tenant(folder, options)
    if tenant is None:
        raise SetupError(
            f"no usable tenant block below {folder}",
            hint="`tenant:` needs `name` and `provider`; `reconciler validate` says more",
        )
    return tenant


# --- the tenant ----------------------------------------------------------------------------------


@collector.paused()
def compare(
    checked: ValidationResult,
    folder: Path,
    environment: Environment,
    options: PlanOptions,
    *,
    audited: bool = False,
    begun: "Ahead | None" = None,
    provider: Provider | None = None,
) -> ComparisonResult:
    """Read the tenant, and compare it with the files.

    The tenant is read through `provider`, which an apply has open; else through one that cannot
    write. `audited`: also who changed what, where the tenant has an audit trail. `begun` is a
    reading that is under way.
    """
    desired = checked.desired
    assert desired is not None
    declared = declared_before(desired, checked.documents, folder, environment, options)
    connection = nullcontext(provider) if provider else open_reader(desired, environment, begun)
    with connection as source:
        reading = read.live(source)
        trail = read.audit(source, reading) if audited else ()
    evidence.expect_declared(reading, desired, declared)
    with existing_ledger(desired.tenant, environment) as kept:
        applied = kept.declared(desired.tenant.name) if kept else None
    if not desired.tenant.mapping:
        evidence.expect_mapping(reading, applied)
    reading = evidence.doubted(reading, applied)
    reading = apply_evidence(
        reading,
        sources.of_files(desired, environment.now, checked.filed),
        desired.tenant,
        environment,
    )
    reading = diff.with_new_names(desired, reading)
    comparison = diff.compare(desired, reading, declared=declared)
    base = files_before(declared, checked, folder, options)
    return ComparisonResult(desired, reading, declared, comparison, trail, checked.documents, base)


def apply_evidence(
    reading: Reading, evidence_sources: sources.Sources, tenant: Tenant, environment: Environment
) -> Reading:
    """Complete the reading with evidence from the ledger and from files."""
    if not (reading.capabilities.by_hand or evidence_sources.filed):
        return reading
    with existing_ledger(tenant, environment) as kept:
        return evidence_sources.apply(reading, kept)


# --- plan and drift ------------------------------------------------------------------------------


def plan(
    compared: ComparisonResult,
    environment: Environment,
    options: PlanOptions,
    diagnostics: Sequence[Diagnostic],
    *,
    due: DueWork | None = None,
) -> Plan:
    """Order, guard and assemble the changes of a comparison."""
    return ordered_plan(compared, environment, options, diagnostics, due=due).plan


@collector.paused()
def ordered_plan(
    compared: ComparisonResult,
    environment: Environment,
    options: PlanOptions,
    diagnostics: Sequence[Diagnostic],
    *,
    due: DueWork | None = None,
) -> "OrderedPlan":
    """Return the plan with its order, for an apply that follows at once.

    `due` tells of a comparison that was restricted to due work.
    """
    stamp = planning.Stamp("", "", environment.now, __version__)
    baseline = baselines(compared.desired.tenant, environment)
    ordered = build_plan(compared, options, diagnostics, stamp, baseline)
    made = replace(ordered.plan, due=due)
    return replace(ordered, plan=planfile.identified(made, secrets.token_bytes(5)))


@dataclass(frozen=True, slots=True)
class OrderedPlan:
    """A plan with its order."""

    plan: Plan
    graph: Graph


def build_plan(
    compared: ComparisonResult,
    options: PlanOptions,
    diagnostics: Sequence[Diagnostic],
    stamp: planning.Stamp,
    baseline: Callable[[Sequence[Change]], Baseline],
) -> OrderedPlan:
    """Build the plan for the selected part of a comparison, from files and tenant alone.

    `baseline` returns the coverage from which an interrupted run of these changes was judged.
    """
    desired, reading = compared.desired, compared.reading
    comparison, selection_warnings = diff.select(
        compared.comparison, options.select, options.exclude
    )
    bounds = planning.bounds(desired, reading, baseline(comparison.changes))
    graph = order.operations(comparison.changes, reading, bounds)
    diagnostics_so_far = [
        *diagnostics,
        *reading.notes,
        *planning.not_writable(reading, comparison.changes),
        *planning.uncountable(reading, has_ranges=bool(desired.ranges)),
        *comparison.diagnostics,
        *selection_warnings,
    ]
    live = validate.live(desired, reading, comparison, graph, diagnostics_so_far)
    blockers, acknowledged = guard.check(
        desired, reading, comparison, allow=options.allow, declared=compared.declared
    )
    made = planning.assemble(
        desired,
        reading,
        comparison,
        graph,
        bounds,
        diagnostics=in_order([*diagnostics_so_far, *live]),
        blockers=blockers,
        acknowledged=acknowledged,
        stamp=stamp,
        drift=reverted_by(compared, comparison, stamp.created_at),
        select=options.select,
        exclude=options.exclude,
    )
    return OrderedPlan(_with_dates(made, compared), graph)


def _with_dates(made: Plan, compared: ComparisonResult) -> Plan:
    """Add the days of the files that come up or are still to apply, and files that are gone."""
    days = load.dated(compared.documents, compared.desired)
    files = {document.file for document in compared.documents}
    return replace(
        made,
        gone_files=tuple(sorted(_files_before(made, compared) - files)) if files else (),
        upcoming=planning.upcoming(days, made.as_of),
        overdue=planning.overdue(days, made.changes, made.as_of),
    )


def coming_up(checked: ValidationResult) -> tuple[Dated, ...]:
    """Return the days of valid files that lie ahead."""
    if checked.desired is None:
        return ()
    days = load.dated(checked.documents, checked.desired)
    return planning.upcoming(days, checked.desired.as_of)


def _files_before(made: Plan, compared: ComparisonResult) -> set[str]:
    """Return the files that declared agents of the tenant who stand in no file now."""
    before = compared.declared.fields if compared.declared else {}
    leavers = {
        change.address
        for change in made.changes
        if change.action in (Action.SUSPEND, Action.DELETE)
        and change.address not in compared.desired.resources
    }
    taken_out = {before.get(address, {}).get(kinds.WHOLE) for address in leavers}
    left_alone = {item.file for item in made.unmanaged if item.declared}
    return {file for file in taken_out | left_alone if isinstance(file, str)}


def describe_size(desired: Desired) -> str:
    """Return how much the files declare, in words."""
    parts = [
        f"{count} {word if count == 1 else word + 's'}"
        for word, count in (
            ("agent", _count(desired, kinds.AGENT)),
            ("queue", _count(desired, kinds.QUEUE)),
            ("skill", _count(desired, kinds.SKILL)),
        )
    ]
    return f"{', '.join(parts)} in {desired.config.files} files"


def _count(desired: Desired, kind: str) -> int:
    return sum(kinds.kind_of(address) == kind for address in desired.resources)
