"""A saved plan as desired state: what `apply` judges again, and what it verifies at the end."""

from collections.abc import Iterator, Mapping

from reconciler import kinds
from reconciler.model import (
    Action,
    Address,
    Desired,
    ExtensionRange,
    Identity,
    LicensePool,
    Plan,
    Reading,
    Resource,
    Tenant,
)

KEYS = ("name", "email", "extension", "phone")


def restate(plan: Plan, reading: Reading, tenant: Tenant) -> Desired:
    """What the plan wants of each object it changes, with the pools, ranges and policy it knew.

    `reading` is the tenant before the first write: collections are stated whole, those too to which
    somebody comes back who steps aside.
    """
    return Desired(
        tenant=tenant,
        as_of=plan.as_of,
        resources=_wanted(plan, reading),
        identities=dict(_identities(plan, reading)),
        pools={s.license: LicensePool(s.license, s.purchased, s.requires) for s in plan.seats},
        ranges=tuple(
            ExtensionRange(r.range, r.purpose, r.first, r.last, r.unlisted) for r in plan.extensions
        ),
        minimums={c.address: c.minimum for c in plan.coverage if c.minimum is not None},
        policy=plan.policy,
        config=plan.config,
    )


def _identities(plan: Plan, reading: Reading) -> Iterator[tuple[Address, Identity]]:
    """Whom each change is about, by the keys that they had before the first write."""
    by_id = kinds.by_id(reading.resources.values())
    for change in plan.changes:
        live = by_id.get((change.kind, change.live_id))
        if live and change.kind == kinds.AGENT:
            keys = {name: str(v) for name in ("email", "extension") if (v := live.fields.get(name))}
            yield change.address, Identity(previously=keys)


def _wanted(plan: Plan, reading: Reading) -> Mapping[Address, Resource]:
    after = kinds.after_changes(reading.resources, plan.changes)
    written: dict[Address, set[str]] = {}
    for operation in plan.operations:
        written.setdefault(operation.address, set()).update(operation.set)
    found = {}
    for change in plan.changes:
        resource = after.get(change.address)
        if change.action is Action.DELETE or resource is None:
            continue
        paths = (item.path for item in change.fields)
        stated = {kinds.split_path(p)[0] for p in (*paths, *written.get(change.address, ()))}
        kept = {n: v for n, v in resource.fields.items() if n in stated or n in KEYS}
        found[change.address] = Resource(change.address, change.kind, kept)
    return found
