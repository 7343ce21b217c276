"""A Xima tenant, opened: two GETs a reading, one request in three seconds, no write at all."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NoReturn

from reconciler import kinds
from reconciler.errors import WriteForbiddenError
from reconciler.model import Address, Capabilities, Handle, Operation, Reading
from reconciler.providers.api import Connection, ProviderType
from reconciler.providers.transport import Transport
from reconciler.providers.xima import rosters, statuses

AGENTS, SKILLS = "/rest/api/v1/agents", "/rest/api/v1/skills"
INTERVAL = 3
"""Seconds. The one documented limit is a request in three seconds, for recordings; we keep to it
everywhere.
"""


def _in_console(kind: str) -> frozenset[str]:
    """The settings that the console has a place for."""
    row = kinds.KINDS[kind]
    return frozenset(field.name for field in row.scalars if field.console_label) | frozenset(
        row.collections
    )


CAPABILITIES = Capabilities(
    observed={
        kinds.AGENT: frozenset({"name", "extension", "phone", "active"}),
        kinds.QUEUE: frozenset(),
        kinds.SKILL: frozenset(),
    },
    writable={},
    by_hand={kind: _in_console(kind) for kind in (kinds.AGENT, kinds.QUEUE, kinds.SKILL)},
    licensed_only=True,
    lacks=frozenset(
        f"{kind}.{field.name}"
        for kind in (kinds.AGENT, kinds.QUEUE, kinds.SKILL)
        for field in kinds.KINDS[kind].scalars
        if field.name not in _in_console(kind)
    ),
)


class XimaProvider:
    """One tenant; it is its own two doors."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    @property
    def reader(self) -> "XimaProvider":
        return self

    @property
    def writer(self) -> "XimaProvider":
        return self

    def close(self) -> None:
        self._transport.close()

    def read(self) -> Reading:
        """Both lists. Raises `CannotTellError`."""
        before = self._transport.requests
        agents = rosters.agents(self._transport.get(AGENTS).body)
        skills = rosters.skills(self._transport.get(SKILLS).body)
        return Reading(
            {found.address: found for found in (*agents.resources, *skills.resources)},
            CAPABILITIES,
            requests=self._transport.requests - before,
            notes=(*agents.notes, *skills.notes),
            numberless=frozenset(agents.numberless),
        )

    # --- the door that changes -------------------------------------------------------------------

    def target(self, operation: Operation) -> Address:
        return operation.address

    def write(self, operations: Sequence[Operation], handles: Mapping[Address, Handle]) -> Handle:
        del handles
        _refuse(operations)

    def confirm(self, operations: Sequence[Operation], handles: Mapping[Address, Handle]) -> None:
        """Nothing was ever sent, so nothing can have taken effect."""

    def presence(self, handle: Handle) -> None:
        """The documented API does not show who is on a call."""


def _refuse(operations: Sequence[Operation]) -> NoReturn:
    addresses = ", ".join(sorted({operation.address for operation in operations}))
    raise WriteForbiddenError(
        f"Xima has no API that writes: {addresses} is done by a person",
        hint="`reconciler apply` without --yes guides through the steps in the console",
    )


def _open(connection: Connection) -> XimaProvider:
    """Only ever for reading, during an apply as well."""
    return XimaProvider(replace(connection, read_only=True).transport(judge=statuses.of_read))


PROVIDER = ProviderType(_open, interval=INTERVAL)
