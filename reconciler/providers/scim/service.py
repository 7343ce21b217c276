"""What a service announced of itself, as a value: resource types, attributes, features."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from reconciler import kinds
from reconciler.providers.scim import mapping
from reconciler.providers.scim.mapping import FieldMap, Target
from reconciler.providers.scim.paths import Path

RETURNED = frozenset({"always", "default", ""})
WRITABLE = frozenset({"readwrite", "immutable", "writeonly", ""})


@dataclass(frozen=True, slots=True)
class Attribute:
    """What a schema says of one attribute, in lower case; empty where it says nothing."""

    returned: str = ""
    mutability: str = ""
    is_required: bool = False
    type: str = ""
    has_parts: bool = False


@dataclass(frozen=True, slots=True)
class Type:
    """A resource type. `attributes` are keyed by path in lower case: `nickname`, `emails.value`,
    `urn:...:phone`.

    `described` holds the schemas (in lower case) whose attributes are announced; of any other we
    take for granted that it has what we know, but for those in `missing`: the extension of RFC 7643
    (section 4.3) where it is not announced.
    """

    endpoint: str
    schema: str
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    described: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()
    is_announced: bool = True

    def shows(self, path: str) -> bool:
        found = self.attribute(path)
        return found is not None and found.returned in RETURNED and found.mutability != "writeonly"

    def takes(self, path: str) -> bool:
        found = self.attribute(path)
        return found is not None and found.mutability in WRITABLE

    def requires(self, path: str) -> bool:
        found = self.attributes.get(path.lower())
        return found is not None and found.is_required

    def promises(self, path: str) -> bool:
        """Whether a schema says that the attribute is returned: where it is absent it is empty."""
        found = self.attributes.get(path.lower())
        return found is not None and self.shows(path)

    def hides(self, path: str) -> bool:
        """Whether a schema says that the attribute is there, and is not returned unasked."""
        found = self.attributes.get(path.lower())
        return found is not None and not self.shows(path)

    @property
    def hidden(self) -> tuple[str, ...]:
        """What can be written and is not shown: a whole PUT would lose it. Passwords stay."""
        return tuple(
            path
            for path, attribute in sorted(self.attributes.items())
            if path != "password"
            and attribute.mutability in WRITABLE
            and attribute.returned not in RETURNED
        )

    @property
    def read_only(self) -> frozenset[str]:
        """Top-level attributes of which the schema says that nobody can write them."""
        return frozenset(
            path for path, found in self.attributes.items() if found.mutability == "readonly"
        )

    def attribute(self, path: str) -> Attribute | None:
        """None where the schema is announced and has no such attribute, or no such part of it."""
        path = path.lower()
        schema = _schema_of(path) or self.schema.lower()
        if schema not in self.described:
            return None if schema in self.missing else Attribute()
        found = self.attributes.get(path)
        whole, dot, _part = path.rpartition(".")
        if found is None and dot and whole in self.attributes:
            return None if self.attributes[whole].has_parts else self.attributes[whole]
        return found


def _schema_of(path: str) -> str:
    """The URN before an attribute's name; version numbers have dots, too."""
    return path.rpartition(":")[0]


@dataclass(frozen=True)
class Service:
    """`types` are keyed by their SCIM name; `agent` is the announced URN of our extension.

    `has_etags` is False only where the service says so; `largest_page` is what it announces.
    `stated` is the tenant's own mapping; without one the packaged one that fits is used.
    """

    types: Mapping[str, Type]
    agent: str | None = None
    can_patch: bool = False
    can_filter: bool | None = False
    has_etags: bool = True
    by_cursor: bool = False
    largest_page: int | None = None
    stated: FieldMap | None = None

    @cached_property
    def fields(self) -> FieldMap:
        """Where our fields stand, with URNs as the service spells them."""
        return self.stated or mapping.of(None, "full" if self.agent else "core")

    @property
    def user(self) -> Type:
        return self.types["User"]

    @property
    def has_groups(self) -> bool:
        """Whether memberships are written on the queue: as members of a group."""
        return self.fields.members_of is not None

    @property
    def group(self) -> Type | None:
        """The resource type whose members are those of queues."""
        name = self.fields.members_of
        return self.types.get(name) if name else None

    def spelled(self, urn: str) -> str:
        """The URN of a schema as the service announces it."""
        if self.agent and urn.lower() == self.agent.lower():
            return self.agent
        return urn

    def path(self, path: Path) -> str:
        """A path as it is written to this service, without its selector and sub-attribute."""
        return f"{self.spelled(path.urn)}:{path.attribute}" if path.urn else path.attribute

    def target(self, kind: str) -> Target | None:
        return self.fields.targets.get(kind)

    def type_of(self, kind: str) -> Type | None:
        """The resource type of a kind; where queues are groups, that of groups."""
        if kind == kinds.AGENT:
            return self.user
        target = self.target(kind)
        return self.types.get(target.type) if target else None
