"""The whole tenant through the reading door."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from reconciler import kinds
from reconciler.errors import ImplausibleError
from reconciler.model import NO_LEVEL, Capabilities, Reading, Resource
from reconciler.providers.scim import mapping, pages
from reconciler.providers.scim.attributes import Record
from reconciler.providers.scim.discovery import Service
from reconciler.providers.transport import Transport

ALL_OF = {
    kind: frozenset(field.name for field in kinds.KINDS[kind].scalars) for kind in kinds.KINDS
}


class ScimReader:
    """Reads everything that the service announces. Raises `CannotTellError`."""

    def __init__(self, transport: Transport, service: Service) -> None:
        self._transport, self._service = transport, service

    def read(self) -> Reading:
        listings = self._listings()
        resources: list[Resource] = []
        users = [mapping.agent(record, self._service) for record in listings["User"]]
        if self._service.is_full:
            resources += users
            resources += _mapped(
                listings.get("Queue", ()), lambda r: mapping.target(r, kinds.QUEUE)
            )
            resources += _mapped(
                listings.get("Skill", ()), lambda r: mapping.target(r, kinds.SKILL)
            )
        else:
            groups = listings.get("Group", [])
            resources += _members(users, groups) if "Group" in listings else users
            resources += _mapped(groups, mapping.group)
        resources += _mapped(listings.get("LicensePool", ()), mapping.pool)
        resources += _mapped(listings.get("DirectoryEntry", ()), mapping.directory_entry)
        return Reading(
            _by_address(resources), capabilities(self._service), self._transport.requests
        )

    def _listings(self) -> dict[str, list[Record]]:
        endpoints = dict(self._service.endpoints)
        if self._service.is_full:
            endpoints.pop("Group", None)
        with ThreadPoolExecutor(max_workers=len(endpoints)) as pool:
            found = {
                name: pool.submit(pages.everything, self._transport, endpoint)
                for name, endpoint in endpoints.items()
            }
            return {name: listing.result() for name, listing in found.items()}


def _mapped(records: Iterable[Record], one: Callable[[Record], Resource | None]) -> list[Resource]:
    return [resource for record in records if (resource := one(record))]


def _members(users: Iterable[Resource], groups: Iterable[Record]) -> list[Resource]:
    """Users with the queues that the groups say they are in (never what the users say)."""
    queues: dict[str, dict[str, int]] = {}
    for record in groups:
        queue = mapping.group(record)
        for identifier in mapping.member_ids(record) if queue else ():
            assert queue is not None
            queues.setdefault(identifier, {})[kinds.name_of(queue.address)] = NO_LEVEL
    return [replace(u, fields={**u.fields, "queues": queues.get(u.id or "", {})}) for u in users]


def _by_address(resources: Iterable[Resource]) -> dict[str, Resource]:
    found: dict[str, Resource] = {}
    for resource in resources:
        if resource.address in found:
            raise ImplausibleError(
                f"the tenant shows {resource.address} twice",
                hint="two objects have one name there; rename one of them in the tenant",
            )
        found[resource.address] = resource
    return found


def capabilities(service: Service) -> Capabilities:
    """What the service shows and takes, field by field."""
    user = {"email", "active", "extension", "name", "preferred_name", "licenses"}
    if not service.announces("nickName"):
        user.discard("preferred_name")
    if not service.announces("entitlements"):
        user.discard("licenses")
    if service.is_full:
        every = user | ALL_OF[kinds.AGENT] | {"queues", "skills"}
        observed = {kinds.AGENT: frozenset(every)}
        for name, kind in (("Queue", kinds.QUEUE), ("Skill", kinds.SKILL)):
            if name in service.endpoints:
                observed[kind] = ALL_OF[kind]
    else:
        if not service.announces("phoneNumbers"):
            user.discard("extension")
        groups = "Group" in service.endpoints
        observed = {kinds.AGENT: frozenset(user | ({"queues"} if groups else set()))}
        if groups:
            observed[kinds.QUEUE] = frozenset()
    return Capabilities(
        observed=observed,
        writable=observed,
        creates=frozenset(observed),
        deletes=frozenset({kinds.AGENT}),
        members_on_queue=not service.is_full,
    )
