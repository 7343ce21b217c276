"""What a service shows and takes, field by field: the mapping, as far as the service announces."""

from collections.abc import Callable

from reconciler import kinds
from reconciler.model import Capabilities
from reconciler.providers.scim.convert import readable_paths
from reconciler.providers.scim.mapping import Collection, MembersOf, Place, Scalar
from reconciler.providers.scim.service import Service


def capabilities(service: Service) -> Capabilities:
    observed = {kinds.AGENT: _fields(service, _is_shown)}
    writable = {kinds.AGENT: _fields(service, _is_taken)}
    for kind, target in service.fields.targets.items():
        if known := service.type_of(kind):
            paths = target.fields.items()
            observed[kind] = frozenset(n for n, path in paths if known.shows(path.announced))
            writable[kind] = frozenset(n for n, path in paths if known.takes(path.announced))
    return Capabilities(
        observed=observed,
        writable=writable,
        creates=frozenset(
            kind for kind in observed if kind == kinds.AGENT or _is_made(service, kind)
        ),
        deletes=frozenset({kinds.AGENT}),
        members_on_queue=service.has_groups,
        lacks=service.fields.lacks,
        renames=frozenset(kind for kind in observed if _is_renamed(service, kind)),
    )


def _fields(service: Service, can: Callable[[Service, Place], bool]) -> frozenset[str]:
    return frozenset(name for name, place in service.fields.agent.items() if can(service, place))


def _is_shown(service: Service, place: Place) -> bool:
    """Members of groups are in question even where a schema hides them: `members` finds out."""
    if isinstance(place, MembersOf):
        return place.type in service.types and service.fields.members != "hidden"
    return bool(readable_paths(place, service))


def _is_taken(service: Service, place: Place) -> bool:
    takes = service.user.takes
    match place:
        case MembersOf():
            group = service.types.get(place.type)
            return group is not None and group.takes("members")
        case Collection():
            return takes(place.path.announced)
        case Scalar():
            return takes_one(service, place)


def takes_one(service: Service, place: Scalar) -> bool:
    """Whether any path of a field can be written."""
    return any(service.user.takes(path.announced) for path in place.paths)


def _is_renamed(service: Service, kind: str) -> bool:
    """Whether an object takes another name. Of a queue that is a group only members are written."""
    is_group = service.has_groups and kind == kinds.QUEUE
    return kind in kinds.MEMBERSHIPS.values() and not is_group and _is_made(service, kind)


def _is_made(service: Service, kind: str) -> bool:
    """Whether the service takes new objects of this kind: their name has to be writable."""
    target, known = service.target(kind), service.type_of(kind)
    return target is not None and known is not None and known.takes(target.name)
