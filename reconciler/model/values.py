"""Values that all stages share: addresses, actions, resources.

`Address` is text such as `agent/ana@acme.example` or `queue/support`; it is the key of a resource
on both sides. In `Resource.fields` a field that is *missing* was not stated (desired) or not
observed (live); a field that is `None` is known to be empty. Collections are `licenses` (a
frozenset of names) and `queues` and `skills` (name to level, `NO_LEVEL` for a membership without
one).

In a `FieldChange` one member of a collection is one path, `licenses.voice` or `queues.support`:
`None` means "not there", `True` "there, without a level", a number is the level.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from reconciler.diagnostics import Position

Address = str
License = str
Value = str | int | bool | None
FieldValue = Value | frozenset[str] | Mapping[str, int]

NO_LEVEL = 0


class Action(StrEnum):
    """What a change does, as people read it."""

    CREATE = "create"
    UPDATE = "update"
    SUSPEND = "suspend"
    RESTORE = "restore"
    DELETE = "delete"
    NO_OP = "no-op"


class Verb(StrEnum):
    """What an operation sends."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


class Execution(StrEnum):
    AUTOMATIC = "automatic"
    MANUAL = "manual"


class Grade(StrEnum):
    """How well a value is known: the tenant shows it, somebody vouches for it, nobody knows."""

    OBSERVED = "observed"
    ATTESTED = "attested"
    UNOBSERVED = "unobserved"


class Origin(Protocol):
    """Where a desired resource was declared; lazily, so that nobody pays for places not shown."""

    def at(self, *path: str | int) -> Position:
        """The place of a field (`at("queues", "support")`), or the nearest known one."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One thing of a kind, desired or live. `id` and `version` are the tenant's handles."""

    address: Address
    kind: str
    fields: Mapping[str, FieldValue]
    id: str | None = field(default=None, compare=False)
    version: str | None = field(default=None, compare=False)
    origin: Origin | None = field(default=None, compare=False, repr=False)
