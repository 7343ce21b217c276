"""A range from which we give out numbers keeps some free: at least one, and 5 % of a large one.

Passes:

    extension_ranges: {agents: {purpose: webrtc_agent, range: 4000-4009}}
    agents: [{email: ana@acme.example, extension: 4000}]

Fails:

    extension_ranges: {agents: {purpose: webrtc_agent, range: 4000-4000}}
    agents: [{email: ana@acme.example, extension: 4000}]
"""

from collections.abc import Iterator
from itertools import chain
from typing import Final

from reconciler import kinds
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.model import ExtensionRange
from reconciler.rules.view import View

ID = "extension-range-full"
SEVERITY = Severity.WARNING

_OURS: Final = frozenset({"webrtc_agent", "queue"})
_SPARE: Final = 20
"""One number of so many should be free."""


def check(view: View) -> Iterator[Diagnostic]:
    everyone = chain(view.everyone(), view.queues.items(), view.directory.items())
    used = (fields.get("extension") for _, fields in everyone)
    taken = {extension for extension in used if isinstance(extension, str)}
    for interval in view.desired.ranges:
        if interval.purpose in _OURS and len(interval.first) == len(interval.last):
            yield from _findings(interval, sum(map(interval.holds, taken)))


def _findings(interval: ExtensionRange, used: int) -> Iterator[Diagnostic]:
    size = int(interval.last) - int(interval.first) + 1
    free = size - used
    if size > 0 and free < max(1, size // _SPARE):
        yield Diagnostic(
            ID,
            SEVERITY,
            f"range {interval.name} has {free} of {size} numbers free",
            "widen the range, or add another one of the same purpose",
            kinds.address(kinds.EXTENSION_RANGE, interval.name),
            interval.origin.at("range") if interval.origin else None,
        )
