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
from reconciler.rules.view import Fields, View

ID = "extension-outside-range"
SEVERITY = Severity.ERROR

_WEBRTC: Final = ("webrtc_agent", "a WebRTC agent")
_PURPOSES: Final = {"webrtc": _WEBRTC, "uc": ("uc_user", "a UC agent")}
_QUEUE: Final = ("queue", "a queue")


def check(view: View) -> Iterator[Diagnostic]:
    ranges: dict[str, list[ExtensionRange]] = {}
    for interval in view.desired.ranges:
        ranges.setdefault(interval.purpose, []).append(interval)
    for address, fields, purpose, what in _everyone(view):
        extension, own = fields.get("extension"), ranges.get(purpose)
        if not own or not isinstance(extension, str):
            continue
        if not any(interval.holds(extension) for interval in own):
            yield _finding(view, address, extension, what, own)


def _everyone(view: View) -> Iterator[tuple[Address, Fields, str, str]]:
    """Everybody who may hold an extension, with the purpose of their ranges and what they are."""
    for address, fields in view.everyone():
        yield address, fields, *_PURPOSES.get(str(fields.get("phone")), _WEBRTC)
    for address, fields in view.queues.items():
        yield address, fields, *_QUEUE


def _finding(
    view: View, address: Address, extension: str, what: str, own: list[ExtensionRange]
) -> Diagnostic:
    return Diagnostic(
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
    return " or ".join(
        f"{interval.name} ({interval.first}-{interval.last})" for interval in intervals
    )
