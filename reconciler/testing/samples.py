"""The people, queues and skills that the suite seeds and writes, made from what a tenant can hold.

Values come from the table of kinds, so that a new field is tried without a word here.
"""

from collections.abc import Mapping
from typing import Final

from reconciler import kinds
from reconciler.kinds import Field, FieldType
from reconciler.model import NO_LEVEL, Capabilities, FieldValue, Resource, Value

COUNT: Final = 25
"""So many people are seeded."""
MEMBERS: Final = {
    "licenses": ("voice", "web_chat"),
    "queues": ("support", "sales"),
    "skills": ("spanish", "french"),
}
SEATS: Final = 100
LEVELS: Final = (1, 10)
_FIRST_NUMBER: Final = {kinds.AGENT: 4001, kinds.QUEUE: 1001}


def tenant(capabilities: Capabilities) -> list[Resource]:
    """Pools, queues, skills and people, with every field that the tenant shows."""
    return [*_pools(capabilities), *targets(capabilities), *people(capabilities)]


def targets(capabilities: Capabilities) -> list[Resource]:
    return [
        target(capabilities, kind, name, number)
        for collection, kind in kinds.MEMBERSHIPS.items()
        if kind in capabilities.observed
        for number, name in enumerate(MEMBERS[collection])
    ]


def target(capabilities: Capabilities, kind: str, name: str, number: int) -> Resource:
    observed = capabilities.observed.get(kind, frozenset())
    rows = [row for row in kinds.KINDS[kind].scalars if row.name in observed]
    fields: dict[str, FieldValue] = {row.name: value(kind, row, number) for row in rows}
    return Resource(kinds.address(kind, name), kind, fields)


def people(capabilities: Capabilities) -> list[Resource]:
    return [person(capabilities, number) for number in range(COUNT)]


def person(capabilities: Capabilities, number: int) -> Resource:
    """Every field that the tenant shows. Who is even has everything that can be empty."""
    shown = capabilities.observed.get(kinds.AGENT, frozenset())
    fields: dict[str, FieldValue] = {}
    for row in kinds.AGENT_FIELDS:
        if row.name in shown:
            is_empty = row.clearable and number % 2
            fields[row.name] = None if is_empty else value(kinds.AGENT, row, number)
    for name in kinds.COLLECTIONS & shown:
        fields[name] = collection(capabilities, name, number)
    return Resource(address_of(fields), kinds.AGENT, fields)


def address_of(fields: Mapping[str, FieldValue]) -> str:
    email, extension = fields.get("email"), fields.get("extension")
    return kinds.agent_address(str(email) if email else None, str(extension))


def collection(capabilities: Capabilities, name: str, number: int) -> FieldValue:
    """One or both members by turns; no membership without a license."""
    members = MEMBERS[name][: 1 + number % 2]
    if name == "licenses":
        return frozenset(members)
    return {member: level(capabilities, name, number) for member in members}


def level(capabilities: Capabilities, name: str, number: int) -> int:
    """A level of the range that the tenant has; no level where it has none."""
    if name in capabilities.without_levels:
        return NO_LEVEL
    low, high = bounds(capabilities, name)
    return low + number % (high - low + 1)


def value_of_member(capabilities: Capabilities, name: str, number: int) -> Value:
    """The same as an operation says it; a license is there or not."""
    return True if name == "licenses" else kinds.level_value(level(capabilities, name, number))


def bounds(capabilities: Capabilities, name: str) -> tuple[int, int]:
    return capabilities.levels.get(name) or LEVELS


def value(kind: str, row: Field, number: int) -> Value:
    """A value of a field; for the next number another one, where there is another one."""
    if row.name in ("active", "phone"):
        return True if row.name == "active" else "webrtc"
    match row.type:
        case FieldType.EMAIL:
            return f"person{number:02}@acme.example"
        case FieldType.EXTENSION:
            return _extension(kind, row, number)
        case FieldType.BOOLEAN:
            return number % 2 == 0
        case FieldType.INTEGER:
            return 1 + number % 9
        case FieldType.CHOICE:
            return sorted(row.choices)[number % len(row.choices)]
        case _:
            return f"{row.label} {number:02}"


def _extension(kind: str, row: Field, number: int) -> str:
    """The last person's begins with a zero, which is a part of the number."""
    if row.name != "extension":
        return str(3001 + number)
    is_last = kind == kinds.AGENT and number == COUNT - 1
    return "0400" if is_last else str(_FIRST_NUMBER[kind] + number)


def _pools(capabilities: Capabilities) -> list[Resource]:
    if "licenses" not in capabilities.observed.get(kinds.AGENT, frozenset()):
        return []
    pool = kinds.LICENSE_POOL
    return [
        Resource(kinds.address(pool, name), pool, {"purchased": SEATS, "requires": None})
        for name in MEMBERS["licenses"]
    ]
