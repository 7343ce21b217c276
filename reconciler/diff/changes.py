"""A change as a value, with the reason, the place and the fingerprint that it needs."""

from collections.abc import Iterable

from reconciler import kinds
from reconciler.model import Action, Capabilities, Change, Execution, FieldChange, Resource

REASONS = {
    Action.CREATE: "declared, and the tenant does not have it",
    Action.UPDATE: "files differ from tenant",
    Action.SUSPEND: "the last day is over",
    Action.RESTORE: "declared, and suspended in the tenant",
    Action.DELETE: "unlisted, and its range says delete",
}


def change(
    resource: Resource,
    live: Resource | None,
    action: Action,
    changes: tuple[FieldChange, ...],
    capabilities: Capabilities,
    reason: str = "",
) -> Change:
    """`resource` gives address and place; a live one is its own."""
    labelled = {**(live.fields if live else {}), **resource.fields}
    return Change(
        address=resource.address,
        kind=resource.kind,
        label=kinds.label(resource.address, labelled),
        action=action,
        fields=changes,
        reason=reason or REASONS[action],
        source=resource.origin.at() if resource.origin else None,
        live_id=live.id if live else None,
        precondition=kinds.fingerprint(live) if live else None,
        execution=_execution(resource.kind, action, changes, capabilities),
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
