"""What a tenant shows, and what it can show and take."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from reconciler.diagnostics import Diagnostic
from reconciler.model.values import Address, Resource, Value


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a tenant shows and takes, by kind and field.

    `by_hand` holds what only a person can write, in the tenant's console: such a change becomes a
    step of the work sheet. What is neither observed, writable nor by hand stays out of changes and
    counts as unobserved. `members_on_queue`: memberships are written on the queue's object (a SCIM
    Group), apart from the agent's own fields. `licensed_only`: agents without a license are not
    listed, so that absent is not missing. `lacks` (`queue.default_level`) the tenant has nowhere.
    `renames` are kinds of which an object takes another name and keeps its members.
    `once` (`agent.email`) is written with a create, and later by a person. `levels` are the lowest
    and the highest level of a collection where they are not 1 and 10; None where it has no levels.
    `consequences` are what a change does to a person beside what it asks, and what to do about it,
    by kind and action (`agent.suspend`) or field (`agent.email`). `makes_phones`: whoever has no
    phone can be given one.
    """

    observed: Mapping[str, frozenset[str]]
    writable: Mapping[str, frozenset[str]]
    by_hand: Mapping[str, frozenset[str]] = field(default_factory=dict)
    creates: frozenset[str] = frozenset()
    deletes: frozenset[str] = frozenset()
    members_on_queue: bool = False
    licensed_only: bool = False
    lacks: frozenset[str] = frozenset()
    renames: frozenset[str] = frozenset()
    once: frozenset[str] = frozenset()
    levels: Mapping[str, tuple[int, int] | None] = field(default_factory=dict)
    makes_phones: bool = False
    consequences: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def without_levels(self) -> frozenset[str]:
        """Collections whose memberships have no level. Members of a SCIM Group have none at all."""
        if self.members_on_queue and not self.levels:
            return frozenset({"queues", "skills"})
        return frozenset(name for name, bounds in self.levels.items() if bounds is None)

    @property
    def observe_only(self) -> bool:
        """Whether nothing can be written at all, neither over the API nor by a person."""
        fields = (*self.writable.values(), *self.by_hand.values())
        return not (any(fields) or self.creates or self.deletes)

    @property
    def hidden(self) -> frozenset[str]:
        """Fields of agents that can be written and not be seen."""
        none = frozenset[str]()
        return self.writable.get("agent", none) - self.observed.get("agent", none)


@dataclass(frozen=True, slots=True)
class Attestation:
    """Evidence of one field: who or what said what, when, on what ground, what refuted it.

    `source` is the ground: `attested` (a person's word), `file: PBX export` (read from a file),
    `reading` (on the tenant's own list), `open` (a step that was asked for and not answered yet),
    or `base` (only the files said so). `name` and `extension` are how the tenant listed the person
    just before. What one save recorded shares its `step`. Evidence that is `refuted` says why, and
    counts for nothing.
    """

    address: Address
    path: str
    value: Value
    by: str
    at: datetime
    source: str = "attested"
    name: str = ""
    extension: str = ""
    step: str = ""
    refuted: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader saw: agents, queues, skills, license pools, directory entries.

    `unreported` holds addresses that the tenant may well have and does not show: absent from
    `resources`, yet not missing. `numberless` are names that a list has with no extension. Agents'
    fields in `doubtful` are empty for all, perhaps hidden.
    `identified` maps the address by which evidence knows somebody to the one of the reading,
    `open_steps` holds what was asked of a person and not answered, `refuted` the evidence that the
    reading contradicts. `inherited` are flat paths of memberships that an agent has through a
    group: they are not in `resources`, and neither added nor taken away. `extension_pools` are the
    first and last numbers that the tenant can give; None where it has no such pools.
    """

    resources: Mapping[Address, Resource]
    capabilities: Capabilities
    requests: int = 0
    attested: Mapping[Address, Mapping[str, Attestation]] = field(default_factory=dict)
    unreported: frozenset[Address] = frozenset()
    numberless: frozenset[str] = frozenset()
    doubtful: frozenset[str] = frozenset()
    notes: tuple[Diagnostic, ...] = ()
    identified: Mapping[Address, Address] = field(default_factory=dict)
    open_steps: Mapping[Address, Mapping[str, Attestation]] = field(default_factory=dict)
    refuted: tuple[Attestation, ...] = ()
    former_names: Mapping[Address, Address] = field(default_factory=dict)
    inherited: Mapping[Address, frozenset[str]] = field(default_factory=dict)
    extension_pools: tuple[tuple[str, str], ...] | None = None
