"""A change as a value, with the reason, the place and the fingerprint that it needs."""

from collections.abc import Iterable, Sequence
from typing import Final

from reconciler import claims, kinds
from reconciler.model import (
    Action,
    Capabilities,
    Change,
    Execution,
    FieldChange,
    Origin,
    Resource,
)

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
    """`resource` gives the address: the declared one, or the live one where there is none."""
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
    """Whether anybody can: we over the API, or a person in the console."""
    return name in capabilities.writable.get(kind, frozenset()) or name in (
        capabilities.by_hand.get(kind, frozenset())
    )


def _execution(
    kind: str, action: Action, changes: Iterable[FieldChange], capabilities: Capabilities
) -> Execution:
    writable = capabilities.writable.get(kind, frozenset())
    possible = {
        Action.CREATE: kind in capabilities.creates,
        Action.DELETE: kind in capabilities.deletes,
    }.get(action, True)
    if possible and all(kinds.split_path(item.path)[0] in writable for item in changes):
        return Execution.AUTOMATIC
    return Execution.MANUAL
