"""SCIM attribute names are case-insensitive (RFC 7643 section 2.1): looking them up."""

from collections.abc import Iterator, Mapping
from typing import Any

Record = Mapping[str, Any]

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
AGENT = "urn:ietf:params:scim:schemas:extension:ccaas:2.0:Agent"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


def key(record: Record, name: str) -> str | None:
    """The spelling under which a record has an attribute."""
    if name in record:
        return name
    lower = name.lower()
    return next((spelled for spelled in record if spelled.lower() == lower), None)


def pick(record: Record, name: str) -> Any:
    """The value of an attribute, None where there is none."""
    if name in record:
        return record[name]
    spelled = key(record, name)
    return None if spelled is None else record[spelled]


def text(record: Record, name: str) -> str | None:
    value = pick(record, name)
    return value if isinstance(value, str) and value else None


def integer(record: Record, name: str) -> int | None:
    value = pick(record, name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def entries(record: Record, name: str) -> Iterator[Record]:
    """The complex values of a multi-valued attribute."""
    value = pick(record, name)
    if isinstance(value, list):
        yield from (entry for entry in value if isinstance(entry, dict))


def quoted(value: str) -> str:
    """A string in a filter or a path (RFC 7644 section 3.4.2.2, as JSON)."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
