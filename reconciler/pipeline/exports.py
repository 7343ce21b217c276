"""Export a tenant to new files, or over existing ones."""

import tempfile
from datetime import date
from pathlib import Path
from typing import Final

from reconciler import diff, drift, edit, evidence, export, kinds, load, read, regular_files
from reconciler.diagnostics import Diagnostic
from reconciler.errors import SetupError
from reconciler.evidence.sources import Sources
from reconciler.model import Attestation, Desired, Reading, Resource, Tenant
from reconciler.pipeline.drifts import take
from reconciler.pipeline.history import existing_ledger
from reconciler.pipeline.plans import apply_evidence, check
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
    options: PlanOptions = ALL,
) -> export.Exported:
    """Export the tenant as files, with waivers for rules that it breaks."""
    reading = _live(tenant, environment, filed, options)
    return export.export(reading, tenant, as_of, group_by=group_by)


def export_over(
    folder: Path,
    environment: Environment,
    options: PlanOptions,
    filed: tuple[Attestation, ...] = (),
) -> edit.Taken:
    """Update existing files from the tenant.

    What differs is edited in place; comments, order and profiles are kept, new agents get an entry,
    and entries of agents who are gone are removed. Raises `SetupError` where the files hold an
    error.
    """
    with tempfile.TemporaryDirectory() as temporary:
        copy = load.copied(folder, Path(temporary))
        taken = _updated_copy(copy, folder, environment, options, filed)
        for file in taken.files:
            _bring_back(copy / file, folder / file)
    return taken


def _updated_copy(
    copy: Path,
    folder: Path,
    environment: Environment,
    options: PlanOptions,
    filed: tuple[Attestation, ...],
) -> edit.Taken:
    """Update a copy of the folder; the folder itself stays whole where that cannot be done."""
    reading: Reading | None = None
    files: set[str] = set()
    diagnostics: tuple[Diagnostic, ...] = ()
    for _ in range(EXPORT_ROUNDS):
        checked = check(copy, environment, options)
        if checked.desired is None:
            problem = checked.diagnostics[0].summary
            if reading is None:
                raise SetupError(f"{folder} holds errors: {problem}")
            raise SetupError(
                f"{folder} would not be valid: {problem}; nothing was written",
                hint=f"`reconciler plan {folder}` says which entry needs `previously`; add it and "
                "export again, or export to another folder",
            )
        if reading is None:
            reading = _live(checked.desired.tenant, environment, filed, options)
            if renamed := _rename_holders(copy, checked.desired, reading, options):
                files |= renamed
                continue
        taken = _taken_over(copy, checked.desired, reading, options, environment)
        files |= set(taken.files)
        diagnostics = taken.diagnostics
        if not taken.files:
            break
    return edit.Taken(tuple(sorted(files)), diagnostics)


def _rename_holders(
    folder: Path, desired: Desired, reading: Reading, options: PlanOptions
) -> set[str]:
    """Give an entry the name and e-mail of who holds its number now, and return the edited files.

    A plan asks who such a person is. An export need not: the files become what the tenant holds,
    and the entry keeps its place and its comments.
    """
    on_file = {**desired.resources, **desired.waiting}
    live_agents = [
        agent
        for agent in reading.resources.values()
        if agent.kind == kinds.AGENT and agent.address not in on_file
    ]
    holders = {agent.fields.get("extension"): agent for agent in live_agents}
    edits = edit.Edits(folder)
    for agent in desired.resources.values():
        holder = holders.get(agent.fields.get("extension") or "")
        if agent.kind != kinds.AGENT or agent.address in reading.resources or holder is None:
            continue
        values = {key: holder.fields.get(key) for key in ("name", "email")}
        is_somebody_else = all(values[key] not in (None, agent.fields.get(key)) for key in values)
        if is_somebody_else and _is_chosen(holder, options):
            for key, value in values.items():
                edit.rename(edits, agent, {key: value})
    edits.write()
    return set(edits.changed)


def _bring_back(edited: Path, file: Path) -> None:
    """Write an edited file over the original, or remove it where nothing is left. Raises
    `SetupError`."""
    try:
        if edited.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            regular_files.copy_file(edited, file)
        else:
            file.unlink(missing_ok=True)
    except OSError as error:
        raise SetupError(f"{file} cannot be written: {error.strerror}") from error


def _taken_over(
    folder: Path, desired: Desired, reading: Reading, options: PlanOptions, environment: Environment
) -> edit.Taken:
    comparison = diff.compare(desired, reading)
    made = drift.report(desired, reading, comparison, None, now=environment.now)
    known_to_files = {**desired.resources, **desired.waiting}
    addresses = [
        a
        for a in {i.address for i in made.items} | {u.address for u in made.unmanaged}
        if _is_chosen(reading.resources.get(a) or known_to_files[a], options)
    ]
    compared = ComparisonResult(desired, reading, None, comparison)
    return take(addresses, folder, compared, made, remove_gone=True)


def _is_chosen(resource: Resource, options: PlanOptions) -> bool:
    selects, excludes = options.select, options.exclude
    is_in = not selects or export.is_named(resource, selects)
    return is_in and not export.is_named(resource, excludes)


def _live(
    tenant: Tenant, environment: Environment, filed: tuple[Attestation, ...], options: PlanOptions
) -> Reading:
    with open_provider(tenant, environment, read_only=True) as provider:
        reading = read.live(provider)
    with existing_ledger(tenant, environment) as kept:
        reading = evidence.doubted(reading, kept.declared(tenant.name) if kept else None)
    reading = apply_evidence(
        reading, Sources(tenant.name, environment.now, filed=filed), tenant, environment
    )
    return export.selected(reading, options.select, options.exclude)
