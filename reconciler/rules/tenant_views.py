"""Views of the tenant before and after the changes, for the live rules."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from reconciler import kinds
from reconciler.model import (
    Address,
    Comparison,
    Desired,
    License,
    LicensePool,
    Reading,
    Resource,
)
from reconciler.rules.view import Fields, View


def before(desired: Desired, reading: Reading, comparison: Comparison) -> View:
    """The tenant as it is; a declared agent stands under its declared address."""
    return _view(desired, _renamed(reading.resources, comparison.matches), reading)


def after(desired: Desired, reading: Reading, comparison: Comparison) -> View:
    """Desired laid over live. Of a collection that nobody has seen, what the files state counts; of
    one that they do not state either, nothing is known.
    """
    changed = kinds.after_changes(reading.resources, comparison.changes)
    if reading.capabilities.by_hand:
        changed |= dict(_over_unseen(desired, reading, changed, comparison))
    return _view(desired, _renamed(changed, comparison.matches), reading)


def _over_unseen(
    desired: Desired,
    reading: Reading,
    changed: Mapping[Address, Resource],
    comparison: Comparison,
) -> Iterator[tuple[Address, Resource]]:
    places = {change.live_id: change.address for change in comparison.changes if change.live_id}
    for address, live in comparison.matches.items():
        place = places.get(live.id or "", live.address)
        resource = changed.get(place)
        if resource is None or resource.kind != kinds.AGENT:
            continue
        stated = desired.resources[address].fields if address in desired.resources else {}
        unseen = kinds.COLLECTIONS - reading.resources[live.address].fields.keys()
        seen_values = {name: value for name, value in resource.fields.items() if name not in unseen}
        stated_values = {name: value for name, value in stated.items() if name in unseen}
        yield place, replace(resource, fields={**seen_values, **stated_values})


def _renamed(
    resources: Mapping[Address, Resource], matches: Mapping[Address, Resource]
) -> Mapping[Address, Resource]:
    moved = {live.address: address for address, live in matches.items() if live.address != address}
    if not moved:
        return resources
    return {moved.get(address, address): resource for address, resource in resources.items()}


def _view(desired: Desired, resources: Mapping[Address, Resource], reading: Reading) -> View:
    return View(
        desired,
        agents=_of(resources, kinds.AGENT),
        queues=_of(resources, kinds.QUEUE),
        directory=_of(resources, kinds.DIRECTORY_ENTRY),
        pools=pools(desired, reading),
    )


def _of(resources: Mapping[Address, Resource], kind: str) -> dict[Address, Fields]:
    return {a: r.fields for a, r in resources.items() if r.kind == kind}


def pools(desired: Desired, reading: Reading) -> dict[License, LicensePool]:
    """Every pool, declared or live, with the number that binds: the lower of the two."""
    merged = dict(desired.pools)
    for resource in reading.resources.values():
        if resource.kind == kinds.LICENSE_POOL:
            name = kinds.name_of(resource.address)
            merged[name] = _binding(desired.pools.get(name, LicensePool(name)), resource.fields)
    return merged


def _binding(stated: LicensePool, live: Fields) -> LicensePool:
    numbers = [n for n in (live.get("purchased"), stated.purchased) if isinstance(n, int)]
    requires = stated.requires or live.get("requires")
    return replace(
        stated,
        purchased=min(numbers, default=None),
        requires=str(requires) if requires else None,
    )
