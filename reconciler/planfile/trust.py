"""What a plan does, as one digest; and whether a document still says one thing."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Final

from reconciler.errors import StalePlanError
from reconciler.model import (
    Action,
    Allowance,
    Change,
    Plan,
    TenantRef,
    Value,
)
from reconciler.planfile.document import field

PARKABLE: Final = frozenset({"extension", "email"})


def digest(tenant: TenantRef, changes: Iterable[Change], acknowledged: Iterable[Allowance]) -> str:
    """SHA-256 over what a plan does, and nothing of how or when it was made."""
    content = {
        "tenant": {"name": tenant.name, "url": tenant.url},
        "changes": [
            {
                "address": change.address,
                "action": change.action.value,
                "fields": [field(item) for item in sorted(change.fields, key=lambda i: i.path)],
            }
            for change in sorted(changes, key=lambda c: c.address)
        ],
        "acknowledgements": sorted([a.what, a.count] for a in acknowledged),
    }
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return "sha256:" + hashlib.sha256(canonical.encode()).hexdigest()


def verify(plan: Plan) -> None:
    """Raises `StalePlanError` where digest or operations disagree with the changes."""
    hint = "plan again; a plan document is not meant to be edited"
    if digest(plan.tenant, plan.changes, plan.acknowledged) != plan.digest:
        raise StalePlanError("the plan was edited: its digest does not fit its changes", hint=hint)
    if not plan.blockers and not composes(plan):
        raise StalePlanError(
            "the plan was edited: its operations do not fit its changes", hint=hint
        )


def composes(plan: Plan) -> bool:
    """Whether the operations, taken together, make the changes and nothing else."""
    after: dict[str, dict[str, Value]] = {change.address: {} for change in plan.changes}
    for operation in plan.operations:
        if operation.address not in after:
            return False
        after[operation.address].update(operation.set)
    return all(_makes(after[change.address], change) for change in plan.changes)


def _makes(values: Mapping[str, Value], change: Change) -> bool:
    if change.action is Action.DELETE:
        return all(value is None or path in PARKABLE for path, value in values.items())
    wanted = {item.path: item.after for item in change.fields}
    return dict(values) == wanted
