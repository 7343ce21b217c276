"""What the tenant does beside what a plan asks of it, so that nobody is surprised. A warning.

Passes: Ana is suspended where a suspended person keeps what is not ours.

Fails: Ana is suspended where that takes the roles that she was given directly.
"""

from collections.abc import Iterator

from reconciler.diagnostics import Diagnostic, Severity
from reconciler.model import Change
from reconciler.rules.plan_view import PlanView

ID = "tenant-consequence"
SEVERITY = Severity.WARNING

MOST = 5
"""So many people are named."""


def check(plan: PlanView) -> Iterator[Diagnostic]:
    for key, (what, hint) in sorted(plan.reading.capabilities.consequences.items()):
        concerned = [change for change in plan.comparison.changes if key in _keys(change)]
        if concerned:
            yield Diagnostic(ID, SEVERITY, f"{_names(concerned)}: {what}", hint)


def _keys(change: Change) -> Iterator[str]:
    """`agent.suspend` and, for the fields of somebody who is there, `agent.email`."""
    yield f"{change.kind}.{change.action}"
    if change.live_id is not None:
        yield from (f"{change.kind}.{item.path}" for item in change.fields)


def _names(changes: list[Change]) -> str:
    names = ", ".join(change.label for change in changes[:MOST])
    return f"{names} and {len(changes) - MOST} more" if len(changes) > MOST else names
