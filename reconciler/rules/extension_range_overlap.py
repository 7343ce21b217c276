"""Ranges are disjoint; both ends, and so all members, have equally many digits.

Passes:

    extension_ranges:
      uc-users: {purpose: uc_user, range: 2000-2999}
      webrtc-agents: {purpose: webrtc_agent, range: 4000-4999}

Fails:

    extension_ranges:
      uc-users: {purpose: uc_user, range: 2000-4100}
      webrtc-agents: {purpose: webrtc_agent, range: 4000-4999}
"""

from collections.abc import Iterator
from itertools import combinations

from reconciler import kinds
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.model import ExtensionRange
from reconciler.rules.view import View

ID = "extension-range-overlap"
SEVERITY = Severity.ERROR


def check(view: View) -> Iterator[Diagnostic]:
    for interval in view.desired.ranges:
        yield from _shape(interval)
    for one, other in combinations(view.desired.ranges, 2):
        yield from _overlap(one, other)


def _shape(interval: ExtensionRange) -> Iterator[Diagnostic]:
    first, last = interval.first, interval.last
    if len(first) != len(last):
        yield _finding(
            interval,
            f"range {interval.name} goes from {first} to {last}: another number of digits",
            "write both ends with equally many digits, and a range of its own for each length",
        )
    elif first > last:
        yield _finding(
            interval,
            f"range {interval.name} ends at {last} before it begins at {first}",
            f"write {last}-{first}",
        )


def _overlap(interval: ExtensionRange, other: ExtensionRange) -> Iterator[Diagnostic]:
    shared = max(interval.first, other.first), min(interval.last, other.last)
    if len(interval.first) == len(other.first) and shared[0] <= shared[1]:
        yield _finding(
            other,
            f"range {other.name} shares {shared[0]}-{shared[1]} with range {interval.name}",
            f"let {other.name} end before {interval.name} begins, or begin after it ends",
        )


def _finding(interval: ExtensionRange, summary: str, hint: str) -> Diagnostic:
    address = kinds.address(kinds.EXTENSION_RANGE, interval.name)
    place = interval.origin.at("range") if interval.origin else None
    return Diagnostic(ID, SEVERITY, summary, hint, address, place)
