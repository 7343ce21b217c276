"""The whole tenant through the reading door."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from reconciler import kinds
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.errors import ImplausibleError
from reconciler.model import NO_LEVEL, Address, Capabilities, License, Reading, Resource
from reconciler.providers.scim import mapping, pages
from reconciler.providers.scim.attributes import Record, text
from reconciler.providers.scim.capabilities import capabilities
from reconciler.providers.scim.service import TYPES, Service
from reconciler.providers.transport import Transport


@dataclass(frozen=True, slots=True)
class User:
    """An agent, and the user name that it signs in with where that is not its e-mail."""

    agent: Resource
    login: str | None


@dataclass(frozen=True, slots=True)
class Group:
    queue: Resource
    members: Sequence[str]


class ScimReader:
    """Reads everything that the service announces. Raises `CannotTellError`.

    `licenses` are names that count as a license among a user's entitlements besides those we know
    and the tenant's pools; any other entitlement is foreign. They are asked for last of all.
    """

    def __init__(
        self, transport: Transport, service: Service, licenses: Iterable[License] = ()
    ) -> None:
        self._transport, self._service, self._licenses = transport, service, licenses
        self._is_first = True

    def read(self) -> Reading:
        """The first reading's `requests` include discovery."""
        service = self._service
        before = 0 if self._is_first else self._transport.requests
        self._is_first = False
        found = pages.everything(self._transport, listings(service))
        requests = self._transport.requests - before
        notes: list[Diagnostic] = []
        agents = list(_unambiguous(found["User"], notes))
        pools: list[Resource] = found.get("LicensePool", [])
        of_pools = (kinds.name_of(pool.address) for pool in pools)
        _forget_foreign(agents, frozenset({*kinds.LICENSES, *of_pools, *self._licenses}))
        queues = [*found.get("Queue", ()), *found.get("Skill", ())]
        if not service.is_full and "Group" in found:
            agents = _with_queues(agents, found["Group"])
            queues = [group.queue for group in found["Group"]]
        resources = [*agents, *queues, *pools, *found.get("DirectoryEntry", ())]
        shown = capabilities(service)
        if not service.is_full and "Group" not in found:
            shown = _without_groups(shown)
        return Reading(_by_address(resources), shown, requests, notes=tuple(notes))


def listings(service: Service) -> dict[str, pages.Listing]:
    """What is read, and what becomes of each record."""
    converts: dict[str, Callable[[Record], Any]] = {
        "User": _users(service),
        "LicensePool": mapping.pool,
        "DirectoryEntry": mapping.directory_entry,
    }
    if service.is_full:
        converts |= {name: mapping.targets(kind, service) for kind, name in TYPES.items()}
    else:
        converts["Group"] = _group
    return {
        name: pages.Listing(
            service.types[name].endpoint,
            convert,
            may_be_missing=name != "User" and not service.types[name].is_announced,
            by_cursor=service.by_cursor,
        )
        for name, convert in converts.items()
        if name in service.types
    }


def _users(service: Service) -> Callable[[Record], User]:
    agent = mapping.agents(service)

    def user(record: Record) -> User:
        name = text(record, "userName")
        return User(agent(record), None if name and "@" in name else name or "")

    return user


def _group(record: Record) -> Group | None:
    queue = mapping.group(record)
    return Group(queue, mapping.member_ids(record)) if queue else None


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
    for agent in agents:
        held = agent.fields.get("licenses")
        if isinstance(held, frozenset) and not held <= licenses:
            assert isinstance(agent.fields, dict)
            agent.fields["licenses"] = held & licenses


def _with_queues(agents: Iterable[Resource], groups: Iterable[Group]) -> list[Resource]:
    """Agents with the queues that the groups say they are in (never what the users say)."""
    queues: dict[str, dict[str, int]] = {}
    for group in groups:
        for id_ in group.members:
            queues.setdefault(id_, {})[kinds.name_of(group.queue.address)] = NO_LEVEL
    return [replace(a, fields={**a.fields, "queues": queues.get(a.id or "", {})}) for a in agents]


def _without_groups(shown: Capabilities) -> Capabilities:
    """The service announced nothing, and has no groups."""
    agent = kinds.AGENT
    return replace(
        shown,
        observed={agent: shown.observed[agent] - {"queues"}},
        writable={agent: shown.writable[agent] - {"queues"}},
        creates=frozenset({agent}),
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
