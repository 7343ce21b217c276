"""The input of a rule: the desired state, and the agents, queues and directory to check.

Offline that is what the files state (`stated`). In `plan` it is desired laid over live, and the UC
directory with it: the same rules then see what the files leave out. A field that is *missing* is
not known, and no rule concludes anything from it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain

from reconciler import kinds
from reconciler.diagnostics import Position
from reconciler.model import Address, Desired, FieldValue, License, LicensePool, Origin

Fields = Mapping[str, FieldValue]


@dataclass(frozen=True, slots=True)
class View:
    """`agents` are in force, `waiting` begin later, `directory` is what the UC platform holds.

    `pools` may differ from `desired.pools` where the tenant shows a lower number.
    """

    desired: Desired
    agents: Mapping[Address, Fields]
    waiting: Mapping[Address, Fields] = field(default_factory=dict)
    queues: Mapping[Address, Fields] = field(default_factory=dict)
    directory: Mapping[Address, Fields] = field(default_factory=dict)
    pools: Mapping[License, LicensePool] = field(default_factory=dict)

    def everyone(self) -> Iterator[tuple[Address, Fields]]:
        """Agents in force and those who begin later."""
        return chain(self.agents.items(), self.waiting.items())

    def place(self, address: Address, *path: str | int) -> Position | None:
        """Where the files say it; None for what only the tenant knows."""
        origin = self.origin(address)
        return origin.at(*path) if origin else None

    def origin(self, address: Address) -> Origin | None:
        desired = self.desired
        resource = desired.resources.get(address) or desired.waiting.get(address)
        return resource.origin if resource else None


def stated(desired: Desired) -> View:
    """The files alone."""
    return View(
        desired,
        agents=_fields(desired, kinds.AGENT),
        waiting={address: agent.fields for address, agent in desired.waiting.items()},
        queues=_fields(desired, kinds.QUEUE),
        pools=desired.pools,
    )


def _fields(desired: Desired, kind: str) -> dict[Address, Fields]:
    return {
        address: resource.fields
        for address, resource in desired.resources.items()
        if resource.kind == kind
    }
