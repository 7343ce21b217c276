"""load -> validate -> read -> diff -> order -> guard -> plan; drift and export branch off."""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
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
from reconciler.model import (
    Address,
    Attestation,
    Comparison,
    Declared,
    Desired,
    DriftClass,
    DriftItem,
    DriftReport,
    Ledger,
    Plan,
    Reading,
    Tenant,
)
from reconciler.pipeline import known, observed
from reconciler.pipeline.ahead import reached
from reconciler.pipeline.asked import Checked, Compared, Wanted, World
from reconciler.pipeline.tenants import opened

if TYPE_CHECKING:
    from reconciler.providers.scim import Ahead


@collector.paused()
def check(folder: Path, world: World, wanted: Wanted) -> Checked:
    """Loads and validates; raises `SetupError` where there is no folder."""
    loaded = load.documents(folder)
    documents, refused = validate.schema(loaded.documents)
    tenant = tenant_of(folder, wanted)
    as_of = wanted.as_of or load.today(tenant, now=world.now)
    desired = load.state(documents, as_of=as_of, config=load.config_ref(folder))
    desired = replace(desired, tenant=tenant or desired.tenant)
    offline = validate.offline(desired, whole=loaded.whole)
    filed, unclear = observed.words(wanted.observed, desired.tenant, world.now)
    found = tuple(in_order([*loaded.diagnostics, *refused, *offline, *unclear]))
    return Checked(None if has_errors(found) else desired, found, filed)


def tenant_of(folder: Path, wanted: Wanted) -> Tenant | None:
    """The `tenant:` block: of the folder, or of the one that is trusted."""
    tenant = load.tenant(wanted.tenant_from or folder)
    if wanted.tenant_from and tenant is None:
        raise SetupError(f"no usable tenant block below {wanted.tenant_from}")
    return tenant


def known_tenant(folder: Path, wanted: Wanted) -> Tenant:
    """The `tenant:` block on its own, valid. Raises `SetupError`."""
    tenant = tenant_of(folder, wanted)
    if tenant is None:
        raise SetupError(
            f"no usable tenant block below {folder}",
            hint="`tenant:` needs `name` and `provider`; `reconciler validate` says more",
        )
    return tenant


# --- the tenant ----------------------------------------------------------------------------------


@contextmanager
def ledger_of(tenant: Tenant, world: World) -> Iterator[Ledger]:
    """The ledger, made on the first use."""
    from reconciler import ledger

    kept = ledger.open_ledger(tenant, environ=world.environ, root=world.root)
    try:
        yield kept
    finally:
        kept.close()


@contextmanager
def existing_ledger(tenant: Tenant, world: World) -> Iterator[Ledger | None]:
    """The ledger where there is one; a command that only reads makes none."""
    from reconciler import ledger

    kept = ledger.existing(tenant, environ=world.environ, root=world.root)
    try:
        yield kept
    finally:
        if kept:
            kept.close()


@collector.paused()
def compare(
    desired: Desired,
    folder: Path,
    world: World,
    wanted: Wanted,
    *,
    filed: tuple[Attestation, ...] = (),
    audited: bool = False,
    begun: "Ahead | None" = None,
) -> Compared:
    """Reads the tenant, through a door that cannot write, and compares.

    `audited`: also who changed what, where the tenant has an audit trail. `begun` is a reading that
    is under way.
    """
    declared = declared_before(desired, folder, world, wanted)
    with reached(desired, world, begun) as provider:
        reading = read.live(provider)
        trail = read.audit(provider, reading) if audited else ()
    evidence.expect_declared(reading, desired)
    if not desired.tenant.mapping:
        with existing_ledger(desired.tenant, world) as kept:
            applied = kept.declared(desired.tenant.name) if kept else None
        evidence.expect_mapping(reading, applied)
    reading = evidence.doubted(reading, declared)
    reading = vouched(reading, known.of_files(desired, world.now, filed), desired.tenant, world)
    comparison = diff.compare(desired, reading, declared=declared)
    return Compared(desired, reading, declared, comparison, trail)


def vouched(reading: Reading, scale: known.Scale, tenant: Tenant, world: World) -> Reading:
    """The reading, with what people vouch for by the ledger and by files."""
    if not (reading.capabilities.by_hand or scale.filed):
        return reading
    with existing_ledger(tenant, world) as kept:
        return scale.weigh(reading, kept)


