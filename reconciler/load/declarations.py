"""Read the tenant, license pools, extension ranges, queues and skills from documents."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from reconciler import kinds
from reconciler.load import entries
from reconciler.load.document import Document, Place
from reconciler.load.entries import Entry
from reconciler.load.memberships import LEVELS
from reconciler.model import (
    Address,
    ExtensionRange,
    FieldValue,
    Identity,
    License,
    LicensePool,
    OddLevel,
    Price,
    Reference,
    Resource,
    Tenant,
)
from reconciler.providers import registry

_TENANT: Final = (
    *("url", "token_env", "token_url", "login_url", "client_id_env", "client_secret_env"),
    *("seed", "ca_file", "ledger_env"),
)
_OWN: Final = frozenset(
    (
        *_TENANT,
        *("name", "provider", "timezone", "request_interval", "licenses", "page_size", "mapping"),
        "labels",
    )
)
"""The keys of the tenant block that are the same for every provider."""

Repeated = list[Resource]


def tenant(documents: Sequence[Document], repeated: Repeated) -> Tenant | None:
    """The first `tenant:` block; there should be no other."""
    blocks = [
        (entry, Place(entry.document, ("tenant",))) for entry in entries.single(documents, "tenant")
    ]
    repeated.extend(Resource("tenant", "tenant", {}, origin=origin) for _, origin in blocks[1:])
    return _tenant(*blocks[0]) if blocks else None


def _tenant(entry: Entry, origin: Place) -> Tenant:
    """Convert the `tenant` block."""
    block = entry.fields
    provider = entries.text(block, "provider") or ""
    texts: dict[str, Any] = {key: entries.text(block, key) for key in _TENANT}
    return Tenant(
        name=entries.text(block, "name") or "",
        provider=provider,
        timezone=entries.text(block, "timezone") or "UTC",
        origin=origin,
        request_interval=_seconds(block.get("request_interval")),
        licenses=_texts(block.get("licenses")),
        webrtc_phone=_texts(block.get("webrtc_phone")),
        labels=_texts(block.get("labels")),
        page_size=_seconds(block.get("page_size")),
        mapping=_mapping(block.get("mapping")),
        options={key: value for key, value in block.items() if key not in _OWN},
        levels=registry.levels(provider),
        **texts,
    )


def _texts(value: object) -> dict[str, str]:
    """Return the text values of a mapping by name, and nothing of anything else."""
    pairs = value.items() if isinstance(value, dict) else ()
    return {str(name): text for name, text in pairs if isinstance(text, str)}


def _mapping(value: object) -> str | Mapping[str, Any] | None:
    """Return a stated SCIM mapping, by name or whole; None where there is none."""
    return value if isinstance(value, str | dict) and value else None


def _seconds(value: object) -> int | None:
    """The block is also read before the schema types it, when every scalar is a text."""
    return int(str(value)) if str(value).isdecimal() and len(str(value)) < 5 else None


def pools(documents: Sequence[Document], repeated: Repeated) -> dict[License, LicensePool]:
    """Convert the license pools, by license."""
    pools_by_name: dict[License, LicensePool] = {}
    for entry in _first(documents, kinds.LICENSE_POOL, repeated):
        name = str(entry.name)
        purchased, requires = entry.fields.get("purchased"), entries.text(entry.fields, "requires")
        pools_by_name[name] = LicensePool(
            name,
            purchased if type(purchased) is int else None,
            requires,
            _price(entry.fields.get("price")),
            entry.origin(),
        )
    return pools_by_name


def _price(stated: object) -> Price | None:
    """The schema has judged it; a decimal never passes through a float."""
    if not isinstance(stated, dict):
        return None
    try:
        amount = Decimal(str(stated.get("amount")))
    except InvalidOperation:
        return None
    return Price(amount, str(stated.get("currency")), str(stated.get("per", "month")))


def ranges(documents: Sequence[Document], repeated: Repeated) -> tuple[ExtensionRange, ...]:
    """Convert the extension ranges, in the order of their first number."""
    found = []
    for entry in _first(documents, kinds.EXTENSION_RANGE, repeated):
        first, dash, last = (entries.text(entry.fields, "range") or "").partition("-")
        purpose = entries.text(entry.fields, "purpose") or ""
        unlisted = entries.text(entry.fields, "unlisted") or "report"
        if first.isdecimal() and dash and last.isdecimal():
            found.append(
                ExtensionRange(str(entry.name), purpose, first, last, unlisted, entry.origin())
            )
    return tuple(sorted(found, key=lambda interval: (interval.first, interval.name)))


def targets(
    documents: Sequence[Document], repeated: Repeated
) -> tuple[dict[Address, Resource], dict[Address, int]]:
    """Queues and skills, and the least number of agents that each must keep."""
    resources: dict[Address, Resource] = {}
    minimums: dict[Address, int] = {}
    for kind in (kinds.QUEUE, kinds.SKILL):
        for entry in _first(documents, kind, repeated):
            address = kinds.address(kind, str(entry.name))
            resources[address] = Resource(
                address, kind, _fields(kind, entry), origin=entry.origin()
            )
            minimum = entries.number(entry.fields, "min_agents")
            if minimum is not None:
                minimums[address] = minimum
    return resources, minimums


def earlier_names(documents: Sequence[Document]) -> dict[Address, Identity]:
    """The names that queues and skills had before, as their entries say."""
    names: dict[Address, Identity] = {}
    for kind in (kinds.QUEUE, kinds.SKILL):
        for entry in entries.named(documents, kinds.KINDS[kind].key):
            stated = entry.fields.get("previously")
            name = stated.get("name") if isinstance(stated, dict) else None
            if isinstance(name, str):
                address = kinds.address(kind, str(entry.name))
                names.setdefault(address, Identity(previously={"name": name}))
    return names


def default_levels(targets: Mapping[Address, Resource], kind: str) -> dict[str, int]:
    """Every queue or skill with the level of members who are named without one."""
    levels = {}
    for address, resource in targets.items():
        if resource.kind == kind:
            level = resource.fields.get("default_level")
            levels[kinds.name_of(address)] = level if isinstance(level, int) else 0
    return levels


def odd_levels(targets: Mapping[Address, Resource]) -> Iterator[OddLevel]:
    """Yield default levels outside 1 to 10."""
    for address, resource in targets.items():
        level = resource.fields.get("default_level")
        if type(level) is int and level not in LEVELS:
            yield OddLevel(level, address, ("default_level",), resource.origin)


def dangling(pools: Mapping[License, LicensePool]) -> Iterator[Reference]:
    """Licenses that a pool requires and nobody knows."""
    for name, pool in pools.items():
        if pool.requires and pool.requires not in {*kinds.LICENSES, *pools}:
            address = kinds.address(kinds.LICENSE_POOL, name)
            yield Reference(kinds.LICENSE_POOL, pool.requires, address, ("requires",), pool.origin)


def _fields(kind: str, entry: Entry) -> dict[str, FieldValue]:
    """Return the scalars of a queue or skill, with choices in our words."""
    names = {field.name for field in kinds.KINDS[kind].scalars}
    return {
        key: kinds.in_our_words(kind, key, value)
        for key, value in entry.fields.items()
        if key in names
    }


def _first(documents: Sequence[Document], kind: str, repeated: Repeated) -> Iterator[Entry]:
    """The first declaration of each name; further ones go to `repeated`."""
    seen = set()
    for entry in entries.named(documents, kinds.KINDS[kind].key):
        if entry.name in seen:
            address = kinds.address(kind, str(entry.name))
            repeated.append(Resource(address, kind, {}, origin=entry.origin()))
        else:
            seen.add(entry.name)
            yield entry
