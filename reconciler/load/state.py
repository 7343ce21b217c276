"""Build the desired state of a tenant on a given day from documents."""

import re
from array import array
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from reconciler import collector, kinds
from reconciler.diagnostics import Diagnostic
from reconciler.errors import SetupError
from reconciler.load import (
    agents,
    declarations,
    entries,
    files,
    fingerprint,
    folder,
    policy,
)
from reconciler.load.document import Content, Document
from reconciler.model import Address, ConfigRef, Declared, Desired, Resource, Tenant

NO_CONFIG: Final = ConfigRef(None, False, 0, "")
_DATED: Final = ("agents", "profiles")
_NO_TENANT: Final = Tenant("", "")
TENANT_KEY: Final = re.compile(rb"""tenant["']?\s*:""")
"""Begins with its letters, so that the search for it runs through a file at once."""


@collector.paused()
def state(documents: Sequence[Document], *, as_of: date, config: ConfigRef = NO_CONFIG) -> Desired:
    """Build the desired state. Wrong entries are passed over: the rules report them."""
    repeated: list[Resource] = []
    tenant = declarations.tenant(documents, repeated) or _NO_TENANT
    pools = declarations.pools(documents, repeated)
    ranges = declarations.ranges(documents, repeated)
    targets, minimums = declarations.targets(documents, repeated)
    found = agents.merged(
        documents,
        as_of=as_of,
        defaults={
            key: declarations.default_levels(targets, kind)
            for key, kind in kinds.MEMBERSHIPS.items()
        },
        licenses=_licenses(tenant, pools),
        ranges=ranges,
    )
    resolve = policy.resolver(_by_extension((*found.in_force.values(), *found.waiting.values())))
    return Desired(
        tenant=tenant,
        as_of=as_of,
        resources={**targets, **found.in_force},
        pools=pools,
        ranges=ranges,
        minimums=minimums,
        identities={**found.identities, **declarations.earlier_names(documents)},
        waiting=found.waiting,
        stated_empty=_stated_empty(documents),
        policy=policy.policy(documents, resolve, repeated),
        config=replace(config, files=len(documents), hash=fingerprint.config(documents)),
        not_yet=found.not_yet,
        profiles=found.profiles,
        terms=found.terms,
        dangling=(*found.dangling, *declarations.dangling(pools)),
        odd_levels=(*found.odd_levels, *declarations.odd_levels(targets)),
        repeated=(*repeated, *found.repeated),
    )


def _licenses(tenant: Tenant, pools: Iterable[str]) -> frozenset[str]:
    """The names that count as licenses: those of the tenant's map where its provider needs one."""
    if tenant.provider in kinds.LICENSES_BY_MAP:
        return frozenset(tenant.licenses)
    return frozenset({*kinds.LICENSES, *pools})


def tenant(place: Path) -> Tenant | None:
    """The tenant of a folder, from the one file that has it, before the others are read."""
    texts = files.texts(place, holding=TENANT_KEY)
    declared_tenant = declarations.tenant(folder.parsed(texts).documents, [])
    return (
        declared_tenant
        if declared_tenant and declared_tenant.name and declared_tenant.provider
        else None
    )


def tenant_block(place: Path) -> Document | None:
    """The one `tenant:` block of a folder; None where files have none, several, or a mistake."""
    read = folder.parsed(files.texts(place, holding=TENANT_KEY))
    holders = [document for document in read.documents if "tenant" in document.content]
    if read.diagnostics or len(holders) != 1:
        return None
    block = {"tenant": holders[0].content["tenant"]}
    return Document(holders[0].file, block, array("Q"))


def tenants(root: Path) -> list[tuple[Path, Tenant]]:
    """Every folder at or below `root` in which a file has a `tenant:` block, by name.

    Raises `SetupError` for what cannot be looked into: a tenant may stand there.
    """
    texts: dict[Path, list[tuple[str, str | Diagnostic]]] = {}
    for name, text in files.texts(root, holding=TENANT_KEY):
        if isinstance(text, Diagnostic) and text.rule == files.UNREADABLE:
            raise SetupError(f"{name}: {text.summary}", hint=text.hint)
        place = root / name
        texts.setdefault(place.parent, []).append((place.name, text))
    folders = []
    for place, named in sorted(texts.items()):
        block = declarations.tenant(folder.parsed(named).documents, [])
        if block and block.name and block.provider:
            folders.append((place, block))
    return folders


def today(tenant: Tenant | None, *, now: datetime | None = None) -> date:
    """The day it is in the tenant's timezone; in UTC where that is not known."""
    zone = zone_of(tenant.timezone) if tenant else None
    return (now or datetime.now(UTC)).astimezone(zone or UTC).date()


def dates(documents: Sequence[Document], after: date, until: date) -> list[date]:
    """The days in between on which something begins or has ended in the files, in order."""
    days: set[date] = set()
    for document in documents:
        days |= set(_dates([document.content.get(key) for key in _DATED]))
    return sorted(day for day in days if after < day <= until)


def of_agents(documents: Sequence[Document], addresses: Collection[Address]) -> list[Document]:
    """The documents with only these agents in them, and everything else as it is."""

    def is_named(entry: Any) -> bool:
        """Tell whether an entry is of one of these addresses."""
        email, extension = entries.text(entry, "email"), entries.text(entry, "extension")
        return bool(email or extension) and kinds.agent_address(email, extension) in addresses

    kept = []
    for document in documents:
        listed = document.content.get("agents")
        if isinstance(listed, list):
            content: dict[str, Content] = {**document.content}
            content["agents"] = [e if isinstance(e, dict) and is_named(e) else None for e in listed]
            document = replace(document, content=content, offsets={})
        kept.append(document)
    return kept


def _dates(value: Any) -> Iterator[date]:
    """Yield the days on which something below this value changes."""
    if isinstance(value, list):
        for below in value:
            yield from _dates(below)
    elif isinstance(value, dict):
        for key, below in value.items():
            day = entries.day(value, key) if key in ("from", "until") else None
            if day:
                yield day if key == "from" or day == date.max else day + timedelta(days=1)
            elif isinstance(below, list | dict):
                yield from _dates(below)


def zone_of(name: str) -> ZoneInfo | None:
    """Return a time zone by its name; None where there is no such zone."""
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        return None


def declared(desired: Desired, source: str) -> Declared:
    """Everything that the files declare on their day, those who wait and have left included."""
    resources = {**desired.resources, **desired.waiting}
    return Declared(
        source=source,
        addresses=frozenset(resources),
        extensions=frozenset(_by_extension(resources.values())),
        fields={
            address: kinds.stated_values(resource.fields) for address, resource in resources.items()
        },
        protect=desired.policy.protect,
        is_whole=True,
        protect_fields=desired.policy.protect_fields,
        waiting=frozenset(desired.waiting),
        as_of=desired.as_of,
    )


def _by_extension(resources: Iterable[Resource]) -> dict[str, Address]:
    """Return the addresses of agents by their extension."""
    agents = {}
    for resource in resources:
        extension = resource.fields.get("extension")
        if resource.kind == kinds.AGENT and isinstance(extension, str):
            agents[extension] = resource.address
    return agents


def _stated_empty(documents: Sequence[Document]) -> frozenset[str]:
    """Return the kinds whose top-level key is stated with nothing in it."""
    return frozenset(
        kind.name
        for kind in kinds.KINDS.values()
        if kind.key and entries.is_stated_empty(documents, kind.key)
    )
