"""A WebRTC agent lives in a `webrtc_agent` range, a UC agent in `uc_user`, a queue in `queue`.

Each only where a range of that purpose is declared. Who does not say `phone` and lives in no range
of either kind of agent is judged as a WebRTC agent.

Passes:

    extension_ranges: {webrtc-agents: {purpose: webrtc_agent, range: 4000-4999}}
    agents: [{email: ana@acme.example, extension: 4001}]

Fails:

    extension_ranges: {webrtc-agents: {purpose: webrtc_agent, range: 4000-4999}}
    agents: [{email: ana@acme.example, extension: 5001}]
"""

from collections.abc import Iterator
from typing import Final

from reconciler.diagnostics import Diagnostic, Severity
from reconciler.model import Address, ExtensionRange
from reconciler.rules.view import View

ID = "extension-outside-range"
SEVERITY = Severity.ERROR

_WEBRTC: Final = ("webrtc_agent", "a WebRTC agent")
_PURPOSES: Final = {"webrtc": _WEBRTC, "uc": ("uc_user", "a UC agent")}
_QUEUE: Final = ("queue", "a queue")


def check(view: View) -> Iterator[Diagnostic]:
    for address, fields in view.everyone():
        expected = _PURPOSES.get(str(fields.get("phone")), _WEBRTC)
        yield from _judged(view, address, fields.get("extension"), *expected)
    for address, fields in view.queues.items():
        yield from _judged(view, address, fields.get("extension"), *_QUEUE)


def _judged(
    view: View, address: Address, extension: object, purpose: str, what: str
) -> Iterator[Diagnostic]:
    own = [interval for interval in view.desired.ranges if interval.purpose == purpose]
    if not own or not isinstance(extension, str):
        return
    if not any(interval.holds(extension) for interval in own):
        yield Diagnostic(
            ID,
            SEVERITY,
            f"extension {extension} of {address} lies in {_where(view, extension)}, "
            f"and {what} belongs in {_named(own)}",
            f"choose a free number of {_named(own)}, or widen a range",
            address,
            view.place(address, "extension"),
        )


def _where(view: View, extension: str) -> str:
    held = (interval for interval in view.desired.ranges if interval.holds(extension))
    found = next(held, None)
    return f"range {found.name} ({found.purpose})" if found else "no range"


def _named(intervals: list[ExtensionRange]) -> str:
    return " or ".join(f"{one.name} ({one.first}-{one.last})" for one in intervals)
