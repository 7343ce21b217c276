"""Queues, and who is in them: by themselves, or through a group.

A listing of members states no total. It is whole if it holds as many as the queue counts: by the
listing of queues, which costs nothing, or, where that differs or says nothing, by the queue's id.
"""

from dataclasses import dataclass, field

from reconciler import errors
from reconciler.providers.genesys import api
from reconciler.providers.genesys.api import Record
from reconciler.providers.transport import Transport

LOOKS = 3
"""So often members are read until they are as many as the queue counts."""


@dataclass(frozen=True, slots=True)
class Members:
    """The members of one queue: who is there by themselves, and who through a group."""

    own: tuple[Record, ...] = ()
    through_groups: tuple[Record, ...] = field(default=())


def read(transport: Transport) -> tuple[Record, ...]:
    """All queues. Those with a peer are listed apart: it is not said that one listing has both."""
    found = {str(queue["id"]): queue for queue in api.listing(transport, api.QUEUES)}
    for queue in api.listing(transport, api.QUEUES, {"hasPeer": "true"}):
        found.setdefault(str(queue["id"]), queue)
    return tuple(found.values())


def members(transport: Transport, queue: Record) -> Members:
    """Raises `ImplausibleError` where the queue counts another number of members."""
    count = queue.get("userMemberCount")
    for attempt in range(1, LOOKS + 1):
        own = api.members(transport, queue["id"], count=count if isinstance(count, int) else None)
        if isinstance(count, int) and count == len(own):
            return Members(own, _through_groups(transport, queue, len(own)))
        queue = api.single(transport, f"{api.QUEUES}/{queue['id']}") or queue
        count = queue.get("userMemberCount")
        if not isinstance(count, int) or count == len(own):
            return Members(own, _through_groups(transport, queue, len(own)))
        if attempt < LOOKS:
            transport.pause(attempt)
    raise errors.ImplausibleError(
        f"queue {queue.get('name')} lists {len(own)} members and counts {count}",
        hint="somebody may be changing the queue; try again",
    )


def _through_groups(transport: Transport, queue: Record, own: int) -> tuple[Record, ...]:
    """Asked for only where the queue counts more members than are there by themselves."""
    count = queue.get("memberCount")
    if not isinstance(count, int) or count <= own:
        return ()
    return api.members(transport, queue["id"], by="group")
