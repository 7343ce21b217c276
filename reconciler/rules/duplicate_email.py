"""One holder for each e-mail, over agents and the UC directory; upper and lower case are the same.

Two entries with one e-mail are two declarations of one address, so that over the files alone this
says more than `duplicate-address` only where the extensions tell two people apart.

Passes:

    agents:
      - {name: Ana Diaz, email: ana@acme.example, extension: 4001}
      - {name: Bo Chen, email: bo@acme.example, extension: 4002}

Fails:

    agents:
      - {name: Ana Diaz, email: ana@acme.example, extension: 4001}
      - {name: Bo Chen, email: Ana@acme.example, extension: 4002}
"""

from collections.abc import Iterator
from typing import Final

from reconciler import kinds
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.model import Address, Resource
from reconciler.rules import holders
from reconciler.rules.view import Fields, View

ID = "duplicate-email"
SEVERITY = Severity.ERROR

_HINT: Final = "give each person an e-mail of their own; for a WebRTC login, name+webrtc@…"


def check(view: View) -> Iterator[Diagnostic]:
    yield from holders.duplicates((ID, SEVERITY), view, "email", "e-mail", _HINT)
    for again in view.desired.repeated:
        first = _agent(view, again.address)
        if again.kind == kinds.AGENT and first and _are_two(first, again):
            place = view.place(again.address, "email")
            yield Diagnostic(
                ID,
                SEVERITY,
                f"e-mail {again.fields['email']} belongs to another agent as well ({place})",
                _HINT,
                again.address,
                again.origin.at("email") if again.origin else None,
            )


def _agent(view: View, address: Address) -> Fields | None:
    return view.agents.get(address) or view.waiting.get(address)


def _are_two(first: Fields, again: Resource) -> bool:
    extensions = first.get("extension"), again.fields.get("extension")
    return None not in extensions and extensions[0] != extensions[1]
