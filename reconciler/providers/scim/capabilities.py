"""What a service shows and takes, field by field, by what it announced."""

from collections.abc import Callable

from reconciler import kinds
from reconciler.model import Capabilities
from reconciler.providers.scim.service import TARGET_ATTRIBUTES, Service, Type


def capabilities(service: Service) -> Capabilities:
    observed = {kinds.AGENT: _agent_fields(service, Type.shows)}
    writable = {kinds.AGENT: _agent_fields(service, Type.takes)}
    if service.user.shows("name"):
        observed[kinds.AGENT] |= {"name"}
    for kind, attributes in TARGET_ATTRIBUTES.items():
        if known := service.type_of(kind):
            names = attributes.items() if service.is_full else ()
            observed[kind] = frozenset(name for name, path in names if known.shows(path))
            writable[kind] = frozenset(name for name, path in names if known.takes(path))
    return Capabilities(
        observed=observed,
        writable=writable,
        creates=frozenset(observed),
        deletes=frozenset({kinds.AGENT}),
        members_on_queue=not service.is_full,
    )


def _agent_fields(service: Service, can: Callable[[Type, str], bool]) -> frozenset[str]:
    names = {name for name, path in service.agent_paths.items() if can(service.user, path)}
    groups = None if service.is_full else service.types.get("Group")
    if groups and can(groups, "members"):
        names.add("queues")
    return frozenset(names)