def declared_before(
    desired: Desired, folder: Path, world: World, wanted: Wanted
) -> Declared | None:
    """Who was declared before: at `--base`, else in the ledger where there is one."""
    if wanted.base:
        documents, _ = validate.schema(load.at_revision(folder, wanted.base).documents)
        return load.declared(load.state(documents, as_of=desired.as_of), wanted.base)
    with existing_ledger(desired.tenant, world) as kept:
        return kept.declared(desired.tenant.name) if kept else None


def export_live(
    tenant: Tenant, world: World, as_of: date, filed: tuple[Attestation, ...] = ()
) -> export.Exported:
    """The tenant as files, with waivers for what it breaks."""
    with opened(tenant, world, read_only=True) as provider:
        reading = read.live(provider)
    with existing_ledger(tenant, world) as kept:
        reading = evidence.doubted(reading, kept.declared(tenant.name) if kept else None)
    reading = vouched(reading, known.Scale(tenant.name, world.now, filed=filed), tenant, world)
    return export.export(reading, tenant, as_of)


# --- plan and drift ------------------------------------------------------------------------------


@collector.paused()
def plan(compared: Compared, world: World, wanted: Wanted, found: Sequence[Diagnostic]) -> Plan:
    """Orders, guards and assembles what a comparison found."""
    desired, reading = compared.desired, compared.reading
    comparison, told = diff.select(compared.comparison, wanted.select, wanted.exclude)
    bounds = planning.bounds(desired, reading)
    graph = order.operations(comparison.changes, reading, bounds)
    told_of = [
        *found,
        *reading.notes,
        *planning.told(reading),
        *comparison.diagnostics,
        *told,
    ]
    live = validate.live(desired, reading, comparison, graph, told_of)
    blockers, acknowledged = guard.check(
        desired, reading, comparison, allow=wanted.allow, declared=compared.declared
    )
    tenant = planning.tenant_ref(desired)
    return planning.assemble(
        desired,
        reading,
        comparison,
        graph,
        bounds,
        diagnostics=in_order([*told_of, *live]),
        blockers=blockers,
        acknowledged=acknowledged,
        stamp=planning.Stamp(
            plan_id=planning.new_id(world.now, secrets.token_bytes(10)),
            digest=planfile.digest(tenant, comparison.changes, acknowledged),
            created_at=world.now,
            tool_version=__version__,
        ),
        drift=_taken_back(compared, comparison, world),
    )


def _taken_back(compared: Compared, comparison: Comparison, world: World) -> tuple[DriftItem, ...]:
    """What somebody changed by hand since the last apply, and the changes take back."""
    if compared.declared is None or not comparison.changes:
        return ()
    made = drift.report(
        compared.desired, compared.reading, comparison, compared.declared, now=world.now
    )
    changed = {change.address for change in comparison.changes}
    by_hand = (DriftClass.DRIFT, DriftClass.CONFLICT)
    return tuple(i for i in made.items if i.drift in by_hand and i.address in changed)


@collector.paused()
def report(compared: Compared, world: World, previous: Path | None) -> DriftReport:
    """The drift report; since when each item is known comes from `--previous` or the ledger."""
    made = drift.report(
        compared.desired,
        compared.reading,
        compared.comparison,
        compared.declared,
        now=world.now,
        first_seen=drift.previous(previous) if previous else None,
        audit=compared.audit,
    )
    if previous:
        return made
    with existing_ledger(compared.desired.tenant, world) as kept:
        if kept is None:
            return made
        since = kept.seen(compared.desired.tenant.name, drift.keys(made), world.now)
    items = tuple(
        replace(item, first_seen=since[drift.key(item.address, item.path)]) for item in made.items
    )
    return replace(made, items=items)


def counted(desired: Desired) -> str:
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
    addresses: Sequence[str], folder: Path, compared: Compared, found: DriftReport
) -> edit.Taken:
    """Live values of the named addresses into the files; who stands in none gets an entry."""
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
    taken = edit.take(folder, compared.desired, items, entries)
    return replace(taken, diagnostics=(*told, *taken.diagnostics))


def explain(addresses: Sequence[str], compared: Compared) -> list[diff.Explained]:
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
