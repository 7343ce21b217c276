"""A person who is also a UC user signs in with another address, such as a plus-tagged one.

Passes:

    agents:
      - {name: Ana Diaz, extension: 2001, phone: uc, email: ana@acme.example}
      - {name: Ana Diaz, extension: 4001, phone: webrtc, email: ana+webrtc@acme.example}

Fails:

    agents:
      - {name: Ana Diaz, extension: 2001, phone: uc, email: ana@acme.example}
      - {name: Ana Diaz, extension: 4001, phone: webrtc, email: ana@acme.example}
"""

from collections.abc import Iterator
from itertools import chain

from reconciler import kinds
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.model import Address, Origin, Resource
from reconciler.rules.view import Fields, View

ID = "webrtc-email-format"
SEVERITY = Severity.WARNING


def check(view: View) -> Iterator[Diagnostic]:
    repeated = [again for again in view.desired.repeated if again.kind == kinds.AGENT]
    taken = _of_uc_users(view, repeated)
    for address, fields in view.everyone() if taken else ():
        if _signs_in_with(taken, fields):
            yield _finding(address, fields, view.origin(address))
    for again in repeated:
        if _signs_in_with(taken, again.fields):
            yield _finding(again.address, again.fields, again.origin)


def _of_uc_users(view: View, repeated: list[Resource]) -> set[object]:
    """E-mails. Somebody declared a second time counts: here that is what goes wrong."""
    agents = chain((fields for _, fields in view.everyone()), (again.fields for again in repeated))
    uc_agents = (fields for fields in agents if fields.get("phone") == "uc")
    everyone = chain(uc_agents, view.directory.values())
    return {email for fields in everyone if (email := fields.get("email"))}


def _signs_in_with(taken: set[object], fields: Fields) -> bool:
    return fields.get("phone") == "webrtc" and fields.get("email") in taken


def _finding(address: Address, fields: Fields, origin: Origin | None) -> Diagnostic:
    mailbox, _, domain = str(fields["email"]).partition("@")
    return Diagnostic(
        ID,
        SEVERITY,
        f"{address} signs in with the e-mail of a UC user",
        f"write {mailbox}+webrtc@{domain}",
        address,
        origin.at("email") if origin else None,
    )
