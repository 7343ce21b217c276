"""What a service announced of itself, as a value: resource types, attributes, features."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler import kinds

RETURNED = frozenset({"always", "default", ""})
WRITABLE = frozenset({"readwrite", "immutable", "writeonly", ""})
USER_ATTRIBUTES = {
    "email": "userName",
    "name": "displayName",
    "preferred_name": "nickName",
    "active": "active",
    "licenses": "entitlements",
}
AGENT_ATTRIBUTES = {
    "extension": "extension",
    "phone": "phone",
    "no_answer_destination": "noAnswerDestination",
    "recording_mode": "recordingMode",
    "review_own_recordings": "reviewOwnRecordings",
    "queues": "queues",
    "skills": "skills",
}
TARGET_ATTRIBUTES = {
    kinds.QUEUE: {
        "extension": "extension",
        "priority": "priority",
        "routing": "routing",
        "default_level": "defaultLevel",
    },
    kinds.SKILL: {"default_level": "defaultLevel"},
}
TYPES = {kinds.QUEUE: "Queue", kinds.SKILL: "Skill"}


@dataclass(frozen=True, slots=True)
class Attribute:
    """What a schema says of one attribute, in lower case; empty where it says nothing."""

    returned: str = ""
    mutability: str = ""
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class Type:
    """A resource type. `attributes` are keyed by path in lower case: `nickname`, `urn:...:phone`.

    `described` holds the schemas (in lower case) whose attributes are announced; of any other we
    take for granted that it has what we know.
    """

    endpoint: str
    schema: str
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    described: frozenset[str] = frozenset()
    is_announced: bool = True

    def shows(self, path: str) -> bool:
        known = self._known(path)
        return known is not None and known.returned in RETURNED and known.mutability != "writeonly"

    def takes(self, path: str) -> bool:
        known = self._known(path)
        return known is not None and known.mutability in WRITABLE

    def requires(self, path: str) -> bool:
        known = self.attributes.get(path.lower())
        return known is not None and known.is_required

    @property
    def hidden(self) -> tuple[str, ...]:
        """What can be written and is not shown: a whole PUT would lose it. Passwords stay."""
        return tuple(
            path
            for path, known in sorted(self.attributes.items())
            if path != "password"
            and known.mutability in WRITABLE
            and known.returned not in RETURNED
        )

    def _known(self, path: str) -> Attribute | None:
        """None where the schema is announced and has no such attribute."""
        schema = path.rpartition(":")[0] or self.schema
        if schema.lower() not in self.described:
            return Attribute()
        return self.attributes.get(path.lower())


@dataclass(frozen=True, slots=True)
class Service:
    """`types` are keyed by their SCIM name; `agent` is the announced URN of our extension.

    `has_etags` is False only where the service says so.
    """

    types: Mapping[str, Type]
    agent: str | None = None
    can_patch: bool = False
    can_filter: bool = False
    has_etags: bool = True
    by_cursor: bool = False

    @property
    def is_full(self) -> bool:
        return self.agent is not None

    @property
    def user(self) -> Type:
        return self.types["User"]

    @property
    def agent_paths(self) -> dict[str, str]:
        """Where each field of an agent stands on a user."""
        if self.agent is None:
            return {**USER_ATTRIBUTES, "extension": "phoneNumbers"}
        ours = {name: f"{self.agent}:{path}" for name, path in AGENT_ATTRIBUTES.items()}
        return {**USER_ATTRIBUTES, **ours}

    def type_of(self, kind: str) -> Type | None:
        """The resource type of a kind; in the core mapping a queue is a group."""
        if kind == kinds.AGENT:
            return self.user
        if self.is_full:
            return self.types.get(TYPES[kind])
        return self.types.get("Group") if kind == kinds.QUEUE else None
