"""Field changes between a declared resource and the live one, and the changes made of them."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final

from reconciler import claims, kinds
from reconciler.model import (
    NO_LEVEL,
    Action,
    Capabilities,
    Change,
    Execution,
    FieldChange,
    FieldValue,
    Origin,
    Resource,
)

Fields = Mapping[str, FieldValue]

NONE_KEPT: frozenset[str] = frozenset()

REASONS: Final = {
    Action.CREATE: claims.NOT_IN_TENANT,
    Action.UPDATE: "files differ from tenant",
    Action.SUSPEND: "the files say that it has left",
    Action.RESTORE: "declared, and suspended in the tenant",
}


def change(
    resource: Resource,
    live: Resource | None,
    action: Action,
    changes: Sequence[FieldChange],
    capabilities: Capabilities,
    *,
    reason: str = "",
    origin: Origin | None = None,
) -> Change:
    """Build a change with its label, reason, source line, fingerprint and execution.

    `resource` gives the address: the declared one, or the live one where nothing is declared.
    """
    place = origin or resource.origin
    stated = {name: value for name, value in resource.fields.items() if value is not None}
    return Change(
        address=resource.address,
        kind=resource.kind,
        label=kinds.label(resource.address, {**(live.fields if live else {}), **stated}),
        action=action,
        fields=tuple(changes),
        reason=reason or REASONS[action],
        source=place.at() if place else None,
        live_id=live.id if live else None,
        precondition=kinds.fingerprint(live) if live else None,
        execution=_execution(resource.kind, action, changes, capabilities),
    )


def can_write(capabilities: Capabilities, kind: str, name: str) -> bool:
    """Return whether the field can be written, over the API or by a person in the console.

    Of a tenant that can only be observed every visible field counts, so that a plan shows what
    would change; such a plan is blocked.
    """
    if capabilities.observe_only:
        return name in capabilities.observed.get(kind, frozenset())
    return name in capabilities.writable.get(kind, frozenset()) or name in (
        capabilities.by_hand.get(kind, frozenset())
    )


def _execution(
    kind: str, action: Action, changes: Iterable[FieldChange], capabilities: Capabilities
) -> Execution:
    if capabilities.observe_only:
        return (
            Execution.AUTOMATIC
        )  # no step of a work sheet: nobody can do it, and the plan is blocked
    names = {"name"} if kind in capabilities.renames else set()
    writable = capabilities.writable.get(kind, frozenset()) | names
    possible = {
        Action.CREATE: kind in capabilities.creates,
        Action.DELETE: kind in capabilities.deletes,
    }.get(action, True)
    if possible and all(kinds.split_path(item.path)[0] in writable for item in changes):
        return Execution.AUTOMATIC
    return Execution.MANUAL


# --- fields ---------------------------------------------------------------------------------------


def field_changes(
    stated: Fields, live: Fields, kept: frozenset[str] = NONE_KEPT
) -> list[FieldChange]:
    """The field changes that take `live` to `stated`, by path; `kept` paths stay as they are."""
    changes: list[FieldChange] = []
    for name, value in stated.items():
        if name in live and live[name] != value:
            changes.extend(_changes(name, live[name], value))
    if not changes:
        return changes
    return sorted((item for item in changes if item.path not in kept), key=_path)


def initial_fields(stated: Fields, kept: frozenset[str] = NONE_KEPT) -> list[FieldChange]:
    """Everything that is stated, from nothing."""
    flat = ((path, value) for path, value in kinds.flat(stated) if value is not None)
    return sorted((FieldChange(p, None, value) for p, value in flat if p not in kept), key=_path)


def without_levels(stated: Fields, collections: Collection[str]) -> Fields:
    """The same fields where the tenant keeps memberships of these, and no levels with them."""
    return {
        name: dict.fromkeys(value, NO_LEVEL)
        if name in collections and isinstance(value, Mapping)
        else value
        for name, value in stated.items()
    }


def _path(item: FieldChange) -> str:
    return item.path


def _changes(name: str, before: FieldValue, after: FieldValue) -> Iterator[FieldChange]:
    if isinstance(after, frozenset):
        yield from _members(name, before if isinstance(before, frozenset) else frozenset(), after)
    elif isinstance(after, Mapping):
        yield from _levels(name, before if isinstance(before, Mapping) else {}, after)
    else:
        assert not isinstance(before, frozenset | Mapping), name
        yield FieldChange(name, before, after)


def _members(name: str, before: frozenset[str], after: frozenset[str]) -> Iterator[FieldChange]:
    yield from (FieldChange(f"{name}.{member}", None, True) for member in after - before)
    yield from (FieldChange(f"{name}.{member}", True, None) for member in before - after)


def _levels(
    name: str, before: Mapping[str, int], after: Mapping[str, int]
) -> Iterator[FieldChange]:
    for member, level in after.items():
        if member not in before:
            yield FieldChange(f"{name}.{member}", None, kinds.level_value(level))
        elif level not in (NO_LEVEL, before[member]):
            old = kinds.level_value(before[member])
            yield FieldChange(f"{name}.{member}", old, kinds.level_value(level))
    for member, level in before.items():
        if member not in after:
            yield FieldChange(f"{name}.{member}", kinds.level_value(level), None)
