"""A WebRTC agent has an e-mail, which it signs in with, and an extension; a UC agent an extension.

Who does not say `phone` and lives in no range of UC users is judged as a WebRTC agent. Who has left
may have given up the number.

Passes:

    agents:
      - {name: Ana Diaz, extension: 4001, email: ana@acme.example}
      - {extension: 2001, phone: uc}

Fails:

    agents:
      - {name: Ana Diaz, extension: 4001}
      - {name: Una Roe, email: una@acme.example, phone: uc}
"""

from collections.abc import Iterator
from itertools import chain
from typing import Final

from reconciler import kinds
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.model import Address, Origin
from reconciler.rules.view import Fields, View

ID = "agent-keys-missing"
SEVERITY = Severity.ERROR

_WEBRTC: Final = ("a WebRTC agent", ("email", "extension"))
_UC: Final = ("a UC agent", ("extension",))
_HINTS: Final = {
    "email": "add `email`: what the agent signs in with, such as name+webrtc@acme.example",
    "extension": "add `extension`: a free number of a range",
}


def check(view: View) -> Iterator[Diagnostic]:
    declared = ((address, fields, view.origin(address)) for address, fields in view.everyone())
    again = (
        (agent.address, agent.fields, agent.origin)
        for agent in view.desired.repeated
        if agent.kind == kinds.AGENT
    )
    for address, fields, origin in chain(declared, again):
        if fields.get("active") is not False:
            yield from _missing(address, fields, origin)


def _missing(address: Address, fields: Fields, origin: Origin | None) -> Iterator[Diagnostic]:
    what, keys = _UC if fields.get("phone") == "uc" else _WEBRTC
    for key in keys:
        if key not in fields:
            yield Diagnostic(
                ID,
                SEVERITY,
                f"{address} is {what} without `{key}`",
                _HINTS[key],
                address,
                origin.at() if origin else None,
            )
