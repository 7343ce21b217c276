"""Compare two folders, a folder and a tenant, or two tenants; take what B has into files."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from reconciler import __version__, diff, drift, evidence, load, read
from reconciler.diagnostics import Diagnostic, in_order
from reconciler.edit import Taken
from reconciler.evidence.sources import Sources
from reconciler.model import (
    Comparison,
    ConfigRef,
    DriftReport,
    Side,
    SideComparison,
    Tenant,
    TenantRef,
    Unmanaged,
)
from reconciler.pipeline import drifts, plans
from reconciler.pipeline.history import existing_ledger
from reconciler.pipeline.stages import ComparisonResult, Environment, PlanOptions
from reconciler.pipeline.tenants import open_provider


@dataclass(frozen=True, slots=True)
class SideOption:
    """A side as it was typed: a folder, or with `is_live` the tenant that it names."""

    name: str
    folder: Path
    is_live: bool


@dataclass(frozen=True, slots=True)
class ComparedSides:
    """The comparison, and what it was made from; without `comparison` the files hold an error."""

    comparison: SideComparison | None
    left: drift.SideState | None
    right: drift.SideState | None
    diagnostics: tuple[Diagnostic, ...]


def compare_sides(
    left: SideOption, right: SideOption, environment: Environment, options: PlanOptions
) -> ComparedSides:
    """Compare two sides. Nothing is written, and tenants are opened for reading only."""
    opened = [_opened(side, environment, options) for side in (left, right)]
    problems = tuple(d for _, diagnostics in opened for d in diagnostics)
    (a, _), (b, _) = opened
    if a is None or b is None:
        return ComparedSides(None, None, None, problems)
    matched = diff.compare(a.desired, b.reading)
    differences = drift.differences(a, b, matched.matches)
    is_drift = not a.side.is_live and b.side.is_live
    made = SideComparison(
        a.side,
        b.side,
        a.desired.as_of,
        environment.now,
        differences.items,
        differences.unobserved,
        differences.same,
        differences.unstated,
        tuple(in_order(matched.diagnostics)) if is_drift else (),
        __version__,
    )
    return ComparedSides(made, a, b, ())


def _opened(
    option: SideOption, environment: Environment, options: PlanOptions
) -> tuple[drift.SideState | None, tuple[Diagnostic, ...]]:
    if option.is_live:
        return _read(option, environment, options), ()
    checked = plans.check(option.folder, environment, options)
    if checked.desired is None:
        return None, checked.diagnostics
    side = Side(option.name, _ref(checked.desired.tenant), is_live=False)
    return drift.of_files(side, checked.desired), ()


def _read(option: SideOption, environment: Environment, options: PlanOptions) -> drift.SideState:
    tenant = plans.require_tenant(option.folder, options)
    with open_provider(tenant, environment, read_only=True) as provider:
        reading = read.live(provider)
    with existing_ledger(tenant, environment) as kept:
        reading = evidence.doubted(reading, kept.declared(tenant.name) if kept else None)
    sources = Sources(tenant.name, environment.now)
    reading = plans.apply_evidence(reading, sources, tenant, environment)
    side = Side(option.name, _ref(tenant), is_live=True)
    as_of = options.as_of or load.today(tenant, now=environment.now)
    return drift.of_tenant(side, reading, tenant, as_of)


def _ref(tenant: Tenant) -> TenantRef:
    return TenantRef(tenant.name, tenant.provider, tenant.url)


def take_sides(
    addresses: Sequence[str],
    folder: Path,
    compared: ComparedSides,
    environment: Environment,
    options: PlanOptions,
) -> Taken:
    """Write the values of B of the named addresses into the files of A, if these stay valid.

    What B does not have ends in A: with `until:` where B is a tenant, as `drift --take` does it,
    and without its entry where B is a folder.
    """
    made, left, right = compared.comparison, compared.left, compared.right
    assert made is not None
    assert left is not None
    assert right is not None
    takable = drift.takable(made.items)
    strangers = [item for item in takable if item.path is None and item.desired is None]
    items = [item for item in takable if item not in strangers]
    unmanaged = tuple(Unmanaged(item.address, item.label) for item in strangers)
    report = DriftReport(
        made.left.tenant,
        ConfigRef(None, False, 0, ""),
        made.as_of,
        made.created_at,
        None,
        True,
        tuple(items),
        unmanaged,
    )
    result = ComparisonResult(left.desired, right.reading, None, Comparison((), {}, {}))
    remove_gone = not made.right.is_live
    with tempfile.TemporaryDirectory() as temporary:
        copy = load.copied(folder, Path(temporary))
        taken = drifts.take(addresses, copy, result, report, remove_gone=remove_gone)
        checked = plans.check(copy, environment, options)
    if checked.desired is None:
        return Taken((), (*taken.diagnostics, *checked.diagnostics))
    return drifts.take(addresses, folder, result, report, remove_gone=remove_gone)
