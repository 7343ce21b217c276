"""What a plan gives to an agent is there: the queue, the skill, the pool of the license.

Passes: Ana joins queue support, which the tenant has, or which the same plan creates.

Fails: Ana joins queue support, which the tenant does not have and no change creates.
"""

from collections.abc import Iterator

from reconciler import claims, kinds
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.model import Action, Address, Change
from reconciler.rules.plan_view import PlanView

ID = "dangling-reference"
SEVERITY = Severity.ERROR


def check(plan: PlanView) -> Iterator[Diagnostic]:
    addresses = _existing(plan)
    judged = {kinds.kind_of(address) for address in addresses} | _observed(plan)
    for change in plan.comparison.changes:
        for target, path in _given(change):
            if target not in addresses and kinds.kind_of(target) in judged:
                yield Diagnostic(
                    ID,
                    SEVERITY,
                    f"{change.address} is given {path}, and {claims.has_no(target)}",
                    _HINTS[kinds.kind_of(target)],
                    change.address,
                    plan.place(change.address, *path.split(".", 1)),
                )


_HINTS = {
    kinds.LICENSE_POOL: "buy the license first, or take it out of the files",
    kinds.QUEUE: "select the queue as well, or create it first",
    kinds.SKILL: "select the skill as well, or create it first",
}


def _existing(plan: PlanView) -> set[Address]:
    """What the tenant has, and what this plan creates in it."""
    created = (c for c in plan.comparison.changes if c.action is Action.CREATE)
    return {
        *(a for a, r in plan.reading.resources.items() if r.kind in _HINTS),
        *(change.address for change in created),
    }


def _observed(plan: PlanView) -> set[str]:
    """Kinds of which the tenant shows all it has, so that what is not shown is not there."""
    return {kinds.QUEUE, kinds.SKILL} & plan.reading.capabilities.observed.keys()


def _given(change: Change) -> Iterator[tuple[Address, str]]:
    for item in change.fields:
        name, member = kinds.split_path(item.path)
        if item.after is None or item.before is not None or member is None:
            continue
        kind = kinds.MEMBERSHIPS.get(name, kinds.LICENSE_POOL)
        yield kinds.address(kind, member), item.path
