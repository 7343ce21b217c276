"""What a plan does, as one digest; and whether a document still says one thing."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Final

from reconciler.errors import StalePlanError
from reconciler.model import (
    Action,
    Allowance,
    Change,
    Operation,
    Plan,
    TenantRef,
    Value,
    Verb,
)
from reconciler.planfile.document import field

ONCE: Final = {Action.CREATE: Verb.CREATE, Action.DELETE: Verb.DELETE}
MEMBERSHIPS: Final = frozenset({"queues", "skills"})
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
    if not composes(plan):
        raise StalePlanError(
            "the plan was edited: its operations do not fit its changes", hint=hint
        )


def composes(plan: Plan) -> bool:
    """Whether the operations, in their sequence, make the changes and nothing else.

    Of an incomplete plan some changes have no operation; the others must still be about them.
    """
    made: dict[str, list[Operation]] = {change.address: [] for change in plan.changes}
    seen: set[str] = set()
    for operation in plan.operations:
        if operation.address not in made or operation.id in seen:
            return False
        if not seen.issuperset(operation.after):
            return False
        seen.add(operation.id)
        made[operation.address].append(operation)
    return not plan.complete or all(_makes(made[c.address], c) for c in plan.changes)


def _makes(operations: Sequence[Operation], change: Change) -> bool:
    for action, verb in ONCE.items():
        times = sum(operation.verb is verb for operation in operations)
        if times != (change.action is action):
            return False
    values: dict[str, Value] = {}
    for operation in operations:
        values.update(operation.set)
    if change.action is Action.DELETE:
        return all(value is None or path in PARKABLE for path, value in values.items())
    wanted = {item.path: item.after for item in change.fields}
    return all(_comes_back(operations, path) for path in values.keys() - wanted.keys()) and (
        wanted == {path: value for path, value in values.items() if path in wanted}
    )


def _comes_back(operations: Sequence[Operation], path: str) -> bool:
    """Whether it is a membership that ends with one operation and begins again with another."""
    written = [operation.set[path] for operation in operations if path in operation.set]
    is_membership = path.partition(".")[0] in MEMBERSHIPS
    return is_membership and len(written) == 2 and written[0] is None and written[1] is not None
