"""The whole tenant through the reading door: listings, in parallel, or an error."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from reconciler import errors, kinds
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.model import Capabilities, Reading, Resource, Tenant
from reconciler.providers.genesys import api, mapping
from reconciler.providers.genesys.api import Record
from reconciler.providers.transport import Query, Transport
from reconciler.providers.workers import Workers

WORKERS: Final = 8
EXPAND: Final = "skills"
LOOKS: Final = 6
"""So often a listing is read until it holds what was created; the pauses between double."""

Created = Mapping[str, frozenset[str]]


class GenesysReader:
    """Reads by listings: 300 requests a minute leave no room for one request a person."""

    def __init__(self, transport: Transport, tenant: Tenant, capabilities: Capabilities) -> None:
        self._transport, self._tenant, self._capabilities = transport, tenant, capabilities
        self._names = {identifier: name for name, identifier in tenant.licenses.items()}
        self._created: Created = {}
        self.users: dict[str, Record] = {}
        self.skills: dict[str, str] = {}
        self.extension_pools: tuple[Record, ...] = ()

    def read(self, created: Created) -> Reading:
        """`created` are ids by the path of their listing, which may not show them for a while."""
        self._created = created
        before = self._transport.requests
        with Workers(WORKERS) as workers:
            active = workers.submit(self._users, "active")
            inactive = workers.submit(self._users, "inactive")
            skills = workers.submit(self._listing, api.SKILLS)
            queues = workers.submit(self._listing, api.QUEUES)
            definitions = workers.submit(self._definitions)
            licensed = workers.submit(self._licensed)
            pools = workers.submit(api.listing, self._transport, api.POOLS)
            extensions = workers.submit(api.listing, self._transport, api.EXTENSIONS)
            found = queues.result()
            members = {queue["id"]: workers.submit(self._members, queue) for queue in found}
            people = [*active.result(), *inactive.result()]
            memberships = {queue: each.result() for queue, each in members.items()}
            held = _Held(extensions.result().entries)
            seats = licensed.result()
            notes = list(_unjoined(found, memberships))
            notes += _fractions(people)
            notes += _unassigned(people, held.by_user)
            resources = [
                *self._agents(people, found, memberships, held, seats),
                *self._targets(kinds.QUEUE, found),
                *self._targets(kinds.SKILL, skills.result()),
                *self._pools(definitions.result(), seats),
                *held.others(),
            ]
            self.extension_pools = tuple(pools.result().entries)
            self.users = {str(user["id"]): user for user in people}
            self.skills = {str(s.get("name")): str(s["id"]) for s in skills.result()}
        by_address = {resource.address: resource for resource in resources}
        if len(by_address) != len(resources):
            raise errors.ImplausibleError(_twice(resources))
        return Reading(
            by_address,
            self._capabilities,
            requests=self._transport.requests - before,
            notes=tuple(notes),
        )

    # -- people -----------------------------------------------------------------------------------

    def _users(self, state: str) -> tuple[Record, ...]:
        query = {"state": state, "expand": EXPAND, "sortOrder": "ASC"}
        if state == "active":
            return self._listing(api.USERS, query)
        return api.listing(self._transport, api.USERS, query).entries

    def _listing(self, path: str, query: Query | None = None) -> tuple[Record, ...]:
        """A listing that holds what was created in this run, as far as patience goes."""
        for attempt in range(1, LOOKS + 1):
            entries = api.listing(self._transport, path, query).entries
            shown = {str(entry["id"]) for entry in entries}
            if attempt == LOOKS or self._created.get(path, frozenset()) <= shown:
                break
            self._transport.pause(attempt)
        return entries

    def _agents(
        self,
        people: Iterable[Record],
        queues: Iterable[Record],
        memberships: Mapping[str, Iterable[Record]],
        held: "_Held",
        seats: Mapping[str, frozenset[str]] | None,
    ) -> Iterable[Resource]:
        names = {queue["id"]: mapping.text(queue, "name") or "" for queue in queues}
        in_queues: dict[str, set[str]] = defaultdict(set)
        for queue, members in memberships.items():
            for member in members:
                in_queues[str(member["id"])].add(names[queue])
        for user in people:
            identifier = str(user["id"])
            licenses = None if seats is None else seats.get(identifier, frozenset())
            yield mapping.agent(
                user,
                licenses=licenses,
                queues=in_queues.get(identifier, ()),
                extensions=held.by_user,
            )

    # -- queues -----------------------------------------------------------------------------------

    def _members(self, queue: Record) -> tuple[Record, ...]:
        """The members who are there by themselves; whole only if the queue counts as many.

        The count of the listing may be old: it is read by id, and both once more if they differ.
        """
        for _ in range(2):
            members = api.members(self._transport, queue["id"])
            shown = api.single(self._transport, f"{api.QUEUES}/{queue['id']}") or {}
            count = shown.get("userMemberCount")
            if not isinstance(count, int) or count == len(members):
                return tuple(m for m in members if m.get("memberBy", "user") == "user")
        raise errors.ImplausibleError(
            f"queue {queue.get('name')} lists {len(members)} members and counts {count}",
            hint="somebody may be changing the queue; try again",
        )

    def _targets(self, kind: str, entries: Iterable[Record]) -> Iterable[Resource]:
        for entry in entries:
            name = mapping.text(entry, "name")
            if name and entry.get("state", "active") != "deleted":
                yield Resource(kinds.address(kind, name), kind, {}, str(entry["id"]))

    # -- licenses ---------------------------------------------------------------------------------

    def _definitions(self) -> tuple[Record, ...]:
        """The license definitions. Raises `SetupError` where one that is mapped is not there."""
        if not self._names:
            return ()
        answer = self._transport.get(api.DEFINITIONS)
        entries = answer.body if isinstance(answer.body, list) else None
        if answer.status != 200 or entries is None:
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

    def _licensed(self) -> dict[str, frozenset[str]] | None:
        """By user, the licenses that we have names for."""
        if not self._names:
            return None
        entries = api.listing(self._transport, api.LICENSED).entries
        return {
            str(entry["id"]): frozenset(
                self._names[name] for name in entry.get("licenses") or () if name in self._names
            )
            for entry in entries
        }

    def _pools(
        self, definitions: Iterable[Record], seats: Mapping[str, frozenset[str]] | None
    ) -> Iterable[Resource]:
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


class _Held:
    """Who holds which extension, by the assignment list."""

    def __init__(self, entries: Iterable[Record]) -> None:
        self.by_user: dict[str, str] = {}
        self._others: list[Record] = []
        for entry in entries:
            number, owner = mapping.text(entry, "number"), entry.get("owner")
            identifier = owner.get("id") if isinstance(owner, Mapping) else None
            if number and identifier and entry.get("ownerType") == "USER":
                self.by_user[str(identifier)] = number
            elif number and identifier:
                self._others.append(entry)

    def others(self) -> Iterable[Resource]:
        """Numbers of phones, groups and flows: nobody else may get them."""
        for entry in self._others:
            owner = entry["owner"]
            fields = {
                "name": mapping.text(owner, "name"),
                "extension": mapping.text(entry, "number"),
                "type": "group" if entry.get("ownerType") == "GROUP" else "user",
            }
            address = kinds.address(kinds.DIRECTORY_ENTRY, str(entry["number"]))
            yield Resource(address, kinds.DIRECTORY_ENTRY, dict(fields), str(entry["id"]))


def _unjoined(
    queues: Iterable[Record], memberships: Mapping[str, Iterable[Record]]
) -> Iterable[Diagnostic]:
    """Who is in a queue and has not joined it gets none of its calls; the agent decides that."""
    for queue in queues:
        members = list(memberships[queue["id"]])
        away = sum(member.get("joined") is False for member in members)
        if away:
            name = queue.get("name")
            yield Diagnostic(
                "not-joined",
                Severity.WARNING,
                f"{away} of {len(members)} members of queue {name} have not joined it",
                "they join it in their own client; coverage counts them as members",
                kinds.address(kinds.QUEUE, str(name)),
            )


def _fractions(people: Iterable[Record]) -> list[Diagnostic]:
    """Proficiencies such as 2.5, which no level of ours stands for."""
    found = []
    for user in people:
        for entry in user.get("skills") or ():
            if isinstance(entry, Mapping) and mapping.is_fraction(entry.get("proficiency")):
                who = kinds.agent_address(mapping.text(user, "email"), None)
                found.append(
                    Diagnostic(
                        "level-unobserved",
                        Severity.WARNING,
                        f"{who} has skill {entry.get('name')} with {entry.get('proficiency')}",
                        "it lies between two levels; a level in the files replaces it",
                        who,
                    )
                )
    return found


def _unassigned(people: Iterable[Record], by_user: Mapping[str, str]) -> list[Diagnostic]:
    """Extensions that a profile shows and no pool has assigned: they do not ring."""
    found = []
    for user in people:
        stated = mapping.profile_extension(user)
        if stated and by_user.get(str(user["id"])) != stated:
            who = kinds.agent_address(mapping.text(user, "email"), None)
            found.append(
                Diagnostic(
                    "extension-not-assigned",
                    Severity.WARNING,
                    f"the profile of {who} shows extension {stated}, which is not assigned to it",
                    "see that an extension pool holds the number",
                    who,
                )
            )
    return found


def _twice(resources: Iterable[Resource]) -> str:
    seen: set[str] = set()
    for resource in resources:
        if resource.address in seen:
            return f"the tenant lists {resource.address} twice"
        seen.add(resource.address)
    return "the tenant lists something twice"
