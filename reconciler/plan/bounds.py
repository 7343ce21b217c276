"""What the order has to keep to, from the files and the tenant together."""

from collections.abc import Mapping

from reconciler import kinds
from reconciler.model import Bounds, Desired, License, LicensePool, Reading


def bounds(desired: Desired, reading: Reading) -> Bounds:
    pools = binding(desired, reading)
    return Bounds(
        ranges=desired.ranges,
        purchased={n: p.purchased for n, p in pools.items() if p.purchased is not None},
        requires={n: p.requires for n, p in pools.items() if p.requires},
        minimums=desired.minimums,
        members_on_queue=reading.capabilities.members_on_queue,
    )


def binding(desired: Desired, reading: Reading) -> Mapping[License, LicensePool]:
    """Every pool with the number that binds: the lower of the files' and the tenant's."""
    found = dict(desired.pools)
    for resource in reading.resources.values():
        if resource.kind != kinds.LICENSE_POOL:
            continue
        name = kinds.name_of(resource.address)
        shown, requires = resource.fields.get("purchased"), resource.fields.get("requires")
        stated = found.get(name)
        numbers = [n for n in (shown, stated and stated.purchased) if isinstance(n, int)]
        found[name] = LicensePool(
            name,
            min(numbers, default=None),
            (stated and stated.requires) or (str(requires) if requires else None),
            stated.origin if stated else None,
        )
    return found
