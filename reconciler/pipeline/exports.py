"""read -> export, and read -> diff -> edit over files that are there."""

from datetime import date
from pathlib import Path
from typing import Final

from reconciler import diff, drift, edit, evidence, export, read
from reconciler.diagnostics import Diagnostic
from reconciler.errors import SetupError
from reconciler.evidence.sources import Sources
from reconciler.model import Attestation, Desired, Reading, Resource, Tenant
from reconciler.pipeline.drifts import take
from reconciler.pipeline.history import existing_ledger
from reconciler.pipeline.plans import check, vouched
from reconciler.pipeline.stages import ComparisonResult, Environment, PlanOptions
from reconciler.pipeline.tenants import open_provider

EXPORT_ROUNDS: Final = 5
"""How often files are edited until nothing differs: one edit can bring up another one."""

ALL: Final = PlanOptions()


def export_live(
    tenant: Tenant,
    environment: Environment,
    as_of: date,
    filed: tuple[Attestation, ...] = (),
    *,
    group_by: str = "queue",
    wanted: PlanOptions = ALL,
) -> export.Exported:
    """The tenant as files, with waivers for what it breaks."""
    reading = _live(tenant, environment, filed, wanted)
    return export.export(reading, tenant, as_of, group_by=group_by)


def export_over(
    folder: Path, environment: Environment, wanted: PlanOptions, filed: tuple[Attestation, ...] = ()
) -> edit.Taken:
    """The tenant over files that are there: what differs is edited in place, comments, order and
    profiles are kept, new people get an entry, and who is gone loses it. Raises `SetupError` where
    the files hold an error.
    """
    reading: Reading | None = None
    files: set[str] = set()
    told: tuple[Diagnostic, ...] = ()
    for _ in range(EXPORT_ROUNDS):
        checked = check(folder, environment, wanted)
        if checked.desired is None:
            raise SetupError(f"{folder} holds errors: {checked.diagnostics[0].summary}")
        if reading is None:
            reading = _live(checked.desired.tenant, environment, filed, wanted)
        taken = _taken_over(folder, checked.desired, reading, wanted, environment)
        files |= set(taken.files)
        told = taken.diagnostics
        if not taken.files:
            break
    return edit.Taken(tuple(sorted(files)), told)


def _taken_over(
    folder: Path, desired: Desired, reading: Reading, wanted: PlanOptions, environment: Environment
) -> edit.Taken:
    comparison = diff.compare(desired, reading)
    made = drift.report(desired, reading, comparison, None, now=environment.now)
    known_to_files = {**desired.resources, **desired.waiting}
    chosen = [
        a
        for a in {i.address for i in made.items} | {u.address for u in made.unmanaged}
        if _is_chosen(reading.resources.get(a) or known_to_files[a], wanted)
    ]
    compared = ComparisonResult(desired, reading, None, comparison)
    return take(chosen, folder, compared, made, remove_gone=True)


def _is_chosen(resource: Resource, wanted: PlanOptions) -> bool:
    selects, excludes = wanted.select, wanted.exclude
    is_in = not selects or export.is_named(resource, selects)
    return is_in and not export.is_named(resource, excludes)


def _live(
    tenant: Tenant, environment: Environment, filed: tuple[Attestation, ...], wanted: PlanOptions
) -> Reading:
    with open_provider(tenant, environment, read_only=True) as provider:
        reading = read.live(provider)
    with existing_ledger(tenant, environment) as kept:
        reading = evidence.doubted(reading, kept.declared(tenant.name) if kept else None)
    reading = vouched(
        reading, Sources(tenant.name, environment.now, filed=filed), tenant, environment
    )
    return export.selected(reading, wanted.select, wanted.exclude)
