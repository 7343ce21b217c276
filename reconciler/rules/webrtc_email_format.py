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

from reconciler import kinds
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.model import Address, Origin
from reconciler.rules.view import Fields, View

ID = "webrtc-email-format"
SEVERITY = Severity.WARNING


def check(view: View) -> Iterator[Diagnostic]:
    everyone = list(_everyone(view))
    uc_users = {fields.get("email") for _, fields, _ in everyone if fields.get("phone") == "uc"}
    uc_users |= {fields.get("email") for fields in view.directory.values()}
    for address, fields, origin in everyone:
        email = fields.get("email")
        if fields.get("phone") == "webrtc" and isinstance(email, str) and email in uc_users:
            mailbox, _, domain = email.partition("@")
            yield Diagnostic(
                ID,
                SEVERITY,
                f"{address} signs in with the e-mail of a UC user",
                f"write {mailbox}+webrtc@{domain}",
                address,
                origin.at("email") if origin else None,
            )


def _everyone(view: View) -> Iterator[tuple[Address, Fields, Origin | None]]:
    """Also those whose address is declared a second time: here that is what goes wrong."""
    for address, fields in view.everyone():
        yield address, fields, view.origin(address)
    for again in view.desired.repeated:
        if again.kind == kinds.AGENT:
            yield again.address, again.fields, again.origin
