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
"""

from collections.abc import Iterator
from typing import Final

from reconciler.diagnostics import Diagnostic, Severity
from reconciler.model import Address
from reconciler.rules.view import Fields, View

ID = "agent-keys-missing"
SEVERITY = Severity.ERROR

_WEBRTC: Final = ("a WebRTC agent", ("email", "extension"))
_UC: Final = ("a UC agent", ("extension",))
_HINTS: Final = {
    "email": "add `email`: what the agent signs in with, such as name+webrtc@acme.example",
    "extension": "add `extension`: a free number of a range (`reconciler extensions --free RANGE`)",
}
_UC_HINT: Final = "add `extension`: the number that the UC directory has for this user"


def check(view: View) -> Iterator[Diagnostic]:
    for address, fields in view.everyone():
        if fields.get("active") is not False:
            yield from _missing(view, address, fields)


def _missing(view: View, address: Address, fields: Fields) -> Iterator[Diagnostic]:
    is_uc = fields.get("phone") == "uc"
    what, keys = _UC if is_uc else _WEBRTC
    for key in keys:
        if key not in fields:
            yield Diagnostic(
                ID,
                SEVERITY,
                f"{address} is {what} without `{key}`",
                _UC_HINT if is_uc else _HINTS[key],
                address,
                view.place(address),
            )
