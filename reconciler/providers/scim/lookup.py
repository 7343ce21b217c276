"""Finding an object by its natural key: a filter where there is one, else the whole listing.

A filter that the service ignores answers with other objects, perhaps with one page of them; only
"none at all" is believed.
"""

from collections.abc import Iterable, Mapping

from reconciler import kinds
from reconciler.model import Address
from reconciler.providers.scim import pages
from reconciler.providers.scim.attributes import Record, entries, integer, quoted, text
from reconciler.providers.scim.discovery import REFUSALS
from reconciler.providers.scim.service import Service, Type
from reconciler.providers.transport import Transport


def find(
    transport: Transport, service: Service, resource_type: Type, address: Address
) -> Record | None:
    """The object whose name is that of the address. Raises `CannotTellError`."""
    attribute, name = _attribute(service, address), kinds.name_of(address)
    if service.can_filter:
        answer = transport.get(resource_type.endpoint, {"filter": f"{attribute} eq {quoted(name)}"})
        if answer.status == 200 and isinstance(answer.body, Mapping):
            found = _named(entries(answer.body, "Resources"), attribute, name)
            if found is not None or integer(answer.body, "totalResults") == 0:
                return found
    listing = pages.Listing(
        resource_type.endpoint,
        lambda record: record,
        by_cursor=service.by_cursor,
        size=pages.PageSize(service.largest_page),
    )
    everything = pages.everything(transport, {"all": listing})
    return _named(everything["all"], attribute, name)


def hidden(transport: Transport, service: Service, address: Address) -> Record | None:
    """A user whom a plain listing may leave out: by a filter only, and only if it is the one."""
    name = kinds.name_of(address)
    query = {"filter": f"userName eq {quoted(name)}"}
    answer = transport.get(service.user.endpoint, query, accept=REFUSALS)
    if answer.status != 200 or not isinstance(answer.body, Mapping):
        return None
    return _named(entries(answer.body, "Resources"), "userName", name)


def _attribute(service: Service, address: Address) -> str:
    kind = kinds.kind_of(address)
    target = service.target(kind)
    return target.name if target and kind != kinds.AGENT else "userName"


def _named(records: Iterable[Record], attribute: str, name: str) -> Record | None:
    """User names are compared without case (RFC 7643 section 4.1.1), other names as they are."""
    for record in records:
        shown = text(record, attribute) or ""
        same = attribute == "userName" and kinds.email_key(shown) == kinds.email_key(name)
        if shown == name or same:
            return record
    return None
