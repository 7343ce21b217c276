"""Queues and skills that the files call by a new name, and the tenant still by the old one.

Everything is compared as if the tenant had the new name, so that no member leaves or joins and
nothing is created beside the old object. The rename is a change where the provider can write it,
and else a step in the tenant: a diagnostic blocks the plan until it is done.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from reconciler import kinds
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.diff import changes as changes_
from reconciler.model import (
    Action,
    Address,
    Change,
    Desired,
    FieldChange,
    FieldValue,
    Reading,
    Resource,
)

TARGETS = {kind: name for name, kind in kinds.MEMBERSHIPS.items()}


def with_new_names(desired: Desired, reading: Reading) -> Reading:
    """Return the reading with the names that the files state (`previously: {name: ...}`)."""
    former = {
        address: old
        for address, old in _renames(desired)
        if address not in reading.resources
        and old in reading.resources
        and old not in desired.resources
    }
    names = {old: address for address, old in reversed(former.items())}
    if not names:
        return reading
    resources = (_translated(resource, names) for resource in reading.resources.values())
    return replace(
        reading,
        resources={resource.address: resource for resource in resources},
        former_names={**reading.former_names, **{new: old for old, new in names.items()}},
    )


def rename(
    changes: Sequence[Change], desired: Desired, reading: Reading
) -> tuple[list[Change], list[Diagnostic]]:
    """Return the changes with the renames among them, and what stands in their way."""
    by_address = {change.address: change for change in changes}
    diagnostics = [
        _names_another(desired.resources[address], old)
        for address, old in _renames(desired)
        if old in desired.resources and old in reading.resources
    ]
    for address, old in sorted(reading.former_names.items()):
        resource, live = desired.resources[address], reading.resources[address]
        if resource.kind not in reading.capabilities.renames:
            diagnostics.append(_to_rename(resource, old))
            continue
        field = FieldChange("name", kinds.name_of(old), kinds.name_of(address))
        fields = [*(by_address[address].fields if address in by_address else ()), field]
        by_address[address] = changes_.change(
            resource,
            live,
            Action.UPDATE,
            sorted(fields, key=lambda item: item.path),
            reading.capabilities,
        )
        members = _members([*desired.resources.values(), *reading.resources.values()])[address]
        diagnostics += [
            _not_at_once(change, resource)
            for change in changes
            if change.kind == kinds.AGENT and change.address in members
        ]
    return list(by_address.values()), diagnostics


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


def _names_another(resource: Resource, old: Address) -> Diagnostic:
    return Diagnostic(
        "previously-names-another",
        Severity.ERROR,
        f"{resource.address} says that it was {old}, and {old} is declared as well",
        "remove `previously`, or the entry of the old name",
        resource.address,
        resource.origin.at("previously") if resource.origin else None,
    )


def _not_at_once(change: Change, renamed: Resource) -> Diagnostic:
    """A rename moves the version of every member, so that they are not written beside it."""
    return Diagnostic(
        "rename-first",
        Severity.ERROR,
        f"{change.address} changes while {renamed.address} gets another name",
        f"apply the rename on its own first: `--select {renamed.address}`",
        change.address,
        change.source,
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
    members: dict[Address, set[Address]] = defaultdict(set)
    for resource in resources:
        for collection, kind in kinds.MEMBERSHIPS.items():
            held = resource.fields.get(collection) if resource.kind == kinds.AGENT else None
            for name in held if isinstance(held, Mapping) else ():
                members[kinds.address(kind, name)].add(resource.address)
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
