"""The whole tenant through the reading door: listings, in parallel, or an error."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from reconciler import errors, kinds
from reconciler.diagnostics import Diagnostic
from reconciler.model import Address, Capabilities, Reading, Resource, Tenant
from reconciler.providers.genesys import (
    api,
    differences,
    extensions,
    mapping,
    notes,
    people,
    phones,
    queues,
)
from reconciler.providers.genesys.api import Record
from reconciler.providers.genesys.people import Expected
from reconciler.providers.genesys.queues import Members
from reconciler.providers.transport import Transport
from reconciler.providers.workers import Workers

WORKERS: Final = 8
LOOKS: Final = 7
"""So often a listing is read until it holds what was written; the pauses between double."""

Created = Mapping[str, frozenset[str]]
Seats = Mapping[str, frozenset[str]]


class GenesysReader:
    """Reads by listings: 300 requests a minute leave no room for one request a person."""

    def __init__(self, transport: Transport, tenant: Tenant, capabilities: Capabilities) -> None:
        self._transport, self._tenant, self._capabilities = transport, tenant, capabilities
        self._names = {identifier: name for name, identifier in tenant.licenses.items()}
        self.users: dict[str, Record] = {}
        self.skills: dict[str, str] = {}
        self.extension_pools: tuple[Record, ...] = ()

    def read(self, created: Created, expected: Expected) -> Reading:
        """`created` are ids by the path of their listing, and `expected` is what was written of
        each user, in this run; listings may not show them for a while.
        """
        before = self._transport.requests
        with Workers(WORKERS) as workers:
            skills = workers.submit(self._targets, api.SKILLS, created)
            definitions = workers.submit(self._definitions)
            seats = workers.submit(self._licensed, expected)
            pools = workers.submit(api.listing, self._transport, api.POOLS)
            with_phones = workers.submit(self._phones)
            assigned = workers.submit(extensions.read, self._transport)
            listed = workers.submit(self._targets, api.QUEUES, created).result()
            each = {q["id"]: workers.submit(queues.members, self._transport, q) for q in listed}
            users, entries = people.read(self._transport, workers, expected), assigned.result()
            members = {queue: result.result() for queue, result in each.items()}
            numbers = extensions.by_user(self._transport, entries, users)
            resources = [
                *self._agents(
                    users, listed, members, numbers, seats.result(), with_phones.result()
                ),
                *_resources(kinds.QUEUE, listed),
                *_resources(kinds.SKILL, skills.result()),
                *self._pools(definitions.result(), seats.result()),
                *extensions.of_others(entries, users),
            ]
            self.extension_pools = tuple(p for p in pools.result() if differences.is_there(p))
            self.users = users
            self.skills = {str(s.get("name")): str(s["id"]) for s in skills.result()}
        return Reading(
            _by_address(resources),
            self._capabilities,
            requests=self._transport.requests - before,
            notes=tuple(_notes(users, listed, members, numbers)),
            inherited=_inherited(resources, listed, members),
            extension_pools=tuple(map(mapping.bounds, self.extension_pools)),
        )

    # -- people and targets -----------------------------------------------------------------------

    def _targets(self, path: str, created: Created) -> tuple[Record, ...]:
        """Queues or skills. What this run created is waited for, and then read by id."""
        wanted = created.get(path, frozenset())
        for attempt in range(1, LOOKS + 1):
            read = queues.read if path == api.QUEUES else _skills
            entries = {str(e["id"]): e for e in read(self._transport) if differences.is_there(e)}
            if wanted <= entries.keys():
                break
            if attempt < LOOKS:
                self._transport.pause(attempt)
        for identifier in sorted(wanted - entries.keys()):
            record = api.single(self._transport, f"{path}/{identifier}")
            if record is not None and differences.is_there(record):
                entries[identifier] = record
        return tuple(entries.values())

    def _agents(
        self,
        users: Mapping[str, Record],
        listed: Iterable[Record],
        members: Mapping[str, Members],
        numbers: Mapping[str, str],
        seats: Seats | None,
        with_phones: frozenset[str] | None,
    ) -> Iterable[Resource]:
        in_queues: dict[str, set[str]] = defaultdict(set)
        for queue in listed:
            for member in members[queue["id"]].own:
                in_queues[str(member["id"])].add(mapping.text(queue, "name") or "")
        for identifier, user in users.items():
            yield mapping.agent(
                user,
                licenses=None if seats is None else seats.get(identifier, frozenset()),
                queues=in_queues.get(identifier, ()),
                extensions=numbers,
                has_phone=None if with_phones is None else identifier in with_phones,
            )

    def _phones(self) -> frozenset[str] | None:
        """Who has a phone, where the tenant block says how to make one."""
        return phones.holders(self._transport) if self._tenant.webrtc_phone else None

    # -- licenses ---------------------------------------------------------------------------------

    def _definitions(self) -> tuple[Record, ...]:
        """The license definitions. Raises `SetupError` where one that is mapped is not there."""
        if not self._names:
            return ()
        answer = self._transport.get(api.DEFINITIONS)
        entries = answer.body if isinstance(answer.body, list) else None
        if answer.status != 200 or not entries:
            raise errors.ImplausibleError(
                f"{answer.status} from {api.DEFINITIONS}: {api.detail(answer)}"
            )
        found = {str(entry.get("id")): entry for entry in entries if isinstance(entry, Mapping)}
        for identifier, name in self._names.items():
            if identifier not in found:
                raise errors.SetupError(
                    f"license {name} is mapped to {identifier}, which is no license definition",
                    hint=f"write one of {', '.join(sorted(found))}",
                )
        return tuple(found.values())

    def _licensed(self, expected: Expected) -> Seats | None:
        """By user, the licenses that we have names for; what was written is waited for."""
        if not self._names:
            return None
        for attempt in range(1, LOOKS + 1):
            seats = {
                str(entry["id"]): self._ours(entry.get("licenses") or ())
                for entry in api.listing(self._transport, api.LICENSED)
            }
            late = [user for user, values in expected.items() if _late(seats.get(user), values)]
            if not late:
                break
            if attempt < LOOKS:
                self._transport.pause(attempt)
        for user in late:
            seats[user] = self._ours(api.licenses_of(self._transport, user))
        return seats

    def _ours(self, identifiers: Iterable[object]) -> frozenset[str]:
        return frozenset(self._names[i] for i in map(str, identifiers) if i in self._names)

    def _pools(self, definitions: Iterable[Record], seats: Seats | None) -> Iterable[Resource]:
        for definition in definitions:
            name = self._names.get(str(definition.get("id")))
            if name is None or seats is None:
                continue
            needed = [
                self._names[p] for p in definition.get("prerequisites") or () if p in self._names
            ]
            yield Resource(
                kinds.address(kinds.LICENSE_POOL, name),
                kinds.LICENSE_POOL,
                {
                    "assigned": sum(name in held for held in seats.values()),
                    "requires": needed[0] if needed else None,
                },
                str(definition.get("id")),
            )


def _skills(transport: Transport) -> tuple[Record, ...]:
    return api.listing(transport, api.SKILLS)


def _late(held: frozenset[str] | None, values: Mapping[str, object]) -> bool:
    """Whether the listing of licenses does not show yet what was written."""
    written = {kinds.split_path(p)[1]: v for p, v in values.items() if p.startswith("licenses.")}
    return any((name in (held or ())) is (value is None) for name, value in written.items())


def _resources(kind: str, entries: Iterable[Record]) -> Iterable[Resource]:
    for entry in entries:
        if name := mapping.text(entry, "name"):
            yield Resource(kinds.address(kind, name), kind, {}, str(entry["id"]))


def _notes(
    users: Mapping[str, Record],
    listed: Iterable[Record],
    members: Mapping[str, Members],
    numbers: Mapping[str, str],
) -> Iterable[Diagnostic]:
    yield from notes.unjoined(listed, {queue: each.own for queue, each in members.items()})
    yield from notes.by_groups(listed, {q: each.through_groups for q, each in members.items()})
    yield from notes.fractions(users.values())
    yield from notes.unassigned(users.values(), numbers)


def _inherited(
    resources: Iterable[Resource], listed: Iterable[Record], members: Mapping[str, Members]
) -> dict[Address, frozenset[str]]:
    """Paths of the memberships that agents have through a group, by address."""
    paths: dict[str, set[str]] = defaultdict(set)
    for queue in listed:
        for member in members[queue["id"]].through_groups:
            paths[str(member["id"])].add(f"queues.{mapping.text(queue, 'name')}")
    agents = (resource for resource in resources if resource.kind == kinds.AGENT)
    return {a.address: frozenset(paths[a.id]) for a in agents if a.id in paths}


def _by_address(resources: Iterable[Resource]) -> dict[Address, Resource]:
    """Raises `ImplausibleError` where an address is there twice."""
    by_address: dict[Address, Resource] = {}
    for resource in resources:
        if resource.address in by_address:
            raise errors.ImplausibleError(f"the tenant lists {resource.address} twice")
        by_address[resource.address] = resource
    return by_address
