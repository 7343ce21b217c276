"""Select the part of a tenant to export."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from reconciler import kinds
from reconciler.model import Address, Reading, Resource


def is_named(resource: Resource, patterns: Sequence[str]) -> bool:
    """Whether an address or a glob means a resource, by its address or as `agent/4001`."""
    number = resource.fields.get("extension")
    names = [resource.address, *([kinds.address(resource.kind, str(number))] if number else [])]
    return any(fnmatchcase(name, pattern) for name in names for pattern in patterns)


def selected(reading: Reading, select: Sequence[str], exclude: Sequence[str]) -> Reading:
    """The reading cut down to agents, queues and skills that are selected and not excluded, with
    the queues and skills that selected agents are in.
    """
    if not select and not exclude:
        return reading
    selection = {
        address: resource
        for address, resource in reading.resources.items()
        if resource.kind not in _CHOSEN or _is_chosen(resource, select, exclude)
    }
    needed = _needed(selection.values(), reading.resources)
    return replace(reading, resources={**selection, **needed})


_CHOSEN = (kinds.AGENT, *kinds.MEMBERSHIPS.values())


def _is_chosen(resource: Resource, select: Sequence[str], exclude: Sequence[str]) -> bool:
    """Tell whether a resource is selected and not excluded."""
    return (not select or is_named(resource, select)) and not is_named(resource, exclude)


def _needed(
    selection: Iterable[Resource], resources: Mapping[Address, Resource]
) -> dict[Address, Resource]:
    """Return the queues and skills that selected agents are members of."""
    addresses = {
        kinds.address(kind, member)
        for resource in selection
        for name, kind in kinds.MEMBERSHIPS.items()
        if isinstance(members := resource.fields.get(name), Mapping)
        for member in members
    }
    return {address: resources[address] for address in addresses & resources.keys()}
