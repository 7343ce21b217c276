"""The stages in order; no decision is made here.

load -> validate -> read -> diff -> order -> guard -> plan     `check`, `compare`, `plan`
planfile -> read -> order -> guard -> apply -> read -> diff    `prepare`, `execute`, `verify`
"""

import secrets
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

from reconciler import (
    __version__,
    diff,
    drift,
    export,
    guard,
    kinds,
    load,
    order,
    planfile,
    providers,
    read,
    validate,
)
from reconciler import apply as applying
from reconciler import plan as planning
from reconciler.diagnostics import Diagnostic, has_errors, in_order
from reconciler.errors import SetupError, StalePlanError
from reconciler.model import (
    Action,
    Address,
    Blocker,
    Comparison,
    Declared,
    Desired,
    DriftReport,
    Graph,
    Ledger,
    Outcome,
    Plan,
    Provider,
    Reading,
    Tenant,
    TenantRef,
    Verdict,
)


@dataclass(frozen=True, slots=True)
class World:
    """What a run takes from outside: variables, the current directory, the clock."""

    environ: Mapping[str, str]
    root: Path
    now: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the person asks of a plan besides the files."""

    as_of: date | None = None
    base: str | None = None
    allow: Mapping[str, int] = field(default_factory=dict)
    select: tuple[Address, ...] = ()
    exclude: tuple[Address, ...] = ()
    tenant_from: Path | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """The files after the offline stages; `desired` is None where they hold an error."""

    desired: Desired | None
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """The files laid against the tenant."""

    desired: Desired
    reading: Reading
    declared: Declared | None
    comparison: Comparison


@dataclass(frozen=True, slots=True)
class Prepared:
    """A plan that fits the tenant as it is now, ready to run, or the blockers that stop it."""

    plan: Plan
    desired: Desired
    reading: Reading
    graph: Graph
    blockers: tuple[Blocker, ...]


# --- files ---------------------------------------------------------------------------------------


def check(folder: Path, world: World, wanted: Wanted) -> Checked:
    """Loads and validates; raises `SetupError` where there is no folder."""
    loaded = load.documents(folder)
    documents, refused = validate.schema(loaded.documents)
    tenant = tenant_of(folder, wanted)
    as_of = wanted.as_of or load.today(tenant, now=world.now)
    desired = load.state(documents, as_of=as_of, config=load.config_ref(folder))
    desired = replace(desired, tenant=tenant or desired.tenant)
    offline = validate.offline(desired, whole=loaded.whole)
    found = tuple(in_order([*loaded.diagnostics, *refused, *offline]))
    return Checked(None if has_errors(found) else desired, found)


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
def opened(
    tenant: Tenant, world: World, *, read_only: bool, desired: Desired | None = None
) -> Iterator[Provider]:
    """The tenant, for reading only unless somebody is about to apply."""
    provider = providers.open(
        tenant,
        environ=world.environ,
        root=world.root,
        read_only=read_only,
        pools=desired.pools if desired else {},
    )
    try:
        yield provider
    finally:
        provider.close()


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


def compare(desired: Desired, folder: Path, world: World, wanted: Wanted) -> Compared:
    """Reads the tenant, through a door that cannot write, and compares."""
    declared = declared_before(desired, folder, world, wanted)
    with opened(desired.tenant, world, read_only=True, desired=desired) as provider:
        reading = read.live(provider)
    return Compared(desired, reading, declared, diff.compare(desired, reading, declared=declared))


def declared_before(
    desired: Desired, folder: Path, world: World, wanted: Wanted
) -> Declared | None:
    """Who was declared before: at `--base`, else in the ledger where there is one."""
    if wanted.base:
        documents, _ = validate.schema(load.at_revision(folder, wanted.base).documents)
        return load.declared(load.state(documents, as_of=desired.as_of), wanted.base)
    with existing_ledger(desired.tenant, world) as kept:
        return kept.declared(desired.tenant.name) if kept else None


def export_live(tenant: Tenant, world: World, as_of: date) -> export.Exported:
    """The tenant as files, with waivers for what it breaks."""
    with opened(tenant, world, read_only=True) as provider:
        reading = read.live(provider)
    return export.export(reading, tenant, as_of)


# --- plan and drift ------------------------------------------------------------------------------


def plan(compared: Compared, world: World, wanted: Wanted, found: Sequence[Diagnostic]) -> Plan:
    """Orders, guards and assembles what a comparison found."""
    desired, reading = compared.desired, compared.reading
    comparison, told = diff.select(compared.comparison, wanted.select, wanted.exclude)
    bounds = planning.bounds(desired, reading)
    graph = order.operations(comparison.changes, reading, bounds)
    known = [*found, *comparison.diagnostics, *told]
    live = validate.live(desired, reading, comparison, graph, known)
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
        diagnostics=in_order([*known, *live]),
        blockers=blockers,
        acknowledged=acknowledged,
        stamp=planning.Stamp(
            plan_id=planning.new_id(world.now, secrets.token_bytes(10)),
            digest=planfile.digest(tenant, comparison.changes, acknowledged),
            created_at=world.now,
            tool_version=__version__,
        ),
    )


def report(compared: Compared, world: World, previous: Path | None) -> DriftReport:
    """The drift report; since when each item is known comes from `--previous` or the ledger."""
    made = drift.report(
        compared.desired,
        compared.reading,
        compared.comparison,
        compared.declared,
        now=world.now,
        first_seen=drift.previous(previous) if previous else None,
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


# --- apply ---------------------------------------------------------------------------------------


def trust(saved: Plan, tenant: Tenant, world: World, kept: Ledger, digest: str | None) -> None:
    """What can be told of a saved plan without the tenant. Raises `StalePlanError`."""
    planfile.verify(saved)
    ref = TenantRef(tenant.name, tenant.provider, tenant.url)
    hint = "plan again"
    if saved.tenant != ref:
        raise StalePlanError(
            f"the plan is for tenant {saved.tenant.name}, not {ref.name}", hint=hint
        )
    if digest is not None and saved.digest != digest:
        raise StalePlanError(
            f"the plan's digest is {saved.digest}, and {digest} was approved",
            hint="have the new plan approved",
        )
    if saved.expires_at <= world.now:
        raise StalePlanError(
            f"the plan expired at {saved.expires_at:%Y-%m-%d %H:%M} UTC", hint=hint
        )
    if kept.was_used(saved.plan_id):
        raise StalePlanError("the plan was used before; a plan is applied once", hint=hint)


def prepare(saved: Plan, tenant: Tenant, provider: Provider, allow: Mapping[str, int]) -> Prepared:
    """Reads the tenant again and judges the plan by it. Raises `StalePlanError`."""
    reading = read.live(provider)
    moved = applying.stale(saved, reading)
    if moved:
        raise StalePlanError(
            f"the tenant has moved since the plan was made: {'; '.join(moved[:10])}",
            hint="plan again",
        )
    desired = planning.restate(saved, reading, tenant)
    bounds = planning.bounds(desired, reading)
    graph = order.operations(saved.changes, reading, bounds)
    comparison = managed(saved, reading)
    given = {a.what: a.count for a in saved.acknowledged} | dict(allow)
    blockers, acknowledged = guard.check(desired, reading, comparison, allow=given)
    found = validate.live(desired, reading, comparison, graph)
    judged = planning.assemble(
        desired,
        reading,
        comparison,
        graph,
        bounds,
        diagnostics=found,
        blockers=(*blockers, *(b for b in saved.blockers if b.acknowledge is None)),
        acknowledged=acknowledged,
        stamp=planning.Stamp(saved.plan_id, saved.digest, saved.created_at, __version__),
    )
    return Prepared(saved, desired, reading, graph, judged.blockers)


def managed(saved: Plan, reading: Reading) -> Comparison:
    """The plan's changes, with everything live that the plan did not call unmanaged."""
    strangers = {item.address for item in saved.unmanaged}
    mine = {a: r for a, r in reading.resources.items() if a not in strangers}
    return Comparison(saved.changes, {}, mine)


