"""What the UC directory owns of a UC agent is not desired; name and e-mail may be stated as checks.

Passes:

    agents: [{extension: 2001, phone: uc, name: Ana Diaz, preferred_name: Ana}]

Fails:

    agents: [{extension: 2001, phone: uc, recording_mode: automatic}]
"""

from collections.abc import Iterator
from typing import Final

from reconciler import kinds
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.rules.view import View

ID = "uc-owned-field"
SEVERITY = Severity.ERROR

_OWNED: Final = kinds.uc_owned_settings()


def check(view: View) -> Iterator[Diagnostic]:
    for address, fields in view.everyone():
        for name in sorted(_OWNED.keys() & fields.keys()) if fields.get("phone") == "uc" else ():
            yield Diagnostic(
                ID,
                SEVERITY,
                f"{address} is a UC agent, and {name} belongs to the UC directory",
                f"remove `{name}` from the entry, or choose a profile that does not state it",
                address,
                view.place(address, name),
            )
