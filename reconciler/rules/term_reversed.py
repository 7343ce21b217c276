"""An agent's last day does not lie before the first.

Passes:

    agents: [{email: ana@acme.example, from: 2027-01-05, until: 2027-03-31}]

Fails:

    agents: [{email: ana@acme.example, from: 2027-03-31, until: 2027-01-05}]
"""

from collections.abc import Iterator

from reconciler.diagnostics import Diagnostic, Severity
from reconciler.rules.view import View

ID = "term-reversed"
SEVERITY = Severity.ERROR


def check(view: View) -> Iterator[Diagnostic]:
    for address, term in view.desired.terms.items():
        if term.start and term.end and term.end < term.start:
            yield Diagnostic(
                ID,
                SEVERITY,
                f"{address} ends on {term.end}, before the first day {term.start}",
                "exchange `from` and `until`, or remove one",
                address,
                view.place(address, "until"),
            )