def execute(
    prepared: Prepared,
    provider: Provider,
    kept: Ledger,
    *,
    settings: applying.Settings,
    stop: threading.Event,
) -> Iterator[Outcome]:
    """Runs the plan once. Raises `StalePlanError` where another process was faster."""
    saved = prepared.plan
    if not kept.use_plan(saved.plan_id, saved.tenant.name):
        raise StalePlanError("the plan was used before; a plan is applied once", hint="plan again")
    run = kept.begin(saved)
    outcomes = []
    for outcome in applying.run(
        prepared.graph.operations,
        provider.writer,
        known=applying.handles(saved, prepared.reading),
        ledger=kept,
        run_id=run,
        settings=settings,
        stop=stop,
    ):
        outcomes.append(outcome)
        yield outcome
    kept.finish(run, Verdict(tuple(outcomes), converged=False))


def verify(
    prepared: Prepared, provider: Provider, kept: Ledger, outcomes: Sequence[Outcome]
) -> Verdict:
    """Reads the tenant once more: converged, or what is left of the plan."""
    reading = read.live(provider)
    comparison = diff.compare(prepared.desired, reading)
    planned = {change.address: change for change in prepared.plan.changes}
    left = tuple(change for change in comparison.changes if change.address in planned)
    alive = {resource.id for resource in reading.resources.values()}
    deleted = [c for c in planned.values() if c.action is Action.DELETE]
    left += tuple(change for change in deleted if change.live_id in alive)
    open_addresses = {change.address for change in left}
    name = prepared.plan.tenant.name
    kept.remember(
        name,
        {
            address: dict(kinds.flat(resource.fields))
            for address, resource in prepared.desired.resources.items()
            if address not in open_addresses
        },
    )
    kept.forget(name, [c.address for c in deleted if c.address not in open_addresses])
    return Verdict(tuple(outcomes), not left, left, prepared.plan.unobserved)


def remember_all(desired: Desired, verdict: Verdict, kept: Ledger) -> None:
    """All that the files state is in the tenant: the base of the next three-way comparison."""
    left = {change.address for change in verdict.left}
    stated = {
        address: dict(kinds.flat(resource.fields))
        for address, resource in desired.resources.items()
        if address not in left
    }
    kept.remember(desired.tenant.name, stated)


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
