"""SCIM attribute names are case-insensitive (RFC 7643 section 2.1): looking them up.

The spellings of one service are few and its records many, so each set of names is folded once.
"""

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

Record = Mapping[str, Any]

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
AGENT = "urn:ietf:params:scim:schemas:extension:ccaas:2.0:Agent"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


def key(record: Record, name: str) -> str | None:
    """The spelling under which a record has an attribute."""
    return name if name in record else _folded(tuple(record)).get(name.lower())


def pick(record: Record, name: str) -> Any:
    """The value of an attribute, None where there is none."""
    if name in record:
        return record[name]
    spelled = _folded(tuple(record)).get(name.lower())
    return None if spelled is None else record[spelled]


@lru_cache(maxsize=1024)
def _folded(names: tuple[str, ...]) -> Mapping[str, str]:
    return {name.lower(): name for name in names}


def text(record: Record, name: str) -> str | None:
    """A text that is not empty; some services write ids and extensions as numbers."""
    value = record.get(name)
    if value is None:
        value = pick(record, name)
    if isinstance(value, str):
        return value or None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def integer(record: Record, name: str) -> int | None:
    """A whole number, also as `5.0` or as text."""
    value = pick(record, name)
    if isinstance(value, str) and value.isdecimal() and len(value) < 10:
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def truth(record: Record, name: str) -> bool | None:
    """A boolean, also as text in any case; None for everything else, which tells nothing."""
    value = pick(record, name)
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower())
    return value if isinstance(value, bool) else None


def entries(record: Record, name: str) -> Iterator[Record]:
    """The complex values of a multi-valued attribute.

    A single one may come without its list, and a simple value (`["voice"]`) without its `value`.
    """
    value = pick(record, name)
    if isinstance(value, dict):
        yield value
    for entry in value if isinstance(value, list) else ():
        if isinstance(entry, dict):
            yield entry
        elif isinstance(entry, str) and entry:
            yield {"value": entry}


def supports(record: Record, feature: str) -> bool | None:
    """What a service's configuration says of a feature; None where it says nothing."""
    block = pick(record, feature)
    said = pick(block, "supported") if isinstance(block, Mapping) else None
    if said is None:
        return None
    return said is True or str(said).lower() == "true"


def quoted(value: str) -> str:
    """A string in a filter or a path, as JSON has it (RFC 7644 section 3.4.2.2)."""
    return json.dumps(value, ensure_ascii=False)
