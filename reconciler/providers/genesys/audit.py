"""Who changed an agent, from the platform's audit of the last two weeks, as far as it tells.

The names of its services and properties are documented nowhere in one place: only services that the
tenant lists are asked, and a property that is not known to be one of our fields is passed over.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from reconciler import errors, kinds
from reconciler.model import Address, AuditEntry, Reading
from reconciler.providers.genesys import api, mapping
from reconciler.providers.genesys.api import Record
from reconciler.providers.transport import Transport

SERVICES: Final = ("PeoplePermissions", "Directory", "ContactCenter", "Routing", "SCIM")
"""Services whose entries may be about people; the names are hearsay."""
DAYS: Final = 13
"""The quick query goes back 14 days."""
PAGE: Final = 100
MOST_PAGES: Final = 5
FIELDS: Final = {
    "name": "name",
    "preferredname": "preferred_name",
    "state": "active",
    "email": "email",
    "username": "email",
    "addresses": "extension",
    "extension": "extension",
}
"""Our field by the platform's property, in lower case."""
OURS: Final = "this OAuth client"


def read(transport: Transport, reading: Reading, now: datetime) -> tuple[AuditEntry, ...]:
    """Entries about agents of the reading, oldest first; none where the client may not see them."""
    try:
        client = _client(transport)
        entries = [entry for name in _services(transport) for entry in _of(transport, name, now)]
    except errors.CannotTellError:
        return ()
    agents = {r.id: a for a, r in reading.resources.items() if r.kind == kinds.AGENT and r.id}
    made = [made for entry in entries for made in _made(entry, agents, client)]
    return tuple(sorted(made, key=lambda entry: entry.at))


def _client(transport: Transport) -> str | None:
    """The id of our own OAuth client."""
    client = (api.single(transport, api.TOKEN) or {}).get("OAuthClient")
    return mapping.text(client, "id") if isinstance(client, Mapping) else None


def _services(transport: Transport) -> list[str]:
    services = (api.single(transport, api.AUDIT_SERVICES) or {}).get("services") or ()
    names = {mapping.text(entry, "name") for entry in services if isinstance(entry, Mapping)}
    return [name for name in SERVICES if name in names]


def _of(transport: Transport, service: str, now: datetime) -> Iterator[Record]:
    """The newest entries of a service, page by page up to a bound."""
    since = now - timedelta(days=DAYS)
    interval = "/".join(f"{t.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" for t in (since, now))
    for number in range(1, MOST_PAGES + 1):
        body = {
            "interval": interval,
            "serviceName": service,
            "sort": [{"name": "Timestamp", "sortOrder": "descending"}],
            "pageNumber": number,
            "pageSize": PAGE,
        }
        answer = transport.ask(api.AUDIT, body)
        content = answer.body if isinstance(answer.body, Mapping) else {}
        entries = [e for e in content.get("entities") or () if isinstance(e, Mapping)]
        yield from entries
        if len(entries) < PAGE:
            return


def _made(entry: Record, agents: Mapping[str, Address], client: str | None) -> Iterator[AuditEntry]:
    address, at = agents.get(_id(entry, "entity") or ""), _moment(entry)
    actor = _actor(entry, client)
    if address is None or at is None or actor is None:
        return
    if str(entry.get("action")).lower() == "create":
        yield AuditEntry(address, None, actor, at)
    for path in _paths(entry.get("propertyChanges") or ()):
        yield AuditEntry(address, path, actor, at)


def _paths(changes: Iterable[object]) -> set[str]:
    names = (mapping.text(c, "property") for c in changes if isinstance(c, Mapping))
    return {FIELDS[name.lower()] for name in names if name and name.lower() in FIELDS}


def _actor(entry: Record, client: str | None) -> str | None:
    """Our own writes by our client; else the name or the id of the user, or of the client."""
    by = _id(entry, "client")
    if client and by == client:
        return OURS
    user = entry.get("user")
    name = mapping.text(user, "name") if isinstance(user, Mapping) else None
    return name or _id(entry, "user") or by


def _id(entry: Record, name: str) -> str | None:
    value = entry.get(name)
    return mapping.text(value, "id") if isinstance(value, Mapping) else None


def _moment(entry: Record) -> datetime | None:
    text = mapping.text(entry, "eventDate")
    try:
        moment = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=UTC)
