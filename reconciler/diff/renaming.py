"""Queues and skills that the files call by a new name, and the tenant still by the old one.

A rename is a step in the tenant: until it is done, a diagnostic blocks the plan and says so.
Everything is compared as if the tenant had the new name, so that no member leaves or joins and
nothing is created beside the old object.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from reconciler import kinds
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.model import Action, Address, Change, Desired, FieldValue, Reading, Resource

TARGETS = {kind: name for name, kind in kinds.MEMBERSHIPS.items()}


@dataclass(frozen=True, slots=True)
class Renamed:
    """The reading with new names, and what has to be done in the tenant first."""

    reading: Reading
    diagnostics: tuple[Diagnostic, ...] = ()


def with_new_names(desired: Desired, reading: Reading) -> Renamed:
    """Return the reading with the names that the files state (`previously: {name: ...}`)."""
    names: dict[Address, Address] = {}
    diagnostics: list[Diagnostic] = []
    for address, old in _renames(desired):
        resource = desired.resources[address]
        if address in reading.resources or old not in reading.resources:
            continue
        if old in desired.resources or old in names:
            other = names.get(old, old)
            diagnostics.append(_names_another(resource, old, other))
        else:
            names[old] = address
            diagnostics.append(_to_rename(resource, old))
    if not names:
        return Renamed(reading, tuple(diagnostics))
    resources = (_translated(resource, names) for resource in reading.resources.values())
    translated = {resource.address: resource for resource in resources}
    return Renamed(replace(reading, resources=translated), tuple(diagnostics))


def _renames(desired: Desired) -> Iterator[tuple[Address, Address]]:
    for address, identity in sorted(desired.identities.items()):
        kind, name = kinds.kind_of(address), identity.previously.get("name")
        if kind in TARGETS and name and address in desired.resources:
            yield address, kinds.address(kind, name)


def _translated(resource: Resource, names: Mapping[Address, Address]) -> Resource:
    if resource.address in names:
        return replace(resource, address=names[resource.address])
    if resource.kind != kinds.AGENT:
        return resource
    fields: dict[str, FieldValue] = {}
    for collection, kind in kinds.MEMBERSHIPS.items():
        members = resource.fields.get(collection)
        if not isinstance(members, Mapping):
            continue
        new = {
            kinds.name_of(names.get(kinds.address(kind, name), kinds.address(kind, name))): level
            for name, level in members.items()
        }
        if new.keys() != members.keys():
            fields[collection] = new
    return replace(resource, fields={**resource.fields, **fields}) if fields else resource


def _to_rename(resource: Resource, old: Address) -> Diagnostic:
    return Diagnostic(
        "rename-in-tenant",
        Severity.ERROR,
        f"{resource.address} is called {kinds.name_of(old)} in the tenant",
        f"rename it there to {kinds.name_of(resource.address)}, so that its members stay, and plan "
        "again; nothing is applied before",
        resource.address,
        resource.origin.at("previously") if resource.origin else None,
    )


def _names_another(resource: Resource, old: Address, other: Address) -> Diagnostic:
    return Diagnostic(
        "previously-names-another",
        Severity.ERROR,
        f"{resource.address} says that it was {old}, and {other} is declared as well",
        "remove `previously`, or the entry of the old name",
        resource.address,
        resource.origin.at("previously") if resource.origin else None,
    )


def suggestions(
    changes: Iterable[Change], desired: Desired, reading: Reading
) -> Iterator[Diagnostic]:
    """Warn of a created queue or skill with the number or the members of one in no file."""
    created = [c for c in changes if c.action is Action.CREATE and c.kind in TARGETS]
    if not created:
        return
    declared, live = _members(desired.resources.values()), _members(reading.resources.values())
    undeclared = [
        resource
        for resource in sorted(reading.resources.values(), key=lambda r: r.address)
        if resource.kind in TARGETS and resource.address not in desired.resources
    ]
    for change in created:
        number = next((f.after for f in change.fields if f.path == "extension"), None)
        for other in undeclared:
            has_number = number is not None and other.fields.get("extension") == number
            members = declared.get(change.address, set())
            has_members = bool(members) and members == live.get(other.address)
            if other.kind == change.kind and (has_number or has_members):
                yield _likely(change, other, "number" if has_number else "members")
                break


def _members(resources: Iterable[Resource]) -> dict[Address, set[Address]]:
    members: dict[Address, set[Address]] = {}
    for resource in resources:
        for collection, kind in kinds.MEMBERSHIPS.items():
            held = resource.fields.get(collection) if resource.kind == kinds.AGENT else None
            for name in held if isinstance(held, Mapping) else ():
                members.setdefault(kinds.address(kind, name), set()).add(resource.address)
    return members


def _likely(change: Change, other: Resource, what: str) -> Diagnostic:
    name = kinds.name_of(other.address)
    return Diagnostic(
        "likely-rename",
        Severity.WARNING,
        f"{change.address} is new and has the {what} of {other.address}, which stands in no file",
        f"if it is the same {change.kind}, add `previously: {{name: {name}}}` to its entry",
        change.address,
        change.source,
    )
