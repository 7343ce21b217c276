"""A licensed agent with no queue and no skill receives no queue or skill calls.

Passes:

    agents: [{email: ana@acme.example, licenses: [voice], queues: [support], skills: []}]

Fails:

    agents: [{email: ana@acme.example, licenses: [voice], queues: [], skills: []}]
"""

from collections.abc import Iterator

from reconciler import kinds
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.rules.view import View

ID = "license-without-membership"
SEVERITY = Severity.WARNING


def check(view: View) -> Iterator[Diagnostic]:
    for address, fields in view.agents.items():
        if fields.get("licenses") and all(fields.get(key) == {} for key in kinds.MEMBERSHIPS):
            yield Diagnostic(
                ID,
                SEVERITY,
                f"{address} has a license but no queue and no skill: no such calls arrive",
                "add a queue or a skill, or take the license away",
                address,
                view.place(address, "licenses"),
            )
