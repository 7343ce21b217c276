"""read -> evidence -> inventory: what is known of everybody, and what a form adds to it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from reconciler import plan as planning
from reconciler import read
from reconciler.diagnostics import Diagnostic
from reconciler.evidence.sources import Sources, of_files
from reconciler.manual import inventory, inventory_due
from reconciler.model import Address, Attestation, Desired, DriftReport, Ledger, Reading, Tenant
from reconciler.pipeline import drifts
from reconciler.pipeline.history import existing_ledger
from reconciler.pipeline.plans import check, require_tenant
from reconciler.pipeline.stages import ComparisonResult, Environment, PlanOptions
from reconciler.pipeline.tenants import open_provider


@dataclass(frozen=True, slots=True)
class Stock:
    """The tenant as it is listed, with what is in evidence; `desired` where the files are right."""

    tenant: Tenant
    reading: Reading
    evidence: tuple[Attestation, ...]
    days: int
    absent_percent: int
    skills: frozenset[Address]


def stock(folder: Path, environment: Environment, kept: Ledger | None) -> Stock:
    """Reads the tenant. Raises `CannotTellError`, `SetupError`."""
    tenant = require_tenant(folder, PlanOptions())
    desired = check(folder, environment, PlanOptions()).desired
    sources = (
        of_files(desired, environment.now) if desired else Sources(tenant.name, environment.now)
    )
    with open_provider(tenant, environment, read_only=True) as provider:
        reading = sources.apply(read.live(provider), kept)
    evidence = tuple(kept.attestations(tenant.name)) if kept else ()
    return Stock(tenant, reading, evidence, sources.days, _absent_percent(desired), sources.skills)


def due(found: Stock, environment: Environment) -> inventory_due.Due:
    return inventory_due.due(found.reading, found.evidence, now=environment.now, days=found.days)


def take_form(
    rows: Sequence[inventory.Filled], found: Stock, kept: Ledger, environment: Environment, by: str
) -> inventory.Taken:
    """Keeps what the rows say; nothing of them where one is wrong. Raises `ImplausibleError`."""
    inventory.expect_rows(rows, found.reading, found.absent_percent)
    taken = inventory.take(
        rows,
        found.reading,
        found.tenant,
        kept.attestations(found.tenant.name),
        by=by,
        now=environment.now,
        skills=found.skills,
    )
    kept.attest(found.tenant.name, taken.evidence)
    return taken


def _absent_percent(desired: Desired | None) -> int:
    return desired.policy.absent_percent if desired else 20


def report(
    compared: ComparisonResult,
    environment: Environment,
    previous: Path | None,
    *,
    remember: bool = True,
) -> DriftReport:
    """The drift report, with what it says of an inventory that is due, and of idle seats."""
    made = drifts.report(compared, environment, previous, remember=remember)
    notices = [
        *_renewals(compared, environment),
        *planning.idle_seats(compared.desired, compared.reading),
    ]
    return replace(made, diagnostics=(*made.diagnostics, *notices))


def _renewals(compared: ComparisonResult, environment: Environment) -> Iterator[Diagnostic]:
    if not compared.reading.capabilities.licensed_only:
        return
    with existing_ledger(compared.desired.tenant, environment) as kept:
        evidence = list(kept.attestations(compared.desired.tenant.name)) if kept else []
    days = compared.desired.policy.attestation_days
    yield from inventory_due.notices(compared.reading, evidence, now=environment.now, days=days)
