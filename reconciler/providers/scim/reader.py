"""The whole tenant through the reading door."""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from reconciler import kinds
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.errors import ImplausibleError
from reconciler.model import NO_LEVEL, Address, Capabilities, License, Reading, Resource
from reconciler.providers.scim import convert, members, pages
from reconciler.providers.scim.attributes import Record, entries, pick, text
from reconciler.providers.scim.capabilities import capabilities
from reconciler.providers.scim.discovery import REFUSALS
from reconciler.providers.scim.mapping import Collection, MembersOf
from reconciler.providers.scim.members import MemberReader
from reconciler.providers.scim.service import Service
from reconciler.providers.transport import Transport
from reconciler.providers.workers import Workers

INACTIVE = "active eq false"


@dataclass(frozen=True, slots=True)
class User:
    """An agent, and the user name that it signs in with where that is not its e-mail (`login`) or
    in any case (`name`). `is_grouped`: the service says that it is in a group.
    """

    agent: Resource
    login: str | None
    is_grouped: bool = False
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    queue: Resource
    members: members.Group


class ScimReader:
    """Reads everything that the service announces. Raises `CannotTellError`.

    `licenses` are names that count as a license among a user's entitlements besides those we know
    and the tenant's pools; any other entitlement is foreign. They are asked for last of all.
    """

    def __init__(
        self,
        transport: Transport,
        service: Service,
        member_reader: MemberReader,
        licenses: Iterable[License] = (),
        page_size: int | None = None,
    ) -> None:
        self._transport, self._service, self._licenses = transport, service, licenses
        self._members = member_reader
        sizes = (page_size or service.fields.page_size, service.largest_page)
        self._size = pages.PageSize(min((size for size in sizes if size), default=None))
        self._is_first = True
        self._is_single = service.fields.is_single
        self._proven: set[str] = set()

    def read(self) -> Reading:
        """The first reading's `requests` include discovery."""
        service = self._service
        before = 0 if self._is_first else self._transport.requests
        self._is_first = False
        found = pages.everything(self._transport, self._listings())
        users = self._with_unlisted(found["User"])
        users, unshown = self._with_singles(users)
        notes: list[Diagnostic] = []
        agents = list(_unambiguous(users, notes))
        pools: list[Resource] = found.get("LicensePool", [])
        of_pools = (kinds.name_of(pool.address) for pool in pools)
        shown = _without(capabilities(service), unshown)
        queues = [*found.get(kinds.QUEUE, ()), *found.get(kinds.SKILL, ())]
        if service.has_groups:
            groups: list[Group] | None = found.get("groups")
            agents, shown = self._with_queues(agents, users, groups, shown)
            queues = [group.queue for group in groups or ()] + found.get(kinds.SKILL, [])
        requests = self._transport.requests - before
        _forget_foreign(agents, frozenset({*kinds.LICENSES, *of_pools, *self._licenses}))
        resources = [*agents, *queues, *pools, *found.get("DirectoryEntry", ())]
        return Reading(
            _by_address(resources),
            shown,
            requests,
            notes=tuple(notes),
            doubtful=frozenset({"queues"} if self._members.is_doubtful else ()),
        )

    # -- listings ---------------------------------------------------------------------------------

    def _listings(self) -> dict[str, pages.Listing]:
        """What is read, and what becomes of each record."""
        service = self._service
        converts: dict[str, tuple[str, Callable[[Record], Any]]] = {
            "User": ("User", _users(service)),
            "LicensePool": ("LicensePool", convert.pool),
            "DirectoryEntry": ("DirectoryEntry", convert.directory_entry),
        }
        for kind, target in service.fields.targets.items():
            if kind == kinds.QUEUE and service.has_groups:
                converts["groups"] = (target.type, _groups(service))
            else:
                converts[kind] = (target.type, convert.targets(kind, service))
        return {
            name: self._listing(type_name, function, is_user=name == "User")
            for name, (type_name, function) in converts.items()
            if type_name in service.types
        }

    def _listing(
        self, type_name: str, function: Callable[[Record], Any], *, is_user: bool
    ) -> pages.Listing:
        known = self._service.types[type_name]
        return pages.Listing(
            known.endpoint,
            function,
            may_be_missing=not is_user and not known.is_announced,
            by_cursor=self._service.by_cursor,
            size=self._size,
        )

    def _with_unlisted(self, users: list[User]) -> list[User]:
        """Some services leave inactive people out unless asked for them.

        Where the mapping names no filter, the usual one is tried unless somebody inactive is seen.
        """
        filters = self._service.fields.also
        if not filters and self._may_hide_inactive(users):
            filters = (INACTIVE,)
        by_id = {user.agent.id: user for user in users}
        for condition in filters:
            for user in self._filtered(condition, by_id):
                by_id.setdefault(user.agent.id, user)
        return list(by_id.values())

    def _may_hide_inactive(self, users: Sequence[User]) -> bool:
        service = self._service
        if service.can_filter is False or "active" not in service.fields.agent:
            return False
        return not any(user.agent.fields.get("active") is False for user in users)

    def _filtered(self, condition: str, known: Container[str | None]) -> list[User]:
        """Whom a filter selects. One that is not understood, or ignored, selects nobody new."""
        function, query = _users(self._service), {"filter": condition}
        answer = self._transport.get(
            self._service.user.endpoint, {**query, "startIndex": 1, "count": 1}, accept=REFUSALS
        )
        if answer.status != 200 or not isinstance(answer.body, Mapping):
            return []
        first = next((function(entry) for entry in entries(answer.body, "Resources")), None)
        if first is None or (first.agent.id in known and not self._service.fields.also):
            return []
        listing = replace(self._listing("User", function, is_user=True), query=query)
        users: list[User] = pages.everything(self._transport, {"User": listing})["User"]
        return users

    # -- what a listing leaves out ----------------------------------------------------------------

    def _with_singles(self, users: list[User]) -> tuple[list[User], frozenset[str]]:
        """Users with what only a single GET shows of them, and the fields that nothing shows.

        A field that no listed user has may be left out of listings: some are looked at singly.
        """
        empty = self._empty_fields(users)
        if not empty and not self._is_single:
            return users, frozenset()
        if not self._is_single:
            sample = {user.agent.id: user for user in (users[0], users[len(users) // 2], users[-1])}
            records = [record for user in sample.values() if (record := self._record(user))]
            shown = {name for name in empty for one in records if self._is_at(one, name)}
            filled = [_users(self._service)(record) for record in records]
            if not any(_has(user, name) for user in filled for name in empty):
                unshown = frozenset(n for n in empty - shown if not self._is_promised(n))
                return [_less(user, unshown) for user in users], unshown
        self._is_single = True
        function = _users(self._service)
        with Workers(pages.WORKERS) as workers:
            asked = [(user, workers.submit(self._record, user)) for user in users]
            whole = [(user, answer.result()) for user, answer in asked]
        users = [function(record) if record else user for user, record in whole]
        unshown = frozenset(n for n in self._empty_fields(users) if not self._is_promised(n))
        return [_less(user, unshown) for user in users], unshown

    def _empty_fields(self, users: Sequence[User]) -> set[str]:
        """Fields that nobody has, and never had; a service with our extension is not doubted."""
        if not users or self._service.agent:
            return set()
        names = capabilities(self._service).observed[kinds.AGENT] - self._proven - {"queues"}
        empty = {name for name in names if not any(_has(user, name) for user in users)}
        self._proven |= names - empty
        return empty

    def _record(self, user: User) -> Record | None:
        path = f"{self._service.user.endpoint}/{quote(user.agent.id or '', safe='')}"
        answer = self._transport.get(path, accept={404, 405, 410, 501})
        return answer.body if answer.status == 200 and isinstance(answer.body, Mapping) else None

    def _is_at(self, record: Record, name: str) -> bool:
        """Whether a record has the attribute of a field, be it empty."""
        place = self._service.fields.agent[name]
        if isinstance(place, MembersOf):
            return False
        for path in [place.path] if isinstance(place, Collection) else place.paths:
            part = pick(record, path.urn) if path.urn else record
            if isinstance(part, Mapping) and pick(part, path.attribute) is not None:
                return True
        return False

    def _is_promised(self, name: str) -> bool:
        """Whether a schema has it that the field is returned: then it is empty."""
        place = self._service.fields.agent[name]
        if isinstance(place, MembersOf):
            return False
        paths = [place.path] if isinstance(place, Collection) else place.paths
        return name != "active" and any(self._service.user.promises(path.top) for path in paths)

    # -- memberships ------------------------------------------------------------------------------

    def _with_queues(
        self,
        agents: list[Resource],
        users: Sequence[User],
        groups: Sequence[Group] | None,
        features: Capabilities,
    ) -> tuple[list[Resource], Capabilities]:
        """Agents with the queues that the groups say they are in (never what the users say)."""
        if groups is None:
            return agents, _without_groups(features)
        if "queues" not in features.observed[kinds.AGENT]:
            return agents, features
        listed = [group.members for group in groups]
        ids = dict.fromkeys(agent.id for agent in agents if agent.id)
        hint = any(user.is_grouped for user in users)
        for user in users:
            self._members.know(user.agent.id or "", user.name)
        found = self._members.read(listed, list(ids), hint)
        if found is None:
            return agents, _without(features, frozenset({"queues"}))
        queues: dict[str, dict[str, int]] = {}
        for group in groups:
            for member in self._members.ids(found.get(group.members.id, ())):
                queues.setdefault(member, {})[kinds.name_of(group.queue.address)] = NO_LEVEL
        return [_in_queues(agent, queues.get(agent.id or "", {})) for agent in agents], features


def _in_queues(agent: Resource, queues: Mapping[str, int]) -> Resource:
    return replace(agent, fields={**agent.fields, "queues": queues})


def _has(user: User, name: str) -> bool:
    """Whether a listed user shows a value; `active: false` is one, an empty collection is none."""
    value = user.agent.fields.get(name)
    return value is False or bool(value)


def _less(user: User, names: frozenset[str]) -> User:
    if not names:
        return user
    fields = {name: value for name, value in user.agent.fields.items() if name not in names}
    return replace(user, agent=replace(user.agent, fields=fields))


def _users(service: Service) -> Callable[[Record], User]:
    agent = convert.agents(service)
    has_groups = service.has_groups

    def user(record: Record) -> User:
        name = text(record, "userName")
        is_grouped = has_groups and bool(pick(record, "groups"))
        login = None if name and "@" in name else name or ""
        return User(agent(record), login, is_grouped, name)

    return user


def _groups(service: Service) -> Callable[[Record], Group | None]:
    queue_of = convert.targets(kinds.QUEUE, service)

    def group(record: Record) -> Group | None:
        queue = queue_of(record)
        return Group(queue, members.group(record)) if queue else None

    return group


def _unambiguous(users: Iterable[User], notes: list[Diagnostic]) -> Iterator[Resource]:
    """Who signs in with the e-mail is known by it; who only has it as a contact may share it with
    others, and is then known by the user name.
    """
    holders: dict[Address, list[User]] = {}
    for user in users:
        holders.setdefault(user.agent.address, []).append(user)
    for address, sharing in holders.items():
        is_shared = len(sharing) > 1
        for user in sharing:
            if is_shared and user.login:
                notes.append(_shared(address, user.login))
                yield _known_by(user.agent, user.login)
            else:
                yield user.agent


def _known_by(agent: Resource, login: str) -> Resource:
    fields = {name: value for name, value in agent.fields.items() if name != "email"}
    return replace(agent, address=kinds.address(kinds.AGENT, kinds.email_key(login)), fields=fields)


def _shared(address: Address, login: str) -> Diagnostic:
    return Diagnostic(
        "shared-email",
        Severity.WARNING,
        f"{address} is the e-mail of several users; {login} is known by the user name",
        "give each user an e-mail of its own in the tenant",
        address,
    )


def _forget_foreign(agents: Iterable[Resource], licenses: frozenset[License]) -> None:
    """An entitlement that is no license is none of ours. Fields are still this reading's own."""
    spelled = {name.lower(): name for name in licenses}
    for agent in agents:
        held = agent.fields.get("licenses")
        if isinstance(held, frozenset) and not held <= licenses:
            assert isinstance(agent.fields, dict)
            names = (name if name in licenses else spelled.get(name.lower()) for name in held)
            agent.fields["licenses"] = frozenset(name for name in names if name)


def _without(features: Capabilities, names: frozenset[str]) -> Capabilities:
    """Capabilities with fields of agents that the tenant turned out not to show."""
    if not names:
        return features
    agent = features.observed[kinds.AGENT] - names
    return replace(features, observed={**features.observed, kinds.AGENT: agent})


def _without_groups(features: Capabilities) -> Capabilities:
    """The service announced nothing, and has no groups."""
    agent = kinds.AGENT
    others = {kind: names for kind, names in features.observed.items() if kind != kinds.QUEUE}
    return replace(
        features,
        observed={**others, agent: features.observed[agent] - {"queues"}},
        writable={
            kind: names - {"queues"} if kind == agent else names
            for kind, names in features.writable.items()
            if kind != kinds.QUEUE
        },
        creates=features.creates - {kinds.QUEUE},
    )


def _by_address(resources: Iterable[Resource]) -> dict[Address, Resource]:
    found: dict[Address, Resource] = {}
    for resource in resources:
        if other := found.get(resource.address):
            raise ImplausibleError(
                f"the tenant shows {resource.address} twice (ids {other.id} and {resource.id})",
                hint="two objects have one name there; rename one of them in the tenant",
            )
        found[resource.address] = resource
    return found
